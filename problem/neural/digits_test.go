package neural_test

import (
	"context"
	"testing"

	"github.com/godescent/descent"
	"github.com/godescent/descent/data"
	"github.com/godescent/descent/linalg"
	"github.com/godescent/descent/method/quasinewton"
	"github.com/godescent/descent/nn"
	"github.com/godescent/descent/problem/neural"
)

// digits returns the first n handwritten digits, scaled to [0, 1].
func digits(t testing.TB, lo, hi int) *nn.Samples[float64] {
	t.Helper()
	set, err := data.Load("digits", data.Options{})
	if err != nil {
		t.Fatal(err)
	}
	x := set.X.(*linalg.Dense)
	s := nn.Samples[float64]{Shape: []int{64}}
	row := make([]float64, 64)
	for i := lo; i < hi; i++ {
		clear(row)
		x.RowAxpy(1.0/16, i, row)
		s.X = append(s.X, row...)
		s.Labels = append(s.Labels, int(set.Y[i]))
	}
	out, err := nn.NewSamples(hi-lo, s)
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// TestDigits: a method of the library trains a network, and it generalizes.
func TestDigits(t *testing.T) {
	m, err := nn.NewMLP[float64](nn.MLPOptions{In: 64, Hidden: []int{32}, Out: 10, Activation: "tanh"})
	if err != nil {
		t.Fatal(err)
	}
	f, err := neural.New(m, digits(t, 0, 1200), nn.CrossEntropy[float64]{}, neural.Options{L2: 1e-3})
	if err != nil {
		t.Fatal(err)
	}
	x0, _ := nn.Start[float64](m.Layout(), 1)
	r, err := descent.Solve(context.Background(), f.Problem("digits"), quasinewton.LBFGS{}, x0, descent.Options{Tol: 1e-4, MaxIter: 300})
	if err != nil {
		t.Fatal(err)
	}
	test := digits(t, 1200, 1797)
	acc, err := neural.Accuracy(m, test, r.X, nil)
	if err != nil {
		t.Fatal(err)
	}
	t.Logf("%s after %d iterations, value %.4f, %s, accuracy %.4f", r.Status, r.Iterations, r.Value, r.Certificate, acc)
	if r.Status != descent.Converged || acc < 0.92 {
		t.Errorf("%s, test accuracy %.4f: want converged and at least 0.92", r.Status, acc)
	}
}
