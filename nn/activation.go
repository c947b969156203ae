package nn

import (
	"slices"
	"strings"

	"github.com/godescent/descent/grad"
	"github.com/godescent/descent/vec"
)

// An Activation is a function of single numbers under a name, made by [NewActivation].
type Activation[T vec.Float] struct {
	name string
	f    Func[T]
}

// leak is the slope of leakyrelu below 0.
const leak = 0.01

// activationNames are what [NewActivation] takes.
var activationNames = []string{"relu", "leakyrelu", "tanh", "gelu", "silu", "sigmoid", "softplus"}

// NewActivation returns the function of that name: relu, leakyrelu (with slope 0.01 below 0),
// tanh, gelu, silu, sigmoid or softplus.
func NewActivation[T vec.Float](b *Builder[T], name string) Activation[T] {
	at := slices.Index(activationNames, name)
	if at < 0 {
		b.Fail("activation %q: want one of %s", name, strings.Join(activationNames, ", "))
		at = 0
	}
	functions := []Func[T]{
		grad.ReLU[T], func(x *grad.Tensor[T]) *grad.Tensor[T] { return grad.LeakyReLU(x, leak) },
		grad.Tanh[T], grad.GELU[T], grad.SiLU[T], grad.Sigmoid[T], grad.Softplus[T],
	}
	return Activation[T]{name, functions[at]}
}

// Forward implements [Layer].
func (a Activation[T]) Forward(_ *Pass[T], x *grad.Tensor[T]) *grad.Tensor[T] { return a.f(x) }
