package grad

import (
	"github.com/godescent/descent/linalg"
	"github.com/godescent/descent/vec"
)

// SparseMatMul returns a x for a constant sparse matrix a [m, n] and x [n, k]: [m, k]. The
// derivative uses a's columns, which are laid out once and kept with a.
func SparseMatMul[T vec.Float](a *linalg.CSR, x *Tensor[T]) *Tensor[T] {
	t := ready("SparseMatMul", x)
	if t == nil {
		return none(x)
	}
	if a == nil {
		return t.fail("SparseMatMul", "the matrix is nil: want a sparse matrix")
	}
	if len(x.shape) != 2 || x.shape[0] != a.Cols {
		return t.fail("SparseMatMul", "matrix [%d %d] and operand %s: want [%d k]", a.Rows, a.Cols, list(x.shape), a.Cols)
	}
	y := t.record(sparseOp[T]{}, []int{a.Rows, x.shape[1]}, x)
	y.ext = a
	y.split(sparseForward[T]{}, a.Rows, sparseParts(a, a.Rows, x.shape[1]))
	return y
}

func sparseParts(a *linalg.CSR, rows, k int) int { return max(1, min(rows, 64, a.NNZ()*k/grain)) }

type sparseForward[T vec.Float] struct{}

func (sparseForward[T]) loop(y *Tensor[T], _, lo, hi int) {
	a, n := y.ext.(*linalg.CSR), y.shape[1]
	clear(y.data[lo*n : hi*n])
	for i := lo; i < hi; i++ {
		addRows(cutMat(y.data, i, n), a.Ptr[i], a.Ptr[i+1], a.Idx, a.Val, y.in[0].data)
	}
}

// addRows adds to dst the rows idx of x times val, for entries lo to hi-1.
func addRows[T vec.Float](dst []T, lo, hi int, idx []int32, val []float64, x []T) {
	for p := lo; p < hi; p++ {
		v := T(1)
		if val != nil {
			v = T(val[p])
		}
		vec.Axpy(v, cutMat(x, int(idx[p]), len(dst)), dst)
	}
}

// sparseOp: dx = a' dy.
type sparseOp[T vec.Float] struct{}

func (sparseOp[T]) name() string { return "SparseMatMul" }

func (sparseOp[T]) vjp(y *Tensor[T]) {
	a, x := y.ext.(*linalg.CSR), y.in[0]
	x.toAdd()
	a.Columns()
	y.split(sparseBackward[T]{}, a.Cols, sparseParts(a, a.Cols, y.shape[1]))
}

type sparseBackward[T vec.Float] struct{}

func (sparseBackward[T]) loop(y *Tensor[T], _, lo, hi int) {
	c, n := y.ext.(*linalg.CSR).Columns(), y.shape[1]
	for j := lo; j < hi; j++ {
		addRows(cutMat(y.in[0].adj, j, n), c.Ptr[j], c.Ptr[j+1], c.Idx, c.Val, y.adj)
	}
}

func (sparseOp[T]) jvp(y *Tensor[T]) *Tensor[T] {
	return SparseMatMul(y.ext.(*linalg.CSR), y.in[0].tangent())
}
