package linalg

import (
	"math"

	"gonum.org/v1/gonum/blas"
	"gonum.org/v1/gonum/blas/blas64"
	"gonum.org/v1/gonum/lapack/lapack64"

	"github.com/godescent/descent/vec"
)

// gramAccs returns how many c x c accumulators a Gram matrix of the given work is
// summed from: few, as each costs c^2 to add.
func gramAccs(work, c int) int { return max(1, min(4, work/max(partWork, c*c))) }

// Gram stores A^T diag(d) A in h: Cols x Cols, row-major, both triangles. It costs the
// sum of squared row lengths.
func (a *CSR) Gram(h, d []float64) {
	c := a.Cols
	checkLen(h, c*c, d, a.Rows)
	j := jobs.Get().(*job)
	j.csr, j.plan, j.dst, j.x = a, a.plan(), h, d
	parts := len(j.plan.gram) - 1
	j.scratch(parts * c * c)
	j.run(csrGram, parts)
	j.run(addParts, 1+c*c/block)
	j.free()
	mirror(h, c)
}

func csrGram(j *job, part int) {
	a := j.csr
	c := a.Cols
	h := j.lower[part*c*c : (part+1)*c*c]
	clear(h)
	lo, hi := j.plan.gram[part], j.plan.gram[part+1]
	vec.CSRGram(h, c, a.Ptr[lo:hi+1], a.Idx, a.Val, j.x[lo:hi])
}

// Gram stores A^T diag(d) A in h: Cols x Cols, row-major, both triangles. Rows Cols^2
// operations in blocks; memory as h for each of up to 4 ranges of rows.
func (a *Dense) Gram(h, d []float64) {
	checkLen(h, a.Cols*a.Cols, d, a.Rows)
	g := panelPool.Get().(*panels)
	g.n, g.w, g.from, g.c, g.rows = a.Rows, a.Cols, 0, d, a
	g.run(h, a.Cols)
}

// mirror copies the upper triangle to the lower.
func mirror(h []float64, c int) {
	for i := range c {
		for k := range i {
			h[i*c+k] = h[k*c+i]
		}
	}
}

// A Cholesky is the factorization A = L L^T of a symmetric positive definite matrix.
// It reuses its storage. The zero value is ready.
type Cholesky struct {
	n int
	u []float64
}

// Factor factorizes the n x n row-major matrix a, which is left alone, and reports
// whether it is positive definite. n^3/3 operations.
func (c *Cholesky) Factor(a []float64, n int) bool {
	checkLen(a, n*n, nil, 0)
	c.n = n
	c.u = append(c.u[:0], a...)
	t, ok := lapack64.Potrf(blas64.Symmetric{Uplo: blas.Upper, N: n, Data: c.u, Stride: max(1, n)})
	if !ok {
		return false
	}
	for i := range n { // Potrf lets NaN pass
		if v := t.Data[i*t.Stride+i]; math.IsNaN(v) || math.IsInf(v, 0) {
			return false
		}
	}
	return true
}

// Solve stores the solution of A x = b in dst, which may be b. 2 n^2 operations.
func (c *Cholesky) Solve(dst, b []float64) {
	checkLen(dst, c.n, b, c.n)
	copy(dst, b)
	t := blas64.Triangular{Uplo: blas.Upper, Diag: blas.NonUnit, N: c.n, Data: c.u, Stride: max(1, c.n)}
	x := blas64.Vector{N: c.n, Data: dst, Inc: 1}
	blas64.Trsv(blas.Trans, t, x)
	blas64.Trsv(blas.NoTrans, t, x)
}
