package coordinate

import (
	"math"

	"github.com/godescent/descent/vec"
)

// decompose finds the eigenvalues and vectors of H_GG, or for a wide group the smaller of
// two bounds of its largest eigenvalue: the largest row sum and the Frobenius norm.
// Eigenvalues are raised to 1e-12 times the largest, for groups of dependent columns.
func (m *groupModel) decompose(p part) {
	n, w := len(p.at), len(m.idx)
	if p.basis == nil {
		row, square := 0.0, 0.0
		for _, a := range p.at {
			s := 0.0
			for _, b := range p.at {
				v := m.hess[a*w+b]
				s += math.Abs(v)
				square += v * v
			}
			row = math.Max(row, s)
		}
		for i := range p.values {
			p.values[i] = math.Min(row, math.Sqrt(square))
		}
		return
	}
	for i, a := range p.at {
		for j, b := range p.at {
			m.block[i*n+j] = m.hess[a*w+b]
		}
	}
	diagonalize(p.values, p.basis, m.block[:n*n])
	top := 0.0
	for _, v := range p.values {
		top = math.Max(top, v)
	}
	for i, v := range p.values {
		p.values[i] = math.Max(v, 1e-12*top)
	}
}

// update minimizes q over one group. In the basis of its eigenvectors, with c the negative
// slope of the quadratic part at u_G = 0,
//
//	u_i = c_i r/(e_i r + w),  r = |u|,   or u = 0 where |c| <= w.
func (m *groupModel) update(p part) {
	n := len(p.at)
	u, c := m.turned[:n], m.slope[:n]
	for i := range n {
		if p.basis == nil {
			u[i], c[i] = m.u[p.at[i]], m.q[p.at[i]]
			continue
		}
		s, t := 0.0, 0.0
		for j, b := range p.basis[i*n : (i+1)*n] {
			s += b * m.u[p.at[j]]
			t += b * m.q[p.at[j]]
		}
		u[i], c[i] = s, t
	}
	for i, e := range p.values {
		c[i] = e*u[i] - c[i]
	}
	if p.weight > 0 && vec.Nrm2(c) <= p.weight {
		for _, a := range p.at {
			m.move(a, 0)
		}
		return
	}
	r := 1.0 // any, without a weight
	if p.weight > 0 {
		r = radius(c, p.values, p.weight)
	}
	for i, e := range p.values {
		c[i] *= r / (e*r + p.weight)
	}
	for j, a := range p.at {
		v := c[j]
		if p.basis != nil {
			v = 0
			for i := range n {
				v += p.basis[i*n+j] * c[i]
			}
		}
		m.move(a, v)
	}
}

// radius returns the root r of D(r) = sum_i c_i^2/(e_i r + w)^2 = 1 for |c| > w: Newton's
// method on 1/sqrt(D), which is increasing and concave, so that it rises to the root
// from 0.
func radius(c, e []float64, w float64) float64 {
	r := 0.0
	for range 100 {
		d, slope := 0.0, 0.0
		for i, v := range c {
			q := e[i]*r + w
			t := v / q * (v / q)
			d += t
			slope += t * e[i] / q
		}
		step := d * (math.Sqrt(d) - 1) / slope
		if !(step > 0) {
			break
		}
		r += step
		if step <= 1e-15*r {
			break
		}
	}
	return r
}
