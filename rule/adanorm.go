package rule

import (
	"math"

	"github.com/godescent/descent/vec"
)

// AdaNorm is Adam on gradients whose norm, by block, is raised to the average of their norms:
//
//	e <- R e + (1 - R)|g|,  s = g max(1, e/|g|)
//	m <- Beta1 m + (1 - Beta1) s,  v <- Beta2 v + (1 - Beta2) g^2
//	x <- x - lr m^ sqrt(1 - Beta2^k)/(sqrt(v + EpsRoot) + Eps),  m^ = m/(1 - Beta1^k)
//
// Memory: 2 vectors and a number of a block.
//
// Dubey, Singh, Chaudhuri, AdaNorm: adaptive gradient norm correction based optimizer for CNNs,
// WACV 2023, arXiv:2210.06364, Algorithm 2.
type AdaNorm struct {
	Beta1   float64 // in (0, 1); default 0.9
	Beta2   float64 // in (0, 1); default 0.99
	Eps     float64 // > 0; default 1e-8
	EpsRoot float64 // added to v inside of the root, >= 0
	R       float64 // in (0, 1); default 0.95, negative: 0, which is Adam
}

// Check implements [Rule].
func (r AdaNorm) Check() error {
	return check("adanorm", unit("beta1", r.Beta1), unit("beta2", r.Beta2), positive("eps", r.Eps), positive("eps-root", r.EpsRoot), unit("r", max(r.R, 0)))
}

// Rate returns 1e-3.
func (r AdaNorm) Rate() float64 { return 1e-3 }

// Vectors implements [Rule].
func (r AdaNorm) Vectors() int { return 2 }

// Needs implements [Needer].
func (r AdaNorm) Needs() Needs { return Needs{Scope: Blocks, Scalars: 1} }

// Step32 implements [Rule].
func (r AdaNorm) Step32(p *Part[float32]) { adanorm(r, p) }

// Step64 implements [Rule].
func (r AdaNorm) Step64(p *Part[float64]) { adanorm(r, p) }

func adanorm[T vec.Float](r AdaNorm, p *Part[T]) {
	beta1, beta2, eps := or(r.Beta1, 0.9), or(r.Beta2, 0.99), T(or(r.Eps, 1e-8))
	a1, c1, a2, c2 := T(beta1), T(1-beta1), T(beta2), T(1-beta2)
	inside, s := T(r.EpsRoot), orNone(r.R, 0.95)
	size := norm(p.G)
	p.S[0] = s*p.S[0] + (1-s)*size
	raise := T(1)
	if p.S[0] > size {
		raise = T(p.S[0] / size)
	}
	if size == 0 {
		raise = 1
	}
	rate, root := T(p.LR/bias(beta1, p.K)), T(1/math.Sqrt(bias(beta2, p.K)))
	m, v := p.V[0], p.V[1]
	for i, g := range p.G {
		m[i] = a1*m[i] + c1*raise*g
		v[i] = a2*v[i] + c2*g*g
		p.X[i] -= rate * m[i] / (root * (sqrt(v[i]+inside) + eps))
	}
}
