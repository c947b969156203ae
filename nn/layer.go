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

// A Network is a model that is a chain of layers, from the numbers of a batch to its outputs.
type Network[T vec.Float] struct {
	Net    Chain[T]
	layout *Layout
}

// NewNetwork returns the model of layers that have got their blocks from b, or b's first
// mistake.
func NewNetwork[T vec.Float](b *Builder[T], net Chain[T]) (*Network[T], error) {
	layout, err := b.Layout()
	if err != nil {
		return nil, err
	}
	return &Network[T]{net, layout}, nil
}

// Layout implements [Model].
func (m *Network[T]) Layout() *Layout { return m.layout }

// Forward implements [Model].
func (m *Network[T]) Forward(p *Pass[T], b *Batch[T]) *grad.Tensor[T] {
	return m.Net.Forward(p, p.Input(b))
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
type Flatten[T vec.Float] struct{}

// Forward implements [Layer].
func (Flatten[T]) Forward(_ *Pass[T], x *grad.Tensor[T]) *grad.Tensor[T] {
	return grad.Reshape(x, x.Dim(0), -1)
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
