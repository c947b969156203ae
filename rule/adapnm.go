package rule

import (
	"math"

	"github.com/godescent/descent/vec"
)

// AdaPNM is [PNM] with Adam's root mean square:
//
//	m <- Beta1^2 m + (1 - Beta1^2) g for the m of this parity, v <- Beta2 v + (1 - Beta2) g^2
//	x <- x - lr/(1 - Beta1^k) ((1 + Beta0) m - Beta0 m')/sqrt((1 + Beta0)^2 + Beta0^2)
//	      sqrt(1 - Beta2^k)/(sqrt(v + EpsRoot) + Eps)
//
// With AMSGrad the largest v so far takes the place of v. Memory: 3 vectors, 4 with AMSGrad.
//
// Xie, Yuan, Zhu, Sugiyama, Positive-negative momentum, ICML 2021, arXiv:2103.17182, Algorithm 3.
type AdaPNM struct {
	Beta0   float64 // weight of the negative average, >= 0; default 1
	Beta1   float64 // in (0, 1); default 0.9
	Beta2   float64 // in (0, 1); default 0.999
	Eps     float64 // > 0; default 1e-8
	EpsRoot float64 // added to v inside of the root, >= 0
	AMSGrad bool
}

// Check implements [Rule].
func (r AdaPNM) Check() error {
	return check("adapnm", unit("beta1", r.Beta1), unit("beta2", r.Beta2), positive("eps", r.Eps), positive("beta0", r.Beta0), positive("eps-root", r.EpsRoot))
}

// Rate returns 1e-3.
func (r AdaPNM) Rate() float64 { return 1e-3 }

// Vectors implements [Rule].
func (r AdaPNM) Vectors() int {
	if r.AMSGrad {
		return 4
	}
	return 3
}

// Step32 implements [Rule].
func (r AdaPNM) Step32(p *Part[float32]) { adapnm(r, p) }

// Step64 implements [Rule].
func (r AdaPNM) Step64(p *Part[float64]) { adapnm(r, p) }

func adapnm[T vec.Float](r AdaPNM, p *Part[T]) {
	plus, minus := pair(p)
	beta, beta2, b, eps, inside := or(r.Beta1, 0.9)*or(r.Beta1, 0.9), or(r.Beta2, 0.999), or(r.Beta0, 1), T(or(r.Eps, 1e-8)), T(r.EpsRoot)
	a1, c1, a2, c2 := T(beta), T(1-beta), T(beta2), T(1-beta2)
	size := math.Sqrt((1+b)*(1+b)+b*b) * bias(or(r.Beta1, 0.9), p.K)
	up, down, root := T(p.LR*(1+b)/size), T(p.LR*b/size), T(1/math.Sqrt(bias(beta2, p.K)))
	v := p.V[2]
	top := v
	if r.AMSGrad {
		top = p.V[3]
	}
	for i, g := range p.G {
		plus[i] = a1*plus[i] + c1*g
		v[i] = a2*v[i] + c2*g*g
		top[i] = max(top[i], v[i])
		p.X[i] -= (up*plus[i] - down*minus[i]) / (root * (sqrt(top[i]+inside) + eps))
	}
}
