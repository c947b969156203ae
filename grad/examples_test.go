package grad

import (
	"math"
	"strings"
	"testing"
)

// exampleModels are per-example losses that use parameters in all supported ways.
var exampleModels = []struct {
	name   string
	params [][]int
	f      func(t *Tape[float64], n int, p []*Tensor[float64]) *Tensor[float64] // losses of the examples 0 to n-1
}{
	{"mlp", []s{{4, 6}, {6}, {6, 3}, {3}}, func(t *Tape[float64], n int, p []*Tensor[float64]) *Tensor[float64] {
		x := t.Input(normals("x", n*4), n, 4)
		return CrossEntropies(Linear(Tanh(Linear(x, p[0], p[1])), p[2], p[3]), make([]int, n))
	}},
	{"sequence", []s{{7, 4}, {3, 4}, {4}, {4}, {4, 12}, {12}, {4, 7}}, func(t *Tape[float64], n int, p []*Tensor[float64]) *Tensor[float64] {
		tokens, labels := make([]int, 3*n), make([]int, 3*n)
		for i := range tokens {
			tokens[i], labels[i] = (i*i+i/3)%7%4, i%5
		}
		x := Add(Reshape(Embedding(p[0], tokens), n, 3, 4), p[1])
		x = Linear(LayerNorm(x, p[2], p[3], 1e-3), p[4], p[5])
		x = Attention(Slice(x, -1, 0, 4), Slice(x, -1, 4, 8), Slice(x, -1, 8, 12), true)
		x = Add(MatMulT(x, p[0], false, true), MatMul(x, p[6])) // the embedding is used twice
		return Sum(Reshape(CrossEntropies(x, labels), n, 3), 1)
	}},
	{"wide", []s{{40, 30}, {30}, {1, 1}}, func(t *Tape[float64], n int, p []*Tensor[float64]) *Tensor[float64] {
		x := Linear(t.Input(normals("x", n*2*40), n, 2, 40), p[0], p[1])
		return Mean(Square(Reshape(Mul(x, p[2]), n, -1)), 1)
	}},
	{"tangent", []s{{6, 4}, {6}, {6, 2}, {2}, {3, 2}}, func(t *Tape[float64], n int, p []*Tensor[float64]) *Tensor[float64] {
		x := t.Input(normals("x", n*3*4), n, 3, 4)
		u := Linear(Tanh(LinearT(x, p[0], p[1])), p[2], p[3])
		u = Add(LinearT(u, p[4], nil), t.JVP(LinearT(u, p[4], nil), []*Tensor[float64]{x}, []*Tensor[float64]{t.Fill(1, n, 3, 4)}))
		return Sum(Square(u), 1, 2)
	}},
	{"conv", []s{{4, 1, 3, 2}, {4}, {4}, {4}, {5, 4, 1, 1}, {2, 5, 2}, {1, 2, 1, 1}}, func(t *Tape[float64], n int, p []*Tensor[float64]) *Tensor[float64] {
		x := t.Input(normals("x", n*2*6*6), n, 2, 6, 6)
		x = Tanh(Conv2D(x, p[0], p[1], Conv{Pad: 1, Groups: 2}))
		x = GroupNorm(x, 2, p[2], p[3], 1e-3)
		x = MaxPool2D(Conv2D(x, p[4], nil, Conv{}), 2, 2, 0)
		x = Tanh(Conv1D(Reshape(x, n, 5, -1), p[5], nil, Conv{}))
		x = Add(MaxPool1D(x, 2, 2, 0), AvgPool1D(x, 2, 2, 0))
		x = Mul(Reshape(x, n, 2, -1, 1), p[6])
		return Sum(Square(x), 1, 2, 3)
	}},
}

func TestExamples(t *testing.T) {
	const batch = 5
	for _, m := range exampleModels {
		var w, g []float64
		for _, shape := range m.params {
			w = append(w, normals(m.name, size(shape))...)
		}
		g = make([]float64, len(w))
		tape := NewTape[float64]()
		record := func() *Tensor[float64] {
			tape.Reset()
			var p []*Tensor[float64]
			at := 0
			for _, shape := range m.params {
				n := size(shape)
				p = append(p, tape.Param(w[at:at+n], g[at:at+n], shape...))
				at += n
			}
			return m.f(tape, batch, p)
		}
		want := make([]float64, batch*len(w))
		for i := range batch {
			clear(g)
			weights := make([]float64, batch)
			weights[i] = 1
			if err := tape.BackwardWith(record(), weights); err != nil {
				t.Fatal(m.name, err)
			}
			copy(want[i*len(w):], g)
		}
		rows, squares := make([]float64, len(want)), make([]float64, batch)
		y := record()
		if err := tape.ExampleNorms(y, squares); err != nil {
			t.Fatal(m.name, err)
		}
		if err := tape.ExampleGradients(y, rows); err != nil {
			t.Fatal(m.name, err)
		}
		for i := range want {
			if math.Abs(rows[i]-want[i]) > 1e-12*(1+math.Abs(want[i])) {
				t.Fatalf("%s: example %d, parameter %d: derivative %g, alone %g", m.name, i/len(w), i%len(w), rows[i], want[i])
			}
		}
		for i, q := range squares {
			n := 0.0
			for _, v := range want[i*len(w) : (i+1)*len(w)] {
				n += v * v
			}
			if math.Abs(q-n) > 1e-12*(1+n) || n == 0 {
				t.Errorf("%s: example %d: squared norm %g, want %g", m.name, i, q, n)
			}
		}
		clear(g)
		if err := tape.BackwardWith(y, squares); err != nil { // the passes leave the tape as it was
			t.Fatal(m.name, err)
		}
		for j := range g {
			s := 0.0
			for i, q := range squares {
				s += q * want[i*len(w)+j]
			}
			if math.Abs(g[j]-s) > 1e-10*(1+math.Abs(s)) {
				t.Fatalf("%s: weighted gradient %d is %g, want %g", m.name, j, g[j], s)
			}
		}
		if n := testing.AllocsPerRun(5, func() { tape.ExampleNorms(record(), squares) }) - testing.AllocsPerRun(5, func() { record() }); n > 0 {
			t.Errorf("%s: ExampleNorms allocates %v times", m.name, n)
		}
	}
}

// TestExamplesPassBy: gradients of examples go through segments that are computed again, and
// leave those of watched tensors alone.
func TestExamplesPassBy(t *testing.T) {
	tape := NewTape[float64]()
	w, g, watched, rows := normals("w", 2), make([]float64, 2), make([]float64, 4), make([]float64, 4)
	p := tape.Param(w, g, 2)
	x := []float64{1, 2, 3, 4}
	y := Mul(tape.Input(x, 2, 2), p)
	y.Watch(watched)
	y = Sum(Checkpoint(func(in []*Tensor[float64]) *Tensor[float64] { return Add(Square(in[0]), p) }, y), 1)
	if err := tape.ExampleGradients(y, rows); err != nil {
		t.Fatal(err)
	}
	for i, v := range x {
		if want := 2*v*v*w[i%2] + 1; math.Abs(rows[i]-want) > 1e-12 {
			t.Errorf("derivative %d is %g, want %g", i, rows[i], want)
		}
		if watched[i] != 0 {
			t.Errorf("the watched tensor's gradient is %v", watched)
		}
	}
}

func TestExamplesRefused(t *testing.T) {
	tape := NewTape[float64]()
	w, g, squares := normals("w", 4), make([]float64, 4), make([]float64, 3)
	p := func() *Tensor[float64] { tape.Reset(); return tape.Param(w, g, 4) }
	x := normals("x", 12)
	for want, f := range map[string]func() *Tensor[float64]{
		"parameter [4] used by Tanh[4]": func() *Tensor[float64] { return Sum(Mul(Tanh(p()), tape.Input(x, 3, 4)), 1) },
		"its statistics mix examples": func() *Tensor[float64] {
			v := p()
			return Sum(BatchNorm(tape.Input(x, 3, 4), v, nil, nil, nil, 0, 1), 1)
		},
		"hides which parameters are used": func() *Tensor[float64] {
			v := p()
			return Sum(Checkpoint(func(in []*Tensor[float64]) *Tensor[float64] { return Mul(in[0], v) }, Mul(tape.Input(x, 3, 4), v)), 1)
		},
		"3 numbers for 4 examples":            func() *Tensor[float64] { return p() },
		"4 rows for 3 examples":               func() *Tensor[float64] { return Slice(Mul(p(), tape.Input(x[:4], 4)), 0, 0, 3) },
		"want it as the second factor, of 2 ": func() *Tensor[float64] { v := Reshape(p(), 1, 4); return Reshape(MatMul(v, tape.Input(x, 4, 3)), 3) },
	} {
		err := tape.ExampleNorms(f(), squares)
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("error %v: want %q in it", err, want)
		}
		for _, v := range g {
			if v != 0 {
				t.Fatal("a gradient was touched")
			}
		}
	}
}
