package prox

import (
	"fmt"
	"math"

	"github.com/godescent/descent"
)

// Affine is a Separable penalty whose h_j are affine between kinks and bounds, as
// projections onto a face need it. [Pieces] finds it.
type Affine interface {
	Separable
	// PieceAt returns the largest interval lo <= u <= up around v on which h_j is affine,
	// and its slope there: at a kink the interval on the right or on the left of v. At the
	// end of its domain there is none on one side: v is then the up or the lo of the piece.
	PieceAt(j int, v float64, right bool) (lo, up, slope float64)
}

var (
	_ Affine = L1{}
	_ Affine = Box{}
	_ Affine = L1Box{}
	_ Affine = WeightedL1{}
	_ Affine = Head{}
)

// Pieces returns h, in dimension n, as its affine pieces; nil stands for h = 0. It is an
// error if h has curved parts, or where [Coordinates] has one.
func Pieces(h descent.Regularizer, n int) (Affine, error) {
	s, err := Coordinates(h, n)
	if err != nil {
		return nil, err
	}
	if head, ok := s.(Head); ok && head.N > 0 {
		if _, err := Pieces(head.H, head.N); err != nil {
			return nil, err
		}
		return head, nil
	}
	a, ok := s.(Affine)
	if !ok {
		return nil, fmt.Errorf("prox: %T is not made of affine pieces: want L1, WeightedL1, Box, L1Box or none", h)
	}
	return a, nil
}

// PieceAt returns the half-line of v, or of the asked side of 0.
func (h L1) PieceAt(_ int, v float64, right bool) (lo, up, slope float64) {
	if v > 0 || v == 0 && right {
		return 0, math.Inf(1), h.Lambda
	}
	return math.Inf(-1), 0, -h.Lambda
}

// PieceAt returns the bounds of x_j.
func (h Box) PieceAt(j int, _ float64, _ bool) (lo, up, slope float64) {
	return h.Lower[j], h.Upper[j], 0
}

// PieceAt returns the half-line of v, or of the asked side of 0, within the bounds of x_j.
func (h L1Box) PieceAt(j int, v float64, right bool) (lo, up, slope float64) {
	if v == 0 && h.Box.Upper[j] <= 0 { // 0 is the end of the domain, not a kink
		right = false
	} else if v == 0 && h.Box.Lower[j] >= 0 {
		right = true
	}
	lo, up, slope = L1{h.L1}.PieceAt(j, v, right)
	return max(lo, h.Box.Lower[j]), min(up, h.Box.Upper[j]), slope
}

// PieceAt returns the half-line of v, or of the asked side of 0.
func (h WeightedL1) PieceAt(j int, v float64, right bool) (lo, up, slope float64) {
	return L1{h.Lambda * h.Weights[j]}.PieceAt(j, v, right)
}

// PieceAt returns the piece of H for j < N, which must be Affine; else the whole line.
func (h Head) PieceAt(j int, v float64, right bool) (lo, up, slope float64) {
	if j < h.N {
		return h.H.(Affine).PieceAt(j, v, right)
	}
	return math.Inf(-1), math.Inf(1), 0
}
