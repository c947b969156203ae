// Package newton has second-order methods: Newton's method with a factorized
// Hessian for problems of small dimension, and trust-region Newton-CG, which needs
// Hessian-vector products only.
package newton

import (
	"fmt"
	"math"
	"slices"

	"github.com/godescent/descent"
	"github.com/godescent/descent/linalg"
	"github.com/godescent/descent/linesearch"
	"github.com/godescent/descent/vec"
)

// Newton is Newton's method with a Cholesky factorization and Armijo backtracking.
//
// Problem class: smooth f with a dense Hessian, in up to a few thousand variables;
// convex or not.
//
//	(H(x_k) + tau I) d_k = -g(x_k),   x_{k+1} = x_k + t d_k
//
// tau is 0 where H is positive definite, else the first of Beta, 4 Beta, 16 Beta, ...
// (times the largest diagonal element) for which the factorization succeeds
// (Nocedal and Wright 2006, Algorithm 3.3). t is the first of 1, 1/2, 1/4, ... with
// f(x + t d) <= f(x) + C1 t g.d, up to the rounding error of f. Where H is positive
// definite and Lipschitz near the solution, convergence is quadratic.
//
// Cost per iteration: one gradient, one Hessian, n^3/3 operations, one or more
// values. Memory: 2 n^2.
type Newton struct {
	C1   float64 // sufficient decrease; in (0, 1/2), default 1e-4
	Beta float64 // first shift of an indefinite Hessian, relative; > 0, default 1e-3
}

type newtonRun struct {
	p        *descent.Problem
	c1, beta float64
	reason   string
	X        []float64
}

// Start validates options and oracles: HessianMatrix and Smooth.
func (m Newton) Start(p *descent.Problem, x0 []float64) (descent.Run, error) {
	s := &newtonRun{p: p, c1: m.C1, beta: m.Beta, X: slices.Clone(x0)}
	if s.c1 == 0 {
		s.c1 = 1e-4
	}
	if s.beta == 0 {
		s.beta = 1e-3
	}
	if !(s.c1 > 0 && s.c1 < 0.5) {
		return nil, fmt.Errorf("newton: C1 = %v: want 0 < C1 < 1/2", m.C1)
	}
	if !(s.beta > 0) || math.IsInf(s.beta, 0) {
		return nil, fmt.Errorf("newton: Beta = %v: want a positive number", m.Beta)
	}
	if err := p.Unregularized("newton"); err != nil {
		return nil, err
	}
	if _, err := descent.Require[descent.Smooth](p); err != nil {
		return nil, err
	}
	if _, err := descent.Require[descent.HessianMatrix](p); err != nil {
		return nil, err
	}
	return s, nil
}

// StopReason says why the run ended by itself.
func (s *newtonRun) StopReason() string { return s.reason }

func (s *newtonRun) Iterates(yield func([]float64) bool) {
	n := len(s.X)
	g, d, trial, h := make([]float64, n), make([]float64, n), make([]float64, n), make([]float64, n*n)
	var chol linalg.Cholesky
	phi := func(t float64) float64 {
		vec.AxpyTo(trial, t, d, s.X)
		return s.p.Value(trial)
	}
	for {
		f := s.p.Gradient(g, s.X)
		s.p.Hessian(h, s.X)
		if !s.factor(&chol, h, n) {
			s.reason = "the Hessian is not finite"
			return
		}
		chol.Solve(d, g)
		vec.Scal(-1, d)
		slope := vec.Dot(g, d)
		noise := 4 * 0x1p-52 * math.Abs(f) // decrease below it cannot be measured
		t, _, ok := linesearch.Armijo(phi, f+noise, slope, 1, s.c1, 0.5, 50)
		if !ok {
			s.reason = "no decrease along the Newton direction"
			return
		}
		vec.Axpy(t, d, s.X)
		if !yield(s.X) {
			return
		}
	}
}

// factor factorizes H + tau I with the first tau that makes it positive definite.
func (s *newtonRun) factor(chol *linalg.Cholesky, h []float64, n int) bool {
	if chol.Factor(h, n) {
		return true
	}
	top := 0.0
	for i := range n {
		top = max(top, math.Abs(h[i*n+i]))
	}
	if top == 0 {
		top = 1
	}
	tau := 0.0
	for shift := s.beta * top; shift < 1e20*top; shift *= 4 {
		for i := range n {
			h[i*n+i] += shift - tau
		}
		tau = shift
		if chol.Factor(h, n) {
			return true
		}
	}
	return false
}
