package coordinate

import (
	"math"

	"github.com/godescent/descent"
)

// hessianBlock stores the rows and columns b of the Hessian of f at x in h.
type hessianBlock interface {
	HessianBlock(h []float64, b []int, x []float64)
}

// plainTracker makes a Tracker of any Smooth f: the state is the gradient and f(x). Every
// step costs a gradient and every trial a value, which the problem counts.
type plainTracker struct {
	p     *descent.Problem
	x     []float64 // that of the run
	trial []float64
	b     []int
	d     []float64

	block   hessianBlock // nil where there are products only
	product descent.HessianVector
	e, he   []float64
}

func newPlainTracker(p *descent.Problem, x []float64) *plainTracker {
	return &plainTracker{p: p, x: x, trial: make([]float64, len(x))}
}

// StateLen implements [Tracker].
func (t *plainTracker) StateLen() int { return len(t.x) + 1 }

// Track implements [Tracker].
func (t *plainTracker) Track(w, x []float64) { w[len(x)] = t.p.Gradient(w[:len(x)], x) }

// Shift implements [Tracker].
func (t *plainTracker) Shift(w []float64, _ []int, _ []float64) { t.Track(w, t.x) }

// Partials implements [Tracker].
func (t *plainTracker) Partials(g, w []float64, b []int) {
	for i, j := range b {
		g[i] = w[j]
	}
}

// AllPartials implements [Tracker].
func (t *plainTracker) AllPartials(g, w []float64) { copy(g, w[:len(t.x)]) }

// Line implements [Tracker].
func (t *plainTracker) Line(_ []float64, b []int, d []float64) { t.b, t.d = b, d }

// Rise implements [Tracker].
func (t *plainTracker) Rise(w []float64, step float64) float64 {
	copy(t.trial, t.x)
	for i, j := range t.b {
		t.trial[j] += step * t.d[i]
	}
	return t.p.Value(t.trial) - w[len(t.x)]
}

// needHessian finds an oracle for blocks of the Hessian.
func (t *plainTracker) needHessian() (err error) {
	if o, ok := t.p.Objective.(hessianBlock); ok {
		t.block = o
		return nil
	}
	t.e, t.he = make([]float64, len(t.x)), make([]float64, len(t.x))
	t.product, err = descent.Require[descent.HessianVector](t.p)
	return err
}

// BlockHessian implements [BlockHessian]: by one product a column where need be.
func (t *plainTracker) BlockHessian(h, _ []float64, b []int) {
	if t.block != nil {
		t.block.HessianBlock(h, b, t.x)
		return
	}
	for i, j := range b {
		t.e[j] = 1
		t.p.HessVec(t.he, t.x, t.e)
		t.e[j] = 0
		for k, l := range b {
			h[k*len(b)+i] = t.he[l]
		}
	}
}

// noise is the rounding error of a rise: that of f where the rise is a difference of two
// values, none where a Tracker sums small terms.
func (s *bcdRun) noise() float64 {
	if _, ok := s.f.(*plainTracker); ok {
		return 4 * 0x1p-52 * math.Abs(s.W[s.n])
	}
	return 0
}
