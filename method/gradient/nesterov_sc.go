package gradient

import (
	"math"
	"slices"

	"github.com/godescent/descent"
	"github.com/godescent/descent/vec"
)

// NesterovSC is Nesterov's accelerated gradient method with constant momentum.
//
// Problem class: L-smooth, mu-strongly convex f. With s = 1/L:
//
//	y_k = x_k + b (x_k - x_{k-1}),   b = (1 - sqrt(mu s))/(1 + sqrt(mu s))
//	x_{k+1} = y_k - s g(y_k)
//
// f(x_k) - f* = O((1 - sqrt(mu/L))^k). mu must be a lower bound: an overestimate breaks it.
//
// Cost per iteration: one gradient. Memory: 4 n.
//
// Nesterov, Introductory Lectures on Convex Optimization, 2004, (2.2.11).
type NesterovSC struct {
	L, Mu float64 // constants of f; 0 means the problem's
}

type nesterovSCRun struct {
	p       *descent.Problem
	s, b    float64
	X, Prev []float64 // x_k, x_{k-1}
}

// Start implements [descent.Method].
func (m NesterovSC) Start(p *descent.Problem, x0 []float64) (descent.Run, error) {
	if err := smooth("nesterov-sc", p); err != nil {
		return nil, err
	}
	l, mu, err := constants("nesterov-sc", p, m.L, m.Mu, true)
	if err != nil {
		return nil, err
	}
	q := math.Sqrt(mu / l)
	return &nesterovSCRun{p: p, s: 1 / l, b: (1 - q) / (1 + q), X: slices.Clone(x0), Prev: slices.Clone(x0)}, nil
}

func (s *nesterovSCRun) Iterates(yield func([]float64) bool) {
	y, g := make([]float64, len(s.X)), make([]float64, len(s.X))
	for {
		for i, x := range s.X {
			y[i] = x + s.b*(x-s.Prev[i])
		}
		s.p.Gradient(g, y)
		copy(s.Prev, s.X)
		vec.AxpyTo(s.X, -s.s, g, y)
		if !yield(s.X) {
			return
		}
	}
}
