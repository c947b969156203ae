package neural_test

import (
	"iter"
	"math"
	"testing"
	"time"

	"github.com/godescent/descent/method/stochastic"
	"github.com/godescent/descent/nn"
	"github.com/godescent/descent/problem/neural"
	"github.com/godescent/descent/rule"
)

// BenchmarkSophia trains without curvatures and with the one estimate that is made in 10 steps, in turn, for epochs of
// 10 steps. It reports the milliseconds of a step without, and by what part the estimate makes the average step longer:
// ratios of the least times, as others on the machine only add to a time.
func BenchmarkSophia(b *testing.B) {
	const steps = 10
	images := func(n int, shape ...int) *nn.Samples[float32] {
		x, labels := make([]float32, n*784), make([]int, n)
		for i := range x {
			x[i] = float32(i*7919%13)/13 - 0.5
		}
		for i := range labels {
			labels[i] = i % 10
		}
		return must(nn.NewSamples(n, nn.Samples[float32]{Shape: shape, X: x, Labels: labels}))
	}
	tokens := make([]int, 16*steps*64+1)
	for i := range tokens {
		tokens[i] = i * 7919 % 251
	}
	for _, c := range []struct {
		name    string
		model   nn.Model[float32]
		samples *nn.Samples[float32]
		batch   int
	}{
		{"mlp-784-256-128-10", must(nn.NewMLP[float32](nn.MLPOptions{In: 784, Hidden: []int{256, 128}, Out: 10})), images(64*steps, 784), 64},
		{"mlp-784-512-512-10", must(nn.NewMLP[float32](nn.MLPOptions{In: 784, Hidden: []int{512, 512}, Out: 10})), images(128*steps, 784), 128},
		{"cnn", must(nn.NewCNN[float32](nn.CNNOptions{Side: 28, Classes: 10, Widths: []int{16, 32}, Hidden: 128})), images(64*steps, 1, 28, 28), 64},
		{"transformer", must(nn.NewTransformer[float32](nn.TransformerOptions{Vocabulary: 256})), must(nn.Text[float32](tokens, 64, 64)), 16},
	} {
		epochs := func(r rule.Rule) (func() time.Duration, func()) {
			f := must(neural.NewBatches(c.model, c.samples, nn.CrossEntropy[float32]{}, neural.BatchOptions{}))
			start, _ := nn.Start[float64](c.model.Layout(), 1)
			run := must(stochastic.Train{Rule: r, Rate: 1e-9, Batch: c.batch}.Start(f.Problem(c.name), start))
			next, stop := iter.Pull(iter.Seq[[]float64](run.Iterates))
			next()
			return func() time.Duration {
				begun := time.Now()
				next()
				return time.Since(begun)
			}, stop
		}
		for _, e := range []struct {
			name string
			rule rule.Sophia
		}{{"hessian", rule.Sophia{}}, {"random-labels", rule.Sophia{GaussNewton: true}}} {
			b.Run(c.name+"/"+e.name, func(b *testing.B) {
				plain, stop := epochs(rule.Sophia{Every: 1 << 40})
				defer stop()
				curved, stopCurved := epochs(e.rule)
				defer stopCurved()
				without, with := time.Duration(math.MaxInt64), time.Duration(math.MaxInt64)
				for b.Loop() {
					without, with = min(without, plain()), min(with, curved())
				}
				b.ReportMetric(1e3*without.Seconds()/steps, "ms/step")
				b.ReportMetric(100*(with.Seconds()/without.Seconds()-1), "%-added")
				b.ReportMetric(0, "ns/op")
			})
		}
	}
}
