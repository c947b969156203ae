package glm

import (
	"fmt"
	"math"

	"github.com/godescent/descent"
	"github.com/godescent/descent/linalg"
	"github.com/godescent/descent/vec"
)

// Hinge is max(0, 1 - y z) for y in {-1, +1}: the loss of support vector machines
// (Cortes and Vapnik 1995). It has a kink where y z = 1, so the problem of a model with
// it is [Kinked].
type Hinge struct{}

// Name returns "hinge".
func (Hinge) Name() string { return "hinge" }

func (Hinge) check(y []float64) error { return checkSigns("hinge", y) }

// eval takes the slope 0 at the kink.
func (Hinge) eval(v, u, z, y []float64) {
	for i, zi := range z {
		v[i], u[i] = 0, 0
		if m := 1 - y[i]*zi; m > 0 {
			v[i], u[i] = m, -y[i]
		}
	}
}

func (Hinge) curve(d, _, _, _ []float64) { clear(d) }

func (Hinge) bound() float64 { return math.Inf(1) }

func (Hinge) conj(y, t float64) float64 {
	if b := -y * t; b < 0 || b > 1 {
		return math.Inf(1)
	}
	return y * t
}

func (Hinge) dualStep(y, t, z, q float64) float64 {
	return -y * min(max(-y*t+(1-y*z)/q, 0), 1)
}

func (Hinge) dualCurve(_, s, q float64) float64 {
	if s == 0 || s == 1 || s == -1 {
		return 0
	}
	return 1 / q
}

// sides returns the weights of the two classes.
func (m *Model) sides() (up, down float64) {
	for i, y := range m.y {
		if y > 0 {
			up += m.weight(i)
		} else {
			down += m.weight(i)
		}
	}
	return up, down
}

// onlyIntercept returns an error unless the coefficients of x are zero.
func (m *Model) onlyIntercept(x []float64) error {
	for j, v := range x[:m.d] {
		if v != 0 {
			return fmt.Errorf("glm: %s: coefficient %d is %v: the best intercept of a hinge loss is known where all are zero", m.name, j+1, v)
		}
	}
	return nil
}

// fitKinkedIntercept sets the intercept of x, whose coefficients are zero, to a minimum of
// the mean hinge loss (1/n) (up max(0, 1-b) + down max(0, 1+b)): the heavier class, or
// any number between both.
func (m *Model) fitKinkedIntercept(x []float64) error {
	if err := m.onlyIntercept(x); err != nil {
		return err
	}
	up, down := m.sides()
	x[m.d] = 0
	if up != down {
		x[m.d] = math.Copysign(1, up-down)
	}
	return nil
}

// NullSlopes returns slopes of the hinge losses, one for each sample, where the coefficients are
// zero and the intercept is optimal: the dual point that proves zero from [Model.Threshold] on.
// With an intercept they are -y_i in the lighter class and -y_i light/heavy in the
// heavier, so that they sum to 0; where both weigh the same there are no others.
func (m *Model) NullSlopes() []float64 {
	up, down := m.sides()
	light := min(up, down)
	t := make([]float64, m.n)
	for i, y := range m.y {
		side := down
		if y > 0 {
			side = up
		}
		switch {
		case !m.spec.Intercept:
			t[i] = -y
		case side > 0:
			t[i] = -y * light / side
		}
	}
	return t
}

// kinkedGradient stores in g the subgradient of the mean loss at NullSlopes.
func (m *Model) kinkedGradient(g, x []float64) error {
	if err := m.onlyIntercept(x); err != nil {
		return err
	}
	t := m.NullSlopes()
	for i := range t {
		t[i] *= m.weight(i)
	}
	m.back(g, t, x, 0)
	g[m.d] = 0 // up to rounding
	return nil
}

// Kinked is the objective of a model whose loss has a kink: it has no gradient, and its
// duality gap needs a dual point, one slope for each sample. Methods find one on the way.
type Kinked struct{ m *Model }

var (
	_ descent.WitnessCertifier = Kinked{}
	_ descent.Diagnoser        = Kinked{}
)

// Value returns f(x).
func (k Kinked) Value(x []float64) float64 { return k.m.Value(x) }

// Diagnose is that of the model.
func (k Kinked) Diagnose(x []float64) []string { return k.m.Diagnose(x) }

// Terms returns the number of samples.
func (k Kinked) Terms() int { return k.m.n }

// Ridge returns l2 and the number of variables that it applies to.
func (k Kinked) Ridge() (lambda float64, n int) { return k.m.Ridge() }

// DualRows is that of the model.
func (k Kinked) DualRows() (*linalg.CSR, *linalg.Dense) { return k.m.DualRows() }

// DualShift is that of the model.
func (k Kinked) DualShift() []float64 { return k.m.DualShift() }

// DualWeights is that of the model.
func (k Kinked) DualWeights() []float64 { return k.m.DualWeights() }

// DualStep is that of the model.
func (k Kinked) DualStep(i int, t, z, q float64) float64 { return k.m.DualStep(i, t, z, q) }

// DualBox is that of the model.
func (k Kinked) DualBox(i int) (lo, up, slope, curve float64, ok bool) { return k.m.DualBox(i) }

// CertifyWith returns the relative duality gap at x of the slopes t, one for each sample.
// They are scaled into the domain of the dual where need be: with an intercept the
// heavier side, positive or negative, so that the sum is 0; without l2 all, so
// that no column exceeds l1. The gap is infinite where a slope is outside of its loss's
// domain.
func (k Kinked) CertifyWith(x, t []float64) (descent.Certificate, bool) {
	m := k.m
	if len(t) != m.n || !m.hasDual() {
		return descent.Certificate{}, false
	}
	m.move(x)
	if m.dual == nil {
		m.dual, m.q = make([]float64, m.n), make([]float64, m.Dim())
	}
	up, down := 0.0, 0.0
	for i, v := range t {
		v *= m.weight(i)
		m.dual[i] = v
		up, down = up+max(0, v), down-min(0, v)
	}
	if m.spec.Intercept && up != down {
		ru, rd := min(1, down/up), min(1, up/down) // 0/0 is not reached
		for i, v := range m.dual {
			if v > 0 {
				m.dual[i] = ru * v
			} else {
				m.dual[i] = rd * v
			}
		}
	}
	m.back(m.q, m.dual, x, 0)
	if a := m.shrinkage(); a < 1 {
		vec.Scal(a, m.dual)
		vec.Scal(a, m.q)
	}
	gap := m.fenchelLoss() + m.fenchelPenalty(x)
	if m.spec.Intercept { // the mean slope is 0 up to rounding
		gap += math.Abs(x[m.d] * m.q[m.d])
	}
	return m.relative(gap, m.value(), x), true
}

// Augment returns the smooth model whose loss is, for each sample,
//
//	psi_i(z) = max_s s z - phi_i*(s) - (s - t_i)^2/(2 sigma),
//
// a lower bound of phi_i that touches it where t_i is a slope of phi_i. The data are
// shared. Changes of t and sigma count from the model's next new point on.
func (k Kinked) Augment(t []float64, sigma *float64) (descent.Objective, error) {
	loss, ok := k.m.loss.(kinkedLoss)
	if !ok || len(t) != k.m.n {
		return nil, fmt.Errorf("glm: %d slopes for %d samples of the loss %s: want one each, and a loss with kinks", len(t), k.m.n, k.m.loss.Name())
	}
	spec := k.m.spec
	spec.Loss = augmented{loss, t, sigma}
	return New(k.m.name, k.m.x, k.m.y, spec)
}

// Slopes stores the maximizers s of psi_i at x in dst, which may be t.
func (k Kinked) Slopes(dst, x, t []float64, sigma float64) {
	k.m.move(x)
	for i, z := range k.m.z {
		dst[i] = k.m.DualStep(i, t[i], z, 1/sigma)
	}
}

// A kinkedLoss has flat pieces of its conjugate's derivative: dualCurve is the derivative
// with respect to z of s = dualStep(y, t, z, q).
type kinkedLoss interface {
	Loss
	dualLoss
	dualCurve(y, s, q float64) float64
}

// augmented is the envelope of a loss around slopes t.
type augmented struct {
	kinkedLoss
	t     []float64
	sigma *float64
}

func (l augmented) eval(v, u, z, y []float64) {
	q := 1 / *l.sigma
	if _, ok := l.kinkedLoss.(Hinge); ok {
		hingeEnvelopes(v, u, z, y, l.t, *l.sigma)
		return
	}
	for i, zi := range z {
		s := l.dualStep(y[i], l.t[i], zi, q)
		d := s - l.t[i]
		u[i], v[i] = s, s*zi-l.conj(y[i], s)-q/2*d*d
	}
}

// hingeEnvelopes is eval for the hinge loss, without calls: b = -y s is in [0, 1], and
// s z - phi*(s) = b (1 - y z).
func hingeEnvelopes(v, u, z, y, t []float64, sigma float64) {
	u, z, y, t = u[:len(v)], z[:len(v)], y[:len(v)], t[:len(v)]
	for i, yi := range y {
		m, a := 1-yi*z[i], -yi*t[i]
		b := min(max(a+sigma*m, 0), 1)
		u[i], v[i] = -yi*b, b*m-(b-a)*(b-a)/(2*sigma)
	}
}

func (l augmented) curve(d, u, _, y []float64) {
	q := 1 / *l.sigma
	for i, s := range u {
		d[i] = l.dualCurve(y[i], s, q)
	}
}

func (l augmented) bound() float64 { return *l.sigma }

// Refresh makes the model evaluate its next point afresh, as its loss has changed.
func (m *Model) Refresh() { m.atValid, m.tracked = false, false }
