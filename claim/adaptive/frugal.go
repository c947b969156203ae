package adaptive

import (
	"context"
	"fmt"
	"math"
	"slices"

	"github.com/godescent/descent/claim"
	"github.com/godescent/descent/claim/net"
	"github.com/godescent/descent/nn"
	"github.com/godescent/descent/rng"
	"github.com/godescent/descent/rule"
)

// FRUGAL is about state for a quarter of the parameters.
var FRUGAL = claim.Claim{
	ID: "frugal",
	Paper: claim.Paper{
		Authors: "Zmushko, Beznosikov, Takáč and Horváth", Year: 2025,
		Title: "FRUGAL: Memory-Efficient Optimization by Reducing State Overhead for Scalable Training",
		Where: "ICML 2025 (PMLR 267), arXiv:2411.07837",
	},
	Statement: "Adam's averages for a changing quarter of the columns and signs of gradients for the others train nearly as well as Adam with a quarter of its state, and better than with no steps along the others.",
	Published: "Table 2 (C4, perplexity of models of 60M, 130M, 350M and 1B parameters): Adam 22.7, 18.1, 14.4, 12.0; FRUGAL 23.6, 18.6, 14.8, 12.3; BAdam, without the others, 24.9, 20.3, 16.4, 13.7. Ours, set before the first run: loss in training at most 1.15 times Adam's, and below that without the others.",
	Method: `(1) A matrix of 24 x 20 in double precision, columns drawn every 50 steps: each column makes AdamW's step, with averages since it was
drawn, or one of signs; all columns are AdamW that forgets, none are signs. (2) 96-96 hidden units on 11340 samples of forest covers in place of
transformers on text; the state of the 96 x 96 weights is cut, the others are left to Adam as in the paper: 5 epochs of 178 batches of 64, columns drawn every 50
steps, rates 1e-3, 3e-3 and 1e-2 each, tuned on two seeds and judged on 10 others by paired ratios. GaLore and BAdam themselves are not compared.`,
	Check: frugal(rule.FRUGAL{Every: 50}, 10),
}

// frugal checks with a rule in the place of FRUGAL, on so many seeds; none: without networks.
func frugal(of rule.FRUGAL, seeds int) func(context.Context, *claim.Record) error {
	return func(ctx context.Context, r *claim.Record) error {
		if err := oneRuleEach(ctx, r, of); err != nil || seeds == 0 {
			return err
		}
		return frugalOnCovers(ctx, r, of, seeds)
	}
}

// oneRuleEach compares every step of each column with AdamW's and with that of signs.
func oneRuleEach(ctx context.Context, r *claim.Record, of rule.FRUGAL) error {
	const rows, cols, n, rate, every = 24, 20, 400, 0.01, 50
	s := rng.New(1, "frugal")
	start, center := make([]float64, rows*cols), make([]float64, rows*cols)
	for i := range start {
		start[i], center[i] = s.Norm(), s.Norm()
	}
	gradient := func(g, x []float64) {
		for i, v := range x {
			g[i] = (1 + float64(i%7)) * (v - center[i])
		}
	}
	// steps follows a rule, and shows how far each of its steps is from those of the two rules at the same point.
	steps := func(of rule.Rule, see func(fromAdam, fromSigns []float64)) (*rule.State[float64], error) {
		adam, signs := rule.AdamW{Decay: -1}, rule.SignSGD{Momentum: -1}
		x, before, g := slices.Clone(start), make([]float64, rows*cols), make([]float64, rows*cols)
		a, b := make([]float64, rows*cols), make([]float64, rows*cols)
		var memory, last *rule.State[float64]
		p := path{rule: of, rate: constant(rate), shape: []int{rows, cols}, gradient: func(dst, x []float64) {
			gradient(dst, x)
			copy(g, dst)
			copy(before, x)
		}}
		err := p.follow(ctx, x, n, func(k int, s *rule.State[float64]) bool {
			if last = s; (k-1)%every == 0 {
				memory = rule.NewState[float64](adam, rows*cols)
			}
			copy(a, before)
			copy(b, before)
			rule.Step(adam, a, g, memory, rate)
			rule.Step(signs, b, g, rule.NewState[float64](signs, rows*cols), rate)
			see(columnsApart(x, a, cols), columnsApart(x, b, cols))
			return true
		})
		return last, err
	}
	const tol = 1e-14
	wrong, drawn, seen := 0, 0, make([]bool, cols)
	state, err := steps(of, func(fromAdam, fromSigns []float64) {
		for j := range cols {
			switch {
			case fromAdam[j] <= tol:
				drawn++
				seen[j] = true
			case fromSigns[j] > tol:
				wrong++
			}
		}
	})
	if err != nil {
		return err
	}
	r.Equal("matrix: steps of columns that are neither AdamW's nor signs", float64(wrong), 0, 0)
	// The first step of AdamW is one of signs up to Eps, which tol can tell apart.
	r.Equal("matrix: share of columns with AdamW's steps", float64(drawn)/(n*cols), 0.25, 1e-12)
	r.Note("matrix: columns that were ever drawn, of 20", float64(len(slices.DeleteFunc(seen, func(v bool) bool { return !v }))))
	r.Equal("matrix: numbers that it remembers / those of Adam", float64(state.Numbers())/(2*rows*cols), 0.25, 0.01)
	for _, c := range []struct {
		name    string
		density float64
	}{{"all columns drawn: largest distance of a step from AdamW that forgets", 1}, {"no column drawn: largest distance of a step from signs", -1}} {
		worst, all := 0.0, of
		all.Density = c.density
		if _, err := steps(all, func(fromAdam, fromSigns []float64) {
			if c.density < 0 {
				fromAdam = fromSigns
			}
			worst = max(worst, slices.Max(fromAdam))
		}); err != nil {
			return err
		}
		r.AtMost(c.name, worst, tol)
	}
	return nil
}

// columnsApart returns the largest difference in each column.
func columnsApart(x, y []float64, cols int) []float64 {
	d := make([]float64, cols)
	for i, v := range x {
		d[i%cols] = max(d[i%cols], math.Abs(v-y[i]))
	}
	return d
}

func frugalOnCovers(ctx context.Context, r *claim.Record, of rule.FRUGAL, seeds int) error {
	t := net.Task{Name: "covers", Data: "covtype15k", Spec: nn.Spec{Kind: "mlp", Hidden: []int{96, 96}}, Epochs: 5, Batch: 64}
	rates := []float64{1e-3, 3e-3, 1e-2}
	cut := func(name string, f rule.FRUGAL) net.Contestant {
		return net.Contestant{Name: name, Rule: rule.Groups{Groups: []rule.Group{{Pattern: "layers.1.weight", Rule: f}}, Rest: rule.Adam{}}, Rates: rates}
	}
	still, signs := of, of
	still.Ratio, signs.Density = -1, -1
	runs, err := contest(ctx, r, t, []net.Contestant{
		{Name: "Adam", Rule: rule.Adam{}, Rates: rates}, cut("FRUGAL", of), cut("drawn columns alone", still), cut("signs alone", signs),
	}, net.Seeds(1, 2), net.Seeds(11, seeds))
	if err != nil {
		return err
	}
	for _, c := range []struct {
		other string
		most  float64
	}{{"Adam", 1.15}, {"drawn columns alone", 1}} {
		r.RatioAtMost(fmt.Sprintf("%s: loss in training of FRUGAL / %s", t.Name, c.other), losses(runs["FRUGAL"]), losses(runs[c.other]), c.most)
	}
	return nil
}
