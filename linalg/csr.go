package linalg

import (
	"fmt"
	"math"
	"slices"
	"sync/atomic"

	"gonum.org/v1/gonum/mat"

	"github.com/godescent/descent/vec"
)

// CSR is a matrix in compressed sparse rows: row i has the columns
// Idx[Ptr[i]:Ptr[i+1]], strictly increasing, and the values at the same places of
// Val. A nil Val means that every stored entry is 1. Build it with NewCSR or
// FromTriplets, which validate. It must not be changed while in use; any number of
// goroutines may use it.
type CSR struct {
	Rows, Cols int
	Ptr        []int
	Idx        []int32
	Val        []float64

	plans   atomic.Pointer[plan]
	columns atomic.Pointer[CSC]
}

var (
	_ Matrix = (*CSR)(nil)
	_ Matrix = (*CSC)(nil)
	_ Matrix = (*Dense)(nil)
)

// NewCSR validates its arguments and returns the matrix that holds them.
func NewCSR(rows, cols int, ptr []int, idx []int32, val []float64) (*CSR, error) {
	if err := checkCompressed("row", rows, "column", cols, ptr, idx, val); err != nil {
		return nil, err
	}
	return &CSR{Rows: rows, Cols: cols, Ptr: ptr, Idx: idx, Val: val}, nil
}

// checkCompressed validates the arrays of a matrix of n major lines over m minor ones.
func checkCompressed(major string, n int, minor string, m int, ptr []int, idx []int32, val []float64) error {
	switch {
	case n < 0 || m < 0:
		return fmt.Errorf("linalg: %d %ss and %d %ss: want no negative number", n, major, m, minor)
	case m > math.MaxInt32:
		return fmt.Errorf("linalg: %d %ss: want at most %d, as indices have 32 bits", m, minor, math.MaxInt32)
	case len(ptr) != n+1:
		return fmt.Errorf("linalg: %d pointers for %d %ss: want one more than %ss", len(ptr), n, major, major)
	case ptr[0] != 0 || ptr[n] != len(idx):
		return fmt.Errorf("linalg: pointers run from %d to %d: want 0 to %d, the number of entries", ptr[0], ptr[n], len(idx))
	case val != nil && len(val) != len(idx):
		return fmt.Errorf("linalg: %d values for %d indices", len(val), len(idx))
	}
	for i := range n {
		if ptr[i] > ptr[i+1] || ptr[i+1] > len(idx) {
			return fmt.Errorf("linalg: pointers of %s %d run from %d to %d: want them to increase up to %d", major, i, ptr[i], ptr[i+1], len(idx))
		}
		last := int32(-1)
		for _, j := range idx[ptr[i]:ptr[i+1]] {
			if j <= last || int(j) >= m {
				return fmt.Errorf("linalg: %s %d has %s %d after %d: want increasing indices below %d", major, i, minor, j, last, m)
			}
			last = j
		}
	}
	return nil
}

// FromTriplets returns the matrix with the entries (row[k], col[k]) = val[k], in any
// order; entries at the same place are added. val nil means ones. It makes two passes
// over the triplets (count, fill) and one over the result, and costs O(nnz log) only
// within rows that are not sorted.
func FromTriplets(rows, cols int, row, col []int32, val []float64) (*CSR, error) {
	if rows < 0 || cols < 0 || len(row) != len(col) || val != nil && len(val) != len(row) {
		return nil, fmt.Errorf("linalg: %d x %d matrix from %d rows, %d columns and %d values of triplets: want equal numbers", rows, cols, len(row), len(col), len(val))
	}
	a := &CSR{Rows: rows, Cols: cols, Ptr: make([]int, rows+1), Idx: make([]int32, len(row))}
	for k, i := range row {
		if i < 0 || int(i) >= rows || col[k] < 0 || int(col[k]) >= cols {
			return nil, fmt.Errorf("linalg: triplet %d is at (%d, %d): want a place inside %d x %d", k, i, col[k], rows, cols)
		}
		a.Ptr[i+1]++
	}
	for i := range rows {
		a.Ptr[i+1] += a.Ptr[i]
	}
	v := make([]float64, len(row))
	at := append([]int(nil), a.Ptr...)
	for k, i := range row {
		p := at[i]
		at[i]++
		a.Idx[p], v[p] = col[k], 1
		if val != nil {
			v[p] = val[k]
		}
	}
	merged := a.sortRows(v)
	if val != nil || merged {
		a.Val = v[:len(a.Idx)]
	}
	return a, nil
}

// sortRows sorts each row by column, keeping the order of equal columns, and adds
// them up. It reports whether any were added.
func (a *CSR) sortRows(v []float64) (merged bool) {
	out := 0
	for i := range a.Rows {
		lo, hi := a.Ptr[i], a.Ptr[i+1]
		a.Ptr[i] = out
		sortPairs(a.Idx[lo:hi], v[lo:hi])
		for p := lo; p < hi; p++ {
			if out > a.Ptr[i] && a.Idx[out-1] == a.Idx[p] {
				v[out-1] += v[p]
				merged = true
				continue
			}
			a.Idx[out], v[out] = a.Idx[p], v[p]
			out++
		}
	}
	a.Ptr[a.Rows] = out
	a.Idx = a.Idx[:out]
	return merged
}

// sortPairs is a stable merge sort by insertion below 12 elements.
func sortPairs(idx []int32, val []float64) {
	n := len(idx)
	if n < 12 {
		for i := 1; i < n; i++ {
			for j := i; j > 0 && idx[j-1] > idx[j]; j-- {
				idx[j-1], idx[j], val[j-1], val[j] = idx[j], idx[j-1], val[j], val[j-1]
			}
		}
		return
	}
	sorted := true
	for i := 1; i < n && sorted; i++ {
		sorted = idx[i-1] <= idx[i]
	}
	if sorted {
		return
	}
	h := n / 2
	sortPairs(idx[:h], val[:h])
	sortPairs(idx[h:], val[h:])
	li, lv := append([]int32(nil), idx[:h]...), append([]float64(nil), val[:h]...)
	for k, p, q := 0, 0, h; p < h; k++ {
		if q < n && idx[q] < li[p] {
			idx[k], val[k] = idx[q], val[q]
			q++
		} else {
			idx[k], val[k] = li[p], lv[p]
			p++
		}
	}
}

// Dims returns the numbers of rows and columns.
func (a *CSR) Dims() (r, c int) { return a.Rows, a.Cols }

// NNZ returns the number of stored entries.
func (a *CSR) NNZ() int { return len(a.Idx) }

// Row returns the columns and values of row i, nil for ones. They are the matrix's own.
func (a *CSR) Row(i int) (cols []int32, values []float64) {
	lo, hi := a.Ptr[i], a.Ptr[i+1]
	if a.Val != nil {
		values = a.Val[lo:hi]
	}
	return a.Idx[lo:hi], values
}

// RowDot returns the inner product of row i with x.
func (a *CSR) RowDot(i int, x []float64) float64 {
	checkCols(x, a.Cols)
	lo, hi := a.Ptr[i], a.Ptr[i+1]
	if a.Val == nil {
		return vec.SparseSum(a.Idx[lo:hi], x)
	}
	return vec.SparseDot(a.Val[lo:hi], a.Idx[lo:hi], x)
}

// RowAxpy adds c times row i to y.
func (a *CSR) RowAxpy(c float64, i int, y []float64) {
	lo, hi := a.Ptr[i], a.Ptr[i+1]
	if a.Val == nil {
		vec.SparseAdd(c, a.Idx[lo:hi], y)
		return
	}
	vec.SparseAxpy(c, a.Val[lo:hi], a.Idx[lo:hi], y)
}

// RowNrm2Sq returns the squared norm of row i.
func (a *CSR) RowNrm2Sq(i int) float64 {
	lo, hi := a.Ptr[i], a.Ptr[i+1]
	if a.Val == nil {
		return float64(hi - lo)
	}
	return vec.Dot(a.Val[lo:hi], a.Val[lo:hi])
}

// A plan cuts the rows into parts of about equal work. It depends on the shape and
// the pointers of the matrix only, so sums over parts are the same for any number
// of workers.
type plan struct {
	rows []int // parts of products with A: bounds of row ranges
	acc  []int // parts of products with A^T, each with an accumulator of Cols
	gram []int // parts of Gram matrices, each with an accumulator of Cols^2
	full bool  // Gram matrices are cheaper by dense blocks
}

const (
	partWork = 1 << 15 // entries that are worth handing to another goroutine
	maxAcc   = 8       // accumulators of a transposed product
)

func (a *CSR) plan() *plan {
	if p := a.plans.Load(); p != nil {
		return p
	}
	nnz := len(a.Idx)
	p := &plan{
		rows: splitRows(a.Ptr, min(64, 1+nnz/partWork)),
		acc:  splitRows(a.Ptr, max(1, min(maxAcc, nnz/partWork, nnz/(4*max(a.Cols, 1))))),
	}
	work := 0
	for i := range a.Rows {
		n := a.Ptr[i+1] - a.Ptr[i]
		work += n * (n + 1) / 2
	}
	// In products of two elements: a dense block takes 18 at a time, clearing and filling
	// it count as about so many.
	p.full = a.Cols < panelWide && work > a.Rows*(a.Cols+8)*(a.Cols+16)/18+2*nnz
	p.gram = splitRows(a.Ptr, gramAccs(work, a.Cols))
	a.plans.CompareAndSwap(nil, p)
	return a.plans.Load()
}

// splitRows cuts rows into parts with about equal numbers of entries.
func splitRows(ptr []int, parts int) []int {
	rows := len(ptr) - 1
	b := make([]int, 1, parts+1)
	i := 0
	for k := 1; k < parts; k++ {
		target := ptr[rows] / parts * k
		for i < rows && ptr[i] < target {
			i++
		}
		b = append(b, i)
	}
	return append(b, rows)
}

// MulVec stores A x in dst.
func (a *CSR) MulVec(dst, x []float64) {
	checkLen(dst, a.Rows, x, a.Cols)
	p := a.plan()
	j := jobs.get()
	j.csr, j.plan, j.dst, j.x = a, p, dst, x
	j.run(csrRows, len(p.rows)-1)
	j.free()
}

func csrRows(j *job, part int) {
	a, lo, hi := j.csr, j.plan.rows[part], j.plan.rows[part+1]
	vec.CSRMulVec(j.dst[lo:hi], a.Ptr[lo:hi+1], a.Idx, a.Val, j.x)
}

// MulVecT stores A^T x in dst: each part of the rows scatters into an accumulator
// of its own; they are added in order.
func (a *CSR) MulVecT(dst, x []float64) { a.scatter(csrScatter, dst, x) }

// SquaresT stores sum_i x_i a_ij^2 in dst_j: A^T x for the squares of the elements.
func (a *CSR) SquaresT(dst, x []float64) { a.scatter(csrSquares, dst, x) }

func (a *CSR) scatter(op func(*job, int), dst, x []float64) {
	checkLen(dst, a.Cols, x, a.Rows)
	p := a.plan()
	j := jobs.get()
	j.csr, j.plan, j.dst, j.x = a, p, dst, x
	j.scratch(a.Cols * (len(p.acc) - 1))
	j.run(op, len(p.acc)-1)
	j.run(addParts, 1+a.Cols/block)
	j.free()
}

func csrScatter(j *job, part int) {
	a, lo, hi := j.csr, j.plan.acc[part], j.plan.acc[part+1]
	vec.CSRMulVecT(j.accumulator(part, a.Cols), a.Ptr[lo:hi+1], a.Idx, a.Val, j.x[lo:hi])
}

func csrSquares(j *job, part int) {
	a, lo, hi := j.csr, j.plan.acc[part], j.plan.acc[part+1]
	vec.CSRSquaresT(j.accumulator(part, a.Cols), a.Ptr[lo:hi+1], a.Idx, a.Val, j.x[lo:hi])
}

// accumulator returns that of a part, cleared.
func (j *job) accumulator(part, n int) []float64 {
	y := j.lower[part*n : (part+1)*n]
	clear(y)
	return y
}

// addParts adds the accumulators of a block of columns.
func addParts(j *job, part int) {
	n := len(j.dst)
	lo, hi := part*block, min(n, (part+1)*block)
	if lo >= hi {
		return
	}
	copy(j.dst[lo:hi], j.lower[lo:hi])
	for k := n; k < len(j.lower); k += n {
		vec.Axpy(1, j.lower[k+lo:k+hi], j.dst[lo:hi])
	}
}

// checkCols keeps kernels, which trust indices, inside x.
func checkCols(x []float64, n int) {
	if len(x) < n {
		panic(fmt.Sprintf("linalg: a vector of length %d where indices go up to %d", len(x), n-1))
	}
}

func checkLen(dst []float64, n int, x []float64, m int) {
	if len(dst) != n || len(x) != m {
		panic(fmt.Sprintf("linalg: product of length %d from %d: want %d from %d", len(dst), len(x), n, m))
	}
}

// Columns returns the same matrix in compressed sparse columns, made at the first call
// and kept: it doubles the memory of a. The matrix that it returns must not be changed.
func (a *CSR) Columns() *CSC {
	if c := a.columns.Load(); c != nil {
		return c
	}
	a.columns.CompareAndSwap(nil, a.CSC())
	return a.columns.Load()
}

// SetColumns gives a the matrix that Columns returns: for files that hold both layouts.
// The caller vouches that c is the same matrix.
func (a *CSR) SetColumns(c *CSC) error {
	if c.Rows != a.Rows || c.Cols != a.Cols || len(c.Idx) != len(a.Idx) || (c.Val == nil) != (a.Val == nil) {
		return fmt.Errorf("linalg: columns of a %d x %d matrix with %d entries for one of %d x %d with %d", c.Rows, c.Cols, len(c.Idx), a.Rows, a.Cols, len(a.Idx))
	}
	a.columns.Store(c)
	return nil
}

// CSC returns the same matrix in compressed sparse columns.
func (a *CSR) CSC() *CSC {
	ptr, idx, val := transpose(a.Rows, a.Cols, a.Ptr, a.Idx, a.Val)
	return &CSC{Rows: a.Rows, Cols: a.Cols, Ptr: ptr, Idx: idx, Val: val}
}

// transpose turns n compressed lines over m indices into m lines over n, in two
// passes: count, fill.
func transpose(n, m int, ptr []int, idx []int32, val []float64) ([]int, []int32, []float64) {
	tp := make([]int, m+1)
	for _, j := range idx {
		tp[j+1]++
	}
	for j := range m {
		tp[j+1] += tp[j]
	}
	ti := make([]int32, len(idx))
	var tv []float64
	if val != nil {
		tv = make([]float64, len(idx))
	}
	at := append([]int(nil), tp...)
	for i := range n {
		for p := ptr[i]; p < ptr[i+1]; p++ {
			q := at[idx[p]]
			at[idx[p]]++
			ti[q] = int32(i)
			if val != nil {
				tv[q] = val[p]
			}
		}
	}
	return tp, ti, tv
}

// SelectRows returns the matrix of the given rows, in their order; a row may repeat.
func (a *CSR) SelectRows(rows []int) *CSR {
	b := &CSR{Rows: len(rows), Cols: a.Cols, Ptr: make([]int, len(rows)+1)}
	for k, i := range rows {
		b.Ptr[k+1] = b.Ptr[k] + a.Ptr[i+1] - a.Ptr[i]
	}
	b.Idx = make([]int32, 0, b.Ptr[len(rows)])
	if a.Val != nil {
		b.Val = make([]float64, 0, b.Ptr[len(rows)])
	}
	for _, i := range rows {
		b.Idx = append(b.Idx, a.Idx[a.Ptr[i]:a.Ptr[i+1]]...)
		if a.Val != nil {
			b.Val = append(b.Val, a.Val[a.Ptr[i]:a.Ptr[i+1]]...)
		}
	}
	return b
}

// At returns element (i, j): a binary search in the row. With Dims and T it makes a CSR
// a gonum matrix.
func (a *CSR) At(i, j int) float64 {
	if i < 0 || i >= a.Rows || j < 0 || j >= a.Cols {
		panic(fmt.Sprintf("linalg: element (%d, %d) of a %d x %d matrix", i, j, a.Rows, a.Cols))
	}
	p, ok := slices.BinarySearch(a.Idx[a.Ptr[i]:a.Ptr[i+1]], int32(j))
	switch {
	case !ok:
		return 0
	case a.Val == nil:
		return 1
	}
	return a.Val[a.Ptr[i]+p]
}

// T returns the transpose as a gonum view.
func (a *CSR) T() mat.Matrix { return mat.Transpose{Matrix: a} }
