package prox

import (
	"fmt"
	"math"

	"github.com/godescent/descent"
)

// Separable is a penalty h(x) = sum_j h_j(x_j) as coordinate methods use it. Each
// call costs O(1) and agrees bit for bit with the vector form on coordinate j.
// [Coordinates] finds it.
type Separable interface {
	// At returns h_j(v).
	At(j int, v float64) float64
	// ProxAt returns argmin_u h_j(u) + (u-v)^2/(2t), t > 0.
	ProxAt(j int, v, t float64) float64
	// DistAt returns the distance of -g to the subdifferential of h_j at v.
	DistAt(j int, v, g float64) float64
}

var (
	_ Separable = L1{}
	_ Separable = L2{}
	_ Separable = ElasticNet{}
	_ Separable = Box{}
	_ Separable = L1Box{}
	_ Separable = Head{}
	_ Separable = WeightedL1{}
	_ Separable = Except{}
	_ Separable = MCP{}
	_ Separable = SCAD{}
	_ Separable = LogSum{}
)

// Coordinates returns h, in dimension n, as its coordinates; nil stands for h = 0.
// It is an error if h couples its coordinates, does not fit n, or has parameters
// that its Check refuses.
func Coordinates(h descent.Regularizer, n int) (Separable, error) {
	if h == nil {
		return Head{H: L1{}}, nil // all coordinates are free
	}
	s, ok := h.(Separable)
	if !ok {
		return nil, fmt.Errorf("prox: %T is not known to be a sum over the coordinates: want a prox.Separable, such as L1, ElasticNet, Box or MCP", h)
	}
	if c, ok := h.(interface{ Check() error }); ok {
		if err := c.Check(); err != nil {
			return nil, err
		}
	}
	switch h := h.(type) {
	case Box:
		_, err := NewBox(n, h.Lower, h.Upper)
		if err == nil && (h.Lower == nil || h.Upper == nil) && n > 0 {
			err = fmt.Errorf("prox: Box without bounds: NewBox fills them in")
		}
		return s, err
	case L1Box:
		_, err := Coordinates(h.Box, n)
		return s, err
	case WeightedL1:
		if len(h.Weights) != n {
			return nil, fmt.Errorf("prox: WeightedL1 with %d weights: want %d, one for each coordinate", len(h.Weights), n)
		}
	case Except:
		return s, h.fits(n)
	case Head:
		if h.N < 0 || h.N > n {
			return nil, fmt.Errorf("prox: Head of %d coordinates: want 0 to %d", h.N, n)
		}
		if h.H == nil {
			return nil, fmt.Errorf("prox: Head without a penalty H")
		}
		_, err := Coordinates(h.H, h.N)
		return s, err
	}
	return s, nil
}

// At returns lambda |v|.
func (h L1) At(_ int, v float64) float64 { return h.Lambda * math.Abs(v) }

// ProxAt soft-thresholds v at t lambda.
func (h L1) ProxAt(_ int, v, t float64) float64 { return soft(v, t*h.Lambda) }

// DistAt returns the distance of -g to lambda times the sign of v.
func (h L1) DistAt(_ int, v, g float64) float64 { return l1Dist(v, g, h.Lambda) }

// Dists stores DistAt of all coordinates in dst.
func (h L1) Dists(dst, x, g []float64) {
	for i, v := range x {
		d := 0.0
		if a := math.Abs(g[i]); v != 0 || !(a <= h.Lambda) {
			d = l1Dist(v, g[i], h.Lambda)
		}
		dst[i] = d
	}
}

// At returns (lambda/2) v^2.
func (h L2) At(_ int, v float64) float64 { return h.Lambda / 2 * (v * v) }

// ProxAt divides v by 1 + t lambda.
func (h L2) ProxAt(_ int, v, t float64) float64 { return v / (1 + t*h.Lambda) }

// DistAt returns |g + lambda v|.
func (h L2) DistAt(_ int, v, g float64) float64 { return math.Abs(g + h.Lambda*v) }

// At returns l1 |v| + (l2/2) v^2.
func (h ElasticNet) At(j int, v float64) float64 { return L1{h.L1}.At(j, v) + L2{h.L2}.At(j, v) }

// ProxAt soft-thresholds v, then shrinks it.
func (h ElasticNet) ProxAt(_ int, v, t float64) float64 { return soft(v, t*h.L1) / (1 + t*h.L2) }

// DistAt returns the distance of -g - l2 v to the subdifferential of l1 |.| at v.
func (h ElasticNet) DistAt(_ int, v, g float64) float64 { return l1Dist(v, g+h.L2*v, h.L1) }

// At returns 0 within the bounds of x_j, +Inf outside.
func (h Box) At(j int, v float64) float64 {
	if v >= h.Lower[j] && v <= h.Upper[j] {
		return 0
	}
	return math.Inf(1)
}

// ProxAt moves v into the bounds of x_j.
func (h Box) ProxAt(j int, v, _ float64) float64 { return min(max(v, h.Lower[j]), h.Upper[j]) }

// DistAt returns the distance of -g to the normal cone of the bounds of x_j at v.
func (h Box) DistAt(j int, v, g float64) float64 { return coneDist(v, g, h.Lower[j], h.Upper[j]) }

// At returns l1 |v| within the bounds of x_j, +Inf outside.
func (h L1Box) At(j int, v float64) float64 { return L1{h.L1}.At(j, v) + h.Box.At(j, v) }

// ProxAt soft-thresholds v, then moves it into the bounds of x_j.
func (h L1Box) ProxAt(j int, v, t float64) float64 { return h.Box.ProxAt(j, soft(v, t*h.L1), t) }

// DistAt returns the distance of -g to the sum of both subdifferentials.
func (h L1Box) DistAt(j int, v, g float64) float64 {
	lo, up := -h.L1, h.L1 // subdifferential of l1 |v|
	if v > 0 {
		lo = h.L1
	} else if v < 0 {
		up = -h.L1
	}
	if v <= h.Box.Lower[j] { // plus the normal cone
		lo = math.Inf(-1)
	}
	if v >= h.Box.Upper[j] {
		up = math.Inf(1)
	}
	if g != g {
		return g
	}
	return max(0, lo+g, -g-up)
}

// At returns h_j(v) of H for j < N, which must be Separable; else 0.
func (h Head) At(j int, v float64) float64 {
	if j < h.N {
		return h.H.(Separable).At(j, v)
	}
	return 0
}

// ProxAt returns the prox of H for j < N, else v.
func (h Head) ProxAt(j int, v, t float64) float64 {
	if j < h.N {
		return h.H.(Separable).ProxAt(j, v, t)
	}
	return v
}

// DistAt returns the distance of H for j < N, else |g|.
func (h Head) DistAt(j int, v, g float64) float64 {
	if j < h.N {
		return h.H.(Separable).DistAt(j, v, g)
	}
	return math.Abs(g)
}

// The vector forms of a Separable, for the penalties that are too dear for the
// indirect call to matter.

func sumAt[H Separable](h H, x []float64) float64 {
	s := 0.0
	for j, v := range x {
		s += h.At(j, v)
	}
	return s
}

func proxAll[H Separable](h H, dst, x []float64, t float64) {
	for j, v := range x {
		dst[j] = h.ProxAt(j, v, t)
	}
}

func worstDist[H Separable](h H, x, g []float64) float64 {
	m := 0.0
	for j, v := range x {
		m = worse(m, h.DistAt(j, v, g[j]))
	}
	return m
}

// checkWeight returns an error unless v, called name, can weigh a penalty.
func checkWeight(penalty, name string, v float64) error {
	if !(v >= 0) || math.IsInf(v, 1) {
		return fmt.Errorf("prox: %s with %s %v: want a finite number >= 0", penalty, name, v)
	}
	return nil
}
