package rule

import (
	"math"

	"github.com/godescent/descent/vec"
)

// AvaGrad is Adam with the root mean square of the gradients before, and with steps of which the
// generalized mean over all parameters is lr:
//
//	eta = 1/(sqrt(v/(1 - Beta2^(k-1))) + Eps), with the v before g
//	m <- Beta1 m + (1 - Beta1) g
//	x <- x - lr m/(1 - Beta1^k) eta/(|eta|/sqrt(n)),  v <- Beta2 v + (1 - Beta2) g^2
//
// x stays at step 1. Eps may be as large as 0.1, and then the method is close to SGD. Memory: 2 vectors and a number.
//
// Savarese, McAllester, Babu, Maire, Domain-independent dominance of adaptive methods, CVPR 2021, arXiv:1912.01823,
// Algorithm 2.
type AvaGrad struct {
	Beta1     float64 // in (0, 1); default 0.9
	Beta2     float64 // in (0, 1); default 0.999
	Eps       float64 // > 0; default 0.1
	reference bool    // as the implementation of the trajectories has it; see Replay
}

// Check implements [Rule].
func (r AvaGrad) Check() error {
	return check("avagrad", unit("beta1", r.Beta1), unit("beta2", r.Beta2), positive("eps", r.Eps))
}

// Rate returns 0.1.
func (r AvaGrad) Rate() float64 { return 0.1 }

// Vectors implements [Rule].
func (r AvaGrad) Vectors() int { return 2 }

// Needs implements [Needer].
func (r AvaGrad) Needs() Needs { return Needs{Scope: Whole, Scalars: 1} }

// Step32 implements [Rule].
func (r AvaGrad) Step32(p *Part[float32]) { avagrad(r, p) }

// Step64 implements [Rule].
func (r AvaGrad) Step64(p *Part[float64]) { avagrad(r, p) }

func avagrad[T vec.Float](r AvaGrad, p *Part[T]) {
	beta1, beta2, eps := or(r.Beta1, 0.9), or(r.Beta2, 0.999), T(or(r.Eps, 0.1))
	a1, c1, a2, c2 := T(beta1), T(1-beta1), T(beta2), T(1-beta2)
	m, v := p.V[0], p.V[1]
	before, now := T(0), T(1/math.Sqrt(bias(beta2, p.K)))
	if p.K > 1 {
		before = T(1 / math.Sqrt(bias(beta2, p.K-1)))
	}
	rate := T(p.LR * p.S[0] / bias(beta1, p.K))
	sum := 0.0
	for i, g := range p.G {
		m[i] = a1*m[i] + c1*g
		if p.K > 1 {
			p.X[i] -= rate * m[i] / (before*sqrt(v[i]) + eps)
		}
		old := v[i]
		v[i] = a2*v[i] + c2*g*g
		if !r.reference { // which divides by the norm of the eta before
			old = v[i]
		}
		eta := 1 / float64(now*sqrt(old)+eps)
		sum += eta * eta
	}
	p.S[0] = 1 / math.Sqrt(sum/float64(len(v)))
}
