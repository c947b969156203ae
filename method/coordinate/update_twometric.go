package coordinate

import (
	"github.com/godescent/descent/prox"
)

// nearBound is how far from a bound a variable that wants to cross it counts as active.
const nearBound = 1e-4

// twoMetric is the two-metric projection method on a block. Every x_i stays on an affine
// piece [lo_i, up_i] of h_i, for bounds the box itself, for L1 the half-line of its sign
// or of the side to which x_i = 0 wants to leave: x = x+ - x- with one of the two at 0.
// With g the derivative of F there,
//
//	active = {x_i within 1e-4 of a bound to which -g_i points}
//	d_w = -H_ww^+ g_w for the others,   d_a = -g_a / sum_active L_i
//	x_b = P(x_b + t d),   F(x_b) <= F + 1e-10 t g.d
//
// (Bertsekas 1982, Projected Newton methods for optimization problems with simple
// constraints, SIAM J. Control Optim. 20(2), as the paper has it).
type twoMetric struct {
	s                       *bcdRun
	h                       prox.Piecewise
	b, work                 []int // the block, the places of the working set
	lo, up, slope, d, r, to []float64
	hw                      []float64
}

func (s *bcdRun) newTwoMetricStep(o BlockHessian, h prox.Piecewise) blockStep {
	list := func() []float64 { return make([]float64, s.tau) }
	m := &twoMetric{s: s, h: h, work: make([]int, 0, s.tau), lo: list(), up: list(), slope: list(), d: list(), r: list(), to: list(), hw: make([]float64, s.tau*s.tau)}
	phi := m.rise
	return func(b []int, _ int, g, u []float64) {
		m.b = b
		full := s.bounds.h[:len(b)*len(b)]
		o.BlockHessian(full, s.W, b)
		t, ok := backtrack(phi, m.direct(full, g), sufficient, s.noise())
		if !ok {
			t = 0
		}
		m.project(u, t)
	}
}

// direct sets d and returns its slope g.d.
func (m *twoMetric) direct(full, g []float64) float64 {
	n, sum, slope := len(m.b), 0.0, 0.0
	m.work = m.work[:0]
	for i, j := range m.b {
		x := m.s.X[j]
		c := prox.Beside(m.h, j, x, true)
		m.lo[i], m.up[i], m.slope[i] = c.Lo, c.Hi, c.Slope
		m.d[i] = g[i] + m.slope[i] // -d of the active, for now
		if x < m.up[i] && m.d[i] < 0 || x > m.lo[i] && x < m.up[i] {
			// the right side of x, or inside
		} else if c := prox.Beside(m.h, j, x, false); x > c.Lo && g[i]+c.Slope > 0 {
			m.lo[i], m.up[i], m.slope[i], m.d[i] = c.Lo, c.Hi, c.Slope, g[i]+c.Slope
		} else { // a kink or a bound that holds
			m.lo[i], m.up[i], m.d[i] = x, x, 0
			continue
		}
		if x-m.lo[i] < nearBound && m.d[i] > 0 || m.up[i]-x < nearBound && m.d[i] < 0 {
			sum += m.s.l[j]
			continue
		}
		m.r[len(m.work)] = m.d[i]
		m.work = append(m.work, i)
	}
	w := len(m.work)
	for a, i := range m.work {
		for c, k := range m.work {
			m.hw[a*w+c] = full[i*n+k]
		}
	}
	factorSemidefinite(m.hw[:w*w], w)
	solveSemidefinite(m.hw[:w*w], w, m.r[:w])
	next := 0
	for i := range m.b {
		f := m.d[i]
		switch {
		case next < w && m.work[next] == i:
			m.d[i] = -m.r[next]
			next++
		case sum > 0:
			m.d[i] = -f / sum
		default:
			m.d[i] = 0
		}
		slope += f * m.d[i]
	}
	return slope
}

// project stores P(x_b + t d) in u.
func (m *twoMetric) project(u []float64, t float64) {
	for i, j := range m.b {
		u[i] = min(max(m.s.X[j]+t*m.d[i], m.lo[i]), m.up[i])
	}
}

// rise returns F(P(x_b + t d)) - F.
func (m *twoMetric) rise(t float64) float64 {
	to := m.to[:len(m.b)]
	m.project(to, t)
	h := 0.0
	for i, j := range m.b {
		to[i] -= m.s.X[j]
		h += m.slope[i] * to[i]
	}
	m.s.f.Line(m.s.W, m.b, to)
	return m.s.f.Rise(m.s.W, 1) + h
}
