package rule

import (
	"math"

	"github.com/godescent/descent/vec"
)

// AdamG is Adam for which a learning rate of 1 is right: gradients enter with the golden step size
// s(v) = P v^Q:
//
//	v <- Beta2 v + (1 - Beta2) g^2,  r <- Beta3 r + (1 - Beta3) P v^Q
//	m <- Beta1 m + (1 - Beta1) r g
//	x <- x - min(lr, 1/sqrt(k)) m^/(sqrt(v^) + Eps)
//
// Memory: 3 vectors.
//
// Pan, Chen, Li, Towards stability of parameter-free optimization, 2024, arXiv:2405.04376, Algorithm 1.
type AdamG struct {
	Beta1 float64 // in (0, 1); default 0.95
	Beta2 float64 // in (0, 1); default 0.999
	Beta3 float64 // in (0, 1); default 0.95
	Eps   float64 // > 0; default 1e-8
	P     float64 // > 0; default 0.2
	Q     float64 // > 0; default 0.24
}

// Check implements [Rule].
func (r AdamG) Check() error {
	return check("adamg", unit("beta1", r.Beta1), unit("beta2", r.Beta2), positive("eps", r.Eps), unit("beta3", r.Beta3), positive("p", r.P), positive("q", r.Q))
}

// Rate returns 1.
func (r AdamG) Rate() float64 { return 1 }

// Vectors implements [Rule].
func (r AdamG) Vectors() int { return 3 }

// Step32 implements [Rule].
func (r AdamG) Step32(p *Part[float32]) { adamg(r, p) }

// Step64 implements [Rule].
func (r AdamG) Step64(p *Part[float64]) { adamg(r, p) }

func adamg[T vec.Float](r AdamG, p *Part[T]) {
	beta1, beta2, eps := or(r.Beta1, 0.95), or(r.Beta2, 0.999), T(or(r.Eps, 1e-8))
	a1, c1, a2, c2 := T(beta1), T(1-beta1), T(beta2), T(1-beta2)
	a3, c3, q := T(or(r.Beta3, 0.95)), T((1-or(r.Beta3, 0.95))*or(r.P, 0.2)), or(r.Q, 0.24)
	rate := T(min(p.LR, 1/math.Sqrt(float64(p.K))) / bias(beta1, p.K))
	root := T(1 / math.Sqrt(bias(beta2, p.K)))
	m, v, s := p.V[0], p.V[1], p.V[2]
	golden := p.Scratch(len(v))
	for i, g := range p.G {
		v[i] = a2*v[i] + c2*g*g
	}
	copy(golden, v)
	raise(golden, q)
	for i, g := range p.G {
		s[i] = a3*s[i] + c3*golden[i]
		m[i] = a1*m[i] + c1*s[i]*g
		p.X[i] -= rate * m[i] / (root*sqrt(v[i]) + eps)
	}
}
