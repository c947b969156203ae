package rule

import (
	"math"

	"github.com/godescent/descent/vec"
)

// GaLore is Adam on the part of the gradient of a block of two or more axes along its Rank first singular vectors of the
// shorter side, as they were at the first step and at every Every-th after it:
//
//	P <- the eigenvectors of G'G with the Rank largest eigenvalues, one in each row
//	z = G P', m, v <- averages of z and z^2 with Beta1 and Beta2, which go on when P is new
//	X <- (1 - lr Decay) X - lr Scale m^/(sqrt(v^) + Eps) P
//
// and from the other side, with G G', where there are more columns than rows. Of the two signs of an eigenvector that with
// a positive largest element is taken. Blocks of one axis take AdamW's step. A block of more than two axes is a
// matrix of its first axis. No other Rank directions keep as much of G. Time: two products with P; where P is
// new, eigenvectors by Jacobi's method, 0.02 s for a shorter side of 96 and 0.3 s for one of 256, with its cube. Memory:
// 2 Rank vectors of the longer side and Rank of the shorter.
//
// Zhao, Zhang, Chen, Wang, Anandkumar, Tian, GaLore: memory-efficient LLM training by gradient low-rank projection, ICML 2024,
// arXiv:2403.03507, Algorithm 2. [FRUGAL] and [DCTAdamW] project on columns and on cosines.
type GaLore struct {
	Rank  int     // default a quarter of the shorter side
	Every int     // steps; default 200
	Scale float64 // of steps of matrices, > 0; default 0.25
	Beta1 float64 // in (0, 1); default 0.9
	Beta2 float64 // in (0, 1); default 0.999
	Eps   float64 // > 0; default 1e-8
	Decay float64 // decoupled, >= 0
}

// Check implements [Rule].
func (r GaLore) Check() error {
	return check("galore", positive("rank", float64(r.Rank)), positive("every", float64(r.Every)), positive("scale", r.Scale),
		unit("beta1", r.Beta1), unit("beta2", r.Beta2), positive("eps", r.Eps), positive("decay", r.Decay))
}

// Rate returns 1e-2.
func (r GaLore) Rate() float64 { return 1e-2 }

// Vectors implements [Rule].
func (r GaLore) Vectors() int { return 0 }

// Needs implements [Needer].
func (r GaLore) Needs() Needs { return Needs{Scope: Blocks} }

// Extra implements [Shaper].
func (r GaLore) Extra(shape []int) int {
	rows, cols := sidesOf(shape)
	if cols == 0 {
		return 2 * rows
	}
	return rankOf(r.Rank, min(rows, cols)) * (2*max(rows, cols) + min(rows, cols))
}

// Step32 implements [Rule].
func (r GaLore) Step32(p *Part[float32]) { galore(r, p) }

// Step64 implements [Rule].
func (r GaLore) Step64(p *Part[float64]) { galore(r, p) }

func galore[T vec.Float](r GaLore, p *Part[T]) {
	rows, cols := sidesOf(p.Blocks[0].Shape)
	beta1, beta2, memory := or(r.Beta1, 0.9), or(r.Beta2, 0.999), p.Extra[0]
	c := vec.Moments[T]{
		Old1: T(beta1), New1: T(1 - beta1), Old2: T(beta2), New2: T(1 - beta2), Shrink: T(1 - p.LR*r.Decay),
		Rate: T(p.LR / bias(beta1, p.K)), Root: T(1 / math.Sqrt(bias(beta2, p.K))), Eps: T(or(r.Eps, 1e-8)),
	}
	if cols == 0 {
		c.Step(p.X, memory[:rows], memory[rows:], p.G)
		return
	}
	k, long := min(rows, cols), max(rows, cols)
	rank, right := rankOf(r.Rank, k), rows >= cols
	m, v, directions := memory[:rank*long], memory[rank*long:2*rank*long], memory[2*rank*long:]
	if (p.K-1)%int(or(float64(r.Every), 200)) == 0 {
		singular(p, directions, rank, k, long, right)
	}
	z, u := p.Scratch(rank*long), p.Scratch(rank*long) // row j is along direction j
	vec.Gemm(false, right, rank, long, k, 1, directions, k, p.G, cols, 0, z, long)
	vec.Scal(c.Shrink, p.X)
	clear(u)
	c.Rate *= T(or(r.Scale, 0.25))
	c.Step(u, m, v, z)
	if right {
		vec.Gemm(true, false, long, k, rank, 1, u, long, directions, k, 1, p.X, cols)
	} else {
		vec.Gemm(true, false, k, long, rank, 1, directions, k, u, long, 1, p.X, cols)
	}
}

// singular stores the first singular vectors of the shorter side of the gradient in the rows of dst.
func singular[T vec.Float](p *Part[T], dst []T, rank, k, long int, right bool) {
	square, q := p.Scratch(k*k), p.Scratch(k*k)
	if right {
		vec.Gemm(true, false, k, k, long, 1, p.G, k, p.G, k, 0, square, k)
	} else {
		vec.Gemm(false, true, k, k, long, 1, p.G, long, p.G, long, 0, square, k)
	}
	trace := T(0)
	for i := range k {
		trace += square[i*k+i]
	}
	for i := range k { // eigenvectors remain, and rounding no longer matters to small eigenvalues, which would keep eigen at work
		square[i*k+i] += trace
	}
	eigen(square, q, k)
	for j := range rank {
		at := 0
		for i := range k {
			if square[i*k+i] > square[at*k+at] {
				at = i
			}
		}
		square[at*k+at] = T(math.Inf(-1))
		top := T(0)
		for i := range k {
			if d := q[i*k+at]; abs(d) > abs(top) {
				top = d
			}
		}
		for i := range k {
			dst[j*k+i] = q[i*k+at] * sign(top)
		}
	}
}
