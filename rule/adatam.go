package rule

import (
	"github.com/godescent/descent/vec"
)

// AdaTAM is [TAM] with Adam's root mean square, without corrections:
//
//	s and d = ((1 + s)/2 + Eps) g as in TAM, m <- Beta1 m + d,  v <- Beta2 v + (1 - Beta2) g^2
//	x <- x - lr m/(sqrt(v) + Eps)
//
// Memory: 3 vectors.
//
// Malviya et al., Torque-aware momentum, 2024, arXiv:2412.18790, Algorithm 2.
type AdaTAM struct {
	Beta1 float64 // in (0, 1); default 0.9
	Beta2 float64 // in (0, 1); default 0.999
	Eps   float64 // > 0; default 1e-8
	Gamma float64 // in (0, 1); default 0.9
}

// Check implements [Rule].
func (r AdaTAM) Check() error {
	return check("adatam", unit("beta1", r.Beta1), unit("beta2", r.Beta2), positive("eps", r.Eps), unit("gamma", r.Gamma))
}

// Rate returns 1e-3.
func (r AdaTAM) Rate() float64 { return 1e-3 }

// Vectors implements [Rule].
func (r AdaTAM) Vectors() int { return 3 }

// Needs implements [Needer].
func (r AdaTAM) Needs() Needs { return Needs{Scope: Blocks} }

// Step32 implements [Rule].
func (r AdaTAM) Step32(p *Part[float32]) { adatam(r, p) }

// Step64 implements [Rule].
func (r AdaTAM) Step64(p *Part[float64]) { adatam(r, p) }

func adatam[T vec.Float](r AdaTAM, p *Part[T]) {
	beta1, beta2, eps := or(r.Beta1, 0.9), or(r.Beta2, 0.999), T(or(r.Eps, 1e-8))
	a1, a2, c2, rate := T(beta1), T(beta2), T(1-beta2), T(p.LR)
	m, v, s := p.V[0], p.V[1], p.V[2]
	agree(p, s, m, or(r.Gamma, 0.9))
	for i, g := range p.G {
		m[i] = a1*m[i] + ((1+s[i])/2+eps)*g
		v[i] = a2*v[i] + c2*g*g
		p.X[i] -= rate * m[i] / (sqrt(v[i]) + eps)
	}
}
