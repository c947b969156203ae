package rule

import (
	"math"

	"github.com/godescent/descent/vec"
)

// Nero steps relative to the norm of each neuron, a row of a block or an element of one axis, and keeps rows
// of mean 0 and norm 1:
//
//	v <- Beta v + (1 - Beta)|g_row|^2,  x_row <- x_row - lr s g_row/(sqrt(v/(1 - Beta^k)) + Eps)
//	x_row <- x_row - mean,  x_row <- x_row/(|x_row| + Eps), before step 1 too, for two or more axes
//
// with s the mean of the norms of rows at the start, 0.01 if that is 0. Memory: a number of a row, and one of a block.
//
// Liu, Bernstein, Meister, Yue, Learning by turning: neural architecture aware optimisation, ICML 2021,
// arXiv:2102.07227, Algorithm 1.
type Nero struct {
	Beta float64 // in (0, 1); default 0.999
	Eps  float64 // > 0; default 1e-8
	Free bool    // rows keep their means and norms
}

// Check implements [Rule].
func (r Nero) Check() error {
	return check("nero", unit("beta", r.Beta), positive("eps", r.Eps))
}

// Rate returns 1e-2.
func (r Nero) Rate() float64 { return 1e-2 }

// Vectors implements [Rule].
func (r Nero) Vectors() int { return 0 }

// Needs implements [Needer].
func (r Nero) Needs() Needs { return Needs{Scope: Blocks, Scalars: 1} }

// Extra implements [Shaper].
func (r Nero) Extra(shape []int) int {
	if len(shape) == 0 {
		return 1
	}
	return shape[0]
}

// Step32 implements [Rule].
func (r Nero) Step32(p *Part[float32]) { nero(r, p) }

// Step64 implements [Rule].
func (r Nero) Step64(p *Part[float64]) { nero(r, p) }

func nero[T vec.Float](r Nero, p *Part[T]) {
	beta, eps, scale := or(r.Beta, 0.999), or(r.Eps, 1e-8), &p.S[0]
	v := p.Extra[0]
	n := len(p.X) / len(v)
	row := func(x []T, i int) []T { return x[i*n : (i+1)*n] }
	if p.K == 1 {
		if !r.Free && p.matrix() {
			balance(p.X, n, eps)
		}
		for i := range v {
			*scale += norm(row(p.X, i)) / float64(len(v))
		}
		if *scale == 0 {
			*scale = 0.01
		}
	}
	correct := 1 / bias(beta, p.K)
	for i := range v {
		g := row(p.G, i)
		v[i] = T(beta)*v[i] + T((1-beta)*dot(g, g))
		vec.Axpy(T(-p.LR**scale/(math.Sqrt(float64(v[i])*correct)+eps)), g, row(p.X, i))
	}
	if !r.Free && p.matrix() {
		balance(p.X, n, eps)
	}
}

// balance gives rows of n elements the mean 0 and the norm 1.
func balance[T vec.Float](x []T, n int, eps float64) {
	for ; len(x) > 0; x = x[n:] {
		mean := vec.Sum(x[:n]) / T(n)
		for j := range n {
			x[j] -= mean
		}
		vec.Scal(T(1/(norm(x[:n])+eps)), x[:n])
	}
}
