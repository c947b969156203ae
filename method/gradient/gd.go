package gradient

import (
	"fmt"
	"slices"

	"github.com/godescent/descent"
	"github.com/godescent/descent/linesearch"
	"github.com/godescent/descent/vec"
)

// GD is gradient descent with a fixed step or Armijo backtracking.
//
// Problem class: smooth f; convergence to a stationary point.
//
//	x_{k+1} = x_k - t_k g(x_k)
//
// Rule fixed: t_k = Step, by default 1/L, for which f(x_k) - f* <= L |x_0 - x*|^2 / (2k) on
// convex f and f(x_k) - f* <= (1 - mu/L)^k (f(x_0) - f*) on strongly convex f. Rule armijo:
// t_k is the first of s, s/2, s/4, ... with f(x_k - t g) <= f(x_k) - C1 t |g|^2, where s
// is twice the last step, at first Step or 1/|g|.
//
// Cost per iteration: one gradient; with armijo one value per trial. Memory: 2 n.
//
// Cauchy 1847; Armijo 1966; Nesterov, Introductory Lectures on Convex Optimization, 2004,
// section 2.1.5.
type GD struct {
	Rule string  // fixed or armijo; "" means armijo
	Step float64 // fixed: the step, 0 means 1/L; armijo: the first trial, 0 means 1/|g|
	C1   float64 // armijo: sufficient decrease, in (0, 1), default 1e-4
}

type gdRun struct {
	p      *descent.Problem
	armijo bool
	c1     float64
	reason string
	X      []float64
	T      float64 // step, or the last one; 0 before the first
}

// Start implements [descent.Method].
func (m GD) Start(p *descent.Problem, x0 []float64) (descent.Run, error) {
	if err := smooth("gd", p); err != nil {
		return nil, err
	}
	if err := positive("gd", "Step", m.Step); err != nil {
		return nil, err
	}
	s := &gdRun{p: p, c1: m.C1, T: m.Step, X: slices.Clone(x0)}
	if s.c1 == 0 {
		s.c1 = 1e-4
	}
	if !(s.c1 > 0 && s.c1 < 1) {
		return nil, fmt.Errorf("gd: C1 = %v: want 0 < C1 < 1", m.C1)
	}
	switch m.Rule {
	case "", "armijo":
		s.armijo = true
		s.T /= 2 // it is doubled before the first trial
	case "fixed":
		if s.T == 0 {
			l, _, err := constants("gd", p, 0, 0, false)
			if err != nil {
				return nil, err
			}
			s.T = 1 / l
		}
	default:
		return nil, fmt.Errorf("gd: Rule = %q: want fixed or armijo", m.Rule)
	}
	return s, nil
}

// StopReason says why the run ended by itself.
func (s *gdRun) StopReason() string { return s.reason }

func (s *gdRun) Iterates(yield func([]float64) bool) {
	g, trial := make([]float64, len(s.X)), make([]float64, len(s.X))
	phi := func(t float64) float64 {
		vec.AxpyTo(trial, -t, g, s.X)
		return s.p.Value(trial)
	}
	for {
		f := s.p.Gradient(g, s.X)
		if s.armijo {
			gg := vec.Dot(g, g)
			t0 := 2 * s.T
			if t0 == 0 {
				t0 = 1 / vec.Nrm2(g)
			}
			t, _, ok := linesearch.Armijo(phi, f, -gg, t0, s.c1, 0.5, 100)
			if !ok {
				s.reason = "no step along -g decreases f"
				return
			}
			s.T = t
		}
		vec.Axpy(-s.T, g, s.X)
		if !yield(s.X) {
			return
		}
	}
}
