package quasinewton

import (
	"math"
	"slices"

	"github.com/godescent/descent"
	"github.com/godescent/descent/linesearch"
	"github.com/godescent/descent/vec"
)

// LBFGS is the limited-memory BFGS method for smooth unconstrained problems:
//
//	d = -H g                               two-loop recursion (Nocedal 1980)
//	x+ = x + t d                           t from a strong Wolfe search, first t = 1
//	s = x+ - x,  y = g+ - g                the last Memory pairs define H, on top of
//	H0 = gamma I,  gamma = s'y / y'y       (Liu and Nocedal 1989, scaling M3)
//
// The first trial along -g has the length 1 at most. A pair enters where s'y > eps |y|^2,
// so H stays positive definite. Where the search finds no better point the method
// restarts along -g once, and then stops. Near a minimizer, where values differ by
// rounding errors only, the search goes by slopes (see [linesearch.Wolfe]).
//
// Cost: one gradient for most iterations, 4 Memory n multiplications, memory for
// 2 Memory + 5 vectors. References: J. Nocedal, Math. Comp. 35, 1980; D. C. Liu and
// J. Nocedal, On the limited memory BFGS method for large scale optimization, Math.
// Prog. 45, 1989.
type LBFGS struct {
	Memory int     // pairs (s, y), at least 1; default 10
	C1     float64 // sufficient decrease of the search, in (0, C2); default 1e-4
	C2     float64 // curvature condition of the search, in (C1, 1); default 0.6: fewer evaluations than 0.9 on small hard problems, as many on large convex ones
}

type lbfgsRun struct {
	p      *descent.Problem
	search linesearch.Wolfe
	why    string

	X, G    []float64 // iterate and gradient
	F       float64   // value
	Started bool      // G and F belong to X
	Pairs   pairs
}

// Start checks the options and that the problem is smooth and has no regularizer.
func (m LBFGS) Start(p *descent.Problem, x0 []float64) (descent.Run, error) {
	o, err := pairOptions("lbfgs", m.Memory, m.C1, m.C2)
	if err != nil {
		return nil, err
	}
	if err := p.Unregularized("lbfgs"); err != nil {
		return nil, err
	}
	if _, err := descent.Require[descent.Smooth](p); err != nil {
		return nil, err
	}
	n := len(x0)
	return &lbfgsRun{p: p, search: linesearch.Wolfe{C1: o.C1, C2: o.C2}, X: slices.Clone(x0), G: make([]float64, n),
		Pairs: newPairs(o.Memory, n)}, nil
}

// StopReason says why the run ended by itself.
func (s *lbfgsRun) StopReason() string { return s.why }

// Hint returns the infinity norm of the gradient.
func (s *lbfgsRun) Hint() float64 { return vec.NrmInf(s.G) }

// Iterates implements descent.Run.
func (s *lbfgsRun) Iterates(yield func([]float64) bool) {
	n := len(s.X)
	d, x, g, alpha := make([]float64, n), make([]float64, n), make([]float64, n), make([]float64, len(s.Pairs.S))
	phi := func(t float64) (float64, float64) {
		vec.AxpyTo(x, t, d, s.X)
		f := s.p.Gradient(g, x)
		return f, vec.Dot(g, d)
	}
	if !s.Started {
		s.F, s.Started = s.p.Gradient(s.G, s.X), true
	}
	for {
		s.Pairs.descend(d, s.G, alpha)
		slope, first := vec.Dot(s.G, d), 1.0
		if s.Pairs.Count == 0 {
			first = min(1, 1/math.Sqrt(-slope))
		}
		t, f, _, _, status := s.search.Search(phi, s.F, slope, first)
		if t == 0 {
			if s.Pairs.Count == 0 {
				s.why = "the search along the negative gradient finds no lower point: " + status.String()
				return
			}
			s.Pairs.Count = 0
			continue
		}
		s.Pairs.push(s.X, x, s.G, g)
		s.X, x = x, s.X
		s.G, g = g, s.G
		s.F = f
		if !yield(s.X) {
			return
		}
	}
}
