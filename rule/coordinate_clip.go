package rule

import (
	"math"

	"github.com/godescent/descent/vec"
)

// CoordinateClip bounds the elements of the gradient by the largest one outside of the top Share of all parameters:
//
//	tau = the (floor(n Share) + 1)-th largest |g_i|,  g_i <- sign(g_i) min(|g_i|, tau)
//
// The few elements with huge gradients and curvatures that make steps of SGD sharp are cut down. Where tau is 0,
// fewer elements than Share have a gradient, and it is left alone. Around Adam both averages see the clipped
// gradient; the paper's Adam divides by that of the original one. Time per step: O(n) expected, to select. Memory: that of the rule.
//
// Pan, Li, Toward understanding why Adam converges faster than SGD for transformers, 2022, arXiv:2306.00204, section 4.
type CoordinateClip struct {
	Rule  Rule
	Share float64 // of the elements, in (0, 1); default 0.1
}

// Check implements [Rule].
func (r CoordinateClip) Check() error {
	return checkWrapped("coordinate-clip", r.Rule, unit("share", r.Share))
}

// Rate returns that of the rule.
func (r CoordinateClip) Rate() float64 { return r.Rule.Rate() }

// Vectors implements [Rule].
func (r CoordinateClip) Vectors() int { return r.Rule.Vectors() }

func (r CoordinateClip) inner() (rule Rule, vectors, scalars int) { return r.Rule, 0, 0 }

// Needs implements [Needer].
func (r CoordinateClip) Needs() Needs { return Needs{Scope: Whole}.and(NeedsOf(r.Rule)) }

// Step32 implements [Rule].
func (r CoordinateClip) Step32(p *Part[float32]) { coordinateClip(r, p) }

// Step64 implements [Rule].
func (r CoordinateClip) Step64(p *Part[float64]) { coordinateClip(r, p) }

func coordinateClip[T vec.Float](r CoordinateClip, p *Part[T]) {
	c := p.wrapped(0, 0)
	c.G = p.Scratch(len(p.G))
	for i, g := range p.G {
		if c.G[i] = abs(g); g != g {
			c.G[i] = T(math.Inf(1))
		}
	}
	tau := kthLargest(c.G, int(or(r.Share, 0.1)*float64(len(p.G))))
	if copy(c.G, p.G); tau > 0 {
		for i, g := range c.G {
			c.G[i] = min(tau, max(-tau, g))
		}
	}
	c.apply(r.Rule)
}

// kthLargest returns the element of a that k others precede from the largest down, and reorders a (Hoare 1961).
func kthLargest[T vec.Float](a []T, k int) T {
	lo, hi := 0, len(a)-1
	for lo < hi {
		x, y, z := a[lo], a[(lo+hi)/2], a[hi]
		pivot := max(min(x, y), min(max(x, y), z))
		i, j := lo, hi
		for i <= j {
			for a[i] > pivot {
				i++
			}
			for a[j] < pivot {
				j--
			}
			if i <= j {
				a[i], a[j] = a[j], a[i]
				i, j = i+1, j-1
			}
		}
		switch {
		case k <= j:
			hi = j
		case k >= i:
			lo = i
		default:
			return a[k]
		}
	}
	return a[k]
}
