package coordinate

import (
	"fmt"

	"github.com/godescent/descent"
)

// HessianBlock is the oracle of second-order block methods: it stores the rows and columns
// idx of the Hessian of f at x in h, row-major with rows of length len(idx). idx increases.
type HessianBlock interface {
	HessianBlock(h []float64, idx []int, x []float64)
}

// newtonCore is what proximal Newton methods share: oracles, options and the line search.
type newtonCore struct {
	p       *descent.Problem
	block   HessianBlock
	quad    bool
	grow    int
	most    int
	forcing float64
	reason  string
	worst   float64 // violation at the start of the last iteration

	g, trial, l []float64 // scratch: gradient, point of a line search, curvatures
}

// newNewtonCore checks the options, the zeros of most and forcing being their defaults.
func newNewtonCore(method string, p *descent.Problem, grow, most int, forcing float64) (c newtonCore, err error) {
	block, err := descent.Require[HessianBlock](p)
	if err != nil {
		return c, err
	}
	if _, err := descent.Require[descent.Smooth](p); err != nil {
		return c, err
	}
	quad := false
	if q, ok := p.Objective.(interface{ Quadratic() bool }); ok {
		quad = q.Quadratic()
	}
	switch {
	case grow < 0 || most < 0:
		return c, fmt.Errorf("%s: grow = %d and most = %d: want at least 1, or 0 for the default", method, grow, most)
	case !(forcing >= 0 && forcing < 1):
		return c, fmt.Errorf("%s: forcing = %v: want a number between 0 and 1, or 0 for the default", method, forcing)
	case forcing == 0 && quad:
		forcing = 0.01
	case forcing == 0:
		forcing = 0.1
	}
	if most == 0 {
		most = 3000
	}
	return newtonCore{p: p, block: block, quad: quad, grow: grow, most: most, forcing: forcing}, nil
}

// step moves x, of which u are the coordinates idx at the minimizer of the model, to
// x + t d and adapts the damping nu. A quadratic is its own model, so its whole step is
// taken. f is the value at x.
func (s *newtonCore) step(x, u []float64, idx []int, nu *float64, f, slope float64) bool {
	if s.quad && *nu == 0 {
		for a, j := range idx {
			x[j] = u[a]
		}
		return true
	}
	total, trial := f+s.p.Penalty(x), s.trial
	copy(trial, x)
	slack := rounding * max(1, total, -total)
	for t := 1.0; t > 1e-12; t /= 2 {
		for a, j := range idx {
			trial[j] = x[j] + t*(u[a]-x[j])
			if t == 1 {
				trial[j] = u[a] // exact zeros
			}
		}
		if v := s.p.Total(trial); v <= total+1e-4*t*min(slope, 0)+slack && (t == 1 || v < total) {
			if t < 1 {
				*nu = max(4**nu, 1e-3)
			} else if *nu /= 4; *nu < 1e-6 {
				*nu = 0
			}
			copy(x, trial)
			return true
		}
	}
	return false
}

// rounding is what a value of F may err by, relative to its size.
const rounding = 1e-15

// below reports whether F at x is less than total by more than rounding errors.
func (s *newtonCore) below(x []float64, total float64) bool {
	return s.p.Total(x) < total-rounding*max(1, total, -total)
}

// mostDamping is the nu beyond which steps are too short to tell from none.
const mostDamping = 1e6

// bound returns the curvature constants of f along the coordinates, zeros if it knows none.
func (s *newtonCore) bound() []float64 {
	if s.l == nil {
		s.l = make([]float64, s.p.Dim)
	}
	if o, ok := s.p.Objective.(descent.CoordinateLipschitz); ok {
		o.CoordinateLipschitz(s.l)
	}
	return s.l
}

func (s *newtonCore) StopReason() string { return s.reason }

// GapHint asks for a certificate at every iterate: it shares the gradient with the next
// iteration.
func (s *newtonCore) GapHint() float64 { return 0 }

// Hint is for certificates of the other kinds.
func (s *newtonCore) Hint() float64 { return 0 }
