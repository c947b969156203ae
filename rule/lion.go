package rule

import (
	"errors"
	"math"

	"github.com/godescent/descent/vec"
)

// Lion steps by the sign of an average of gradients, the same length along each parameter:
//
//	x <- (1 - lr Decay) x - lr sign(Beta1 m + (1 - Beta1) g)
//	m <- Beta2 m + (1 - Beta2) g
//
// sign(0) is 0. Memory: 1 vector. Its learning rates are 3 to 10 times smaller than Adam's, and
// decays as many times larger.
//
// Chen et al., Symbolic discovery of optimization algorithms, NeurIPS 2023, arXiv:2302.06675.
type Lion struct {
	Beta1 float64 // in (0, 1); default 0.9
	Beta2 float64 // in (0, 1); default 0.99
	Decay float64 // decoupled, >= 0
}

// Check implements [Rule].
func (r Lion) Check() error {
	return errors.Join(within("lion", "beta1", r.Beta1, 0, 1), within("lion", "beta2", r.Beta2, 0, 1), within("lion", "decay", r.Decay, 0, math.Inf(1)))
}

// Rate returns 1e-4.
func (r Lion) Rate() float64 { return 1e-4 }

// Vectors implements [Rule].
func (r Lion) Vectors() int { return 1 }

// Step32 implements [Rule].
func (r Lion) Step32(x, g []float32, v [][]float32, k int, lr float64) { lion(r, x, g, v[0], lr) }

// Step64 implements [Rule].
func (r Lion) Step64(x, g []float64, v [][]float64, k int, lr float64) { lion(r, x, g, v[0], lr) }

func lion[T vec.Float](r Lion, x, g, m []T, lr float64) {
	beta1, beta2 := or(r.Beta1, 0.9), or(r.Beta2, 0.99)
	b1, c1, b2, c2 := T(beta1), T(1-beta1), T(beta2), T(1-beta2)
	shrink, rate := T(1-lr*r.Decay), T(lr)
	for i, d := range g {
		u := b1*m[i] + c1*d
		switch m[i] = b2*m[i] + c2*d; {
		case u > 0:
			x[i] = shrink*x[i] - rate
		case u < 0:
			x[i] = shrink*x[i] + rate
		default: // 0, or NaN
			x[i] = shrink*x[i] - rate*u
		}
	}
}
