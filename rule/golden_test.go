package rule

import (
	"encoding/json"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// trajectory is a run of a reference implementation, full batch, in float64: "reference"
// in its file says which.
type trajectory struct {
	Problem         string
	Hyperparameters struct {
		LR                          float64
		Betas                       []float64
		Eps, Momentum, Dampening    float64
		Alpha                       float64
		Decay                       float64 `json:"weight_decay"`
		Nesterov, AMSGrad, Centered bool
	}
	X         [][]float64
	Tolerance []float64
}

// named returns the rule that a trajectory's file names, nil for one that is not here.
func named(file string, t *trajectory) Rule {
	h := t.Hyperparameters
	switch name, _, _ := strings.Cut(filepath.Base(file), "__"); name {
	case "sgd", "sgd_momentum", "sgd_nesterov", "sgd_wd", "sgd_nesterov_wd", "sgd_dampening":
		return SGD{Momentum: h.Momentum, Dampening: h.Dampening, Nesterov: h.Nesterov, Decay: h.Decay}
	case "adam", "adam_wd", "adam_amsgrad":
		return Adam{Beta1: h.Betas[0], Beta2: h.Betas[1], Eps: h.Eps, Decay: h.Decay, AMSGrad: h.AMSGrad}
	case "adamw", "adamw_amsgrad":
		if h.Decay == 0 {
			h.Decay = -1
		}
		return AdamW{Beta1: h.Betas[0], Beta2: h.Betas[1], Eps: h.Eps, Decay: h.Decay, AMSGrad: h.AMSGrad}
	case "rmsprop", "rmsprop_momentum", "rmsprop_centered":
		return RMSProp{Alpha: h.Alpha, Eps: h.Eps, Momentum: h.Momentum, Centered: h.Centered, Decay: h.Decay}
	case "lion", "lion_wd":
		return Lion{Beta1: h.Betas[0], Beta2: h.Betas[1], Decay: h.Decay}
	}
	return nil
}

// The trajectories of the original implementations, step by step: nine of them here, more with
// DESCENT_DATA.
func TestGoldenTrajectories(t *testing.T) {
	dir, want := "testdata", 9
	if d := os.Getenv("DESCENT_DATA"); d != "" {
		dir, want = filepath.Join(d, "golden", "optimizers"), 20
	}
	var problems map[string]json.RawMessage
	read(t, filepath.Join(dir, "problems.json"), &problems)
	if p, ok := problems["problems"]; ok {
		if err := json.Unmarshal(p, &problems); err != nil {
			t.Fatal(err)
		}
	}
	files, err := filepath.Glob(filepath.Join(dir, "*__*.json"))
	if err != nil {
		t.Fatal(err)
	}
	run := 0
	for _, file := range files {
		var c trajectory
		read(t, file, &c)
		r := named(file, &c)
		gradient := gradientOf(t, c.Problem, problems)
		if r == nil || gradient == nil {
			continue
		}
		run++
		if err := r.Check(); err != nil {
			t.Fatal(err)
		}
		x := append([]float64(nil), c.X[0]...)
		g, s := make([]float64, len(x)), NewState[float64](r, len(x))
		for k := 1; k < len(c.X) && c.Tolerance[k] <= 1e-6; k++ {
			gradient(g, x)
			Step(r, x, g, s, c.Hyperparameters.LR)
			worst, size := 0.0, 1.0
			for i, v := range c.X[k] {
				worst, size = math.Max(worst, math.Abs(v-x[i])), math.Max(size, 1+math.Abs(v))
			}
			if !(worst <= c.Tolerance[k]*size) {
				t.Errorf("%s: step %d is off by %.2e: want at most %.2e", filepath.Base(file), k, worst, c.Tolerance[k]*size)
				break
			}
		}
	}
	if run < want {
		t.Errorf("%d trajectories in %s: want at least %d", run, dir, want)
	}
}

func read(t *testing.T, file string, v any) {
	t.Helper()
	b, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(b, v); err != nil {
		t.Fatalf("%s: %v", file, err)
	}
}

// gradientOf returns the gradient of a problem of the trajectories, nil for one whose data
// are not there.
func gradientOf(t *testing.T, name string, problems map[string]json.RawMessage) func(g, x []float64) {
	var q struct {
		A, X [][]float64
		B, Y []float64
	}
	if p, ok := problems[name]; ok {
		if err := json.Unmarshal(p, &q); err != nil {
			t.Fatal(err)
		}
	}
	switch {
	case name == "rosen4":
		return rosenbrock
	case name == "quad10" && q.A != nil:
		return func(g, x []float64) {
			for i, row := range q.A {
				g[i] = -q.B[i]
				for j, a := range row {
					g[i] += a * x[j]
				}
			}
		}
	case name == "mlp" && q.X != nil:
		return func(g, x []float64) { network(g, x, q.X, q.Y) }
	}
	return nil
}

// rosenbrock stores the gradient of sum_i 100 (x_{i+1} - x_i^2)^2 + (1 - x_i)^2.
func rosenbrock(g, x []float64) {
	clear(g)
	for i := range len(x) - 1 {
		d := x[i+1] - x[i]*x[i]
		g[i] += -400*x[i]*d - 2*(1-x[i])
		g[i+1] += 200 * d
	}
}

// network stores the gradient of the mean squared error of a network 5 -> 8 tanh -> 1 with
// x = (W1, b1, W2, b2).
func network(g, x []float64, data [][]float64, y []float64) {
	const in, hidden = 5, 8
	w1, b1, w2, b2 := x[:40], x[40:48], x[48:56], x[56]
	clear(g)
	var h [hidden]float64
	for i, row := range data {
		out := b2
		for k := range h {
			z := b1[k]
			for j, v := range row {
				z += w1[k*in+j] * v
			}
			h[k] = math.Tanh(z)
			out += w2[k] * h[k]
		}
		d := 2 * (out - y[i]) / float64(len(data))
		g[56] += d
		for k, v := range h {
			g[48+k] += d * v
			e := d * w2[k] * (1 - v*v)
			g[40+k] += e
			for j, u := range row {
				g[k*in+j] += e * u
			}
		}
	}
}
