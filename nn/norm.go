package nn

import (
	"github.com/godescent/descent/grad"
	"github.com/godescent/descent/vec"
)

// normEps is added to variances.
const normEps = 1e-5

// LayerNorm is grad.LayerNorm on the last axis, with blocks weight and bias [width].
type LayerNorm[T vec.Float] struct{ Weight, Bias Slot }

// NewLayerNorm adds a layer normalization of rows of that width.
func NewLayerNorm[T vec.Float](b *Builder[T], name string, width int) *LayerNorm[T] {
	b = b.In(name)
	return &LayerNorm[T]{b.Param("weight", Ones, width), b.Param("bias", Zeros, width)}
}

// Forward implements [Layer].
func (l *LayerNorm[T]) Forward(p *Pass[T], x *grad.Tensor[T]) *grad.Tensor[T] {
	return grad.LayerNorm(x, p.Param(l.Weight), p.Param(l.Bias), normEps)
}

// GroupNorm is grad.GroupNorm of [batch, channels, ...], with blocks weight and bias
// [channels].
type GroupNorm[T vec.Float] struct {
	Weight, Bias Slot
	groups       int
}

// NewGroupNorm adds a normalization of groups of channels.
func NewGroupNorm[T vec.Float](b *Builder[T], name string, groups, channels int) *GroupNorm[T] {
	b = b.In(name)
	if groups < 1 || channels%max(1, groups) != 0 {
		b.Fail("group normalization %s of %d channels in %d groups: want channels in a multiple of the groups", b.prefix, channels, groups)
	}
	return &GroupNorm[T]{b.Param("weight", Ones, channels), b.Param("bias", Zeros, channels), groups}
}

// Forward implements [Layer].
func (l *GroupNorm[T]) Forward(p *Pass[T], x *grad.Tensor[T]) *grad.Tensor[T] {
	return grad.GroupNorm(x, l.groups, p.Param(l.Weight), p.Param(l.Bias), normEps)
}

// BatchNorm is grad.BatchNorm of [batch, channels, ...], with blocks weight and bias
// [channels], and the states running_mean and running_var, which move by a tenth towards each
// batch's in mode Train, unless it has a single value of each channel, as the last batch of an
// epoch may: that has no variance.
type BatchNorm[T vec.Float] struct{ Weight, Bias, Mean, Variance Slot }

// NewBatchNorm adds a batch normalization.
func NewBatchNorm[T vec.Float](b *Builder[T], name string, channels int) *BatchNorm[T] {
	b = b.In(name)
	return &BatchNorm[T]{
		Weight: b.Param("weight", Ones, channels), Bias: b.Param("bias", Zeros, channels),
		Mean: b.State("running_mean", Zeros, channels), Variance: b.State("running_var", Ones, channels),
	}
}

// Forward implements [Layer].
func (l *BatchNorm[T]) Forward(p *Pass[T], x *grad.Tensor[T]) *grad.Tensor[T] {
	gain, bias := p.Param(l.Weight), p.Param(l.Bias)
	switch p.Mode {
	case Train:
		mean, variance := p.State(l.Mean), p.State(l.Variance)
		if s := x.Shape(); len(s) > 1 && length(s) == s[1] {
			mean, variance = nil, nil
		}
		return grad.BatchNorm(x, gain, bias, mean, variance, 0.1, normEps)
	case Plain:
		return grad.BatchNorm(x, gain, bias, nil, nil, 0, normEps)
	}
	return grad.FixedNorm(x, gain, bias, p.State(l.Mean), p.State(l.Variance), normEps)
}
