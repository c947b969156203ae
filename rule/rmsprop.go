package rule

import (
	"errors"
	"math"

	"github.com/godescent/descent/vec"
)

// RMSProp divides the gradient by a running root mean square of it:
//
//	g <- g + Decay x,  v <- Alpha v + (1 - Alpha) g^2
//	centered:  a <- Alpha a + (1 - Alpha) g,  and v - a^2 in place of v
//	b <- Momentum b + g/(sqrt(v) + Eps),  x <- x - lr b
//
// Memory: 1 vector, 1 more each with momentum and if centered.
//
// Tieleman and Hinton, Lecture 6.5: rmsprop, Neural networks for machine learning, 2012.
// Centered: Graves, Generating sequences with recurrent neural networks, 2013, arXiv:1308.0850.
type RMSProp struct {
	Alpha    float64 // in (0, 1); default 0.99
	Eps      float64 // > 0; default 1e-8
	Momentum float64 // in [0, 1)
	Centered bool
	Decay    float64 // weight of |x|^2/2 in the objective, >= 0
}

// Check implements [Rule].
func (r RMSProp) Check() error {
	return errors.Join(within("rmsprop", "alpha", r.Alpha, 0, 1), within("rmsprop", "eps", r.Eps, 0, math.Inf(1)),
		within("rmsprop", "momentum", r.Momentum, 0, 1), within("rmsprop", "decay", r.Decay, 0, math.Inf(1)))
}

// Rate returns 1e-3.
func (r RMSProp) Rate() float64 { return 1e-3 }

// Vectors implements [Rule].
func (r RMSProp) Vectors() int {
	n := 1
	if r.Momentum > 0 {
		n++
	}
	if r.Centered {
		n++
	}
	return n
}

// Step32 implements [Rule].
func (r RMSProp) Step32(x, g []float32, v [][]float32, k int, lr float64) { rmsprop(r, x, g, v, lr) }

// Step64 implements [Rule].
func (r RMSProp) Step64(x, g []float64, v [][]float64, k int, lr float64) { rmsprop(r, x, g, v, lr) }

func rmsprop[T vec.Float](r RMSProp, x, g []T, vectors [][]T, lr float64) {
	alpha := or(r.Alpha, 0.99)
	a, c, eps, mu, decay, rate := T(alpha), T(1-alpha), T(or(r.Eps, 1e-8)), T(r.Momentum), T(r.Decay), T(lr)
	v := vectors[0]
	b, mean := v, v // not used
	if r.Momentum > 0 {
		b = vectors[1]
	}
	if r.Centered {
		mean = vectors[len(vectors)-1]
	}
	for i, d := range g {
		d += decay * x[i]
		v[i] = a*v[i] + c*d*d
		s := v[i]
		if r.Centered {
			mean[i] = a*mean[i] + c*d
			s -= mean[i] * mean[i]
		}
		d /= T(math.Sqrt(float64(s))) + eps
		if r.Momentum > 0 {
			b[i] = mu*b[i] + d
			d = b[i]
		}
		x[i] -= rate * d
	}
}
