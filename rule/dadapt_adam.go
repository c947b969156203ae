package rule

import (
	"math"

	"github.com/godescent/descent/vec"
)

// DAdaptAdam is Adam with an estimate d of the distance to a minimizer, in place of the learning rate,
// which is a factor, 1:
//
//	l = lr d (times sqrt(1 - Beta2^k)/(1 - Beta1^k) with Correct),  q = sqrt(Beta2)
//	n <- q n + (1 - q) l <g, s/(sqrt(v) + Eps)>, with the s and v before
//	m <- Beta1 m + (1 - Beta1) l g,  v <- Beta2 v + (1 - Beta2) g^2,  s <- q s + (1 - q) l g
//	d <- max(d, min(n/((1 - q)|s|_1), Growth d)),  x <- (1 - l Decay) x - m/(sqrt(v) + Eps)
//
// Memory: 3 vectors and 2 numbers.
//
// Defazio and Mishchenko, Learning-rate-free learning by D-adaptation, ICML 2023, arXiv:2301.07733, Algorithm 5.
type DAdaptAdam struct {
	Beta1   float64 // in (0, 1); default 0.9
	Beta2   float64 // in (0, 1); default 0.999
	Eps     float64 // > 0; default 1e-8
	D0      float64 // first estimate of the distance, > 0; default 1e-6
	Growth  float64 // largest factor from step to step, > 1; default none
	Correct bool    // Adam's correction
	Decay   float64 // decoupled, >= 0
}

// Check implements [Rule].
func (r DAdaptAdam) Check() error {
	return check("dadapt-adam", unit("beta1", r.Beta1), unit("beta2", r.Beta2), positive("eps", r.Eps), positive("decay", r.Decay),
		positive("d0", r.D0), limit{"growth", or(r.Growth, 2), 1, math.Inf(1), false})
}

// Rate returns 1.
func (r DAdaptAdam) Rate() float64 { return 1 }

// Vectors implements [Rule].
func (r DAdaptAdam) Vectors() int { return 3 }

// Needs implements [Needer].
func (r DAdaptAdam) Needs() Needs { return Needs{Scope: Whole, Scalars: 2} }

// Step32 implements [Rule].
func (r DAdaptAdam) Step32(p *Part[float32]) { dadaptadam(r, p) }

// Step64 implements [Rule].
func (r DAdaptAdam) Step64(p *Part[float64]) { dadaptadam(r, p) }

func dadaptadam[T vec.Float](r DAdaptAdam, p *Part[T]) {
	beta1, beta2, eps := or(r.Beta1, 0.9), or(r.Beta2, 0.999), T(or(r.Eps, 1e-8))
	a1, c1, a2, c2 := T(beta1), T(1-beta1), T(beta2), T(1-beta2)
	m, v, s, d, n := p.V[0], p.V[1], p.V[2], &p.S[0], &p.S[1]
	if p.K == 1 {
		*d = or(r.D0, 1e-6)
	}
	l, q := *d*p.LR, math.Sqrt(beta2)
	if r.Correct {
		l *= math.Sqrt(bias(beta2, p.K)) / bias(beta1, p.K)
	}
	c1 *= T(l)
	keep, fresh := T(q), T(l*(1-q))
	var inner, size float64
	for i, g := range p.G {
		inner += float64(g * (s[i] / (sqrt(v[i]) + eps)))
		m[i] = a1*m[i] + c1*g
		v[i] = a2*v[i] + c2*g*g
		s[i] = keep*s[i] + fresh*g
		size += math.Abs(float64(s[i]))
	}
	if size == 0 {
		return
	}
	*n = q**n + (1-q)*l*inner
	*d = grown(*d, *n/((1-q)*size), r.Growth)
	shrink := T(1 - l*r.Decay)
	for i := range p.X {
		p.X[i] = shrink*p.X[i] - m[i]/(sqrt(v[i])+eps)
	}
}
