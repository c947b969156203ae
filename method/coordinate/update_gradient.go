package coordinate

import (
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
// all of the block then have the estimate L. After 60 doublings the block stays.
func (s *bcdRun) doublingStep(b []int, _ int, g, u []float64) {
	l := 0.0
	for i, j := range b {
		l = max(l, s.Curvature[j])
		u[i] = -g[i]
	}
	s.f.Line(s.W, b, u)
	gg, noise := vec.Dot(g, g), s.noise()
	for range 60 {
		if s.f.Rise(s.W, 1/l) <= -gg/(2*l)+noise {
			for i, j := range b {
				s.Curvature[j] = l
				u[i] = s.X[j] - g[i]/l
			}
			return
		}
		l *= 2
	}
	for i, j := range b { // no decrease that can be measured: stay, and keep the estimates
		u[i] = s.X[j]
	}
}
