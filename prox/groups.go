package prox

import (
	"fmt"
	"math"

	"github.com/godescent/descent"
)

// Grouped is a penalty h(x) = sum_G w_G |x_G|_2 over disjoint groups of coordinates, as
// methods that work group by group need it. [Groups] finds it.
type Grouped interface {
	descent.Regularizer
	// GroupsOf returns the groups of n variables and their weights w_G >= 0, with lambda
	// in them. Coordinates in no group are free. The groups are not to be changed.
	GroupsOf(n int) (groups [][]int, weights []float64)
}

var (
	_ Grouped = GroupL1{}
	_ Grouped = MultiTask{}
)

// Groups returns the groups and the weights of h in dimension n, h being [Grouped] or a
// [Head] around one. It is an error if h is neither, a weight is not finite and >= 0, or
// groups overlap or leave the dimension. O(n).
func Groups(h descent.Regularizer, n int) (groups [][]int, weights []float64, err error) {
	of := n
	if head, ok := h.(Head); ok {
		if head.N < 0 || head.N > n {
			return nil, nil, fmt.Errorf("prox: Head of %d coordinates: want 0 to %d", head.N, n)
		}
		h, of = head.H, head.N
	}
	g, ok := h.(Grouped)
	if !ok {
		return nil, nil, fmt.Errorf("prox: %T is not known to be a sum of group norms: want GroupL1 or MultiTask", h)
	}
	if c, ok := h.(interface{ Check() error }); ok {
		if err := c.Check(); err != nil {
			return nil, nil, err
		}
	}
	groups, weights = g.GroupsOf(of)
	seen := make([]bool, of)
	for k, group := range groups {
		if w := weights[k]; !(w >= 0 && w <= math.MaxFloat64) {
			return nil, nil, fmt.Errorf("prox: group %d has the weight %v: want a finite number >= 0", k, w)
		}
		for _, j := range group {
			if j < 0 || j >= of || seen[j] {
				return nil, nil, fmt.Errorf("prox: coordinate %d of group %d is outside of 0..%d or in two groups: want disjoint groups", j, k, of-1)
			}
			seen[j] = true
		}
	}
	return groups, weights, nil
}

// Check returns an error unless there are as many weights as groups, or none.
func (h GroupL1) Check() error {
	if h.Weights != nil && len(h.Weights) != len(h.Groups) {
		return fmt.Errorf("prox: GroupL1 with %d weights for %d groups: want as many, or none for sqrt(|G|)", len(h.Weights), len(h.Groups))
	}
	return checkWeight("GroupL1", "lambda", h.Lambda)
}

// GroupsOf returns the groups, and lambda times their weights.
func (h GroupL1) GroupsOf(int) (groups [][]int, weights []float64) {
	weights = make([]float64, len(h.Groups))
	for k := range weights {
		weights[k] = h.weight(k)
	}
	return h.Groups, weights
}

// GroupsOf returns the rows of the coefficients, with lambda as their weight.
func (h MultiTask) GroupsOf(n int) (groups [][]int, weights []float64) {
	d := h.rows(n)
	groups, weights = make([][]int, d), make([]float64, d)
	for j := range groups {
		for i := j; i < n; i += d {
			groups[j] = append(groups[j], i)
		}
		weights[j] = h.Lambda
	}
	return groups, weights
}
