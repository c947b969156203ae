package neural_test

import (
	"iter"
	"testing"

	"github.com/godescent/descent/method/stochastic"
	"github.com/godescent/descent/nn"
	"github.com/godescent/descent/problem/neural"
	"github.com/godescent/descent/rule"
)

// BenchmarkSophia times an epoch of 10 batches of 64 images of 28 x 28: without curvatures, and with the one estimate that
// is made in 10 steps.
func BenchmarkSophia(b *testing.B) {
	const n = 640
	x, labels := make([]float32, n*784), make([]int, n)
	for i := range x {
		x[i] = float32(i*7919%13)/13 - 0.5
	}
	for i := range labels {
		labels[i] = i % 10
	}
	samples := func(shape ...int) *nn.Samples[float32] {
		return must(nn.NewSamples(n, nn.Samples[float32]{Shape: shape, X: x, Labels: labels}))
	}
	for _, c := range []struct {
		name    string
		model   nn.Model[float32]
		samples *nn.Samples[float32]
	}{
		{"mlp", must(nn.NewMLP[float32](nn.MLPOptions{In: 784, Hidden: []int{256, 128}, Out: 10})), samples(784)},
		{"cnn", must(nn.NewCNN[float32](nn.CNNOptions{Side: 28, Classes: 10, Widths: []int{16, 32}, Hidden: 128})), samples(1, 28, 28)},
	} {
		for _, e := range []struct {
			name string
			rule rule.Sophia
		}{{"none", rule.Sophia{Every: 1 << 40}}, {"hessian", rule.Sophia{}}, {"random-labels", rule.Sophia{GaussNewton: true}}} {
			b.Run(c.name+"/"+e.name, func(b *testing.B) {
				f := must(neural.NewBatches(c.model, c.samples, nn.CrossEntropy[float32]{}, neural.BatchOptions{}))
				start, _ := nn.Start[float64](c.model.Layout(), 1)
				run := must(stochastic.Train{Rule: e.rule, Rate: 1e-9, Batch: 64}.Start(f.Problem(c.name), start))
				epoch, stop := iter.Pull(iter.Seq[[]float64](run.Iterates))
				defer stop()
				epoch()
				for b.Loop() {
					epoch()
				}
			})
		}
	}
}
