package proximal

import (
	"math"
	"slices"

	"github.com/godescent/descent"
)

// ProxGrad is the proximal gradient method (forward-backward splitting, ISTA) for
// convex, L-smooth f plus convex h:
//
//	x_{k+1} = p_L(x_k) = prox_{h/L}(x_k - grad f(x_k)/L)                (2.6), (3.1)
//	F(p_L(x)) <= f(x) + <grad f(x), p_L(x) - x> + (L/2)|p_L(x) - x|^2 + h(p_L(x))
//
// F(x_k) - F* <= L |x_0 - x*|^2 / (2k) with the fixed step 1/L (Theorem 3.1), twice
// that with the search, which doubles L until the second line holds (and compares
// gradients where values differ by rounding errors only). With h = 0 it is gradient
// descent.
//
// With BB the search is that of SpaRSA: it starts at the Barzilai-Borwein curvature
// L = <s, y>/<s, s> and accepts x_{k+1} if F(x_{k+1}) is below the largest of the last
// five values of F by (0.01/2) L |x_{k+1} - x_k|^2. That is often ten times faster,
// without a bound on F(x_k) - F*.
//
// Cost per iteration: one gradient and one prox, and as many again for each doubling
// of L. Memory: 4 vectors.
//
// Beck and Teboulle, A fast iterative shrinkage-thresholding algorithm for linear
// inverse problems, SIAM J. Imaging Sci. 2(1), 2009. Wright, Nowak and Figueiredo,
// Sparse reconstruction by separable approximation, IEEE Trans. Signal Process.
// 57(7), 2009.
type ProxGrad struct {
	Step      float64 // fixed step 1/L > 0, or the first trial of a search; 0 means 1/L where f knows L, else a search
	Backtrack bool    // search for the step even if it is known
	BB        bool    // search from Barzilai-Borwein steps, not monotone (SpaRSA)
}

type proxGradRun struct {
	p      *descent.Problem
	search bool
	bb     bool

	X, G   []float64  // x_k and the gradient there
	F      float64    // f(x_k)
	L      float64    // 1/step, 0 if not known yet
	Total  [5]float64 // the last values of f + h, for BB
	K      int
	reason string
}

// Start implements [descent.Method].
func (m ProxGrad) Start(p *descent.Problem, x0 []float64) (descent.Run, error) {
	l, search, err := startStep("prox-grad", p, m.Step, m.Backtrack || m.BB)
	if err != nil {
		return nil, err
	}
	return &proxGradRun{p: p, search: search, bb: m.BB, X: slices.Clone(x0), G: make([]float64, len(x0)), L: l}, nil
}

func (s *proxGradRun) StopReason() string { return s.reason }

func (s *proxGradRun) Iterates(yield func([]float64) bool) {
	n := len(s.X)
	x, g := make([]float64, n), make([]float64, n) // x_{k+1} and the gradient there
	if s.K == 0 {
		s.F = s.p.Gradient(s.G, s.X)
		if s.L == 0 {
			s.L = firstCurvature(s.p, s.G, s.X, x, g)
		}
		s.remember(s.F + s.p.Penalty(s.X))
	}
	for {
		l, f := s.L, 0.0
		for raises := 0; ; raises++ {
			for i := range x {
				x[i] = s.X[i] - s.G[i]/l
			}
			s.p.Prox(x, x, 1/l)
			f = s.p.Gradient(g, x)
			if !s.search || s.accepts(f, l, x, g) {
				break
			}
			if raises == maxRaises {
				s.reason = noStep
				return
			}
			l *= 2
		}
		s.L = l
		if s.bb {
			s.remember(f + s.p.Penalty(x))
			if l := secant(s.X, x, s.G, g); l > 0 {
				s.L = min(max(l, 1e-30), 1e30)
			}
		}
		copy(s.X, x)
		copy(s.G, g)
		s.F = f
		s.K++
		if !yield(s.X) {
			return
		}
	}
}

// remember records a value of F. Memory starts at x_1: x_0 may lie outside of the set.
func (s *proxGradRun) remember(total float64) {
	if s.K == 0 {
		for i := range s.Total {
			s.Total[i] = total
		}
	}
	s.Total[s.K%len(s.Total)] = total
}

// accepts reports whether the trial x, with the value f and gradient g there, will do.
func (s *proxGradRun) accepts(f, l float64, x, g []float64) bool {
	gd, dd := 0.0, 0.0
	for i, v := range x {
		d := v - s.X[i]
		gd += s.G[i] * d
		dd += d * d
	}
	if s.bb {
		worst, total := slices.Max(s.Total[:]), f+s.p.Penalty(x)
		if math.IsInf(worst, 1) { // the start lies outside of the set
			return total < worst
		}
		slack := 10 * eps * math.Abs(worst) // rounding errors must not shrink the step
		return total <= worst-0.01/2*l*dd+slack
	}
	ok, sure := below(f, s.F, gd, dd, l)
	return ok && sure || !sure && belowByGradients(g, s.G, x, s.X, l)
}

// secant returns <s, y>/<s, s> for the step s = x - x0 and y = g - g0.
func secant(x0, x, g0, g []float64) float64 {
	sy, ss := 0.0, 0.0
	for i, v := range x {
		d := v - x0[i]
		sy += d * (g[i] - g0[i])
		ss += d * d
	}
	return sy / ss
}
