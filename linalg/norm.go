package linalg

import (
	"math"

	"github.com/godescent/descent/rng"
	"github.com/godescent/descent/vec"
)

// NormEst returns an upper bound of ||A diag(scale)||_2^2, the largest eigenvalue of
// B^T B with B = A diag(scale); scale nil means ones. It is the Lipschitz constant of
// the gradient of ||Bx||^2/2. It takes k = iters products with A and A^T (iters < 2
// means 64) and 4 vectors of memory.
//
// The bound is the smaller of two. One is the sum of squares of B, a bound always,
// for matrices that have ColStats. The other is theta/(1 - eps), where theta is the
// largest Ritz value of k Lanczos steps from a Gaussian start vector and
//
//	eps = (ln(1.648 sqrt(cols)/delta) / (2k - 1))^2,  delta = 1e-10
//
// (it needs eps < 1): over random start vectors, it fails for at most a part delta of
// them, whatever the matrix (Kuczynski and Wozniakowski 1992, SIAM J. Matrix Anal.
// Appl. 13). The start vector is a fixed one, so results repeat, and they are the
// same for any number of workers. Rounding is covered by raising both bounds by 1e-10
// of themselves. Without a sum of squares, and with too few steps for eps < 1, it
// returns 2 theta, which is no proven bound. It is NaN or +Inf if a product is.
func NormEst(a Matrix, scale []float64, iters int) float64 {
	rows, cols := a.Dims()
	if scale != nil {
		checkLen(scale, cols, nil, 0)
	}
	if rows == 0 || cols == 0 {
		return 0
	}
	if iters < 2 {
		iters = 64
	}
	bound := sumSquares(a, scale)
	theta, exact := lanczos(a, scale, iters)
	switch {
	case math.IsNaN(theta) || math.IsInf(theta, 0):
		return theta
	case exact:
		return min(bound, theta*(1+1e-10))
	}
	const delta = 1e-10
	root := math.Log(1.648*math.Sqrt(float64(cols))/delta) / float64(2*iters-1)
	if root >= 1 {
		if math.IsInf(bound, 1) {
			return 2 * theta
		}
		return bound
	}
	return min(bound, theta/(1-root*root)*(1+1e-10))
}

// sumSquares returns the squared Frobenius norm of A diag(scale), +Inf if A cannot tell.
func sumSquares(a Matrix, scale []float64) float64 {
	m, ok := a.(interface{ ColStats(w []float64) ColStats })
	if !ok {
		return math.Inf(1)
	}
	s := 0.0
	for j, q := range m.ColStats(nil).SumSq {
		if scale != nil {
			q *= scale[j] * scale[j]
		}
		s += q
	}
	return s * (1 + 1e-10)
}

// lanczos returns the largest Ritz value of k steps on B^T B, and whether the Krylov
// space became invariant, so that it is an eigenvalue.
func lanczos(a Matrix, scale []float64, k int) (theta float64, exact bool) {
	rows, cols := a.Dims()
	q, prev, w, u := make([]float64, cols), make([]float64, cols), make([]float64, cols), make([]float64, rows)
	r := rng.New(1, "linalg.NormEst")
	for j := range q {
		q[j] = r.Norm()
	}
	vec.Scal(1/vec.Nrm2(q), q)
	alpha, beta := make([]float64, 0, k), make([]float64, 0, k)
	b, sq := 0.0, make([]float64, cols)
	for range k {
		scaleTo(sq, scale, q)
		a.MulVec(u, sq)
		a.MulVecT(w, u)
		scaleTo(w, scale, w)
		vec.Axpy(-b, prev, w)
		al := vec.Dot(w, q)
		vec.Axpy(-al, q, w)
		b = vec.Nrm2(w)
		if s := al + b; math.IsNaN(s) || math.IsInf(s, 0) {
			return s, false
		}
		alpha, beta = append(alpha, al), append(beta, b)
		if theta = topEigenvalue(alpha, beta); b <= 1e-14*theta {
			return theta, true
		}
		prev, q, w = q, w, prev
		vec.Scal(1/b, q)
	}
	return theta, false
}

func scaleTo(dst, scale, x []float64) {
	copy(dst, x)
	for j, s := range scale {
		dst[j] *= s
	}
}

// topEigenvalue returns the largest eigenvalue of the symmetric tridiagonal matrix
// with diagonal d and e[i] between rows i and i+1, by bisection on the signs of the
// pivots: all are positive in the factorization of x I - T only above it.
func topEigenvalue(d, e []float64) float64 {
	lo, hi := d[0], 0.0
	for i, v := range d {
		lo = max(lo, v)
		if i > 0 {
			v += e[i-1]
		}
		if i+1 < len(d) {
			v += e[i]
		}
		hi = max(hi, v)
	}
	above := func(x float64) bool {
		p := x - d[0]
		for i := 1; i < len(d) && p > 0; i++ {
			p = x - d[i] - e[i-1]*e[i-1]/p
		}
		return p > 0
	}
	for hi-lo > 1e-15*hi {
		mid := lo + (hi-lo)/2
		if mid <= lo || mid >= hi {
			break
		}
		if above(mid) {
			hi = mid
		} else {
			lo = mid
		}
	}
	return hi
}
