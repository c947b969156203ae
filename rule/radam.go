package rule

import (
	"math"

	"github.com/godescent/descent/vec"
)

// RAdam is Adam whose first steps have plain momentum, until the average v of squares is of
// enough of them to trust its root, and are then rectified for its variance:
//
//	rho_inf = 2/(1 - Beta2) - 1,  rho_k = rho_inf - 2 k Beta2^k/(1 - Beta2^k)
//	m <- Beta1 m + (1 - Beta1) g,  v <- Beta2 v + (1 - Beta2) g^2,  m^ = m/(1 - Beta1^k)
//	rho_k > 5: x <- x - lr r m^ sqrt(1 - Beta2^k)/(sqrt(v) + Eps),  else x <- x - lr m^
//	r = sqrt((rho_k - 4)(rho_k - 2) rho_inf / ((rho_inf - 4)(rho_inf - 2) rho_k))
//
// The paper asks for rho_k > 4, its authors' code for 5. Memory: 2 vectors.
//
// Liu et al., On the variance of the adaptive learning rate and beyond, ICLR 2020, arXiv:1908.03265.
type RAdam struct {
	Beta1 float64 // in (0, 1); default 0.9
	Beta2 float64 // in (0, 1); default 0.999
	Eps   float64 // > 0; default 1e-8
}

// Check implements [Rule].
func (r RAdam) Check() error {
	return check("radam", unit("beta1", r.Beta1), unit("beta2", r.Beta2), positive("eps", r.Eps))
}

// Rate returns 1e-3.
func (r RAdam) Rate() float64 { return 1e-3 }

// Vectors implements [Rule].
func (r RAdam) Vectors() int { return 2 }

// Step32 implements [Rule].
func (r RAdam) Step32(p *Part[float32]) { radam(r, p) }

// Step64 implements [Rule].
func (r RAdam) Step64(p *Part[float64]) { radam(r, p) }

func radam[T vec.Float](r RAdam, p *Part[T]) {
	beta1, beta2, eps := or(r.Beta1, 0.9), or(r.Beta2, 0.999), T(or(r.Eps, 1e-8))
	a1, c1, a2, c2 := T(beta1), T(1-beta1), T(beta2), T(1-beta2)
	rate, trust := p.LR/bias(beta1, p.K), false
	if length, rectify := rectified(beta2, p.K); length > 5 {
		rate, trust = rate*rectify*math.Sqrt(bias(beta2, p.K)), true
	}
	step := T(rate)
	m, v := p.V[0], p.V[1]
	for i, g := range p.G {
		m[i] = a1*m[i] + c1*g
		v[i] = a2*v[i] + c2*g*g
		if trust {
			p.X[i] -= step * m[i] / (sqrt(v[i]) + eps)
		} else {
			p.X[i] -= step * m[i]
		}
	}
}

// rectified returns rho_k, the length of the average of squares, and r, the factor of steps if
// it is > 4.
func rectified(beta2 float64, k int) (length, r float64) {
	limit := 2/(1-beta2) - 1
	length = limit - 2*float64(k)*math.Pow(beta2, float64(k))/bias(beta2, k)
	return length, math.Sqrt((length - 4) * (length - 2) * limit / ((limit - 4) * (limit - 2) * length))
}
