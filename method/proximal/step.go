// Package proximal has methods for composite problems f + h: f smooth and convex,
// h convex with a cheap proximal map.
package proximal

import (
	"fmt"
	"math"

	"github.com/godescent/descent"
	"github.com/godescent/descent/vec"
)

// startStep validates the options that both methods share. It returns the curvature
// 1/step to start with (0: to be estimated by the run) and whether to search.
func startStep(name string, p *descent.Problem, step float64, search bool) (l float64, searches bool, err error) {
	if !(step >= 0) || math.IsInf(step, 1) {
		return 0, false, fmt.Errorf("%s: step %v: want > 0, or 0 for 1/L", name, step)
	}
	if _, err := descent.Require[descent.Smooth](p); err != nil {
		return 0, false, err
	}
	if step > 0 {
		return 1 / step, search, nil
	}
	if o, ok := p.Objective.(descent.Lipschitz); ok && !search {
		if l := o.Lipschitz(); l > 0 && !math.IsInf(l, 1) {
			return l, false, nil
		}
	}
	return 0, true, nil
}

// firstCurvature returns |grad f(u) - grad f(x)| / |u - x| for a u close to x along
// the gradient g at x: a lower bound of L, as a search that only raises it wants. It
// costs one gradient.
func firstCurvature(p *descent.Problem, g, x, u, gu []float64) float64 {
	gg, xx := vec.Dot(g, g), vec.Dot(x, x)
	if gg == 0 || gg != gg {
		return 1
	}
	size := max(1, math.Sqrt(xx))
	eps := 1e-6 * size / math.Sqrt(gg)
	for i := range u {
		u[i] = x[i] - eps*g[i]
	}
	p.Gradient(gu, u)
	l := distance(gu, g) / distance(u, x)
	if !(l > 0) || math.IsInf(l, 1) {
		return math.Sqrt(gg) / size // f is linear here: move x by its own size
	}
	return l
}

const eps = 0x1p-52

// below is the test of a search for the curvature l, with d = p - y, dd = |d|^2 and
// gd = <grad f(y), d>:
//
//	f(p) <= f(y) + gd + (l/2) dd
//
// sure is false where (l/2) dd is within 1e4 rounding errors of f, so that the values
// decide nothing; the gradients must then (belowByGradients).
func below(fp, fy, gd, dd, l float64) (ok, sure bool) {
	q := l / 2 * dd
	if math.IsNaN(fp) || math.IsInf(fp, 0) {
		return false, true
	}
	return fp-fy-gd <= q, q > 1e4*eps*max(math.Abs(fp), math.Abs(fy))
}

// belowByGradients is the same test from gradients, exact for quadratics, whose error
// is relative to |d| instead of f: <grad f(p) - grad f(y), p - y> <= l |p - y|^2, up to
// 100 rounding errors of the gradient.
func belowByGradients(gp, gy, p, y []float64, l float64) bool {
	s, dd, gg := 0.0, 0.0, 0.0
	for i, v := range gp {
		d := p[i] - y[i]
		s += (v - gy[i]) * d
		dd += d * d
		gg += gy[i] * gy[i]
	}
	return s <= l*dd+100*eps*math.Sqrt(gg*dd)
}

// maxRaises is how often a search doubles l before it gives up: a factor of 2^100
// beyond the last curvature that was right.
const maxRaises = 100

const noStep = "the search found no step at which the quadratic model bounds the objective"

func distance(x, y []float64) float64 {
	s := 0.0
	for i, v := range x {
		s += (v - y[i]) * (v - y[i])
	}
	return math.Sqrt(s)
}
