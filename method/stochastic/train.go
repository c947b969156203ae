package stochastic

import (
	"fmt"
	"math"
	"slices"

	"github.com/godescent/descent"
	"github.com/godescent/descent/rng"
	"github.com/godescent/descent/rule"
	"github.com/godescent/descent/schedule"
	"github.com/godescent/descent/vec"
)

// Train changes x by an update rule, one mini-batch after the other, in single precision:
//
//	g <- grad f_B(x),  |g| clipped to Clip
//	x <- Rule(x, g),   with the learning rate Rate * Schedule.At(epochs before the step)
//
// An iteration is an epoch: all samples once, in an order that is drawn anew, in batches of
// which the last may be short. There is no certificate on the way but what the problem has: training
// ends at its limits. Problem class: smooth f given by Batches, as networks are, without h.
//
// Cost per iteration: N terms, and a pass of the rule for each batch. Memory: that of the rule, and
// 2 vectors in single and 1 in double precision.
//
// Robbins and Monro, A stochastic approximation method, Ann. Math. Stat. 22, 1951. Clipping:
// Pascanu, Mikolov, Bengio, On the difficulty of training recurrent neural networks, ICML
// 2013, arXiv:1211.5063.
type Train struct {
	Rule     rule.Rule         // default AdamW
	Rate     float64           // learning rate > 0; default that of the rule
	Schedule schedule.Schedule // of the learning rate, in epochs; default constant
	Batch    int               // samples in a step; default 64
	Clip     float64           // largest Euclidean norm of a gradient, > 0; 0: none
	Seed     uint64            // of the order of the samples
}

type trainRun struct {
	p      *descent.Problem
	f      Batches
	m      Train // with defaults filled in
	x      []float64
	stats  []float32 // of the problem, if it is Stateful
	reason string

	W      []float32 // x
	Memory rule.State[float32]
	Stats  []float32 // a copy of stats
	Order  []int
	Rng    rng.Stream
	Loss   float64 // mean of the losses of the last epoch, each before its step
}

// StopReason says why the run ended by itself.
func (s *trainRun) StopReason() string { return s.reason }

// Start implements [descent.Method].
func (m Train) Start(p *descent.Problem, x0 []float64) (descent.Run, error) {
	f, err := descent.Require[Batches](p)
	if err != nil {
		return nil, err
	}
	if err := p.Unregularized("train"); err != nil {
		return nil, err
	}
	if m.Rule == nil {
		m.Rule = rule.AdamW{}
	}
	if err := m.Rule.Check(); err != nil {
		return nil, fmt.Errorf("train: %w", err)
	}
	if m.Rate == 0 {
		m.Rate = m.Rule.Rate()
	}
	if !(m.Rate > 0) || math.IsInf(m.Rate, 1) {
		return nil, fmt.Errorf("train: rate %v: want a finite number > 0, or 0 for that of the rule", m.Rate)
	}
	if err := m.Schedule.Check(); err != nil {
		return nil, fmt.Errorf("train: %w", err)
	}
	n := f.Terms()
	if m.Batch, err = batchSize("train", m.Batch, n, 64); err != nil {
		return nil, err
	}
	if !(m.Clip >= 0) {
		return nil, fmt.Errorf("train: clip %v: want a number > 0, or 0 for none", m.Clip)
	}
	s := &trainRun{p: p, f: f, m: m, x: slices.Clone(x0), W: make([]float32, len(x0)), Order: make([]int, n), Rng: rng.New(m.Seed, "train")}
	for i := range s.Order {
		s.Order[i] = i
	}
	for i, v := range x0 {
		s.W[i] = float32(v)
	}
	s.Memory = *rule.NewState[float32](m.Rule, len(x0))
	if o, ok := p.Objective.(Stateful); ok {
		s.stats = o.State()
		s.Stats = slices.Clone(s.stats)
	}
	return s, nil
}

// Iterates implements [descent.Run].
func (s *trainRun) Iterates(yield func([]float64) bool) {
	g, n := make([]float32, len(s.W)), float64(len(s.Order))
	steps := math.Ceil(n / float64(s.m.Batch))
	copy(s.stats, s.Stats)
	for {
		s.Rng.Shuffle(s.Order)
		s.Loss = 0
		for batch := range slices.Chunk(s.Order, s.m.Batch) {
			lr := s.m.Rate * s.m.Schedule.At(float64(s.Memory.K)/steps)
			s.p.CountTerms(len(batch))
			loss, err := s.f.BatchGradient(g, s.W, batch, uint64(s.Memory.K))
			if err != nil {
				s.reason = err.Error()
				return
			}
			s.Loss += float64(loss) * float64(len(batch)) / n
			s.clip(g)
			rule.Step(s.m.Rule, s.W, g, &s.Memory, lr)
		}
		copy(s.Stats, s.stats)
		for i, v := range s.W {
			s.x[i] = float64(v)
		}
		if !yield(s.x) {
			return
		}
	}
}

// clip shortens g to the norm Clip.
func (s *trainRun) clip(g []float32) {
	if s.m.Clip == 0 {
		return
	}
	if norm := float64(vec.Nrm2(g)); norm > s.m.Clip {
		vec.Scal(float32(s.m.Clip/norm), g)
	}
}
