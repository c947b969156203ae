package newton

import (
	"fmt"
	"math"

	"github.com/godescent/descent/linalg"
	"github.com/godescent/descent/vec"
)

// ApproximateHessian is an optional oracle: it stores a symmetric positive semidefinite
// approximation of the Hessian at x in h, n x n row-major, both triangles: of Gauss and
// Newton, of Fisher, of low rank.
type ApproximateHessian interface {
	ApproximateHessian(h, x []float64)
}

// GNS is Newton's method regularized by the norm of the gradient, with the radius gamma of
// gradient-normalized smoothness found on the way.
//
// Problem class: differentiable f, convex or not, with a dense H(x) that is positive
// semidefinite: the Hessian, or an approximation of it; in up to a few thousand variables.
//
//	lambda = |g_k|/gamma,  (H(x_k) + lambda I) d = -g_k,  x+ = x_k + d
//	accept if f(x_k) - f(x+) >= |g(x+)|^2/(8 lambda):  x_{k+1} = x+, gamma <- max(2 gamma, 1e-9)
//	else gamma <- gamma/2, and again with the same H
//
// |d| <= gamma where H is positive semidefinite: gamma is a trust radius. A trial where H + lambda I is
// not positive definite, or f or its gradient are not finite, is rejected. Where the change of f is
// lost in rounding, -g(x+).d is taken for it, which it exceeds if f is convex. The paper's safeguard
// lambda = |g|/(gamma + 1e-8) is left out: then multiples of f have the same iterates. On convex f with
// a Lipschitz Hessian the gap after k iterations is O(1/k^2), on quasi-self-concordant f it falls linearly; errors
// |Hess f - H| <= C_1 + C_2 |g|^(1-b) leave both as they are but for an addend O(C_1/k).
//
// Cost per iteration: one H; and for each trial, of which there are two on average, one gradient
// and n^3/3 operations. Memory: 2 n^2.
//
// Semenov, Jaggi and Doikov, Gradient-normalized smoothness for optimization with approximate Hessians,
// ICLR 2026, arXiv:2506.13710, Algorithm 1 with the adaptive search.
type GNS struct {
	Gamma       float64 // first radius; > 0, default 1
	Trials      int     // trials of an iteration after which the run ends; default 40
	Approximate bool    // H is that of the oracle ApproximateHessian in place of the Hessian
}

func (s *gnsRun) Iterates(yield func([]float64) bool) {
	n := len(s.X)
	t := &gnsTrial{d: make([]float64, n), x: make([]float64, n), g: make([]float64, n), h: make([]float64, n*n), shifted: make([]float64, n*n)}
	t.chol.Reserve(n)
	for {
		if s.K == 0 {
			s.F = s.p.Gradient(s.G, s.X)
		}
		if vec.NrmInf(s.G) == 0 {
			s.reason = "the gradient is 0"
			return
		}
		if s.approx != nil {
			s.p.CountCoordinates(n)
			s.approx.ApproximateHessian(t.h, s.X)
		} else {
			s.p.Hessian(t.h, s.X)
		}
		if !s.search(t) {
			s.reason = fmt.Sprintf("no step decreases f enough down to the radius %.3g", s.Gamma)
			return
		}
		copy(s.X, t.x)
		copy(s.G, t.g)
		s.F = t.f
		s.Gamma = min(max(2*s.Gamma, 1e-9), 1e300)
		s.K++
		if !yield(s.X) {
			return
		}
	}
}

// gnsTrial is the scratch of trials from one x.
type gnsTrial struct {
	d, x, g    []float64 // step, point and gradient there
	f          float64
	h, shifted []float64 // H and H + lambda I
	chol       linalg.Cholesky
}

// search halves Gamma until a trial is accepted.
func (s *gnsRun) search(t *gnsTrial) bool {
	norm := vec.Nrm2(s.G)
	for range s.trials {
		if s.try(t, norm/s.Gamma) {
			return true
		}
		s.Gamma /= 2
	}
	return false
}

// try makes the trial with lambda and reports whether it is accepted.
func (s *gnsRun) try(t *gnsTrial, lambda float64) bool {
	n := len(s.X)
	copy(t.shifted, t.h)
	for i := range n {
		t.shifted[i*n+i] += lambda
	}
	if !t.chol.Factor(t.shifted, n) {
		return false
	}
	t.chol.Solve(t.d, s.G)
	vec.AxpyTo(t.x, -1, t.d, s.X)
	t.f = s.p.Gradient(t.g, t.x)
	decrease := s.F - t.f
	if math.Abs(decrease) < 1e-12*math.Abs(s.F) {
		decrease = vec.Dot(t.g, t.d) // d is minus the step here
	}
	square := vec.Dot(t.g, t.g)
	return decrease >= square/(8*lambda) && decrease <= math.MaxFloat64 && square <= math.MaxFloat64
}
