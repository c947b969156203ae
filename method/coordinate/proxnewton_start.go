package coordinate

import (
	"fmt"
	"slices"

	"github.com/godescent/descent"
	"github.com/godescent/descent/prox"
)

// HessianBlock is the oracle of second-order block methods: it stores the rows and columns
// idx of the Hessian of f at x in h, row-major with rows of length len(idx).
type HessianBlock interface {
	HessianBlock(h []float64, idx []int, x []float64)
}

type proxNewtonRun struct {
	p       *descent.Problem
	h       prox.Piecewise
	block   HessianBlock
	quad    bool
	grow    int
	most    int
	forcing float64
	reason  string
	worst   float64 // violation at the start of the last iteration
	caution float64 // damping at the start
	model

	g, trial, l []float64 // scratch: gradient, point of a line search, curvatures
	set         *workingSet

	X     []float64
	Nu    float64 // damping that line searches ask for
	First float64 // violation at x_0
}

// Start implements [descent.Method].
func (m ProxNewton) Start(p *descent.Problem, x0 []float64) (descent.Run, error) {
	block, err := descent.Require[HessianBlock](p)
	if err != nil {
		return nil, err
	}
	if _, err := descent.Require[descent.Smooth](p); err != nil {
		return nil, err
	}
	h, err := pieces("prox-newton", p)
	if err != nil {
		return nil, err
	}
	quad := false
	if q, ok := p.Objective.(interface{ Quadratic() bool }); ok {
		quad = q.Quadratic()
	}
	switch {
	case m.Grow < 0 || m.Most < 0:
		return nil, fmt.Errorf("prox-newton: grow = %d and most = %d: want at least 1, or 0 for the default", m.Grow, m.Most)
	case !(m.Forcing >= 0 && m.Forcing < 1):
		return nil, fmt.Errorf("prox-newton: forcing = %v: want a number between 0 and 1, or 0 for the default", m.Forcing)
	case m.Forcing == 0 && quad:
		m.Forcing = 0.01
	case m.Forcing == 0:
		m.Forcing = 0.1
	}
	s := &proxNewtonRun{p: p, h: h, block: block, quad: quad, grow: m.Grow, most: m.Most, forcing: m.Forcing, caution: 0.2, X: slices.Clone(x0)} // of 0.01 to 3 on text, 0.2 took fewest iterations
	if s.grow == 0 {
		s.grow = 20 + p.Dim/1000
	}
	if s.most == 0 {
		s.most = 3000
	}
	s.model.reserve(min(p.Dim, s.most, 64))
	return s, nil
}

// bound returns the curvature constants of f along the coordinates, zeros if it knows none.
func (s *proxNewtonRun) bound() []float64 {
	if s.l == nil {
		s.l = make([]float64, len(s.X))
	}
	if o, ok := s.p.Objective.(descent.CoordinateLipschitz); ok {
		o.CoordinateLipschitz(s.l)
	}
	return s.l
}

func (s *proxNewtonRun) StopReason() string { return s.reason }

// GapHint asks for a certificate at every iterate: it shares the gradient with the next
// iteration.
func (s *proxNewtonRun) GapHint() float64 { return 0 }

// Hint is for certificates of the other kinds.
func (s *proxNewtonRun) Hint() float64 { return 0 }
