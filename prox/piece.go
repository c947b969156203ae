package prox

import (
	"fmt"
	"math"

	"github.com/godescent/descent"
)

// A Piece is a stretch (Lo, Hi) on which h_j is smooth, seen from a point v in it:
// h_j'(v) = Slope and h_j”(v) = Curve, which is constant on it for all penalties
// here but LogSum. Lo = Hi where v is a kink or a bound.
type Piece struct{ Lo, Hi, Slope, Curve float64 }

// Piecewise is a Separable that tells where its h_j are smooth, for methods that
// finish with Newton's method on the support.
type Piecewise interface {
	Separable
	// Around returns the piece of h_j around v.
	Around(j int, v float64) Piece
}

var (
	_ Piecewise = L1{}
	_ Piecewise = L2{}
	_ Piecewise = ElasticNet{}
	_ Piecewise = Box{}
	_ Piecewise = L1Box{}
	_ Piecewise = Head{}
	_ Piecewise = WeightedL1{}
	_ Piecewise = Except{}
	_ Piecewise = MCP{}
	_ Piecewise = SCAD{}
	_ Piecewise = LogSum{}
)

// Around returns the half-line on v's side of 0.
func (h L1) Around(_ int, v float64) Piece { return kinked(v, h.Lambda) }

// kinked is the piece of lambda |.| around v.
func kinked(v, lambda float64) Piece {
	switch {
	case lambda == 0:
		return Piece{math.Inf(-1), math.Inf(1), 0, 0}
	case v > 0:
		return Piece{0, math.Inf(1), lambda, 0}
	case v < 0:
		return Piece{math.Inf(-1), 0, -lambda, 0}
	}
	return Piece{}
}

// mirrored returns p, given for |v|, at v.
func (p Piece) mirrored(v float64) Piece {
	if v < 0 {
		p.Lo, p.Hi, p.Slope = -p.Hi, -p.Lo, -p.Slope
	}
	return p
}

// Around returns the whole line.
func (h L2) Around(_ int, v float64) Piece {
	return Piece{math.Inf(-1), math.Inf(1), h.Lambda * v, h.Lambda}
}

// Around returns the half-line on v's side of 0.
func (h ElasticNet) Around(_ int, v float64) Piece {
	p := kinked(v, h.L1)
	p.Slope, p.Curve = p.Slope+h.L2*v, h.L2
	return p
}

// Around returns the inside of the bounds of x_j.
func (h Box) Around(j int, v float64) Piece {
	return within(Piece{math.Inf(-1), math.Inf(1), 0, 0}, v, h.Lower[j], h.Upper[j])
}

// within cuts a piece around v to the bounds lo and up.
func within(p Piece, v, lo, up float64) Piece {
	if p.Lo == p.Hi || v <= lo || v >= up {
		return Piece{Lo: v, Hi: v}
	}
	p.Lo, p.Hi = max(p.Lo, lo), min(p.Hi, up)
	return p
}

// Around returns v's side of 0 within the bounds of x_j.
func (h L1Box) Around(j int, v float64) Piece {
	return within(kinked(v, h.L1), v, h.Box.Lower[j], h.Box.Upper[j])
}

// Around returns the piece of H for j < N, which must be Piecewise; else the whole line.
func (h Head) Around(j int, v float64) Piece {
	if j < h.N {
		return h.H.(Piecewise).Around(j, v)
	}
	return Piece{math.Inf(-1), math.Inf(1), 0, 0}
}

// Around returns the half-line on v's side of 0, or the whole line without a weight.
func (h WeightedL1) Around(j int, v float64) Piece { return kinked(v, h.Lambda*h.Weights[j]) }

// Around returns (0, gamma lambda), on which the penalty is concave, or what is
// beyond, mirrored for v < 0.
func (h MCP) Around(_ int, v float64) Piece {
	u, end := math.Abs(v), h.Gamma*h.Lambda
	switch {
	case h.Lambda == 0:
		return kinked(v, 0)
	case v == 0:
		return Piece{}
	case u < end:
		return Piece{0, end, h.Lambda - u/h.Gamma, -1 / h.Gamma}.mirrored(v)
	}
	return Piece{end, math.Inf(1), 0, 0}.mirrored(v)
}

// Around returns (0, lambda), (lambda, a lambda) or what is beyond, mirrored for v < 0.
func (h SCAD) Around(_ int, v float64) Piece {
	u, l, a := math.Abs(v), h.Lambda, h.a()
	switch {
	case l == 0:
		return kinked(v, 0)
	case v == 0:
		return Piece{}
	case u < l:
		return Piece{0, l, l, 0}.mirrored(v)
	case u < a*l:
		return Piece{l, a * l, (a*l - u) / (a - 1), -1 / (a - 1)}.mirrored(v)
	}
	return Piece{a * l, math.Inf(1), 0, 0}.mirrored(v)
}

// Around returns the half-line on v's side of 0.
func (h LogSum) Around(_ int, v float64) Piece {
	p, s := kinked(v, h.Lambda), h.Eps+math.Abs(v)
	if p.Lo < p.Hi && h.Lambda > 0 {
		p.Slope, p.Curve = p.Slope/s, -h.Lambda/(s*s)
	}
	return p
}

// Beside returns the piece of h_j on the right or on the left of v, which is one of its ends
// where v is a kink or a bound. At the end of the domain there is none: Lo = Hi = v.
func Beside(h Piecewise, j int, v float64, right bool) Piece {
	to := math.Inf(-1)
	if right {
		to = math.Inf(1)
	}
	c := h.Around(j, math.Nextafter(v, to))
	if !(c.Lo < c.Hi) {
		return Piece{Lo: v, Hi: v}
	}
	return c
}

// Affine returns h, in dimension n, if its pieces are affine, as projections onto a face need
// them; nil stands for h = 0. It is an error if h has curved parts, or where [Coordinates] has one.
func Affine(h descent.Regularizer, n int) (Piecewise, error) {
	s, err := Coordinates(h, n)
	if err != nil {
		return nil, err
	}
	switch p := s.(type) {
	case L1:
		return p, nil
	case WeightedL1:
		return p, nil
	case Box:
		return p, nil
	case L1Box:
		return p, nil
	case Except:
		if _, err = Affine(p.H, n); err == nil {
			_, err = Affine(p.Else, n)
		}
		return p, err
	case Head:
		if p.N > 0 {
			_, err = Affine(p.H, p.N)
		}
		return p, err
	}
	return nil, fmt.Errorf("prox: %T is not made of affine pieces: want L1, WeightedL1, Box, L1Box, an Except of these or none", h)
}
