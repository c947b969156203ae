package rule

import (
	"github.com/godescent/descent/vec"
)

// QHAdam is Adam with means of the gradient and its average, and of their squares:
//
//	m and v are averages of g and g^2 with Beta1 and Beta2, corrected as Adam's
//	x <- x - lr ((1 - Nu1) g + Nu1 m)/(sqrt((1 - Nu2) g^2 + Nu2 v) + Eps)
//
// Nu1 = Nu2 = 1 is Adam. Memory: 2 vectors.
//
// Ma and Yarats, Quasi-hyperbolic momentum and Adam for deep learning, ICLR 2019, arXiv:1810.06801,
// Algorithm 2.
type QHAdam struct {
	Beta1 float64 // in (0, 1); default 0.995
	Beta2 float64 // in (0, 1); default 0.999
	Nu1   float64 // in [0, 1]; default 0.7, negative: 0
	Nu2   float64 // in [0, 1]; default 1, negative: 0
	Eps   float64 // > 0; default 1e-8
}

// Check implements [Rule].
func (r QHAdam) Check() error {
	return check("qhadam", unit("beta1", r.Beta1), unit("beta2", r.Beta2), fraction("nu1", max(r.Nu1, 0)), fraction("nu2", max(r.Nu2, 0)), positive("eps", r.Eps))
}

// Rate returns 1e-3.
func (r QHAdam) Rate() float64 { return 1e-3 }

// Vectors implements [Rule].
func (r QHAdam) Vectors() int { return 2 }

// Step32 implements [Rule].
func (r QHAdam) Step32(p *Part[float32]) { qhadam(r, p) }

// Step64 implements [Rule].
func (r QHAdam) Step64(p *Part[float64]) { qhadam(r, p) }

func qhadam[T vec.Float](r QHAdam, p *Part[T]) {
	beta1, beta2, eps, rate := or(r.Beta1, 0.995), or(r.Beta2, 0.999), T(or(r.Eps, 1e-8)), T(p.LR)
	// The corrected averages are averages with weights 1/sum_j beta^j for the new.
	new1, new2 := (1-beta1)/bias(beta1, p.K), (1-beta2)/bias(beta2, p.K)
	a1, c1, a2, c2 := T(1-new1), T(new1), T(1-new2), T(new2)
	nu1, nu2 := T(orNone(r.Nu1, 0.7)), T(orNone(r.Nu2, 1))
	m, v := p.V[0], p.V[1]
	for i, g := range p.G {
		m[i] = a1*m[i] + c1*g
		v[i] = a2*v[i] + c2*g*g
		p.X[i] -= rate * ((1-nu1)*g + nu1*m[i]) / (sqrt((1-nu2)*g*g+nu2*v[i]) + eps)
	}
}
