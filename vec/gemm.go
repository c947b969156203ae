package vec

import "fmt"

// Gemm stores alpha op(A) op(B) + beta C in C, where op(A) is m x k, op(B) is k x n and
// C is m x n, all row-major with rows lda, ldb and ldc apart. op is the transposition
// if transA or transB is true: A is then stored as k x m, B as n x k. C must not
// overlap A or B. With beta = 0 the former C is not read, NaN included; with alpha = 0
// or k = 0 neither A nor B is.
//
// The order in which an element of C is summed depends on k alone, not on m, n, the
// strides or the transpositions: on one path (see the package) any part of C computed
// alone has the same bits as in the whole. 2 m n k operations on one goroutine, which
// linalg.Gemm divides among several.
func Gemm[T Float](transA, transB bool, m, n, k int, alpha T, a []T, lda int, b []T, ldb int, beta T, c []T, ldc int) {
	CheckGemm(transA, transB, m, n, k, len(a), lda, len(b), ldb, len(c), ldc)
	if m == 0 || n == 0 {
		return
	}
	scaleRows(m, n, beta, c, ldc)
	if k == 0 || alpha == 0 {
		return
	}
	gemmGo(transA, transB, m, n, k, alpha, a, lda, b, ldb, c, ldc)
}

// CheckGemm panics unless Gemm's operands, of lenA, lenB and lenC elements, hold the
// matrices: a programming error.
func CheckGemm(transA, transB bool, m, n, k, lenA, lda, lenB, ldb, lenC, ldc int) {
	if m < 0 || n < 0 || k < 0 {
		panic(fmt.Sprintf("vec: Gemm with m, n, k = %d, %d, %d: want none below 0", m, n, k))
	}
	checkMatrix("A", m, k, transA, lenA, lda)
	checkMatrix("B", k, n, transB, lenB, ldb)
	checkMatrix("C", m, n, false, lenC, ldc)
}

func checkMatrix(name string, rows, cols int, trans bool, have, ld int) {
	if trans {
		rows, cols = cols, rows
	}
	if rows == 0 || cols == 0 {
		return
	}
	if ld < cols || (rows-1)*ld+cols > have {
		panic(fmt.Sprintf("vec: Gemm: %s has %d rows of %d columns, %d apart, in %d elements", name, rows, cols, ld, have))
	}
}

// scaleRows multiplies C by beta.
func scaleRows[T Float](m, n int, beta T, c []T, ldc int) {
	for i := range m {
		switch row := c[i*ldc : i*ldc+n]; beta {
		case 1:
			return
		case 0:
			clear(row)
		default:
			Scal(beta, row)
		}
	}
}

// gemmGo adds alpha op(A) op(B) to C.
func gemmGo[T Float](transA, transB bool, m, n, k int, alpha T, a []T, lda int, b []T, ldb int, c []T, ldc int) {
	rowA, colA, rowB, colB := lda, 1, ldb, 1
	if transA {
		rowA, colA = 1, lda
	}
	if transB {
		rowB, colB = 1, ldb
	}
	for i := range m {
		for j := range n {
			var s T
			for p := range k {
				s += a[i*rowA+p*colA] * b[p*rowB+j*colB]
			}
			c[i*ldc+j] += alpha * s
		}
	}
}
