package linalg

import (
	"fmt"
	"math"

	"github.com/godescent/descent/vec"
)

// GramDenseColumns stores the products of columns of a dense matrix,
//
//	h[i*ld+j] = sum_k c_k x_k,cols[i] x_k,cols[j],
//
// for all i, j < w = len(cols) with max(i, j) >= from, in both triangles of h, whose
// rows are ld >= w apart. So from = 0 makes the Gram matrix of the columns, and a later
// call adds columns to it. x is column-major with n rows: column j is x[j*n:(j+1)*n].
// c has n weights of rows; nil means ones. n w (w - from) multiplications, on about as
// much memory as the part of h that it stores.
func GramDenseColumns(h []float64, ld int, x []float64, n int, cols []int32, from int, c []float64) {
	p := 0
	if n > 0 {
		p = len(x) / n
	}
	if n < 0 || n*p != len(x) {
		panic(fmt.Sprintf("linalg: %d elements in columns of length %d", len(x), n))
	}
	if n == 0 {
		p = math.MaxInt32 // no element is read
	}
	checkGram(h, ld, n, p, cols, from, c)
	if from == len(cols) {
		return
	}
	if len(cols)-from <= fewColumns {
		g := columnGrams.get()
		g.h, g.ld, g.x, g.n, g.cols, g.from, g.c = h, ld, x, n, cols, from, c
		if c != nil {
			g.work = grow(g.work, g.parts()*n)
		}
		g.run(gramDenseDot)
		return
	}
	g := panelSpares.get()
	g.n, g.w, g.from, g.c = n, len(cols), from, c
	g.dense = g.dense[:0]
	for _, j := range cols {
		if n == 0 {
			j = 0
		}
		g.dense = append(g.dense, x[int(j)*n:(int(j)+1)*n])
	}
	g.run(h, ld)
}

// fewColumns is up to how many new columns packing all the others does not pay.
const fewColumns = 4

// gramDenseDot is gramDot for dense columns.
func gramDenseDot(j *job, part int) {
	g := j.gram
	for k := len(g.cols) - 1 - part; k >= g.from; k -= g.parts() {
		work := g.x[int(g.cols[k])*g.n:][:g.n]
		if g.c != nil {
			weighted := g.work[part*g.n:][:g.n]
			for i, v := range work {
				weighted[i] = g.c[i] * v
			}
			work = weighted
		}
		for i, other := range g.cols[:k+1] {
			v := vec.Dot(work, g.x[int(other)*g.n:][:g.n])
			g.h[k*g.ld+i], g.h[i*g.ld+k] = v, v
		}
	}
}

// GramColumns is GramDenseColumns for columns of a sparse matrix. It chooses by the
// numbers of rows, columns and entries among three ways: scatter a weighted column
// and take sparse dot products with the others, which costs w entries for each new
// one; gather the columns into rows first, and add up multiples of them, which costs
// the sum over the rows of their entries in new columns times those in all; and, for
// columns that are hardly sparse, the blocked product of dense ones.
func GramColumns(h []float64, ld int, a *CSC, cols []int32, from int, c []float64) {
	checkGram(h, ld, a.Rows, a.Cols, cols, from, c)
	w := len(cols)
	if from == w {
		return
	}
	all, added := 0, 0
	for k, j := range cols {
		nnz := a.Ptr[j+1] - a.Ptr[j]
		all += nnz
		if k >= from {
			added += nnz
		}
	}
	// Costs in multiples of one entry of a sparse dot product, fitted to BenchmarkGramColumns.
	n, fw, fall, fadded := float64(a.Rows), float64(w), float64(all), float64(added)
	fresh := fw - float64(from)
	mean := 1 - 0.5*fresh/fw // part of the columns that a new one meets
	pairs := fresh * fw * mean
	dots := fresh*fall*mean + 2*fadded + 30*pairs
	rows := 16*fall + 2*n + fadded*(25+1.5*mean*fall/max(n, 1)) + 6*pairs
	dense := pairs*(n/14+8) + (fw+8)*n + 4*fall
	switch {
	case dense <= min(dots, rows):
		g := panelSpares.get()
		g.n, g.w, g.from, g.c, g.csc, g.cols = a.Rows, w, from, c, a, cols
		g.run(h, ld)
	case dots <= rows:
		gramDots(h, ld, a, cols, from, c)
	default:
		gramRows(h, ld, a, cols, from, c, all, added)
	}
}

// checkGram panics unless the arguments of a Gram matrix of columns fit: a mistake of
// the caller.
func checkGram(h []float64, ld, n, p int, cols []int32, from int, c []float64) {
	w := len(cols)
	if from < 0 || from > w || ld < w || w > 0 && len(h) < (w-1)*ld+w {
		panic(fmt.Sprintf("linalg: Gram matrix of columns %d to %d in %d elements with rows %d apart", from, w, len(h), ld))
	}
	for _, j := range cols {
		if j < 0 || int(j) >= p {
			panic(fmt.Sprintf("linalg: column %d of %d", j, p))
		}
	}
	checkWeights(c, n)
}

// A columnGram is what goroutines share that work column by column.
type columnGram struct {
	h    []float64
	ld   int
	a    *CSC
	x    []float64 // or dense columns of length n
	n    int
	cols []int32
	from int
	c    []float64
	work []float64 // a vector for each part

	// The columns as rows of positions in cols.
	ptr  []int
	pos  []int32
	val  []float64
	upto []int // where in its row each entry of a new column is
	at   []int // where in upto each new column begins
}

var columnGrams spares[columnGram]

// parts returns how many parts share the new columns: each takes its turn with every
// so many, the longest rows first.
func (g *columnGram) parts() int { return min(maxAcc, len(g.cols)-g.from) }

func (g *columnGram) run(op func(*job, int)) {
	j := jobs.get()
	j.gram = g
	j.run(op, g.parts())
	j.free()
	g.h, g.a, g.x, g.cols, g.c = nil, nil, nil, nil, nil
	columnGrams.put(g)
}

func gramDots(h []float64, ld int, a *CSC, cols []int32, from int, c []float64) {
	g := columnGrams.get()
	g.h, g.ld, g.a, g.cols, g.from, g.c = h, ld, a, cols, from, c
	g.work = grow(g.work, g.parts()*a.Rows)
	g.run(gramDot)
}

// gramDot fills rows of the lower triangle, and their mirror image.
func gramDot(j *job, part int) {
	g := j.gram
	work := g.work[part*g.a.Rows:][:g.a.Rows]
	clear(work)
	for k := len(g.cols) - 1 - part; k >= g.from; k -= g.parts() {
		col := g.cols[k]
		lo, hi := g.a.Ptr[col], g.a.Ptr[col+1]
		for p := lo; p < hi; p++ {
			i := g.a.Idx[p]
			work[i] = entry(g.a.Val, p) * weight(g.c, int(i))
		}
		for i, other := range g.cols[:k+1] {
			v := g.a.ColDot(int(other), work)
			g.h[k*g.ld+i], g.h[i*g.ld+k] = v, v
		}
		for _, i := range g.a.Idx[lo:hi] {
			work[i] = 0
		}
	}
}

// gramRows turns the columns into rows, in two passes: count, fill.
func gramRows(h []float64, ld int, a *CSC, cols []int32, from int, c []float64, all, added int) {
	g := columnGrams.get()
	g.h, g.ld, g.a, g.cols, g.from, g.c = h, ld, a, cols, from, c
	if cap(g.ptr) < a.Rows+2 {
		g.ptr = make([]int, a.Rows+2)
	}
	if cap(g.pos) < all {
		g.pos, g.val = make([]int32, all), make([]float64, all)
	}
	if cap(g.upto) < added {
		g.upto = make([]int, added)
	}
	g.ptr, g.pos, g.val, g.upto, g.at = g.ptr[:a.Rows+2], g.pos[:all], g.val[:all], g.upto[:added], g.at[:0]
	clear(g.ptr)
	next := g.ptr[1:] // becomes the pointer of the row after
	for _, j := range cols {
		for _, i := range a.Idx[a.Ptr[j]:a.Ptr[j+1]] {
			g.ptr[i+2]++
		}
	}
	for i := range a.Rows {
		g.ptr[i+2] += g.ptr[i+1]
	}
	done := 0
	for k, j := range cols {
		if k >= from {
			g.at = append(g.at, done)
		}
		for p := a.Ptr[j]; p < a.Ptr[j+1]; p++ {
			i := a.Idx[p]
			q := next[i]
			next[i]++
			g.pos[q], g.val[q] = int32(k), entry(a.Val, p)
			if k >= from {
				g.upto[done] = q + 1
				done++
			}
		}
	}
	g.run(gramRow)
}

// gramRow does as gramDot: a row is the sum over the entries of its column of their
// rows, up to the diagonal.
func gramRow(j *job, part int) {
	g := j.gram
	for k := len(g.cols) - 1 - part; k >= g.from; k -= g.parts() {
		y := g.h[k*g.ld : k*g.ld+k+1]
		clear(y)
		col, upto := int(g.cols[k]), g.upto[g.at[k-g.from]:]
		for q, p := 0, g.a.Ptr[col]; p < g.a.Ptr[col+1]; q, p = q+1, p+1 {
			i := int(g.a.Idx[p])
			lo, hi := g.ptr[i], upto[q]
			vec.SparseAxpy(entry(g.a.Val, p)*weight(g.c, i), g.val[lo:hi], g.pos[lo:hi], y)
		}
		for i, v := range y {
			g.h[i*g.ld+k] = v
		}
	}
}
