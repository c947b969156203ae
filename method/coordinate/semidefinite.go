package coordinate

import (
	"math"

	"github.com/godescent/descent/vec"
)

// factorSemidefinite overwrites the lower triangle of the positive semidefinite h (n x n,
// row-major) with its Cholesky factor L. A column whose pivot is rounding error of its
// diagonal depends on those before it: its pivot becomes 0, and solves leave its variable
// at 0. n^3/3 operations.
func factorSemidefinite(h []float64, n int) {
	for j := range n {
		row := h[j*n : j*n+n]
		for k := range j {
			v := 0.0
			if p := h[k*n+k]; p > 0 {
				v = (row[k] - vec.Dot(row[:k], h[k*n:k*n+k])) / p
			}
			row[k] = v
		}
		pivot := row[j] - vec.Dot(row[:j], row[:j])
		if pivot <= 1e-13*float64(n)*row[j] {
			pivot = 0
		}
		row[j] = math.Sqrt(pivot)
	}
}

// solveSemidefinite overwrites b with a solution of L L' x = b, for b in the range. 2 n^2
// operations.
func solveSemidefinite(l []float64, n int, b []float64) {
	forwardSemidefinite(l, n, b)
	for i := n - 1; i >= 0; i-- {
		if p := l[i*n+i]; p > 0 {
			b[i] /= p
		} else {
			b[i] = 0
		}
		vec.Axpy(-b[i], l[i*n:i*n+i], b[:i])
	}
}

// forwardSemidefinite overwrites b with the solution of L y = b: y.y = b.(L L')^+ b.
func forwardSemidefinite(l []float64, n int, b []float64) {
	for i := range n {
		if p := l[i*n+i]; p > 0 {
			b[i] = (b[i] - vec.Dot(l[i*n:i*n+i], b[:i])) / p
		} else {
			b[i] = 0
		}
	}
}

// largestEigenvalue returns that of the symmetric h (n x n, row-major), which it destroys;
// d and e have length n. Householder's reduction to tridiagonal form, then bisection by
// Sturm sequences to the last bit: 4 n^3/3 operations (Golub and Van Loan, 8.3, 8.4).
func largestEigenvalue(h []float64, n int, d, e []float64) float64 {
	for k := 0; k < n-2; k++ { // column k below the diagonal goes to its first element
		v := e[k+1 : n]
		for i := range v {
			v[i] = h[(k+1+i)*n+k]
		}
		d[k] = h[k*n+k]
		norm := vec.Nrm2(v)
		if norm == 0 {
			e[k] = 0
			continue
		}
		alpha := -math.Copysign(norm, v[0])
		v[0] -= alpha
		scale := 2 / vec.Dot(v, v)
		p := d[k+1 : n] // p = scale H v - (scale^2 v.Hv / 2) v
		for i := range p {
			p[i] = scale * vec.Dot(h[(k+1+i)*n+k+1:(k+2+i)*n], v)
		}
		vec.Axpy(-scale*vec.Dot(p, v)/2, v, p)
		for i := range p {
			row := h[(k+1+i)*n+k+1 : (k+2+i)*n]
			vec.Axpy(-v[i], p, row)
			vec.Axpy(-p[i], v, row)
		}
		e[k] = alpha
	}
	if n > 1 {
		d[n-2], e[n-2] = h[(n-2)*n+n-2], h[(n-1)*n+n-2]
	}
	d[n-1] = h[n*n-1]
	lo, hi := math.Inf(-1), math.Inf(-1)
	for i, v := range d[:n] { // the largest diagonal element and Gershgorin's bound
		r := 0.0
		if i > 0 {
			r += math.Abs(e[i-1])
		}
		if i < n-1 {
			r += math.Abs(e[i])
		}
		lo, hi = max(lo, v), max(hi, v+r)
	}
	hi += 4 * 0x1p-52 * math.Abs(hi)
	for {
		mid := lo + (hi-lo)/2
		if !(mid > lo && mid < hi) {
			return hi
		}
		if below(d[:n], e, mid) {
			hi = mid
		} else {
			lo = mid
		}
	}
}

// below reports whether all eigenvalues of the tridiagonal matrix are < x.
func below(d, e []float64, x float64) bool {
	q := d[0] - x
	for i := 1; q < 0 && i < len(d); i++ {
		q = d[i] - x - e[i-1]*e[i-1]/q
	}
	return q < 0
}
