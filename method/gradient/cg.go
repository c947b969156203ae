package gradient

import (
	"fmt"
	"math"
	"slices"

	"github.com/godescent/descent"
	"github.com/godescent/descent/linesearch"
	"github.com/godescent/descent/vec"
)

// CG is the nonlinear conjugate gradient method with a strong Wolfe line search.
//
// Problem class: smooth f. With y = g_{k+1} - g_k:
//
//	x_{k+1} = x_k + t_k d_k,   d_{k+1} = -g_{k+1} + beta_k d_k
//	fr  beta = |g_{k+1}|^2 / |g_k|^2                         (Fletcher and Reeves 1964)
//	pr+ beta = max(0, g_{k+1}.y / |g_k|^2)                   (Polak and Ribiere 1969; Powell 1984)
//	hs  beta = g_{k+1}.y / d_k.y                             (Hestenes and Stiefel 1952)
//	dy  beta = |g_{k+1}|^2 / d_k.y                           (Dai and Yuan 1999)
//	hz  beta = max(b, -1/(|d_k| min(0.01, |g_k|))),
//	    b = (y - 2 d_k |y|^2 / d_k.y).g_{k+1} / d_k.y        (Hager and Zhang 2005)
//
// d is reset to -g where it is no direction of descent, after n steps, and where
// successive gradients are far from orthogonal, |g_{k+1}.g_k| > 0.2 |g_{k+1}|^2 (Powell
// 1977; not for pr+ and hz, which recover by themselves).
//
// Cost per iteration: one gradient per trial of the search, about 1.5. Memory: 5 n.
//
// Hager and Zhang, A survey of nonlinear conjugate gradient methods, Pacific J. Optim.
// 2(1), 2006.
type CG struct {
	Beta string  // fr, pr+, hs, dy or hz; "" means hz
	C2   float64 // curvature condition of the search, in (1e-4, 1), default 0.1
}

type cgRun struct {
	p       *descent.Problem
	rule    string
	search  linesearch.Wolfe
	reason  string
	X, G, D []float64 // x_k, g_k, d_k
	F, T    float64   // f(x_k), last step; T = 0 before the first
	K       int       // steps since the last reset
}

// Start implements [descent.Method].
func (m CG) Start(p *descent.Problem, x0 []float64) (descent.Run, error) {
	if err := smooth("cg", p); err != nil {
		return nil, err
	}
	if m.Beta == "" {
		m.Beta = "hz"
	}
	if !slices.Contains([]string{"fr", "pr+", "hs", "dy", "hz"}, m.Beta) {
		return nil, fmt.Errorf("cg: Beta = %q: want fr, pr+, hs, dy or hz", m.Beta)
	}
	if m.C2 == 0 {
		m.C2 = 0.1
	}
	if !(m.C2 > 1e-4 && m.C2 < 1) {
		return nil, fmt.Errorf("cg: C2 = %v: want 1e-4 < C2 < 1", m.C2)
	}
	n := len(x0)
	return &cgRun{p: p, rule: m.Beta, search: linesearch.Wolfe{C1: 1e-4, C2: m.C2}, X: slices.Clone(x0), G: make([]float64, n), D: make([]float64, n)}, nil
}

// StopReason says why the run ended by itself.
func (s *cgRun) StopReason() string { return s.reason }

func (s *cgRun) Iterates(yield func([]float64) bool) {
	n := len(s.X)
	trial, g := make([]float64, n), make([]float64, n)
	phi := func(t float64) (float64, float64) {
		vec.AxpyTo(trial, t, s.D, s.X)
		f := s.p.Gradient(g, trial)
		return f, vec.Dot(g, s.D)
	}
	slope := 0.0
	if s.T == 0 {
		s.F = s.p.Gradient(s.G, s.X)
		slope = s.reset()
	} else {
		slope = vec.Dot(s.G, s.D)
	}
	for {
		t0 := s.T
		if t0 == 0 {
			t0 = 1 / math.Sqrt(-slope)
		}
		t, f, _, _, status := s.search.Search(phi, s.F, slope, t0)
		if t == 0 && s.K > 0 { // once more, along -g
			slope = s.reset()
			t, f, _, _, status = s.search.Search(phi, s.F, slope, 1/math.Sqrt(-slope))
		}
		if t == 0 {
			s.reason = "no step along -g decreases f: " + status.String()
			return
		}
		copy(s.X, trial)
		s.F = f
		s.K++
		before := slope
		slope = s.turn(g)
		s.T = t * min(max(before/slope, 0.1), 10) // the same first decrease as in the last step
		if !yield(s.X) {
			return
		}
	}
}

// reset makes -g the direction and returns its slope.
func (s *cgRun) reset() float64 {
	vec.AxpyTo(s.D, -2, s.G, s.G)
	s.K = 0
	return vec.Dot(s.G, s.D)
}

// turn makes g the current gradient, chooses the next direction and returns its slope.
func (s *cgRun) turn(g []float64) float64 {
	gg, old, cross := vec.Dot(g, g), vec.Dot(s.G, s.G), vec.Dot(g, s.G)
	dg, dg0 := vec.Dot(s.D, g), vec.Dot(s.D, s.G)
	gy, dy, yy := gg-cross, dg-dg0, gg-2*cross+old
	beta := 0.0
	switch s.rule {
	case "fr":
		beta = gg / old
	case "pr+":
		beta = max(0, gy/old)
	case "hs":
		beta = gy / dy
	case "dy":
		beta = gg / dy
	case "hz":
		beta = max((gy-2*dg*yy/dy)/dy, -1/(vec.Nrm2(s.D)*min(0.01, math.Sqrt(old))))
	}
	copy(s.G, g)
	powell := s.rule != "pr+" && s.rule != "hz" && math.Abs(cross) > 0.2*gg
	if s.K >= len(g) || powell || !(math.Abs(beta) < math.Inf(1)) {
		return s.reset()
	}
	vec.Scal(beta, s.D)
	vec.Axpy(-1, g, s.D)
	if slope := vec.Dot(g, s.D); slope < 0 {
		return slope
	}
	return s.reset()
}
