package prox

import (
	"fmt"
	"math"
)

// MCP is the minimax concave penalty (Zhang 2010, Annals of Statistics 38(2)),
// sum_j rho(|x_j|) with
//
//	rho(u) = lambda u - u^2/(2 gamma)   for u <= gamma lambda
//	         gamma lambda^2/2           beyond: large coefficients are not shrunk.
//
// It is not convex: Prox is the global minimizer of its problem in each coordinate,
// and a zero SubdiffDist means stationary, not optimal.
type MCP struct {
	Lambda float64 // >= 0
	Gamma  float64 // > 1; the penalty tends to lambda |x|_1 as it grows
}

// Check returns an error unless lambda >= 0 and gamma > 1, both finite.
func (h MCP) Check() error {
	if !(h.Gamma > 1) || math.IsInf(h.Gamma, 1) {
		return fmt.Errorf("prox: MCP with gamma %v: want a finite number > 1", h.Gamma)
	}
	return checkWeight("MCP", "lambda", h.Lambda)
}

// Value returns sum_j rho(|x_j|).
func (h MCP) Value(x []float64) float64 { return sumAt(h, x) }

// Prox applies ProxAt to each coordinate.
func (h MCP) Prox(dst, x []float64, t float64) { proxAll(h, dst, x, t) }

// SubdiffDist returns the distance of -g to the limiting subdifferential.
func (h MCP) SubdiffDist(x, g []float64) float64 { return worstDist(h, x, g) }

// At returns rho(|v|).
func (h MCP) At(_ int, v float64) float64 {
	u := math.Abs(v)
	if u >= h.Gamma*h.Lambda {
		return h.Gamma * h.Lambda * h.Lambda / 2
	}
	return u * (h.Lambda - u/(2*h.Gamma))
}

// ProxAt returns the minimizer u of rho(|u|) + (u-v)^2/(2t), the smaller one of two.
//
// Let v >= 0. For t < gamma the problem is convex: firm thresholding. For t >= gamma
// it is concave on [0, gamma lambda], and increasing at the right end if
// v < gamma lambda; so the minimizer is 0 or v, with values v^2/(2t) and
// gamma lambda^2/2: hard thresholding at lambda sqrt(t gamma).
func (h MCP) ProxAt(_ int, v, t float64) float64 {
	a := math.Abs(v)
	switch {
	case t >= h.Gamma:
		if a <= h.Lambda*math.Sqrt(t*h.Gamma) {
			return 0
		}
	case a <= t*h.Lambda:
		return 0
	case a < h.Gamma*h.Lambda:
		// Never above a, where rounding in t close to gamma could bring it.
		return math.Copysign(min(a, (a-t*h.Lambda)*(h.Gamma/(h.Gamma-t))), v)
	}
	return v
}

// DistAt returns the distance of -g to the limiting subdifferential of rho(|.|) at
// v: [-lambda, lambda] at 0, elsewhere the derivative.
func (h MCP) DistAt(_ int, v, g float64) float64 {
	return l1Dist(v, g, max(0, h.Lambda-math.Abs(v)/h.Gamma))
}
