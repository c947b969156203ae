package rule

import (
	"github.com/godescent/descent/vec"
)

// CAME is [Adafactor] with a second factored average, of the deviation of updates from their average:
//
//	u = g/sqrt(v) as in Adafactor with Beta2 for rho,  u <- u/max(1, RMS(u)/Clip)
//	m <- Beta1 m + (1 - Beta1) u,  S <- factored average of (u - m)^2 + Eps2 with Beta3
//	x <- x - lr m/sqrt(S),  for one axis x <- x - lr m
//
// Memory: 1 vector, and 2 (rows + columns) of each matrix.
//
// Luo, Ren, Zheng, Jiang, Jiang, You, CAME: confidence-guided adaptive memory efficient optimization, ACL 2023,
// arXiv:2307.02047, Algorithm 2.
type CAME struct {
	Beta1 float64 // in (0, 1); default 0.9
	Beta2 float64 // in (0, 1); default 0.999
	Beta3 float64 // in (0, 1); default 0.9999
	Eps1  float64 // > 0; default 1e-30
	Eps2  float64 // > 0; default 1e-16
	Clip  float64 // > 0; default 1

	reference bool // as the implementation of the trajectories has it; see Replay
}

// Check implements [Rule].
func (r CAME) Check() error {
	return check("came", unit("beta1", r.Beta1), unit("beta2", r.Beta2), unit("beta3", r.Beta3), positive("eps1", r.Eps1),
		positive("eps2", r.Eps2), positive("clip", r.Clip))
}

// Rate returns 2e-4.
func (r CAME) Rate() float64 { return 2e-4 }

// Vectors implements [Rule].
func (r CAME) Vectors() int { return 1 }

// Needs implements [Needer].
func (r CAME) Needs() Needs { return Needs{Scope: Blocks} }

// Extra implements [Shaper].
func (r CAME) Extra(shape []int) int {
	if len(shape) > 1 {
		return 2 * factors(shape)
	}
	return factors(shape)
}

// Step32 implements [Rule].
func (r CAME) Step32(p *Part[float32]) { came(r, p) }

// Step64 implements [Rule].
func (r CAME) Step64(p *Part[float64]) { came(r, p) }

func came[T vec.Float](r CAME, p *Part[T]) {
	beta1, n := or(r.Beta1, 0.9), factors(p.Blocks[0].Shape)
	u, m := p.Scratch(len(p.G)), p.V[0]
	factored(p, p.Extra[0][:n], u, p.G, T(or(r.Beta2, 0.999)), T(or(r.Eps1, 1e-30)))
	for i, g := range p.G {
		u[i] *= g
	}
	vec.Scal(T(1/max(1, rms(u)/or(r.Clip, 1))), u)
	vec.Axpby(T(1-beta1), u, T(beta1), m)
	if !p.matrix() {
		vec.Axpy(T(-p.LR), m, p.X)
		if r.reference { // which scales what it remembers as well
			vec.Scal(T(p.LR), m)
		}
		return
	}
	vec.Axpy(-1, m, u)
	d := p.Scratch(len(p.G))
	factored(p, p.Extra[0][n:], d, u, T(or(r.Beta3, 0.9999)), T(or(r.Eps2, 1e-16)))
	for i, v := range m {
		p.X[i] -= T(p.LR) * d[i] * v
	}
}
