// Package prox has the regularizers h and sets that a composite problem
// f(x) + h(x) is made of: one type each, with its value, its proximal map
//
//	prox_{t h}(x) = argmin_u h(u) + |u-x|^2/(2t)
//
// and the distance of -g to its subdifferential, which certifies optimality.
// All cost O(n) time and no memory.
package prox

import (
	"fmt"
	"math"

	"github.com/godescent/descent"
	"github.com/godescent/descent/vec"
)

// L1 is lambda |x|_1. Its prox is soft thresholding.
type L1 struct{ Lambda float64 }

// Value returns lambda |x|_1.
func (h L1) Value(x []float64) float64 { return h.Lambda * vec.Asum(x) }

// Prox soft-thresholds x at t lambda.
func (h L1) Prox(dst, x []float64, t float64) {
	for i, v := range x {
		dst[i] = h.ProxAt(i, v, t)
	}
}

// SubdiffDist returns the distance of -g to lambda times the signs of x.
func (h L1) SubdiffDist(x, g []float64) float64 {
	m := 0.0
	for i, v := range x {
		m = worse(m, h.DistAt(i, v, g[i]))
	}
	return m
}

// L2 is (lambda/2) |x|_2^2. Its prox is a shrinkage.
type L2 struct{ Lambda float64 }

// Value returns (lambda/2) |x|^2.
func (h L2) Value(x []float64) float64 {
	s := 0.0
	for _, v := range x {
		s += v * v
	}
	return h.Lambda / 2 * s
}

// Prox divides x by 1 + t lambda.
func (h L2) Prox(dst, x []float64, t float64) {
	for i, v := range x {
		dst[i] = h.ProxAt(i, v, t)
	}
}

// SubdiffDist returns |g + lambda x|_inf.
func (h L2) SubdiffDist(x, g []float64) float64 {
	m := 0.0
	for i, v := range x {
		m = worse(m, h.DistAt(i, v, g[i]))
	}
	return m
}

// ElasticNet is l1 |x|_1 + (l2/2) |x|_2^2 (Zou and Hastie 2005).
type ElasticNet struct{ L1, L2 float64 }

// Value returns l1 |x|_1 + (l2/2) |x|^2.
func (h ElasticNet) Value(x []float64) float64 { return L1{h.L1}.Value(x) + L2{h.L2}.Value(x) }

// Prox soft-thresholds, then shrinks.
func (h ElasticNet) Prox(dst, x []float64, t float64) {
	for i, v := range x {
		dst[i] = h.ProxAt(i, v, t)
	}
}

// SubdiffDist returns the distance of -g - l2 x to the subdifferential of l1 |.|_1.
func (h ElasticNet) SubdiffDist(x, g []float64) float64 {
	m := 0.0
	for i, v := range x {
		m = worse(m, h.DistAt(i, v, g[i]))
	}
	return m
}

// GroupL1 is lambda sum_G w_G |x_G|_2 over disjoint groups (Yuan and Lin 2006),
// also called the group lasso or L1,2 norm. Coordinates in no group are free.
type GroupL1 struct {
	Lambda  float64
	Groups  [][]int   // disjoint index sets
	Weights []float64 // w_G >= 0; nil means sqrt(|G|)
}

func (h GroupL1) weight(k int) float64 {
	if h.Weights == nil {
		return h.Lambda * math.Sqrt(float64(len(h.Groups[k])))
	}
	return h.Lambda * h.Weights[k]
}

func groupNorm(x []float64, group []int) float64 {
	s := 0.0
	for _, i := range group {
		s = math.Hypot(s, x[i])
	}
	return s
}

// Value returns lambda sum_G w_G |x_G|_2.
func (h GroupL1) Value(x []float64) float64 {
	s := 0.0
	for k, group := range h.Groups {
		s += h.weight(k) * groupNorm(x, group)
	}
	return s
}

// Prox shrinks each group towards 0 by t lambda w_G in Euclidean norm.
func (h GroupL1) Prox(dst, x []float64, t float64) {
	copy(dst, x)
	for k, group := range h.Groups {
		c := shrinkage(groupNorm(x, group), t*h.weight(k))
		for _, i := range group {
			dst[i] *= c
		}
	}
}

// SubdiffDist returns the largest component of the distance of -g_G to the
// subdifferential of each group norm, and |g_i| for the free coordinates.
func (h GroupL1) SubdiffDist(x, g []float64) float64 {
	m := 0.0
	in := make([]bool, len(x))
	for k, group := range h.Groups {
		w, n := h.weight(k), groupNorm(x, group)
		gn := groupNorm(g, group)
		for _, i := range group {
			in[i] = true
			m = worse(m, groupDist(x[i], g[i], n, gn, w))
		}
	}
	for i, ok := range in {
		if !ok {
			m = worse(m, math.Abs(g[i]))
		}
	}
	return m
}

// shrinkage returns the factor by which the prox of tau |.|_2 multiplies a vector
// of norm n.
func shrinkage(n, tau float64) float64 {
	if n > tau {
		return 1 - tau/n
	}
	return 0
}

// groupDist is the component, where x has v and g has gv, of the distance of -g to
// the subdifferential of w |.|_2 at x; n and gn are the norms of x and g.
func groupDist(v, gv, n, gn, w float64) float64 {
	switch {
	case n > 0:
		return math.Abs(gv + w*v/n)
	case gn > w || gn != gn:
		return math.Abs(gv) * (1 - w/gn)
	}
	return 0
}

// Box is the indicator of {lower <= x <= upper}; bounds may be infinite. Its prox
// is the projection.
type Box struct{ Lower, Upper []float64 }

// NewBox validates bounds for dimension n; a nil slice means no bound.
func NewBox(n int, lower, upper []float64) (Box, error) {
	fill := func(b []float64, v float64) []float64 {
		if b == nil {
			b = make([]float64, n)
			for i := range b {
				b[i] = v
			}
		}
		return b
	}
	h := Box{fill(lower, math.Inf(-1)), fill(upper, math.Inf(1))}
	if len(h.Lower) != n || len(h.Upper) != n {
		return h, fmt.Errorf("prox: %d lower and %d upper bounds: want %d of each", len(h.Lower), len(h.Upper), n)
	}
	for i, l := range h.Lower {
		if u := h.Upper[i]; !(l <= u) || math.IsInf(l, 1) || math.IsInf(u, -1) {
			return h, fmt.Errorf("prox: bounds %v <= x[%d] <= %v: want lower <= upper, and a finite x between them", l, i, u)
		}
	}
	return h, nil
}

// NonNeg returns the box {x >= 0} in dimension n.
func NonNeg(n int) Box {
	h, _ := NewBox(n, make([]float64, n), nil)
	return h
}

// Bounds returns the bounds; h is a [descent.Bounded] set.
func (h Box) Bounds() (lower, upper []float64) { return h.Lower, h.Upper }

// Value returns 0 inside the box, +Inf outside.
func (h Box) Value(x []float64) float64 {
	for i, v := range x {
		if !(v >= h.Lower[i] && v <= h.Upper[i]) {
			return math.Inf(1)
		}
	}
	return 0
}

// Prox projects x onto the box.
func (h Box) Prox(dst, x []float64, _ float64) {
	for i, v := range x {
		dst[i] = min(max(v, h.Lower[i]), h.Upper[i])
	}
}

// SubdiffDist returns the distance of -g to the normal cone at x.
func (h Box) SubdiffDist(x, g []float64) float64 {
	m := 0.0
	for i, v := range x {
		m = worse(m, h.DistAt(i, v, g[i]))
	}
	return m
}

// L1Box is l1 |x|_1 restricted to a box: the non-negative or bounded lasso.
type L1Box struct {
	L1  float64
	Box Box
}

// Value returns l1 |x|_1 inside the box, +Inf outside.
func (h L1Box) Value(x []float64) float64 { return L1{h.L1}.Value(x) + h.Box.Value(x) }

// Prox soft-thresholds, then projects: exact, as both act on each coordinate alone
// and a convex function of one variable is monotone on either side of its minimum.
func (h L1Box) Prox(dst, x []float64, t float64) {
	L1{h.L1}.Prox(dst, x, t)
	h.Box.Prox(dst, dst, t)
}

// SubdiffDist returns the distance of -g to the sum of both subdifferentials.
func (h L1Box) SubdiffDist(x, g []float64) float64 {
	m := 0.0
	for i, v := range x {
		m = worse(m, h.DistAt(i, v, g[i]))
	}
	return m
}

// Head is h on the first N coordinates; the others (an intercept, say) are free.
type Head struct {
	N int
	H descent.Regularizer
}

// Value returns h of the first N coordinates.
func (h Head) Value(x []float64) float64 { return h.H.Value(x[:h.N]) }

// Prox applies the prox of h to the first N coordinates and copies the others.
func (h Head) Prox(dst, x []float64, t float64) {
	h.H.Prox(dst[:h.N], x[:h.N], t)
	copy(dst[h.N:], x[h.N:])
}

// SubdiffDist takes |g_i| for the free coordinates.
func (h Head) SubdiffDist(x, g []float64) float64 {
	m := h.H.SubdiffDist(x[:h.N], g[:h.N])
	for _, v := range g[h.N:] {
		m = worse(m, math.Abs(v))
	}
	return m
}

// soft returns v moved by t towards 0, and not beyond. It does not branch: the
// signs of the entries of a vector are hard to predict.
func soft(v, t float64) float64 { return v - min(max(v, -t), t) }

// l1Dist is the distance of -g to the subdifferential of lambda |.| at v.
func l1Dist(v, g, lambda float64) float64 {
	switch {
	case v > 0:
		return math.Abs(g + lambda)
	case v < 0:
		return math.Abs(g - lambda)
	}
	if a := math.Abs(g) + v; !(a <= lambda) { // v is 0 or NaN
		return a - lambda
	}
	return 0
}

// coneDist is the distance of -g to the normal cone of [lower, upper] at v.
func coneDist(v, g, lower, upper float64) float64 {
	if v <= lower && g >= 0 || v >= upper && g <= 0 {
		return 0
	}
	return math.Abs(g)
}

// worse returns the larger of a and b, NaN if either is.
func worse(a, b float64) float64 {
	if b > a || b != b {
		return b
	}
	return a
}
