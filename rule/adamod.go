package rule

import (
	"math"

	"github.com/godescent/descent/vec"
)

// AdaMod is Adam whose step sizes are bounded by their own average:
//
//	m <- Beta1 m + (1 - Beta1) g,  v <- Beta2 v + (1 - Beta2) g^2
//	eta = lr sqrt(1 - Beta2^k)/(1 - Beta1^k)/(sqrt(v) + Eps),  s <- Beta3 s + (1 - Beta3) eta
//	x <- x - min(eta, s) m
//
// Memory: 3 vectors.
//
// Ding, Ren, Luo, Sun, An adaptive and momental bound method for stochastic learning, 2019,
// arXiv:1910.12249, Algorithm 1.
type AdaMod struct {
	Beta1 float64 // in (0, 1); default 0.9
	Beta2 float64 // in (0, 1); default 0.99
	Eps   float64 // > 0; default 1e-8
	Beta3 float64 // in (0, 1); default 0.9999
}

// Check implements [Rule].
func (r AdaMod) Check() error {
	return check("adamod", unit("beta1", r.Beta1), unit("beta2", r.Beta2), positive("eps", r.Eps), unit("beta3", r.Beta3))
}

// Rate returns 1e-3.
func (r AdaMod) Rate() float64 { return 1e-3 }

// Vectors implements [Rule].
func (r AdaMod) Vectors() int { return 3 }

// Step32 implements [Rule].
func (r AdaMod) Step32(p *Part[float32]) { adamod(r, p) }

// Step64 implements [Rule].
func (r AdaMod) Step64(p *Part[float64]) { adamod(r, p) }

func adamod[T vec.Float](r AdaMod, p *Part[T]) {
	beta1, beta2, eps := or(r.Beta1, 0.9), or(r.Beta2, 0.99), T(or(r.Eps, 1e-8))
	a1, c1, a2, c2 := T(beta1), T(1-beta1), T(beta2), T(1-beta2)
	a3, c3 := T(or(r.Beta3, 0.9999)), T(1-or(r.Beta3, 0.9999))
	rate := T(p.LR * math.Sqrt(bias(beta2, p.K)) / bias(beta1, p.K))
	m, v, s := p.V[0], p.V[1], p.V[2]
	for i, g := range p.G {
		m[i] = a1*m[i] + c1*g
		v[i] = a2*v[i] + c2*g*g
		eta := rate / (sqrt(v[i]) + eps)
		s[i] = a3*s[i] + c3*eta
		p.X[i] -= min(eta, s[i]) * m[i]
	}
}
