package glm

import (
	"errors"
	"fmt"

	"github.com/godescent/descent/prox"
)

// checkPenalties refuses a non-convex penalty or free columns beside what they exclude.
func (s *Spec) checkPenalties(d int, boxed bool) error {
	switch s.Nonconvex.(type) {
	case nil:
	case prox.MCP, prox.SCAD, prox.LogSum:
		if _, err := prox.Coordinates(s.Nonconvex, d); err != nil {
			return fmt.Errorf("glm: %w", err)
		}
		if s.L1 > 0 || s.GroupL1 > 0 || boxed {
			return errors.New("glm: a non-convex penalty excludes l1, group l1 and bounds: want one of them")
		}
		if _, ok := s.Loss.(Hinge); ok {
			return errors.New("glm: hinge with a non-convex penalty: no certificate is known; want the squared hinge")
		}
	default:
		return fmt.Errorf("glm: non-convex penalty of type %T: want prox.MCP, prox.SCAD or prox.LogSum", s.Nonconvex)
	}
	if len(s.Free) > 0 && (s.Nonconvex != nil || s.GroupL1 > 0 || boxed) {
		return errors.New("glm: free columns go with l1 only: they exclude a non-convex penalty, group l1 (leave them out of the groups) and bounds")
	}
	if _, ok := s.Loss.(Hinge); ok && len(s.Free) > 0 && s.L2 == 0 {
		return errors.New("glm: hinge with free columns: want l2 > 0, so that a duality gap can certify the answer")
	}
	seen := make([]bool, d)
	for _, j := range s.Free {
		if j < 0 || j >= d || seen[j] {
			return fmt.Errorf("glm: free column %d is outside of the data or given twice: want different columns 0..%d", j, d-1)
		}
		seen[j] = true
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

// weightedL1 returns l1 |w|_1 without the free columns.
func (m *Model) weightedL1() prox.WeightedL1 {
	h := prox.WeightedL1{Lambda: m.spec.L1, Weights: make([]float64, m.k*m.d)}
	for i := range h.Weights {
		h.Weights[i] = 1 - b2f(m.free[i%m.d])
	}
	return h
}

// l1 returns the weight of |w_j| for the coefficient j of the k*d.
func (m *Model) l1(j int) float64 {
	if m.free != nil && m.free[j%m.d] {
		return 0
	}
	return m.spec.L1
}
