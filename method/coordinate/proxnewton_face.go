package coordinate

import "github.com/godescent/descent/vec"

// fewCG is how many steps of conjugate gradients, of which each costs an epoch, are taken
// at a time.
const fewCG = 20

// finish does as [model.finish], by conjugate gradients, and returns the number of steps.
func (m *freeModel) finish(tol float64) (steps int) {
	support := 0
	clear(m.d)
	clear(m.p)
	for a, j := range m.idx {
		c := m.h.Around(j, m.u[a])
		m.pieces[a], m.r[a] = c, 0
		if c.Lo < c.Hi {
			if m.diag[a]+c.Curve <= 0 {
				return 0
			}
			support++
			m.r[a] = -(m.partial(a) + c.Slope)
		}
	}
	copy(m.best, m.r)
	steps = conjugate(m, m.d, m.r, m.p, m.z, tol/4, min(support+5, fewCG))
	m.advance()
	return steps
}

func (m *freeModel) precondition(z, r []float64) {
	for a, c := range m.pieces {
		z[a] = r[a] / (m.diag[a] + c.Curve)
	}
}

func (m *freeModel) multiply(dst, p []float64) float64 {
	clear(m.v)
	c, s := 0.0, 0.0
	for a, v := range p {
		if v != 0 {
			rows, values := m.b.Column(a)
			vec.SparseAxpy(v, values, rows, m.v)
			c += v * m.b.M[a]
			s += v * m.along[a]
		}
	}
	for a, piece := range m.pieces {
		dst[a] = 0
		if piece.Lo < piece.Hi {
			rows, values := m.b.Column(a)
			z := vec.SparseDot(values, rows, m.v) - c*m.along[a] - m.b.M[a]*(s-c*m.w2)
			dst[a] = z + (m.rho[a]+piece.Curve)*p[a]
		}
	}
	return vec.Dot(dst, p)
}

// advance does as [model.advance], best being the residual on the support at u.
func (m *freeModel) advance() {
	t := clamped(m.z, m.u, m.d, m.pieces)
	lower := m.change() < 0
	if !lower && t < 1 {
		for a, d := range m.d {
			m.z[a] = t * d
		}
		lower = m.change() < 0
	}
	if !lower {
		return
	}
	for a, z := range m.z {
		if z != 0 {
			c := m.pieces[a]
			u := min(max(m.u[a]+z, c.Lo), c.Hi)
			m.move(a, u-m.u[a])
			m.u[a] = u
		}
	}
}

// change returns q(u+z) - q(u), for z that stays on the pieces.
func (m *freeModel) change() float64 {
	return m.multiply(m.p, m.z)/2 - vec.Dot(m.best, m.z)
}
