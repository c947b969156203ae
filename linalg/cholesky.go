package linalg

import (
	"math"
	"slices"

	"github.com/godescent/descent/vec"
)

// A Cholesky is the factorization A = U^T U of a symmetric positive definite matrix.
// It reuses its storage. The zero value is ready.
type Cholesky struct {
	n, ld int
	u     []float64 // rows are ld apart; n is padded to whole panels
	plain []float64 // panels of a block of rows
	minus []float64 // their negatives
}

const (
	cholBlock = 32  // rows of U found before they update the rest
	cholShare = 256 // remaining columns from which on an update is shared out
)

// minusOnes are weights of panels.
var minusOnes = func() (c [cholBlock]float64) {
	for i := range c {
		c[i] = -1
	}
	return c
}()

// Reserve makes room for factors of n x n matrices, so that Factor allocates nothing.
func (c *Cholesky) Reserve(n int) {
	ld := (n + vec.PanelCols - 1) / vec.PanelCols * vec.PanelCols
	c.u = slices.Grow(c.u[:0], ld*ld)
	c.plain, c.minus = slices.Grow(c.plain[:0], cholBlock*ld), slices.Grow(c.minus[:0], cholBlock*ld)
}

// Factor factorizes the n x n row-major matrix a, of which it reads the upper triangle,
// and reports whether it is positive definite (and finite). n^3/3 operations, in blocks
// of rows: each is found row by row, and then subtracted from the rest.
func (c *Cholesky) Factor(a []float64, n int) bool {
	const s = vec.PanelCols
	checkLen(a, n*n, nil, 0)
	ld := (n + s - 1) / s * s
	c.n, c.ld = n, ld
	c.u = grow(c.u, ld*ld)
	for i := range n {
		row := c.u[i*ld : (i+1)*ld]
		copy(row[i:], a[i*n+i:(i+1)*n])
		clear(row[n:])
	}
	clear(c.u[n*ld:])
	c.plain, c.minus = grow(c.plain, cholBlock*ld), grow(c.minus, cholBlock*ld)
	for lo := 0; lo < n; lo += cholBlock {
		hi := min(n, lo+cholBlock)
		if !c.rows(lo, hi) {
			return false
		}
		if hi < n {
			c.update(lo, hi)
		}
	}
	return true
}

// rows finds rows lo to hi of U.
func (c *Cholesky) rows(lo, hi int) bool {
	for i := lo; i < hi; i++ {
		row, above := c.u[i*c.ld+i:i*c.ld+c.n], c.u[lo*c.ld+i:]
		w := c.minus[:i-lo]
		for k := range w {
			w[k] = -above[k*c.ld]
		}
		vec.RowsMulVecT(row, above, c.ld, w)
		pivot := row[0]
		if !(pivot > 0) || math.IsInf(pivot, 1) {
			return false
		}
		vec.Scal(1/math.Sqrt(pivot), row)
		row[0] = math.Sqrt(pivot)
	}
	return true
}

// update subtracts the part of rows lo to hi behind column hi, times itself. hi is a
// multiple of the panel's columns.
func (c *Cholesky) update(lo, hi int) {
	const s = vec.PanelCols
	rows := hi - lo
	panels := (c.ld - hi) / s
	for q := range panels {
		at, x := q*s*rows, c.u[lo*c.ld+hi+q*s:]
		vec.PackPanel(c.plain[at:at+s*rows], c.minus[at:at+s*rows], x, c.ld, s, minusOnes[:rows])
	}
	if c.ld-hi < cholShare {
		c.tiles(lo, hi, 0, panels)
		return
	}
	j := jobs.get()
	j.chol, j.low, j.size = c, lo, hi
	j.run(cholTiles, (panels+cholGroup-1)/cholGroup)
	j.free()
}

const cholGroup = 4 // rows of tiles in a part

func cholTiles(j *job, part int) {
	panels := (j.chol.ld - j.size) / vec.PanelCols
	j.chol.tiles(j.low, j.size, part*cholGroup, min(panels, (part+1)*cholGroup))
}

// tiles updates rows of tiles from the diagonal on.
func (c *Cholesky) tiles(lo, hi, from, to int) {
	const s = vec.PanelCols
	size := s * (hi - lo)
	end := (c.ld - hi) / s * size
	for r := from; r < to; r++ {
		at := hi + r*s
		vec.PanelTiles(c.u[at*c.ld+at:], c.ld, c.minus[r*size:(r+1)*size], c.plain[r*size:end])
	}
}

// Solve stores the solution of A x = b in dst, which may be b. 2 n^2 operations.
func (c *Cholesky) Solve(dst, b []float64) {
	checkLen(dst, c.n, b, c.n)
	copy(dst, b)
	for i := range dst { // U^T y = b
		row := c.u[i*c.ld+i : i*c.ld+c.n]
		dst[i] /= row[0]
		vec.Axpy(-dst[i], row[1:], dst[i+1:])
	}
	for i := c.n - 1; i >= 0; i-- { // U x = y
		row := c.u[i*c.ld+i : i*c.ld+c.n]
		dst[i] = (dst[i] - vec.Dot(row[1:], dst[i+1:])) / row[0]
	}
}
