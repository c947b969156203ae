package coordinate

import (
	"math"
	"slices"
)

// groupSet chooses the groups that a step works on.
type groupSet struct {
	workingSet // of groups: score and order; idx are the coordinates chosen
	groups     [][]int
	weights    []float64
	chosen     []int // groups, increasing
	place      []int // of a coordinate of a chosen group in idx
}

func newGroupSet(groups [][]int, weights []float64, n int) *groupSet {
	return &groupSet{*newWorkingSet(n), groups, weights, make([]int, 0, len(groups)), make([]int, n)}
}

// choose takes the groups where h is smooth at x and, of the others, those that violate
// optimality most: half as many as the former and grow more. Above most coordinates
// the worst violators of all are taken, at least one. It returns the largest violation.
// O(n + m log m) for m groups.
func (s *groupSet) choose(x, g []float64, grow, most int) (worst float64) {
	s.chosen, s.order = s.chosen[:0], s.order[:0]
	size := 0
	for k, group := range s.groups {
		norm := partNorm(x, group)
		d := partDist(x, g, group, norm, s.weights[k])
		s.score[k] = d
		worst = math.Max(worst, d)
		if norm > 0 || s.weights[k] == 0 {
			s.chosen = append(s.chosen, k)
			size += len(group)
		} else if d > 0 {
			s.order = append(s.order, k)
		}
	}
	if size > most {
		s.order = append(s.order, s.chosen...)
		s.chosen, size, grow = s.chosen[:0], 0, most
	}
	room := min(len(s.order), len(s.chosen)/2+grow)
	s.top(room)
	for _, k := range s.order[:room] {
		if size += len(s.groups[k]); size > most && len(s.chosen) > 0 {
			break
		}
		s.chosen = append(s.chosen, k)
	}
	slices.Sort(s.chosen)
	s.idx = s.idx[:0]
	for _, k := range s.chosen {
		s.idx = append(s.idx, s.groups[k]...)
	}
	slices.Sort(s.idx)
	for a, j := range s.idx {
		s.place[j] = a
	}
	return worst
}

// partNorm returns |x_G|.
func partNorm(x []float64, group []int) float64 {
	if len(group) == 1 {
		return math.Abs(x[group[0]])
	}
	s := 0.0
	for _, j := range group {
		s += x[j] * x[j]
	}
	return math.Sqrt(s)
}

// partDist returns the distance of -g_G to the subdifferential of w|.| at x_G, which has
// the norm given.
func partDist(x, g []float64, group []int, norm, w float64) float64 {
	if norm == 0 {
		return math.Max(0, partNorm(g, group)-w)
	}
	s := 0.0
	for _, j := range group {
		v := g[j] + w*(x[j]/norm)
		s += v * v
	}
	return math.Sqrt(s)
}
