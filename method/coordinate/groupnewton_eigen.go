package coordinate

import "math"

// maxSweeps bounds the sweeps of rotations, of which a few are enough.
const maxSweeps = 30

// diagonalize stores the eigenvalues of the symmetric matrix a in values and the eigenvectors
// in the rows of basis, by cyclic Jacobi rotations; a is destroyed. O(n^3) a sweep.
// Golub, Van Loan, Matrix Computations, 2013, section 8.5.
func diagonalize(values, basis, a []float64) {
	n := len(values)
	clear(basis)
	for i := range n {
		basis[i*n+i] = 1
	}
	for range maxSweeps {
		off, all := 0.0, 0.0
		for i := range n {
			for j := range n {
				all += a[i*n+j] * a[i*n+j]
				if i != j {
					off += a[i*n+j] * a[i*n+j]
				}
			}
		}
		if !(off > 1e-32*all) {
			break
		}
		for p := range n {
			for q := p + 1; q < n; q++ {
				if a[p*n+q] != 0 {
					rotate(a, basis, n, p, q)
				}
			}
		}
	}
	for i := range n {
		values[i] = a[i*n+i]
	}
}

// rotate zeroes the elements (p, q) and (q, p).
func rotate(a, basis []float64, n, p, q int) {
	tau := (a[q*n+q] - a[p*n+p]) / (2 * a[p*n+q])
	t := 1 / (math.Abs(tau) + math.Hypot(1, tau))
	if tau < 0 {
		t = -t
	}
	c := 1 / math.Sqrt(1+t*t)
	s := t * c
	for k := range n {
		x, y := a[k*n+p], a[k*n+q]
		a[k*n+p], a[k*n+q] = c*x-s*y, s*x+c*y
	}
	for k := range n {
		x, y := a[p*n+k], a[q*n+k]
		a[p*n+k], a[q*n+k] = c*x-s*y, s*x+c*y
		x, y = basis[p*n+k], basis[q*n+k]
		basis[p*n+k], basis[q*n+k] = c*x-s*y, s*x+c*y
	}
	a[p*n+q], a[q*n+p] = 0, 0
}
