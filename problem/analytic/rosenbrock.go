package analytic

import "github.com/godescent/descent"

// Rosenbrock is the chained Rosenbrock function in any dimension n >= 2,
//
//	f(x) = sum_{i<n} 100 (x_{i+1} - x_i^2)^2 + (1 - x_i)^2,
//
// a curved valley with its minimum 0 at (1, ..., 1). From n = 4 on there is a second
// minimum near (-1, 1, ..., 1). Its Hessian is tridiagonal; every oracle but the whole
// Hessian costs O(n).
type Rosenbrock struct{}

var (
	_ descent.Smooth        = Rosenbrock{}
	_ descent.HessianVector = Rosenbrock{}
	_ descent.HessianMatrix = Rosenbrock{}
)

// Value returns f(x).
func (Rosenbrock) Value(x []float64) float64 {
	s := 0.0
	for i, v := range x[:len(x)-1] {
		a, b := x[i+1]-v*v, 1-v
		s += 100*a*a + b*b
	}
	return s
}

// Gradient stores the gradient at x in g and returns f(x).
func (Rosenbrock) Gradient(g, x []float64) float64 {
	s := 0.0
	clear(g[:len(x)])
	for i, v := range x[:len(x)-1] {
		a, b := x[i+1]-v*v, 1-v
		s += 100*a*a + b*b
		g[i] += -400*v*a - 2*b
		g[i+1] += 200 * a
	}
	return s
}

// HessVec stores the product of the Hessian at x with v in hv.
func (Rosenbrock) HessVec(hv, x, v []float64) {
	clear(hv[:len(x)])
	for i, t := range x[:len(x)-1] {
		hv[i] += (1200*t*t-400*x[i+1]+2)*v[i] - 400*t*v[i+1]
		hv[i+1] += 200*v[i+1] - 400*t*v[i]
	}
}

// Hessian stores the Hessian at x in h.
func (Rosenbrock) Hessian(h, x []float64) {
	n := len(x)
	clear(h[:n*n])
	for i, t := range x[:n-1] {
		h[i*n+i] += 1200*t*t - 400*x[i+1] + 2
		h[(i+1)*n+i+1] += 200
		h[i*n+i+1], h[(i+1)*n+i] = -400*t, -400*t
	}
}
