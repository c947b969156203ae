package rule

import (
	"github.com/godescent/descent/vec"
)

// Adamax is Adam with a maximum that forgets in place of the root mean square:
//
//	m <- Beta1 m + (1 - Beta1) g,  u <- max(Beta2 u, |g| + Eps)
//	x <- x - lr/(1 - Beta1^k) m/u
//
// Memory: 2 vectors.
//
// Kingma and Ba, Adam: a method for stochastic optimization, ICLR 2015, arXiv:1412.6980,
// Algorithm 2, which has no Eps; it is where PyTorch has it.
type Adamax struct {
	Beta1 float64 // in (0, 1); default 0.9
	Beta2 float64 // in (0, 1); default 0.999
	Eps   float64 // > 0; default 1e-8
}

// Check implements [Rule].
func (r Adamax) Check() error {
	return check("adamax", unit("beta1", r.Beta1), unit("beta2", r.Beta2), positive("eps", r.Eps))
}

// Rate returns 2e-3.
func (r Adamax) Rate() float64 { return 2e-3 }

// Vectors implements [Rule].
func (r Adamax) Vectors() int { return 2 }

// Step32 implements [Rule].
func (r Adamax) Step32(p *Part[float32]) { adamax(r, p) }

// Step64 implements [Rule].
func (r Adamax) Step64(p *Part[float64]) { adamax(r, p) }

func adamax[T vec.Float](r Adamax, p *Part[T]) {
	beta1, beta2, eps := or(r.Beta1, 0.9), T(or(r.Beta2, 0.999)), T(or(r.Eps, 1e-8))
	a, c, rate := T(beta1), T(1-beta1), T(p.LR/bias(beta1, p.K))
	m, u := p.V[0], p.V[1]
	for i, g := range p.G {
		m[i] = a*m[i] + c*g
		u[i] = max(beta2*u[i], abs(g)+eps)
		p.X[i] -= rate * m[i] / u[i]
	}
}
