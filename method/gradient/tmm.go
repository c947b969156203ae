package gradient

import (
	"math"
	"slices"

	"github.com/godescent/descent"
)

// TripleMomentum is the triple momentum method: the fastest known fixed-step
// gradient method on its class.
//
// Problem class: L-smooth, mu-strongly convex f; |x_k - x*| = O(rho^k).
//
//	rho = 1 - sqrt(mu/L),  a = (1+rho)/L,  b = rho^2/(2-rho),
//	c = rho^2/((1+rho)(2-rho)),  e = rho^2/(1-rho^2)
//	y_k = (1+c) z_k - c z_{k-1}
//	z_{k+1} = (1+b) z_k - b z_{k-1} - a g(y_k)
//	x_k = (1+e) z_k - e z_{k-1}                   (the output)
//
// The gradient is taken at y_k; x_k is yielded. mu must be a lower bound: the method is
// fragile against an overestimate.
//
// Cost per iteration: one gradient. Memory: 5 n.
//
// Van Scoy, Freeman and Lynch, IEEE Control Systems Letters 2(1), 2018.
type TripleMomentum struct {
	L, Mu float64 // constants of f; 0 means the problem's
}

type tmmRun struct {
	p          *descent.Problem
	a, b, c, e float64
	X          []float64 // the output x_k
	Z, Prev    []float64 // z_k, z_{k-1}
}

// Start implements [descent.Method].
func (m TripleMomentum) Start(p *descent.Problem, x0 []float64) (descent.Run, error) {
	if err := smooth("triple-momentum", p); err != nil {
		return nil, err
	}
	l, mu, err := constants("triple-momentum", p, m.L, m.Mu, true)
	if err != nil {
		return nil, err
	}
	rho := 1 - math.Sqrt(mu/l)
	r2 := rho * rho
	return &tmmRun{
		p: p, a: (1 + rho) / l, b: r2 / (2 - rho), c: r2 / ((1 + rho) * (2 - rho)), e: r2 / (1 - r2),
		X: slices.Clone(x0), Z: slices.Clone(x0), Prev: slices.Clone(x0),
	}, nil
}

func (s *tmmRun) Iterates(yield func([]float64) bool) {
	y, g := make([]float64, len(s.X)), make([]float64, len(s.X))
	for {
		for i, z := range s.Z {
			y[i] = (1+s.c)*z - s.c*s.Prev[i]
		}
		s.p.Gradient(g, y)
		for i, z := range s.Z {
			s.Z[i] = (1+s.b)*z - s.b*s.Prev[i] - s.a*g[i]
			s.Prev[i] = z
			s.X[i] = (1+s.e)*s.Z[i] - s.e*z
		}
		if !yield(s.X) {
			return
		}
	}
}
