package coordinate

import (
	"github.com/godescent/descent/vec"
)

// matrixStep is hb: x_b -= H_b^+ g_b. Where f is a quadratic and H_b its Hessian, it
// minimizes f over x_b.
func (s *bcdRun) matrixStep(b []int, k int, g, u []float64) {
	copy(u, g)
	solveSemidefinite(s.factored(b, k), len(b), u)
	for i, j := range b {
		u[i] = s.X[j] - u[i]
	}
}

// sufficient is the Armijo constant of the line searches (section 8 of the paper's code).
const sufficient = 1e-10

// newNewtonStep returns newton: x_b += t d, d = -(Hessian by x_b)^+ g_b, with the line
// search of [backtrack].
func (s *bcdRun) newNewtonStep(o BlockHessian) blockStep {
	return s.newSearchStep(func(b []int, d []float64) {
		h := s.bounds.h[:len(b)*len(b)]
		o.BlockHessian(h, s.W, b)
		factorSemidefinite(h, len(b))
		solveSemidefinite(h, len(b), d)
	})
}

// newSearchStep returns x_b += t d with the line search of [backtrack]. solve overwrites g_b
// with -d.
func (s *bcdRun) newSearchStep(solve func(b []int, d []float64)) blockStep {
	d := make([]float64, s.tau)
	phi := func(t float64) float64 { return s.f.Rise(s.W, t) }
	return func(b []int, _ int, g, u []float64) {
		d := d[:len(b)]
		copy(d, g)
		solve(b, d)
		vec.Scal(-1, d)
		s.f.Line(s.W, b, d)
		t, ok := backtrack(phi, vec.Dot(g, d), sufficient, s.noise())
		if !ok {
			t = 0
		}
		for i, j := range b {
			u[i] = s.X[j] + t*d[i]
		}
	}
}
