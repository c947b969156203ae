package coordinate

import (
	"math"

	"github.com/godescent/descent/vec"
)

// epoch minimizes q along each coordinate in turn and returns how far from stationary the
// worst was when its turn came.
func (m *freeModel) epoch() (worst float64) {
	for a, j := range m.idx {
		q := m.partial(a)
		worst = math.Max(worst, m.h.DistAt(j, m.u[a], q))
		u := m.h.ProxAt(j, m.u[a]-q/m.diag[a], 1/m.diag[a])
		if d := u - m.u[a]; d != 0 {
			m.move(a, d)
			m.u[a] = u
		}
	}
	return worst
}

// violation returns how far from stationary the worst coordinate is: half the cost of an epoch.
func (m *freeModel) violation() (worst float64) {
	for a, j := range m.idx {
		worst = math.Max(worst, m.h.DistAt(j, m.u[a], m.partial(a)))
	}
	return worst
}

// What speeds epochs without H up.
const (
	byCG       = "cg"       // a few conjugate gradients on the support (proxnewton_face.go) after every third
	byAnderson = "anderson" // extrapolation (anderson.go) after every fifth
	byNothing  = "none"
)

// minimize does as [model.minimize], within about the given work, and returns the work too: epochs,
// and steps of conjugate gradients, which cost as much.
func (m *freeModel) minimize(tol, most float64) (slope, work float64) {
	for k := 1; work < most; k++ {
		work++
		if m.epoch() <= tol && m.violation() <= tol {
			break
		}
		switch {
		case m.speedup == byCG && k%3 == 0:
			work += float64(m.finish(tol))
		case m.speedup == byAnderson && m.past.push(m.trial, m.u):
			m.adopt()
		}
	}
	return m.slope(), work
}

// adopt moves u to trial if q is lower there.
func (m *freeModel) adopt() {
	q := m.value()
	copy(m.best, m.u)
	m.to(m.trial)
	if !(m.value() < q) {
		m.to(m.best)
	}
}

// to makes u the given point.
func (m *freeModel) to(u []float64) {
	copy(m.u, u)
	clear(m.t)
	m.c, m.s = 0, 0
	for a, v := range u {
		if d := v - m.x[a]; d != 0 {
			m.move(a, d)
		}
	}
}

// value is q(u) but for a constant.
func (m *freeModel) value() float64 {
	q := (vec.Dot(m.t, m.t) - 2*m.c*m.s + m.c*m.c*m.w2) / 2
	for a, j := range m.idx {
		d := m.u[a] - m.x[a]
		q += d*(m.g[a]+m.rho[a]*d/2) + m.h.At(j, m.u[a])
	}
	return q
}

func (m *freeModel) slope() (slope float64) {
	for a, j := range m.idx {
		slope += m.g[a]*(m.u[a]-m.x[a]) + (m.h.At(j, m.u[a]) - m.h.At(j, m.x[a]))
	}
	return slope
}
