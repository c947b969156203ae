// Package analytic has smooth test problems given by formulas, with their starts and
// known minima: the least-squares problems of Moré, Garbow and Hillstrom ("Testing
// unconstrained optimization software", ACM TOMS 7, 1981), the problems of Hock and
// Schittkowski ("Test examples for nonlinear programming codes", Springer 1981) with
// no constraints but bounds, convex functions with known constants for tests of rates,
// and the classic landscapes of global optimization. [All] lists them.
package analytic

import (
	"github.com/godescent/descent"
	"github.com/godescent/descent/internal/expr"
	"github.com/godescent/descent/prox"
)

// A Spec is a problem with what is known about it.
type Spec struct {
	ID, Title string
	Dim       int

	// Objective builds f. Each call returns one that shares no scratch with others.
	Objective func() descent.Objective

	X0 []float64 // the standard start; it may violate the bounds

	// FStar is the value at XStar, the minimizer that methods reach from X0 as a rule.
	// OtherMinima are the values of further local minima; one may be lower.
	FStar       float64
	XStar       []float64
	OtherMinima []float64

	Lower, Upper []float64 // bounds, which may be infinite; nil if there are none
	Source       string    // where the problem is from
}

// New builds the problem; bounds become its regularizer, a [prox.Box].
func (s Spec) New() *descent.Problem {
	p := &descent.Problem{Name: s.ID, Dim: s.Dim, Objective: s.Objective()}
	if s.Lower != nil {
		p.Regularizer = prox.Box{Lower: s.Lower, Upper: s.Upper}
	}
	return p
}

// All returns every problem. The slices are the caller's.
func All() []Spec {
	var all []Spec
	for _, p := range mgh {
		all = append(all, p.spec())
	}
	for _, p := range hs {
		all = append(all, p.spec())
	}
	all = append(all, convex()...)
	for _, p := range landscapes {
		all = append(all, p.spec())
	}
	return all
}

// Lookup returns the problem with the ID.
func Lookup(id string) (Spec, bool) {
	for _, s := range All() {
		if s.ID == id {
			return s, true
		}
	}
	return Spec{}, false
}

// formula compiles a formula of this package in the variables x1 ... xn.
func formula(src string) descent.Objective {
	f, err := expr.Compile(src)
	if err != nil {
		panic("analytic: " + err.Error())
	}
	return f
}
