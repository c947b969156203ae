package rule

import (
	"github.com/godescent/descent/vec"
)

// Adai adapts the momentum of each parameter, not its step: little where squares of gradients are large:
//
//	v <- Beta2 v + (1 - Beta2) g^2,  v^ = v/(1 - Beta2^k),  mean over all parameters
//	b = clip(1 - Beta0 v^/mean(v^), 0, 1 - Eps),  m <- b m + (1 - b) g
//	x <- x - lr m/(1 - product of all b so far)
//
// Memory: 3 vectors.
//
// Xie, Wang, Zhang, Sato, Sugiyama, Adaptive inertia: disentangling the effects of adaptive learning rate and
// momentum, ICML 2022, arXiv:2006.15815, Algorithm 2.
type Adai struct {
	Beta0 float64 // in (0, 1); default 0.1
	Beta2 float64 // in (0, 1); default 0.99
	Eps   float64 // > 0; default 1e-3
}

// Check implements [Rule].
func (r Adai) Check() error {
	return check("adai", unit("beta0", r.Beta0), unit("beta2", r.Beta2), unit("eps", r.Eps))
}

// Rate returns 1.
func (r Adai) Rate() float64 { return 1 }

// Vectors implements [Rule].
func (r Adai) Vectors() int { return 3 }

// Needs implements [Needer].
func (r Adai) Needs() Needs { return Needs{Scope: Whole} }

// Step32 implements [Rule].
func (r Adai) Step32(p *Part[float32]) { adai(r, p) }

// Step64 implements [Rule].
func (r Adai) Step64(p *Part[float64]) { adai(r, p) }

func adai[T vec.Float](r Adai, p *Part[T]) {
	beta0, beta2, most, rate := T(or(r.Beta0, 0.1)), or(r.Beta2, 0.99), T(1-or(r.Eps, 1e-3)), T(p.LR)
	a2, c2 := T(beta2), T(1-beta2)
	m, v, product := p.V[0], p.V[1], p.V[2]
	if p.K == 1 {
		fill(product, 1)
	}
	sum := 0.0
	for i, g := range p.G {
		v[i] = a2*v[i] + c2*g*g
		sum += float64(v[i])
	}
	if sum == 0 {
		return
	}
	inverse := T(float64(len(v)) / sum)
	for i, g := range p.G {
		b := min(most, max(0, 1-beta0*v[i]*inverse))
		product[i] *= b
		m[i] = b*m[i] + (1-b)*g
		p.X[i] -= rate * m[i] / (1 - product[i])
	}
}
