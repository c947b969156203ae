package adaptive

import (
	"context"
	"fmt"
	"math"
	"slices"

	"github.com/godescent/descent"
	"github.com/godescent/descent/claim"
	"github.com/godescent/descent/claim/net"
	"github.com/godescent/descent/grad"
	"github.com/godescent/descent/linalg"
	"github.com/godescent/descent/method/stochastic"
	"github.com/godescent/descent/nn"
	"github.com/godescent/descent/problem/neural"
	"github.com/godescent/descent/rng"
	"github.com/godescent/descent/rule"
	"github.com/godescent/descent/study/stat"
	"github.com/godescent/descent/train"
	"github.com/godescent/descent/vec"
)

// ConAdv is about training with large batches against inputs that older parameters have changed.
var ConAdv = claim.Claim{
	ID: "conadv",
	Paper: claim.Paper{
		Authors: "Y. Liu, X. Chen, M. Cheng, C.-J. Hsieh and Y. You", Year: 2022,
		Title: "Concurrent Adversarial Learning for Large-Batch Training",
		Where: "ICLR 2022, arXiv:2106.00221",
	},
	Statement: "With very large batches, to learn changed inputs beside the others makes networks more accurate on data that they have not seen (DisAdv); changes by the parameters of the step before, found at the same time as a gradient, are as good (ConAdv).",
	Published: "ResNet-50 on ImageNet with batches of 96000: 75.3 % right with ConAdv, 76.2 % with augmentation too, DisAdv alike at about twice the time of a step; plain LARS falls behind from 32000 on. Margins below are ours, set before the first run.",
	Method: `(1) Two layers of 64 ReLU units with batch normalization on digits of 8 x 8 pixels, batches of 337 of 1348, 12 steps, radius 0.133, which is 0.05 of the range of the pixels: training is bit for bit
what two goroutines do, one with the gradient of step t, the other with the changes for step t + tau, for tau = 1, 2 and 4, and DisAdv for tau = 0; no number changes by more than the radius, some do by that, none leaves
the range of all; running statistics are bit for bit those of a network that sees the inputs as they are alone. Without normalizations a radius of 1e-30 is, bit for bit, plain training. (2) The same network, 30 epochs, 4
steps each, SGD with momentum 0.9, 3 epochs of warm-up, cosine decay: plain, DisAdv, ConAdv with tau = 1, 2 and 4, and the same with random signs, each with the best of 5 rates from 0.01 to 1 by the loss apart on 3 seeds, judged on 20 others by the
share of 449 digits kept apart that is right. In the mean ConAdv(1) is behind DisAdv by at most 0.2 points, both are ahead of plain by at least 0.2, random signs are not behind plain, ConAdv(1) is not behind
random signs, and tau = 2 and 4 are ahead of 1 and 2 by at most 0.2. (3) On 5 of the seeds the largest eigenvalue of the Hessian of the loss in training, by 20 Lanczos steps, is lower with ConAdv(1) than
plain (a first run with 40 and 10 seeds, too long, had the same verdicts). Batches of 64 are noted, and plain training of 90 epochs, which takes as many passes. The paper has LARS, label smoothing, deep networks; times are not compared, as both take three passes in one process.`,
	Check: conAdv(0, digitsAgainst{radius: pixelRadius, epochs: 30, rates: net.Decades(0.01, 1, 2), tune: net.Seeds(1, 3), judge: net.Seeds(11, 20), sharp: 5}),
}

// pixelRadius is 0.05 of the range of pixels, which have deviation 1.
const pixelRadius = 0.133

// conAdv checks with goroutines whose changes are older by late steps than those of training.
func conAdv(late int, d digitsAgainst) func(context.Context, *claim.Record) error {
	return func(ctx context.Context, r *claim.Record) error {
		for _, tau := range []int{0, 1, 2, 4} {
			if err := concurrently(ctx, r, tau, late); err != nil {
				return err
			}
		}
		if err := tinyRadius(ctx, r); err != nil || len(d.judge) == 0 {
			return err
		}
		return d.compare(ctx, r)
	}
}

func perceptron(layers ...nn.LayerSpec) nn.Spec {
	chain := []nn.LayerSpec{{Type: "flatten"}}
	for range 2 {
		chain = append(append(chain, nn.LayerSpec{Type: "linear", Out: 64}), layers...)
	}
	return nn.Spec{Chain: append(chain, nn.LayerSpec{Type: "linear"})}
}

// largeBatches is a network with batch normalization, or without, that learns digits in 4 steps an epoch.
func largeBatches(normalized bool) net.Task {
	spec := perceptron(nn.LayerSpec{Type: "relu"})
	if normalized {
		spec = perceptron(nn.LayerSpec{Type: "batchnorm"}, nn.LayerSpec{Type: "relu"})
	}
	return net.Task{Name: "digits", Data: "digits", Spec: spec, Epochs: 3, Batch: 337}
}

// newBatches returns the loss of a plan, with a model of its own that wrap may change.
func newBatches(p *train.Plan, a nn.Adversary, wrap func(nn.Model[float32]) nn.Model[float32]) (*neural.Batches[float32], error) {
	m, err := nn.NewModel[float32](p.Spec, p.Encoding.Input())
	if err != nil {
		return nil, err
	}
	if wrap != nil {
		m = wrap(m)
	}
	return neural.NewBatches(m, p.Samples, nn.CrossEntropy[float32]{}, neural.BatchOptions{Adversary: a, Seed: p.Seed})
}

// A witness is a loss with an adversary that keeps what it was asked and what its model saw.
type witness struct {
	*neural.Batches[float32]
	plain *neural.Batches[float32] // without an adversary

	seen    [][]float32 // inputs, one pass after the other
	batches [][]int
	g       []float32

	largest, outside, apart float64 // change of a number, how far it is out of the range, and distance of the statistics from those of plain
	low, high               float32
}

// eyewitness is a model that shows the inputs that it sees.
type eyewitness struct {
	nn.Model[float32]
	see func([]float32)
}

func (m eyewitness) Forward(p *nn.Pass[float32], b *nn.Batch[float32]) *grad.Tensor[float32] {
	m.see(slices.Clone(b.X))
	return m.Model.Forward(p, b)
}

func newWitness(p *train.Plan, a nn.Adversary) (*witness, error) {
	w := &witness{low: slices.Min(p.Samples.X), high: slices.Max(p.Samples.X)}
	var err error
	if w.Batches, err = newBatches(p, a, func(m nn.Model[float32]) nn.Model[float32] {
		return eyewitness{m, func(x []float32) { w.seen = append(w.seen, x) }}
	}); err != nil {
		return nil, err
	}
	w.plain, err = newBatches(p, nn.Adversary{}, nil)
	w.g = make([]float32, w.plain.Dim())
	return w, err
}

func (w *witness) BatchGradient(g, x []float32, batch []int, step uint64) (float32, error) {
	w.seen, w.batches = w.seen[:0], append(w.batches, slices.Clone(batch))
	loss, err := w.Batches.BatchGradient(g, x, batch, step)
	if err != nil {
		return loss, err
	}
	if len(w.seen) != 2 {
		return loss, fmt.Errorf("conadv: a gradient of %d passes: want one over the inputs, one over changed ones", len(w.seen))
	}
	for i, v := range w.seen[0] {
		c := w.seen[1][i]
		w.largest = max(w.largest, math.Abs(float64(c)-float64(v)))
		w.outside = max(w.outside, float64(w.low-c), float64(c-w.high))
	}
	_, err = w.plain.BatchGradient(w.g, x[:len(w.g)], batch, step)
	w.apart = max(w.apart, apart32(w.State(), w.plain.State()))
	return loss, err
}

// apart32 is the largest difference of two vectors, +Inf where one is not finite.
func apart32(x, y []float32) float64 {
	d := 0.0
	for i, v := range x {
		w := math.Abs(float64(v) - float64(y[i]))
		if math.IsNaN(w) {
			return math.Inf(1)
		}
		d = max(d, w)
	}
	return d
}

var momentum = rule.SGD{Momentum: 0.9}

// solve trains f from its start with a constant rate, and returns the answer.
func solve(ctx context.Context, p *train.Plan, objective descent.Objective, x0 []float32, epochs int) ([]float32, error) {
	wide := make([]float64, len(x0))
	for i, v := range x0 {
		wide[i] = float64(v)
	}
	m := stochastic.Train{Rule: momentum, Rate: 0.1, Batch: p.Method.Batch, Seed: p.Seed}
	res, err := descent.Solve(ctx, &descent.Problem{Name: p.Name, Dim: len(x0), Objective: objective}, m, wide, descent.Options{MaxIter: epochs, NoCheckpoint: true})
	if err != nil {
		return nil, err
	}
	x := make([]float32, len(x0))
	for i := range x {
		x[i] = float32(res.X[i])
	}
	return x, ctx.Err()
}

// startOf is where the model of a plan starts.
func startOf(p *train.Plan) ([]float32, error) {
	m, err := nn.NewModel[float32](p.Spec, p.Encoding.Input())
	if err != nil {
		return nil, err
	}
	x, _ := nn.Start[float32](m.Layout(), p.Seed)
	return x, nil
}

// concurrently compares training with the same steps by two goroutines, whose changes are older by late steps.
func concurrently(ctx context.Context, r *claim.Record, tau, late int) error {
	task := largeBatches(true)
	p, err := task.Plan(momentum, 0.1, 1)
	if err != nil {
		return err
	}
	a := nn.Adversary{Radius: pixelRadius, Delay: tau}
	w, err := newWitness(p, a)
	if err != nil {
		return err
	}
	start, err := startOf(p)
	if err != nil {
		return err
	}
	start = w.Start(start)
	want, err := solve(ctx, p, w, start, task.Epochs)
	if err != nil {
		return err
	}
	got, state, err := goroutines(ctx, p, a, tau+late, w.batches, start)
	if err != nil {
		return err
	}
	at := fmt.Sprintf("tau = %d: ", tau)
	r.AtMost(at+"distance from the parameters of two goroutines", apart32(want, got), 0)
	r.AtMost(at+"distance from their statistics", apart32(w.State(), state), 0)
	r.AtMost(at+"distance of statistics from those of inputs as they are", w.apart, 0)
	r.Equal(at+"largest change / radius", w.largest/pixelRadius, 1, 1e-5)
	r.AtMost(at+"out of the range", w.outside, 0)
	return nil
}

// goroutines takes a step with every batch: one has the gradient of step t, the other attacks the batch of step t + tau with the
// parameters before step t. Each of tau + 1 losses keeps what it has attacked until its step.
func goroutines(ctx context.Context, p *train.Plan, a nn.Adversary, tau int, batches [][]int, x []float32) (_, state []float32, err error) {
	fs := make([]*neural.Batches[float32], tau+1)
	for i := range fs {
		if fs[i], err = newBatches(p, a, nil); err != nil {
			return nil, nil, err
		}
	}
	x = slices.Clone(x)
	attack := func(t int) error {
		if t >= len(batches) {
			return nil
		}
		return fs[t%len(fs)].Attack(x, batches[t], uint64(t))
	}
	for t := range tau { // with the first parameters
		if err := attack(t); err != nil {
			return nil, nil, err
		}
	}
	g, s := make([]float32, len(x)), rule.NewState[float32](momentum, len(x), fs[0].Blocks()...)
	for t, batch := range batches {
		if ctx.Err() != nil {
			return nil, nil, ctx.Err()
		}
		f, done := fs[t%len(fs)], make(chan error, 1)
		if t > 0 {
			copy(f.State(), state)
		}
		if tau > 0 {
			go func() { done <- attack(t + tau) }()
		} else {
			done <- attack(t)
		}
		_, err := f.BatchGradient(g, x, batch, uint64(t))
		if other := <-done; err == nil {
			err = other
		}
		if err != nil {
			return nil, nil, err
		}
		rule.StepWith(momentum, x, g, s, 0.1, nil)
		state = f.State()
	}
	return x, state, nil
}

// tinyRadius compares a radius that changes no number with plain training.
func tinyRadius(ctx context.Context, r *claim.Record) error {
	task := largeBatches(false)
	p, err := task.Plan(momentum, 0.1, 1)
	if err != nil {
		return err
	}
	var x [2][]float32
	for i, a := range []nn.Adversary{{}, {Radius: 1e-30, Delay: 1}} {
		f, err := newBatches(p, a, nil)
		if err != nil {
			return err
		}
		start, err := startOf(p)
		if err != nil {
			return err
		}
		if x[i], err = solve(ctx, p, f, f.Start(start), task.Epochs); err != nil {
			return err
		}
	}
	r.AtMost("radius 1e-30: distance from plain training", apart32(x[0], x[1]), 0)
	return nil
}

// digitsAgainst says how networks that learn digits are compared.
type digitsAgainst struct {
	radius      float64
	epochs      int
	rates       []float64
	tune, judge []uint64
	sharp       int // of judge, whose largest eigenvalues are compared
}

func (d digitsAgainst) compare(ctx context.Context, r *claim.Record) error {
	right, sharp := map[string][]float64{}, map[string][]float64{}
	for _, c := range []struct {
		name          string
		batch, epochs int
		a             nn.Adversary
		sharp         int
	}{
		{"batches of 64", 64, d.epochs, nn.Adversary{}, 0},
		{"3 times the epochs", 337, 3 * d.epochs, nn.Adversary{}, 0},
		{"plain", 337, d.epochs, nn.Adversary{}, d.sharp},
		{"DisAdv", 337, d.epochs, nn.Adversary{Radius: d.radius}, 0},
		{"ConAdv(1)", 337, d.epochs, nn.Adversary{Radius: d.radius, Delay: 1}, d.sharp},
		{"ConAdv(2)", 337, d.epochs, nn.Adversary{Radius: d.radius, Delay: 2}, 0},
		{"ConAdv(4)", 337, d.epochs, nn.Adversary{Radius: d.radius, Delay: 4}, 0},
		{"random signs", 337, d.epochs, nn.Adversary{Radius: d.radius, Random: true}, 0},
	} {
		t := largeBatches(true)
		t.Epochs, t.Batch, t.Warmup, t.Adversary = c.epochs, c.batch, float64(c.epochs)/10, c.a
		rate, err := t.Tune(ctx, net.Contestant{Name: c.name, Rule: momentum, Rates: d.rates}, d.tune)
		if err != nil {
			return err
		}
		var lossApart []float64
		for k, seed := range d.judge {
			p, err := t.Plan(momentum, rate, seed)
			if err != nil {
				return err
			}
			trained, _, err := p.Run(ctx, descent.Options{MaxIter: t.Epochs, NoCheckpoint: true})
			if err != nil {
				return err
			}
			if ctx.Err() != nil {
				return ctx.Err()
			}
			score, err := trained.Judge(p.Apart)
			if err != nil {
				return err
			}
			if math.IsNaN(score.Loss) { // the network diverged
				score.Accuracy, score.Loss = 0, math.Inf(1)
			}
			right[c.name], lossApart = append(right[c.name], 100*score.Accuracy), append(lossApart, score.Loss)
			if k < c.sharp {
				largest, err := largestEigenvalue(trained, p, seed)
				if err != nil {
					return err
				}
				sharp[c.name] = append(sharp[c.name], largest)
			}
		}
		r.Note(c.name+": learning rate", rate)
		r.Note(c.name+": points of accuracy, mean", stat.Mean(right[c.name]))
		r.Note(c.name+": median loss apart", stat.Median(lossApart))
	}
	const margin = 0.2
	for _, c := range []struct {
		a, b string
		less float64
	}{
		{"ConAdv(1)", "DisAdv", margin}, {"DisAdv", "plain", -margin}, {"ConAdv(1)", "plain", -margin}, {"random signs", "plain", 0}, {"ConAdv(1)", "random signs", 0},
		{"ConAdv(1)", "ConAdv(2)", margin}, {"ConAdv(2)", "ConAdv(4)", margin},
	} {
		r.DifferenceAtLeast("points of accuracy: "+c.a+" - "+c.b, right[c.a], right[c.b], 0-c.less)
	}
	for _, name := range []string{"batches of 64", "3 times the epochs"} {
		gain := slices.Clone(right[name])
		vec.Axpy(-1, right["plain"], gain)
		mean, i := stat.MeanInterval(gain, 0.95)
		name = "points of accuracy: " + name + " - plain"
		r.Note(name, mean)
		r.Note(name+", 95 % interval from", i.Low)
		r.Note(name+", to", i.High)
	}
	if d.sharp > 0 {
		r.Note("plain: median of the largest eigenvalue", stat.Median(sharp["plain"]))
		r.RatioAtMost("largest eigenvalue: ConAdv(1) / plain", sharp["ConAdv(1)"], sharp["plain"], 1)
	}
	return nil
}

// largestEigenvalue returns that of the Hessian of the loss in training, with the statistics of all examples.
func largestEigenvalue(n *train.Network, p *train.Plan, seed uint64) (float64, error) {
	wide := nn.Samples[float64]{Shape: p.Samples.Shape, Labels: p.Samples.Labels}
	for _, v := range p.Samples.X {
		wide.X = append(wide.X, float64(v))
	}
	samples, err := nn.NewSamples(p.Samples.Len(), wide)
	if err != nil {
		return 0, err
	}
	m, err := nn.NewModel[float64](p.Spec, p.Encoding.Input())
	if err != nil {
		return 0, err
	}
	f, err := neural.New(m, samples, nn.CrossEntropy[float64]{}, neural.Options{})
	if err != nil {
		return 0, err
	}
	s, x, start := rng.New(seed, "conadv"), make([]float64, len(n.X)), make([]float64, len(n.X))
	for i, v := range n.X {
		x[i], start[i] = float64(v), s.Norm()
	}
	values, _, _ := linalg.Lanczos(func(hv, v []float64) { f.HessVec(hv, x, v) }, start, 20)
	return values[len(values)-1], f.Err()
}
