package prox

import (
	"math"
	"slices"
	"strings"
	"testing"

	"github.com/godescent/descent"
)

// The groups of a penalty, taken one by one, add up to its value.
func TestGroups(t *testing.T) {
	x := []float64{1, -2, 0, 0.5, 3, -1, 7}
	for name, h := range map[string]descent.Regularizer{
		"group l1":       GroupL1{Lambda: 0.7, Groups: [][]int{{5, 0}, {}, {2, 3, 4}}},
		"weights":        GroupL1{Lambda: 0.7, Groups: [][]int{{1}, {0, 6}}, Weights: []float64{0, 3}},
		"multi-task":     MultiTask{0.3, 3},
		"single output":  MultiTask{0.3, 0},
		"head of groups": Head{6, GroupL1{Lambda: 2, Groups: [][]int{{0, 5}}}},
		"head of tasks":  Head{6, MultiTask{2, 3}},
	} {
		groups, weights, err := Groups(h, len(x))
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		sum := 0.0
		for k, g := range groups {
			sum += weights[k] * groupNorm(x, g)
		}
		if want := h.Value(x); math.Abs(sum-want) > 1e-14*want {
			t.Errorf("%s: %v from the groups, %v from the penalty", name, sum, want)
		}
	}
	groups, _, err := Groups(Head{6, MultiTask{2, 3}}, 7)
	if err != nil || len(groups) != 3 || !slices.Equal(groups[1], []int{1, 4}) {
		t.Errorf("rows of a head: %v, %v", groups, err)
	}
	if _, _, err := Groups(Head{0, MultiTask{1, 2}}, 3); err != nil {
		t.Errorf("a head of nothing: %v", err)
	}
	for want, h := range map[string]descent.Regularizer{
		"prox.L1 is not known":       L1{1},
		"<nil> is not known":         nil,
		"prox.Box is not known":      Head{2, NonNeg(2)},
		"Head of 9":                  Head{9, MultiTask{1, 1}},
		"in two groups":              GroupL1{Lambda: 1, Groups: [][]int{{0, 1}, {1}}},
		"coordinate 7 of group 0":    GroupL1{Lambda: 1, Groups: [][]int{{7}}},
		"coordinate 6 of group 0":    Head{6, GroupL1{Lambda: 1, Groups: [][]int{{6}}}},
		"coordinate -1":              GroupL1{Lambda: 1, Groups: [][]int{{-1}}},
		"1 weights for 2 groups":     GroupL1{Lambda: 1, Groups: [][]int{{0}, {1}}, Weights: []float64{1}},
		"lambda -1":                  GroupL1{Lambda: -1, Groups: [][]int{{0}}},
		"lambda NaN":                 MultiTask{math.NaN(), 1},
		"group 1 has the weight NaN": GroupL1{Lambda: 1, Groups: [][]int{{0}, {1}}, Weights: []float64{1, math.NaN()}},
	} {
		if _, _, err := Groups(h, 7); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%+v: error %v, want %q", h, err, want)
		}
	}
}
