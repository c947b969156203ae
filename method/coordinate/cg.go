package coordinate

import "github.com/godescent/descent/vec"

// curved is the smooth part of a model on its support: a positive definite matrix A, as
// conjugate gradients see it. Vectors are 0 outside of the support.
type curved interface {
	precondition(z, r []float64)       // z = D r with a diagonal D near the inverse of A
	multiply(dst, p []float64) float64 // dst = A p; returns p.Ap
}

// conjugate lowers r = b - A d, in the maximum norm to tol, by at most the given number of
// steps of preconditioned conjugate gradients, and returns the number. d, r and the direction
// p start at 0, b and 0; z is scratch.
func conjugate(a curved, d, r, p, z []float64, tol float64, most int) (steps int) {
	last := 0.0
	for ; steps < most; steps++ {
		if vec.NrmInf(r) <= tol {
			break
		}
		a.precondition(z, r)
		rz := vec.Dot(r, z)
		beta := 0.0
		if last > 0 {
			beta = rz / last
		}
		last = rz
		for i, v := range z {
			p[i] = v + beta*p[i]
		}
		curve := a.multiply(z, p)
		if !(curve > 0) {
			break
		}
		vec.Axpy(rz/curve, p, d)
		vec.Axpy(-rz/curve, z, r)
	}
	return steps
}

func (m *model) precondition(z, r []float64) {
	w := len(m.idx)
	for a, c := range m.pieces {
		z[a] = r[a] / (m.hess[a*w+a] + c.Curve)
	}
}

func (m *model) multiply(dst, p []float64) float64 {
	w := len(m.idx)
	for a, c := range m.pieces {
		dst[a] = 0
		if c.Lo < c.Hi {
			dst[a] = vec.Dot(m.hess[a*w:(a+1)*w], p) + c.Curve*p[a]
		}
	}
	return vec.Dot(dst, p)
}

func (m *groupModel) precondition(z, r []float64) {
	w := len(m.idx)
	clear(z)
	for _, a := range m.at {
		z[a] = r[a] / (m.hess[a*w+a] + m.curve(a, a))
	}
}

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
