package prox

import (
	"fmt"
	"math"
)

// LogSum is lambda sum_j log(1 + |x_j|/eps), the penalty whose majorization gives
// reweighted l1 minimization (Candes, Wakin, Boyd 2008, arXiv:0711.1612).
//
// It is not convex: Prox is the global minimizer of its problem in each coordinate,
// and a zero SubdiffDist means stationary, not optimal.
type LogSum struct {
	Lambda float64 // >= 0
	Eps    float64 // > 0, in units of x: the smaller, the closer to counting non-zeros
}

// Check returns an error unless lambda >= 0 and eps > 0, both finite.
func (h LogSum) Check() error {
	if !(h.Eps > 0) || math.IsInf(h.Eps, 1) {
		return fmt.Errorf("prox: LogSum with eps %v: want a finite number > 0", h.Eps)
	}
	return checkWeight("LogSum", "lambda", h.Lambda)
}

// Value returns lambda sum_j log(1 + |x_j|/eps).
func (h LogSum) Value(x []float64) float64 { return sumAt(h, x) }

// Prox applies ProxAt to each coordinate.
func (h LogSum) Prox(dst, x []float64, t float64) { proxAll(h, dst, x, t) }

// SubdiffDist returns the distance of -g to the limiting subdifferential.
func (h LogSum) SubdiffDist(x, g []float64) float64 { return worstDist(h, x, g) }

// At returns lambda log(1 + |v|/eps).
func (h LogSum) At(_ int, v float64) float64 { return h.Lambda * math.Log1p(math.Abs(v)/h.Eps) }

// ProxAt returns the minimizer u of lambda log(1 + |u|/eps) + (u-v)^2/(2t), the
// smaller one of two.
//
// Let v >= 0 and c = t lambda. For u > 0 the derivative, times t (eps + u) > 0, is
//
//	q(u) = u^2 + (eps - v) u + c - v eps,
//
// so a minimizer is 0 or the larger root of q. If q(0) < 0, which is v > c/eps, the
// problem decreases up to that root. Else, if c <= eps^2 the problem is convex and
// increases from 0 on; if not, both are candidates and their values decide.
func (h LogSum) ProxAt(_ int, v, t float64) float64 {
	a, c, e := math.Abs(v), t*h.Lambda, h.Eps
	if c == 0 || v != v {
		return v
	}
	decreases := a > c/e
	root := 2 * math.Sqrt(c) // q has roots where a + eps >= root
	if !decreases && (c <= e*e || a <= e || a+e < root) {
		return 0
	}
	u := math.Sqrt(max(0, a+e-root)) * math.Sqrt(a+e+root)
	if a < e {
		u = 2 * (a*e - c) / (e - a + u) // no cancellation
	} else {
		u = (a - e + u) / 2
	}
	u = min(a, max(0, u))
	if !decreases && c*math.Log1p(u/e) >= u*(a-u/2) {
		return 0
	}
	return math.Copysign(u, v)
}

// DistAt returns the distance of -g to the limiting subdifferential at v:
// [-lambda/eps, lambda/eps] at 0, elsewhere the derivative.
func (h LogSum) DistAt(_ int, v, g float64) float64 {
	return l1Dist(v, g, h.Lambda/(h.Eps+math.Abs(v)))
}
