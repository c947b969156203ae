package nn

import (
	"math"

	"github.com/godescent/descent/grad"
	"github.com/godescent/descent/vec"
)

// Recurrent layers map sequences [batch, time, in] to the states after each step, [batch,
// time, hidden], from a state of zeros. Their blocks are those of PyTorch: weight_ih
// [gates hidden, in], weight_hh [gates hidden, hidden], bias_ih and bias_hh [gates hidden],
// drawn uniformly from +-1/sqrt(hidden). Gates are stacked in the order of the equations.
type recurrent[T vec.Float] struct {
	WeightIH, WeightHH, BiasIH, BiasHH Slot
	gates, hidden                      int
}

func newRecurrent[T vec.Float](b *Builder[T], name string, gates, in, hidden int) recurrent[T] {
	b = b.In(name)
	draw := Uniform(1 / math.Sqrt(float64(max(1, hidden))))
	n := gates * hidden
	return recurrent[T]{
		b.Param("weight_ih", draw, n, in), b.Param("weight_hh", draw, n, hidden), b.Param("bias_ih", draw, n), b.Param("bias_hh", draw, n),
		gates, hidden,
	}
}

// input returns weight_ih x + bias_ih of any number of steps at once.
func (r *recurrent[T]) input(p *Pass[T], x *grad.Tensor[T]) *grad.Tensor[T] {
	return grad.Add(grad.MatMulT(x, p.Param(r.WeightIH), false, true), p.Param(r.BiasIH))
}

// last returns weight_hh h + bias_hh.
func (r *recurrent[T]) last(p *Pass[T], h *grad.Tensor[T]) *grad.Tensor[T] {
	return grad.Add(grad.MatMulT(h, p.Param(r.WeightHH), false, true), p.Param(r.BiasHH))
}

// gate returns the k-th of the gates of a.
func (r *recurrent[T]) gate(a *grad.Tensor[T], k int) *grad.Tensor[T] {
	return grad.Slice(a, 1, k*r.hidden, (k+1)*r.hidden)
}

// A cell is one step of a recurrent layer: from the input's part a of the gates and the state
// h, with a memory c where it has one, to the next h and c.
type cell[T vec.Float] interface {
	step(p *Pass[T], a, h, c *grad.Tensor[T]) (h1, c1 *grad.Tensor[T])
}

// run applies the cell at all positions in turn.
func (r *recurrent[T]) run(p *Pass[T], x *grad.Tensor[T], l cell[T]) *grad.Tensor[T] {
	a := r.input(p, x)
	h := p.Tape.Fill(0, x.Dim(0), r.hidden)
	if x.Dim(1) == 0 {
		return p.Tape.Fill(0, x.Dim(0), 0, r.hidden)
	}
	c := h
	p.steps = p.steps[:0]
	for t := range x.Dim(1) {
		h, c = l.step(p, grad.Reshape(grad.Slice(a, 1, t, t+1), x.Dim(0), r.gates*r.hidden), h, c)
		p.steps = append(p.steps, h)
	}
	return grad.Stack(1, p.steps...)
}

// RNN is h' = tanh(W_ih x + b_ih + W_hh h + b_hh) (Elman 1990).
type RNN[T vec.Float] struct{ recurrent[T] }

// NewRNN adds a recurrent layer of that name.
func NewRNN[T vec.Float](b *Builder[T], name string, in, hidden int) *RNN[T] {
	return &RNN[T]{newRecurrent(b, name, 1, in, hidden)}
}

// Step returns the state after an input x [batch, in].
func (l *RNN[T]) Step(p *Pass[T], x, h *grad.Tensor[T]) *grad.Tensor[T] {
	h, _ = l.step(p, l.input(p, x), h, nil)
	return h
}

func (l *RNN[T]) step(p *Pass[T], a, h, _ *grad.Tensor[T]) (h1, c1 *grad.Tensor[T]) {
	return grad.Tanh(grad.Add(a, l.last(p, h))), nil
}

// Forward implements [Layer].
func (l *RNN[T]) Forward(p *Pass[T], x *grad.Tensor[T]) *grad.Tensor[T] { return l.run(p, x, l) }

// GRU is a gated recurrent unit (Cho et al. 2014, arXiv:1406.1078), in the variant of PyTorch
// that resets after the product. With a = W_ih x + b_ih and c = W_hh h + b_hh:
//
//	r = sigmoid(a_r + c_r),  z = sigmoid(a_z + c_z),  n = tanh(a_n + r c_n),  h' = n + z (h - n)
type GRU[T vec.Float] struct{ recurrent[T] }

// NewGRU adds a gated recurrent unit of that name.
func NewGRU[T vec.Float](b *Builder[T], name string, in, hidden int) *GRU[T] {
	return &GRU[T]{newRecurrent(b, name, 3, in, hidden)}
}

// Step returns the state after an input x [batch, in].
func (l *GRU[T]) Step(p *Pass[T], x, h *grad.Tensor[T]) *grad.Tensor[T] {
	h, _ = l.step(p, l.input(p, x), h, nil)
	return h
}

func (l *GRU[T]) step(p *Pass[T], a, h, _ *grad.Tensor[T]) (h1, c1 *grad.Tensor[T]) {
	c := l.last(p, h)
	r := grad.Sigmoid(grad.Add(l.gate(a, 0), l.gate(c, 0)))
	z := grad.Sigmoid(grad.Add(l.gate(a, 1), l.gate(c, 1)))
	n := grad.Tanh(grad.Add(l.gate(a, 2), grad.Mul(r, l.gate(c, 2))))
	return grad.Add(n, grad.Mul(z, grad.Sub(h, n))), nil
}

// Forward implements [Layer].
func (l *GRU[T]) Forward(p *Pass[T], x *grad.Tensor[T]) *grad.Tensor[T] { return l.run(p, x, l) }

// LSTM has a long short-term memory c (Hochreiter and Schmidhuber 1997) with forget gates
// (Gers, Schmidhuber and Cummins 2000). With a = W_ih x + b_ih + W_hh h + b_hh:
//
//	i = sigmoid(a_i),  f = sigmoid(a_f),  g = tanh(a_g),  o = sigmoid(a_o)
//	c' = f c + i g,  h' = o tanh(c')
type LSTM[T vec.Float] struct{ recurrent[T] }

// NewLSTM adds a long short-term memory of that name.
func NewLSTM[T vec.Float](b *Builder[T], name string, in, hidden int) *LSTM[T] {
	return &LSTM[T]{newRecurrent(b, name, 4, in, hidden)}
}

// Step returns the state and the memory after an input x [batch, in].
func (l *LSTM[T]) Step(p *Pass[T], x, h, c *grad.Tensor[T]) (h1, c1 *grad.Tensor[T]) {
	return l.step(p, l.input(p, x), h, c)
}

func (l *LSTM[T]) step(p *Pass[T], a, h, c *grad.Tensor[T]) (h1, c1 *grad.Tensor[T]) {
	a = grad.Add(a, l.last(p, h))
	i, f, g, o := grad.Sigmoid(l.gate(a, 0)), grad.Sigmoid(l.gate(a, 1)), grad.Tanh(l.gate(a, 2)), grad.Sigmoid(l.gate(a, 3))
	c1 = grad.Add(grad.Mul(f, c), grad.Mul(i, g))
	return grad.Mul(o, grad.Tanh(c1)), c1
}

// Forward implements [Layer].
func (l *LSTM[T]) Forward(p *Pass[T], x *grad.Tensor[T]) *grad.Tensor[T] {
	return l.run(p, x, l)
}
