package glm

import (
	"math"

	"github.com/godescent/descent/vec"
)

// Oracles of methods that change a block of coordinates at a time: f is followed in a state
// w, the linear predictors of all outputs (K blocks of n, scaled, centered, intercepts
// included) and the coefficients, which the ridge term needs. A step on the block b costs the
// stored entries of its columns and O(n K); nothing is allocated after the first. The model
// keeps slopes and losses of its last state in place of those of its last x.

// tracking is the scratch of the last line, and the sums of the slopes.
type tracking struct {
	b      []int     // of the last line
	d      []float64 // along it
	v      []float64 // the change of the predictors along it, K blocks of n
	tv     []float64 // t v
	sums   []float64 // of the slopes, by output
	summed bool
	shift  []float64 // of the predictors, by output
}

func (m *Model) tracks() *tracking {
	if m.track == nil {
		nk := m.n * m.k
		m.track = &tracking{v: make([]float64, nk), tv: make([]float64, nk), sums: make([]float64, m.k), shift: make([]float64, m.k)}
		m.columns()
	}
	return m.track
}

// StateLen is K (n + d).
func (m *Model) StateLen() int { return m.k * (m.n + m.d) }

// parts returns the predictors and the coefficients of a state.
func (m *Model) parts(w []float64) (z, coef []float64) { return w[:m.n*m.k], w[m.n*m.k:] }

// Track stores the state at x.
func (m *Model) Track(w, x []float64) {
	m.tracks()
	z, coef := m.parts(w)
	m.predict(z, x)
	copy(coef, x)
}

// Shift adds X'_b d to the predictors and d to the coefficients.
func (m *Model) Shift(w []float64, b []int, d []float64) {
	z, coef := m.parts(w)
	m.addColumns(z, b, d)
	for i, j := range b {
		if j < len(coef) {
			coef[j] += d[i]
		}
	}
}

// addColumns adds X'_b d to z, columns scaled and centered, intercepts as columns of ones.
func (m *Model) addColumns(z []float64, b []int, d []float64) {
	t := m.tracks()
	clear(t.shift)
	for i, j := range b {
		k, col := m.output(j)
		if col == m.d {
			t.shift[k] += d[i]
			continue
		}
		a := d[i] * m.mulAt(col)
		if m.columns().axpy(a, col, z[k*m.n:(k+1)*m.n]); m.mid != nil {
			t.shift[k] -= a * m.mid[col]
		}
	}
	for k, s := range t.shift {
		if s != 0 {
			zk := z[k*m.n : (k+1)*m.n]
			for i := range zk {
				zk[i] += s
			}
		}
	}
}

// load makes slopes and losses those of a state. Whether they are is seen by its predictors.
func (m *Model) load(w []float64) {
	z, _ := m.parts(w)
	if m.tracked && same(m.z, z) {
		return
	}
	copy(m.z, z)
	m.tracked, m.tracks().summed = true, false
	m.atValid, m.gradValid, m.diagValid = false, false, false
	m.mean = m.losses(m.v, m.u, m.z)
}

// slopeSums returns the sums of the slopes, by output.
func (m *Model) slopeSums() []float64 {
	t := m.track
	if !t.summed {
		for k := range t.sums {
			t.sums[k] = vec.Sum(m.u[k*m.n : (k+1)*m.n])
		}
		t.summed = true
	}
	return t.sums
}

// Partials stores X'_b^T slopes / n + l2 x_b.
func (m *Model) Partials(g, w []float64, b []int) {
	m.load(w)
	_, coef := m.parts(w)
	inv := 1 / float64(m.n)
	for i, j := range b {
		k, col := m.output(j)
		if col == m.d {
			g[i] = m.slopeSums()[k] * inv
			continue
		}
		sum := m.columns().dot(col, m.u[k*m.n:(k+1)*m.n])
		if m.mid != nil {
			sum -= m.mid[col] * m.slopeSums()[k]
		}
		g[i] = sum*m.mulAt(col)*inv + m.spec.L2*coef[j]
	}
}

// AllPartials stores the gradient.
func (m *Model) AllPartials(g, w []float64) {
	m.load(w)
	_, coef := m.parts(w)
	m.back(g, m.u, coef, m.spec.L2)
}

// Line keeps d and X'_b d.
func (m *Model) Line(_ []float64, b []int, d []float64) {
	t := m.tracks()
	t.b, t.d = append(t.b[:0], b...), append(t.d[:0], d...)
	clear(t.v)
	m.addColumns(t.v, b, d)
}

// Rise returns the weighted mean of the changes of the losses, and that of the ridge term.
func (m *Model) Rise(w []float64, step float64) float64 {
	m.load(w)
	t := m.track
	for i, v := range t.v {
		t.tv[i] = step * v
	}
	m.loss.rise(m.v, m.z, t.tv, m.y)
	var rise float64
	if m.wt == nil {
		rise = vec.Sum(m.v)
	} else {
		rise = vec.Dot(m.wt, m.v)
	}
	rise /= float64(m.n)
	_, coef := m.parts(w)
	for i, j := range t.b {
		if j < len(coef) {
			e := step * t.d[i]
			rise += m.spec.L2 * e * (coef[j] + e/2)
		}
	}
	return rise
}

// BlockHessian stores the rows and columns b of the Hessian at the state w.
func (m *Model) BlockHessian(h, w []float64, b []int) {
	m.readyBlocks()
	if m.Quadratic() {
		m.constantBlock(h, b)
		return
	}
	m.load(w)
	m.curvedBlock(h, b)
}

// BlockBound stores the rows and columns b of sup phi” X'^T diag(weights) X'/n + l2 I, a
// bound on the Hessian; of a multinomial model that of (I - 11'/K)/2 with the same product
// (Böhning 1992). It is infinite for Poisson.
func (m *Model) BlockBound(h []float64, b []int) {
	m.readyBlocks()
	bound := m.loss.bound()
	switch {
	case m.Quadratic():
		m.constantBlock(h, b)
		return
	case math.IsInf(bound, 1):
		for i := range h {
			h[i] = bound
		}
		return
	}
	m.diagValid = false
	for i := range m.curve {
		m.curve[i] = m.weight(i)
	}
	shared := 0.0
	if m.k > 1 {
		shared = bound / float64(m.k)
	}
	m.outputsBlock(h, b, bound-shared, -shared)
	m.addRidge(h, b)
}

// BoundProduct stores the product of the bound of [Model.BlockBound] with U_b d in hd: one
// pass over the data.
func (m *Model) BoundProduct(hd []float64, b []int, d []float64) {
	z := m.zv
	clear(z)
	m.addColumns(z, b, d)
	if _, ok := m.loss.(Multinomial); ok {
		m.centerOutputs(z)
	}
	vec.Scal(m.loss.bound(), z)
	m.weighSamples(z)
	m.back(hd, z, hd, 0)
	for i, j := range b {
		if j < m.k*m.d {
			hd[j] += m.spec.L2 * d[i]
		}
	}
}

// centerOutputs subtracts the mean over the outputs from z: the product with I - 11'/K.
func (m *Model) centerOutputs(z []float64) {
	for i := range m.n {
		mean := 0.0
		for j := i; j < len(z); j += m.n {
			mean += z[j] / float64(m.k)
		}
		for j := i; j < len(z); j += m.n {
			z[j] -= mean
		}
	}
}

// BoundNorm bounds the largest eigenvalue of that bound.
func (m *Model) BoundNorm() float64 { return m.Lipschitz() }
