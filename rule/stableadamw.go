package rule

import (
	"math"

	"github.com/godescent/descent/vec"
)

// StableAdamW is [AdamW] whose learning rate shrinks, by block, where the gradient is larger than its average
// of squares says:
//
//	m, v with the betas beta (1 - beta^(k-1))/(1 - beta^k), so that they need no correction
//	l = lr/max(1, RMS(g/max(sqrt(v), Eps)))
//	x <- (1 - l Decay) x - l m/(sqrt(v) + Eps)
//
// Memory: 2 vectors.
//
// Wortsman, Dettmers, Zettlemoyer, Morcos, Farhadi, Schmidt, Stable and low-precision training for large-scale
// vision-language models, NeurIPS 2023, arXiv:2304.13013, Algorithm 2.
type StableAdamW struct {
	Beta1 float64 // in (0, 1); default 0.9
	Beta2 float64 // in (0, 1); default 0.99
	Eps   float64 // > 0; default 1e-8
	Decay float64 // decoupled, >= 0; default 0.01, negative: none
}

// Check implements [Rule].
func (r StableAdamW) Check() error {
	return check("stableadamw", unit("beta1", r.Beta1), unit("beta2", r.Beta2), positive("eps", r.Eps), positive("decay", max(r.Decay, 0)))
}

// Rate returns 1e-3.
func (r StableAdamW) Rate() float64 { return 1e-3 }

// Vectors implements [Rule].
func (r StableAdamW) Vectors() int { return 2 }

// Needs implements [Needer].
func (r StableAdamW) Needs() Needs { return Needs{Scope: Blocks} }

// Step32 implements [Rule].
func (r StableAdamW) Step32(p *Part[float32]) { stableadamw(r, p) }

// Step64 implements [Rule].
func (r StableAdamW) Step64(p *Part[float64]) { stableadamw(r, p) }

func stableadamw[T vec.Float](r StableAdamW, p *Part[T]) {
	beta1, beta2, eps := or(r.Beta1, 0.9), or(r.Beta2, 0.99), or(r.Eps, 1e-8)
	new1, new2 := (1-beta1)/bias(beta1, p.K), (1-beta2)/bias(beta2, p.K)
	m, v := p.V[0], p.V[1]
	sum := 0.0
	for i, g := range p.G {
		m[i] = T(1-new1)*m[i] + T(new1)*g
		v[i] = T(1-new2)*v[i] + T(new2)*g*g
		sum += float64(g) * float64(g) / max(float64(v[i]), eps*eps)
	}
	l := p.LR / max(1, math.Sqrt(sum/float64(len(p.G))))
	shrink, step, add := T(1-l*orNone(r.Decay, 0.01)), T(l), T(eps)
	for i := range p.X {
		p.X[i] = shrink*p.X[i] - step*m[i]/(sqrt(v[i])+add)
	}
}
