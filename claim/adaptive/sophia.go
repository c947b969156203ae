package adaptive

import (
	"context"
	_ "embed"
	"fmt"
	"math"
	"sync/atomic"
	"time"

	"github.com/godescent/descent/claim"
	"github.com/godescent/descent/claim/net"
	"github.com/godescent/descent/method/stochastic"
	"github.com/godescent/descent/nn"
	"github.com/godescent/descent/problem/neural"
	"github.com/godescent/descent/rng"
	"github.com/godescent/descent/rule"
	"github.com/godescent/descent/schedule"
	"github.com/godescent/descent/study/stat"
	"github.com/godescent/descent/train"
	"github.com/godescent/descent/vec"
)

// Sophia is about clipped steps by estimates of the Hessian's diagonal.
var Sophia = claim.Claim{
	ID: "sophia",
	Paper: claim.Paper{
		Authors: "Liu, Li, Hall, Liang and Ma", Year: 2024,
		Title: "Sophia: A Scalable Stochastic Second-order Optimizer for Language Model Pre-training",
		Where: "ICLR 2024, arXiv:2305.14342",
	},
	Statement: "Steps by an average of the Hessian's diagonal, clipped where that is small or negative, cross curved valleys where gradient descent and signs are slow and Newton's method goes to a saddle, and train language models to the loss of AdamW in half of its steps.",
	Published: "Figure 2 (the valley), Sections 2.1 and 2.3 (two unbiased estimates of the diagonal), Figures 1 and 4 (GPT-2 of 125M to 770M parameters: half of the steps). Ours, set before the first run: 25 steps in the valley, a tenth of gradient descent's at its best rate of five; means of estimates within 10 % of the diagonal; half and, as a weaker statement, 0.8 of the steps.",
	Method: `(1) The valley with its exact diagonal, Gamma = 1, no averages: steps to a loss of 1e-3 from (0.2, 0). (2) Softmax regression of 200 digits, 650 parameters
with weights drawn: means of 2000 estimates by random labels and, as products with the Hessian vary more, of 8000 of these, against the exact diagonal sum p(1-p)a^2.
(3) A transformer of one block and 9400 parameters that reads 36000 characters of Shakespeare in windows of 32 in place of GPT-2 on OpenWebText: AdamW for 10 epochs of 64 batches of 16
windows; Sophia-H and Sophia-G for 5 and for 8, each with its own schedule (warmup, cosine) and gradients clipped to the norm 1. Four rates times two of Beta2 for AdamW or of
Gamma for Sophia (its default, and 4 times it) are tuned on two seeds, at 10 and at 5 epochs, and judged on 5 others by paired ratios of the loss of the last 10 % of the text. Times are noted, not judged.`,
	Check: sophia(rule.Sophia{}, 2000, 5),
}

// sophia checks with the options of a rule, means of so many estimates, and so many seeds; none: without a network.
func sophia(of rule.Sophia, draws, seeds int) func(context.Context, *claim.Record) error {
	return func(ctx context.Context, r *claim.Record) error {
		if err := valley(ctx, r, of); err != nil {
			return err
		}
		if err := diagonals(ctx, r, draws); err != nil || seeds == 0 {
			return err
		}
		return sophiaOnText(ctx, r, seeds)
	}
}

// valley is the function of Figure 2, 8 (u-1)^2 (1.3 u^2 + 2 u + 1) + (v-4)^2/2.
func valley(ctx context.Context, r *claim.Record, of rule.Sophia) error {
	const never = 2000
	loss := func(x []float64) float64 {
		u, v := x[0], x[1]
		return 8*(u-1)*(u-1)*(1.3*u*u+2*u+1) + (v-4)*(v-4)/2
	}
	gradient := func(g, x []float64) {
		u, v := x[0], x[1]
		g[0], g[1] = 16*(u-1)*(1.3*u*u+2*u+1)+8*(u-1)*(u-1)*(2.6*u+2), v-4
	}
	curvature := func(h, x []float64) {
		u := x[0]
		h[0], h[1] = 16*(1.3*u*u+2*u+1)+32*(u-1)*(2.6*u+2)+8*(u-1)*(u-1)*2.6, 1
	}
	steps := func(of rule.Rule, rate float64) (int, error) {
		x := []float64{0.2, 0}
		return path{rule: of, rate: constant(rate), gradient: gradient, curvature: curvature}.first(ctx, x, never, func() bool { return loss(x) < 1e-3 })
	}
	of.Beta1, of.Beta2, of.Gamma, of.Decay, of.Every = 1e-300, 1e-300, 1, -1, 1
	at, best := map[string]int{}, map[string]int{}
	for name, c := range map[string]struct {
		rule  rule.Rule
		rates []float64
	}{
		"Sophia":           {of, []float64{0.1, 0.3, 1}},
		"gradient descent": {rule.SGD{}, []float64{0.001, 0.003, 0.01, 0.03, 0.1}},
		"signs":            {rule.SignSGD{Momentum: -1}, []float64{0.01, 0.03, 0.1, 0.3}},
		"Adam":             {rule.Adam{}, []float64{0.01, 0.03, 0.1, 0.3}},
	} {
		best[name] = never + 1
		for _, rate := range c.rates {
			k, err := steps(c.rule, rate)
			if err != nil {
				return err
			}
			at[fmt.Sprintf("%s at %g", name, rate)] = k
			best[name] = min(best[name], k)
		}
	}
	r.AtMost("valley: steps of Sophia at the rate 0.3", float64(at["Sophia at 0.3"]), 25)
	r.AtLeast("valley: steps of gradient descent at its best rate / those of Sophia at 0.3", float64(best["gradient descent"])/float64(at["Sophia at 0.3"]), 10)
	r.AtLeast("valley: steps of signs at the rate 0.3, of 2000", float64(at["signs at 0.3"]), never+1)
	r.AtLeast("valley: steps of signs at the rate 0.03, of 2000", float64(at["signs at 0.03"]), never+1)
	for _, name := range []string{"Sophia at 0.1", "Sophia at 1", "signs at 0.1", "gradient descent at 0.01", "Adam at 0.1"} {
		r.Note("valley: steps of "+name, float64(at[name]))
	}
	x, g, h := []float64{0.2, 0}, make([]float64, 2), make([]float64, 2)
	for range never {
		gradient(g, x)
		curvature(h, x)
		x[0] -= g[0] / h[0]
		x[1] -= g[1] / h[1]
	}
	r.AtMost("valley: |u| where Newton's method ends, a saddle at 0", math.Abs(x[0]), 0.01)
	return nil
}

// diagonal stores the diagonal of the Hessian at w: means of p_c (1 - p_c) a_j^2.
func (f softmax) diagonal(h, w []float64) {
	clear(h)
	f.each(w, func(row, p []float64, _ int) {
		for c, v := range p {
			for j, a := range row {
				h[c*f.d+j] += v * (1 - v) * a * a / float64(len(f.labels))
			}
		}
	})
}

// diagonals compares means of draws estimates by random labels, and of 4 times as many by products, with the exact
// diagonal, which is that of the Gauss-Newton matrix too.
func diagonals(ctx context.Context, r *claim.Record, draws int) error {
	f, err := digits(200)
	if err != nil {
		return err
	}
	samples, err := nn.NewSamples(len(f.labels), nn.Samples[float64]{Shape: []int{f.d}, X: f.rows, Labels: f.labels})
	if err != nil {
		return err
	}
	m, err := nn.NewMLP[float64](nn.MLPOptions{In: f.d, Out: f.classes})
	if err != nil {
		return err
	}
	b, err := neural.NewBatches(m, samples, nn.CrossEntropy[float64]{}, neural.BatchOptions{Seed: 1})
	if err != nil {
		return err
	}
	weights, all, s := f.classes*f.d, make([]int, len(f.labels)), rng.New(1, "sophia")
	x := make([]float64, weights+f.classes) // intercepts 0
	for i := range x[:weights] {
		x[i] = 0.3 * s.Norm()
	}
	for i := range all {
		all[i] = i
	}
	exact, h, mean := make([]float64, weights), make([]float64, len(x)), make([]float64, len(x))
	f.diagonal(exact, x)
	for _, c := range []struct {
		name     string
		draws    int
		estimate func(h, x []float64, batch []int, step uint64) error
	}{{"random labels", draws, b.BatchGaussNewton}, {"products with the Hessian", 4 * draws, b.BatchCurvature}} {
		clear(mean)
		least := math.Inf(1)
		for k := range c.draws {
			if ctx.Err() != nil {
				return ctx.Err()
			}
			if err := c.estimate(h, x, all, uint64(k)); err != nil {
				return err
			}
			vec.Axpy(1/float64(c.draws), h, mean)
			for _, v := range h {
				least = min(least, v)
			}
		}
		vec.Axpy(-1, exact, mean[:weights])
		r.AtMost("digits: distance of the mean estimate from the diagonal / its norm, "+c.name, vec.Nrm2(mean[:weights])/vec.Nrm2(exact), 0.1)
		if c.name == "random labels" {
			r.AtLeast("digits: least estimate by random labels", least, 0)
		} else {
			r.Note("digits: least estimate by products with the Hessian", least)
		}
	}
	return nil
}

// coriolanus is the beginning of Shakespeare's play.
//
//go:embed coriolanus.txt
var coriolanus []byte

// textPlan is training of a small transformer on the beginning of the text, judged by its end.
func textPlan(of rule.Rule, rate float64, epochs int, seed uint64) (*train.Plan, error) {
	const context = 32
	e, err := train.LearnText(coriolanus, context)
	if err != nil {
		return nil, err
	}
	p := &train.Plan{
		Name: "coriolanus", Spec: nn.Spec{Kind: "transformer", Layers: 1, Heads: 2, Width: 24}, Encoding: e, Seed: seed,
		Method: stochastic.Train{
			Rule: of, Rate: rate, Batch: 16, Clip: 1,
			Schedule: schedule.Schedule{Kind: "cosine", Horizon: float64(epochs), Warmup: 0.1 * float64(epochs)},
		},
	}
	at := len(coriolanus) * 9 / 10
	if p.Samples, err = e.Windows(string(coriolanus[:at])); err != nil {
		return nil, err
	}
	p.Apart, err = e.Windows(string(coriolanus[at:]))
	return p, err
}

// A watched rule is Sophia that counts the parameters whose steps are not clipped.
type watched struct {
	rule.Sophia
	gamma     float32
	free, all *atomic.Int64
}

// Step32 implements [rule.Rule].
func (r watched) Step32(p *rule.Part[float32]) {
	r.Sophia.Step32(p)
	m, h := p.V[0], p.V[1]
	free := int64(0)
	for i, v := range m {
		if max(v, -v) < r.gamma*h[i] {
			free++
		}
	}
	r.free.Add(free)
	r.all.Add(int64(len(m)))
}

func sophiaOnText(ctx context.Context, r *claim.Record, seeds int) error {
	const long, half, most = 10, 5, 8 // epochs
	rates := []float64{1e-3, 3e-3, 1e-2, 3e-2}
	run := func(of rule.Rule, rate float64, epochs int, seed uint64) (float64, error) {
		p, err := textPlan(of, rate, epochs, seed)
		if err != nil {
			return 0, err
		}
		out, err := net.Task{Epochs: epochs}.Train(ctx, p)
		return out.LossApart, err
	}
	// tuned returns the best of two rules with its rate.
	tuned := func(name string, of []rule.Rule, epochs int) (rule.Rule, float64, error) {
		best, at, rate := math.Inf(1), of[0], rates[0]
		for i, candidate := range of {
			for _, v := range rates {
				var l []float64
				for _, seed := range net.Seeds(1, 2) {
					loss, err := run(candidate, v, epochs, seed)
					if err != nil {
						return nil, 0, err
					}
					l = append(l, loss)
				}
				if m := stat.Median(l); m < best {
					best, at, rate = m, candidate, v
					r.Note(fmt.Sprintf("text: %s, candidate %d at the rate %g: loss apart", name, i+1, v), m)
				}
			}
		}
		return at, rate, nil
	}
	judge := func(of rule.Rule, rate float64, epochs int) (losses []float64, seconds float64, err error) {
		begun := time.Now()
		for _, seed := range net.Seeds(11, seeds) {
			loss, err := run(of, rate, epochs, seed)
			if err != nil {
				return nil, 0, err
			}
			losses = append(losses, loss)
		}
		return losses, time.Since(begun).Seconds() / float64(seeds*epochs), nil
	}
	adamw, rate, err := tuned("AdamW", []rule.Rule{rule.AdamW{Decay: 0.1, Beta2: 0.95}, rule.AdamW{Decay: 0.1}}, long)
	if err != nil {
		return err
	}
	want, slow, err := judge(adamw, rate, long)
	if err != nil {
		return err
	}
	r.Note("text: AdamW, 10 epochs: median loss apart", stat.Median(want))
	early, _, err := judge(adamw, rate, half)
	if err != nil {
		return err
	}
	r.Note("text: AdamW, 5 epochs: median loss apart", stat.Median(early))
	for _, c := range []struct {
		name string
		of   rule.Sophia
		more float64
	}{
		{"Sophia-H", rule.Sophia{Gamma: 0.01}, 0.04}, {"Sophia-G", rule.Sophia{GaussNewton: true, Gamma: 0.05}, 0.2},
	} {
		other := c.of
		other.Gamma = c.more
		best, rate, err := tuned(c.name, []rule.Rule{c.of, other}, half)
		if err != nil {
			return err
		}
		for _, epochs := range []int{half, most} {
			losses, seconds, err := judge(best, rate, epochs)
			if err != nil {
				return err
			}
			r.Note(fmt.Sprintf("text: %s, %d epochs: median loss apart", c.name, epochs), stat.Median(losses))
			r.Note(fmt.Sprintf("text: %s, %d epochs: seconds of an epoch / AdamW's", c.name, epochs), seconds/slow)
			r.RatioAtMost(fmt.Sprintf("text: loss apart of %s after %d epochs / of AdamW after 10", c.name, epochs), losses, want, 1)
		}
		seen := watched{Sophia: best.(rule.Sophia), free: &atomic.Int64{}, all: &atomic.Int64{}}
		seen.gamma = float32(seen.Gamma)
		if _, err := run(seen, rate, half, 11); err != nil {
			return err
		}
		r.Note(fmt.Sprintf("text: %s, Gamma", c.name), seen.Gamma)
		r.Note(fmt.Sprintf("text: %s, share of steps that are not clipped", c.name), float64(seen.free.Load())/float64(seen.all.Load()))
	}
	return nil
}
