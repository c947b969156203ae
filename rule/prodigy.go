package rule

import (
	"math"

	"github.com/godescent/descent/vec"
)

// Prodigy is Adam with an estimate d of the distance to a minimizer, which grows faster than that of
// [DAdaptAdam], in place of the learning rate, which is a factor, 1:
//
//	l = lr d (times sqrt(1 - Beta2^k)/(1 - Beta1^k) with Correct)
//	n <- Beta3 n + d/D0 l <g, x_0 - x>,  s <- Beta3 s + d/D0 l g (d/D0 d g with Safe)
//	m <- Beta1 m + (1 - Beta1) d g,  v <- Beta2 v + (1 - Beta2) d^2 g^2
//	e = C n/|s|_1,  d <- max(d, e) while d = D0,  D <- max(D, e),  d <- min(D, Growth d)
//	x <- (1 - l Decay) x - l m/(sqrt(v) + d Eps)
//
// Memory: 4 vectors and 3 numbers.
//
// Mishchenko and Defazio, Prodigy: an expeditiously adaptive parameter-free learner, ICML 2024, arXiv:2306.06101,
// Algorithm 4.
type Prodigy struct {
	Beta1   float64 // in (0, 1); default 0.9
	Beta2   float64 // in (0, 1); default 0.999
	Eps     float64 // > 0; default 1e-8
	Beta3   float64 // in (0, 1); default sqrt(Beta2)
	D0      float64 // first estimate of the distance, > 0; default 1e-6
	Growth  float64 // largest factor from step to step, > 1; default none
	C       float64 // factor of the estimate, > 0; default 1
	Correct bool    // Adam's correction
	Safe    bool    // no learning rate in s, for long warming up
	Decay   float64 // decoupled, >= 0
}

// Check implements [Rule].
func (r Prodigy) Check() error {
	return check("prodigy", unit("beta1", r.Beta1), unit("beta2", r.Beta2), positive("eps", r.Eps), unit("beta3", r.Beta3),
		positive("c", r.C), positive("decay", r.Decay), positive("d0", r.D0), limit{"growth", or(r.Growth, 2), 1, math.Inf(1), false})
}

// Rate returns 1.
func (r Prodigy) Rate() float64 { return 1 }

// Vectors implements [Rule].
func (r Prodigy) Vectors() int { return 4 }

// Needs implements [Needer].
func (r Prodigy) Needs() Needs { return Needs{Scope: Whole, Scalars: 3} }

// Step32 implements [Rule].
func (r Prodigy) Step32(p *Part[float32]) { prodigy(r, p) }

// Step64 implements [Rule].
func (r Prodigy) Step64(p *Part[float64]) { prodigy(r, p) }

func prodigy[T vec.Float](r Prodigy, p *Part[T]) {
	beta1, beta2, eps := or(r.Beta1, 0.9), or(r.Beta2, 0.999), or(r.Eps, 1e-8)
	beta3, d0 := or(r.Beta3, math.Sqrt(beta2)), or(r.D0, 1e-6)
	m, v, s, start, d, top, n := p.V[0], p.V[1], p.V[2], p.V[3], &p.S[0], &p.S[1], &p.S[2]
	if p.K == 1 {
		copy(start, p.X)
		*d, *top = d0, d0
	}
	l := *d * p.LR
	if r.Correct {
		l *= math.Sqrt(bias(beta2, p.K)) / bias(beta1, p.K)
	}
	fresh := T(*d / d0 * l)
	if r.Safe {
		fresh = T(*d / d0 * *d)
	}
	a1, c1, a2, c2, a3 := T(beta1), T(*d*(1-beta1)), T(beta2), T(*d**d*(1-beta2)), T(beta3)
	var inner, size float64
	for i, g := range p.G {
		inner += float64(g * (start[i] - p.X[i]))
		m[i] = a1*m[i] + c1*g
		v[i] = a2*v[i] + c2*g*g
		s[i] = a3*s[i] + fresh*g
		size += math.Abs(float64(s[i]))
	}
	if size == 0 {
		return
	}
	*n = beta3**n + *d/d0*l*inner
	estimate := or(r.C, 1) * *n / size
	if *d == d0 {
		*d = max(*d, estimate)
	}
	*top = max(*top, estimate)
	next := *top
	if r.Growth > 0 {
		next = min(next, *d*r.Growth)
	}
	*d = next
	shrink, step, add := T(1-l*r.Decay), T(l), T(*d*eps)
	for i := range p.X {
		p.X[i] = shrink*p.X[i] - step*m[i]/(sqrt(v[i])+add)
	}
}
