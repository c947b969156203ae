package nn

import (
	"github.com/godescent/descent/grad"
	"github.com/godescent/descent/vec"
)

// A Layer maps a tensor to a tensor. It holds slots and sizes, no numbers, so one layer may
// serve any number of passes.
type Layer[T vec.Float] interface {
	Forward(p *Pass[T], x *grad.Tensor[T]) *grad.Tensor[T]
}

// A Model maps a batch to its outputs [batch, ...].
type Model[T vec.Float] interface {
	Layout() *Layout
	Forward(p *Pass[T], b *Batch[T]) *grad.Tensor[T]
}

// A Vocabulary is a model that takes the tokens 0 to Tokens()-1 only.
type Vocabulary interface{ Tokens() int }

// A Func is a function of tensors as a layer: Func[T](grad.ReLU[T]).
type Func[T vec.Float] func(x *grad.Tensor[T]) *grad.Tensor[T]

// Forward implements [Layer].
func (f Func[T]) Forward(_ *Pass[T], x *grad.Tensor[T]) *grad.Tensor[T] { return f(x) }

// A Chain applies layers one after the other.
type Chain[T vec.Float] []Layer[T]

// Forward implements [Layer].
func (c Chain[T]) Forward(p *Pass[T], x *grad.Tensor[T]) *grad.Tensor[T] {
	for _, l := range c {
		x = l.Forward(p, x)
	}
	return x
}

// Residual adds a shortcut to Body: Body(x) + Short(x), where a nil Short is x itself (He,
// Zhang, Ren and Sun 2016, arXiv:1512.03385).
type Residual[T vec.Float] struct{ Body, Short Layer[T] }

// Forward implements [Layer].
func (r Residual[T]) Forward(p *Pass[T], x *grad.Tensor[T]) *grad.Tensor[T] {
	y := r.Body.Forward(p, x)
	if r.Short != nil {
		x = r.Short.Forward(p, x)
	}
	return grad.Add(y, x)
}

// Dropout is grad.Dropout in mode Train and nothing in other modes. P is in [0, 1); 0 draws
// nothing.
type Dropout[T vec.Float] struct{ P float64 }

// Forward implements [Layer].
func (d Dropout[T]) Forward(p *Pass[T], x *grad.Tensor[T]) *grad.Tensor[T] {
	if p.Mode != Train || d.P == 0 {
		return x
	}
	return grad.Dropout(x, d.P)
}

// Flatten makes one axis of all axes after the first.
func Flatten[T vec.Float](x *grad.Tensor[T]) *grad.Tensor[T] { return grad.Reshape(x, x.Dim(0), -1) }

// MeanPool returns the means over all axes after the second: [batch, channels] from
// [batch, channels, ...].
func MeanPool[T vec.Float](x *grad.Tensor[T]) *grad.Tensor[T] {
	return grad.Mean(grad.Reshape(x, x.Dim(0), x.Dim(1), -1), 2)
}

// MaxPool is grad.MaxPool2D with windows of size x size that do not overlap.
func MaxPool[T vec.Float](size int) Func[T] {
	return func(x *grad.Tensor[T]) *grad.Tensor[T] { return grad.MaxPool2D(x, size, size, 0) }
}

// Activation returns the function of that name: relu, tanh, gelu, silu, sigmoid, softplus;
// "" is byDefault.
func Activation[T vec.Float](b *Builder[T], name, byDefault string) Func[T] {
	if name == "" {
		name = byDefault
	}
	switch name {
	case "relu":
		return grad.ReLU[T]
	case "tanh":
		return grad.Tanh[T]
	case "gelu":
		return grad.GELU[T]
	case "silu":
		return grad.SiLU[T]
	case "sigmoid":
		return grad.Sigmoid[T]
	case "softplus":
		return grad.Softplus[T]
	}
	b.Fail("activation %q: want relu, tanh, gelu, silu, sigmoid or softplus", name)
	return grad.ReLU[T]
}

// An Option changes what a layer has.
type Option int

// NoBias leaves the bias out, where a normalization follows.
const NoBias Option = 1

// bias adds the parameters of a bias unless an option says no.
func bias[T vec.Float](b *Builder[T], n int, options []Option) Slot {
	for _, o := range options {
		if o == NoBias {
			return 0
		}
	}
	return b.Param("bias", Zeros, n)
}
