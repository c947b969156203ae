package nn

import (
	"math"
	"strings"
	"testing"

	"github.com/godescent/descent/grad"
)

func lossCases() map[string]struct {
	loss  Loss[float64]
	batch Batch[float64]
	mean  func(out *grad.Tensor[float64], t *grad.Tape[float64]) *grad.Tensor[float64]
} {
	type T = *grad.Tensor[float64]
	type Tape = *grad.Tape[float64]
	targets := []float64{0.5, 0, 1, 0.2, 0.9, 0.4}
	in := func(t Tape) T { return t.Input(targets, 2, 3) }
	return map[string]struct {
		loss  Loss[float64]
		batch Batch[float64]
		mean  func(out T, t Tape) T
	}{
		"cross-entropy": {CrossEntropy[float64]{}, Batch[float64]{N: 2, Labels: []int{2, 0}}, func(o T, _ Tape) T { return grad.CrossEntropy(o, []int{2, 0}) }},
		"mse":           {MSE[float64]{}, Batch[float64]{N: 2, Targets: targets}, func(o T, t Tape) T { return grad.MSE(o, in(t)) }},
		"huber":         {Huber[float64]{Eps: 0.7}, Batch[float64]{N: 2, Targets: targets}, func(o T, t Tape) T { return grad.Huber(o, in(t), 0.7) }},
		"huber of 1":    {Huber[float64]{}, Batch[float64]{N: 2, Targets: targets}, func(o T, t Tape) T { return grad.Huber(o, in(t), 1) }},
		"bce":           {BCE[float64]{}, Batch[float64]{N: 2, Targets: targets}, func(o T, t Tape) T { return grad.BCEWithLogits(o, in(t)) }},
	}
}

// The mean of the examples' losses is the loss that package grad has; derivatives agree with
// differences.
func TestLosses(t *testing.T) {
	for name, c := range lossCases() {
		out := grad.Array{Shape: []int{2, 3}, Data: []float64{1.3, -0.2, 0.6, -1.5, 0.8, 2.4}}
		p := &Pass[float64]{Tape: grad.NewTape[float64]()}
		y := p.Tape.Input(out.Data, 2, 3)
		losses := c.loss.Losses(p, y, &c.batch)
		if err := p.Tape.Err(); err != nil || losses.Size() != 2 {
			t.Errorf("%s: losses %v, %v: want one for each of 2 examples", name, losses, err)
			continue
		}
		if got, want := grad.Mean(losses).Value(), c.mean(y, p.Tape).Value(); !(math.Abs(got-want) < 1e-14) {
			t.Errorf("%s: mean %v: want %v", name, got, want)
		}
		err := grad.Check(func(tape *grad.Tape[float64], x []*grad.Tensor[float64]) *grad.Tensor[float64] {
			return c.loss.Losses(&Pass[float64]{Tape: tape}, x[0], &c.batch)
		}, out)
		if err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestLossesRefuse(t *testing.T) {
	labels := func(k ...int) *Samples[float64] {
		return &Samples[float64]{n: 2, Labels: k}
	}
	targets := func(v ...float64) *Samples[float64] {
		return &Samples[float64]{n: 2, Targets: v}
	}
	for name, c := range map[string]struct {
		err  error
		want string
	}{
		"class":          {CrossEntropy[float64]{}.Check(labels(1, 3), []int{3}), "sample 1: label 0 is 3: want 0 to 2"},
		"class in time":  {CrossEntropy[float64]{}.Check(labels(0, 1, 2, 3), []int{2, 3}), "sample 1: label 1 is 3"},
		"no classes":     {CrossEntropy[float64]{}.Check(labels(0, 0), nil), "want [... classes]"},
		"few labels":     {CrossEntropy[float64]{}.Check(labels(0, 1), []int{4, 3}), "want 4 for each"},
		"no labels":      {CrossEntropy[float64]{}.Check(targets(0, 1), []int{3}), "0 labels"},
		"few targets":    {MSE[float64]{}.Check(targets(0, 1), []int{3}), "want 3 for each"},
		"huber":          {Huber[float64]{Eps: -1}.Check(targets(0, 1), []int{1}), "Eps = -1"},
		"huber NaN":      {Huber[float64]{Eps: math.NaN()}.Check(targets(0, 1), []int{1}), "Eps = NaN"},
		"huber targets":  {Huber[float64]{}.Check(targets(0, 1), []int{2}), "want 2 for each"},
		"bce":            {BCE[float64]{}.Check(targets(0, 1, 0.5, 1.5), []int{2}), "sample 1: target 1 is 1.5"},
		"bce of no pair": {BCE[float64]{}.Check(labels(0, 1), []int{2}), "0 targets"},
	} {
		if c.err == nil || !strings.Contains(c.err.Error(), c.want) {
			t.Errorf("%s: %v: want an error with %q", name, c.err, c.want)
		}
	}
	for name, err := range map[string]error{
		"cross-entropy": CrossEntropy[float64]{}.Check(labels(0, 1, 2, 0), []int{2, 3}), "mse": MSE[float64]{}.Check(targets(7, 8), nil),
		"huber": Huber[float64]{}.Check(targets(7, 8), []int{1}), "bce": BCE[float64]{}.Check(targets(0, 1), []int{1}),
	} {
		if err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestMetrics(t *testing.T) {
	nan := math.NaN()
	acc, err := Accuracy([]float64{1, 2, 3, 1, 0, 0, 5, nan, 0, 7, 7, 1}, []int{2, 0, 0, 1})
	if err != nil || acc != 0.5 {
		t.Errorf("accuracy %v, %v: want 0.5: NaN is wrong, of equal ones the first counts", acc, err)
	}
	r2, err := R2([]float64{1, 2, 4}, []float64{1, 2, 3})
	if err != nil || math.Abs(r2-0.5) > 1e-15 {
		t.Errorf("R^2 %v, %v: want 1 - 1/2", r2, err)
	}
	for _, c := range []struct{ p, y, want float64 }{{2, 2, 1}, {1, 2, nan}, {nan, 2, nan}} {
		if r2, err := R2([]float64{c.p, c.p}, []float64{c.y, c.y}); err != nil || r2 != c.want && !(math.IsNaN(r2) && math.IsNaN(c.want)) {
			t.Errorf("R^2 of %v for the constant %v: %v, %v: want %v", c.p, c.y, r2, err, c.want)
		}
	}
	if p := Perplexity(math.Log(27)); math.Abs(p-27) > 1e-12 {
		t.Errorf("perplexity of uniform guesses among 27: %v", p)
	}
	if _, err := Accuracy([]float64{1, 2, 3}, []int{0, 1}); err == nil {
		t.Error("accuracy of 3 numbers with 2 labels: no error")
	}
	if _, err := R2([]float64{1}, []float64{1, 2}); err == nil {
		t.Error("R^2 of 1 prediction with 2 targets: no error")
	}
}
