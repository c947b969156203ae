package rule

import (
	"math"

	"github.com/godescent/descent/vec"
)

// eigen takes the symmetric n x n matrix a, row-major, to the diagonal of its eigenvalues, and stores
// eigenvectors in the columns of q: Jacobi's cyclic rotations, about 10 n^3 operations, with small
// eigenvalues of positive definite matrices accurate relative to themselves (Demmel and Veselić 1992).
func eigen[T vec.Float](a, q []T, n int) {
	clear(q)
	for i := range n {
		q[i*n+i] = 1
	}
	for range 30 {
		rest := 0.0
		for i := range n {
			for j := range i {
				rest = max(rest, math.Abs(float64(a[i*n+j]))/math.Sqrt(math.Abs(float64(a[i*n+i])*float64(a[j*n+j]))+math.SmallestNonzeroFloat64))
			}
		}
		if !(rest > float64(ulp[T]())) {
			return
		}
		for i := range n {
			for j := range i {
				rotate(a, q, n, i, j)
			}
		}
	}
}

// ulp is the distance from 1 to the next number.
func ulp[T vec.Float]() T {
	if T(1)+T(0x1p-30) == 1 {
		return 0x1p-23
	}
	return T(0x1p-52)
}

// rotate makes a[i][j] zero.
func rotate[T vec.Float](a, q []T, n, i, j int) {
	off := float64(a[i*n+j])
	if off == 0 {
		return
	}
	theta := (float64(a[j*n+j]) - float64(a[i*n+i])) / (2 * off)
	t := 1 / (math.Abs(theta) + math.Sqrt(theta*theta+1))
	if theta < 0 {
		t = -t
	}
	c := T(1 / math.Sqrt(t*t+1))
	s := T(t) * c
	for k := range n { // columns i and j
		x, y := a[k*n+i], a[k*n+j]
		a[k*n+i], a[k*n+j] = c*x-s*y, s*x+c*y
		x, y = q[k*n+i], q[k*n+j]
		q[k*n+i], q[k*n+j] = c*x-s*y, s*x+c*y
	}
	for k := range n { // rows i and j
		x, y := a[i*n+k], a[j*n+k]
		a[i*n+k], a[j*n+k] = c*x-s*y, s*x+c*y
	}
	a[i*n+j], a[j*n+i] = 0, 0
}

// power stores in dst the power of a positive definite matrix a, which it leaves alone. Eigenvalues that rounding has
// taken to 0 or below are those of the least that it can tell from 0.
func power[T vec.Float](p *Part[T], dst, a []T, n int, exponent float64) {
	d, q := p.Scratch(n*n), p.Scratch(n*n)
	copy(d, a)
	eigen(d, q, n)
	top := 0.0
	for k := range n {
		top = max(top, float64(d[k*n+k]))
	}
	least := top * float64(ulp[T]())
	for k := range n {
		f := T(math.Pow(max(float64(d[k*n+k]), least), exponent))
		for i := range n {
			d[k*n+i] = f * q[i*n+k] // row k of Lambda^exponent Q'
		}
	}
	vec.Gemm(false, false, n, n, n, 1, q, n, d, n, 0, dst, n)
}

// orthonormal makes the columns of a, n x n, orthonormal from the first to the last (Gram and Schmidt, twice).
// A column that is a combination of those before becomes a unit vector that is none.
func orthonormal[T vec.Float](a []T, n int) {
	project := func(j int) float64 {
		for range 2 {
			for k := range j {
				s := T(0)
				for i := range n {
					s += a[i*n+k] * a[i*n+j]
				}
				for i := range n {
					a[i*n+j] -= s * a[i*n+k]
				}
			}
		}
		size := 0.0
		for i := range n {
			size += float64(a[i*n+j]) * float64(a[i*n+j])
		}
		return math.Sqrt(size)
	}
	for j := range n {
		before := 0.0
		for i := range n {
			before += float64(a[i*n+j]) * float64(a[i*n+j])
		}
		size := project(j)
		for unit := 0; !(size > 1e3*float64(ulp[T]())*math.Sqrt(before)) && unit < n; unit++ {
			before = 1
			for i := range n {
				a[i*n+j] = 0
			}
			a[unit*n+j] = 1
			if size = project(j); size < 0.1/math.Sqrt(float64(n)) {
				size = 0
			}
		}
		for i := range n {
			a[i*n+j] /= T(size)
		}
	}
}
