package firstorder

import (
	"context"
	"fmt"
	"maps"
	"math"
	"slices"

	"github.com/godescent/descent"
	"github.com/godescent/descent/claim"
	"github.com/godescent/descent/claim/net"
	"github.com/godescent/descent/method/stochastic"
	"github.com/godescent/descent/nn"
	"github.com/godescent/descent/problem/neural"
	"github.com/godescent/descent/rng"
	"github.com/godescent/descent/rule"
	"github.com/godescent/descent/schedule"
	"github.com/godescent/descent/study/stat"
	"github.com/godescent/descent/vec"
)

// AdAdaGrad is about batches that grow with the noise of their gradients.
var AdAdaGrad = claim.Claim{
	ID: "adadagrad",
	Paper: claim.Paper{
		Authors: "T. T.-K. Lau, H. Liu and M. Kolar", Year: 2024,
		Title: "AdAdaGrad: Adaptive Batch Size Schemes for Adaptive Gradient Methods",
		Where: "arXiv:2402.11215",
	},
	Statement: "AdaGrad with batches that grow by the norm test takes fewer steps than with small constant batches and generalizes better than with large ones; with AdaGrad-Norm the least squared gradient of K steps is O(1/K) without convexity.",
	Published: "Convergence at the rate of full gradients (theorems), and images, MNIST to ImageNet: fewer steps than small batches, higher accuracy than large ones. Numbers and thresholds below are ours, set before the first run.",
	Method: `(1) Moments of the gradients of 20 examples, a network of 16 tanh units in double precision, against batches of one: 1e-12. (2) Linear regression with
normal inputs in R^10, where the covariance of gradients is known: over 100 batches of 256, the variance that the norm test sees is its trace within 5 %, and the batch
wanted tr/(eta |gradient|)^2 within 15 %. (3) Logistic regression on 11340 forest covers, AdaGrad with rate 0.05, eta = 0.5, first batch 8, 20 epochs, 5 seeds, no schedule: batches
never fall and grow at least 50 times; at most 1/5 of the steps with batches of 8, and at most half of their full gradient at the end; the loss apart is at most
that of batches of 512 and of all (the paper: accuracy of networks). Tests see the samples once more, which is not counted, as in the paper. (4) A network of 32 tanh units on six classes of wine
quality, AdaGrad-Norm with rate 1, 3 seeds, 1500 epochs: the exponent in K of the least squared full gradient, over the last factor of 100 in K and 40 epochs in
geometric progression, is at most -0.8 in the mean, and larger with batches of 8 for 150 epochs. The norm test alone is compared, images are not.`,
	Check: adadagrad(stochastic.Growth{Test: "norm", Eta: 0.5}, 5, 3),
}

// adadagrad checks with a test, on so many seeds of (3) and of (4).
func adadagrad(g stochastic.Growth, covers, wines int) func(context.Context, *claim.Record) error {
	return func(ctx context.Context, r *claim.Record) error {
		for _, part := range []func() error{
			func() error { return momentsOfExamples(r) },
			func() error { return knownCovariance(ctx, r, g) },
			func() error { return growingOnCovers(ctx, r, g, covers) },
			func() error { return growingOnWines(ctx, r, g, wines) },
		} {
			if err := part(); err != nil {
				return err
			}
		}
		return nil
	}
}

// momentsOfExamples compares the moments with those of gradients of single examples.
func momentsOfExamples(r *claim.Record) error {
	const n, d = 20, 6
	s, samples := rng.New(1, "adadagrad"), nn.Samples[float64]{Shape: []int{d}}
	for i := range n {
		for range d {
			samples.X = append(samples.X, s.Norm())
		}
		samples.Labels = append(samples.Labels, i%3)
	}
	all, err := nn.NewSamples(n, samples)
	if err != nil {
		return err
	}
	m, err := nn.NewModel[float64](nn.Spec{Kind: "mlp", Hidden: []int{16}, Activation: "tanh"}, nn.Input{Shape: []int{d}, Classes: 3})
	if err != nil {
		return err
	}
	f, err := neural.NewBatches(m, all, nn.CrossEntropy[float64]{}, neural.BatchOptions{})
	if err != nil {
		return err
	}
	x, _ := nn.Start[float64](m.Layout(), 1)
	mean, g := make([]float64, len(x)), make([]float64, len(x))
	if _, err := f.BatchGradient(mean, x, upTo(n), 0); err != nil {
		return err
	}
	squares, products := make([]float64, n), make([]float64, n)
	if err := f.ExampleMoments(squares, products, x, mean, upTo(n), 0); err != nil {
		return err
	}
	worst := 0.0
	for i := range n {
		if _, err := f.BatchGradient(g, x, []int{i}, 0); err != nil {
			return err
		}
		s := vec.Dot(g, g)
		worst = max(worst, math.Abs(squares[i]-s)/s, math.Abs(products[i]-vec.Dot(g, mean))/math.Sqrt(s*vec.Dot(mean, mean)))
	}
	r.AtMost("20 examples: largest relative error of a moment", worst, 1e-12)
	return nil
}

// upTo returns 0 to n-1.
func upTo(n int) []int {
	out := make([]int, n)
	for i := range out {
		out[i] = i
	}
	return out
}

// knownCovariance has the gradients 2 (<x, w> - e) (x, 1) with standard normal x and e, at |w| = 1: their
// mean is 2 (w, 0), the trace of their covariance 4 ((d+2) + (d+1)).
func knownCovariance(ctx context.Context, r *claim.Record, test stochastic.Growth) error {
	const d, b, repeats = 10, 256, 100
	const mean2, trace = 4.0, 4 * (2*d + 3)
	s, samples := rng.New(2, "adadagrad"), nn.Samples[float32]{Shape: []int{d}}
	for range b * repeats {
		for range d {
			samples.X = append(samples.X, float32(s.Norm()))
		}
		samples.Targets = append(samples.Targets, float32(s.Norm()))
	}
	all, err := nn.NewSamples(b*repeats, samples)
	if err != nil {
		return err
	}
	m, err := nn.NewModel[float32](nn.Spec{Kind: "mlp", Hidden: []int{}}, nn.Input{Shape: []int{d}, Outputs: 1})
	if err != nil {
		return err
	}
	f, err := neural.NewBatches(m, all, nn.MSE[float32]{}, neural.BatchOptions{})
	if err != nil {
		return err
	}
	x, g := make([]float32, m.Layout().Dim()), make([]float32, m.Layout().Dim())
	for i := range d {
		x[i] = float32(1 / math.Sqrt(d))
	}
	squares := make([]float32, b)
	variance, wanted := 0.0, 0.0
	for k := range repeats {
		if err := ctx.Err(); err != nil {
			return err
		}
		batch := upTo(b * (k + 1))[b*k:]
		if _, err := f.BatchGradient(g, x, batch, 0); err != nil {
			return err
		}
		if err := f.ExampleMoments(squares, nil, x, g, batch, 0); err != nil {
			return err
		}
		gg := float64(vec.Dot(g, g))
		wants := test.Wants(gg, squares, nil)
		wanted += wants / repeats
		variance += wants * test.Eta * test.Eta * gg / repeats
	}
	r.Equal("linear regression: variance seen / trace of the covariance", variance/trace, 1, 0.05)
	r.Equal("linear regression: batch wanted / that of the exact moments", wanted/(trace/(test.Eta*test.Eta*mean2)), 1, 0.15)
	return nil
}

// A growing is what came of training, with batches that grow or not.
type growing struct {
	gradient, lossApart, score float64
	sizes                      []float64
	steps                      float64
}

// train follows a plan and measures the full gradient at its end.
func (t *growing) train(ctx context.Context, task net.Task, rule rule.Rule, rate float64, batch int, g stochastic.Growth, seed uint64) error {
	p, err := task.Plan(rule, rate, seed)
	if err != nil {
		return err
	}
	n := p.Samples.Len()
	if batch == 0 {
		batch = n
	}
	p.Method.Batch, p.Method.Growth, p.Method.Schedule = batch, g, schedule.Schedule{}
	trained, res, err := p.Run(ctx, descent.Options{MaxIter: task.Epochs, NoCheckpoint: true})
	if err != nil {
		return err
	}
	if ctx.Err() != nil {
		return ctx.Err()
	}
	t.steps = math.Ceil(float64(n)/float64(batch)) * float64(res.Iterations)
	for _, s := range res.Series {
		last := s.Values[len(s.Values)-1]
		switch s.Name {
		case "loss apart":
			t.lossApart = last
		case "score apart":
			t.score = last
		case "batch":
			t.sizes = s.Values
		case "steps":
			t.steps = last
		}
	}
	f, err := neural.NewBatches(trained.Model, p.Samples, nn.CrossEntropy[float32]{}, neural.BatchOptions{})
	if err != nil {
		return err
	}
	full := make([]float32, len(trained.X))
	_, err = f.BatchGradient(full, trained.X, upTo(n), 0)
	t.gradient = float64(vec.Nrm2(full))
	return err
}

func growingOnCovers(ctx context.Context, r *claim.Record, g stochastic.Growth, seeds int) error {
	task := net.Task{Name: "covers", Data: "covtype15k", Spec: nn.Spec{Kind: "mlp", Hidden: []int{}}, Epochs: 20}
	const first = 8
	gradients, apart := map[string][]float64{}, map[string][]float64{}
	falls, grown, fewer := 0, math.Inf(1), 0.0
	for seed := uint64(1); seed <= uint64(seeds); seed++ {
		var small, tested growing
		for _, c := range []struct {
			name  string
			batch int
			g     stochastic.Growth
		}{{"growing batches", first, g}, {"batches of 8", first, stochastic.Growth{}}, {"batches of 64", 64, stochastic.Growth{}}, {"batches of 512", 512, stochastic.Growth{}}, {"all", 0, stochastic.Growth{}}} {
			var run growing
			if err := run.train(ctx, task, rule.Adagrad{}, 0.05, c.batch, c.g, seed); err != nil {
				return err
			}
			gradients[c.name], apart[c.name] = append(gradients[c.name], run.gradient), append(apart[c.name], run.lossApart)
			switch c.name {
			case "growing batches":
				tested = run
			case "batches of 8":
				small = run
			}
			if seed == 1 {
				r.Note("covers, "+c.name+": steps", run.steps)
				r.Note("covers, "+c.name+": accuracy apart", run.score)
			}
		}
		for k := 1; k < len(tested.sizes); k++ {
			if tested.sizes[k] < tested.sizes[k-1] {
				falls++
			}
		}
		grown = min(grown, tested.sizes[len(tested.sizes)-1]/first)
		fewer = max(fewer, tested.steps/small.steps)
		if seed == 1 {
			for _, k := range []int{0, 1, 4, 9, 19} {
				r.Note(fmt.Sprintf("covers: batch after epoch %d", k+1), tested.sizes[k])
			}
		}
	}
	for _, name := range slices.Sorted(maps.Keys(gradients)) {
		if name != "growing batches" {
			ratio, _ := stat.PairedRatio(gradients["growing batches"], gradients[name], 0.95)
			r.Note("covers: full gradient, growing batches / "+name, ratio)
		}
	}
	r.Equal("covers: epochs after which the batch is smaller than before", float64(falls), 0, 0)
	r.AtLeast("covers: least last batch / first", grown, 50)
	r.AtMost("covers: most steps / those of batches of 8", fewer, 0.2)
	r.RatioAtMost("covers: full gradient at the end / that of batches of 8", gradients["growing batches"], gradients["batches of 8"], 0.5)
	r.RatioAtMost("covers: loss apart / that of batches of 512", apart["growing batches"], apart["batches of 512"], 1)
	r.RatioAtMost("covers: loss apart / that of all in one batch", apart["growing batches"], apart["all"], 1)
	return nil
}

func growingOnWines(ctx context.Context, r *claim.Record, g stochastic.Growth, seeds int) error {
	var with, without []float64
	for seed := uint64(1); seed <= uint64(seeds); seed++ {
		for _, c := range []struct {
			g      stochastic.Growth
			epochs int
			slopes *[]float64
		}{{g, 1500, &with}, {stochastic.Growth{}, 150, &without}} {
			slope, least, err := exponentOfGradients(ctx, c.g, c.epochs, seed)
			if err != nil {
				return err
			}
			*c.slopes = append(*c.slopes, slope)
			r.Note(fmt.Sprintf("wine quality, seed %d, %d epochs: least squared gradient", seed, c.epochs), least)
		}
	}
	r.AtMost("wine quality: exponent in K of the least squared gradient, growing batches", stat.Mean(with), -0.8)
	r.AtMost("wine quality: that less the exponent of batches of 8", stat.Mean(with)-stat.Mean(without), 0)
	r.Note("wine quality: exponent of batches of 8", stat.Mean(without))
	return nil
}

// exponentOfGradients returns the slope of the least squared full gradient in the number of steps, and the last.
func exponentOfGradients(ctx context.Context, g stochastic.Growth, epochs int, seed uint64) (slope, least float64, err error) {
	task := net.Task{Name: "wine quality", Data: "winequality-red", Spec: nn.Spec{Kind: "mlp", Hidden: []int{32}, Activation: "tanh"}}
	p, err := task.Plan(rule.AdagradNorm{}, 1, seed)
	if err != nil {
		return 0, 0, err
	}
	p.Apart = nil
	p.Method.Batch, p.Method.Growth, p.Method.Schedule = 8, g, schedule.Schedule{}
	var f *neural.Batches[float32]
	var steps, gradients []float64
	opt := descent.Options{}
	least = math.Inf(1)
	const points = 40
	for i := range points {
		e := int(math.Round(math.Pow(float64(epochs), float64(i)/(points-1))))
		if e == opt.MaxIter {
			continue
		}
		opt.MaxIter = e
		trained, res, err := p.Run(ctx, opt)
		if err != nil {
			return 0, 0, err
		}
		if ctx.Err() != nil {
			return 0, 0, ctx.Err()
		}
		opt.Resume = res.Checkpoint
		if f == nil {
			if f, err = neural.NewBatches(trained.Model, p.Samples, nn.CrossEntropy[float32]{}, neural.BatchOptions{}); err != nil {
				return 0, 0, err
			}
		}
		full := make([]float32, len(trained.X))
		if _, err := f.BatchGradient(full, trained.X, upTo(f.Terms()), 0); err != nil {
			return 0, 0, err
		}
		least = min(least, float64(vec.Dot(full, full)))
		k := float64(e * ((f.Terms() + 7) / 8))
		for _, s := range res.Series {
			if s.Name == "steps" {
				k = s.Values[len(s.Values)-1]
			}
		}
		steps, gradients = append(steps, k), append(gradients, least)
	}
	from := slices.IndexFunc(steps, func(k float64) bool { return k >= steps[len(steps)-1]/100 })
	return claim.Slope(steps[from:], gradients[from:]), least, nil
}
