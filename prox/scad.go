package prox

import (
	"fmt"
	"math"
)

// SCAD is the smoothly clipped absolute deviation penalty (Fan and Li 2001, Journal
// of the American Statistical Association 96(456)), sum_j rho(|x_j|) with
//
//	rho(u) = lambda u                                          for u <= lambda
//	         (2 a lambda u - u^2 - lambda^2) / (2(a-1))        for lambda < u <= a lambda
//	         lambda^2 (a+1)/2                                  beyond
//
// It is not convex: Prox is the global minimizer of its problem in each coordinate,
// and a zero SubdiffDist means stationary, not optimal.
type SCAD struct {
	Lambda float64 // >= 0
	A      float64 // > 2; 0 means 3.7, the paper's choice
}

// Check returns an error unless lambda >= 0 and a > 2 (or 0), both finite.
func (h SCAD) Check() error {
	if !(h.a() > 2) || math.IsInf(h.A, 1) {
		return fmt.Errorf("prox: SCAD with a %v: want a finite number > 2, or 0 for 3.7", h.A)
	}
	return checkWeight("SCAD", "lambda", h.Lambda)
}

func (h SCAD) a() float64 {
	if h.A == 0 {
		return 3.7
	}
	return h.A
}

// Value returns sum_j rho(|x_j|).
func (h SCAD) Value(x []float64) float64 { return sumAt(h, x) }

// Prox applies ProxAt to each coordinate.
func (h SCAD) Prox(dst, x []float64, t float64) { proxAll(h, dst, x, t) }

// SubdiffDist returns the distance of -g to the limiting subdifferential.
func (h SCAD) SubdiffDist(x, g []float64) float64 { return worstDist(h, x, g) }

// At returns rho(|v|).
func (h SCAD) At(_ int, v float64) float64 {
	u, l, a := math.Abs(v), h.Lambda, h.a()
	switch {
	case u <= l:
		return l * u
	case u < a*l:
		return l*u - (u-l)*(u-l)/(2*(a-1))
	case u != u:
		return u
	}
	return l * l * (a + 1) / 2
}

// ProxAt returns the minimizer u of rho(|u|) + (u-v)^2/(2t), the smaller one of two.
//
// Let v >= 0. On [0, lambda] the problem is convex, with the minimizer
// s = max(0, v - t lambda) if v <= (1+t) lambda; beyond a lambda it has the minimizer
// v, if v is there. In between it is convex for t < a-1; its three pieces are then one convex
// function. For t >= a-1 the middle is concave and has no minimizer, so it is s or v:
// v exactly where the value at v, lambda^2 (a+1)/2, is below that at s,
//
//	v^2/(2t)               if v <= t lambda (s = 0)
//	lambda v - t lambda^2/2   else.
func (h SCAD) ProxAt(_ int, v, t float64) float64 {
	u, l, a := math.Abs(v), h.Lambda, h.a()
	switch {
	case t >= a-1:
		jump := l * (t + a + 1) / 2
		if t >= a+1 {
			jump = l * math.Sqrt(t*(a+1))
		}
		if u <= jump {
			return soft(v, t*l)
		}
	case u <= l*(1+t):
		return soft(v, t*l)
	case u < a*l:
		// Between the pieces' ends, where rounding in t close to a-1 could lead out.
		return math.Copysign(min(u, max(l, l+(u-l*(1+t))*((a-1)/(a-1-t)))), v)
	}
	return v
}

// DistAt returns the distance of -g to the limiting subdifferential of rho(|.|) at
// v: [-lambda, lambda] at 0, elsewhere the derivative.
func (h SCAD) DistAt(_ int, v, g float64) float64 {
	a := h.a()
	return l1Dist(v, g, min(h.Lambda, max(0, (a*h.Lambda-math.Abs(v))/(a-1))))
}
