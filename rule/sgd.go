package rule

import (
	"errors"
	"math"

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
	err := errors.Join(within("sgd", "momentum", r.Momentum, 0, 1), within("sgd", "dampening", r.Dampening, 0, 1), within("sgd", "decay", r.Decay, 0, math.Inf(1)))
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
func (r SGD) Step32(x, g []float32, v [][]float32, k int, lr float64) { sgd(r, x, g, v, k, lr) }

// Step64 implements [Rule].
func (r SGD) Step64(x, g []float64, v [][]float64, k int, lr float64) { sgd(r, x, g, v, k, lr) }

func sgd[T vec.Float](r SGD, x, g []T, vectors [][]T, k int, lr float64) {
	decay, rate, mu, fresh := T(r.Decay), T(lr), T(r.Momentum), T(1-r.Dampening)
	if k == 1 {
		fresh = 1
	}
	if r.Momentum == 0 {
		for i, d := range g {
			x[i] -= rate * (d + decay*x[i])
		}
		return
	}
	v := vectors[0]
	for i, d := range g {
		d += decay * x[i]
		v[i] = mu*v[i] + fresh*d
		step := v[i]
		if r.Nesterov {
			step = d + mu*v[i]
		}
		x[i] -= rate * step
	}
}
