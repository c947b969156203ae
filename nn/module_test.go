package nn

import (
	"math"
	"slices"
	"strings"
	"testing"

	"github.com/godescent/descent/grad"
	"github.com/godescent/descent/rng"
	"github.com/godescent/descent/vec"
)

// A module is a layer with shapes of an input and the result, for tests.
type module[T vec.Float] struct {
	name    string
	in, out []int
	mode    Mode
	layer   Layer[T]
	layout  *Layout
}

func modules[T vec.Float](t testing.TB) []module[T] {
	ring, err := NormalizedAdjacency(5, [][2]int{{0, 1}, {1, 2}, {2, 3}, {3, 4}, {0, 4}, {1, 3}})
	if err != nil {
		t.Fatal(err)
	}
	var all []module[T]
	add := func(name string, in, out []int, mode Mode, build func(b *Builder[T]) Layer[T]) {
		b := NewBuilder[T]()
		m := module[T]{name: name, in: in, out: out, mode: mode, layer: build(b)}
		if m.layout, err = b.Layout(); err != nil {
			m.layout = &Layout{} // nothing to train
		}
		all = append(all, m)
	}
	type B = *Builder[T]
	add("linear", []int{3, 4}, []int{3, 5}, Plain, func(b B) Layer[T] { return NewLinear(b, "l", 4, 5) })
	add("linear of sequences", []int{2, 3, 4}, []int{2, 3, 5}, Plain, func(b B) Layer[T] { return NewLinear(b, "l", 4, 5, NoBias) })
	add("conv1d", []int{2, 3, 7}, []int{2, 4, 4}, Plain, func(b B) Layer[T] { return NewConv1D(b, "c", 3, 4, 3, grad.Conv{Stride: 2, Pad: 1}) })
	add("conv2d", []int{2, 4, 5, 6}, []int{2, 6, 3, 3}, Plain, func(b B) Layer[T] { return NewConv2D(b, "c", 4, 6, 3, grad.Conv{Stride: 2, Pad: 1, Groups: 2}) })
	add("conv transpose 1d", []int{2, 3, 4}, []int{2, 2, 8}, Plain, func(b B) Layer[T] { return NewConvTranspose1D(b, "c", 3, 2, 2, grad.Conv{Stride: 2}) })
	add("conv transpose 2d", []int{2, 4, 2, 3}, []int{2, 2, 4, 6}, Plain, func(b B) Layer[T] { return NewConvTranspose2D(b, "c", 4, 2, 2, grad.Conv{Stride: 2, Groups: 2}) })
	add("layer norm", []int{2, 3, 4}, []int{2, 3, 4}, Plain, func(b B) Layer[T] { return NewLayerNorm(b, "n", 4) })
	add("group norm", []int{2, 4, 3}, []int{2, 4, 3}, Plain, func(b B) Layer[T] { return NewGroupNorm(b, "n", 2, 4) })
	add("batch norm", []int{4, 3, 2}, []int{4, 3, 2}, Plain, func(b B) Layer[T] { return NewBatchNorm(b, "n", 3) })
	add("batch norm, fixed", []int{4, 3, 2}, []int{4, 3, 2}, Predict, func(b B) Layer[T] { return NewBatchNorm(b, "n", 3) })
	add("dropout", []int{4, 5}, []int{4, 5}, Train, func(b B) Layer[T] { return Dropout[T]{0.4} })
	add("attention", []int{2, 3, 4}, []int{2, 3, 4}, Plain, func(b B) Layer[T] { return NewSelfAttention(b, "a", 4, 2, false, nil) })
	add("causal attention", []int{2, 3, 4}, []int{2, 3, 4}, Plain, func(b B) Layer[T] { return NewSelfAttention(b, "a", 4, 2, true, nil) })
	add("transformer block", []int{2, 3, 4}, []int{2, 3, 4}, Plain, func(b B) Layer[T] { return NewTransformerBlock(b, "t", 4, 2, true, 0.1, Normal(0.1)) })
	add("rnn", []int{2, 3, 4}, []int{2, 3, 5}, Plain, func(b B) Layer[T] { return NewRNN(b, "r", 4, 5) })
	add("gru", []int{2, 3, 4}, []int{2, 3, 5}, Plain, func(b B) Layer[T] { return NewGRU(b, "r", 4, 5) })
	add("lstm", []int{2, 3, 4}, []int{2, 3, 5}, Plain, func(b B) Layer[T] { return NewLSTM(b, "r", 4, 5) })
	add("graph conv to fewer", []int{5, 4}, []int{5, 2}, Plain, func(b B) Layer[T] { return NewGraphConv(b, "g", ring, 4, 2) })
	add("graph conv to more", []int{5, 2}, []int{5, 4}, Plain, func(b B) Layer[T] { return NewGraphConv(b, "g", ring, 2, 4) })
	add("residual", []int{3, 4}, []int{3, 2}, Plain, func(b B) Layer[T] {
		return Residual[T]{Body: Chain[T]{NewLinear(b, "a", 4, 2), NewActivation(b, "tanh")}, Short: NewLinear(b, "s", 4, 2)}
	})
	add("residual block", []int{3, 2, 6, 6}, []int{3, 4, 3, 3}, Plain, func(b B) Layer[T] { return NewResBlock(b, "r", 2, 4, 2) })
	add("double conv", []int{2, 2, 4, 4}, []int{2, 4, 4, 4}, Plain, func(b B) Layer[T] { return NewDoubleConv(b, "d", 2, 4, 2) })
	add("pools", []int{2, 3, 4, 4}, []int{2, 3}, Plain, func(b B) Layer[T] { return Chain[T]{MaxPool[T]{Size: 2}, MeanPool[T]{}} })
	add("pools with strides", []int{2, 3, 5, 4}, []int{2, 3, 2, 1}, Plain, func(b B) Layer[T] { return Chain[T]{MaxPool[T]{3, 2, 1}, MeanPool[T]{Size: 2, Stride: 1}} })
	add("pools of sequences", []int{2, 3, 9}, []int{2, 3, 2}, Plain, func(b B) Layer[T] { return Chain[T]{MeanPool[T]{3, 2, 1}, MaxPool[T]{Size: 2}} })
	add("flatten", []int{2, 3, 2}, []int{2, 6}, Plain, func(b B) Layer[T] { return Flatten[T]{} })
	return all
}

// numbers returns n standard normal numbers of a fixed stream, rounded to float32 so that
// both types get the same.
func someNumbers[T vec.Float](n int, name string) []T {
	s := rng.New(7, name)
	x := make([]T, n)
	for i := range x {
		x[i] = T(float32(s.Norm()))
	}
	return x
}

// point returns parameters away from the symmetric start, and the state.
func point[T vec.Float](l *Layout) (x, state []T) {
	x, state = Start[T](l, 3)
	for i, v := range someNumbers[T](len(x), "point") {
		x[i] = T(float32(x[i]) + 0.1*float32(v))
	}
	for i := range state {
		state[i] += T(i) / 8
	}
	return x, state
}

// TestModulesDerivatives: gradients and Hessian products by parameters and input.
func TestModulesDerivatives(t *testing.T) {
	for _, m := range modules[float64](t) {
		x, state := point[float64](m.layout)
		var at []grad.Array
		for i := range m.layout.Params {
			b := &m.layout.Params[i]
			at = append(at, grad.Array{Shape: b.Shape, Data: x[b.Offset : b.Offset+b.Len()]})
		}
		at = append(at, grad.Array{Shape: m.in, Data: someNumbers[float64](length(m.in), "input")})
		err := grad.Check(func(tape *grad.Tape[float64], v []*grad.Tensor[float64]) *grad.Tensor[float64] {
			p := &Pass[float64]{Tape: tape, Mode: m.mode, layout: m.layout, params: v[:len(v)-1], state: state}
			return m.layer.Forward(p, v[len(v)-1])
		}, at...)
		if err != nil {
			t.Errorf("%s: %v", m.name, err)
		}
	}
}

// run evaluates a module and the gradient of the sum of its squares.
func (m *module[T]) run(p *Pass[T], x, g, state, in []T) *grad.Tensor[T] {
	clear(g)
	p.Begin(x, g, state, m.mode, rng.New(1, "step"))
	y := m.layer.Forward(p, p.Tape.Input(in, m.in...))
	p.Tape.Backward(grad.Sum(grad.Square(y)))
	return y
}

// TestModules: shapes, agreement of float32 with float64, no allocation.
func TestModules(t *testing.T) {
	wide, narrow := modules[float64](t), modules[float32](t)
	for i, m := range wide {
		n := narrow[i]
		x, state := point[float64](m.layout)
		x32, state32 := point[float32](n.layout)
		g, g32 := make([]float64, len(x)), make([]float32, len(x))
		in, in32 := someNumbers[float64](length(m.in), "input"), someNumbers[float32](length(m.in), "input")
		p, p32 := NewPass[float64](m.layout), NewPass[float32](n.layout)
		y, y32 := m.run(p, x, g, state, in), n.run(p32, x32, g32, state32, in32)
		if err := p.Tape.Err(); err != nil {
			t.Errorf("%s: %v", m.name, err)
			continue
		}
		if !slices.Equal(y.Shape(), m.out) {
			t.Errorf("%s: result of shape %v: want %v", m.name, y.Shape(), m.out)
		}
		near(t, m.name, y32.Data(), y.Data())
		near(t, m.name+", gradient", g32, g)
		if a := testing.AllocsPerRun(5, func() { n.run(p32, x32, g32, state32, in32) }); a > 0 {
			t.Errorf("%s: %v allocations in a step", m.name, a)
		}
		if len(x) > 0 && slices.Max(g) == 0 && slices.Min(g) == 0 {
			t.Errorf("%s: the gradient is zero", m.name)
		}
	}
}

func near(t *testing.T, name string, x []float32, want []float64) {
	t.Helper()
	scale := 1.0
	for _, v := range want {
		scale = max(scale, math.Abs(v))
	}
	for i, v := range want {
		if d := math.Abs(float64(x[i]) - v); !(d <= 2e-5*scale) {
			t.Errorf("%s: element %d is %v in float32 and %v in float64", name, i, x[i], v)
			return
		}
	}
}

// TestViews: every number of the flat vector matters to the output of a module, by the
// gradient in its place, and only in its place.
func TestViews(t *testing.T) {
	for _, m := range modules[float64](t) {
		if m.layout.Dim() == 0 {
			continue
		}
		x, state := point[float64](m.layout)
		g, in := make([]float64, len(x)), someNumbers[float64](length(m.in), "input")
		p := NewPass[float64](m.layout)
		before := slices.Clone(m.run(p, x, g, state, in).Data())
		seen := 0
		for _, b := range m.layout.Params {
			v, err := View(m.layout, x, b.Name)
			if err != nil || len(v) != b.Len() {
				t.Fatalf("%s: view of %s: %d numbers, %v", m.name, b.Name, len(v), err)
			}
			old := v[0]
			v[0] += 0.5
			after := m.run(p, x, g, state, in).Data()
			if !slices.Equal(before, after) {
				seen++
			} else if !strings.HasSuffix(b.Name, "k.bias") { // softmax does not see a constant in all keys
				t.Errorf("%s: a change of %s[0] does not change the output", m.name, b.Name)
			}
			v[0] = old
		}
		if seen == 0 {
			t.Errorf("%s: no block matters", m.name)
		}
	}
}

// A causal attention sees no later position; another one does.
func TestCausal(t *testing.T) {
	for _, causal := range []bool{true, false} {
		b := NewBuilder[float64]()
		l := NewSelfAttention(b, "a", 4, 2, causal, nil)
		layout, err := b.Layout()
		if err != nil {
			t.Fatal(err)
		}
		x, _ := point[float64](layout)
		in := someNumbers[float64](12, "input")
		p := NewPass[float64](layout)
		first := func() []float64 {
			p.Begin(x, nil, nil, Plain, rng.Stream{})
			return slices.Clone(l.Forward(p, p.Tape.Input(in, 1, 3, 4)).Data()[:8])
		}
		before := first()
		in[11]++
		if same := slices.Equal(before, first()); same != causal {
			t.Errorf("causal %v: a change at the last position leaves the first two as they were: %v", causal, same)
		}
	}
}

// BatchNorm's running statistics follow those of the batches in mode Train alone.
func TestBatchNormModes(t *testing.T) {
	b := NewBuilder[float64]()
	l := NewBatchNorm(b, "bn", 1)
	layout, err := b.Layout()
	if err != nil {
		t.Fatal(err)
	}
	x, state := Start[float64](layout, 1)
	in := []float64{1, 3, 5, 7} // mean 4, unbiased variance 20/3
	p := NewPass[float64](layout)
	forward := func(m Mode) []float64 {
		p.Begin(x, nil, state, m, rng.Stream{})
		return slices.Clone(l.Forward(p, p.Tape.Input(in, 4, 1)).Data())
	}
	if y := forward(Predict); math.Abs(y[0]-1/math.Sqrt(1+normEps)) > 1e-12 {
		t.Errorf("prediction at the start %v: want the input", y)
	}
	plain := forward(Plain)
	if !slices.Equal(state, []float64{0, 1}) {
		t.Errorf("mode Plain moved the statistics to %v", state)
	}
	if train := forward(Train); !slices.Equal(train, plain) {
		t.Errorf("mode Train gives %v, Plain %v: want equal values", train, plain)
	}
	if math.Abs(state[0]-0.4) > 1e-12 || math.Abs(state[1]-(0.9+0.1*20/3)) > 1e-12 {
		t.Errorf("statistics %v: want 0.4 and %v", state, 0.9+0.1*20/3)
	}
	before := slices.Clone(state)
	p.Begin(x, nil, state, Train, rng.Stream{})
	if y := l.Forward(p, p.Tape.Input(in[:1], 1, 1)); p.Tape.Err() != nil || y.Data()[0] != 0 || !slices.Equal(state, before) {
		t.Errorf("a single value gives %v, %v and statistics %v: want 0 and %v", y.Data(), p.Tape.Err(), state, before)
	}
	p.Begin(x, nil, state, Train, rng.Stream{})
	if l.Forward(p, p.Tape.Input(in[:2], 1, 1, 2)); state[0] == before[0] {
		t.Error("two positions of one example leave the statistics alone")
	}
}

// TestDropoutModes: nothing outside of Train, and a function of the stream there.
func TestDropoutModes(t *testing.T) {
	layout := &Layout{}
	p, in := NewPass[float64](layout), slices.Repeat([]float64{1}, 1000)
	forward := func(m Mode, seed uint64) []float64 {
		p.Begin(nil, nil, nil, m, rng.New(seed, "dropout"))
		return slices.Clone(Dropout[float64]{0.25}.Forward(p, p.Tape.Input(in, 1000)).Data())
	}
	if !slices.Equal(forward(Predict, 1), in) || !slices.Equal(forward(Plain, 1), in) {
		t.Error("dropout outside of mode Train")
	}
	a := forward(Train, 1)
	if !slices.Equal(a, forward(Train, 1)) || slices.Equal(a, forward(Train, 2)) {
		t.Error("dropout is no function of the stream")
	}
	if kept := vec.Sum(a) * 0.75; math.Abs(kept-750) > 60 {
		t.Errorf("%v of 1000 kept: want about 750", kept)
	}
}

// One step of each cell, in a second way: written out by hand.
func TestCells(t *testing.T) {
	sigmoid := func(v float64) float64 { return 1 / (1 + math.Exp(-v)) }
	x, h, c := 0.7, -0.3, 0.4
	for _, gates := range []int{1, 3, 4} {
		b := NewBuilder[float64]()
		var rnn *RNN[float64]
		var gru *GRU[float64]
		var lstm *LSTM[float64]
		switch gates {
		case 1:
			rnn = NewRNN(b, "r", 1, 1)
		case 3:
			gru = NewGRU(b, "r", 1, 1)
		case 4:
			lstm = NewLSTM(b, "r", 1, 1)
		}
		layout, err := b.Layout()
		if err != nil {
			t.Fatal(err)
		}
		w := someNumbers[float64](layout.Dim(), "cells")
		p := NewPass[float64](layout)
		p.Begin(w, nil, nil, Plain, rng.Stream{})
		in := func(v float64) *grad.Tensor[float64] { return p.Tape.Fill(v, 1, 1) }
		a := func(k int) float64 { return w[k]*x + w[2*gates+k] }
		r := func(k int) float64 { return w[gates+k]*h + w[3*gates+k] }
		var got, want float64
		switch gates {
		case 1:
			got, want = rnn.Step(p, in(x), in(h)).Value(), math.Tanh(a(0)+r(0))
		case 3:
			z := sigmoid(a(1) + r(1))
			n := math.Tanh(a(2) + sigmoid(a(0)+r(0))*r(2))
			got, want = gru.Step(p, in(x), in(h)).Value(), (1-z)*n+z*h
		case 4:
			h1, c1 := lstm.Step(p, in(x), in(h), in(c))
			next := sigmoid(a(1)+r(1))*c + sigmoid(a(0)+r(0))*math.Tanh(a(2)+r(2))
			if math.Abs(c1.Value()-next) > 1e-14 {
				t.Errorf("lstm: memory %v: want %v", c1.Value(), next)
			}
			got, want = h1.Value(), sigmoid(a(3)+r(3))*math.Tanh(next)
		}
		if math.Abs(got-want) > 1e-14 {
			t.Errorf("cell of %d gates: %v: want %v", gates, got, want)
		}
	}
}
