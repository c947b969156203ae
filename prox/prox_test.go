package prox

import (
	"math"
	"testing"

	"github.com/godescent/descent"
	"github.com/godescent/descent/descenttest"
)

var _ descent.Bounded = Box{}

func TestAll(t *testing.T) {
	box, err := NewBox(6, []float64{-1, 0, math.Inf(-1), 0.5, -2, 0}, []float64{1, math.Inf(1), math.Inf(1), 0.5, -1, 3})
	if err != nil {
		t.Fatal(err)
	}
	groups := [][]int{{0, 2}, {1}, {5, 4}}
	cases := map[string]descent.Regularizer{
		"L1": L1{0.3}, "L2": L2{2}, "ElasticNet": ElasticNet{0.3, 2}, "Box": box, "NonNeg": NonNeg(6),
		"L1Box": L1Box{0.4, box}, "GroupL1": GroupL1{Lambda: 0.3, Groups: groups},
		"GroupL1 weighted": GroupL1{Lambda: 0.3, Groups: groups, Weights: []float64{1, 0, 2}},
		"Head":             Head{4, L1{0.3}},
		"WeightedL1":       WeightedL1{0.5, []float64{1, 0, 2, 0.1, 1, 3}},
		"MultiTask":        MultiTask{0.7, 3},
	}
	for name, h := range cases {
		t.Run(name, func(t *testing.T) { descenttest.TestProx(t, h, 6) })
	}
	if len(cases) != 11 {
		t.Errorf("%d cases", len(cases))
	}
}

// Hand-computed proxes.
func TestKnownValues(t *testing.T) {
	for _, c := range []struct {
		name    string
		h       descent.Regularizer
		x, want []float64
		t       float64
	}{
		{"L1", L1{1}, []float64{3, -0.5, -2}, []float64{2.5, 0, -1.5}, 0.5},
		{"L2", L2{2}, []float64{3, -6, 0}, []float64{1, -2, 0}, 1},
		{"ElasticNet", ElasticNet{1, 1}, []float64{4, -0.5, -2}, []float64{1.5, 0, -0.5}, 1},
		{"GroupL1", GroupL1{Lambda: 1, Groups: [][]int{{0, 1}}, Weights: []float64{2.5}}, []float64{3, 4, 9}, []float64{1.5, 2, 9}, 1},
		{"L1Box", L1Box{1, NonNeg(3)}, []float64{3, 0.5, -2}, []float64{2, 0, 0}, 1},
	} {
		got := make([]float64, 3)
		c.h.Prox(got, c.x, c.t)
		for i := range got {
			if math.Abs(got[i]-c.want[i]) > 1e-15 {
				t.Errorf("%s: prox is %v, want %v", c.name, got, c.want)
				break
			}
		}
	}
}

func TestBadBounds(t *testing.T) {
	inf := math.Inf(1)
	for _, c := range [][2][]float64{{{0, 0}, nil}, {{1}, {0}}, {{math.NaN()}, nil}, {{inf}, nil}, {nil, {-inf}}} {
		if _, err := NewBox(1, c[0], c[1]); err == nil {
			t.Errorf("bounds %v were accepted", c)
		}
	}
}
