package rule

import (
	"errors"

	"github.com/godescent/descent/vec"
)

// SGD is the gradient step with momentum and decay, in the form that PyTorch has:
//
//	g <- g + Decay x
//	v <- Momentum v + (1 - Dampening) g,  v_1 = g_1
//	x <- x - lr v,  with Nesterov x - lr (g + Momentum v)
//
// Memory: a vector with momentum, none without.
//
// Polyak, Some methods of speeding up the convergence of iteration methods, USSR Comput. Math.
// Math. Phys. 4(5), 1964. Sutskever, Martens, Dahl, Hinton, On the importance of
// initialization and momentum in deep learning, ICML 2013.
type SGD struct {
	Momentum  float64 // in [0, 1)
	Dampening float64 // in [0, 1)
	Nesterov  bool    // needs momentum, and no dampening
	Decay     float64 // weight of |x|^2/2, >= 0
}

// Check implements [Rule].
func (r SGD) Check() error {
	err := check("sgd", unit("momentum", r.Momentum), unit("dampening", r.Dampening), positive("decay", r.Decay))
	if err == nil && r.Nesterov && (r.Momentum == 0 || r.Dampening != 0) {
		return errors.New("sgd: nesterov with no momentum or with dampening: want momentum > 0 and dampening = 0")
	}
	return err
}

// Rate returns 0.1.
func (r SGD) Rate() float64 { return 0.1 }

// Vectors implements [Rule].
func (r SGD) Vectors() int {
	if r.Momentum > 0 {
		return 1
	}
	return 0
}

// Step32 implements [Rule].
func (r SGD) Step32(p *Part[float32]) { sgd(r, p) }

// Step64 implements [Rule].
func (r SGD) Step64(p *Part[float64]) { sgd(r, p) }

func sgd[T vec.Float](r SGD, p *Part[T]) {
	if r.Momentum == 0 {
		vec.Axpby(T(-p.LR), p.G, T(1-p.LR*r.Decay), p.X)
		return
	}
	c := vec.Momentum[T]{Old: T(r.Momentum), New: T(1 - r.Dampening), Decay: T(r.Decay), Rate: T(p.LR)}
	if p.K == 1 {
		c.New = 1
	}
	if r.Nesterov {
		c.Nesterov(p.X, p.V[0], p.G)
	} else {
		c.Step(p.X, p.V[0], p.G)
	}
}
