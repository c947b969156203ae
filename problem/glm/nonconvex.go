package glm

import (
	"errors"
	"fmt"
	"math"

	"github.com/godescent/descent"
	"github.com/godescent/descent/prox"
)

// checkPenalties refuses a non-convex penalty or free columns beside what excludes them.
func (s *Spec) checkPenalties(d int, boxed bool) error {
	switch s.Nonconvex.(type) {
	case nil:
	case prox.MCP, prox.SCAD, prox.LogSum:
		if _, err := prox.Coordinates(s.Nonconvex, d); err != nil {
			return fmt.Errorf("glm: %w", err)
		}
		if s.L1 > 0 || s.GroupL1 > 0 || s.TaskL1 > 0 || boxed {
			return errors.New("glm: a non-convex penalty excludes l1, group l1, task l1 and bounds: want one of them")
		}
		if _, ok := s.Loss.(Hinge); ok {
			return errors.New("glm: hinge with a non-convex penalty: no certificate is known; want the squared hinge")
		}
	default:
		return fmt.Errorf("glm: non-convex penalty of type %T: want prox.MCP, prox.SCAD or prox.LogSum", s.Nonconvex)
	}
	if len(s.Free) > 0 && s.TaskL1 > 0 {
		return errors.New("glm: free columns and task l1: want l1, group l1, a non-convex penalty or bounds beside free columns")
	}
	seen := make([]bool, d)
	for _, j := range s.Free {
		if j < 0 || j >= d || seen[j] {
			return fmt.Errorf("glm: free column %d is outside of the data or given twice: want different columns 0..%d", j, d-1)
		}
		seen[j] = true
	}
	for k, group := range s.Groups {
		for _, j := range group {
			if s.GroupL1 > 0 && j >= 0 && j < d && seen[j] {
				return fmt.Errorf("glm: free column %d is in group %d (the first of each is 0): want it outside of all groups, where group l1 leaves it alone", j, k)
			}
		}
	}
	return nil
}

func (m *Model) markFree() {
	if len(m.spec.Free) == 0 {
		return
	}
	m.free = make([]bool, m.d)
	for _, j := range m.spec.Free {
		m.free[j] = true
	}
}

// sparing returns h without the free columns, on which rest takes its place.
func (m *Model) sparing(h, rest descent.Regularizer) descent.Regularizer {
	if m.free == nil {
		return h
	}
	e := prox.Except{H: h, Spared: make([]bool, m.k*m.d), Else: rest}
	for i := range e.Spared {
		e.Spared[i] = m.free[i%m.d]
	}
	return e
}

// weightedL1 returns l1 |w|_1 without the free columns.
func (m *Model) weightedL1() prox.WeightedL1 {
	h := prox.WeightedL1{Lambda: m.spec.L1, Weights: make([]float64, m.k*m.d)}
	for i := range h.Weights {
		h.Weights[i] = 1 - b2f(m.free[i%m.d])
	}
	return h
}

// freeBounded reports whether all free columns have bounds on both sides, or there are none.
func (m *Model) freeBounded() bool {
	for _, j := range m.spec.Free {
		if m.lower == nil || math.IsInf(m.lower[j], 0) || math.IsInf(m.upper[j], 0) {
			return false
		}
	}
	return true
}

// l1 returns the weight of |w_j| for the coefficient j of the k*d.
func (m *Model) l1(j int) float64 {
	if m.free != nil && m.free[j%m.d] {
		return 0
	}
	return m.spec.L1
}
