package analytic

import (
	"fmt"
	"math"

	"github.com/godescent/descent"
	"gonum.org/v1/gonum/mat"
)

var (
	_ descent.Smooth              = (*Quadratic)(nil)
	_ descent.HessianVector       = (*Quadratic)(nil)
	_ descent.HessianMatrix       = (*Quadratic)(nil)
	_ descent.Lipschitz           = (*Quadratic)(nil)
	_ descent.CoordinateLipschitz = (*Quadratic)(nil)
	_ descent.StrongConvexity     = (*Quadratic)(nil)

	_ descent.Smooth              = (*Diagonal)(nil)
	_ descent.HessianVector       = (*Diagonal)(nil)
	_ descent.HessianMatrix       = (*Diagonal)(nil)
	_ descent.Lipschitz           = (*Diagonal)(nil)
	_ descent.CoordinateLipschitz = (*Diagonal)(nil)
	_ descent.StrongConvexity     = (*Diagonal)(nil)
)

// Quadratic is f(x) = x'Ax/2 - b'x with a symmetric positive definite A. Its
// constants are the extreme eigenvalues of A and its minimizer solves Ax = b.
type Quadratic struct {
	a, b  []float64 // a is n x n, row-major
	xstar []float64
	mu, l float64
}

// NewQuadratic checks A (n x n, row-major) and finds its eigenvalues: O(n^3).
func NewQuadratic(a, b []float64) (*Quadratic, error) {
	n := len(b)
	if n == 0 || len(a) != n*n {
		return nil, fmt.Errorf("quadratic: A has %d entries for b of length %d: want n*n and n >= 1", len(a), n)
	}
	for i := range n {
		for j := range i {
			if a[i*n+j] != a[j*n+i] {
				return nil, fmt.Errorf("quadratic: A[%d,%d] = %v, A[%d,%d] = %v: want a symmetric matrix", i, j, a[i*n+j], j, i, a[j*n+i])
			}
		}
	}
	sym := mat.NewSymDense(n, a)
	var eig mat.EigenSym
	var chol mat.Cholesky
	var x mat.VecDense
	if !eig.Factorize(sym, false) || !(eig.Values(nil)[0] > 0) || !chol.Factorize(sym) {
		return nil, fmt.Errorf("quadratic: A is not positive definite")
	}
	if err := chol.SolveVecTo(&x, mat.NewVecDense(n, b)); err != nil {
		return nil, fmt.Errorf("quadratic: %w", err)
	}
	ev := eig.Values(nil)
	return &Quadratic{a: a, b: b, xstar: x.RawVector().Data, mu: ev[0], l: ev[n-1]}, nil
}

// Minimizer returns the solution of Ax = b; it must not be changed.
func (q *Quadratic) Minimizer() []float64 { return q.xstar }

// Value returns f(x).
func (q *Quadratic) Value(x []float64) float64 {
	n, s := len(q.b), 0.0
	for i, bi := range q.b {
		s += x[i] * (0.5*inner(q.a[i*n:(i+1)*n], x) - bi)
	}
	return s
}

// Gradient stores Ax - b in g and returns f(x).
func (q *Quadratic) Gradient(g, x []float64) float64 {
	n, s := len(q.b), 0.0
	for i, bi := range q.b {
		ax := inner(q.a[i*n:(i+1)*n], x)
		s += x[i] * (0.5*ax - bi)
		g[i] = ax - bi
	}
	return s
}

// HessVec stores Av in hv.
func (q *Quadratic) HessVec(hv, _, v []float64) {
	for i, n := 0, len(q.b); i < n; i++ {
		hv[i] = inner(q.a[i*n:(i+1)*n], v)
	}
}

// Hessian stores A in h.
func (q *Quadratic) Hessian(h, _ []float64) { copy(h, q.a) }

// Lipschitz returns the largest eigenvalue of A.
func (q *Quadratic) Lipschitz() float64 { return q.l }

// StrongConvexity returns the smallest eigenvalue of A.
func (q *Quadratic) StrongConvexity() float64 { return q.mu }

// CoordinateLipschitz stores the diagonal of A in l.
func (q *Quadratic) CoordinateLipschitz(l []float64) {
	for i, n := 0, len(q.b); i < n; i++ {
		l[i] = q.a[i*n+i]
	}
}

func inner(a, x []float64) float64 {
	s := 0.0
	for i, v := range a {
		s += v * x[i]
	}
	return s
}

// Diagonal is f(x) = sum_i d_i x_i^2 / 2 with d_i > 0 in increasing order, so that the
// error x and the gradient of a method can be followed to underflow.
type Diagonal struct{ D []float64 }

// DiagonalQuadratic returns the Diagonal with n logarithmically spaced curvatures
// from mu to l (l alone if n = 1): condition number l/mu.
func DiagonalQuadratic(n int, mu, l float64) *Diagonal {
	if n < 1 || !(0 < mu && mu <= l) || math.IsInf(l, 1) {
		panic(fmt.Sprintf("analytic: DiagonalQuadratic(%d, %v, %v): want n >= 1, 0 < mu <= l < Inf", n, mu, l))
	}
	d := make([]float64, n)
	for i := range d {
		d[i] = mu * math.Pow(l/mu, float64(i)/float64(max(1, n-1)))
	}
	d[n-1] = l
	return &Diagonal{d}
}

// Value returns f(x).
func (q *Diagonal) Value(x []float64) float64 {
	s := 0.0
	for i, d := range q.D {
		s += d * x[i] * x[i]
	}
	return s / 2
}

// Gradient stores the gradient at x in g and returns f(x).
func (q *Diagonal) Gradient(g, x []float64) float64 {
	q.HessVec(g, nil, x)
	return q.Value(x)
}

// HessVec stores the product of the Hessian with v in hv.
func (q *Diagonal) HessVec(hv, _, v []float64) {
	for i, d := range q.D {
		hv[i] = d * v[i]
	}
}

// Hessian stores diag(D) in h.
func (q *Diagonal) Hessian(h, _ []float64) {
	n := len(q.D)
	clear(h[:n*n])
	for i, d := range q.D {
		h[i*n+i] = d
	}
}

// Lipschitz returns the largest curvature.
func (q *Diagonal) Lipschitz() float64 { return q.D[len(q.D)-1] }

// StrongConvexity returns the smallest curvature.
func (q *Diagonal) StrongConvexity() float64 { return q.D[0] }

// CoordinateLipschitz stores the curvatures in l.
func (q *Diagonal) CoordinateLipschitz(l []float64) { copy(l, q.D) }
