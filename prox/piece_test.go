package prox

import (
	"math"
	"testing"
)

// On its piece every h_j has the stated slope and curvature, and a piece ends where h_j
// has a kink or a bound.
func TestPieceAround(t *testing.T) {
	box := Box{Lower: []float64{-1, 0}, Upper: []float64{2, math.Inf(1)}}
	points := 0
	for name, h := range map[string]Piecewise{
		"L1": L1{0.5}, "no L1": L1{}, "L2": L2{0.7}, "elastic net": ElasticNet{0.3, 0.4}, "box": box, "L1 in a box": L1Box{0.2, box},
		"head": Head{1, L1{0.5}}, "weighted": WeightedL1{0.5, []float64{0, 2}}, "except": Except{MCP{0.5, 2}, []bool{false, true}, nil}, "except in a box": Except{L1Box{0.2, box}, []bool{true, false}, box}, "MCP": MCP{0.5, 2}, "no MCP": MCP{0, 2}, "SCAD": SCAD{Lambda: 0.5, A: 3}, "no SCAD": SCAD{A: 3}, "log-sum": LogSum{0.5, 0.2},
	} {
		for j := range 2 {
			for v := -3.0; v <= 3; v += 0.125 {
				p := h.Around(j, v)
				if p.Lo == p.Hi {
					if math.IsInf(h.At(j, v), 1) || math.IsInf(h.At(j, v-1e-6), 1) || math.IsInf(h.At(j, v+1e-6), 1) {
						continue // outside of the domain, or its border
					}
					const e = 1e-6
					if left, right := (h.At(j, v)-h.At(j, v-e))/e, (h.At(j, v+e)-h.At(j, v))/e; right-left < 0.1 {
						t.Errorf("%s: no piece around x_%d = %v, but slopes %v and %v", name, j, v, left, right)
					}
					continue
				}
				if v < p.Lo || v > p.Hi {
					t.Fatalf("%s: piece (%v, %v) around x_%d = %v", name, p.Lo, p.Hi, j, v)
				}
				e := min(1e-4, (v-p.Lo)/2, (p.Hi-v)/2)
				if e < 1e-5 {
					continue // at the end of a piece
				}
				points++
				up, mid, down := h.At(j, v+e), h.At(j, v), h.At(j, v-e)
				if d := (up - down) / (2 * e); math.Abs(d-p.Slope) > 1e-6 {
					t.Errorf("%s: slope %v at x_%d = %v, by differences %v", name, p.Slope, j, v, d)
				}
				if d := (up - 2*mid + down) / (e * e); math.Abs(d-p.Curve) > 1e-4*(1+math.Abs(p.Curve)) {
					t.Errorf("%s: curvature %v at x_%d = %v, by differences %v", name, p.Curve, j, v, d)
				}
			}
		}
	}
	if points < 800 {
		t.Errorf("%d points compared", points)
	}
}
