package coordinate

import (
	"math"
	"slices"

	"github.com/godescent/descent/vec"
)

// groupModel is q(u) = g.(u-x) + (u-x).H(u-x)/2 + sum_G w_G |u_G| on a working set, and
// its minimizer so far. It is scratch: everything in it follows from x.
type groupModel struct {
	model // its vectors, H and their storage
	parts []part

	places, owner        []int     // storage of the parts, and the part of a coordinate
	values, bases        []float64 // eigenvalues and eigenvectors of the parts
	unit, bend           []float64 // of Newton steps: u_G/|u_G| and w_G/|u_G| by coordinate
	turned, slope, block []float64 // of one part: u and c in the basis, H_GG
}

// A part is a group of the working set: places of its coordinates, its weight, and
// H_GG = Q' diag(values) Q, with Q in rows, or values of a multiple of the identity
// above H_GG where basis is nil.
type part struct {
	at            []int
	weight        float64
	values, basis []float64
}

// reserve makes room for working sets of w coordinates.
func (m *groupModel) reserve(w int) {
	m.model.reserve(w)
	m.parts, m.places, m.owner = make([]part, 0, w), make([]int, 0, w), make([]int, 0, w)
	for _, v := range []*[]float64{&m.values, &m.unit, &m.bend, &m.turned, &m.slope} {
		*v = make([]float64, w)
	}
	m.bases, m.block = make([]float64, wide*w), make([]float64, wide*wide)
}

// wide is the size from which on a group is majorized, not diagonalized.
const wide = 33

// divide finds the parts of the working set, and their curvature from H.
func (m *groupModel) divide(set *groupSet) {
	w, area, most := len(m.idx), 0, 0
	for _, k := range set.chosen {
		n := len(set.groups[k])
		most = max(most, n)
		if n < wide {
			area += n * n
		}
	}
	m.parts = slices.Grow(m.parts[:0], len(set.chosen))
	m.places, m.values, m.owner = slices.Grow(m.places[:0], w), resized(m.values, w), slices.Grow(m.owner[:0], w)[:w]
	m.bases, m.unit, m.bend = resized(m.bases, area), resized(m.unit, w), resized(m.bend, w)
	m.turned, m.slope = resized(m.turned, most), resized(m.slope, most)
	values, bases := m.values, m.bases
	for _, k := range set.chosen {
		group := set.groups[k]
		n, from := len(group), len(m.places)
		for _, j := range group {
			m.owner[set.place[j]] = len(m.parts)
			m.places = append(m.places, set.place[j])
		}
		p := part{at: m.places[from:], weight: set.weights[k], values: values[:n]}
		values = values[n:]
		if n < wide {
			p.basis, bases = bases[:n*n], bases[n*n:]
		}
		m.parts = append(m.parts, p)
		m.decompose(p)
	}
}

// resized returns s with the length n and any content.
func resized(s []float64, n int) []float64 { return slices.Grow(s[:0], n)[:n] }

// minimize lowers q until no group is further than tol from stationary, or rounding errors
// keep it from there, and returns g.(u-x) + h(u) - h(x), which is negative but for them.
func (m *groupModel) minimize(tol float64) (slope float64) {
	last, lower := math.Inf(1), true
	for k := range maxEpochs {
		for _, p := range m.parts {
			m.update(p)
		}
		v := m.violation()
		if v <= tol || !(v < last) && !lower { // or NaN
			break
		}
		last = v
		if k > 0 { // by now the support is about right
			lower = m.finish(tol)
		}
	}
	for a, g := range m.g {
		slope += g * (m.u[a] - m.x[a])
	}
	for _, p := range m.parts {
		slope += p.weight * (partNorm(m.u, p.at) - partNorm(m.x, p.at))
	}
	return slope
}

// violation returns how far from stationary the worst group is.
func (m *groupModel) violation() float64 {
	v := 0.0
	for _, p := range m.parts {
		v = math.Max(v, partDist(m.u, m.q, p.at, partNorm(m.u, p.at), p.weight))
	}
	return v
}

// move sets u_a to v, and brings the gradient up to date.
func (m *groupModel) move(a int, v float64) {
	if d := v - m.u[a]; d != 0 {
		w := len(m.idx)
		vec.Axpy(d, m.hess[a*w:(a+1)*w], m.q)
		m.u[a] = v
	}
}
