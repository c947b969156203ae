package rule

import (
	"github.com/godescent/descent/vec"
)

// EXAdam is Adam with corrections of each average that depend on the other, and a step of the
// gradient itself:
//
//	m and v are averages of g and g^2 with Beta1 and Beta2
//	d1 = 1 + v/(v + Eps) Beta2^k,  d2 = 1 + m^2/(m^2 + Eps) Beta1^k
//	x <- x - lr (m + g) d1/(1 - Beta1^k) / (sqrt(v d2/(1 - Beta2^k)) + Eps)
//
// Memory: 2 vectors.
//
// Adly, EXAdam: the power of adaptive cross-moments, 2024, arXiv:2412.20302, Algorithm 1; the constant step as in
// its reference code.
type EXAdam struct {
	Beta1 float64 // in (0, 1); default 0.9
	Beta2 float64 // in (0, 1); default 0.999
	Eps   float64 // > 0; default 1e-8
}

// Check implements [Rule].
func (r EXAdam) Check() error {
	return check("exadam", unit("beta1", r.Beta1), unit("beta2", r.Beta2), positive("eps", r.Eps))
}

// Rate returns 1e-3.
func (r EXAdam) Rate() float64 { return 1e-3 }

// Vectors implements [Rule].
func (r EXAdam) Vectors() int { return 2 }

// Step32 implements [Rule].
func (r EXAdam) Step32(p *Part[float32]) { exadam(r, p) }

// Step64 implements [Rule].
func (r EXAdam) Step64(p *Part[float64]) { exadam(r, p) }

func exadam[T vec.Float](r EXAdam, p *Part[T]) {
	beta1, beta2, eps := or(r.Beta1, 0.9), or(r.Beta2, 0.999), T(or(r.Eps, 1e-8))
	a1, c1, a2, c2 := T(beta1), T(1-beta1), T(beta2), T(1-beta2)
	rate, root := T(p.LR/bias(beta1, p.K)), T(1/bias(beta2, p.K))
	left1, left2 := T(1-bias(beta1, p.K)), T(1-bias(beta2, p.K))
	m, v := p.V[0], p.V[1]
	for i, g := range p.G {
		m[i] = a1*m[i] + c1*g
		v[i] = a2*v[i] + c2*g*g
		square := m[i] * m[i]
		d1, d2 := 1+v[i]/(v[i]+eps)*left2, 1+square/(square+eps)*left1
		p.X[i] -= rate * (m[i] + g) * d1 / (sqrt(root*v[i]*d2) + eps)
	}
}
