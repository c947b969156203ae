// Package krylov has methods for quadratic problems and linear systems that need
// matrix-vector products only.
package krylov

import (
	"fmt"
	"math"
	"slices"

	"github.com/godescent/descent"
	"github.com/godescent/descent/vec"
)

// Quadratic is an optional oracle: whether f is a quadratic, so that its Hessian is the
// same everywhere.
type Quadratic interface {
	Quadratic() bool
}

// CG is the conjugate gradient method of Hestenes and Stiefel.
//
// Problem class: convex quadratic f(x) = x.Ax/2 - b.x + c, least squares and ridge
// regression among them. With the residual r = b - Ax = -g(x):
//
//	alpha = r.r / d.Ad,   x += alpha d,   r -= alpha Ad
//	beta = r.r (new) / r.r (old),   d = r + beta d
//
// |x_k - x*|_A <= 2 ((sqrt(kappa)-1)/(sqrt(kappa)+1))^k |x_0 - x*|_A, and x_n = x* in exact
// arithmetic. Rounding errors of the recurrence for r add up, so r is computed afresh
// every Refresh iterations.
//
// Cost per iteration: one Hessian-vector product; a gradient every Refresh iterations.
// Memory: 4 n.
//
// Hestenes and Stiefel, Methods of conjugate gradients for solving linear systems,
// J. Res. Natl. Bur. Stand. 49(6), 1952.
type CG struct {
	Refresh int // iterations between fresh residuals; default 50
}

type cgRun struct {
	p       *descent.Problem
	refresh int
	mu      float64 // strong convexity, 0 if unknown
	reason  string
	X, R, D []float64 // x_k, r_k, direction; D is empty before the first step
	K       int
}

// Start implements [descent.Method].
func (m CG) Start(p *descent.Problem, x0 []float64) (descent.Run, error) {
	if m.Refresh < 0 {
		return nil, fmt.Errorf("linear-cg: Refresh = %d: want at least 1, or 0 for the default", m.Refresh)
	}
	if m.Refresh == 0 {
		m.Refresh = 50
	}
	if err := p.Unregularized("linear-cg"); err != nil {
		return nil, err
	}
	if _, err := descent.Require[descent.Smooth](p); err != nil {
		return nil, err
	}
	if _, err := descent.Require[descent.HessianVector](p); err != nil {
		return nil, err
	}
	q, err := descent.Require[Quadratic](p)
	if err != nil {
		return nil, err
	}
	if !q.Quadratic() {
		return nil, fmt.Errorf("linear-cg: problem %s is no quadratic: want least squares, or use tr-newton-cg", p.Name)
	}
	n, mu := len(x0), 0.0
	if c, ok := p.Objective.(descent.StrongConvexity); ok {
		mu = c.StrongConvexity()
	}
	return &cgRun{p: p, mu: mu, refresh: m.Refresh, X: slices.Clone(x0), R: make([]float64, n), D: make([]float64, n)}, nil
}

// StopReason says why the run ended by itself.
func (s *cgRun) StopReason() string { return s.reason }

// Hint returns the norm of the gradient as the recurrence has it.
func (s *cgRun) Hint() float64 { return vec.NrmInf(s.R) }

// GapHint returns |r|^2/(2 mu), which bounds f(x) - f*.
func (s *cgRun) GapHint() float64 {
	if s.mu == 0 || s.K == 0 {
		return math.Inf(1)
	}
	return vec.Dot(s.R, s.R) / (2 * s.mu)
}

func (s *cgRun) Iterates(yield func([]float64) bool) {
	ad := make([]float64, len(s.X))
	for {
		if s.K == 0 {
			s.residual()
			copy(s.D, s.R)
		} else if s.K%s.refresh == 0 {
			s.residual()
		}
		s.p.HessVec(ad, s.X, s.D)
		rr, curve := vec.Dot(s.R, s.R), vec.Dot(s.D, ad)
		alpha := vec.Dot(s.R, s.D) / curve // r.r / d.Ad but for a fresh residual
		if !(curve > 0) {
			s.reason = "no curvature along the direction: f is flat or not convex there"
			return
		}
		vec.Axpy(alpha, s.D, s.X)
		vec.Axpy(-alpha, ad, s.R)
		vec.Scal(vec.Dot(s.R, s.R)/rr, s.D)
		vec.Axpy(1, s.R, s.D)
		s.K++
		if !yield(s.X) {
			return
		}
	}
}

// residual computes r = -g(x).
func (s *cgRun) residual() {
	s.p.Gradient(s.R, s.X)
	vec.Scal(-1, s.R)
}
