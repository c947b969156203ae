package curvature

import (
	"math"

	"github.com/godescent/descent/method/newton"
	"github.com/godescent/descent/rng"
	"github.com/godescent/descent/vec"
)

var (
	_ newton.ApproximateHessian = (*logSumExp)(nil)
	_ newton.ApproximateHessian = (*chebyshev)(nil)
	_ newton.ApproximateHessian = times{}
)

// logSumExp is mu log sum_i exp((<a_i, x> - b_i)/mu), with its minimum at 0.
type logSumExp struct {
	a      [][]float64
	b      []float64
	mu     float64
	fisher bool // the approximation is g g'/mu in place of the weighted Gauss-Newton matrix

	p, g []float64 // weights and gradient at the last x
}

// newLogSumExp draws the elements of a_i and b_i in [-1, 1], and subtracts the gradient at 0 from every a_i.
func newLogSumExp(m, n int, mu float64) *logSumExp {
	s := rng.New(1, "log-sum-exp")
	f := &logSumExp{mu: mu, p: make([]float64, m), g: make([]float64, n)}
	for range m {
		row := make([]float64, n)
		for j := range row {
			row[j] = 2*s.Float64() - 1
		}
		f.a, f.b = append(f.a, row), append(f.b, 2*s.Float64()-1)
	}
	g := make([]float64, n)
	f.Gradient(g, make([]float64, n))
	for _, row := range f.a {
		vec.Axpy(-1, g, row)
	}
	return f
}

// weigh finds the weights at x and returns f(x).
func (f *logSumExp) weigh(x []float64) float64 {
	top, sum := math.Inf(-1), 0.0
	for i, row := range f.a {
		f.p[i] = (vec.Dot(row, x) - f.b[i]) / f.mu
		top = max(top, f.p[i])
	}
	for i, v := range f.p {
		f.p[i] = math.Exp(v - top)
		sum += f.p[i]
	}
	vec.Scal(1/sum, f.p)
	return f.mu * (top + math.Log(sum))
}

func (f *logSumExp) Value(x []float64) float64 { return f.weigh(x) }

func (f *logSumExp) Gradient(g, x []float64) float64 {
	v := f.weigh(x)
	clear(g)
	for i, row := range f.a {
		vec.Axpy(f.p[i], row, g)
	}
	return v
}

// Hessian stores (A' diag(p) A - g g')/mu.
func (f *logSumExp) Hessian(h, x []float64) {
	f.gaussNewton(h, x)
	addOuter(h, f.g, -1/f.mu)
}

func (f *logSumExp) gaussNewton(h, x []float64) {
	f.Gradient(f.g, x)
	clear(h)
	for i, row := range f.a {
		addOuter(h, row, f.p[i]/f.mu)
	}
}

// ApproximateHessian stores A' diag(p) A/mu, or g g'/mu.
func (f *logSumExp) ApproximateHessian(h, x []float64) {
	if !f.fisher {
		f.gaussNewton(h, x)
		return
	}
	f.Gradient(f.g, x)
	clear(h)
	addOuter(h, f.g, 1/f.mu)
}

// addOuter adds c v v' to h, which stays symmetric to the last bit.
func addOuter(h, v []float64, c float64) {
	for i, a := range v {
		row := h[i*len(v) : (i+1)*len(v)]
		for j, b := range v {
			row[j] += c * (a * b)
		}
	}
}

// chebyshev is |u(x)|^4/4 with u_1 = (1 - x_1)/2 and u_i = x_i - 2 x_{i-1}^2 + 1.
type chebyshev struct{ u, w []float64 }

// residuals finds u and w = J'u and returns |u|^2.
func (f *chebyshev) residuals(x []float64) float64 {
	n := len(x)
	if f.u == nil {
		f.u, f.w = make([]float64, n), make([]float64, n)
	}
	f.u[0] = (1 - x[0]) / 2
	for i := 1; i < n; i++ {
		f.u[i] = x[i] - 2*x[i-1]*x[i-1] + 1
	}
	for i := range n {
		f.w[i] = f.u[i]
		if i == 0 {
			f.w[i] = -f.u[i] / 2
		}
		if i+1 < n {
			f.w[i] -= 4 * x[i] * f.u[i+1]
		}
	}
	return vec.Dot(f.u, f.u)
}

func (f *chebyshev) Value(x []float64) float64 { s := f.residuals(x); return s * s / 4 }

func (f *chebyshev) Gradient(g, x []float64) float64 {
	s := f.residuals(x)
	copy(g, f.w)
	vec.Scal(s, g)
	return s * s / 4
}

// ApproximateHessian stores |u|^2 J'J + 2 (J'u)(J'u)'.
func (f *chebyshev) ApproximateHessian(h, x []float64) {
	n, s := len(x), f.residuals(x)
	clear(h)
	h[0] = s / 4
	for i := 1; i < n; i++ {
		c := -4 * x[i-1] // row i of J has c at i-1 and 1 at i
		h[(i-1)*n+i-1] += s * c * c
		h[(i-1)*n+i] += s * c
		h[i*n+i-1] += s * c
		h[i*n+i] += s
	}
	addOuter(h, f.w, 2)
}

// Hessian adds the curvature of u: |u|^2 sum_i u_i Hess u_i.
func (f *chebyshev) Hessian(h, x []float64) {
	f.ApproximateHessian(h, x)
	s := vec.Dot(f.u, f.u)
	for i := 1; i < len(x); i++ {
		h[(i-1)*len(x)+i-1] -= 4 * s * f.u[i]
	}
}

// times is a multiple of log-sum-exp.
type times struct {
	*logSumExp
	c float64
}

func (t times) Value(x []float64) float64 { return t.c * t.logSumExp.Value(x) }

func (t times) Gradient(g, x []float64) float64 {
	f := t.logSumExp.Gradient(g, x)
	vec.Scal(t.c, g)
	return t.c * f
}

func (t times) Hessian(h, x []float64) {
	t.logSumExp.Hessian(h, x)
	vec.Scal(t.c, h)
}

func (t times) ApproximateHessian(h, x []float64) {
	t.logSumExp.ApproximateHessian(h, x)
	vec.Scal(t.c, h)
}
