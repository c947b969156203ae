package rule

import (
	"math"

	"github.com/godescent/descent/vec"
)

// ScheduleFreeRAdam is [ScheduleFreeAdamW] with the warming up of [RAdam]:
//
//	rho_k > 4: lr_k = lr r_k and d = g/(sqrt(v/(1 - Beta2^k)) + Eps) + Decay y
//	else lr_k = 0, or lr with Loud, and d = g + Decay y
//
// Its answer is the average; see [Answer]. Memory: 2 vectors and 3 numbers.
//
// Defazio et al., The road less scheduled, NeurIPS 2024, arXiv:2405.15682, in the authors' code; Liu et al., ICLR 2020,
// arXiv:1908.03265.
type ScheduleFreeRAdam struct {
	Beta1 float64 // in (0, 1); default 0.9
	Beta2 float64 // in (0, 1); default 0.999
	Eps   float64 // > 0; default 1e-8
	Power float64 // >= 0
	Decay float64 // at y, >= 0
	Loud  bool    // steps of SGD while rho_k <= 4
}

// Check implements [Rule].
func (r ScheduleFreeRAdam) Check() error {
	return check("schedulefree-radam", unit("beta1", r.Beta1), unit("beta2", r.Beta2), positive("eps", r.Eps), positive("power", r.Power), positive("decay", r.Decay))
}

// Rate returns 2.5e-3.
func (r ScheduleFreeRAdam) Rate() float64 { return 2.5e-3 }

// Vectors implements [Rule].
func (r ScheduleFreeRAdam) Vectors() int { return 2 }

// Needs implements [Needer].
func (r ScheduleFreeRAdam) Needs() Needs { return Needs{Scalars: 3} }

// rate returns the learning rate of step k, and whether v is of enough squares.
func (r ScheduleFreeRAdam) rate(k int, lr float64) (float64, bool) {
	length, factor := rectified(or(r.Beta2, 0.999), k)
	switch {
	case length > 4:
		return lr * factor, true
	case r.Loud:
		return lr, false
	}
	return 0, false
}

// Advance implements [Advancer]: the largest learning rate, the sum of weights, and c.
func (r ScheduleFreeRAdam) Advance(s []float64, k int, lr float64) {
	lr, _ = r.rate(k, lr)
	freeWeights(s, k, lr, r.Power)
}

// Answer32 implements [Answerer].
func (r ScheduleFreeRAdam) Answer32(dst []float32, p *Part[float32]) {
	freeAverage(dst, p, or(r.Beta1, 0.9))
}

// Answer64 implements [Answerer].
func (r ScheduleFreeRAdam) Answer64(dst []float64, p *Part[float64]) {
	freeAverage(dst, p, or(r.Beta1, 0.9))
}

// Step32 implements [Rule].
func (r ScheduleFreeRAdam) Step32(p *Part[float32]) { schedulefreeradam(r, p) }

// Step64 implements [Rule].
func (r ScheduleFreeRAdam) Step64(p *Part[float64]) { schedulefreeradam(r, p) }

func schedulefreeradam[T vec.Float](r ScheduleFreeRAdam, p *Part[T]) {
	mu, beta2, c, eps := or(r.Beta1, 0.9), or(r.Beta2, 0.999), p.S[2], T(or(r.Eps, 1e-8))
	a2, c2, root, decay := T(beta2), T(1-beta2), T(1/math.Sqrt(bias(beta2, p.K))), T(r.Decay)
	lr, trust := r.rate(p.K, p.LR)
	z, v := p.V[0], p.V[1]
	if p.K == 1 {
		copy(z, p.X)
	}
	near, fresh, step := T(c), T(lr*(mu*(1-c)-1)), T(lr)
	for i, g := range p.G {
		v[i] = a2*v[i] + c2*g*g
		d := g
		if trust {
			d /= root*sqrt(v[i]) + eps
		}
		d += decay * p.X[i]
		p.X[i] += near*(z[i]-p.X[i]) + fresh*d
		z[i] -= step * d
	}
}
