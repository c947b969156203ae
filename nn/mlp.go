package nn

import (
	"cmp"
	"strconv"

	"github.com/godescent/descent/vec"
)

// MLPOptions describes a multilayer perceptron.
type MLPOptions struct {
	In, Out    int     // features of an example, outputs
	Hidden     []int   // units of the hidden layers; none is a linear model
	Activation string  // between layers: relu (the default) or another of NewActivation
	Dropout    float64 // after each hidden layer, in [0, 1)
}

// MLP is a chain of linear layers, layers.0, layers.1, ..., with an activation between. It maps
// examples of any shape with In features to [batch, Out]. Weights are drawn by Kaiming for
// relu, by Xavier otherwise.
type MLP[T vec.Float] struct{ *Network[T] }

// NewMLP returns the model, or an error that names the option to change.
func NewMLP[T vec.Float](o MLPOptions) (*MLP[T], error) {
	b := NewBuilder[T]()
	if o.Activation != "" && o.Activation != "relu" {
		b = b.With(Xavier)
	}
	act := NewActivation(b, cmp.Or(o.Activation, "relu"))
	checkDropout(b, o.Dropout)
	net := Chain[T]{Flatten[T]{}}
	layers, in := b.In("layers"), o.In
	for i, n := range append(o.Hidden[:len(o.Hidden):len(o.Hidden)], o.Out) {
		if i > 0 {
			net = append(net, act, Dropout[T]{o.Dropout})
		}
		net = append(net, NewLinear(layers, strconv.Itoa(i), in, n))
		in = n
	}
	m, err := NewNetwork(b, net)
	return &MLP[T]{m}, err
}

func checkDropout[T vec.Float](b *Builder[T], p float64) {
	if !(p >= 0 && p < 1) {
		b.Fail("dropout %v: want 0 <= p < 1", p)
	}
}
