package glm

import (
	"math"
	"slices"

	"github.com/godescent/descent"
	"github.com/godescent/descent/linalg"
	"github.com/godescent/descent/vec"
)

// Certify returns the relative duality gap at x. With R(w) = (l2/2)|w|^2 + h(w),
// the dual of the fitting problem is
//
//	max_t -(1/n) sum_i phi*(y_i, t_i) - R*(-X^T t/n)    subject to sum_i t_i = 0,
//
// the constraint only with an intercept. The dual point starts from the slopes
// t_i = phi'(y_i, z_i), for which Fenchel's inequality is tight in every sample. With
// an intercept the slopes are taken at the best intercept for x's coefficients, so
// that they sum to 0; where R* has a bounded domain (no l2) they are shrunk into it.
// The gap is summed from Fenchel's inequality term by term, which are all
// non-negative, and not as the difference of two large values. There is no
// certificate where some coefficient is penalized by nothing, whose column would have to be
// orthogonal to t, and none where the penalty is not convex.
func (m *Model) Certify(x []float64) (descent.Certificate, bool) {
	if !m.hasDual() {
		return descent.Certificate{}, false
	}
	if m.dual == nil {
		m.dual, m.q = make([]float64, m.n*m.k), make([]float64, m.Dim())
	}
	if m.summarize(x) {
		gap := m.summaryGap(m.moments) + m.fenchelPenalty(x)
		return m.relative(gap, m.moments.value()+m.spec.L2/2*m.moments.square, x), true
	}
	m.move(x)
	gap, ok := m.feasibleSlopes(x)
	if !ok {
		return descent.Certificate{}, false
	}
	if a := m.shrinkage(); a < 1 {
		vec.Scal(a, m.dual)
		vec.Scal(a, m.q)
		if _, ok := m.loss.(Logistic); ok {
			gap += m.scaledLogistic(a)
		} else {
			gap = m.fenchelLoss()
		}
	}
	return m.relative(gap+m.fenchelPenalty(x), m.value(), x), true
}

// relative is the certificate of a gap at x, where the smooth part is f.
func (m *Model) relative(gap, f float64, x []float64) descent.Certificate {
	if m.h != nil {
		f += m.h.Value(x)
	}
	// Rounding can leave a sum of non-negative terms a hair below zero.
	return descent.Certificate{Kind: descent.GapCertificate, Value: max(0, gap) / max(1, math.Abs(f))}
}

// hasDual reports whether the penalties are convex and every coefficient is penalized or
// bounded on both sides, so that a dual feasible point is at hand.
func (m *Model) hasDual() bool {
	s := &m.spec
	switch {
	case s.Nonconvex != nil:
		return false
	case s.L2 > 0:
		return true
	case s.L1 > 0:
		return m.freeBounded()
	}
	if s.GroupL1 > 0 {
		count := 0
		for _, g := range s.Groups {
			count += len(g)
		}
		return count == m.d
	}
	if s.TaskL1 > 0 {
		return true
	}
	for j := range m.lower {
		if math.IsInf(m.lower[j], 0) || math.IsInf(m.upper[j], 0) {
			return false
		}
	}
	return m.lower != nil
}

// feasibleSlopes stores weighted slopes that sum to zero (with an intercept) in
// m.dual and X'^T dual / n in m.q, and returns what Fenchel's inequality loses in
// the losses.
func (m *Model) feasibleSlopes(x []float64) (gap float64, ok bool) {
	nw := m.k * m.d
	if !m.spec.Intercept {
		copy(m.dual, m.u)
		m.gradient()
		copy(m.q, m.grad)
		return 0, true
	}
	delta, ok := m.bestShift()
	if !ok {
		return 0, false
	}
	m.back(m.q, m.dual, x, 0)
	// L(z) - L(z+delta) + delta.mean(t): what the shift of the intercept gains.
	gap = m.mean - m.shifted
	for k, d := range delta {
		gap += d*m.q[nw+k] + math.Abs(x[nw+k]+d)*math.Abs(m.q[nw+k]) // the mean slope is 0 up to rounding
	}
	return max(0, gap), true
}

// bestShift minimizes the mean loss over shifts of the intercepts by Newton's
// method with step halving. It leaves the slopes there in m.dual and the loss in
// m.shifted.
func (m *Model) bestShift() (delta []float64, ok bool) {
	if m.delta == nil {
		m.delta = make([]float64, 4*m.k)
		m.border2 = make([]float64, m.k*m.k)
	}
	k := m.k
	delta, trial, r, step := m.delta[:k], m.delta[k:2*k], m.delta[2*k:3*k], m.delta[3*k:]
	clear(delta)
	copy(m.zv, m.z)
	copy(m.dual, m.u)
	m.shifted = m.mean
	size, worst := m.slopeSize(), 0.0
	for range 60 {
		worst = 0
		for c := range k {
			r[c] = vec.Sum(m.dual[c*m.n:(c+1)*m.n]) / float64(m.n)
			worst = max(worst, math.Abs(r[c]))
		}
		if worst <= 1e-15*size {
			return delta, true
		}
		if !m.shiftStep(step, r) {
			return nil, false
		}
		moved := false
		for t := 1.0; t > 1e-10; t /= 2 {
			for c := range k {
				trial[c] = delta[c] - t*step[c]
				for i, z := range m.z[c*m.n : (c+1)*m.n] {
					m.zv[c*m.n+i] = z + trial[c]
				}
			}
			if v := m.losses(m.v, m.dual, m.zv); v <= m.shifted+1e-13*(1e-3+math.Abs(m.shifted)) {
				m.shifted = v
				moved = !slices.Equal(trial, delta)
				copy(delta, trial)
				break
			}
		}
		if !moved {
			break
		}
	}
	return delta, worst <= 1e-12*size
}

// slopeSize is the mean absolute slope: the scale of rounding errors in their sum.
func (m *Model) slopeSize() float64 {
	return vec.Asum(m.u)/float64(m.n) + 1e-300
}

// shiftStep solves the k x k Newton system for the intercepts.
func (m *Model) shiftStep(step, r []float64) bool {
	if m.k == 1 {
		m.loss.curve(m.v, m.unweighted(m.dual), m.zv, m.y)
		c := 0.0
		for i, v := range m.v {
			c += m.weight(i) * v
		}
		if c /= float64(m.n); c == 0 { // all samples on a flat piece: a step of the loss's own scale
			c = math.Abs(r[0])
		}
		step[0] = r[0] / c
		return !math.IsNaN(step[0]) && !math.IsInf(step[0], 0)
	}
	if m.Quadratic() { // weights have mean 1
		copy(step, r)
		return true
	}
	k, h := m.k, m.border2
	clear(h)
	for i := range m.n {
		wt := m.weight(i)
		if wt == 0 {
			continue
		}
		for a := range k {
			pa := m.dual[a*m.n+i]/wt + b2f(int(m.y[i]) == a)
			h[a*k+a] += wt * pa
			for b := range k {
				h[a*k+b] -= wt * pa * (m.dual[b*m.n+i]/wt + b2f(int(m.y[i]) == b))
			}
		}
	}
	for a := range k { // adding a constant to all intercepts changes nothing: fix it
		for b := range k {
			h[a*k+b] = h[a*k+b]/float64(m.n) + 1/float64(k*k)
		}
		h[a*k+a] += 1e-14
	}
	copy(step, r)
	if !m.chol.Factor(h, k) {
		return false
	}
	m.chol.Solve(step, r)
	return true
}

func b2f(b bool) float64 {
	if b {
		return 1
	}
	return 0
}

// unweighted returns slopes without sample weights, in scratch where there are any.
func (m *Model) unweighted(u []float64) []float64 {
	if m.wt == nil {
		return u
	}
	for i, w := range m.wt {
		m.curve[i] = 0
		if w > 0 {
			m.curve[i] = u[i] / w
		}
	}
	m.diagValid = false
	return m.curve
}

// shrinkage returns the largest a <= 1 for which a*q is in the domain of R*.
func (m *Model) shrinkage() float64 {
	s := m.spec
	if s.L2 > 0 {
		return 1
	}
	a := 1.0
	if m.norms != nil {
		for c, g := range m.norms {
			if w, n := m.normW[c], normOf(m.q, g); n > w {
				a = min(a, w/n)
			}
		}
		return a
	}
	for j, q := range m.q[:m.k*m.d] {
		l1 := m.l1(j)
		if p := -q; math.Abs(p) > l1 && (m.lower == nil || p > 0 && math.IsInf(m.upper[j], 1) || p < 0 && math.IsInf(m.lower[j], -1)) {
			a = min(a, l1/math.Abs(p))
		}
	}
	return a
}

// normOf returns |x_G|_2.
func normOf(x []float64, g []int) float64 {
	s := 0.0
	for _, j := range g {
		s += x[j] * x[j]
	}
	return math.Sqrt(s)
}

// fenchelLoss returns the mean of phi(z_i) + phi*(t_i) - t_i z_i.
func (m *Model) fenchelLoss() float64 {
	m.loss.eval(m.v, m.zv, m.z, m.y) // zv is scratch for slopes
	s := 0.0
	for i := range m.n {
		w := m.weight(i)
		if w == 0 {
			continue
		}
		if m.k > 1 && m.Quadratic() { // (1/2) sum_k (z_k - y_k - t_k)^2
			for j := i; j < len(m.z); j += m.n {
				r := m.z[j] - m.y[j] - m.dual[j]/w
				s += w * r * r / 2
			}
			continue
		}
		tz := 0.0
		for k := range m.k {
			tz += m.dual[k*m.n+i] * m.z[k*m.n+i]
		}
		var conj float64
		if l, ok := m.loss.(Multinomial); ok {
			for k := range m.k {
				m.zv[k*m.n+i] = m.dual[k*m.n+i] / w
			}
			conj = conjRow(m.zv, m.n, i, l.K, int(m.y[i]))
		} else {
			conj = m.loss.conj(m.y[i], m.dual[i]/w)
		}
		s += max(0, w*(m.v[i]+conj)-tz)
	}
	return s / float64(m.n)
}

// scaledLogistic returns what scaling the slopes by a < 1 loses in Fenchel's inequality for
// logistic losses at the (shifted) predictors z: with the margins m = y z, p = a/(1+exp(m))
// and s = log(1 + (1-a) exp(-m)),
//
//	phi(z) + phi*(-y p) + y p z = p log a + (1-p) s.
func (m *Model) scaledLogistic(a float64) float64 {
	z := m.z
	if m.spec.Intercept {
		z = m.zv // where the slopes were taken
	}
	s, skip := m.v, m.wideColumn()
	shift := math.Log1p(-a)
	for i, y := range m.y {
		s[i] = shift - y*z[i]
	}
	vec.SoftplusSigmoid(s, skip, s)
	la, sum := math.Log(a), 0.0
	for i, t := range m.dual {
		if w := m.weight(i); w > 0 {
			p := math.Abs(t)
			sum += p*la + (w-p)*s[i]
		}
	}
	return max(0, sum) / float64(m.n)
}

// fenchelPenalty returns R(w) + R*(p) - p.w at p = -q, which splits into
// coordinates or groups.
func (m *Model) fenchelPenalty(x []float64) float64 {
	s := 0.0
	for c, g := range m.norms {
		s += m.fenchelGroup(x, g, m.normW[c])
	}
	if m.spec.TaskL1 > 0 {
		return s
	}
	if m.h == nil { // the ridge alone
		for j, q := range m.q[:m.k*m.d] {
			e := m.spec.L2*x[j] + q
			s += e * e
		}
		return s / (2 * m.spec.L2)
	}
	inf := math.Inf(1)
	for j, q := range m.q[:m.k*m.d] {
		if m.grouped != nil && m.grouped[j%m.d] {
			continue
		}
		lo, up := -inf, inf
		if m.lower != nil {
			lo, up = m.lower[j], m.upper[j]
		} else if x[j] == 0 && math.Abs(q) <= m.l1(j) {
			continue // nothing is lost, as at most of the coefficients of a sparse model
		}
		s += fenchel(x[j], -q, m.l1(j), m.spec.L2, lo, up)
	}
	return s
}

// fenchel returns r(v) + r*(p) - p v for r = l1 |.| + (l2/2)(.)^2 on [lo, up], from
// the minimizer s of r - p(.): exact zeros stay zeros.
func fenchel(v, p, l1, l2, lo, up float64) float64 {
	if v < lo || v > up {
		return math.Inf(1)
	}
	s := 0.0
	switch {
	case l2 > 0 && p > l1:
		s = (p - l1) / l2
	case l2 > 0 && p < -l1:
		s = (p + l1) / l2
	case p > l1:
		s = up
	case p < -l1:
		s = lo
	}
	s = min(max(s, lo), up)
	if math.IsInf(s, 0) { // p is on the border of the domain up to rounding
		s = v
	}
	return l2/2*(v-s)*(v-s) + l1*(math.Abs(v)-math.Abs(s)) + (l2*s-p)*(v-s)
}

func (m *Model) fenchelGroup(x []float64, g []int, w float64) float64 {
	l2 := m.spec.L2
	pn, vn, pv := normOf(m.q, g), normOf(x, g), 0.0
	for _, j := range g {
		pv -= m.q[j] * x[j]
	}
	s := w*vn - pv
	if l2 > 0 {
		e := max(0, pn-w)
		s += l2/2*vn*vn + e*e/(2*l2)
	}
	return s
}

// dualState is what certificates keep between calls.
type dualState struct {
	dual, q        []float64
	delta, border2 []float64
	shifted        float64
	chol           linalg.Cholesky
}
