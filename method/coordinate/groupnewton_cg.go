package coordinate

import "github.com/godescent/descent/vec"

// conjugate solves for d by conjugate gradients with a diagonal preconditioner.
func (m *groupModel) conjugate(tol float64, steps int) {
	w, last := len(m.idx), 0.0
	for range steps {
		if vec.NrmInf(m.r) <= tol {
			break
		}
		rz := 0.0
		clear(m.z)
		for _, a := range m.at {
			m.z[a] = m.r[a] / (m.hess[a*w+a] + m.curve(a, a))
			rz += m.r[a] * m.z[a]
		}
		beta := 0.0
		if last > 0 {
			beta = rz / last
		}
		last = rz
		for a, z := range m.z {
			m.p[a] = z + beta*m.p[a]
		}
		curve := m.multiply(m.z, m.p)
		if !(curve > 0) {
			break
		}
		vec.Axpy(rz/curve, m.p, m.d)
		vec.Axpy(-rz/curve, m.z, m.r)
	}
}

// multiply stores (H + h”)p in dst on the support and returns p.(H + h”)p.
func (m *groupModel) multiply(dst, p []float64) float64 {
	w := len(m.idx)
	clear(dst)
	for _, a := range m.at {
		dst[a] = vec.Dot(m.hess[a*w:(a+1)*w], p) + m.bend[a]*p[a]
	}
	for _, part := range m.parts {
		along := 0.0
		for _, a := range part.at {
			along += m.unit[a] * p[a]
		}
		for _, a := range part.at {
			dst[a] -= m.bend[a] * along * m.unit[a]
		}
	}
	return vec.Dot(dst, p)
}
