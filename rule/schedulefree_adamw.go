package rule

import (
	"math"

	"github.com/godescent/descent/vec"
)

// ScheduleFreeAdamW is [ScheduleFreeSGD] with Adam's root mean square:
//
//	v <- Beta2 v + (1 - Beta2) g^2,  d = g/(sqrt(v/(1 - Beta2^k)) + Eps) + Decay y
//	z <- z - lr d,  y = Beta1 a + (1 - Beta1) z,  a as in ScheduleFreeSGD
//
// Its answer is a; see [Answer]. Memory: 2 vectors and 3 numbers.
//
// Defazio et al., The road less scheduled, NeurIPS 2024, arXiv:2405.15682, Algorithm 1.
type ScheduleFreeAdamW struct {
	Beta1 float64 // in (0, 1); default 0.9
	Beta2 float64 // in (0, 1); default 0.999
	Eps   float64 // > 0; default 1e-8
	Warm  int     // steps
	Power float64 // >= 0
	Decay float64 // at y, >= 0
}

// Check implements [Rule].
func (r ScheduleFreeAdamW) Check() error {
	return check("schedulefree-adamw", unit("beta1", r.Beta1), unit("beta2", r.Beta2), positive("eps", r.Eps),
		positive("warm", float64(r.Warm)), positive("power", r.Power), positive("decay", r.Decay))
}

// Rate returns 2.5e-3.
func (r ScheduleFreeAdamW) Rate() float64 { return 2.5e-3 }

// Vectors implements [Rule].
func (r ScheduleFreeAdamW) Vectors() int { return 2 }

// Needs implements [Needer].
func (r ScheduleFreeAdamW) Needs() Needs { return Needs{Scalars: 3} }

// Advance implements [Advancer]: the largest learning rate, the sum of weights, and c.
func (r ScheduleFreeAdamW) Advance(s []float64, k int, lr float64) {
	freeWeights(s, k, warm(lr, k, r.Warm), r.Power)
}

// Answer32 implements [Answerer].
func (r ScheduleFreeAdamW) Answer32(dst []float32, p *Part[float32]) {
	freeAverage(dst, p, or(r.Beta1, 0.9))
}

// Answer64 implements [Answerer].
func (r ScheduleFreeAdamW) Answer64(dst []float64, p *Part[float64]) {
	freeAverage(dst, p, or(r.Beta1, 0.9))
}

// Step32 implements [Rule].
func (r ScheduleFreeAdamW) Step32(p *Part[float32]) { schedulefreeadamw(r, p) }

// Step64 implements [Rule].
func (r ScheduleFreeAdamW) Step64(p *Part[float64]) { schedulefreeadamw(r, p) }

func schedulefreeadamw[T vec.Float](r ScheduleFreeAdamW, p *Part[T]) {
	mu, beta2, lr, c, eps := or(r.Beta1, 0.9), or(r.Beta2, 0.999), warm(p.LR, p.K, r.Warm), p.S[2], T(or(r.Eps, 1e-8))
	a2, c2, root, decay := T(beta2), T(1-beta2), T(1/math.Sqrt(bias(beta2, p.K))), T(r.Decay)
	z, v := p.V[0], p.V[1]
	if p.K == 1 {
		copy(z, p.X)
	}
	near, fresh, step := T(c), T(lr*(mu*(1-c)-1)), T(lr)
	for i, g := range p.G {
		v[i] = a2*v[i] + c2*g*g
		d := g/(root*sqrt(v[i])+eps) + decay*p.X[i]
		p.X[i] += near*(z[i]-p.X[i]) + fresh*d
		z[i] -= step * d
	}
}
