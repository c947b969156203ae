package rule

import (
	"github.com/godescent/descent/vec"
)

// SM3 is Adagrad with one sum for each row and each column of a block, the largest of their elements:
//
//	v = min(row, column) + g^2 (with Beta: Beta min(row, column) + (1 - Beta) g^2)
//	row, column <- max of v over them (with Beta: not below what they were)
//	m <- Momentum m + (1 - Momentum) g/sqrt(v + Eps),  x <- x - lr m
//
// A block of more than two axes is a matrix of its first axis. Memory: 1 vector, and rows + columns of each matrix.
//
// Anil, Gupta, Koren, Singer, Memory-efficient adaptive optimization, NeurIPS 2019, arXiv:1901.11150, SM3-II.
type SM3 struct {
	Momentum float64 // in [0, 1); default 0.9, negative: none
	Beta     float64 // in [0, 1)
	Eps      float64 // > 0; default 1e-30
}

// Check implements [Rule].
func (r SM3) Check() error {
	return check("sm3", unit("momentum", max(r.Momentum, 0)), unit("beta", r.Beta), positive("eps", r.Eps))
}

// Rate returns 0.1.
func (r SM3) Rate() float64 { return 0.1 }

// Vectors implements [Rule].
func (r SM3) Vectors() int { return 1 }

// Needs implements [Needer].
func (r SM3) Needs() Needs { return Needs{Scope: Blocks} }

// Extra implements [Shaper].
func (r SM3) Extra(shape []int) int { return factors(shape) }

// Step32 implements [Rule].
func (r SM3) Step32(p *Part[float32]) { sm3(r, p) }

// Step64 implements [Rule].
func (r SM3) Step64(p *Part[float64]) { sm3(r, p) }

func sm3[T vec.Float](r SM3, p *Part[T]) {
	mu, eps, rate, m := T(orNone(r.Momentum, 0.9)), T(or(r.Eps, 1e-30)), T(p.LR), p.V[0]
	keep, fresh := T(1), T(1)
	if r.Beta > 0 {
		keep, fresh = T(r.Beta), T(1-r.Beta)
	}
	memory, v := p.Extra[0], p.Scratch(len(p.G))
	rows, cols := len(p.G), 1
	if p.matrix() {
		rows = p.rows()
		cols = len(p.G) / rows
	}
	for k, g := range p.G {
		least := memory[k/cols]
		if p.matrix() {
			least = min(least, memory[rows+k%cols])
		}
		v[k] = keep*least + fresh*g*g
	}
	if r.Beta == 0 {
		clear(memory)
	}
	for k, g := range p.G {
		memory[k/cols] = max(memory[k/cols], v[k])
		if p.matrix() {
			memory[rows+k%cols] = max(memory[rows+k%cols], v[k])
		}
		m[k] = mu*m[k] + (1-mu)*g/sqrt(v[k]+eps)
		p.X[k] -= rate * m[k]
	}
}
