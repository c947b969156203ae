package rule

import (
	"math"

	"github.com/godescent/descent/vec"
)

// Padam is AMSGrad with a power of the root mean square between that of SGD and that of Adam:
//
//	m <- Beta1 m + (1 - Beta1) g,  v <- Beta2 v + (1 - Beta2) g^2,  v^ = max(v^, v)
//	x <- x - lr sqrt(1 - Beta2^k)/(1 - Beta1^k) m/(sqrt(v^) + Eps)^(2 Power)
//
// Memory: 3 vectors, 2 without the maximum.
//
// Chen, Zhou, Tang, Yang, Cao, Gu, Closing the generalization gap of adaptive gradient methods in
// training deep neural networks, IJCAI 2020, arXiv:1806.06763; correction and Eps as in the authors' code.
type Padam struct {
	Beta1 float64 // in (0, 1); default 0.9
	Beta2 float64 // in (0, 1); default 0.999
	Eps   float64 // > 0; default 1e-8
	Power float64 // in (0, 1/2]; default 1/8; 1/2 is AMSGrad
	NoMax bool    // v in place of its maximum
}

// Check implements [Rule].
func (r Padam) Check() error {
	return check("padam", limit{"power", r.Power, 0, 0.5, true}, unit("beta1", r.Beta1), unit("beta2", r.Beta2), positive("eps", r.Eps))
}

// Rate returns 0.1.
func (r Padam) Rate() float64 { return 0.1 }

// Vectors implements [Rule].
func (r Padam) Vectors() int {
	if r.NoMax {
		return 2
	}
	return 3
}

// Step32 implements [Rule].
func (r Padam) Step32(p *Part[float32]) { padam(r, p) }

// Step64 implements [Rule].
func (r Padam) Step64(p *Part[float64]) { padam(r, p) }

func padam[T vec.Float](r Padam, p *Part[T]) {
	beta1, beta2, eps := or(r.Beta1, 0.9), or(r.Beta2, 0.999), T(or(r.Eps, 1e-8))
	a1, c1, a2, c2 := T(beta1), T(1-beta1), T(beta2), T(1-beta2)
	rate, power := T(p.LR*math.Sqrt(bias(beta2, p.K))/bias(beta1, p.K)), 2*or(r.Power, 0.125)
	m, v := p.V[0], p.V[1]
	top := v
	if !r.NoMax {
		top = p.V[2]
	}
	den := p.Scratch(len(v))
	for i, g := range p.G {
		m[i] = a1*m[i] + c1*g
		v[i] = a2*v[i] + c2*g*g
		top[i] = max(top[i], v[i])
		den[i] = sqrt(top[i]) + eps
	}
	raise(den, power)
	for i, d := range den {
		p.X[i] -= rate * m[i] / d
	}
}

// raise takes positive numbers, and zeros, to a power > 0.
func raise[T vec.Float](x []T, power float64) {
	vec.LogTo(x, x)
	vec.Scal(T(power), x)
	vec.ExpTo(x, x)
}
