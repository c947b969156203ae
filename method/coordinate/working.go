// Package coordinate has methods that change one block of coordinates at a time: block
// coordinate descent with its choices of blocks, rules and updates, and the solvers of
// sparse models that are made of the same pieces.
package coordinate

import (
	"fmt"
	"slices"

	"github.com/godescent/descent"
	"github.com/godescent/descent/prox"
)

// pieces returns h as a sum over the coordinates that knows its smooth pieces.
func pieces(method string, p *descent.Problem) (prox.Piecewise, error) {
	h, err := prox.Coordinates(p.Regularizer, p.Dim)
	if err != nil {
		return nil, fmt.Errorf("%s: problem %s: %w", method, p.Name, err)
	}
	q, ok := h.(prox.Piecewise)
	if !ok {
		return nil, fmt.Errorf("%s: problem %s: %T does not tell where it is smooth: want a prox.Piecewise", method, p.Name, h)
	}
	return q, nil
}

// workingSet chooses the coordinates that a step works on.
type workingSet struct {
	idx   []int // chosen, increasing
	score []float64
	order []int
	kink  []bool // whether h has a kink at 0 along a coordinate, from the first choice on
}

func newWorkingSet(n int) *workingSet {
	few := min(n, 1024) // mostly enough, and runs can be short
	return &workingSet{make([]int, 0, few), make([]float64, n), make([]int, 0, few), nil}
}

// choose takes the coordinates where h is smooth at x and, of the others, those that
// violate optimality most: half as many as the former and grow more. Above most
// coordinates the worst violators of all are taken. It returns the largest violation.
// O(n log n) at worst.
func (s *workingSet) choose(h prox.Piecewise, x, g []float64, grow, most int) (worst float64) {
	s.idx, s.order = s.idx[:0], s.order[:0]
	if s.kink == nil {
		s.kink = make([]bool, len(x))
		for j := range s.kink {
			c := h.Around(j, 0)
			s.kink[j] = c.Lo == c.Hi
		}
	}
	if l, ok := h.(prox.L1); ok { // the most common by far
		l.Dists(s.score, x, g)
	} else {
		for j, v := range x {
			s.score[j] = h.DistAt(j, v, g[j])
		}
	}
	for j, v := range x {
		d := s.score[j]
		worst = max(worst, d)
		if smooth(h, j, v, s.kink[j]) {
			s.idx = append(s.idx, j)
		} else if d > 0 {
			s.order = append(s.order, j)
		}
	}
	if len(s.idx) > most {
		s.order = append(s.order, s.idx...)
		s.idx, grow = s.idx[:0], most
	}
	room := min(len(s.order), len(s.idx)/2+grow, most-len(s.idx))
	s.top(room)
	s.idx = append(s.idx, s.order[:room]...)
	slices.Sort(s.idx)
	return worst
}

// smooth reports whether h is smooth around v along coordinate j. Most coordinates are at 0,
// and where h has a kink.
func smooth(h prox.Piecewise, j int, v float64, kink bool) bool {
	if v == 0 && kink {
		return false
	}
	c := h.Around(j, v)
	return c.Lo < c.Hi
}

// top brings the k worst violators to the front of order, ties by index.
func (s *workingSet) top(k int) {
	if k == len(s.order) {
		return
	}
	slices.SortFunc(s.order, func(a, b int) int {
		switch {
		case s.score[a] > s.score[b]:
			return -1
		case s.score[a] < s.score[b]:
			return 1
		}
		return a - b
	})
}
