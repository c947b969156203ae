package rule

import (
	"math"

	"github.com/godescent/descent/vec"
)

// DoG needs no learning rate: its step is the distance from the start over the root of the sum of
// squared gradient norms, and the one given is a factor, 1:
//
//	r = max(r, |x - x_0|),  r_0 = First (1 + |x_0|),  G <- G + |g|^2,  G_0 = Eps
//	x <- x - lr r/sqrt(G) g
//
// With Layers (L-DoG) each block has its own r and G. The average of iterates is to be
// preferred to x: see [Average]. Memory: 1 vector and 2 numbers.
//
// Ivgi, Hinder, Carmon, DoG is SGD's best friend: a parameter-free dynamic step size schedule, ICML 2023,
// arXiv:2302.12022, (3).
type DoG struct {
	First  float64 // first distance over 1 + |x_0|, > 0; default 1e-6
	Eps    float64 // > 0; default 1e-8
	Layers bool
}

// Check implements [Rule].
func (r DoG) Check() error {
	return check("dog", positive("first", r.First), positive("eps", r.Eps))
}

// Rate returns 1.
func (r DoG) Rate() float64 { return 1 }

// Vectors implements [Rule].
func (r DoG) Vectors() int { return 1 }

// Needs implements [Needer].
func (r DoG) Needs() Needs {
	if r.Layers {
		return Needs{Scope: Blocks, Scalars: 2}
	}
	return Needs{Scope: Whole, Scalars: 2}
}

// Step32 implements [Rule].
func (r DoG) Step32(p *Part[float32]) { dog(r, p) }

// Step64 implements [Rule].
func (r DoG) Step64(p *Part[float64]) { dog(r, p) }

func dog[T vec.Float](r DoG, p *Part[T]) {
	start, far, sum := p.V[0], &p.S[0], &p.S[1]
	if p.K == 1 {
		copy(start, p.X)
		*far, *sum = or(r.First, 1e-6)*(1+norm(p.X)), or(r.Eps, 1e-8)
	} else {
		d := p.Scratch(len(p.X))
		vec.AxpyTo(d, -1, start, p.X)
		*far = max(*far, norm(d))
	}
	*sum += dot(p.G, p.G)
	vec.Axpy(T(-p.LR**far/math.Sqrt(*sum)), p.G, p.X)
}
