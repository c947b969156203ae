// Package ritz finds eigenvalues of symmetric matrices that are known by their products.
package ritz

import (
	"math"

	"github.com/godescent/descent/vec"
)

// Lanczos is documented as linalg.Lanczos.
func Lanczos(mul func(dst, x []float64), start []float64, steps int) (values, weights []float64, exact bool) {
	n := len(start)
	steps = min(steps, n)
	var q [][]float64
	v, w := append([]float64(nil), start...), make([]float64, n)
	var alpha, beta []float64
	vec.Scal(1/vec.Nrm2(v), v)
	largest := 0.0
	for len(q) < steps {
		q = append(q, append([]float64(nil), v...))
		mul(w, v)
		a := vec.Dot(w, v)
		alpha = append(alpha, a)
		for range 2 { // once more: rounding
			for _, u := range q {
				vec.Axpy(-vec.Dot(w, u), u, w)
			}
		}
		b := vec.Nrm2(w)
		largest = max(largest, math.Abs(a), b)
		if s := a + b; math.IsNaN(s) || math.IsInf(s, 0) {
			alpha[len(alpha)-1] = math.NaN()
			values, weights = tridiagonal(alpha, beta)
			return values, weights, false
		}
		if b <= 1e-12*largest {
			exact = true
			break
		}
		beta = append(beta, b)
		copy(v, w)
		vec.Scal(1/b, v)
	}
	values, weights = tridiagonal(alpha, beta)
	return values, weights, exact || len(q) == n
}

// tridiagonal returns the eigenvalues of the symmetric matrix with diagonal d and e[i] between rows i and i+1, in
// increasing order, and the squares of the first elements of its eigenvectors: QL steps with implicit shifts, as in
// Golub and Welsch, Calculation of Gauss quadrature rules, Math. Comp. 23, 1969. NaN where one is in the matrix.
func tridiagonal(d, e []float64) (values, first []float64) {
	n := len(d)
	d, e = append([]float64(nil), d...), append(append([]float64(nil), e...), 0, 0)[:n]
	z := make([]float64, n)
	if n > 0 {
		z[0] = 1
		e[n-1] = 0
	}
	for l := range n {
		for range 100 {
			m := l
			for m < n-1 && !(math.Abs(e[m]) <= 0x1p-53*(math.Abs(d[m])+math.Abs(d[m+1]))) {
				m++
			}
			if m == l {
				break
			}
			g := (d[l+1] - d[l]) / (2 * e[l])
			g = d[m] - d[l] + e[l]/(g+math.Copysign(math.Hypot(g, 1), g)) // d[m] - shift
			s, c, p := 1.0, 1.0, 0.0
			i := m - 1
			for ; i >= l; i-- {
				f, b := s*e[i], c*e[i]
				h := math.Hypot(f, g)
				if e[i+1] = h; h == 0 { // the matrix falls in two
					d[i+1] -= p
					e[m] = 0
					break
				}
				s, c = f/h, g/h
				g = d[i+1] - p
				t := (d[i]-g)*s + 2*c*b
				p = s * t
				d[i+1] = g + p
				g = c*t - b
				z[i], z[i+1] = c*z[i]-s*z[i+1], s*z[i]+c*z[i+1]
			}
			if i >= l {
				continue
			}
			d[l] -= p
			e[l], e[m] = g, 0
		}
	}
	for i := range d { // in order
		k := i
		for j := i + 1; j < n; j++ {
			if d[j] < d[k] {
				k = j
			}
		}
		d[i], d[k], z[i], z[k] = d[k], d[i], z[k], z[i]
		z[i] *= z[i]
	}
	return d, z
}
