package grad

import (
	"math"
	"testing"

	"github.com/godescent/descent/linalg"
	"github.com/godescent/descent/rng"
	"github.com/godescent/descent/vec"
)

// A model is a loss on fixed data as a function of one flat vector of parameters.
type model[T vec.Float] struct {
	tape   *Tape[T]
	w, g   []T
	params []*Tensor[T] // of the present step
	at     int
	grow   bool // the first step finds out how many parameters there are
	init   rng.Stream
	x      []T
	logits *Tensor[T] // of the present step
	labels []int
	loss   func() *Tensor[T]
}

// param returns the next parameter of the flat vector.
func (m *model[T]) param(shape ...int) *Tensor[T] {
	n := size(shape)
	if m.grow {
		scale := T(1)
		if len(shape) > 1 {
			scale = T(math.Sqrt(float64(shape[len(shape)-1]) / float64(n)))
			if len(shape) == 4 {
				scale = T(math.Sqrt(float64(shape[0]) / float64(n)))
			}
		}
		for range n {
			v := T(1)
			if len(shape) > 1 {
				v = scale * T(m.init.Norm())
			}
			m.w, m.g = append(m.w, v), append(m.g, 0)
		}
	}
	p := m.tape.Param(m.w[m.at:m.at+n], m.g[m.at:m.at+n], shape...)
	m.at += n
	m.params = append(m.params, p)
	return p
}

func (m *model[T]) record() *Tensor[T] {
	m.tape.Reset()
	m.tape.Rand = rng.New(5, "step")
	m.at, m.params = 0, m.params[:0]
	return m.loss()
}

// entropy is the loss of a classifier.
func (m *model[T]) entropy(logits *Tensor[T]) *Tensor[T] {
	m.logits = logits
	return CrossEntropy(logits, m.labels)
}

func (m *model[T]) step() error {
	clear(m.g)
	return m.tape.Backward(m.record())
}

func newModel[T vec.Float](inputs, labels, classes int, loss func(m *model[T]) *Tensor[T]) *model[T] {
	m := &model[T]{tape: NewTape[T](), init: rng.New(2, "init"), x: make([]T, inputs), labels: make([]int, labels), grow: true}
	for i := range m.x {
		m.x[i] = T(m.init.Norm())
	}
	for i := range m.labels {
		m.labels[i] = m.init.Intn(classes)
	}
	m.loss = func() *Tensor[T] { return loss(m) }
	m.record()
	m.grow = false
	return m
}

func mlp[T vec.Float](batch int, widths ...int) *model[T] {
	return newModel(batch*widths[0], batch, widths[len(widths)-1], func(m *model[T]) *Tensor[T] {
		h := m.tape.Input(m.x, batch, widths[0])
		for i, n := range widths[1:] {
			if i > 0 {
				h = ReLU(h)
			}
			h = Linear(h, m.param(widths[i], n), m.param(n))
		}
		return m.entropy(h)
	})
}

// cnn has two convolutions with pooling and two dense layers, as is usual for MNIST.
func cnn[T vec.Float](batch, side, c1, c2, hidden int) *model[T] {
	return newModel(batch*side*side, batch, 10, func(m *model[T]) *Tensor[T] {
		h := m.tape.Input(m.x, batch, 1, side, side)
		h = MaxPool2D(ReLU(Conv2D(h, m.param(c1, 1, 3, 3), m.param(c1), Conv{Pad: 1})), 2, 2, 0)
		h = MaxPool2D(ReLU(Conv2D(h, m.param(c2, c1, 3, 3), m.param(c2), Conv{Pad: 1})), 2, 2, 0)
		h = Reshape(h, batch, -1)
		h = Dropout(ReLU(Linear(h, m.param(h.Dim(1), hidden), m.param(hidden))), 0.25)
		return m.entropy(Linear(h, m.param(hidden, 10), m.param(10)))
	})
}

// transformer predicts tokens with pre-normalized blocks of causal attention.
func transformer[T vec.Float](batch, context, width, heads, layers, vocabulary int) *model[T] {
	return newModel(0, batch*context, vocabulary, func(m *model[T]) *Tensor[T] {
		table := m.param(vocabulary, width)
		h := Reshape(Embedding(table, m.labels), batch, context, width)
		h = Add(h, m.param(context, width))
		for range layers {
			h = block(m, h, heads)
		}
		h = LayerNorm(h, m.param(width), m.param(width), 1e-5)
		return m.entropy(MatMulT(h, table, false, true))
	})
}

func block[T vec.Float](m *model[T], h *Tensor[T], heads int) *Tensor[T] {
	b, c, d := h.Dim(0), h.Dim(1), h.Dim(2)
	n := LayerNorm(h, m.param(d), m.param(d), 1e-5)
	qkv := Linear(n, m.param(d, 3*d), m.param(3*d))
	qkv = Permute(Reshape(qkv, b, c, 3, heads, d/heads), 2, 0, 3, 1, 4)
	part := func(i int) *Tensor[T] { return Reshape(Slice(qkv, 0, i, i+1), b, heads, c, d/heads) }
	a := Attention(part(0), part(1), part(2), true)
	a = Reshape(Permute(a, 0, 2, 1, 3), b, c, d)
	h = Add(h, Linear(a, m.param(d, d), m.param(d)))
	n = LayerNorm(h, m.param(d), m.param(d), 1e-5)
	n = GELU(Linear(n, m.param(d, 4*d), m.param(4*d)))
	return Add(h, Linear(n, m.param(4*d, d), m.param(d)))
}

func models[T vec.Float]() map[string]*model[T] {
	return map[string]*model[T]{
		"mlp":         mlp[T](64, 100, 120, 80, 10),
		"cnn":         cnn[T](16, 12, 6, 8, 30),
		"transformer": transformer[T](8, 16, 32, 2, 2, 50),
	}
}

// TestModels: no allocation in the steady state, the same bits for any number of workers, and
// derivatives along a direction that agree with the gradient.
func TestModels(t *testing.T) {
	testModels[float32](t, 2e-3)
	testModels[float64](t, 1e-10)
}

func testModels[T vec.Float](t *testing.T, tolerance float64) {
	defer linalg.SetWorkers(0)
	for name, m := range models[T]() {
		linalg.SetWorkers(1)
		if err := m.step(); err != nil {
			t.Fatal(name, err)
		}
		want := append([]T(nil), m.g...)
		for _, workers := range []int{2, 7} {
			linalg.SetWorkers(workers)
			m.step()
			for i := range want {
				if m.g[i] != want[i] {
					t.Fatalf("%s: derivative %d is %v with %d workers, %v with one", name, i, m.g[i], workers, want[i])
				}
			}
		}
		if n := testing.AllocsPerRun(5, func() { m.step() }); n > 0 {
			t.Errorf("%s: %v allocations per step", name, n)
		}
		v := make([]T, len(m.w))
		r, slope := rng.New(9, name), 0.0
		for i := range v {
			v[i] = T(r.Norm())
			slope += float64(v[i]) * float64(want[i])
		}
		dl := m.tape.JVP(m.record(), m.params, m.directions(v))
		if err := m.tape.Err(); err != nil {
			t.Fatal(name, err)
		}
		if d := float64(dl.Value()) - slope; math.Abs(d) > tolerance*(1+math.Abs(slope)) {
			t.Errorf("%s: tangent %v, want %v", name, dl.Value(), slope)
		}
	}
}

// directions records the parts of v that belong to the parameters.
func (m *model[T]) directions(v []T) []*Tensor[T] {
	var d []*Tensor[T]
	at := 0
	for _, p := range m.params {
		d = append(d, m.tape.Input(v[at:at+p.Size()], p.Shape()...))
		at += p.Size()
	}
	return d
}
