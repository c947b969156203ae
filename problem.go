package descent

import (
	"errors"
	"fmt"
	"math"
	"reflect"
	"strings"
)

// A Problem is the counted handle through which methods reach an objective:
// minimize f(x) + h(x) over x in R^Dim. Build it as a struct literal. A Problem
// belongs to one run at a time.
type Problem struct {
	Name        string
	Dim         int
	Objective   Objective   // f
	Regularizer Regularizer // h, or nil for none

	counts Counts
	guard  *guard  // limits inside an iteration; nil outside of Solve
	terms  float64 // N of a FiniteSum, 0 if not asked yet

	smooth  Smooth
	hessVec HessianVector
	hessian HessianMatrix
	sum     FiniteSum
}

// Counts says how often each oracle was called by the method. What the driver
// spends on certificates is not in it.
type Counts struct {
	Value    int `json:"value"`    // f alone
	Gradient int `json:"gradient"` // f and its gradient
	HessVec  int `json:"hess_vec"` // Hessian-vector products
	Hessian  int `json:"hessian"`  // whole Hessians
	Term     int `json:"term"`     // gradients of single terms of a sum
	Prox     int `json:"prox"`     // proximal maps of h

	Coordinate int `json:"coordinate"` // partial derivatives with their curvature, one for each coordinate of a block
	Target     int `json:"target"`     // outputs of the model under single terms, or products with their Jacobians
}

// Evals returns the number of evaluations of f, with or without a gradient.
func (c Counts) Evals() int { return c.Value + c.Gradient }

// Plus returns the sums of both counts.
func (c Counts) Plus(d Counts) Counts {
	return Counts{
		Value: c.Value + d.Value, Gradient: c.Gradient + d.Gradient, HessVec: c.HessVec + d.HessVec, Hessian: c.Hessian + d.Hessian,
		Term: c.Term + d.Term, Prox: c.Prox + d.Prox, Coordinate: c.Coordinate + d.Coordinate,
		Target: c.Target + d.Target,
	}
}

// work returns the cost of the counted calls in units of one value of f.
func (p *Problem) work() float64 {
	c := &p.counts
	w := float64(c.Value) + 2*float64(c.Gradient+c.HessVec) + 4*float64(c.Hessian)
	if c.Term > 0 || c.Target > 0 {
		w += (2*float64(c.Term) + float64(c.Target)) / p.numTerms()
	}
	w += 2 * float64(c.Coordinate) / float64(p.Dim)
	return w
}

func (p *Problem) numTerms() float64 {
	if p.terms == 0 {
		p.terms = 1
		if s, ok := p.Objective.(interface{ Terms() int }); ok { // FiniteSum, or batches of another family's oracle
			p.terms = max(1, float64(s.Terms()))
		}
	}
	return p.terms
}

// Counts returns the oracle calls made so far.
func (p *Problem) Counts() Counts { return p.counts }

// Value returns f(x).
func (p *Problem) Value(x []float64) float64 {
	p.counts.Value++
	p.guard.check(p)
	return p.Objective.Value(x)
}

// Gradient stores the gradient of f at x in g and returns f(x). The objective
// must be Smooth: ask with [Require] first.
func (p *Problem) Gradient(g, x []float64) float64 {
	p.counts.Gradient++
	p.guard.check(p)
	if p.smooth == nil {
		p.smooth = p.Objective.(Smooth)
	}
	return p.smooth.Gradient(g, x)
}

// HessVec stores the product of the Hessian of f at x with v in hv.
func (p *Problem) HessVec(hv, x, v []float64) {
	p.counts.HessVec++
	p.guard.check(p)
	if p.hessVec == nil {
		p.hessVec = p.Objective.(HessianVector)
	}
	p.hessVec.HessVec(hv, x, v)
}

// Hessian stores the Hessian of f at x in h, n x n row-major.
func (p *Problem) Hessian(h, x []float64) {
	p.counts.Hessian++
	p.guard.check(p)
	if p.hessian == nil {
		p.hessian = p.Objective.(HessianMatrix)
	}
	p.hessian.Hessian(h, x)
}

// TermGradient stores the mean gradient of the terms idx at x in g and returns
// the mean of their values.
func (p *Problem) TermGradient(g, x []float64, idx []int) float64 {
	p.CountTerms(len(idx))
	if p.sum == nil {
		p.sum = p.Objective.(FiniteSum)
	}
	return p.sum.TermGradient(g, x, idx)
}

// CountTerms records n gradients of single terms that a method took through an
// oracle of its own family.
func (p *Problem) CountTerms(n int) {
	p.counts.Term += n
	p.guard.check(p)
}

// CountTargets records n outputs of the model under single terms, or products with their
// Jacobians, that a method took through an oracle of its own family.
func (p *Problem) CountTargets(n int) {
	p.counts.Target += n
	p.guard.check(p)
}

// CountCoordinates records n partial derivatives that a method took through an oracle of
// its own family: the coordinates of a block.
func (p *Problem) CountCoordinates(n int) {
	p.counts.Coordinate += n
	p.guard.check(p)
}

// Prox stores the proximal map of h with step t at x in dst; a copy if h is nil.
func (p *Problem) Prox(dst, x []float64, t float64) {
	p.counts.Prox++
	if p.Regularizer == nil {
		copy(dst, x)
		return
	}
	p.Regularizer.Prox(dst, x, t)
}

// Penalty returns h(x), 0 if h is nil. It is not counted.
func (p *Problem) Penalty(x []float64) float64 {
	if p.Regularizer == nil {
		return 0
	}
	return p.Regularizer.Value(x)
}

// Total returns f(x) + h(x).
func (p *Problem) Total(x []float64) float64 { return p.Value(x) + p.Penalty(x) }

// A MissingOracleError says that a method needs what the problem cannot answer.
type MissingOracleError struct {
	Problem string // the problem's name
	Oracle  string // the missing oracle
	Has     []string
	Fitting []string // methods of the catalog that fit, where the caller knows them
}

func (e *MissingOracleError) Error() string {
	s := fmt.Sprintf("problem %s has no oracle %s (it has: %s)", e.Problem, e.Oracle, strings.Join(e.Has, ", "))
	if len(e.Fitting) > 0 {
		s += "; methods that fit: " + strings.Join(e.Fitting, ", ")
	}
	return s
}

// Require returns the oracle O of the problem's objective or regularizer, or a
// [MissingOracleError].
func Require[O any](p *Problem) (O, error) {
	if o, ok := p.Objective.(O); ok {
		return o, nil
	}
	if o, ok := p.Regularizer.(O); ok {
		return o, nil
	}
	var zero O
	return zero, &MissingOracleError{Problem: p.Name, Oracle: reflect.TypeFor[O]().Name(), Has: p.Oracles()}
}

// Oracles names what the problem can answer.
func (p *Problem) Oracles() []string {
	has := []string{"Objective"}
	add := func(name string, ok bool) {
		if ok {
			has = append(has, name)
		}
	}
	_, ok := p.Objective.(Smooth)
	add("Smooth", ok)
	_, ok = p.Objective.(HessianVector)
	add("HessianVector", ok)
	_, ok = p.Objective.(HessianMatrix)
	add("HessianMatrix", ok)
	_, ok = p.Objective.(FiniteSum)
	add("FiniteSum", ok)
	_, ok = p.Objective.(Lipschitz)
	add("Lipschitz", ok)
	_, ok = p.Objective.(CoordinateLipschitz)
	add("CoordinateLipschitz", ok)
	_, ok = p.Objective.(StrongConvexity)
	add("StrongConvexity", ok)
	_, ok = p.Objective.(Certifier)
	add("Certifier", ok)
	_, ok = p.Objective.(WitnessCertifier)
	add("WitnessCertifier", ok)
	_, ok = p.Regularizer.(Bounded)
	add("Bounded", ok)
	return has
}

// Unregularized returns an error unless h is nil: for methods of smooth
// unconstrained problems.
func (p *Problem) Unregularized(method string) error {
	if p.Regularizer != nil {
		return fmt.Errorf("%s: problem %s has a regularizer or set (%T); want a smooth objective alone (proximal methods take both)", method, p.Name, p.Regularizer)
	}
	return nil
}

// check validates the literal and the start.
func (p *Problem) check(x0 []float64) error {
	switch {
	case p == nil || p.Objective == nil:
		return errors.New("descent: problem without an objective")
	case p.Dim < 1:
		return fmt.Errorf("descent: problem %s has dimension %d: want at least 1", p.Name, p.Dim)
	case len(x0) != p.Dim:
		return fmt.Errorf("descent: start has length %d: problem %s has dimension %d", len(x0), p.Name, p.Dim)
	}
	for i, v := range x0 {
		if math.IsNaN(v) || math.IsInf(v, 0) {
			return fmt.Errorf("descent: start x[%d] is %v: want a finite number", i, v)
		}
	}
	return nil
}
