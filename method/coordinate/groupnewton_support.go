package coordinate

import "github.com/godescent/descent/vec"

// finish takes a step of Newton's method for q on the support S, the groups that are not zero
// and the free ones, where with e = u_G/|u_G| the norms have the curvature
// C = (I - ee')w_G/|u_G|: (H + C)_SS d = -(q + h')_S, by a factorization or by conjugate gradients.
// It reports whether q is lower.
func (m *groupModel) finish(tol float64) bool {
	support := m.face()
	if support <= maxDirect && m.direct() {
		return m.advance()
	}
	conjugate(m, m.d, m.r, m.p, m.z, tol/4, min(support+5, maxCG)) // dependent columns, or many
	return m.advance()
}

// face finds the support, the unit vectors and curvatures of its norms and its residual, and
// counts it.
func (m *groupModel) face() int {
	m.at = m.at[:0]
	clear(m.d)
	clear(m.p)
	clear(m.r)
	for _, p := range m.parts {
		norm := partNorm(m.u, p.at)
		for _, a := range p.at {
			m.unit[a], m.bend[a] = 0, 0
			switch {
			case norm > 0 && p.weight > 0:
				m.unit[a], m.bend[a] = m.u[a]/norm, p.weight/norm
			case p.weight > 0:
				continue
			}
			m.r[a] = -(m.q[a] + p.weight*m.unit[a])
			m.at = append(m.at, a)
		}
	}
	return len(m.at)
}

// curve is the part of the norms in the element (a, b) of the Hessian on the support.
func (m *groupModel) curve(a, b int) float64 {
	switch {
	case a == b:
		return m.bend[a] * (1 - m.unit[a]*m.unit[a])
	case m.owner[a] == m.owner[b]:
		return -m.bend[a] * m.unit[a] * m.unit[b]
	}
	return 0
}

// direct solves for d by a Cholesky factorization. It fails where columns are dependent.
func (m *groupModel) direct() bool {
	w := len(m.idx)
	m.sub, m.rhs = resized(m.sub, len(m.at)*len(m.at))[:0], m.rhs[:0]
	for _, a := range m.at {
		for _, b := range m.at {
			m.sub = append(m.sub, m.hess[a*w+b]+m.curve(a, b))
		}
		m.rhs = append(m.rhs, m.r[a])
	}
	if !m.chol.Factor(m.sub, len(m.at)) {
		return false
	}
	m.chol.Solve(m.rhs, m.rhs)
	for k, a := range m.at {
		m.d[a] = m.rhs[k]
	}
	return true
}

// advance moves u along d, with halving, and brings the gradient up to date, if that lowers
// q.
func (m *groupModel) advance() bool {
	w, linear := len(m.idx), vec.Dot(m.q, m.d)
	clear(m.r) // H d
	for _, a := range m.at {
		vec.Axpy(m.d[a], m.hess[a*w:(a+1)*w], m.r)
	}
	square := vec.Dot(m.r, m.d)
	for t := 1.0; t > 0.01; t /= 2 {
		change := t*linear + t*t*square/2
		copy(m.z, m.u)
		vec.Axpy(t, m.d, m.z)
		for _, p := range m.parts {
			change += p.weight * m.longer(p.at, t)
		}
		if change < 0 {
			copy(m.u, m.z)
			vec.Axpy(t, m.r, m.q)
			return true
		}
	}
	return false
}

// longer returns |z_G| - |u_G| for z = u + t d with little cancellation.
func (m *groupModel) longer(group []int, t float64) float64 {
	u, z, s := partNorm(m.u, group), partNorm(m.z, group), 0.0
	if u+z == 0 {
		return 0
	}
	for _, a := range group {
		s += m.d[a] * (2*m.u[a] + t*m.d[a])
	}
	return t * s / (u + z)
}
