package glm

import (
	"fmt"
	"maps"
	"math"
	"slices"
)

// WithPenalty returns the model of the same data with other weights of its penalties. It
// shares all else with m, what either remembers of its last x too: one of them at a time.
func (m *Model) WithPenalty(l1, l2, groupL1, taskL1 float64) (*Model, error) {
	c := *m
	c.spec.L1, c.spec.L2, c.spec.GroupL1, c.spec.TaskL1 = l1, l2, groupL1, taskL1
	if err := c.checkSpec(); err != nil {
		return nil, err
	}
	c.lip, c.h, c.grouped, c.norms, c.lower, c.upper = 0, nil, nil, nil, nil, nil
	if err := c.penalize(); err != nil {
		return nil, err
	}
	if c.byColumns() != m.byColumns() { // the same x has predictors with other last bits
		c.memory = c.newMemory()
		c.cols, c.moments, c.kept = m.cols, m.moments, m.kept
	}
	return &c, nil
}

// Forget drops the products of columns that Keep keeps, but not the second moments, which
// are the same whatever was asked.
func (m *Model) Forget() {
	if m.kept != nil {
		m.kept.reset()
	}
}

// Fork returns the same model with a memory of its own, for another goroutine. The data,
// by rows and by columns, and their second moments are shared.
func (m *Model) Fork() *Model {
	c := *m
	c.memory = m.newMemory()
	if m.moments == nil {
		c.cols = m.columns()
	}
	if m.moments != nil {
		c.moments = newMoments(m.moments.second)
	}
	if m.kept != nil {
		c.kept = newProducts(m.d)
	}
	return &c
}

// FitIntercepts moves the intercepts of x, if there are any, to where they minimize the
// mean loss for its coefficients. With the hinge loss these must be zero.
func (m *Model) FitIntercepts(x []float64) error {
	if !m.spec.Intercept {
		return nil
	}
	if _, ok := m.loss.(Hinge); ok {
		return m.fitKinkedIntercept(x)
	}
	if err := m.bounded(); err != nil {
		return err
	}
	m.move(x)
	if m.dual == nil {
		m.dual, m.q = make([]float64, m.n*m.k), make([]float64, m.Dim())
	}
	delta, ok := m.bestShift()
	if !ok {
		return fmt.Errorf("glm: %s: Newton's method finds no minimum of the mean loss over the intercept: want finite data of moderate size", m.name)
	}
	for k, v := range delta {
		x[m.k*m.d+k] += v
	}
	return nil
}

// bounded returns an error where the best intercept is infinite: a class has no sample, or
// every count is 0.
func (m *Model) bounded() error {
	weight := map[float64]float64{}
	for i, y := range m.y[:m.n] {
		weight[y] += m.weight(i)
	}
	want := map[float64]bool{}
	switch l := m.loss.(type) {
	case Logistic:
		want[-1], want[1] = true, true
	case Multinomial:
		for k := range l.K {
			want[float64(k)] = true
		}
	case Poisson:
		if weight[0] >= float64(m.n)*(1-1e-15) {
			return fmt.Errorf("glm: %s: every target is 0, so the best intercept is -Inf: want a count > 0", m.name)
		}
	}
	for _, y := range slices.Sorted(maps.Keys(want)) {
		if weight[y] == 0 {
			return fmt.Errorf("glm: %s: no sample is of class %v, so its best intercept is infinite: want samples of every class", m.name, y)
		}
	}
	return nil
}

// Threshold returns the least weight of |w|_1 (of the group norm, of task l1) for which all
// coefficients that it penalizes are zero at the minimum, given an x where they are zero and
// the others are optimal. Bounds must leave room for zero. With the hinge loss and an
// intercept it is a bound from above, exact where both classes weigh the same.
func (m *Model) Threshold(x []float64) (float64, error) {
	g := make([]float64, m.Dim())
	if err := m.NullGradient(g, x); err != nil {
		return 0, err
	}
	top := 0.0
	if len(m.spec.Groups) > 0 {
		for k := range m.k {
			for _, group := range m.spec.Groups {
				top = math.Max(top, normOf(g[k*m.d:], group)/math.Sqrt(float64(len(group))))
			}
		}
		return top, nil
	}
	if m.spec.TaskL1 > 0 {
		for _, row := range m.norms {
			top = math.Max(top, normOf(g, row))
		}
		return top, nil
	}
	for j, v := range g[:m.k*m.d] {
		if m.free != nil && m.free[j%m.d] {
			continue
		}
		lo, up := math.Inf(-1), math.Inf(1)
		if m.lower != nil {
			lo, up = m.lower[j], m.upper[j]
		}
		if lo > 0 || up < 0 {
			return 0, fmt.Errorf("glm: the bounds %v..%v of column %d exclude 0: no penalty makes its coefficient zero", lo, up, j%m.d+1)
		}
		if v > 0 && lo < 0 || v < 0 && up > 0 {
			top = math.Max(top, math.Abs(v))
		}
		if v != v {
			return v, nil
		}
	}
	return top, nil
}

// NullGradient stores in g the gradient of f at an x whose intercepts are optimal. The hinge loss
// has none at its kinks: with an intercept, where all coefficients must be zero, the samples
// of the heavier class are at one, and g is the subgradient that gives each of them the same
// share of the slope that balances the lighter class.
func (m *Model) NullGradient(g, x []float64) error {
	if _, ok := m.loss.(Hinge); ok && m.spec.Intercept {
		return m.kinkedGradient(g, x)
	}
	m.Gradient(g, x)
	return nil
}

// MeanLoss returns the mean of the losses at x, without any penalty.
func (m *Model) MeanLoss(x []float64) float64 {
	if m.summarize(x) {
		return m.moments.value()
	}
	m.move(x)
	return m.mean
}

// OutputLosses returns the mean loss of each target of MultiSquared at x, whose sum is MeanLoss;
// nil for other losses. It costs a pass over the data.
func (m *Model) OutputLosses(x []float64) []float64 {
	if _, ok := m.loss.(MultiSquared); !ok {
		return nil
	}
	m.move(x)
	out := make([]float64, m.k)
	for i, z := range m.z {
		r := z - m.y[i]
		out[i/m.n] += m.weight(i%m.n) * r * r / 2 / float64(m.n)
	}
	return out
}

// SparseCoefficients is Coefficients without the zeros: for each output the columns,
// increasing, and their coefficients.
func (m *Model) SparseCoefficients(x []float64) (idx [][]int, val [][]float64, b []float64) {
	idx, val, b = make([][]int, m.k), make([][]float64, m.k), make([]float64, m.k)
	for k := range m.k {
		if m.spec.Intercept {
			b[k] = x[m.k*m.d+k]
		}
		for j, v := range x[k*m.d : (k+1)*m.d] {
			if v == 0 {
				continue
			}
			v *= m.mulAt(j)
			idx[k], val[k] = append(idx[k], j), append(val[k], v)
			if m.mid != nil {
				b[k] -= m.mid[j] * v
			}
		}
	}
	return idx, val, b
}

// Evaluate stores the losses in v, of length n, and their slopes in u at the predictors z:
// class by class, K n of each.
func Evaluate(l Loss, v, u, z, y []float64) { l.eval(v, u, z, y) }

// Saturated returns the least loss that any predictor has for the target y: 0 but for
// Poisson.
func Saturated(l Loss, y float64) float64 {
	if _, ok := l.(Poisson); ok {
		return y - xlogx(y)
	}
	return 0
}
