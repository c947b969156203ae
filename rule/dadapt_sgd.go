package rule

import (
	"math"

	"github.com/godescent/descent/vec"
)

// DAdaptSGD is SGD with an estimate d of the distance to a minimizer, a lower bound, in place of the
// learning rate, which is a factor, 1:
//
//	l = lr d/|g_1|, with the first gradient that is not 0,  n <- n + l <g, s>,  s <- s + l g
//	d <- max(d, min(2 n/|s|, Growth d))
//	x <- Momentum x + (1 - Momentum)(x_0 - s)
//
// Memory: 2 vectors and 3 numbers.
//
// Defazio and Mishchenko, Learning-rate-free learning by D-adaptation, ICML 2023, arXiv:2301.07733, Algorithm 4.
type DAdaptSGD struct {
	Momentum float64 // in [0, 1)
	D0       float64 // first estimate of the distance, > 0; default 1e-6
	Growth   float64 // largest factor from step to step, > 1; default none
}

// Check implements [Rule].
func (r DAdaptSGD) Check() error {
	return check("dadapt-sgd", unit("momentum", r.Momentum), positive("d0", r.D0), limit{"growth", or(r.Growth, 2), 1, math.Inf(1), false})
}

// Rate returns 1.
func (r DAdaptSGD) Rate() float64 { return 1 }

// Vectors implements [Rule].
func (r DAdaptSGD) Vectors() int { return 2 }

// Needs implements [Needer].
func (r DAdaptSGD) Needs() Needs { return Needs{Scope: Whole, Scalars: 3} }

// Step32 implements [Rule].
func (r DAdaptSGD) Step32(p *Part[float32]) { dadaptsgd(r, p) }

// Step64 implements [Rule].
func (r DAdaptSGD) Step64(p *Part[float64]) { dadaptsgd(r, p) }

func dadaptsgd[T vec.Float](r DAdaptSGD, p *Part[T]) {
	s, start, d, n, first := p.V[0], p.V[1], &p.S[0], &p.S[1], &p.S[2]
	if p.K == 1 {
		copy(start, p.X)
		*d = or(r.D0, 1e-6)
	}
	if *first == 0 {
		*first = norm(p.G)
	}
	if *first == 0 {
		return
	}
	l := *d * p.LR / *first
	*n += l * dot(p.G, s)
	vec.Axpy(T(l), p.G, s)
	if size := norm(s); size > 0 {
		*d = grown(*d, 2**n/size, r.Growth)
	}
	mu := T(r.Momentum)
	for i := range p.X {
		p.X[i] = mu*p.X[i] + (1-mu)*(start[i]-s[i])
	}
}

// grown returns the larger of d and an estimate that is at most growth d.
func grown(d, estimate, growth float64) float64 {
	if growth > 0 {
		estimate = min(estimate, growth*d)
	}
	if estimate > d {
		return estimate
	}
	return d
}
