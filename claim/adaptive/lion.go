package adaptive

import (
	"context"
	"fmt"
	"math"
	"slices"

	"github.com/godescent/descent/claim"
	"github.com/godescent/descent/claim/net"
	"github.com/godescent/descent/rng"
	"github.com/godescent/descent/rule"
	"github.com/godescent/descent/study/stat"
	"github.com/godescent/descent/vec"
)

// Lion is about the sign of an average of gradients.
var Lion = claim.Claim{
	ID: "lion",
	Paper: claim.Paper{
		Authors: "Chen, Liang, Huang, Real, Wang, Liu, Pham, Dong, Luong, Hsieh, Lu and Le", Year: 2023,
		Title: "Symbolic Discovery of Optimization Algorithms",
		Where: "NeurIPS 2023, arXiv:2302.06675",
	},
	Statement: "Signs of an average of gradients, with half of AdamW's memory and a learning rate 3 to 10 times smaller, train networks as well as AdamW or better, and the better the larger the batch.",
	Published: "Section 4: up to 2 % above AdamW on ImageNet; section 4.6 and figure 6 (left): the best batch of ViT-B/16 is 256 for AdamW and 4096 for Lion; section 5: rates 3 to 10 times smaller. Ours, set before the first run: at most half a point of accuracy behind at each batch size.",
	Method: `(1) A quadratic in double precision: each parameter moves by lr or not at all beside its decay; a loss times 2^20 gives the same bits;
|x|_inf <= max(|x_0|_inf, 1/decay); memory by count. (2) Digits, 64 hidden units, 6 epochs, batches of 16, 64 and 256 of 1348, in place of
ImageNet: 13 learning rates each from 1e-4 on, four to a decade, decay 0.01 of AdamW and 0.1 of Lion, tuned on three seeds and judged on 30 others (Lion's rates are those of
AdamW: where they ended at 1e-2, that was the best of batches of 256). The gain is minus the mean
logarithm of Lion's loss apart over AdamW's; that of 256 less that of 16 is judged where its 95 % interval does not hold 0. The search for programs is not repeated, nor are times.`,
	Check: lion(rule.Lion{Decay: 0.1}, 30),
}

// lion checks with a rule in the place of Lion, on so many seeds; none: the exact part alone.
func lion(of rule.Rule, seeds int) func(context.Context, *claim.Record) error {
	return func(ctx context.Context, r *claim.Record) error {
		if err := signSteps(ctx, r, of); err != nil || seeds == 0 {
			return err
		}
		return batchSizes(ctx, r, of, seeds)
	}
}

func signSteps(ctx context.Context, r *claim.Record, of rule.Rule) error {
	const n, rate, decay = 50, 0.01, 0.1
	s := rng.New(1, "lion")
	center, start := make([]float64, n), make([]float64, n)
	for i := range center {
		center[i], start[i] = 20*s.Norm(), 2*s.Norm()
	}
	follow := func(scale float64, see func(x []float64, numbers int)) error {
		x := slices.Clone(start)
		p := path{rule: of, rate: constant(rate), gradient: func(g, x []float64) {
			for i, v := range x {
				g[i] = scale * (v - center[i])
			}
			g[0] = 0 // frozen: it only decays
		}}
		return p.follow(ctx, x, 5000, func(_ int, s *rule.State[float64]) bool { see(x, s.Numbers()); return true })
	}
	before, off, largest, memory := slices.Clone(start), 0.0, 0.0, 0
	if err := follow(1, func(x []float64, numbers int) {
		for i, v := range x {
			moved := math.Abs(v-(1-rate*decay)*before[i]) / rate
			off = max(off, min(moved, math.Abs(moved-1)))
		}
		copy(before, x)
		largest, memory = max(largest, vec.NrmInf(x)), numbers
	}); err != nil {
		return err
	}
	r.AtMost("quadratic: largest distance of |x' - (1 - lr decay) x|/lr from 0 and 1", off, 1e-10)
	r.Equal("quadratic: frozen parameter after 5000 steps / (1 - lr decay)^5000 of its start", before[0]/(start[0]*math.Pow(1-rate*decay, 5000)), 1, 1e-9)
	r.AtMost("quadratic: |x|_inf / max(|x_0|_inf, 1/decay)", largest/max(vec.NrmInf(start), 1/decay), 1+1e-12)
	r.Equal("numbers that it remembers, of 50 parameters", float64(memory), n, 0)
	scaled := make([]float64, n)
	if err := follow(1<<20, func(x []float64, _ int) { copy(scaled, x) }); err != nil {
		return err
	}
	r.Equal("loss times 2^20: distance after 5000 steps", apart(before, scaled), 0, 0)
	return nil
}

func batchSizes(ctx context.Context, r *claim.Record, of rule.Rule, seeds int) error {
	t, err := task("digits, dense")
	if err != nil {
		return err
	}
	gains := map[int][]float64{}
	for _, batch := range []int{16, 64, 256} {
		t.Batch, t.Name = batch, fmt.Sprintf("digits, batch %d", batch)
		d, err := t.Duel(ctx, r, net.Contestant{Name: "Lion", Rule: of, Rates: net.Decades(1e-4, 1e-1, 4)},
			net.Contestant{Name: "AdamW", Rule: rule.AdamW{}, Rates: net.Decades(1e-4, 1e-1, 4)}, net.Seeds(1, 3), net.Seeds(11, seeds))
		if err != nil {
			return err
		}
		r.DifferenceAtLeast(t.Name+": mean accuracy of Lion - AdamW", scores(d.A), scores(d.B), -0.005)
		r.AtLeast(t.Name+": best rate of AdamW / best rate of Lion, at least", d.RateB/d.RateA*(1+1e-9), 3)
		r.AtMost(t.Name+": best rate of AdamW / best rate of Lion, at most", d.RateB/d.RateA*(1-1e-9), 10)
		for i := range d.A {
			gains[batch] = append(gains[batch], math.Log(d.B[i].LossApart/d.A[i].LossApart))
		}
	}
	growth := make([]float64, seeds)
	for i := range growth {
		growth[i] = gains[256][i] - gains[16][i]
	}
	mean, i := stat.MeanInterval(growth, 0.95)
	r.Note("gain of batches of 256 less that of 16, 95 % interval from", i.Low)
	r.Note("gain of batches of 256 less that of 16, to", i.High)
	if i.Contains(0) {
		r.Undecided("gain of batches of 256 less that of 16: %.3g, with 95 %% between %.3g and %.3g: want an interval without 0", mean, i.Low, i.High)
		return nil
	}
	r.AtLeast("gain of batches of 256 less that of 16", mean, 0)
	return nil
}
