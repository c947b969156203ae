package gradient

import (
	"fmt"
	"math"
	"slices"

	"github.com/godescent/descent"
	"github.com/godescent/descent/linesearch"
	"github.com/godescent/descent/vec"
)

// BB is the Barzilai-Borwein gradient method with a non-monotone safeguard.
//
// Problem class: smooth f. With s = x_k - x_{k-1}, y = g_k - g_{k-1}:
//
//	x_{k+1} = x_k - t a_k g_k,   a_k = s.s/s.y (long) or s.y/y.y (short)
//
// where a_k is kept in [1e-30, 1e30], is set to 1e30-bounded 1/|g| where s.y <= 0, and t is
// the first of 1, 1/2, 1/4, ... with
//
//	f(x_{k+1}) <= max_{0 <= j < Window} f(x_{k-j}) - C1 t a_k |g_k|^2
//
// (Grippo, Lampariello and Lucidi 1986; Raydan 1997). R-linear on strongly convex
// quadratics, in practice far faster than gradient descent, and not monotone.
//
// Cost per iteration: one gradient and one value per trial. Memory: 4 n.
//
// Barzilai and Borwein, IMA J. Numer. Anal. 8, 1988; Raydan, SIAM J. Optim. 7, 1997.
type BB struct {
	Rule   string  // long or short; "" means long
	Window int     // how many values the safeguard looks back; default 10
	C1     float64 // sufficient decrease, in (0, 1), default 1e-4
}

type bbRun struct {
	p      *descent.Problem
	short  bool
	c1     float64
	reason string

	X, G []float64 // x_k and g_{k-1}
	Last []float64 // the last values of f
	A    float64   // t a_{k-1}: x_k = x_{k-1} - A g_{k-1}; 0 before the first step
	K    int
}

// Start implements [descent.Method].
func (m BB) Start(p *descent.Problem, x0 []float64) (descent.Run, error) {
	if err := smooth("bb", p); err != nil {
		return nil, err
	}
	if m.Window == 0 {
		m.Window = 10
	}
	s := &bbRun{p: p, c1: m.C1, X: slices.Clone(x0), G: make([]float64, len(x0))}
	if s.c1 == 0 {
		s.c1 = 1e-4
	}
	switch {
	case !(s.c1 > 0 && s.c1 < 1):
		return nil, fmt.Errorf("bb: C1 = %v: want 0 < C1 < 1", m.C1)
	case m.Window < 0:
		return nil, fmt.Errorf("bb: Window = %d: want at least 1", m.Window)
	case m.Rule != "" && m.Rule != "long" && m.Rule != "short":
		return nil, fmt.Errorf("bb: Rule = %q: want long or short", m.Rule)
	}
	s.short = m.Rule == "short"
	s.Last = make([]float64, m.Window)
	for i := range s.Last {
		s.Last[i] = math.Inf(-1)
	}
	return s, nil
}

// StopReason says why the run ended by itself.
func (s *bbRun) StopReason() string { return s.reason }

func (s *bbRun) Iterates(yield func([]float64) bool) {
	n := len(s.X)
	g, trial := make([]float64, n), make([]float64, n)
	phi := func(t float64) float64 {
		vec.AxpyTo(trial, -t, g, s.X)
		return s.p.Value(trial)
	}
	for {
		f := s.p.Gradient(g, s.X)
		s.Last[s.K%len(s.Last)] = f
		gg := vec.Dot(g, g)
		a := 1 / math.Sqrt(gg)
		if s.A > 0 {
			// s = -A g_{k-1}, y = g - g_{k-1}
			old := vec.Dot(s.G, s.G)
			cross := vec.Dot(s.G, g)
			ss, sy, yy := s.A*s.A*old, s.A*(old-cross), gg-2*cross+old
			if sy > 0 && !s.short {
				a = ss / sy
			} else if sy > 0 {
				a = sy / yy
			}
		}
		a = min(max(a, 1e-30), 1e30)
		t, _, ok := linesearch.Armijo(phi, slices.Max(s.Last), -gg, a, s.c1, 0.5, 100)
		if !ok {
			s.reason = "no step along -g decreases f"
			return
		}
		vec.Axpy(-t, g, s.X)
		copy(s.G, g)
		s.A = t
		s.K++
		if !yield(s.X) {
			return
		}
	}
}
