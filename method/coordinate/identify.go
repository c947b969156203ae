package coordinate

import (
	"math"

	"github.com/godescent/descent/prox"
)

// Nondegeneracy returns delta, how far a solution x with gradient g of f is from a change of
// its active set: with [l_i, u_i] the subdifferential of h_i at x_i,
//
//	delta = min over active i of min(-g_i - l_i, u_i + g_i),
//
// active being the i where h_i has a kink or a bound. Once |x_k - x| <= delta/(2 L), every
// selected active i is set to its value by a proximal step with 1/L and stays there. It
// is +Inf where nothing is active, and 0 or less where no such promise can be made. O(n).
func Nondegeneracy(h prox.Piecewise, x, g []float64) float64 {
	delta := math.Inf(1)
	for i, v := range x {
		l, u := math.Inf(-1), math.Inf(1)
		if c := prox.Beside(h, i, v, false); c.Lo < v {
			l = c.Slope
		}
		if c := prox.Beside(h, i, v, true); c.Hi > v {
			u = c.Slope
		}
		if l < u {
			delta = min(delta, -g[i]-l, u+g[i])
		}
	}
	return delta
}

// Identification bounds the iterations after which the active set of a solution is
// identified, up to a pass over the blocks: with F(x_k) - F* <= (1 - rate)^k gap and
// F(x) - F* >= mu |x - x*|^2/2,
//
//	k = log(8 L^2 gap/(mu delta^2))/rate,
//
// as |x_k - x*|^2 <= 2 (1 - rate)^k gap/mu must fall to (delta/(2 L))^2. It is 0 where gap is
// small enough from the start, +Inf unless delta > 0. rate = 1/kappa in the paper.
func Identification(rate, l, mu, delta, gap float64) float64 {
	if !(delta > 0) {
		return math.Inf(1)
	}
	return max(0, math.Log(8*l*l*gap/(mu*delta*delta))/rate)
}
