package rule

import (
	"github.com/godescent/descent/vec"
)

// Adadelta divides the gradient by a root mean square of it and multiplies it by that of the
// steps, so that steps have the unit of x:
//
//	v <- Rho v + (1 - Rho) g^2
//	d  = sqrt(u + Eps)/sqrt(v + Eps) g,  u <- Rho u + (1 - Rho) d^2
//	x <- x - lr d
//
// Memory: 2 vectors.
//
// Zeiler, ADADELTA: an adaptive learning rate method, 2012, arXiv:1212.5701, Algorithm 1.
type Adadelta struct {
	Rho float64 // in (0, 1); default 0.9
	Eps float64 // > 0; default 1e-6
}

// Check implements [Rule].
func (r Adadelta) Check() error {
	return check("adadelta", unit("rho", r.Rho), positive("eps", r.Eps))
}

// Rate returns 1.
func (r Adadelta) Rate() float64 { return 1 }

// Vectors implements [Rule].
func (r Adadelta) Vectors() int { return 2 }

// Step32 implements [Rule].
func (r Adadelta) Step32(p *Part[float32]) { adadelta(r, p) }

// Step64 implements [Rule].
func (r Adadelta) Step64(p *Part[float64]) { adadelta(r, p) }

func adadelta[T vec.Float](r Adadelta, p *Part[T]) {
	rho, eps, rate := or(r.Rho, 0.9), T(or(r.Eps, 1e-6)), T(p.LR)
	a, c := T(rho), T(1-rho)
	v, u := p.V[0], p.V[1]
	for i, g := range p.G {
		v[i] = a*v[i] + c*g*g
		d := sqrt(u[i]+eps) / sqrt(v[i]+eps) * g
		u[i] = a*u[i] + c*d*d
		p.X[i] -= rate * d
	}
}
