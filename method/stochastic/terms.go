// Package stochastic has methods for sums f = (1/N) sum_i f_i that look at a few terms
// at a time. An iteration, as the driver counts them, is a pass over the data.
package stochastic

import (
	"fmt"
	"math"

	"github.com/godescent/descent"
)

// LinearTerms is the oracle of a sum of functions of one linear predictor each:
//
//	f(x) = (1/N) sum_i phi_i(a_i.x) + (lambda/2) |x_P|^2,  x_P = x[:n]
//
// so that the gradient of a term is a number times a row, and a table of all
// gradients is N numbers.
type LinearTerms interface {
	// Terms returns N.
	Terms() int
	// TermDot returns a_i.x.
	TermDot(i int, x []float64) float64
	// TermSlope returns phi_i'(z).
	TermSlope(i int, z float64) float64
	// TermAxpy adds a times a_i to g.
	TermAxpy(a float64, i int, g []float64)
	// Ridge returns lambda and n.
	Ridge() (lambda float64, n int)
}

// TermSupport tells which of the entries x[:n] row a_i touches, n being that of
// [LinearTerms]; nil for every i says that rows are dense. All rows may touch the
// entries from n on (an intercept).
type TermSupport interface{ TermSupport(i int) []int32 }

// TermLipschitz returns L_max, the largest of the Lipschitz constants of the gradients
// of the f_i; +Inf if there is no bound. Default steps follow from it.
type TermLipschitz interface{ TermLipschitz() float64 }

// SingleOutput lets a problem that has the methods of [LinearTerms] say that they do
// not apply: a model with several outputs has several predictors per term.
type SingleOutput interface{ SingleOutput() bool }

// linearTerms returns the oracle LinearTerms of p, or nil.
func linearTerms(p *descent.Problem) LinearTerms {
	if s, ok := p.Objective.(SingleOutput); ok && !s.SingleOutput() {
		return nil
	}
	t, _ := p.Objective.(LinearTerms)
	return t
}

// stepSize validates a step. For 0 it returns
//
//	1/(c ((1 - 1/b) L + v L_max/b))
//
// for batches of b terms, with L_max for L if the problem does not know L.
func stepSize(method string, p *descent.Problem, step, c, v float64, b int) (float64, error) {
	if !(step >= 0) || math.IsInf(step, 1) {
		return 0, fmt.Errorf("%s: step %v: want > 0, or 0 for the default", method, step)
	}
	if step > 0 {
		return step, nil
	}
	o, err := descent.Require[TermLipschitz](p)
	if err != nil {
		return 0, fmt.Errorf("%s: step 0: want > 0, as the default step cannot be found: %w", method, err)
	}
	top := o.TermLipschitz()
	mean, share := top, 1/float64(b)
	if w, ok := p.Objective.(descent.Lipschitz); ok && b > 1 {
		mean = min(top, w.Lipschitz())
	}
	l := (1-share)*mean + v*share*top
	if !(l > 0) || math.IsInf(l, 1) {
		return 0, fmt.Errorf("%s: step 0: want > 0, as problem %s has no bound on the curvature of its terms (%v)", method, p.Name, l)
	}
	return 1 / (c * l), nil
}

// batchSize validates a batch of b of N terms; 0 means the default.
func batchSize(method string, b, n, byDefault int) (int, error) {
	if b < 0 || b > n {
		return 0, fmt.Errorf("%s: batch %d: want 1 to %d, the number of terms, or 0 for %d", method, b, n, min(byDefault, n))
	}
	if b == 0 {
		b = min(byDefault, n)
	}
	return b, nil
}

// defaultBatch pays for an O(n) update of x per step with about as much work on terms.
const defaultBatch = 32
