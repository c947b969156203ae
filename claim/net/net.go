// Package net has small tasks for networks, which claims about update rules share: embedded data,
// a model, a number of epochs. Contestants are tuned with the same budget and compared over
// seeds, in pairs. A task takes 0.05 to 1 s to train.
package net

import (
	"context"
	"fmt"
	"math"
	"slices"

	"github.com/godescent/descent"
	"github.com/godescent/descent/claim"
	"github.com/godescent/descent/data"
	"github.com/godescent/descent/method/stochastic"
	"github.com/godescent/descent/nn"
	"github.com/godescent/descent/rule"
	"github.com/godescent/descent/schedule"
	"github.com/godescent/descent/study/stat"
	"github.com/godescent/descent/train"
)

// A Task is what is to be learned. A quarter of the data is kept apart.
type Task struct {
	Name   string
	Data   string // an embedded set
	Spec   nn.Spec
	Epochs int
	Batch  int

	Warmup    float64      // epochs in which rates rise
	Adversary nn.Adversary // of training
}

// Tasks returns six tasks of different kinds.
func Tasks() []Task {
	mlp := func(hidden ...int) nn.Spec {
		return nn.Spec{Kind: "mlp", Hidden: append([]int{}, hidden...), Activation: "tanh"}
	}
	return []Task{
		{Name: "digits, dense", Data: "digits", Spec: mlp(64), Epochs: 6, Batch: 32},
		{Name: "digits, convolutions", Data: "digits", Spec: nn.Spec{Kind: "cnn", Widths: []int{8, 16}, Hidden: []int{32}}, Epochs: 4, Batch: 32},
		{Name: "breast cancer, linear", Data: "breast-cancer", Spec: mlp(), Epochs: 15, Batch: 16},
		{Name: "wine, dense", Data: "wine", Spec: mlp(16, 16), Epochs: 20, Batch: 16},
		{Name: "diabetes, numbers", Data: "diabetes", Spec: mlp(32), Epochs: 15, Batch: 16},
		{Name: "wine quality, numbers", Data: "winequality-red", Spec: mlp(32), Epochs: 8, Batch: 32},
	}
}

// A Contestant is a rule with what to tune of it: its learning rate.
type Contestant struct {
	Name  string
	Rule  rule.Rule
	Rates []float64
}

// Decades returns rates from lo to hi, per of them to a decade.
func Decades(lo, hi float64, per int) []float64 {
	var out []float64
	n := int(math.Round(math.Log10(hi/lo) * float64(per)))
	for k := range n + 1 {
		out = append(out, lo*math.Pow(10, float64(k)/float64(per)))
	}
	return out
}

// A Run is what came of training.
type Run struct {
	Loss       float64   // mean over all that was learned, at the end; +Inf if the network diverged
	LossApart  float64   // +Inf too then
	ScoreApart float64   // NaN then
	Losses     []float64 // of each epoch, before each step
	Apart      []float64 // losses apart after each epoch
}

// Plan returns how the task is trained.
func (t Task) Plan(r rule.Rule, rate float64, seed uint64) (*train.Plan, error) {
	set, err := data.Load(t.Data, data.Options{})
	if err != nil {
		return nil, err
	}
	n, _ := set.X.Dims()
	learn, apart := train.Split(n, 0.25)
	images := t.Spec.Kind == "cnn" || len(t.Spec.Chain) > 0 && (t.Spec.Chain[0].Type == "conv" || t.Spec.Chain[0].Type == "flatten")
	e, err := train.Learn(set, learn, train.EncodeOptions{Images: images})
	if err != nil {
		return nil, err
	}
	p := &train.Plan{
		Name: t.Name, Spec: t.Spec, Encoding: e, Adversary: t.Adversary, Seed: seed,
		Method: stochastic.Train{Rule: r, Rate: rate, Batch: t.Batch, Schedule: schedule.Schedule{Kind: "cosine", Horizon: float64(t.Epochs), Warmup: t.Warmup}},
	}
	if p.Samples, err = e.Samples(set, learn); err != nil {
		return nil, err
	}
	p.Apart, err = e.Samples(set, apart)
	return p, err
}

// Run trains with a rule.
func (t Task) Run(ctx context.Context, r rule.Rule, rate float64, seed uint64) (Run, error) {
	p, err := t.Plan(r, rate, seed)
	if err != nil {
		return Run{}, err
	}
	return t.Train(ctx, p)
}

// Train trains by a plan, which may have been changed.
func (t Task) Train(ctx context.Context, p *train.Plan) (Run, error) {
	_, res, err := p.Run(ctx, descent.Options{MaxIter: t.Epochs, NoCheckpoint: true})
	if err != nil {
		return Run{}, err
	}
	if ctx.Err() != nil {
		return Run{}, ctx.Err()
	}
	run := Run{Loss: math.Inf(1), LossApart: math.Inf(1), ScoreApart: math.NaN()}
	for _, s := range res.Series {
		last := math.NaN()
		if len(s.Values) > 0 {
			last = s.Values[len(s.Values)-1]
		}
		switch s.Name {
		case "loss":
			run.Losses = s.Values
		case "loss apart":
			run.LossApart, run.Apart = last, s.Values
		case "score apart":
			run.ScoreApart = last
		}
	}
	if res.Status == descent.Diverged || !(run.LossApart < math.Inf(1)) {
		return Run{Loss: math.Inf(1), LossApart: math.Inf(1), ScoreApart: math.NaN(), Losses: run.Losses}, nil
	}
	run.Loss = res.Value
	return run, nil
}

// Tune returns the rate with the least median loss apart over seeds: len(c.Rates) * len(seeds) runs,
// which is the budget that every contestant of a comparison must have.
func (t Task) Tune(ctx context.Context, c Contestant, seeds []uint64) (float64, error) {
	best, rate := math.Inf(1), c.Rates[0]
	for _, v := range c.Rates {
		var losses []float64
		for _, seed := range seeds {
			run, err := t.Run(ctx, c.Rule, v, seed)
			if err != nil {
				return 0, fmt.Errorf("%s on %s: %w", c.Name, t.Name, err)
			}
			losses = append(losses, run.LossApart)
		}
		if m := stat.Median(losses); m < best {
			best, rate = m, v
		}
	}
	return rate, nil
}

// A Duel is two contestants on one task over seeds, each with its tuned rate.
type Duel struct {
	RateA, RateB float64
	A, B         []Run
	Ratio        float64       // geometric mean of the losses apart of A over those of B
	Interval     stat.Interval // of it, 95 %
	Diverged     [2]int        // runs of A and B that did; their pairs are not in the ratio
}

// Duel tunes a and b on the seeds of tune, and compares them on those of judge, which must be
// others. The numbers are noted in r, which may be nil.
func (t Task) Duel(ctx context.Context, r *claim.Record, a, b Contestant, tune, judge []uint64) (*Duel, error) {
	for _, seed := range judge {
		if slices.Contains(tune, seed) {
			return nil, fmt.Errorf("seed %d both tunes and judges: want others", seed)
		}
	}
	d := &Duel{}
	for _, side := range []struct {
		c    Contestant
		rate *float64
		runs *[]Run
	}{{a, &d.RateA, &d.A}, {b, &d.RateB, &d.B}} {
		var err error
		if *side.rate, err = t.Tune(ctx, side.c, tune); err != nil {
			return nil, err
		}
		for _, seed := range judge {
			run, err := t.Run(ctx, side.c.Rule, *side.rate, seed)
			if err != nil {
				return nil, err
			}
			*side.runs = append(*side.runs, run)
		}
	}
	var la, lb []float64
	for k := range d.A {
		a, b := d.A[k].LossApart, d.B[k].LossApart
		if math.IsInf(a, 1) || math.IsInf(b, 1) {
			for side, v := range []float64{a, b} {
				if math.IsInf(v, 1) {
					d.Diverged[side]++
				}
			}
			continue
		}
		la, lb = append(la, a), append(lb, b)
	}
	if d.Ratio = math.NaN(); len(la) > 0 {
		d.Ratio, d.Interval = stat.PairedRatio(la, lb, 0.95)
	}
	if r != nil {
		name := fmt.Sprintf("%s: loss apart of %s / %s", t.Name, a.Name, b.Name)
		r.Note(name, d.Ratio)
		r.Note(name+", 95 % interval from", d.Interval.Low)
		r.Note(name+", to", d.Interval.High)
		r.Note(fmt.Sprintf("%s: learning rate of %s", t.Name, a.Name), d.RateA)
		r.Note(fmt.Sprintf("%s: learning rate of %s", t.Name, b.Name), d.RateB)
	}
	return d, nil
}

// Seeds returns n seeds from first on.
func Seeds(first uint64, n int) []uint64 {
	out := make([]uint64, n)
	for i := range out {
		out[i] = first + uint64(i)
	}
	return out
}
