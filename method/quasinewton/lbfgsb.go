package quasinewton

import (
	"math"
	"slices"

	"github.com/godescent/descent"
	"github.com/godescent/descent/linesearch"
	"github.com/godescent/descent/vec"
)

// LBFGSB is limited-memory BFGS for smooth problems with bounds, lower <= x <= upper,
// any of which may be infinite or equal:
//
//	x^c = the generalized Cauchy point     the first minimizer of the quadratic model
//	                                       along P(x - t g), t >= 0 (Byrd et al., 4)
//	z   = argmin of the model over the variables strictly within their bounds at x^c (5.1)
//	z   = P(z) if that is a direction of descent from x, else the point where the way
//	      from x^c to z leaves the box (Morales and Nocedal 2011)
//	x+  = x + t (z - x)                    t from a strong Wolfe search, first t = 1
//
// The model has the Hessian B of the last Memory pairs, in compact form. Every iterate
// is within the bounds, exactly; a start outside is moved to the nearest point inside.
// Without bounds the iterates are those of [LBFGS], as are restarts and searches; with
// all bounds finite the first trial is z itself.
//
// Cost: one gradient for most iterations, about 10 Memory n multiplications, and
// Memory^2 for each bound on the way to x^c and for each variable on one side. Memory:
// 2 Memory + 10 vectors. References: R. H. Byrd, P. Lu, J. Nocedal and C. Zhu, A limited
// memory algorithm for bound constrained optimization, SIAM J. Sci. Comput. 16, 1995;
// J. L. Morales and J. Nocedal, Remark on algorithm 778, ACM TOMS 38, 2011.
type LBFGSB struct {
	Memory int     // pairs (s, y), at least 1; default 10
	C1     float64 // sufficient decrease of the search, in (0, C2); default 1e-4
	C2     float64 // curvature condition of the search, in (C1, 1); default 0.6
}

type lbfgsbRun struct {
	p            *descent.Problem
	search       linesearch.Wolfe
	lower, upper []float64
	bounded      bool // some bound is finite
	boxed        bool // all bounds are finite
	moved        bool // the start was outside
	why          string

	X, G    []float64 // iterate and gradient
	F       float64   // value
	Started bool      // G and F belong to X
	Pairs   pairs
}

// Start checks the options, that the problem is smooth, and its bounds.
func (m LBFGSB) Start(p *descent.Problem, x0 []float64) (descent.Run, error) {
	o, err := pairOptions("lbfgsb", m.Memory, m.C1, m.C2)
	if err != nil {
		return nil, err
	}
	if _, err := descent.Require[descent.Smooth](p); err != nil {
		return nil, err
	}
	n := len(x0)
	s := &lbfgsbRun{p: p, search: linesearch.Wolfe{C1: o.C1, C2: o.C2}, X: slices.Clone(x0), G: make([]float64, n), Pairs: newPairs(o.Memory, n)}
	if s.lower, s.upper, err = bounds(p, n); err != nil {
		return nil, err
	}
	infinite := func(v float64) bool { return math.IsInf(v, 0) }
	finite := func(v float64) bool { return !infinite(v) }
	s.bounded = slices.ContainsFunc(s.lower, finite) || slices.ContainsFunc(s.upper, finite)
	s.boxed = !slices.ContainsFunc(s.lower, infinite) && !slices.ContainsFunc(s.upper, infinite)
	s.clip(s.X)
	s.moved = !slices.Equal(s.X, x0)
	return s, nil
}

// StopReason says why the run ended by itself.
func (s *lbfgsbRun) StopReason() string { return s.why }

// Hint returns the infinity norm of the projected gradient, x - P(x - g).
func (s *lbfgsbRun) Hint() float64 {
	h := 0.0
	for i, x := range s.X {
		h = max(h, math.Abs(x-min(max(x-s.G[i], s.lower[i]), s.upper[i])))
	}
	return h
}

// Iterates implements descent.Run.
func (s *lbfgsbRun) Iterates(yield func([]float64) bool) {
	n, m := len(s.X), len(s.Pairs.S)
	d, z, x, g := make([]float64, n), make([]float64, n), make([]float64, n), make([]float64, n)
	model := newModel(s, m)
	phi := func(t float64) (float64, float64) {
		vec.AxpyTo(x, t, d, s.X)
		if t == 1 && s.bounded {
			copy(x, z) // bitwise, where x + (z - x) is not
		}
		s.clip(x)
		f := s.p.Gradient(g, x)
		return f, vec.Dot(g, d)
	}
	if !s.Started {
		s.F, s.Started = s.p.Gradient(s.G, s.X), true
		if s.moved && !yield(s.X) { // it may be the answer
			return
		}
	}
	for {
		longest := model.direction(d, z)
		slope, first := vec.Dot(s.G, d), 1.0
		if s.Pairs.Count == 0 && !s.boxed {
			first = min(1, 1/math.Sqrt(vec.Dot(d, d)))
		}
		search := s.search
		search.TMax = longest
		t, f, _, _, status := search.Search(phi, s.F, slope, first)
		if t == 0 || slices.Equal(x, s.X) {
			if s.Pairs.Count == 0 {
				s.why = "the search along the projected negative gradient finds no lower point: " + status.String()
				return
			}
			s.Pairs.Count = 0
			continue
		}
		if j := s.Pairs.push(s.X, x, s.G, g); j >= 0 && s.bounded {
			model.b.add(j)
		}
		s.X, x = x, s.X
		s.G, g = g, s.G
		s.F = f
		if !yield(s.X) {
			return
		}
	}
}
