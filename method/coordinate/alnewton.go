package coordinate

import (
	"fmt"
	"math"
	"slices"

	"github.com/godescent/descent"
)

// Augmentable is the oracle of the augmented Lagrangian method: for f = (1/n) sum_i c_i
// phi_i(z_i) + r(x) with convex phi_i that have kinks, Augment returns the smooth
// objective with phi_i replaced by
//
//	psi_i(z) = max_s s z - phi_i*(s) - (s - t_i)^2/(2 sigma).
//
// It must answer HessianBlock and Refresh, which drops what it remembers of values.
type Augmentable interface {
	Terms() int
	// Augment keeps t and sigma, which the caller changes.
	Augment(t []float64, sigma *float64) (descent.Objective, error)
	// Slopes stores argmax_s of psi_i at x in dst.
	Slopes(dst, x, t []float64, sigma float64)
}

// ALNewton is the augmented Lagrangian method with a semismooth Newton method inside, for
// linear models whose loss has kinks: the hinge loss of support vector machines.
//
// Splitting z = Ax + b off, with a multiplier t_i for each sample, an iteration is
//
//	x    <- argmin_x (1/n) sum_i c_i psi_i(a_i.x; t, sigma) + r(x) + h(x)
//	t_i  <- the maximizer s of psi_i(a_i.x),   sigma <- Grow sigma
//
// that is a proximal point step on the dual, so t converges linearly by a factor that
// shrinks as sigma grows. The minimization is a smooth one with a piecewise quadratic loss
// whose curvature, sigma, sits in the samples at a kink: prox-newton solves it
// in a few steps, to Inner times the violation at its start. x follows t closely, so
// the pair proves itself by its duality gap.
//
// Good where samples outnumber columns: each inner step costs a gradient and the Hessian
// of the samples at a kink. Counts: n terms for each value and each gradient inside.
// Memory: 3 n and what prox-newton takes.
//
// Li, Sun, Toh, A highly efficient semismooth Newton augmented Lagrangian method for
// solving lasso problems, SIAM J. Optim. 28(1), 2018, arXiv:1607.05428. Rockafellar,
// Augmented Lagrangians and applications of the proximal point algorithm in convex
// programming, Math. Oper. Res. 1(2), 1976.
type ALNewton struct {
	Sigma float64 // first penalty, > 0; default 1
	Grow  float64 // factor of the penalty, >= 1; default 3
	Inner float64 // accuracy of the inner minimization, in (0, 1); default 0.01
}

type alNewtonRun struct {
	p     *descent.Problem
	f     Augmentable
	m     ALNewton
	inner *proxNewtonRun

	X     []float64
	T, U  []float64 // multipliers; slopes of the losses at x
	Sigma float64
	First float64 // violation at the start of the first minimization
}

// Start implements [descent.Method].
func (m ALNewton) Start(p *descent.Problem, x0 []float64) (descent.Run, error) {
	f, err := descent.Require[Augmentable](p)
	if err != nil {
		return nil, err
	}
	for _, o := range []struct {
		name    string
		v       *float64
		or      float64
		low, up float64
	}{{"sigma", &m.Sigma, 1, 0, math.Inf(1)}, {"grow", &m.Grow, 3, 1, math.Inf(1)}, {"inner", &m.Inner, 0.01, 0, 1}} {
		if *o.v == 0 {
			*o.v = o.or
		}
		if !(*o.v >= o.low && *o.v < o.up) || *o.v < 0 {
			return nil, fmt.Errorf("al-newton: %s = %v: want a number from %v to below %v, or 0 for the default", o.name, *o.v, o.low, o.up)
		}
	}
	s := &alNewtonRun{p: p, f: f, m: m, X: slices.Clone(x0), T: make([]float64, f.Terms()), U: make([]float64, f.Terms()), Sigma: m.Sigma}
	smooth, err := f.Augment(s.T, &s.Sigma)
	if err != nil {
		return nil, err
	}
	run, err := ProxNewton{Forcing: 0.1}.Start(&descent.Problem{Name: p.Name, Dim: p.Dim, Objective: smooth, Regularizer: p.Regularizer}, x0)
	if err != nil {
		return nil, err
	}
	s.inner = run.(*proxNewtonRun)
	s.inner.caution = 0 // each minimization starts near its end
	s.inner.root = nil  // H has the samples at a kink only, and columns all
	return s, nil
}

// Witness returns the slopes at the last iterate.
func (s *alNewtonRun) Witness() []float64 { return s.U }

// GapHint asks for a certificate at every iterate: an iteration costs many gradients.
func (s *alNewtonRun) GapHint() float64 { return 0 }

func (s *alNewtonRun) Iterates(yield func([]float64) bool) {
	fresh := s.inner.p.Objective.(interface{ Refresh() })
	first, steps := 0.0, 0
	seen := s.inner.p.Counts().Evals()
	inner := func([]float64) bool {
		evals := s.inner.p.Counts().Evals()
		s.p.CountTerms((evals - seen) * len(s.T))
		seen = evals
		if steps == 0 {
			first = s.inner.worst
		}
		if s.First == 0 {
			s.First = first
		}
		steps++
		return s.inner.worst > max(s.m.Inner*first, settled*s.First) && steps < maxInner
	}
	for {
		fresh.Refresh()
		copy(s.inner.X, s.X)
		s.inner.Nu = 0
		steps = 0
		s.inner.Iterates(inner)
		copy(s.X, s.inner.X)
		s.f.Slopes(s.U, s.X, s.T, s.Sigma)
		if steps < maxInner { // else the minimization goes on in the next iteration
			copy(s.T, s.U)
			s.Sigma = min(s.m.Grow*s.Sigma, maxSigma)
		}
		if !yield(s.X) {
			return
		}
	}
}

// maxInner is after how many steps of an inner minimization the iteration ends.
const maxInner = 50

// settled is the share of the first violation at which what is left are rounding errors.
const settled = 1e-12

// maxSigma keeps the inner problems from being as hard as the one with kinks.
const maxSigma = 1e7
