package stochastic

import (
	"fmt"
	"math"
	"slices"

	"github.com/godescent/descent"
	"github.com/godescent/descent/rng"
	"github.com/godescent/descent/rule"
)

// trainRun is a run of [Train].
type trainRun struct {
	p     *descent.Problem
	f     Batches
	apart Apart // the problem, if it is one
	m     Train // with defaults filled in
	g     []float32
	x     []float64
	stats []float32 // of the problem, if it is Stateful

	adversary Adversarial // the problem, if it has one
	delay     int         // of it

	reason string

	oracle *rule.Oracle[float32] // for rules that need more than gradients; else nil
	batch  []int                 // that it is asked about
	kept   []float32             // statistics that its answers must not change
	asked  int                   // terms of its answers
	err    error                 // of one

	examples          Exampled  // with Growth; else nil
	squares, products []float32 // of its tests

	W      []float32 // x
	Answer []float32 // what the rule recommends, after an epoch
	Memory rule.State[float32]
	Stats  []float32 // a copy of stats
	Shown  []float32 // those that belong to the last x that was yielded
	Old    []float32 // x before each of the last delay steps, that before step k at k mod delay
	Order  []int
	At     int // samples of the epoch that have been seen
	Size   int // of the next batch
	Rng    rng.Stream
	Sum    float64 // of the losses of the epoch so far, each before its step
	Rate   float64 // of the last step

	Loss, Rates, LossApart, ScoreApart, Sizes, Steps []float64 // of each epoch

	Best      []float32 // x with the smallest loss apart, with Patience
	BestStats []float32
	BestLoss  float64
	Since     int // epochs since then
}

// StopReason says why the run ended by itself.
func (s *trainRun) StopReason() string { return s.reason }

// Interruptible implements [descent.Interruptible].
func (s *trainRun) Interruptible() {}

// Series implements [descent.Recorder].
func (s *trainRun) Series() []descent.Series {
	all := []descent.Series{{Name: "loss", Values: s.Loss}, {Name: "rate", Values: s.Rates}}
	if s.apart != nil {
		all = append(all, descent.Series{Name: "loss apart", Values: s.LossApart}, descent.Series{Name: "score apart", Values: s.ScoreApart})
	}
	if s.examples != nil {
		all = append(all, descent.Series{Name: "batch", Values: s.Sizes}, descent.Series{Name: "steps", Values: s.Steps})
	}
	return all
}

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
	s := &trainRun{p: p, f: f, m: m, g: make([]float32, len(x0)), x: slices.Clone(x0), W: make([]float32, len(x0)), Order: make([]int, n), Rng: rng.New(m.Seed, "train")}
	if o, ok := p.Objective.(Apart); ok && o.HasApart() {
		s.apart = o
	}
	s.adversary, s.delay = adversaryOf(p.Objective)
	if m.Patience < 0 || m.Patience > 0 && s.apart == nil {
		return nil, fmt.Errorf("train: patience %d: want at least 0, and 0 where no samples are kept apart", m.Patience)
	}
	for i := range s.Order {
		s.Order[i] = i
	}
	for i, v := range x0 {
		s.W[i] = float32(v)
	}
	var blocks []rule.Block
	if o, ok := p.Objective.(Blocked); ok {
		blocks = o.Blocks()
		if err := rule.CheckBlocks(len(x0), blocks); err != nil {
			return nil, fmt.Errorf("train: %w", err)
		}
	}
	s.Memory = *rule.NewState[float32](m.Rule, len(x0), blocks...)
	s.Answer, s.Old = slices.Clone(s.W), slices.Repeat(s.W, s.delay)
	s.Size = m.Batch
	if err := s.tested(); err != nil {
		return nil, fmt.Errorf("train: %w", err)
	}
	if err := s.provide(); err != nil {
		return nil, err
	}
	if o, ok := p.Objective.(Stateful); ok {
		s.stats = o.State()
		s.Stats, s.Shown, s.kept = slices.Clone(s.stats), slices.Clone(s.stats), slices.Clone(s.stats)
	}
	for _, series := range []*[]float64{&s.Loss, &s.Rates, &s.LossApart, &s.ScoreApart, &s.Sizes, &s.Steps} {
		*series = make([]float64, 0, 1<<10)
	}
	if m.Patience > 0 {
		s.Best, s.BestStats, s.BestLoss = slices.Clone(s.W), slices.Clone(s.Stats), math.Inf(1)
	}
	return s, nil
}
