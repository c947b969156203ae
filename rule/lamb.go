package rule

import (
	"math"

	"github.com/godescent/descent/vec"
)

// LAMB is Adam whose steps are as long as the norm of each block says:
//
//	m and v are Adam's averages,  u = m^/(sqrt(v^) + Eps) + Decay x
//	x <- x - lr min(|x|, Max)/|u| u,  where |x| or |u| is 0, x - lr u
//
// Memory: 2 vectors.
//
// You et al., Large batch optimization for deep learning: training BERT in 76 minutes, ICLR 2020, arXiv:1904.00962,
// Algorithm 2.
type LAMB struct {
	Beta1     float64 // in (0, 1); default 0.9
	Beta2     float64 // in (0, 1); default 0.999
	Eps       float64 // > 0; default 1e-6
	Max       float64 // largest |x| that counts, > 0; default 10
	Decay     float64 // >= 0
	reference bool    // as the implementation of the trajectories has it; see Replay
}

// Check implements [Rule].
func (r LAMB) Check() error {
	return check("lamb", unit("beta1", r.Beta1), unit("beta2", r.Beta2), positive("eps", r.Eps), positive("max", r.Max), positive("decay", r.Decay))
}

// Rate returns 1e-3.
func (r LAMB) Rate() float64 { return 1e-3 }

// Vectors implements [Rule].
func (r LAMB) Vectors() int { return 2 }

// Needs implements [Needer].
func (r LAMB) Needs() Needs { return Needs{Scope: Blocks} }

// Step32 implements [Rule].
func (r LAMB) Step32(p *Part[float32]) { lamb(r, p) }

// Step64 implements [Rule].
func (r LAMB) Step64(p *Part[float64]) { lamb(r, p) }

func lamb[T vec.Float](r LAMB, p *Part[T]) {
	beta1, beta2, eps := or(r.Beta1, 0.9), or(r.Beta2, 0.999), T(or(r.Eps, 1e-6))
	a1, c1, a2, c2 := T(beta1), T(1-beta1), T(beta2), T(1-beta2)
	m, v, u := p.V[0], p.V[1], p.Scratch(len(p.G))
	correct, root, add := T(1/bias(beta1, p.K)), T(1/math.Sqrt(bias(beta2, p.K))), 0.0
	if r.reference { // which corrects m alone, after the norm
		correct, root, add = 1, 1, or(r.Eps, 1e-6)
	}
	for i, g := range p.G {
		m[i] = a1*m[i] + c1*g
		v[i] = a2*v[i] + c2*g*g
		u[i] = correct*m[i]/(root*sqrt(v[i])+eps) + T(r.Decay)*p.X[i]
	}
	trust := 1.0
	if x, d := min(norm(p.X), or(r.Max, 10)), norm(u); x != 0 && d != 0 {
		trust = x / (d + add)
	}
	if r.reference {
		trust /= bias(beta1, p.K)
	}
	vec.Axpy(T(-p.LR*trust), u, p.X)
}
