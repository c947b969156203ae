package tuning

import (
	"context"
	"fmt"
	"math"

	"github.com/godescent/descent/claim"
	"github.com/godescent/descent/claim/net"
	"github.com/godescent/descent/rng"
	"github.com/godescent/descent/rule"
	"github.com/godescent/descent/study/stat"
)

// RateFreeProfile is about rules that find their learning rate, on networks.
var RateFreeProfile = claim.Claim{
	ID:    "rate-free-profile",
	Paper: rateFree,
	Statement: "With one setting for all tasks, rules without a learning rate do poorly as the literature has them, much better once their other options are calibrated " +
		"for all tasks together, and then stay slightly behind NAdamW calibrated with the same budget.",
	Published: "The abstract, from the benchmark AlgoPerf (eight tasks of speech, images, text, molecules, graphs); which rules are best there is not judged. A score within 0.02 of NAdamW's counts as not ahead of it: that is ours.",
	Method: `The six tasks of claim/net, far smaller: 3 to 0.4 thousand parameters, 4 to 20 epochs, cosine decay. A score is the area of the performance profile of epochs to a target between
ratios of 1 and 4, over 6 tasks and 3 seeds, all contestants as they are and calibrated in one profile; never reaching the target is a ratio without bound. The target is 1.1 times the least mean loss apart among
the settings of NAdamW. Calibration: 6 settings drawn at random, the one with the best score among the six on 2 other seeds: weight decay in [1e-3, 1] if decoupled, in [1e-6, 1e-3] if coupled, 1 - beta1 in [0.02, 0.2],
1 - beta2 in [1e-3, 0.1], all log-uniform, warming up over 0, 5 or 10 % of the epochs, and for NAdamW alone a learning rate in [1e-3, 1e-1]. "As they are" has the options' defaults with the same cosine decay, no warming up, and
1e-3 for NAdamW. Times of a few epochs are coarse, and the settings few.`,
	Check: rateFreeProfile(net.Tasks(), 6, net.Seeds(1, 2), net.Seeds(101, 3)),
}

// A setting is a rule with all that is to be chosen.
type setting struct {
	rule   rule.Rule
	rate   float64
	warmup float64 // share of the epochs
}

// contestants are the rules, as they are and with options that are drawn; the first is the baseline.
var contestants = []struct {
	name  string
	as    setting
	drawn func(d *draws) rule.Rule
}{
	{"NAdamW", setting{rule: rule.NAdamW{}, rate: 1e-3}, func(d *draws) rule.Rule {
		return rule.NAdamW{Decay: d.decoupled, Beta1: d.beta1, Beta2: d.beta2}
	}},
	{"Prodigy", setting{rule: rule.Prodigy{}, rate: 1}, func(d *draws) rule.Rule {
		return rule.Prodigy{Decay: d.decoupled, Beta1: d.beta1, Beta2: d.beta2, Safe: true}
	}},
	{"D-Adapt-Adam", setting{rule: rule.DAdaptAdam{}, rate: 1}, func(d *draws) rule.Rule {
		return rule.DAdaptAdam{Decay: d.decoupled, Beta1: d.beta1, Beta2: d.beta2}
	}},
	{"Mechanic of Adam", setting{rule: rule.Mechanic{Rule: rule.Adam{}}, rate: 1}, func(d *draws) rule.Rule {
		return d.couple(rule.Mechanic{Rule: rule.Adam{Beta1: d.beta1, Beta2: d.beta2}})
	}},
	{"DoG", setting{rule: rule.Average{Rule: rule.DoG{}, Power: 8}, rate: 1}, func(d *draws) rule.Rule {
		return rule.Average{Rule: d.couple(rule.DoG{}), Power: 8}
	}},
	{"DoWG", setting{rule: rule.Average{Rule: rule.DoWG{}, Power: 8}, rate: 1}, func(d *draws) rule.Rule {
		return rule.Average{Rule: d.couple(rule.DoWG{}), Power: 8}
	}},
	{"MoMo-Adam", setting{rule: rule.MoMoAdam{}, rate: 1e-2}, func(d *draws) rule.Rule {
		return rule.MoMoAdam{Decay: d.decoupled, Beta1: d.beta1, Beta2: d.beta2}
	}},
	{"COCOB", setting{rule: rule.COCOB{}, rate: 1}, func(d *draws) rule.Rule { return d.couple(rule.COCOB{}) }},
}

// draws are options that are drawn together.
type draws struct{ decoupled, coupled, beta1, beta2, rate, warmup float64 }

func newDraws(k uint64, name string) *draws {
	s := rng.New(k, "settings of "+name)
	between := func(lo, hi float64) float64 { return lo * math.Pow(hi/lo, s.Float64()) }
	return &draws{
		decoupled: between(1e-3, 1), coupled: between(1e-6, 1e-3),
		beta1: 1 - between(0.02, 0.2), beta2: 1 - between(1e-3, 0.1), rate: between(1e-3, 1e-1), warmup: []float64{0, 0.05, 0.1}[s.Intn(3)],
	}
}

func (d *draws) couple(r rule.Rule) rule.Rule {
	return rule.Decay{Rule: r, Weight: d.coupled, Coupled: true}
}

// An exam trains settings on tasks and seeds.
type exam struct {
	tasks   []net.Task
	seeds   []uint64
	targets []float64 // of the tasks
}

// losses returns, for each task and seed, the losses apart after each epoch, NaN or +Inf where it diverged.
func (e exam) losses(ctx context.Context, s setting) ([][]float64, error) {
	var all [][]float64
	for _, task := range e.tasks {
		for _, seed := range e.seeds {
			p, err := task.Plan(s.rule, s.rate, seed)
			if err != nil {
				return nil, err
			}
			p.Method.Schedule.Warmup = s.warmup * float64(task.Epochs)
			run, err := task.Train(ctx, p)
			if err != nil {
				return nil, err
			}
			all = append(all, run.Apart)
		}
	}
	return all, nil
}

// times returns the epochs to the target for each task and seed.
func (e exam) times(losses [][]float64) []float64 {
	times := make([]float64, len(losses))
	for i, series := range losses {
		times[i] = math.Inf(1)
		for k, v := range series {
			if v <= e.targets[i/len(e.seeds)] {
				times[i] = float64(k + 1)
				break
			}
		}
	}
	return times
}

// scores returns the areas of the performance profiles between ratios of 1 and 4, between 0 and 1.
func scores(times [][]float64) []float64 {
	out := make([]float64, len(times))
	for m, p := range stat.PerformanceProfiles(times) {
		for k, share := range p.Y {
			to := 4.0
			if k+1 < len(p.X) {
				to = min(to, p.X[k+1])
			}
			out[m] += share * max(0, to-p.X[k]) / 3
		}
	}
	return out
}

// rateFreeProfile calibrates by some drawn settings on seeds and judges on others.
func rateFreeProfile(tasks []net.Task, settings int, calibrate, judge []uint64) func(context.Context, *claim.Record) error {
	return func(ctx context.Context, r *claim.Record) error {
		e := exam{tasks: tasks, seeds: calibrate}
		var chosen []setting
		for _, c := range contestants {
			var drawn []setting
			var losses [][][]float64
			for k := range uint64(settings) {
				d := newDraws(k, c.name)
				s := setting{c.drawn(d), c.as.rate, d.warmup}
				if c.name == "NAdamW" {
					s.rate = d.rate
				}
				l, err := e.losses(ctx, s)
				if err != nil {
					return fmt.Errorf("%s: %w", c.name, err)
				}
				drawn, losses = append(drawn, s), append(losses, l)
			}
			if e.targets == nil { // the baseline is the first
				e.targets = targets(losses, len(tasks))
			}
			best := 0
			var times [][]float64
			for _, l := range losses {
				times = append(times, e.times(l))
			}
			score := scores(times)
			for k, v := range score {
				if v > score[best] {
					best = k
				}
			}
			chosen = append(chosen, drawn[best])
		}
		e.seeds = judge
		var times, last [][]float64
		for i, c := range contestants {
			for _, s := range []setting{chosen[i], c.as} {
				l, err := e.losses(ctx, s)
				if err != nil {
					return fmt.Errorf("%s: %w", c.name, err)
				}
				times = append(times, e.times(l))
				var ends []float64
				for _, series := range l {
					ends = append(ends, end(series))
				}
				last = append(last, ends)
			}
		}
		score := scores(times)
		for i, c := range contestants {
			calibrated, as := score[2*i], score[2*i+1]
			r.Note(c.name+": score, calibrated", calibrated)
			r.Note(c.name+": score, as it is", as)
			if i == 0 {
				continue
			}
			r.AtLeast("score of NAdamW - of "+c.name+", calibrated", score[0]-calibrated, -0.02)
			r.AtLeast(c.name+": score, calibrated - as it is", calibrated-as, 1e-9)
			noteRatio(r, c.name, last[2*i], last[0])
		}
		return nil
	}
}

// targets returns 1.1 times the least mean loss at the end among settings, for each task.
func targets(losses [][][]float64, tasks int) []float64 {
	out := make([]float64, tasks)
	for t := range out {
		least := math.Inf(1)
		for _, of := range losses {
			seeds, mean := len(of)/tasks, 0.0
			for _, series := range of[t*seeds : (t+1)*seeds] {
				mean += end(series) / float64(seeds)
			}
			least = min(least, mean)
		}
		out[t] = 1.1 * least
	}
	return out
}

// end is the last of the losses, +Inf if the network diverged.
func end(series []float64) float64 {
	if len(series) == 0 {
		return math.Inf(1)
	}
	if v := series[len(series)-1]; v < math.Inf(1) {
		return v
	}
	return math.Inf(1)
}

// noteRatio notes the geometric mean of losses at the end over those of the baseline, where neither diverged.
func noteRatio(r *claim.Record, name string, losses, baseline []float64) {
	var a, b []float64
	for i := range losses {
		if !math.IsInf(losses[i], 1) && !math.IsInf(baseline[i], 1) {
			a, b = append(a, losses[i]), append(b, baseline[i])
		}
	}
	r.Note(name+": runs that diverged, or with NAdamW", float64(len(losses)-len(a)))
	if len(a) == 0 {
		return
	}
	ratio, interval := stat.PairedRatio(a, b, 0.95)
	r.Note(name+": loss apart / that of NAdamW, calibrated", ratio)
	r.Note(name+": loss apart / that of NAdamW, 95 % interval from", interval.Low)
	r.Note(name+": loss apart / that of NAdamW, to", interval.High)
}
