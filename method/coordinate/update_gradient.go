package coordinate

import (
	"math"

	"github.com/godescent/descent/vec"
)

// gradientStep is lb and pg, one with h = 0:
//
//	x_b = prox_{h/L_b}(x_b - g_b/L_b)
//
// A block without curvature stays.
func (s *bcdRun) gradientStep(b []int, k int, g, u []float64) {
	l := s.lipschitz(b, k)
	for i, j := range b {
		if u[i] = s.X[j]; l > 0 {
			u[i] = s.h.ProxAt(j, u[i]-g[i]/l, 1/l)
		}
	}
}

// doublingStep is la: L starts at the largest estimate of the block and is doubled until
//
//	f(x_b - g_b/L) <= f(x) - |g_b|^2/(2 L);
//
// all of the block then have the estimate L.
func (s *bcdRun) doublingStep(b []int, _ int, g, u []float64) {
	l := 0.0
	for i, j := range b {
		l = max(l, s.Curvature[j])
		u[i] = -g[i]
	}
	s.f.Line(s.W, b, u)
	gg := vec.Dot(g, g)
	for !(s.f.Rise(s.W, 1/l) <= -gg/(2*l)) && !math.IsInf(l, 1) && gg > 0 {
		l *= 2
	}
	if math.IsInf(l, 1) { // rounding hides every decrease: stay, and keep the estimates
		for i, j := range b {
			u[i] = s.X[j]
		}
		return
	}
	for i, j := range b {
		s.Curvature[j] = l
		u[i] = s.X[j] - g[i]/l
	}
}
