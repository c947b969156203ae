// Package linalg has the matrices of the module: compressed sparse rows and columns
// with 32-bit indices, and dense ones that share memory with gonum's. Products run in
// parallel over partitions that depend on the matrix alone, so that results have the
// same bits for any number of workers.
package linalg

import (
	"fmt"
	"math"
	"sync/atomic"

	"gonum.org/v1/gonum/mat"

	"github.com/godescent/descent/vec"
)

// A Matrix is a real r x c matrix as products see it. dst and x must have the
// lengths of the product; dst must not overlap x.
type Matrix interface {
	Dims() (r, c int)
	MulVec(dst, x []float64)  // dst = A x
	MulVecT(dst, x []float64) // dst = A^T x
}

// CSC is a matrix in compressed sparse columns: column j has the rows
// Idx[Ptr[j]:Ptr[j+1]], strictly increasing, and the values at the same places of
// Val. A nil Val means that every stored entry is 1. It must not be changed while in
// use; any number of goroutines may use it.
type CSC struct {
	Rows, Cols int
	Ptr        []int
	Idx        []int32
	Val        []float64

	t atomic.Pointer[CSR]
}

// NewCSC validates its arguments and returns the matrix that holds them.
func NewCSC(rows, cols int, ptr []int, idx []int32, val []float64) (*CSC, error) {
	if err := checkCompressed("column", cols, "row", rows, ptr, idx, val); err != nil {
		return nil, err
	}
	return &CSC{Rows: rows, Cols: cols, Ptr: ptr, Idx: idx, Val: val}, nil
}

// Dims returns the numbers of rows and columns.
func (a *CSC) Dims() (r, c int) { return a.Rows, a.Cols }

// NNZ returns the number of stored entries.
func (a *CSC) NNZ() int { return len(a.Idx) }

// T returns the transpose, which shares memory with a: the same one at each call.
func (a *CSC) T() *CSR {
	if t := a.t.Load(); t != nil {
		return t
	}
	a.t.CompareAndSwap(nil, &CSR{Rows: a.Cols, Cols: a.Rows, Ptr: a.Ptr, Idx: a.Idx, Val: a.Val})
	return a.t.Load()
}

// CSR returns the same matrix in compressed sparse rows.
func (a *CSC) CSR() *CSR {
	ptr, idx, val := transpose(a.Cols, a.Rows, a.Ptr, a.Idx, a.Val)
	return &CSR{Rows: a.Rows, Cols: a.Cols, Ptr: ptr, Idx: idx, Val: val}
}

// Column returns the rows and values of column j, nil for ones. They are the matrix's own.
func (a *CSC) Column(j int) (rows []int32, values []float64) {
	lo, hi := a.Ptr[j], a.Ptr[j+1]
	if a.Val != nil {
		values = a.Val[lo:hi]
	}
	return a.Idx[lo:hi], values
}

// ColDot returns the inner product of column j with x.
func (a *CSC) ColDot(j int, x []float64) float64 {
	checkCols(x, a.Rows)
	lo, hi := a.Ptr[j], a.Ptr[j+1]
	if a.Val == nil {
		return vec.SparseSum(a.Idx[lo:hi], x)
	}
	return vec.SparseDot(a.Val[lo:hi], a.Idx[lo:hi], x)
}

// ColAxpy adds c times column j to y.
func (a *CSC) ColAxpy(c float64, j int, y []float64) {
	lo, hi := a.Ptr[j], a.Ptr[j+1]
	if a.Val == nil {
		vec.SparseAdd(c, a.Idx[lo:hi], y)
		return
	}
	vec.SparseAxpy(c, a.Val[lo:hi], a.Idx[lo:hi], y)
}

// MulVec stores A x in dst.
func (a *CSC) MulVec(dst, x []float64) { a.T().MulVecT(dst, x) }

// MulVecT stores A^T x in dst.
func (a *CSC) MulVecT(dst, x []float64) { a.T().MulVec(dst, x) }

// Dense is a row-major matrix: element (i, j) is Data[i*Cols+j].
type Dense struct {
	Rows, Cols int
	Data       []float64

	columns atomic.Pointer[Dense]
}

// Columns returns the transpose of a: row j of it is column j of a. It is made at the first
// call and kept, so a must not be changed from then on; it doubles the memory.
func (a *Dense) Columns() *Dense {
	if c := a.columns.Load(); c != nil {
		return c
	}
	t := &Dense{Rows: a.Cols, Cols: a.Rows, Data: make([]float64, len(a.Data))}
	const tile = 16 // columns of a tile stay in the cache while its rows are read
	for lo := 0; lo < a.Cols; lo += tile {
		hi := min(a.Cols, lo+tile)
		for i := range a.Rows {
			for j, v := range a.Data[i*a.Cols+lo : i*a.Cols+hi] {
				t.Data[(lo+j)*a.Rows+i] = v
			}
		}
	}
	a.columns.CompareAndSwap(nil, t)
	return a.columns.Load()
}

// NewDense returns the matrix that holds data, or zeros if data is nil.
func NewDense(rows, cols int, data []float64) (*Dense, error) {
	if rows < 0 || cols < 0 {
		return nil, fmt.Errorf("linalg: %d x %d matrix: want no negative number", rows, cols)
	}
	if cols > 0 && rows > math.MaxInt/8/cols {
		return nil, fmt.Errorf("linalg: %d x %d matrix: want at most %d elements", rows, cols, math.MaxInt/8)
	}
	if data == nil {
		data = make([]float64, rows*cols)
	}
	if len(data) != rows*cols {
		return nil, fmt.Errorf("linalg: %d elements for a %d x %d matrix", len(data), rows, cols)
	}
	return &Dense{Rows: rows, Cols: cols, Data: data}, nil
}

// DenseFrom copies a gonum matrix.
func DenseFrom(m mat.Matrix) *Dense {
	r, c := m.Dims()
	a := &Dense{Rows: r, Cols: c, Data: make([]float64, r*c)}
	for i := range r {
		for j := range c {
			a.Data[i*c+j] = m.At(i, j)
		}
	}
	return a
}

// Mat returns a gonum matrix that shares memory with a, which must have elements, as those do.
func (a *Dense) Mat() *mat.Dense { return mat.NewDense(a.Rows, a.Cols, a.Data) }

// Dims returns the numbers of rows and columns.
func (a *Dense) Dims() (r, c int) { return a.Rows, a.Cols }

// Row returns row i, which shares memory with a.
func (a *Dense) Row(i int) []float64 { return a.Data[i*a.Cols : (i+1)*a.Cols] }

// RowDot returns the inner product of row i with x.
func (a *Dense) RowDot(i int, x []float64) float64 { return vec.Dot(a.Row(i), x) }

// RowAxpy adds c times row i to y.
func (a *Dense) RowAxpy(c float64, i int, y []float64) { vec.Axpy(c, a.Row(i), y) }

// RowNrm2Sq returns the squared norm of row i.
func (a *Dense) RowNrm2Sq(i int) float64 { return vec.Dot(a.Row(i), a.Row(i)) }

// SelectRows returns the matrix of the given rows, in their order; a row may repeat.
func (a *Dense) SelectRows(rows []int) *Dense {
	b := &Dense{Rows: len(rows), Cols: a.Cols, Data: make([]float64, 0, len(rows)*a.Cols)}
	for _, i := range rows {
		b.Data = append(b.Data, a.Row(i)...)
	}
	return b
}

// denseWork is partWork for dense elements, which take a quarter of the time.
const denseWork = 4 * partWork

// parts returns how many equal row ranges a product is cut into.
func (a *Dense) parts() int { return max(1, min(64, a.Rows, len(a.Data)/denseWork)) }

// accs returns how many accumulators a transposed product uses.
func (a *Dense) accs() int { return max(1, min(maxAcc, a.Rows/8, len(a.Data)/denseWork)) }

func cut(n, parts, part int) (lo, hi int) { return n * part / parts, n * (part + 1) / parts }

// MulVec stores A x in dst.
func (a *Dense) MulVec(dst, x []float64) {
	checkLen(dst, a.Rows, x, a.Cols)
	j := jobs.get()
	j.dense, j.dst, j.x = a, dst, x
	j.run(denseRows, a.parts())
	j.free()
}

func denseRows(j *job, part int) {
	lo, hi := cut(j.dense.Rows, j.dense.parts(), part)
	vec.RowsMulVec(j.dst[lo:hi], j.dense.Data[lo*j.dense.Cols:hi*j.dense.Cols], j.x)
}

// MulVecT stores A^T x in dst.
func (a *Dense) MulVecT(dst, x []float64) { a.scatter(denseScatter, dst, x) }

// SquaresT stores sum_i x_i a_ij^2 in dst_j: A^T x for the squares of the elements.
func (a *Dense) SquaresT(dst, x []float64) { a.scatter(denseSquares, dst, x) }

func (a *Dense) scatter(op func(*job, int), dst, x []float64) {
	checkLen(dst, a.Cols, x, a.Rows)
	j := jobs.get()
	j.dense, j.dst, j.x = a, dst, x
	j.scratch(a.accs() * a.Cols)
	j.run(op, a.accs())
	j.run(addParts, 1+a.Cols/block)
	j.free()
}

func denseScatter(j *job, part int) {
	a := j.dense
	lo, hi := cut(a.Rows, a.accs(), part)
	vec.RowsMulVecT(j.accumulator(part, a.Cols), a.Data[lo*a.Cols:hi*a.Cols], a.Cols, j.x[lo:hi])
}

func denseSquares(j *job, part int) {
	a := j.dense
	lo, hi := cut(a.Rows, a.accs(), part)
	vec.RowsSquaresT(j.accumulator(part, a.Cols), a.Data[lo*a.Cols:hi*a.Cols], a.Cols, j.x[lo:hi])
}

// scratch makes lower n long, from the job's own storage.
func (j *job) scratch(n int) {
	if cap(j.store) < n {
		j.store = make([]float64, n)
	}
	j.lower = j.store[:n]
}
