package prox

import (
	"math"
	"testing"

	"github.com/godescent/descent"
)

// Each piece is affine with its slope, and a kink or a bound ends it.
func TestBeside(t *testing.T) {
	box := Box{[]float64{-1, 0, math.Inf(-1), 2, -3}, []float64{2, math.Inf(1), 0, 2, math.Inf(1)}}
	weighted := WeightedL1{2, []float64{1, 0.5, 0, 3, 1}}
	checked := 0
	for _, h := range []descent.Regularizer{nil, L1{1.5}, box, L1Box{1.5, box}, weighted, Head{3, L1{1.5}}, Except{L1Box{1.5, box}, []bool{true, false, true, false, false}, box}, Except{H: weighted, Spared: []bool{true, true, false, false, false}}} {
		a, err := Affine(h, 5)
		if err != nil {
			t.Fatalf("%T: %v", h, err)
		}
		for j := range 5 {
			for _, v := range []float64{-2, -1, 0, 0.5, 2, 3} {
				if math.IsInf(a.At(j, v), 1) {
					continue
				}
				for _, right := range []bool{false, true} {
					c := Beside(a, j, v, right)
					lo, up, slope := c.Lo, c.Hi, c.Slope
					if !(lo <= v && v <= up) {
						t.Fatalf("%T: piece [%v, %v] of x[%d] does not hold %v", h, lo, up, j, v)
					}
					for _, u := range []float64{max(lo, v-1.3), min(up, v+1.3)} {
						checked++
						if d := a.At(j, u) - a.At(j, v) - slope*(u-v); math.Abs(d) > 1e-12 {
							t.Errorf("%T: h_%d(%v) - h_%d(%v) is off its slope %v by %v", h, j, u, j, v, slope, d)
						}
					}
					if v == 0 && a.At(j, 1e-3) > 0 && a.At(j, -1e-3) > 0 && (right && up == 0 && !math.IsInf(a.At(j, 1e-3), 1) || !right && lo == 0 && !math.IsInf(a.At(j, -1e-3), 1)) {
						t.Errorf("%T: the piece of x[%d] at the kink, right %v, is [%v, %v]", h, j, right, lo, up)
					}
				}
			}
		}
	}
	if checked < 200 {
		t.Errorf("only %d points checked", checked)
	}
	for _, h := range []descent.Regularizer{L2{1}, ElasticNet{1, 1}, GroupL1{}, Head{3, L2{1}}, Except{H: L2{1}, Spared: make([]bool, 5)}, Except{L1{1}, make([]bool, 5), MCP{1, 2}}} {
		if _, err := Affine(h, 5); err == nil {
			t.Errorf("%T is taken for affine pieces", h)
		}
	}
}
