package stochastic

import (
	"fmt"
	"math"
	"slices"

	"github.com/godescent/descent"
	"github.com/godescent/descent/rng"
)

// ssoRun is a run of [SSO].
type ssoRun struct {
	p      *descent.Problem
	f      TargetSum
	m      SSO // with defaults filled in
	n, dim int // N, p
	lambda float64
	head   int // entries under the ridge
	reason string

	z0, z, u, g, trial []float64
	eta                float64
	batch              []int

	X   []float64
	A   float64 // the last inner step
	K   int     // outer steps so far
	Rng rng.Stream
}

// Start implements [descent.Method].
func (m SSO) Start(p *descent.Problem, x0 []float64) (descent.Run, error) {
	f, err := descent.Require[TargetSum](p)
	if err != nil {
		return nil, err
	}
	if err := p.Unregularized("sso"); err != nil {
		return nil, err
	}
	for _, o := range []struct {
		name string
		v    float64
	}{{"eta", m.Eta}, {"step", m.Step}} {
		if !(o.v >= 0) || math.IsInf(o.v, 1) {
			return nil, fmt.Errorf("sso: %s %v: want a finite number > 0, or 0 for the default", o.name, o.v)
		}
	}
	if m.Eta == 0 {
		o, ok := p.Objective.(TargetLipschitz)
		if ok {
			m.Eta = 1 / o.TargetLipschitz()
		}
		if !(m.Eta > 0) || math.IsInf(m.Eta, 1) {
			return nil, fmt.Errorf("sso: eta 0: want > 0, as problem %s has no bound on the curvature of its losses in their targets", p.Name)
		}
	}
	if err := m.Schedule.Check(); err != nil {
		return nil, fmt.Errorf("sso: %w", err)
	}
	n := f.Terms()
	if m.Batch, err = batchSize("sso", m.Batch, n, n); err != nil {
		return nil, err
	}
	if m.Inner < 0 {
		return nil, fmt.Errorf("sso: inner %d: want at least 1, or 0 for 10", m.Inner)
	}
	if m.Inner == 0 {
		m.Inner = 10
	}
	s := &ssoRun{p: p, f: f, m: m, n: n, dim: f.TargetSize(), X: slices.Clone(x0), A: 10, Rng: rng.New(m.Seed, "sso")}
	s.lambda, s.head = f.Ridge()
	s.z0, s.z, s.u = make([]float64, m.Batch*s.dim), make([]float64, m.Batch*s.dim), make([]float64, m.Batch*s.dim)
	s.g, s.trial = make([]float64, len(x0)), make([]float64, len(x0))
	return s, nil
}

// StopReason says why the run ended by itself.
func (s *ssoRun) StopReason() string { return s.reason }
