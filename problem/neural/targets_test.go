package neural

import (
	"math"
	"testing"

	"github.com/godescent/descent/method/stochastic"
	"github.com/godescent/descent/nn"
	"github.com/godescent/descent/rng"
)

func targetsProblem(t *testing.T, chunk int) *Objective {
	t.Helper()
	r, s := rng.New(3, "targets"), nn.Samples[float64]{Shape: []int{4}}
	for i := range 24 {
		for range 4 {
			s.X = append(s.X, r.Norm())
		}
		s.Labels = append(s.Labels, i%3)
	}
	samples, err := nn.NewSamples(24, s)
	if err != nil {
		t.Fatal(err)
	}
	m, err := nn.NewMLP[float64](nn.MLPOptions{In: 4, Hidden: []int{5}, Out: 3, Activation: "tanh"})
	if err != nil {
		t.Fatal(err)
	}
	f, err := New(m, samples, nn.CrossEntropy[float64]{}, Options{L2: 0.05, Chunk: chunk})
	if err != nil {
		t.Fatal(err)
	}
	return f
}

// Losses and outputs put together are the terms, in whatever pieces.
func TestTargets(t *testing.T) {
	for _, chunk := range []int{0, 2} {
		f := targetsProblem(t, chunk)
		n := f.model.Layout().Dim()
		x, _ := nn.Start[float64](f.model.Layout(), 1)
		g, want, idx := make([]float64, n), make([]float64, n), []int{3, 7, 3, 0, 19}
		size := f.TargetSize()
		if size != 3 {
			t.Fatalf("%d targets, want 3", size)
		}
		z, u := make([]float64, 5*size), make([]float64, 5*size)
		f.Targets(z, x, idx)
		value := f.TargetLoss(u, z, idx)
		for i := range u {
			u[i] /= 5
		}
		f.TargetsBack(g, u, x, idx)
		lambda, head := f.Ridge()
		for j, v := range x[:head] {
			g[j] += lambda * v
			value += lambda / 2 * v * v
		}
		if v := f.TermGradient(want, x, idx); math.Abs(v-value) > 1e-13 {
			t.Errorf("%v, want %v", value, v)
		}
		for j := range g {
			if math.Abs(g[j]-want[j]) > 1e-13 {
				t.Errorf("g[%d] = %v, want %v", j, g[j], want[j])
			}
		}
	}
}

// Softmax losses have curvature at most 1/2 in the outputs: with eta = 2 the surrogate is a bound for any network.
func TestSSOTrains(t *testing.T) {
	f := targetsProblem(t, 0)
	x0, _ := nn.Start[float64](f.model.Layout(), 1)
	run, err := stochastic.SSO{Eta: 2}.Start(f.Problem("targets"), x0)
	if err != nil {
		t.Fatal(err)
	}
	var values []float64
	for x := range run.Iterates {
		if values = append(values, f.Value(x)); len(values) == 30 {
			break
		}
	}
	last := f.Value(x0)
	for k, v := range values {
		if v > last {
			t.Errorf("outer step %d: f rises from %v to %v", k, last, v)
		}
		last = v
	}
	if len(values) != 30 || !(last < values[0]-0.05) || f.Err() != nil {
		t.Errorf("%d outer steps, f = %v after one, %v at the end; %v", len(values), values[0], last, f.Err())
	}
}
