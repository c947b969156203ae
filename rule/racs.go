package rule

import (
	"github.com/godescent/descent/vec"
)

// RACS scales the rows and the columns of a block by their averages of squares:
//
//	s, q <- averages with Beta of the means of g^2 over rows and columns, s_0 = 0, q_0 = 1
//	u = g/(sqrt(s + Eps) sqrt(q + Eps)'),  t = Gamma/max(|u|/(phi + Eps), Gamma), 1 at first
//	phi <- t |u|,  x <- x - lr Alpha t u
//
// A block of one axis is one column. Memory: rows + columns and a number of each block.
//
// Gong, Scetbon, Ma, Meeds, Towards efficient optimizer design for LLM via structured Fisher approximation with a
// low-rank extension, 2025, arXiv:2502.07752, Algorithm 1.
type RACS struct {
	Beta  float64 // in (0, 1); default 0.9
	Alpha float64 // > 0; default 0.05
	Gamma float64 // largest growth of |u|, > 0; default 1.01
	Eps   float64 // > 0; default 1e-8
}

// Check implements [Rule].
func (r RACS) Check() error {
	return check("racs", unit("beta", r.Beta), positive("alpha", r.Alpha), positive("gamma", r.Gamma), positive("eps", r.Eps))
}

// Rate returns 1e-3.
func (r RACS) Rate() float64 { return 1e-3 }

// Vectors implements [Rule].
func (r RACS) Vectors() int { return 0 }

// Needs implements [Needer].
func (r RACS) Needs() Needs { return Needs{Scope: Blocks, Scalars: 1} }

// Extra implements [Shaper].
func (r RACS) Extra(shape []int) int {
	if len(shape) > 1 {
		return factors(shape)
	}
	return factors(shape) + 1
}

// Step32 implements [Rule].
func (r RACS) Step32(p *Part[float32]) { racs(r, p) }

// Step64 implements [Rule].
func (r RACS) Step64(p *Part[float64]) { racs(r, p) }

func racs[T vec.Float](r RACS, p *Part[T]) {
	beta, gamma, eps, phi := T(or(r.Beta, 0.9)), or(r.Gamma, 1.01), T(or(r.Eps, 1e-8)), &p.S[0]
	rows := len(p.G)
	if p.matrix() {
		rows = p.rows()
	}
	cols := len(p.G) / rows
	s, q := p.Extra[0][:rows], p.Extra[0][rows:]
	if p.K == 1 {
		fill(q, 1)
	}
	vec.Scal(beta, p.Extra[0])
	for k, g := range p.G {
		s[k/cols] += (1 - beta) / T(cols) * g * g
		q[k%cols] += (1 - beta) / T(rows) * g * g
	}
	u := p.Scratch(len(p.G))
	for k, g := range p.G {
		u[k] = g / (sqrt(s[k/cols]+eps) * sqrt(q[k%cols]+eps))
	}
	size, t := norm(u), 1.0
	if p.K > 1 {
		t = gamma / max(size/(*phi+float64(eps)), gamma)
	}
	*phi = t * size
	vec.Axpy(T(-p.LR*or(r.Alpha, 0.05)*t), u, p.X)
}
