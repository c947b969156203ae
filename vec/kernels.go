package vec

import "fmt"

// Dot returns the inner product of x and y.
func Dot[T Float](x, y []T) T {
	match(len(x), len(y))
	return dot(x, y)
}

// Axpy adds a x to y.
func Axpy[T Float](a T, x, y []T) {
	match(len(x), len(y))
	axpy(a, x, y)
}

// Scal multiplies x by a.
func Scal[T Float](a T, x []T) { scal(a, x) }

// Sum returns the sum of x.
func Sum[T Float](x []T) T { return sum(x) }

// Asum returns the sum of absolute values of x.
func Asum[T Float](x []T) T { return asum(x) }

// SparseDot returns sum_k val_k x[idx_k]: a gather. Indices must be inside x.
func SparseDot[T Float](val []T, idx []int32, x []T) T {
	match(len(val), len(idx))
	return sparseDot(val, idx, x)
}

// SparseSum returns sum_k x[idx_k]. Indices must be inside x.
func SparseSum[T Float](idx []int32, x []T) T { return sparseSum(idx, x) }

// SparseAxpy adds a val_k to y[idx_k]: a scatter. Indices must be inside y and
// differ from each other.
func SparseAxpy[T Float](a T, val []T, idx []int32, y []T) {
	match(len(val), len(idx))
	sparseAxpy(a, val, idx, y)
}

// SparseAdd adds a to y[idx_k], with indices as in SparseAxpy.
func SparseAdd[T Float](a T, idx []int32, y []T) { sparseAdd(a, idx, y) }

// CSRMulVec stores the products of rows of a compressed sparse matrix with x: the row
// dst[i] is of has the values val[ptr[i]:ptr[i+1]], or ones if val is nil, at the
// columns idx[ptr[i]:ptr[i+1]]. ptr may be a part of a matrix's pointers; it must not
// decrease. Indices must be inside x.
func CSRMulVec(dst []float64, ptr []int, idx []int32, val, x []float64) {
	matchRows(len(dst), ptr, idx, val)
	csrMulVec(dst, ptr, idx, val, x)
}

// CSRMulVecT adds sum_i c_i row_i to y, with rows as in CSRMulVec, skipping those with
// c_i = 0. Indices must be inside y and differ within a row.
func CSRMulVecT(y []float64, ptr []int, idx []int32, val, c []float64) {
	matchRows(len(c), ptr, idx, val)
	csrMulVecT(y, ptr, idx, val, c)
}

// CSRSquaresT adds sum_i c_i row_i^2, element by element, to y, with rows as in
// CSRMulVecT.
func CSRSquaresT(y []float64, ptr []int, idx []int32, val, c []float64) {
	matchRows(len(c), ptr, idx, val)
	if val == nil {
		csrMulVecT(y, ptr, idx, val, c)
		return
	}
	csrSquaresT(y, ptr, idx, val, c)
}

// CSRGram adds sum_i c_i row_i^T row_i to the upper triangle of h, whose rows are ld
// apart, with rows as in CSRMulVec, increasing indices in each, and those with c_i = 0
// skipped. Indices must be inside h, which has ld rows or more.
func CSRGram(h []float64, ld int, ptr []int, idx []int32, val, c []float64) {
	matchRows(len(c), ptr, idx, val)
	csrGram(h, ld, ptr, idx, val, c)
}

func matchRows(rows int, ptr []int, idx []int32, val []float64) {
	match(rows+1, len(ptr))
	if val != nil {
		match(len(val), len(idx))
	}
	if ptr[0] < 0 || ptr[0] > ptr[rows] || ptr[rows] > len(idx) {
		panic(fmt.Sprintf("vec: rows from entry %d to %d of %d", ptr[0], ptr[rows], len(idx)))
	}
}

// RowsMulVec stores the products of the rows of a with x in dst: row i < len(dst) is
// a[i*len(x):(i+1)*len(x)].
func RowsMulVec(dst, a, x []float64) {
	match(len(a), len(dst)*len(x))
	rowsMulVec(dst, a, x)
}

// RowsMulVecT adds sum_i c_i row_i to y: row i is a[i*ld:i*ld+len(y)].
func RowsMulVecT(y, a []float64, ld int, c []float64) { byRows(rowsMulVecT, y, a, ld, c) }

// RowsSquaresT adds sum_i c_i row_i^2, element by element, to y, with rows as in
// RowsMulVecT.
func RowsSquaresT(y, a []float64, ld int, c []float64) { byRows(rowsSquaresT, y, a, ld, c) }

// byRows calls f for few rows at a time: it reads them in blocks of columns, and they
// stay in the cache.
func byRows(f func(y, a []float64, ld int, c []float64), y, a []float64, ld int, c []float64) {
	if k := len(c) - 1; ld < 0 || k >= 0 && k*ld+len(y) > len(a) {
		panic(fmt.Sprintf("vec: %d rows of %d columns, %d apart, in %d elements", len(c), len(y), ld, len(a)))
	}
	for n := max(8, (1<<12)/max(1, len(y))); len(c) > n; c, a = c[n:], a[n*ld:] {
		f(y, a, ld, c[:n])
	}
	f(y, a, ld, c)
}

// SoftplusSigmoid stores log(1 + exp(z_i)) in sp and 1/(1 + exp(-z_i)) in sg, without
// overflow. Either may alias z. The errors are below 2 units in the last place.
func SoftplusSigmoid(sp, sg, z []float64) {
	match(len(sp), len(z))
	match(len(sg), len(z))
	softplusSigmoid(sp, sg, z)
}
