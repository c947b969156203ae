package newton

import (
	"fmt"
	"math"
	"slices"

	"github.com/godescent/descent"
	"github.com/godescent/descent/vec"
)

// TRNewtonCG is the trust-region Newton method with truncated conjugate gradients.
//
// Problem class: smooth f, convex or not, of any dimension.
//
// Each iteration minimizes the model q(d) = g.d + d.Hd/2 over |d|_M <= Delta by
// preconditioned conjugate gradients from 0 (Steihaug 1983): it ends where the
// residual is Forcing times that at the start, at a direction of negative curvature, or
// at the border. With rho = (f(x+d) - f(x)) / q(d), the step is accepted if rho > 1e-4, and
//
//	Delta <- between 1/4 and 1/2 of min(|d|, Delta)   if rho <= 1/4
//	Delta <- between 1/4 and 4 of Delta               if rho <  3/4
//	Delta <- between 1 and 4 of Delta                 else
//
// where the place in the interval comes from the minimizer of the quadratic through
// f(x), g.d and f(x+d) (Lin and Moré 1999; Lin, Weng and Keerthi 2008). M is I at first.
// Where the problem offers the diagonal of H, M becomes a power of it, relative to its
// mean, after every 30 products: easy problems do without. That is between I and Jacobi's
// preconditioner, as Hsia, Chiang and Lin (2018) advise for linear classification, who
// mix the two with weights that depend on the scale of f. On logistic regression it
// takes a sixth fewer products than M = I, and half as many on badly scaled data.
//
// Cost per iteration: one gradient, one value, one Hessian-vector product per inner
// step. Memory: 8 n.
type TRNewtonCG struct {
	Forcing      float64 // relative residual of the inner solver; in (0, 1), default 0.15
	MaxInner     int     // inner steps per iteration; default 250, and never above n + 20
	Precondition float64 // power of the diagonal in M; in (0, 1], default 0.5; negative means M = I
}

type trRun struct {
	p       *descent.Problem
	forcing float64
	inner   int
	power   float64
	diag    HessianDiagonal // nil for none
	reason  string

	X, G  []float64 // x_k and its gradient
	F     float64   // f(x_k)
	Delta float64   // radius, 0 before the first iteration
	M     []float64 // diagonal of M
	Age   int       // products since M was set
}

// Start validates options and oracles: Smooth and HessianVector.
func (m TRNewtonCG) Start(p *descent.Problem, x0 []float64) (descent.Run, error) {
	s := &trRun{p: p, forcing: m.Forcing, inner: m.MaxInner, power: m.Precondition, X: slices.Clone(x0), G: make([]float64, len(x0)), M: slices.Repeat([]float64{1}, len(x0))}
	if s.forcing == 0 {
		s.forcing = 0.15
	}
	if s.inner == 0 {
		s.inner = 250
	}
	if s.power == 0 {
		s.power = 0.5
	}
	switch {
	case !(s.forcing > 0 && s.forcing < 1):
		return nil, fmt.Errorf("tr-newton-cg: Forcing = %v: want 0 < Forcing < 1", m.Forcing)
	case s.inner < 0:
		return nil, fmt.Errorf("tr-newton-cg: MaxInner = %d: want >= 1", m.MaxInner)
	case !(s.power <= 1):
		return nil, fmt.Errorf("tr-newton-cg: Precondition = %v: want <= 1", m.Precondition)
	}
	s.inner = min(s.inner, len(x0)+20)
	if err := p.Unregularized("tr-newton-cg"); err != nil {
		return nil, err
	}
	if _, err := descent.Require[descent.Smooth](p); err != nil {
		return nil, err
	}
	if _, err := descent.Require[descent.HessianVector](p); err != nil {
		return nil, err
	}
	if s.power > 0 {
		s.diag, _ = p.Objective.(HessianDiagonal)
	}
	return s, nil
}

// StopReason says why the run ended by itself.
func (s *trRun) StopReason() string { return s.reason }

// Hint returns the infinity norm of the gradient.
func (s *trRun) Hint() float64 { return vec.NrmInf(s.G) }

func (s *trRun) Iterates(yield func([]float64) bool) {
	d, trial, w := make([]float64, len(s.X)), make([]float64, len(s.X)), newWorkspace(len(s.X))
	for {
		if s.Delta == 0 {
			s.F = s.p.Gradient(s.G, s.X)
		}
		if s.diag != nil && s.Age >= 30 {
			s.precondition()
		}
		if s.Delta == 0 {
			s.Delta = max(1, mnorm(s.M, s.G, true))
		}
		size, model := s.steihaug(d, w)
		vec.AxpyTo(trial, 1, d, s.X)
		f, slope := s.p.Value(trial), vec.Dot(s.G, d)
		// At rounding level the change of f says nothing and the model is trusted.
		change, noise := f-s.F, 10*0x1p-52*math.Abs(s.F)
		rho := change / model
		if math.Abs(model) <= noise && math.Abs(change) <= noise {
			rho = 1
		}
		s.radius(rho, change, slope, size)
		if rho > 1e-4 {
			copy(s.X, trial)
			s.F = s.p.Gradient(s.G, s.X)
		} else if s.Delta < 1e-300 || math.IsNaN(model) {
			s.reason = "the trust region has shrunk to nothing without a decrease"
			return
		}
		if !yield(s.X) {
			return
		}
	}
}

// radius updates Delta by rho, steering by the minimizer alpha of the quadratic
// through f(x), g.d and f(x+d).
func (s *trRun) radius(rho, change, slope, size float64) {
	alpha := 4.0
	if c := change - slope; c > 0 {
		alpha = min(max(-0.5*slope/c, 0.1), 4)
	}
	switch at := alpha * size; {
	case !(rho > 1e-4): // also for NaN and +Inf
		s.Delta = min(max(alpha, 0.25)*size, 0.5*s.Delta)
	case rho <= 0.25:
		s.Delta = max(0.25*s.Delta, min(at, 0.5*s.Delta))
	case rho < 0.75:
		s.Delta = max(0.25*s.Delta, min(at, 4*s.Delta))
	default:
		s.Delta = max(s.Delta, min(at, 4*s.Delta))
	}
}
