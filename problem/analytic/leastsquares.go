package analytic

import "github.com/godescent/descent"

// LeastSquares is F(x) = sum_i r_i(x)^2 (no factor 1/2) of m smooth residuals in n
// variables. It owns its scratch: nothing is allocated per call, and it is not for
// concurrent use. A gradient costs a Jacobian and m n multiplications.
type LeastSquares struct {
	m, n     int
	residual residuals
	r, j     []float64 // scratch
}

var _ descent.Smooth = (*LeastSquares)(nil)

// residuals stores r_i(x) in r and, if j is wanted, dr_i/dx_k in row i of j, which
// is zero before.
type residuals func(r []float64, j jac, x []float64)

// A jac is a Jacobian to fill, row-major; none is wanted if a is nil.
type jac struct {
	n int
	a []float64
}

func (j jac) wanted() bool { return j.a != nil }

// row returns row i.
func (j jac) row(i int) []float64 { return j.a[i*j.n : (i+1)*j.n] }

// set stores the leading entries of row i, if wanted.
func (j jac) set(i int, d ...float64) {
	if j.wanted() {
		copy(j.row(i), d)
	}
}

func newLeastSquares(m, n int, residual residuals) *LeastSquares {
	return &LeastSquares{m: m, n: n, residual: residual, r: make([]float64, m), j: make([]float64, m*n)}
}

// Residuals returns m.
func (f *LeastSquares) Residuals() int { return f.m }

// Residual stores the residuals at x in r, of length m.
func (f *LeastSquares) Residual(r, x []float64) { f.residual(r[:f.m], jac{}, x[:f.n]) }

// Jacobian stores dr_i/dx_k at x in j: m x n, row-major.
func (f *LeastSquares) Jacobian(j, x []float64) {
	clear(j[:f.m*f.n])
	f.residual(f.r, jac{f.n, j[:f.m*f.n]}, x[:f.n])
}

// Value returns F(x).
func (f *LeastSquares) Value(x []float64) float64 {
	f.Residual(f.r, x)
	return sumSquares(f.r)
}

// Gradient stores 2 J(x)' r(x) in g and returns F(x).
func (f *LeastSquares) Gradient(g, x []float64) float64 {
	f.Jacobian(f.j, x) // fills r as well
	g = g[:f.n]
	clear(g)
	for i, ri := range f.r {
		for k, d := range f.j[i*f.n : (i+1)*f.n] {
			g[k] += 2 * ri * d
		}
	}
	return sumSquares(f.r)
}

func sumSquares(r []float64) float64 {
	s := 0.0
	for _, v := range r {
		s += v * v
	}
	return s
}
