package rule

import (
	"math"

	"github.com/godescent/descent/vec"
)

// MADGRAD is dual averaging with a cube root of the sums of squares:
//
//	l = (lr + Eps) sqrt(k),  s <- s + l g,  v <- v + l g^2
//	z = x_0 - s/(v^(1/3) + Eps),  x <- Momentum x + (1 - Momentum) z
//
// Memory: 3 vectors, 2 without momentum, as x_0 follows from x.
//
// Defazio and Jelassi, Adaptivity without compromise: a momentumized, adaptive, dual averaged gradient
// method for stochastic optimization, JMLR 23, 2022, arXiv:2101.11075, Algorithm 1.
type MADGRAD struct {
	Momentum float64 // in [0, 1); default 0.9, negative: none
	Eps      float64 // > 0; default 1e-6
}

// Check implements [Rule].
func (r MADGRAD) Check() error {
	return check("madgrad", unit("momentum", max(r.Momentum, 0)), positive("eps", r.Eps))
}

// Rate returns 1e-2.
func (r MADGRAD) Rate() float64 { return 1e-2 }

// Vectors implements [Rule].
func (r MADGRAD) Vectors() int {
	if r.Momentum < 0 {
		return 2
	}
	return 3
}

// Step32 implements [Rule].
func (r MADGRAD) Step32(p *Part[float32]) { madgrad(r, p) }

// Step64 implements [Rule].
func (r MADGRAD) Step64(p *Part[float64]) { madgrad(r, p) }

func madgrad[T vec.Float](r MADGRAD, p *Part[T]) {
	eps, mu := T(or(r.Eps, 1e-6)), T(orNone(r.Momentum, 0.9))
	weight := T((p.LR + or(r.Eps, 1e-6)) * math.Sqrt(float64(p.K)))
	s, v := p.V[0], p.V[1]
	if mu > 0 && p.K == 1 {
		copy(p.V[2], p.X)
	}
	for i, g := range p.G {
		var start T
		if mu > 0 {
			start = p.V[2][i]
		} else {
			start = p.X[i] + s[i]/(cbrt(v[i])+eps)
		}
		s[i] += weight * g
		v[i] += weight * g * g
		p.X[i] = mu*p.X[i] + (1-mu)*(start-s[i]/(cbrt(v[i])+eps))
	}
}

// cbrt is the cube root; in double precision the power 1/3 that the implementations have, which is not quite the same.
func cbrt[T vec.Float](v T) T {
	if _, single := any(v).(float32); single {
		return T(math.Cbrt(float64(v)))
	}
	return T(math.Pow(float64(v), 1.0/3))
}
