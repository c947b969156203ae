package coordinate

import (
	"fmt"
	"slices"

	"github.com/godescent/descent"
	"github.com/godescent/descent/prox"
)

type groupNewtonRun struct {
	newtonCore
	groups  [][]int // of all coordinates: the free ones are groups of one with weight 0
	weights []float64
	model   groupModel
	set     *groupSet

	X  []float64
	Nu float64 // damping
}

// Start implements [descent.Method].
func (m GroupNewton) Start(p *descent.Problem, x0 []float64) (descent.Run, error) {
	core, err := newNewtonCore("group-newton", p, m.Grow, m.Most, m.Forcing)
	if err != nil {
		return nil, err
	}
	groups, weights, err := prox.Groups(p.Regularizer, p.Dim)
	if err != nil {
		return nil, fmt.Errorf("group-newton: problem %s: %w", p.Name, err)
	}
	s := &groupNewtonRun{newtonCore: core, X: slices.Clone(x0)}
	s.groups, s.weights = cover(groups, weights, p.Dim)
	if s.grow == 0 {
		s.grow = 10 + len(s.groups)/1000
	}
	s.model.reserve(min(p.Dim, s.most, 64))
	return s, nil
}

// cover returns the groups that are not empty, and a group of weight 0 for each coordinate
// in none of them.
func cover(groups [][]int, weights []float64, n int) (all [][]int, w []float64) {
	in := make([]bool, n)
	for k, group := range groups {
		if len(group) > 0 {
			all, w = append(all, group), append(w, weights[k])
		}
		for _, j := range group {
			in[j] = true
		}
	}
	for j, ok := range in {
		if !ok {
			all, w = append(all, []int{j}), append(w, 0)
		}
	}
	return all, w
}
