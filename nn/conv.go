package nn

import (
	"github.com/godescent/descent/grad"
	"github.com/godescent/descent/vec"
)

// Conv is a convolution along one or two axes of positions, with blocks weight [out,
// in/groups, k (, k)] and bias [out]; transposed, weight is [in, out/groups, k (, k)].
type Conv[T vec.Float] struct {
	Weight, Bias Slot
	apply        func(x, w, b *grad.Tensor[T], o grad.Conv) *grad.Tensor[T]
	options      grad.Conv
	transposed   bool
	tract        T // lambda of [TrAct]; 0: none
}

// NewConv2D adds a convolution of images [batch, in, height, width] with k x k kernels.
func NewConv2D[T vec.Float](b *Builder[T], name string, in, out, k int, o grad.Conv, options ...Option) *Conv[T] {
	return newConv(b.In(name), grad.Conv2D[T], in, out, []int{out, perGroup(in, o), k, k}, o, options)
}

// NewConv1D adds a convolution of sequences [batch, in, length] with kernels of length k.
func NewConv1D[T vec.Float](b *Builder[T], name string, in, out, k int, o grad.Conv, options ...Option) *Conv[T] {
	return newConv(b.In(name), grad.Conv1D[T], in, out, []int{out, perGroup(in, o), k}, o, options)
}

// NewConvTranspose2D adds the adjoint of a convolution of images: with stride s it makes them
// s times as large.
func NewConvTranspose2D[T vec.Float](b *Builder[T], name string, in, out, k int, o grad.Conv, options ...Option) *Conv[T] {
	c := newConv(b.In(name), grad.ConvTranspose2D[T], in, out, []int{in, perGroup(out, o), k, k}, o, options)
	c.transposed = true
	return c
}

// NewConvTranspose1D adds the adjoint of a convolution of sequences.
func NewConvTranspose1D[T vec.Float](b *Builder[T], name string, in, out, k int, o grad.Conv, options ...Option) *Conv[T] {
	c := newConv(b.In(name), grad.ConvTranspose1D[T], in, out, []int{in, perGroup(out, o), k}, o, options)
	c.transposed = true
	return c
}

func newConv[T vec.Float](b *Builder[T], apply func(x, w, b *grad.Tensor[T], o grad.Conv) *grad.Tensor[T], in, out int, shape []int, o grad.Conv, options []Option) *Conv[T] {
	if g := max(1, o.Groups); in%g != 0 || out%g != 0 || o.Stride < 0 || o.Pad < 0 || o.Dilation < 0 || o.Groups < 0 {
		b.Fail("convolution %s of %d to %d channels with %+v: want no negative option, and channels in multiples of the groups", b.prefix, in, out, o)
	}
	return &Conv[T]{Weight: b.Weight("weight", shape...), Bias: bias(b, out, options), apply: apply, options: o}
}

// perGroup returns how many channels a group has.
func perGroup(n int, o grad.Conv) int { return n / max(1, o.Groups) }

// Forward implements [Layer].
func (c *Conv[T]) Forward(p *Pass[T], x *grad.Tensor[T]) *grad.Tensor[T] {
	w := p.Param(c.Weight)
	if c.tract > 0 && p.Mode == Train {
		w = grad.TrAct(x, w, c.tract, c.options)
	}
	return c.apply(x, w, p.Param(c.Bias), c.options)
}
