package proximal

import (
	"fmt"
	"math"
	"slices"

	"github.com/godescent/descent"
)

// FISTA is the accelerated proximal gradient method for convex, L-smooth f plus
// convex h, with adaptive restart:
//
//	x_k = p_L(y_k) = prox_{h/L}(y_k - grad f(y_k)/L)                         (4.1)
//	t_{k+1} = (1 + sqrt(1 + 4 t_k^2))/2                                      (4.2)
//	y_{k+1} = x_k + ((t_k - 1)/t_{k+1}) (x_k - x_{k-1})                      (4.3)
//	restart: t_{k+1} = 1, y_{k+1} = x_k  where  <y_k - x_k, x_k - x_{k-1}> > 0
//
// Without restart F(x_k) - F* <= 2 L |x_0 - x*|^2 / (k+1)^2 (Theorem 4.4), twice that
// with the search, which doubles L until f(x_k) is below its quadratic model at y_k
// (and compares gradients where values differ by rounding errors only). Restart makes
// the rate linear where F grows quadratically, without knowing how fast; each restart
// also divides L by 4 in a search, as the bound begins anew there. The point y_k may leave
// the set that h stands for, so f must be defined everywhere. With h = 0 it is
// Nesterov's accelerated gradient method.
//
// Cost per iteration: one gradient and one prox, one value per trial of a search, one
// value for restart by function. Memory: 5 vectors.
//
// Beck and Teboulle, A fast iterative shrinkage-thresholding algorithm for linear
// inverse problems, SIAM J. Imaging Sci. 2(1), 2009. O'Donoghue and Candes, Adaptive
// restart for accelerated gradient schemes, Found. Comput. Math. 15, 2015, arXiv:1204.3982.
type FISTA struct {
	Step      float64 // fixed step 1/L > 0, or the first trial of a search; 0 means 1/L where f knows L, else a search
	Backtrack bool    // search for the step even if it is known
	Restart   string  // gradient, function (where F rises) or none; "" means gradient
}

type fistaRun struct {
	p       *descent.Problem
	search  bool
	restart string

	X, Y   []float64 // x_k, y_{k+1}
	T      float64   // t_{k+1}
	L      float64   // 1/step, 0 if not known yet
	Total  float64   // F(x_k), for restart by function
	reason string
}

// Start implements [descent.Method].
func (m FISTA) Start(p *descent.Problem, x0 []float64) (descent.Run, error) {
	l, search, err := startStep("fista", p, m.Step, m.Backtrack)
	if err != nil {
		return nil, err
	}
	switch m.Restart {
	case "":
		m.Restart = "gradient"
	case "gradient", "function", "none":
	default:
		return nil, fmt.Errorf("fista: restart %q: want gradient, function or none", m.Restart)
	}
	return &fistaRun{p: p, search: search, restart: m.Restart, X: slices.Clone(x0), Y: slices.Clone(x0), T: 1, L: l, Total: math.Inf(1)}, nil
}

func (s *fistaRun) StopReason() string { return s.reason }

func (s *fistaRun) Iterates(yield func([]float64) bool) {
	n := len(s.X)
	g, prev, gx := make([]float64, n), make([]float64, n), make([]float64, n)
	for {
		fy := s.p.Gradient(g, s.Y)
		if s.L == 0 {
			s.L = firstCurvature(s.p, g, s.Y, prev, gx)
		}
		copy(prev, s.X)
		fx, ok := s.step(g, gx, fy)
		if !ok {
			s.reason = noStep
			return
		}
		t := s.T
		s.T = (1 + math.Sqrt(1+4*t*t)) / 2
		beta := (t - 1) / s.T
		if s.uphill(prev, fx) {
			s.T, beta = 1, 0
			if s.search {
				s.L /= 4
			}
		}
		for i, v := range s.X {
			s.Y[i] = v + beta*(v-prev[i])
		}
		if !yield(s.X) {
			return
		}
	}
}

// step stores p_L(y_k) in X, for an L that passes the test of a search. It returns
// f(x_k) in a search. gx is scratch.
func (s *fistaRun) step(g, gx []float64, fy float64) (fx float64, ok bool) {
	for range maxRaises {
		for i := range s.X {
			s.X[i] = s.Y[i] - g[i]/s.L
		}
		s.p.Prox(s.X, s.X, 1/s.L)
		if !s.search {
			return 0, true
		}
		gd, dd := 0.0, 0.0
		for i, v := range s.X {
			d := v - s.Y[i]
			gd += g[i] * d
			dd += d * d
		}
		fx = s.p.Value(s.X)
		ok, sure := below(fx, fy, gd, dd, s.L)
		if !sure {
			s.p.Gradient(gx, s.X)
			ok = belowByGradients(gx, g, s.X, s.Y, s.L)
		}
		if ok {
			return fx, true
		}
		s.L *= 2
	}
	return fx, false
}

// uphill reports whether the momentum points uphill, so that it should be dropped.
func (s *fistaRun) uphill(prev []float64, fx float64) bool {
	switch s.restart {
	case "gradient":
		c := 0.0
		for i, v := range s.X {
			c += (s.Y[i] - v) * (v - prev[i])
		}
		return c > 0
	case "function":
		if !s.search {
			fx = s.p.Value(s.X)
		}
		last := s.Total
		s.Total = fx + s.p.Penalty(s.X)
		return s.Total > last
	}
	return false
}
