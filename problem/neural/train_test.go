package neural_test

import (
	"context"
	"slices"
	"testing"

	"github.com/godescent/descent"
	"github.com/godescent/descent/method/stochastic"
	"github.com/godescent/descent/nn"
	"github.com/godescent/descent/problem/neural"
	"github.com/godescent/descent/rule"
	"github.com/godescent/descent/schedule"
)

var (
	_ stochastic.Batches  = (*neural.Batches[float32])(nil)
	_ stochastic.Exampled = (*neural.Batches[float32])(nil)
	_ stochastic.Stateful = (*neural.Batches[float32])(nil)
)

// single rounds samples to single precision.
func single(t testing.TB, s *nn.Samples[float64], shape ...int) *nn.Samples[float32] {
	t.Helper()
	x := make([]float32, len(s.X))
	for i, v := range s.X {
		x[i] = float32(v)
	}
	out, err := nn.NewSamples(s.Len(), nn.Samples[float32]{Shape: shape, X: x, Labels: s.Labels})
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// Networks learn the digits by an update rule on mini-batches under the driver, with dropout and
// augmentation; a run that is cut and resumed ends with the same bits.
func TestTrainDigits(t *testing.T) {
	mlp, err := nn.NewMLP[float32](nn.MLPOptions{In: 64, Hidden: []int{64}, Out: 10, Dropout: 0.1})
	if err != nil {
		t.Fatal(err)
	}
	cnn, err := nn.NewCNN[float32](nn.CNNOptions{Side: 8, Widths: []int{8, 16}, Hidden: 32})
	if err != nil {
		t.Fatal(err)
	}
	train, test := digits(t, 0, 1200), digits(t, 1200, 1797)
	for name, c := range map[string]struct {
		model nn.Model[float32]
		shape []int
		shift int
		loss  float64 // at most
		want  float64 // test accuracy, at least
	}{"mlp": {mlp, []int{64}, 0, 0.05, 0.92}, "cnn": {cnn, []int{1, 8, 8}, 1, 0.2, 0.93}} {
		problem := func() *descent.Problem {
			f, err := neural.NewBatches(c.model, single(t, train, c.shape...), nn.CrossEntropy[float32]{}, neural.BatchOptions{Augment: nn.Augment{Shift: c.shift}, Seed: 2})
			if err != nil {
				t.Fatal(err)
			}
			return f.Problem(name)
		}
		start, _ := nn.Start[float32](c.model.Layout(), 1)
		x0 := make([]float64, len(start))
		for i, v := range start {
			x0[i] = float64(v)
		}
		method := stochastic.Train{Rule: rule.AdamW{}, Rate: 1e-2, Batch: 32, Schedule: schedule.Schedule{Kind: "cosine", Horizon: 15}, Seed: 1}
		solve := func(opt descent.Options) *descent.Result {
			r, err := descent.Solve(context.Background(), problem(), method, x0, opt)
			if err != nil {
				t.Fatal(err)
			}
			return r
		}
		whole := solve(descent.Options{MaxIter: 15})
		part := solve(descent.Options{MaxIter: 5})
		rest := solve(descent.Options{MaxIter: 15, Resume: part.Checkpoint})
		if !slices.Equal(whole.X, rest.X) {
			t.Errorf("%s: a run that was cut after 5 epochs and resumed ends elsewhere", name)
		}
		x := make([]float32, len(whole.X))
		for i, v := range whole.X {
			x[i] = float32(v)
		}
		acc, err := neural.Accuracy(c.model, single(t, test, c.shape...), x, nil)
		if err != nil {
			t.Fatal(err)
		}
		t.Logf("%s: %s after %d epochs, loss %.4f, test accuracy %.4f", name, whole.Status, whole.Iterations, whole.Value, acc)
		if acc < c.want || !(whole.Value < c.loss) {
			t.Errorf("%s: loss %.4f, test accuracy %.4f: want below %v, and at least %v", name, whole.Value, acc, c.loss, c.want)
		}
	}
}
