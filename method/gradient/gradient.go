// Package gradient has first-order methods for smooth problems: gradient descent with
// several step rules, momentum methods, nonlinear conjugate gradients, and gradient
// methods for separating hyperplanes.
package gradient

import (
	"fmt"
	"math"

	"github.com/godescent/descent"
)

// smooth validates what every method of the package needs.
func smooth(id string, p *descent.Problem) error {
	if err := p.Unregularized(id); err != nil {
		return err
	}
	_, err := descent.Require[descent.Smooth](p)
	return err
}

// positive refuses an option that is set and is no positive number; 0 means default.
func positive(id, name string, v float64) error {
	if !(v >= 0) || math.IsInf(v, 0) {
		return fmt.Errorf("%s: %s = %v: want a positive number, or 0 for the default", id, name, v)
	}
	return nil
}

// constants returns L and mu: the options where they are set, else the problem's.
// Where mu is not asked for, it is not looked up.
func constants(id string, p *descent.Problem, l, mu float64, wantMu bool) (float64, float64, error) {
	if err := positive(id, "L", l); err != nil {
		return 0, 0, err
	}
	if err := positive(id, "Mu", mu); err != nil {
		return 0, 0, err
	}
	if o, ok := p.Objective.(descent.Lipschitz); ok && l == 0 {
		l = o.Lipschitz()
	}
	if l == 0 || math.IsInf(l, 0) {
		return 0, 0, fmt.Errorf("%s: problem %s knows no Lipschitz constant of its gradient: set L, or use gd, bb or lbfgs, which need none", id, p.Name)
	}
	if !wantMu {
		return l, 0, nil
	}
	if o, ok := p.Objective.(descent.StrongConvexity); ok && mu == 0 {
		mu = o.StrongConvexity()
	}
	if mu == 0 {
		return 0, 0, fmt.Errorf("%s: problem %s knows no constant mu > 0 of strong convexity: set Mu, or use nesterov, which needs none", id, p.Name)
	}
	if mu > l {
		return 0, 0, fmt.Errorf("%s: Mu = %v is larger than L = %v: want Mu <= L", id, mu, l)
	}
	return l, mu, nil
}
