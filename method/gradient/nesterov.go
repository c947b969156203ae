package gradient

import (
	"math"
	"slices"

	"github.com/godescent/descent"
	"github.com/godescent/descent/vec"
)

// Nesterov is Nesterov's accelerated gradient method for convex f.
//
// Problem class: convex, L-smooth f. In the form of Beck and Teboulle (2009) with g = 0:
//
//	x_k = y_k - g(y_k)/L                                   (4.1)
//	t_{k+1} = (1 + sqrt(1 + 4 t_k^2))/2                    (4.2)
//	y_{k+1} = x_k + ((t_k - 1)/t_{k+1}) (x_k - x_{k-1})    (4.3)
//
// f(x_k) - f* <= 2 L |x_0 - x*|^2 / (k+1)^2 (Theorem 4.4). Where L is unknown it is found by
// doubling until f(x_k) <= f(y_k) - |g(y_k)|^2/(2L). Restart sets t = 1, y = x where
// g(y_k).(x_k - x_{k-1}) > 0 (O'Donoghue and Candes 2015): linear convergence on
// strongly convex f without knowing mu.
//
// Cost per iteration: one gradient; one value per trial of L where it is unknown.
// Memory: 4 n.
//
// Nesterov 1983, Doklady 269(3); Beck and Teboulle, SIAM J. Imaging Sci. 2(1), 2009;
// O'Donoghue and Candes, arXiv:1204.3982.
type Nesterov struct {
	L       float64 // Lipschitz constant; 0 means the problem's, else found by doubling
	Restart bool    // adaptive restart by gradient
}

type nesterovRun struct {
	p       *descent.Problem
	search  bool
	restart bool
	reason  string
	X, Y    []float64 // x_k, y_{k+1}
	T, L    float64   // t_{k+1}, current L
}

// Start implements [descent.Method].
func (m Nesterov) Start(p *descent.Problem, x0 []float64) (descent.Run, error) {
	if err := smooth("nesterov", p); err != nil {
		return nil, err
	}
	if err := positive("nesterov", "L", m.L); err != nil {
		return nil, err
	}
	s := &nesterovRun{p: p, restart: m.Restart, X: slices.Clone(x0), Y: slices.Clone(x0), T: 1, L: m.L}
	if o, ok := p.Objective.(descent.Lipschitz); ok && s.L == 0 {
		s.L = o.Lipschitz()
	}
	if s.L == 0 || math.IsInf(s.L, 0) {
		s.search, s.L = true, 0
	}
	return s, nil
}

// StopReason says why the run ended by itself.
func (s *nesterovRun) StopReason() string { return s.reason }

func (s *nesterovRun) Iterates(yield func([]float64) bool) {
	g, prev := make([]float64, len(s.X)), make([]float64, len(s.X))
	for {
		f := s.p.Gradient(g, s.Y)
		copy(prev, s.X)
		if s.search && !s.double(f, g) {
			s.reason = "no L up to 1e30 times the first trial bounds the curvature of f"
			return
		}
		vec.AxpyTo(s.X, -1/s.L, g, s.Y) // (4.1)
		t := s.T
		s.T = (1 + math.Sqrt(1+4*t*t)) / 2 // (4.2)
		beta := (t - 1) / s.T
		turn := 0.0
		for i, x := range s.X {
			turn += g[i] * (x - prev[i])
		}
		if s.restart && turn > 0 {
			s.T, beta = 1, 0
		}
		for i, x := range s.X {
			s.Y[i] = x + beta*(x-prev[i]) // (4.3)
		}
		if !yield(s.X) {
			return
		}
	}
}

// double raises L until f(y - g/L) <= f(y) - |g|^2/(2L), up to rounding errors. The first
// L is lowered before: too large a guess would slow the whole run.
func (s *nesterovRun) double(f float64, g []float64) bool {
	gg := vec.Dot(g, g)
	if s.L == 0 {
		s.L = math.Sqrt(gg) / max(1, vec.Nrm2(s.Y)) // a first step as long as y
		for range 100 {
			if !s.bounds(f, gg, g) {
				break
			}
			s.L /= 2
		}
	}
	for range 100 {
		if s.bounds(f, gg, g) {
			return true
		}
		s.L *= 2
	}
	return false
}

// bounds reports whether L bounds the curvature of f between y and y - g/L.
func (s *nesterovRun) bounds(f, gg float64, g []float64) bool {
	vec.AxpyTo(s.X, -1/s.L, g, s.Y)
	return s.p.Value(s.X) <= f-gg/(2*s.L)+1e-15*math.Abs(f)
}
