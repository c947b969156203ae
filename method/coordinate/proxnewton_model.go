package coordinate

import (
	"math"

	"github.com/godescent/descent/linalg"
	"github.com/godescent/descent/prox"
	"github.com/godescent/descent/vec"
)

// model is q(u) = g.(u-x) + (u-x).H(u-x)/2 + sum_j h_j(u_j) on a working set, and its
// minimizer so far. It is scratch: everything in it follows from x.
type model struct {
	h    prox.Piecewise
	idx  []int     // W
	x, u []float64 // x_W and the minimizer so far
	q    []float64 // g + H(u-x), the gradient of the smooth part at u
	g    []float64
	hess []float64 // H, w x w

	pieces     []prox.Piece
	d, r, p, z []float64 // of the step on the support: solution, residual, direction, scratch

	at       []int // the support, and what a direct solution takes
	sub, rhs []float64
	chol     linalg.Cholesky
}

func (m *model) vectors() []*[]float64 {
	return []*[]float64{&m.x, &m.u, &m.q, &m.g, &m.d, &m.r, &m.p, &m.z}
}

func (m *model) allocate(w int) {
	m.pieces = make([]prox.Piece, w)
	for _, v := range m.vectors() {
		*v = make([]float64, w)
	}
}

// reserve makes room for working sets of w coordinates.
func (m *model) reserve(w int) {
	m.allocate(w)
	m.hess = make([]float64, w*w)
	direct := min(w, maxDirect)
	m.at, m.rhs, m.sub = make([]int, 0, direct), make([]float64, 0, direct), make([]float64, 0, direct*direct)
	m.chol.Reserve(direct)
}

// reset begins a model at x with the gradient g; H is still to be filled in.
func (m *model) reset(h prox.Piecewise, idx []int, x, g []float64) {
	m.h, m.idx = h, idx
	w := len(idx)
	if cap(m.x) < w {
		m.allocate(w + w/2)
	}
	if cap(m.hess) < w*w {
		m.hess = make([]float64, w*w+w*w/4)
	}
	m.pieces, m.hess = m.pieces[:w], m.hess[:w*w]
	for _, v := range m.vectors() {
		*v = (*v)[:w]
	}
	m.begin(x, g)
}

// begin goes to x, where the gradient is g, with the same W and H.
func (m *model) begin(x, g []float64) {
	for a, j := range m.idx {
		m.x[a], m.u[a], m.q[a], m.g[a] = x[j], x[j], g[j], g[j]
	}
}

// damp adds nu diag(H) to H. Coordinates along which f is flat at x, where a step would have
// no end, take a part of the largest curvature that f can have, which bound stores (or of
// the others' where it has none).
func (m *model) damp(nu float64, bound func() []float64) {
	w, top := len(m.idx), 0.0
	for a := range w {
		top = max(top, m.hess[a*w+a])
	}
	var l []float64
	for a, j := range m.idx {
		e := &m.hess[a*w+a]
		if *e <= 1e-12*top {
			if l == nil {
				l = bound()
			}
			*e = flatCurvature(l[j], top)
		}
		*e *= 1 + nu
	}
}

// flatCurvature is that part of l, or of the largest other curvature.
func flatCurvature(l, top float64) float64 {
	if e := 0.1 * l; e > 0 && e <= math.MaxFloat64 {
		return e
	}
	return 1e-3*top + 1e-300
}

// maxEpochs bounds the epochs of one minimization: a model that is not minimized by then
// still gives a direction of descent.
const maxEpochs = 200

// minimize lowers q until no coordinate is further than tol from stationary, or for the
// given number of epochs, and returns g.(u-x) + h(u) - h(x), which is negative up to
// rounding errors.
func (m *model) minimize(tol float64, epochs int) (slope float64) {
	for k := range epochs {
		m.epoch()
		if m.violation() <= tol {
			break
		}
		if k > 0 { // by now the support is about right
			m.finish(tol)
		}
	}
	return m.slope()
}

func (m *model) slope() (slope float64) {
	for a, j := range m.idx {
		slope += m.g[a]*(m.u[a]-m.x[a]) + (m.h.At(j, m.u[a]) - m.h.At(j, m.x[a]))
	}
	return slope
}

// epoch minimizes q along each coordinate in turn.
func (m *model) epoch() {
	w := len(m.idx)
	for a, j := range m.idx {
		row := m.hess[a*w : (a+1)*w]
		u := m.h.ProxAt(j, m.u[a]-m.q[a]/row[a], 1/row[a])
		if d := u - m.u[a]; d != 0 {
			vec.Axpy(d, row, m.q)
			m.u[a] = u
		}
	}
}

// violation returns how far from stationary the worst coordinate is.
func (m *model) violation() float64 {
	v := 0.0
	for a, j := range m.idx {
		v = math.Max(v, m.h.DistAt(j, m.u[a], m.q[a]))
	}
	return v
}
