package linesearch

import "math"

// Armijo returns the first t of t0, t0 shrink, t0 shrink^2, ... with sufficient
// decrease, and ft = phi(t):
//
//	phi(t) <= f0 + c1 t slope
//
// f0 is phi(0), or larger for a search that need not be monotone; slope = phi'(0) < 0;
// 0 < c1 < 1, 0 < shrink < 1. A trial where phi is NaN or infinite fails, so the
// search backs into the domain of f. ok is false after maxTrials failures, and at
// once unless slope < 0 and t0 > 0. Cost: one evaluation of phi a trial.
// Reference: Armijo 1966, Pacific Journal of Mathematics 16(1).
func Armijo(phi func(t float64) float64, f0, slope, t0, c1, shrink float64, maxTrials int) (t, ft float64, ok bool) {
	if !(slope < 0) || !(t0 > 0) {
		return 0, f0, false
	}
	t = t0
	for range maxTrials {
		ft = phi(t)
		if ft <= f0+c1*t*slope && !math.IsInf(ft, 0) {
			return t, ft, true
		}
		t *= shrink
	}
	return 0, f0, false
}
