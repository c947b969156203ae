package firstorder

import (
	"context"
	"fmt"
	"math"
	"slices"
	"strings"

	"github.com/godescent/descent"
	"github.com/godescent/descent/claim"
	"github.com/godescent/descent/claim/net"
	"github.com/godescent/descent/nn"
	"github.com/godescent/descent/problem/neural"
	"github.com/godescent/descent/rng"
	"github.com/godescent/descent/rule"
	"github.com/godescent/descent/schedule"
	"github.com/godescent/descent/study/stat"
)

// GradientNoise is about noise that is added to gradients.
var GradientNoise = claim.Claim{
	ID: "gradient-noise",
	Paper: claim.Paper{
		Authors: "A. Neelakantan, L. Vilnis, Q. V. Le, I. Sutskever, L. Kaiser, K. Kurach and J. Martens", Year: 2015,
		Title: "Adding Gradient Noise Improves Learning for Very Deep Networks",
		Where: "arXiv:1511.06807",
	},
	Statement: "Normal noise of variance eta/(1+t)^0.55 added to gradients lets SGD train deep networks from poor initial weights, and from zeros, where it fails without; from good ones it changes nothing.",
	Published: "20 layers of 50 units, MNIST, test accuracy, best and mean of 20 runs: weights N(0, 0.1^2), 89.9 and 43.1 % without noise, 96.7 and 52.7 % with it; good initial weights 97.4 and 92.1, 97.5 and 92.2; zeros 11.4 and 10.1, 94.5 and 49.7. Thresholds below are ours, set before the first run.",
	Method: `(1) The noise of eta = 0.01 in 20000 coordinates at t = 0, 10 and 1000: its variance is within 3 standard errors of the formula, neighbours and successive steps
are uncorrelated within 3, the same seed gives the same noise. (2) Digits of 8 x 8 pixels in place of MNIST, 10 layers of 50 ReLU units, weights N(0, 0.1^2), biases 0, SGD, gradients clipped to 100
before the noise, 60 epochs of batches of 32, constant rates 0.03, 0.1 and 0.3, tuned on two seeds for each side; on 20 seeds not used before the loss apart is at most 0.75 times that without noise, in the geometric mean (a first run on 6 others could not tell: 0.62, with 95 % between 0.44 and 0.87). (3) As many layers with
weights N(0, 2/inputs) and the same rates, 6 seeds: accuracies apart differ by at most 0.02 in the mean. (4) Two layers of 50 tanh units from zeros, rate 0.1: without noise no weight
changes at all, with it the loss in training falls below 1. Networks with memory, and 20 layers, are not checked.`,
	Check: gradientNoise(rule.Noise{Rule: rule.SGD{}, Eta: 0.01}, 20),
}

// gradientNoise checks a rule with noise that should have eta = 0.01, on so many seeds; none: without deep networks.
func gradientNoise(of rule.Noise, seeds int) func(context.Context, *claim.Record) error {
	return func(ctx context.Context, r *claim.Record) error {
		if err := noiseItself(ctx, r, of); err != nil {
			return err
		}
		if err := noiseFromZeros(ctx, r, of); err != nil || seeds == 0 {
			return err
		}
		return noiseInDepth(ctx, r, of, seeds)
	}
}

// noiseItself looks at steps where the gradient is zero.
func noiseItself(ctx context.Context, r *claim.Record, of rule.Noise) error {
	const n, last, eta, gamma = 20000, 1001, 0.01, 0.55
	path := func(steps int, see func(t int, z []float64)) error {
		x, g, s := make([]float64, n), make([]float64, n), rule.NewState[float64](of, n)
		for t := range steps {
			if err := ctx.Err(); err != nil {
				return err
			}
			clear(x)
			rule.Step(of, x, g, s, 1)
			see(t, x)
		}
		return nil
	}
	var first, before []float64
	worst, correlated := 0.0, 0.0
	err := path(last, func(t int, z []float64) {
		want := eta / math.Pow(1+float64(t), gamma)
		if t == 0 {
			first = slices.Clone(z)
		}
		if t == 0 || t == 10 || t == 1000 {
			square, neighbours, steps := 0.0, 0.0, 0.0
			for i, v := range z {
				square += v * v / (n * want)
				neighbours += v * z[(i+1)%n] / (n * want)
				if before != nil {
					steps += v * before[i] / (n * want)
				}
			}
			r.Note(fmt.Sprintf("t = %d: variance / eta/(1+t)^gamma", t), square)
			worst = max(worst, math.Abs(square-1)/math.Sqrt(2./n))
			correlated = max(correlated, math.Abs(neighbours)*math.Sqrt(n), math.Abs(steps)*math.Sqrt(n))
		}
		before = append(before[:0], z...)
	})
	if err != nil {
		return err
	}
	r.AtMost("error of the variance, in standard errors", worst, 3)
	r.AtMost("correlation of neighbours or steps, in standard errors", correlated, 3)
	differ := 0
	err = path(1, func(_ int, z []float64) {
		for i, v := range z {
			if v != first[i] {
				differ++
			}
		}
	})
	r.Equal("coordinates that differ under the same seed", float64(differ), 0, 0)
	return err
}

// A deep is a network on digits from initial weights of its own.
type deep struct {
	spec   nn.Spec
	scale  func(inputs int) float64 // standard deviation of initial weights
	epochs int
}

// learned is what came of training it.
type learned struct {
	lossApart, score, loss float64
	x0, x                  []float64
	hidden                 []nn.Block // its layers without the last
}

func (d deep) train(ctx context.Context, r rule.Rule, rate float64, seed uint64) (learned, error) {
	if n, ok := r.(rule.Noise); ok {
		n.Seed = seed
		r = n
	}
	p, err := net.Task{Name: "digits", Data: "digits", Spec: d.spec, Batch: 32}.Plan(r, rate, seed)
	if err != nil {
		return learned{}, err
	}
	m, err := nn.NewModel[float32](d.spec, p.Encoding.Input())
	if err != nil {
		return learned{}, err
	}
	f, err := neural.NewBatches(m, p.Samples, nn.CrossEntropy[float32]{}, neural.BatchOptions{Seed: seed})
	if err != nil {
		return learned{}, err
	}
	if err := f.Keep(p.Apart); err != nil {
		return learned{}, err
	}
	params := m.Layout().Params
	out := learned{x0: make([]float64, m.Layout().Dim())}
	s := rng.New(seed, "gradient noise claim")
	for i, b := range params {
		if i < len(params)-2 {
			out.hidden = append(out.hidden, b)
		}
		if !strings.HasSuffix(b.Name, "weight") {
			continue
		}
		sd := d.scale(b.Len() / b.Shape[0])
		for j := range b.Len() {
			out.x0[b.Offset+j] = sd * s.Norm()
		}
	}
	p.Method.Clip, p.Method.Schedule, p.Method.Seed = 100, schedule.Schedule{}, seed
	res, err := descent.Solve(ctx, f.Problem("digits"), p.Method, out.x0, descent.Options{MaxIter: d.epochs, NoCheckpoint: true})
	if err == nil {
		err = ctx.Err()
	}
	if err != nil {
		return learned{}, err
	}
	out.x, out.loss, out.lossApart, out.score = res.X, res.Value, math.Inf(1), 0
	if res.Status != descent.Diverged {
		series := map[string][]float64{}
		for _, v := range res.Series {
			series[v.Name] = v.Values
		}
		out.lossApart, out.score = series["loss apart"][d.epochs-1], series["score apart"][d.epochs-1]
	}
	return out, nil
}

func noiseFromZeros(ctx context.Context, r *claim.Record, of rule.Noise) error {
	d := deep{nn.Spec{Kind: "mlp", Hidden: []int{50, 50}, Activation: "tanh"}, func(int) float64 { return 0 }, 20}
	still, err := d.train(ctx, of.Rule, 0.1, 1)
	if err != nil {
		return err
	}
	moved := 0
	for _, b := range still.hidden {
		for _, v := range still.x[b.Offset : b.Offset+b.Len()] {
			if v != 0 {
				moved++
			}
		}
	}
	r.Equal("zeros, without noise: numbers of hidden layers that change", float64(moved), 0, 0)
	r.Note("zeros, without noise: loss in training", still.loss)
	noisy, err := d.train(ctx, of, 0.1, 1)
	if err != nil {
		return err
	}
	r.AtMost("zeros, with noise: loss in training", noisy.loss, 1)
	r.Note("zeros, with noise: accuracy apart", noisy.score)
	return nil
}

func noiseInDepth(ctx context.Context, r *claim.Record, of rule.Noise, seeds int) error {
	poor := deep{nn.Spec{Kind: "mlp", Hidden: slices.Repeat([]int{50}, 10), Activation: "relu"}, func(int) float64 { return 0.1 }, 60}
	good := poor
	good.scale = func(inputs int) float64 { return math.Sqrt(2 / float64(inputs)) }
	losses, scores := map[string][]float64{}, map[string][]float64{}
	for _, c := range []struct {
		name string
		rule rule.Rule
	}{{"without noise", of.Rule}, {"with noise", of}} {
		best, rate := math.Inf(1), 0.1
		for _, v := range []float64{0.03, 0.1, 0.3} {
			var apart []float64
			for seed := range uint64(2) {
				run, err := poor.train(ctx, c.rule, v, 1+seed)
				if err != nil {
					return err
				}
				apart = append(apart, run.lossApart)
			}
			if m := stat.Mean(apart); m < best {
				best, rate = m, v
			}
		}
		r.Note("10 layers, "+c.name+": learning rate", rate)
		for _, name := range []string{"poor", "good"} {
			d := map[string]deep{"poor": poor, "good": good}[name]
			judge := net.Seeds(21, seeds)
			if name == "good" {
				judge = net.Seeds(11, min(seeds, 6))
			}
			for _, seed := range judge {
				run, err := d.train(ctx, c.rule, rate, seed)
				if err != nil {
					return err
				}
				losses[name+c.name], scores[name+c.name] = append(losses[name+c.name], run.lossApart), append(scores[name+c.name], run.score)
			}
			r.Note(fmt.Sprintf("10 layers, %s initial weights, %s: mean accuracy apart", name, c.name), stat.Mean(scores[name+c.name]))
			r.Note(fmt.Sprintf("10 layers, %s initial weights, %s: median loss apart", name, c.name), stat.Median(losses[name+c.name]))
		}
	}
	r.RatioAtMost("10 layers, poor initial weights: loss apart with noise / without", losses["poorwith noise"], losses["poorwithout noise"], 0.75)
	r.Equal("10 layers, good initial weights: mean accuracy with noise - without", stat.Mean(scores["goodwith noise"])-stat.Mean(scores["goodwithout noise"]), 0, 0.02)
	return nil
}
