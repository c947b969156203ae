package nn

import (
	"fmt"
	"math"

	"github.com/godescent/descent/vec"
)

// TrAct makes the first layer of a model train its outputs: in the mode Train the gradient of its weights is
// multiplied by (X'X/b + lambda I)^-1, X being its b inputs, or all patches of its images. Outputs and all other gradients
// are as before. Inputs should be scaled; 0.1 is a usual lambda. The first layer must be linear, or a convolution without
// groups, of the numbers of an example themselves.
//
// Petersen, Borgelt and Ermon, TrAct: Making first-layer pre-activations trainable, NeurIPS 2024, arXiv:2410.23970.
func TrAct[T vec.Float](m Model[T], lambda float64) error {
	if !(T(lambda) > 0) || math.IsInf(float64(T(lambda)), 1) {
		return fmt.Errorf("nn: tract %v: want a finite number > 0 of the precision of the model", lambda)
	}
	var net Chain[T]
	switch m := m.(type) {
	case *Network[T]:
		net = m.Net
	case *MLP[T]:
		net = m.Net
	case *CNN[T]:
		net = m.Net
	case *ResNet[T]:
		net = m.Net
	case *UNet[T]:
		net = m.down[0]
	default:
		return fmt.Errorf("nn: tract of a %T: want a model whose first layer is linear or a convolution", m)
	}
	return tractFirst(net, T(lambda))
}

func tractFirst[T vec.Float](net Chain[T], lambda T) error {
	for _, l := range net {
		switch l := l.(type) {
		case Flatten[T], Dropout[T]:
			continue
		case Chain[T]:
			if len(l) > 0 {
				return tractFirst(l, lambda)
			}
			continue
		case *Linear[T]:
			l.tract = lambda
			return nil
		case *Conv[T]:
			if l.transposed || l.options.Groups > 1 {
				return fmt.Errorf("nn: tract: the first layer is a convolution that is transposed or has groups: want neither")
			}
			l.tract = lambda
			return nil
		}
		return fmt.Errorf("nn: tract: the first layer is a %T: want a linear layer or a convolution", l)
	}
	return fmt.Errorf("nn: tract: a model without layers: want a linear layer or a convolution")
}
