package glm

import (
	"fmt"
	"math"
	"sort"

	"github.com/godescent/descent/linalg"
)

// Terms returns the number of samples. The i-th term is
// n w_i phi(y_i, z_i) + (l2/2)|w|^2 with weights w_i that sum to 1.
func (m *Model) Terms() int { return m.n }

// TermGradient stores the mean gradient of the terms idx in g and returns the mean
// of their values. It costs the length of the rows, and O(Dim).
func (m *Model) TermGradient(g, x []float64, idx []int) float64 {
	nw, value := m.k*m.d, 0.0
	for j := range g {
		g[j] = 0
		if j < nw {
			g[j] = m.spec.L2 * x[j]
			value += m.spec.L2 / 2 * x[j] * x[j]
		}
	}
	if m.row == nil {
		m.row = make([]float64, 4*m.k)
	}
	z, u, v, y := m.row[:m.k], m.row[m.k:2*m.k], m.row[2*m.k:2*m.k+1], m.row[3*m.k:3*m.k+len(m.y)/m.n]
	sum, inv := 0.0, 1/float64(len(idx))
	for _, i := range idx {
		for k := range m.k {
			z[k] = m.dot(i, x[k*m.d:(k+1)*m.d])
			if m.spec.Intercept {
				z[k] += x[nw+k]
			}
		}
		for k := range y {
			y[k] = m.y[k*m.n+i]
		}
		m.loss.eval(v, u, z, y)
		w := m.weight(i)
		sum += w * v[0]
		for k := range m.k {
			a := inv * w * u[k]
			m.axpy(a, i, g[k*m.d:(k+1)*m.d])
			if m.spec.Intercept {
				g[nw+k] += a
			}
		}
	}
	return value + sum*inv
}

// dot returns x'_i . w for the scaled and centered row i.
func (m *Model) dot(i int, w []float64) float64 {
	if m.mul == nil {
		return m.x.RowDot(i, w)
	}
	s := 0.0
	switch x := m.x.(type) {
	case *linalg.CSR:
		for p := x.Ptr[i]; p < x.Ptr[i+1]; p++ {
			v, j := 1.0, x.Idx[p]
			if x.Val != nil {
				v = x.Val[p]
			}
			s += v * m.mul[j] * w[j]
		}
	case *linalg.Dense:
		for j, v := range x.Data[i*m.d : (i+1)*m.d] {
			s += v * m.mul[j] * w[j]
		}
	}
	for j, c := range m.mid {
		s -= c * m.mul[j] * w[j]
	}
	return s
}

// axpy adds a x'_i to g.
func (m *Model) axpy(a float64, i int, g []float64) {
	if m.mul == nil {
		m.x.RowAxpy(a, i, g)
		return
	}
	switch x := m.x.(type) {
	case *linalg.CSR:
		for p := x.Ptr[i]; p < x.Ptr[i+1]; p++ {
			v, j := 1.0, x.Idx[p]
			if x.Val != nil {
				v = x.Val[p]
			}
			g[j] += a * v * m.mul[j]
		}
	case *linalg.Dense:
		for j, v := range x.Data[i*m.d : (i+1)*m.d] {
			g[j] += a * v * m.mul[j]
		}
	}
	for j, c := range m.mid {
		g[j] -= a * c * m.mul[j]
	}
}

// linear models with one output answer single terms as numbers times rows.

// TermDot returns the linear predictor of sample i, with the intercept.
func (m *Model) TermDot(i int, x []float64) float64 {
	z := m.dot(i, x[:m.d])
	if m.spec.Intercept {
		z += x[m.d]
	}
	return z
}

// TermSlope returns the derivative of term i with respect to its predictor.
func (m *Model) TermSlope(i int, z float64) float64 {
	if m.row == nil {
		m.row = make([]float64, 4*m.k)
	}
	r := m.row
	r[0], r[3] = z, m.y[i]
	m.loss.eval(r[2:3], r[1:2], r[:1], r[3:4])
	return m.weight(i) * r[1]
}

// TermAxpy adds a times row i (and a one for the intercept) to g.
func (m *Model) TermAxpy(a float64, i int, g []float64) {
	m.axpy(a, i, g[:m.d])
	if m.spec.Intercept {
		g[m.d] += a
	}
}

// Ridge returns l2 and the number of variables that it applies to.
func (m *Model) Ridge() (lambda float64, n int) { return m.spec.L2, m.k * m.d }

// SingleOutput reports whether terms are functions of one predictor, as TermDot
// and TermSlope need: true but for Multinomial and MultiSquared.
func (m *Model) SingleOutput() bool { return m.k == 1 }

// TermSupport returns the columns stored in row i, without the intercept; nil means all.
func (m *Model) TermSupport(i int) []int32 {
	if x, ok := m.x.(*linalg.CSR); ok && m.mid == nil {
		return x.Idx[x.Ptr[i]:x.Ptr[i+1]]
	}
	return nil
}

// TermLipschitz returns the largest Lipschitz constant of the gradient of a term.
func (m *Model) TermLipschitz() float64 {
	top := 0.0
	for i := range m.n {
		s := 0.0
		if m.spec.Intercept {
			s = 1
		}
		if m.mul == nil {
			top = max(top, m.weight(i)*(s+m.x.RowNrm2Sq(i)))
			continue
		}
		if m.mid != nil {
			for j, c := range m.mid {
				s += c * c * m.mul[j] * m.mul[j]
			}
		}
		m.each(i, func(j int, v float64) {
			a := v
			if m.mid != nil {
				a -= m.mid[j]
				s -= m.mid[j] * m.mid[j] * m.mulAt(j) * m.mulAt(j)
			}
			s += a * a * m.mulAt(j) * m.mulAt(j)
		})
		top = max(top, m.weight(i)*s)
	}
	return m.loss.bound()*top + m.spec.L2
}

// Samples returns the number of samples, 0 unless the targets are two classes: with
// Margins and Combine, what methods that look for a separating hyperplane need.
func (m *Model) Samples() int {
	switch m.loss.(type) {
	case Logistic, SquaredHinge:
		return m.n
	}
	return 0
}

// Margins stores y_i (x_i.w + b) in dst. Targets must be -1 and +1.
func (m *Model) Margins(dst, x []float64) {
	m.predict(dst, x)
	for i, y := range m.y {
		dst[i] *= y
	}
}

// Combine stores (1/n) sum_i c_i y_i x_i in g.
func (m *Model) Combine(g, c []float64) {
	for i, y := range m.y {
		m.zv[i] = c[i] * y
	}
	m.back(g, m.zv, g, 0)
}

// Diagnose says what about the data makes the fit slow: columns of very different
// scale, or a logistic fit that has no minimizer because a hyperplane separates
// the classes.
func (m *Model) Diagnose(x []float64) []string {
	var d []string
	c := m.zv[:m.n]
	for i := range c {
		c[i] = m.weight(i)
	}
	sq := make([]float64, m.d)
	m.squares(sq, c)
	used := sq[:0:0]
	for _, v := range sq {
		if v > 0 {
			used = append(used, math.Sqrt(v))
		}
	}
	sort.Float64s(used)
	if len(used) > 1 {
		lo, hi := used[0], used[len(used)-1]
		if lo > 0 && hi/lo > 100 && m.spec.Scale != ScaleStd {
			d = append(d, fmt.Sprintf("the columns differ in scale by a factor of %.3g (root mean squares from %.3g to %.3g): try scaling by standard deviation (--scale std)", hi/lo, lo, hi))
		}
	}
	if _, ok := m.loss.(Logistic); ok && m.spec.L1 == 0 && m.spec.L2 == 0 && m.h == nil {
		m.move(x)
		right := 0
		for i, z := range m.z {
			if z*m.y[i] > 0 {
				right++
			}
		}
		if right == m.n {
			d = append(d, "a hyperplane separates the classes, so the logistic loss has no minimizer without a penalty: add --l2")
		}
	}
	return d
}
