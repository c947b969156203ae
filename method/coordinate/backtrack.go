package coordinate

import "math"

// backtrack returns the first step t of 1, t_1, t_2, ... with
//
//	phi(t) <= c t slope
//
// phi(t) being the rise f(x + t d) - f(x) and slope < 0 its derivative at 0. The first cut
// minimizes the quadratic, later ones the cubic through slope and the last values:
//
//	z_i = phi(t_i) - t_i slope,  k = 1/((t_1 - t_0) t_0^2 t_1^2)
//	p = k (t_0^2 z_1 - t_1^2 z_0),  q = k (t_1^3 z_0 - t_0^3 z_1)
//	t = (-q + sqrt(q^2 - 3 p slope))/(3 p)
//
// each within [0.1, 0.6] of the last step (Nocedal and Wright 2006, section 3.5). A rise
// that is rounding error of noise counts as none. ok is false after 60 cuts.
func backtrack(phi func(t float64) float64, slope, c, noise float64) (t float64, ok bool) {
	if !(slope < 0) {
		return 0, false
	}
	t = 1
	var t0, z0 float64
	for cut := range 60 {
		rise := phi(t)
		if rise <= c*t*slope+noise {
			return t, true
		}
		z := rise - t*slope
		next := -slope * t * t / (2 * z)
		if cut > 0 {
			k := 1 / ((t - t0) * t0 * t0 * t * t)
			p := k * (t0*t0*z - t*t*z0)
			q := k * (t*t*t*z0 - t0*t0*t0*z)
			next = (-q + math.Sqrt(q*q-3*p*slope)) / (3 * p)
		}
		if math.IsNaN(next) { // an infinite rise, or no minimum of the cubic
			next = t / 2
		}
		t0, z0, t = t, z, min(max(next, 0.1*t), 0.6*t)
	}
	return 0, false
}
