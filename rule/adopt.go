package rule

import (
	"math"

	"github.com/godescent/descent/vec"
)

// ADOPT is Adam with the root mean square of the gradients before, which makes it converge for any
// Beta2; the quotient is averaged, not the gradient:
//
//	k = 1: v = g^2 and x stays, then with j = k - 1
//	m <- Beta1 m + (1 - Beta1) clip(g/max(sqrt(v), Eps), j^(1/4))
//	x <- x - lr m,  v <- Beta2 v + (1 - Beta2) g^2
//
// Memory: 2 vectors.
//
// Taniguchi et al., ADOPT: modified Adam can converge with any Beta2 with the optimal rate, NeurIPS 2024,
// arXiv:2411.02853, Algorithm 2.
type ADOPT struct {
	Beta1     float64 // in (0, 1); default 0.9
	Beta2     float64 // in (0, 1); default 0.9999
	Eps       float64 // > 0; default 1e-6
	NoClip    bool
	reference bool // as the implementation of the trajectories has it; see Replay
}

// Check implements [Rule].
func (r ADOPT) Check() error {
	return check("adopt", unit("beta1", r.Beta1), unit("beta2", r.Beta2), positive("eps", r.Eps))
}

// Rate returns 1e-3.
func (r ADOPT) Rate() float64 { return 1e-3 }

// Vectors implements [Rule].
func (r ADOPT) Vectors() int { return 2 }

// Step32 implements [Rule].
func (r ADOPT) Step32(p *Part[float32]) { adopt(r, p) }

// Step64 implements [Rule].
func (r ADOPT) Step64(p *Part[float64]) { adopt(r, p) }

func adopt[T vec.Float](r ADOPT, p *Part[T]) {
	beta1, beta2, eps := or(r.Beta1, 0.9), or(r.Beta2, 0.9999), T(or(r.Eps, 1e-6))
	a1, c1, a2, c2 := T(beta1), T(1-beta1), T(beta2), T(1-beta2)
	m, v, rate := p.V[0], p.V[1], T(p.LR)
	if p.K == 1 {
		for i, g := range p.G {
			v[i] = g * g
		}
		return
	}
	clip := T(math.Pow(float64(p.K-1), 0.25))
	if r.reference {
		clip = T(math.Pow(float64(p.K), 0.25))
	}
	for i, g := range p.G {
		u := g / max(sqrt(v[i]), eps)
		if !r.NoClip {
			u = min(clip, max(-clip, u))
		}
		m[i] = a1*m[i] + c1*u
		p.X[i] -= rate * m[i]
		v[i] = a2*v[i] + c2*g*g
	}
}
