package linalg

import "github.com/godescent/descent/internal/ritz"

// Lanczos returns the Ritz values of a symmetric n x n matrix A on the Krylov space of some steps from a start that
// is not 0, in increasing order, by products with A. The largest is at most the largest eigenvalue, the smallest at
// least the smallest, and both come near these first. The weights, which add up to 1, make a Gauss
// quadrature rule
//
//	v' f(A) v = sum_i weights[i] f(values[i]),  v = start/|start|
//
// for polynomials f of degree below 2 steps: means over random starts estimate tr f(A)/n, and the density of
// eigenvalues (stochastic Lanczos quadrature). exact says that the Krylov space is all that the start can reach, so
// that every Ritz value is an eigenvalue. Values are NaN, and not exact, if a product
// is not finite or the start is 0.
//
// Cost: a product for each step, and 4 n steps^2 operations for full reorthogonalization. Memory: n steps.
//
// Lanczos, An iteration method for the solution of the eigenvalue problem, J. Res. Nat. Bur. Standards 45, 1950; Golub and
// Meurant, Matrices, moments and quadrature, 1994.
func Lanczos(mul func(dst, x []float64), start []float64, steps int) (values, weights []float64, exact bool) {
	return ritz.Lanczos(mul, start, steps)
}
