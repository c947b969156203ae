package neural_test

import (
	"encoding/json"
	"math"
	"os"
	"testing"

	"github.com/godescent/descent/nn"
	"github.com/godescent/descent/problem/neural"
	"github.com/godescent/descent/vec"
)

// golden is a small regression problem with values, gradients and steps of PyTorch.
type golden struct {
	X     [][]float64 // 32 x 5
	Y     []float64
	X0    []float64 `json:"x0"`
	F0    float64   `json:"f0"`
	Norm0 float64   `json:"grad_norm0"`
	LR    float64
	Steps [][]float64 `json:"x"`
}

func goldenMLP(t testing.TB) (golden, *neural.Objective) {
	t.Helper()
	g, c := goldenTask(t)
	f, err := neural.New(c.model, c.samples, c.loss, neural.Options{})
	if err != nil {
		t.Fatal(err)
	}
	return g, f
}

func goldenTask(t testing.TB) (golden, task[float64]) {
	t.Helper()
	text, err := os.ReadFile("testdata/mlp.json")
	if err != nil {
		t.Fatal(err)
	}
	var g golden
	if err := json.Unmarshal(text, &g); err != nil {
		t.Fatal(err)
	}
	s := nn.Samples[float64]{Shape: []int{5}, Targets: g.Y}
	for _, row := range g.X {
		s.X = append(s.X, row...)
	}
	samples, err := nn.NewSamples(len(g.X), s)
	if err != nil {
		t.Fatal(err)
	}
	m, err := nn.NewMLP[float64](nn.MLPOptions{In: 5, Hidden: []int{8}, Out: 1, Activation: "tanh"})
	if err != nil {
		t.Fatal(err)
	}
	return g, task[float64]{m, samples, nn.MSE[float64]{}}
}

// TestGolden: the flat vector is PyTorch's, and so are value, gradient and steps.
func TestGolden(t *testing.T) {
	g, f := goldenMLP(t)
	grad := make([]float64, len(g.X0))
	if v := f.Gradient(grad, g.X0); math.Abs(v-g.F0) > 1e-14*g.F0 {
		t.Errorf("value %v: want %v", v, g.F0)
	}
	if n := vec.Nrm2(grad); math.Abs(n-g.Norm0) > 1e-13*g.Norm0 {
		t.Errorf("norm of the gradient %v: want %v", n, g.Norm0)
	}
	x := append([]float64(nil), g.X0...)
	for k, want := range g.Steps {
		f.Gradient(grad, x)
		vec.Axpy(-g.LR, grad, x)
		for i, v := range want {
			if math.Abs(x[i]-v) > 1e-13 {
				t.Fatalf("step %d: x[%d] = %v: want %v", k+1, i, x[i], v)
			}
		}
	}
	if len(g.Steps) != 3 {
		t.Errorf("%d steps: want 3", len(g.Steps))
	}
}
