package quasinewton

import (
	"math"

	"github.com/godescent/descent/vec"
)

// model finds the direction of an iteration of L-BFGS-B.
type model struct {
	s     *lbfgsbRun
	b     *compact
	q     *cauchy
	sub   *subspace
	alpha []float64
}

func newModel(s *lbfgsbRun, m int) *model {
	n := len(s.X)
	return &model{s, newCompact(&s.Pairs, n), newCauchy(n, m), newSubspace(n, m), make([]float64, m)}
}

// direction stores the goal in z and the direction z - x in d, and returns the
// longest step within the bounds.
func (m *model) direction(d, z []float64) (longest float64) {
	s := m.s
	if !s.bounded {
		s.Pairs.descend(d, s.G, m.alpha)
		return math.Inf(1)
	}
	if !m.b.factor() {
		s.Pairs.Count = 0
		m.b.factor()
	}
	m.q.find(m.b, s.X, s.G, s.lower, s.upper)
	if !m.sub.minimize(z, m.b, m.q, s.X, s.G, s.lower, s.upper) {
		s.Pairs.Count = 0
		return m.direction(d, z)
	}
	m.project(d, z)
	longest = math.Inf(1)
	for i, di := range d {
		if di > 0 {
			longest = min(longest, (s.upper[i]-s.X[i])/di)
		} else if di < 0 {
			longest = min(longest, (s.lower[i]-s.X[i])/di)
		}
	}
	return max(longest, 1)
}

// project makes z feasible and stores z - x in d: by projection if that is a
// direction of descent, else by going back towards the Cauchy point.
func (m *model) project(d, z []float64) {
	s, alpha := m.s, 1.0
	slope := 0.0
	for i, v := range z {
		d[i] = min(max(v, s.lower[i]), s.upper[i]) - s.X[i]
		slope += d[i] * s.G[i]
	}
	if slope < 0 {
		s.clip(z)
		return
	}
	for i, v := range z {
		if c := m.q.x[i]; v > s.upper[i] {
			alpha = min(alpha, (s.upper[i]-c)/(v-c))
		} else if v < s.lower[i] {
			alpha = min(alpha, (s.lower[i]-c)/(v-c))
		}
	}
	for i, v := range z {
		z[i] = m.q.x[i] + alpha*(v-m.q.x[i])
	}
	s.clip(z)
	vec.AxpyTo(d, -1, s.X, z)
}

// clip projects x onto the box.
func (s *lbfgsbRun) clip(x []float64) {
	for i, v := range x {
		x[i] = min(max(v, s.lower[i]), s.upper[i])
	}
}
