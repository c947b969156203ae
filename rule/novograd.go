package rule

import (
	"math"

	"github.com/godescent/descent/vec"
)

// NovoGrad is Adam with one number for the squares of each block, on gradients that are divided by its root:
//
//	v <- Beta2 v + (1 - Beta2)|g|^2,  v_1 = |g_1|^2,  u = g/(sqrt(v) + Eps) + Decay x
//	m <- Beta1 m + u, with Average (1 - Beta1) u,  x <- x - lr m
//
// Memory: 1 vector and a number of a block.
//
// Ginsburg et al., Stochastic gradient methods with layer-wise adaptive moments for training of deep networks, 2019,
// arXiv:1905.11286, Algorithm 1.
type NovoGrad struct {
	Beta1     float64 // in (0, 1); default 0.95
	Beta2     float64 // in (0, 1); default 0.98
	Eps       float64 // > 0; default 1e-8
	Decay     float64 // >= 0
	Average   bool
	reference bool // as the implementation of the trajectories has it; see Replay
}

// Check implements [Rule].
func (r NovoGrad) Check() error {
	return check("novograd", unit("beta1", r.Beta1), unit("beta2", r.Beta2), positive("eps", r.Eps), positive("decay", r.Decay))
}

// Rate returns 1e-2.
func (r NovoGrad) Rate() float64 { return 1e-2 }

// Vectors implements [Rule].
func (r NovoGrad) Vectors() int { return 1 }

// Needs implements [Needer].
func (r NovoGrad) Needs() Needs { return Needs{Scope: Blocks, Scalars: 1} }

// Step32 implements [Rule].
func (r NovoGrad) Step32(p *Part[float32]) { novograd(r, p) }

// Step64 implements [Rule].
func (r NovoGrad) Step64(p *Part[float64]) { novograd(r, p) }

func novograd[T vec.Float](r NovoGrad, p *Part[T]) {
	beta1, beta2, v, m := or(r.Beta1, 0.95), or(r.Beta2, 0.98), &p.S[0], p.V[0]
	square, rate, fresh, decay := dot(p.G, p.G), p.LR, T(1), T(r.Decay)
	if *v = beta2**v + (1-beta2)*square; p.K == 1 {
		*v = square
	}
	scale := T(1 / (math.Sqrt(*v) + or(r.Eps, 1e-8)))
	if r.Average {
		fresh = T(1 - beta1)
	}
	if r.reference { // counts the first gradient twice, and corrects as Adam does
		rate *= math.Sqrt(bias(beta2, p.K)) / bias(beta1, p.K)
		if p.K == 1 {
			for i, g := range p.G {
				m[i] = scale*g + decay*p.X[i]
			}
		}
	}
	for i, g := range p.G {
		m[i] = T(beta1)*m[i] + fresh*(scale*g+decay*p.X[i])
		p.X[i] -= T(rate) * m[i]
	}
}
