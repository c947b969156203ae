package coordinate

import (
	"slices"

	"github.com/godescent/descent/linalg"
	"github.com/godescent/descent/prox"
	"github.com/godescent/descent/vec"
)

// HessianRoot is the oracle of matrix-free models: B with H = B'B + diag(ridge), the block
// of the Hessian of f at x in the coordinates idx.
type HessianRoot interface {
	// RootEntries returns how many entries and rows B has, 0 and 0 where a HessianBlock
	// serves better.
	RootEntries(idx []int) (entries, rows int)
	// HessianRoot stores B, one column for each coordinate, and the ridge.
	HessianRoot(b *linalg.ShiftedColumns, ridge []float64, idx []int, x []float64)
}

// freeModel is the model q of [model] without its matrix: it keeps B(u-x) up to date, so
// that an epoch costs the entries of B twice, whatever |W| is.
type freeModel struct {
	h         prox.Piecewise
	idx       []int
	b         linalg.ShiftedColumns
	w2        float64 // w.w, of the vector w of B = V - w m'
	x, u, g   []float64
	rho, diag []float64 // ridge and damping, and the whole diagonal of H
	along     []float64 // V_j.w
	t         []float64 // B(u-x) = t - c w
	c, s      float64   // and s = t.w

	speedup     string
	trial, best []float64 // of extrapolations
	past        anderson

	pieces     []prox.Piece
	d, r, p, z []float64 // of the step on the support: solution, residual, direction, scratch
	v          []float64 // V times one of them
}

func (m *freeModel) vectors() []*[]float64 {
	return []*[]float64{&m.x, &m.u, &m.g, &m.rho, &m.diag, &m.along, &m.trial, &m.best, &m.d, &m.r, &m.p, &m.z}
}

// reserve makes room for working sets of w coordinates.
func (m *freeModel) reserve(w, rows int) {
	for _, v := range m.vectors() {
		*v = make([]float64, w)
	}
	m.pieces, m.t, m.v = make([]prox.Piece, w), make([]float64, rows), make([]float64, rows)
	entries := min(rows*w, 1<<16)
	m.b = linalg.ShiftedColumns{
		Ptr: make([]int, 0, w+1), Idx: make([]int32, 0, entries), Val: make([]float64, 0, entries), W: make([]float64, rows), M: make([]float64, 0, w),
	}
	m.past.begin(w)
}

// reset begins a model at x with the gradient g.
func (m *freeModel) reset(o HessianRoot, h prox.Piecewise, idx []int, x, g []float64) {
	m.h, m.idx = h, idx
	w := len(idx)
	for _, v := range m.vectors() {
		*v = resized(*v, w)
	}
	m.pieces = slices.Grow(m.pieces[:0], w)[:w]
	o.HessianRoot(&m.b, m.rho, idx, x)
	m.t, m.v = resized(m.t, m.b.Rows), resized(m.v, m.b.Rows)
	m.w2 = vec.Dot(m.b.W, m.b.W)
	for a, j := range idx {
		m.x[a], m.u[a], m.g[a] = x[j], x[j], g[j]
		rows, values := m.b.Column(a)
		m.along[a] = vec.SparseDot(values, rows, m.b.W)
		shift := m.b.M[a]
		m.diag[a] = vec.Dot(values, values) - 2*shift*m.along[a] + shift*shift*m.w2 + m.rho[a]
	}
	clear(m.t)
	m.c, m.s = 0, 0
	m.past.begin(w)
}

// damp does as [model.damp].
func (m *freeModel) damp(nu float64, bound func() []float64) {
	top := 0.0
	for _, v := range m.diag {
		top = max(top, v)
	}
	var l []float64
	for a, j := range m.idx {
		e := m.diag[a]
		if e <= 1e-12*top {
			if l == nil {
				l = bound()
			}
			e = flatCurvature(l[j], top)
		}
		e *= 1 + nu
		m.rho[a] += e - m.diag[a]
		m.diag[a] = e
	}
}

// partial is the derivative of the smooth part of q by u_a.
func (m *freeModel) partial(a int) float64 {
	rows, values := m.b.Column(a)
	z := vec.SparseDot(values, rows, m.t) - m.c*m.along[a] - m.b.M[a]*(m.s-m.c*m.w2)
	return m.g[a] + z + m.rho[a]*(m.u[a]-m.x[a])
}

// move adds d to u_a.
func (m *freeModel) move(a int, d float64) {
	rows, values := m.b.Column(a)
	vec.SparseAxpy(d, values, rows, m.t)
	m.c += d * m.b.M[a]
	m.s += d * m.along[a]
}
