package newton

import (
	"fmt"
	"math"
	"slices"

	"github.com/godescent/descent"
	"github.com/godescent/descent/vec"
)

type gnsRun struct {
	p      *descent.Problem
	trials int
	approx ApproximateHessian // nil for the Hessian; counted as n coordinates
	reason string

	X, G  []float64 // x_k and its gradient
	F     float64   // f(x_k)
	Gamma float64
	K     int
}

// Start validates options and oracles: Smooth, and HessianMatrix or ApproximateHessian.
func (m GNS) Start(p *descent.Problem, x0 []float64) (descent.Run, error) {
	s := &gnsRun{p: p, trials: m.Trials, X: slices.Clone(x0), G: make([]float64, len(x0)), Gamma: m.Gamma}
	if s.Gamma == 0 {
		s.Gamma = 1
	}
	if s.trials == 0 {
		s.trials = 40
	}
	if !(s.Gamma > 0) || math.IsInf(s.Gamma, 1) {
		return nil, fmt.Errorf("gns-newton: Gamma = %v: want a positive number", m.Gamma)
	}
	if s.trials < 0 {
		return nil, fmt.Errorf("gns-newton: Trials = %d: want at least 1, or 0 for the default", m.Trials)
	}
	if err := p.Unregularized("gns-newton"); err != nil {
		return nil, err
	}
	if _, err := descent.Require[descent.Smooth](p); err != nil {
		return nil, err
	}
	var err error
	if m.Approximate {
		s.approx, err = descent.Require[ApproximateHessian](p)
	} else {
		_, err = descent.Require[descent.HessianMatrix](p)
	}
	if err != nil {
		return nil, err
	}
	return s, nil
}

// StopReason says why the run ended by itself.
func (s *gnsRun) StopReason() string { return s.reason }

// Hint returns the infinity norm of the gradient.
func (s *gnsRun) Hint() float64 {
	if s.K == 0 {
		return math.Inf(1)
	}
	return vec.NrmInf(s.G)
}
