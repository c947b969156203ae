package rule

import (
	"math"

	"github.com/godescent/descent/vec"
)

// LaProp averages the gradients that are already divided by the root mean square:
//
//	v <- Beta2 v + (1 - Beta2) g^2,  u = g sqrt(1 - Beta2^k)/(sqrt(v + EpsRoot) + Eps)
//	m <- Beta1 m + (1 - Beta1) u,  x <- x - lr m/(1 - Beta1^k)
//
// so that no Beta1 < 1 and Beta2 < 1 make it unstable. Memory: 2 vectors.
//
// Ziyin, Wang, Ueda, LaProp: separating momentum and adaptivity in Adam, 2020, arXiv:2002.04839, Algorithm 2.
type LaProp struct {
	Beta1   float64 // in (0, 1); default 0.9
	Beta2   float64 // in (0, 1); default 0.999
	Eps     float64 // > 0; default 1e-15
	EpsRoot float64 // added to v inside of the root, >= 0
}

// Check implements [Rule].
func (r LaProp) Check() error {
	return check("laprop", unit("beta1", r.Beta1), unit("beta2", r.Beta2), positive("eps", r.Eps), positive("eps-root", r.EpsRoot))
}

// Rate returns 4e-4.
func (r LaProp) Rate() float64 { return 4e-4 }

// Vectors implements [Rule].
func (r LaProp) Vectors() int { return 2 }

// Step32 implements [Rule].
func (r LaProp) Step32(p *Part[float32]) { laprop(r, p) }

// Step64 implements [Rule].
func (r LaProp) Step64(p *Part[float64]) { laprop(r, p) }

func laprop[T vec.Float](r LaProp, p *Part[T]) {
	beta1, beta2, eps := or(r.Beta1, 0.9), or(r.Beta2, 0.999), T(or(r.Eps, 1e-15))
	a1, c1, a2, c2 := T(beta1), T(1-beta1), T(beta2), T(1-beta2)
	rate, root, inside := T(p.LR/bias(beta1, p.K)), T(1/math.Sqrt(bias(beta2, p.K))), T(r.EpsRoot)
	m, v := p.V[0], p.V[1]
	for i, g := range p.G {
		v[i] = a2*v[i] + c2*g*g
		m[i] = a1*m[i] + c1*g/(root*(sqrt(v[i]+inside)+eps))
		p.X[i] -= rate * m[i]
	}
}
