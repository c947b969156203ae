package gradient

import (
	"fmt"
	"math"
	"slices"

	"github.com/godescent/descent"
)

// HeavyBall is Polyak's gradient method with momentum.
//
// Problem class: L-smooth, mu-strongly convex f. On quadratics its rate is the optimal
// 1 - 2/(sqrt(L/mu) + 1); elsewhere it may cycle (Lessard, Recht and Packard 2016).
//
//	x_{k+1} = x_k - alpha g(x_k) + beta (x_k - x_{k-1})
//	alpha = 4/(sqrt(L) + sqrt(mu))^2,   beta = ((sqrt(L) - sqrt(mu))/(sqrt(L) + sqrt(mu)))^2
//
// Cost per iteration: one gradient. Memory: 3 n.
//
// Polyak, USSR Comput. Math. Math. Phys. 4(5), 1964; Lessard, Recht and Packard,
// arXiv:1408.3595.
type HeavyBall struct {
	L, Mu float64 // constants of f; 0 means the problem's
	Alpha float64 // step; 0 means the formula
	Beta  float64 // momentum in [0, 1); 0 means the formula, or none if Alpha is set
}

type heavyBallRun struct {
	p           *descent.Problem
	alpha, beta float64
	X, Prev     []float64 // x_k, x_{k-1}
}

// Start implements [descent.Method].
func (m HeavyBall) Start(p *descent.Problem, x0 []float64) (descent.Run, error) {
	if err := smooth("heavy-ball", p); err != nil {
		return nil, err
	}
	if err := positive("heavy-ball", "Alpha", m.Alpha); err != nil {
		return nil, err
	}
	if !(m.Beta >= 0 && m.Beta < 1) {
		return nil, fmt.Errorf("heavy-ball: Beta = %v: want 0 <= Beta < 1", m.Beta)
	}
	s := &heavyBallRun{p: p, alpha: m.Alpha, beta: m.Beta, X: slices.Clone(x0), Prev: slices.Clone(x0)}
	if m.Alpha == 0 {
		l, mu, err := constants("heavy-ball", p, m.L, m.Mu, true)
		if err != nil {
			return nil, err
		}
		a, b := math.Sqrt(l), math.Sqrt(mu)
		s.alpha = 4 / ((a + b) * (a + b))
		if m.Beta == 0 {
			s.beta = (a - b) * (a - b) / ((a + b) * (a + b))
		}
	}
	return s, nil
}

func (s *heavyBallRun) Iterates(yield func([]float64) bool) {
	g := make([]float64, len(s.X))
	for {
		s.p.Gradient(g, s.X)
		for i, x := range s.X {
			s.X[i] = x - s.alpha*g[i] + s.beta*(x-s.Prev[i])
			s.Prev[i] = x
		}
		if !yield(s.X) {
			return
		}
	}
}
