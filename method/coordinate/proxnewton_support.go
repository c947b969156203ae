package coordinate

import (
	"github.com/godescent/descent/prox"
	"github.com/godescent/descent/vec"
)

// finish minimizes q over the support S, with each h_j on its smooth piece: with C the
// curvatures of the pieces (H + diag C)_SS d = -(q + h')_S, by Cholesky factors where that
// works, else by conjugate gradients. It takes the whole step with every coordinate clamped
// to its piece if that lowers q, else the step to the first border.
func (m *model) finish(tol float64) {
	support := m.face()
	if support == 0 || support <= maxDirect && m.direct(support) && m.advance() {
		return
	}
	support = m.face()
	conjugate(m, m.d, m.r, m.p, m.z, tol/4, min(support+5, maxCG)) // dependent columns, or many
	m.advance()
}

// face finds the pieces around u and the residual on the support, and counts it: 0 where
// the model is not convex along some coordinate, which is left to the epochs.
func (m *model) face() (support int) {
	w := len(m.idx)
	clear(m.d)
	clear(m.p)
	for a, j := range m.idx {
		c := m.h.Around(j, m.u[a])
		m.pieces[a], m.r[a] = c, 0
		if c.Lo < c.Hi {
			if m.hess[a*w+a]+c.Curve <= 0 {
				return 0
			}
			support++
			m.r[a] = -(m.q[a] + c.Slope)
		}
	}
	return support
}

// Up to maxDirect coordinates a factorization is cheaper than conjugate gradients, of
// which there are at most maxCG steps a time.
const maxDirect, maxCG = 1500, 100

// direct solves for d by a Cholesky factorization. It fails where columns are dependent.
func (m *model) direct(support int) bool {
	w := len(m.idx)
	if cap(m.sub) < support*support {
		m.sub = make([]float64, 0, support*support+support*support/4)
	}
	m.at, m.sub, m.rhs = m.at[:0], m.sub[:0], m.rhs[:0]
	for a, c := range m.pieces {
		if c.Lo < c.Hi {
			m.at = append(m.at, a)
		}
	}
	for _, a := range m.at {
		for _, b := range m.at {
			m.sub = append(m.sub, m.hess[a*w+b])
		}
		m.sub[len(m.rhs)*(support+1)] += m.pieces[a].Curve
		m.rhs = append(m.rhs, m.r[a])
	}
	if !m.chol.Factor(m.sub, support) {
		return false
	}
	m.chol.Solve(m.rhs, m.rhs)
	for k, a := range m.at {
		m.d[a] = m.rhs[k]
	}
	return true
}

// clamped stores d in z with every coordinate clamped to its piece around u, and returns
// how far along d the first border is, 1 if there is none on the way.
func clamped(z, u, d []float64, pieces []prox.Piece) (t float64) {
	t = 1
	for a, c := range pieces {
		end := u[a] + d[a]
		to := min(max(end, c.Lo), c.Hi)
		if c.Lo == c.Hi {
			to = u[a]
		}
		if to != end {
			t = min(t, (to-u[a])/d[a])
		}
		z[a] = to - u[a]
	}
	return t
}

// advance moves u along d, and brings the gradient up to date, if that lowers q.
func (m *model) advance() bool {
	t := clamped(m.z, m.u, m.d, m.pieces)
	lower := m.change(m.z) < 0
	if !lower && t < 1 {
		for a, d := range m.d {
			m.z[a] = t * d
		}
		lower = m.change(m.z) < 0
	}
	if !lower {
		return false
	}
	for a, c := range m.pieces {
		if c.Lo < c.Hi {
			m.u[a] = min(max(m.u[a]+m.z[a], c.Lo), c.Hi)
		}
	}
	vec.Axpy(1, m.r, m.q)
	return true
}

// change stores H z in r and returns q(u+z) - q(u), for z that stays on the pieces.
func (m *model) change(z []float64) float64 {
	w, s := len(m.idx), 0.0
	clear(m.r)
	for a, v := range z {
		if v != 0 {
			vec.Axpy(v, m.hess[a*w:(a+1)*w], m.r)
		}
	}
	for a, v := range z {
		c := m.pieces[a]
		s += v * (m.q[a] + m.r[a]/2 + c.Slope + c.Curve*v/2)
	}
	return s
}
