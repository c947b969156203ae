package prox

import (
	"fmt"
	"math"

	"github.com/godescent/descent"
)

// Except is the penalty H but for the coordinates that it spares, on which Else takes its
// place: 0 where Else is nil. Both must be sums over the coordinates. It is convex if both are.
type Except struct {
	H      descent.Regularizer
	Spared []bool // one for each coordinate
	Else   descent.Regularizer
}

// of returns the penalty of coordinate j, nil for 0.
func (h Except) of(j int) descent.Regularizer {
	if h.Spared[j] {
		return h.Else
	}
	return h.H
}

// Value returns H of the coordinates that are not spared, and Else of the others.
func (h Except) Value(x []float64) float64 { return sumAt(h, x) }

// Prox applies the prox of H or of Else to each coordinate.
func (h Except) Prox(dst, x []float64, t float64) { proxAll(h, dst, x, t) }

// SubdiffDist takes each coordinate's penalty.
func (h Except) SubdiffDist(x, g []float64) float64 { return worstDist(h, x, g) }

// At is that of H or of Else.
func (h Except) At(j int, v float64) float64 {
	if p := h.of(j); p != nil {
		return p.(Separable).At(j, v)
	}
	return 0
}

// ProxAt is that of H or of Else.
func (h Except) ProxAt(j int, v, t float64) float64 {
	if p := h.of(j); p != nil {
		return p.(Separable).ProxAt(j, v, t)
	}
	return v
}

// DistAt is that of H or of Else.
func (h Except) DistAt(j int, v, g float64) float64 {
	if p := h.of(j); p != nil {
		return p.(Separable).DistAt(j, v, g)
	}
	return math.Abs(g)
}

// Around returns the piece of H or of Else, which must be Piecewise; the whole line for 0.
func (h Except) Around(j int, v float64) Piece {
	if p := h.of(j); p != nil {
		return p.(Piecewise).Around(j, v)
	}
	return kinked(v, 0)
}

// fits returns an error unless both penalties do, in dimension n.
func (h Except) fits(n int) error {
	switch {
	case h.H == nil:
		return fmt.Errorf("prox: Except without a penalty H")
	case len(h.Spared) != n:
		return fmt.Errorf("prox: Except with %d marks of spared coordinates: want %d, one for each", len(h.Spared), n)
	}
	for _, p := range []descent.Regularizer{h.H, h.Else} {
		if _, err := Coordinates(p, n); err != nil {
			return err
		}
	}
	return nil
}
