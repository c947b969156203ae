package rule

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"math"
)

// A Trajectory is a run of a reference implementation: its iterates on one of the three problems of
// the format, full batch, in float64.
type Trajectory struct {
	Format          string
	Optimizer       string
	Problem         string
	Note            string
	Hyperparameters map[string]any
	Shapes          [][]int
	X               [][]float64
	F               []float64
	Tolerance       []float64 // of each step, relative to 1 + max |x|
	Extra           map[string]json.RawMessage
	Reference       struct{ Name, Repo, Version, Licence, Kind string }
}

// ParseTrajectory reads a file of the format descent-golden-trajectory/1.
func ParseTrajectory(b []byte) (*Trajectory, error) {
	t := &Trajectory{}
	if err := json.Unmarshal(b, t); err != nil {
		return nil, fmt.Errorf("trajectory: %w", err)
	}
	if t.Format != "descent-golden-trajectory/1" {
		return nil, fmt.Errorf("trajectory: format %q: want descent-golden-trajectory/1", t.Format)
	}
	if len(t.X) < 2 || len(t.Tolerance) != len(t.X) || len(t.F) != len(t.X) {
		return nil, fmt.Errorf("trajectory: %d iterates, %d values and %d tolerances: want at least 2, and as many of each", len(t.X), len(t.F), len(t.Tolerance))
	}
	for k, x := range t.X {
		if len(x) != len(t.X[0]) {
			return nil, fmt.Errorf("trajectory: iterate %d has %d numbers, the first has %d: want the same", k, len(x), len(t.X[0]))
		}
	}
	return t, nil
}

// A Replayed is the outcome of a replay.
type Replayed struct {
	Rule    Rule
	Name    string  // of the rule, as in [All]
	Steps   int     // compared
	Worst   float64 // largest error over its tolerance
	At      int     // step of it
	Error   float64 // largest |x - x_ref|/(1 + max |x_ref|)
	Answer  float64 // error of the rule's answer over the tolerance of the last step, 0 if the file has none
	Differs string  // how the reference differs from the paper, where it does
	Agrees  bool    // Worst and Answer are at most 1
}

// ErrUnknown is the error of a trajectory whose optimizer has no rule here.
var ErrUnknown = errors.New("no rule has this name")

// Replay runs the rule that a trajectory's file names with its options, and compares the
// iterates up to the first step whose tolerance is above 1e-6. problems is the file
// problems.json beside it. An optimizer without a rule is an error that wraps
// [ErrUnknown].
func Replay(trajectory, problems []byte) (*Replayed, error) {
	t, err := ParseTrajectory(trajectory)
	if err != nil {
		return nil, err
	}
	set, err := replayOf(t)
	if err != nil {
		return nil, err
	}
	f, err := parseProblem(problems, t)
	if err != nil {
		return nil, err
	}
	if err := set.rule.Check(); err != nil {
		return nil, fmt.Errorf("trajectory: %w", err)
	}
	return t.compare(set, f), nil
}

// A replay is how a reference's run is a run of a rule.
type replay struct {
	rule    Rule
	rate    float64
	differs string
	begin   func(x []float64, s *State[float64]) // what it remembers at first
	oracle  func(o *Oracle[float64], k int)      // what is different in it at step k
	answer  string                               // the name of the rule's answer in extra
}

func (t *Trajectory) compare(set *replay, f *replayProblem) *Replayed {
	x := append([]float64(nil), t.X[0]...)
	g, s := make([]float64, len(x)), NewState[float64](set.rule, len(x), f.blocks...)
	if set.begin != nil {
		set.begin(x, s)
	}
	o := &Oracle[float64]{Gradient: f.gradient}
	o.Value = func(x []float64) float64 { return f.gradient(f.unused, x) }
	out := &Replayed{Rule: set.rule, Differs: set.differs}
	last := len(t.X) - 1
	for k := 1; k <= last && t.Tolerance[k] <= 1e-6; k++ {
		o.Loss = f.gradient(g, x)
		o.Curvature = func(h, x []float64) { squares(h, x, f) }
		if set.oracle != nil {
			set.oracle(o, k)
		}
		StepWith(set.rule, x, g, s, set.rate, o)
		e := distance(x, t.X[k])
		out.Steps, out.Error = k, math.Max(out.Error, e)
		if r := e / t.Tolerance[k]; !(r <= out.Worst) {
			out.Worst, out.At = r, k
		}
	}
	if raw := t.Extra[set.answer]; raw != nil && out.Steps == last {
		var want [][]float64 // of the last step alone
		out.Answer = math.Inf(1)
		if json.Unmarshal(raw, &want) == nil && len(want) == 1 && len(want[0]) == len(x) {
			Answer(set.rule, g, x, s)
			out.Answer = distance(g, want[0]) / t.Tolerance[last]
		}
	}
	out.Agrees = out.Worst <= 1 && out.Answer <= 1
	return out
}

// squares is the curvature of the trajectories: the squares of the full gradient.
func squares(h, x []float64, f *replayProblem) {
	f.gradient(h, x)
	for i, v := range h {
		h[i] = v * v
	}
}

// distance returns max |x - want|/(1 + max |want|).
func distance(x, want []float64) float64 {
	worst, size := 0.0, 1.0
	for i, v := range want {
		if d := math.Abs(v - x[i]); !(d <= worst) {
			worst = d
		}
		size = math.Max(size, 1+math.Abs(v))
	}
	return worst / size
}

// A replayProblem is an objective of the trajectories.
type replayProblem struct {
	blocks   []Block
	gradient func(g, x []float64) float64
	unused   []float64
}

func parseProblem(b []byte, t *Trajectory) (*replayProblem, error) {
	var all struct {
		Problems map[string]struct {
			Shapes [][]int
			Names  []string
			A, X   [][]float64
			B, Y   []float64
		}
	}
	if err := json.NewDecoder(bytes.NewReader(b)).Decode(&all); err != nil {
		return nil, fmt.Errorf("problems: %w", err)
	}
	q, ok := all.Problems[t.Problem]
	if !ok {
		return nil, fmt.Errorf("problems: %q is not in the file of problems", t.Problem)
	}
	f := &replayProblem{unused: make([]float64, len(t.X[0]))}
	for i, s := range q.Shapes {
		b := Block{Shape: s}
		if i < len(q.Names) {
			b.Name = q.Names[i]
		}
		f.blocks = append(f.blocks, b)
	}
	n := len(t.X[0])
	if err := CheckBlocks(n, f.blocks); err != nil {
		return nil, fmt.Errorf("problems: %s: %w", t.Problem, err)
	}
	switch t.Problem {
	case "rosen4":
		f.gradient = rosenbrock
	case "quad10":
		if len(q.A) != n || len(q.B) != n {
			return nil, fmt.Errorf("problems: quad10 has a matrix of %d rows and %d numbers: want %d of each", len(q.A), len(q.B), n)
		}
		f.gradient = func(g, x []float64) float64 { return quadratic(g, x, q.A, q.B) }
	case "mlp":
		if len(q.X) == 0 || len(q.X) != len(q.Y) || n != 57 {
			return nil, fmt.Errorf("problems: mlp has %d rows, %d targets and %d parameters: want as many rows as targets and 57", len(q.X), len(q.Y), n)
		}
		f.gradient = func(g, x []float64) float64 { return network(g, x, q.X, q.Y) }
	default:
		return nil, fmt.Errorf("problems: %q: want quad10, rosen4 or mlp", t.Problem)
	}
	return f, nil
}

// quadratic stores the gradient of x'Ax/2 - b'x and returns its value.
func quadratic(g, x []float64, a [][]float64, b []float64) float64 {
	f := 0.0
	for i, row := range a {
		s := 0.0
		for j, v := range row {
			s += v * x[j]
		}
		g[i] = s - b[i]
		f += x[i] * (s/2 - b[i])
	}
	return f
}

// rosenbrock stores the gradient of sum_i 100 (x_{i+1} - x_i^2)^2 + (1 - x_i)^2 and returns
// its value.
func rosenbrock(g, x []float64) float64 {
	clear(g)
	f := 0.0
	for i := range len(x) - 1 {
		d := x[i+1] - x[i]*x[i]
		f += 100*d*d + (1-x[i])*(1-x[i])
		g[i] += -400*x[i]*d - 2*(1-x[i])
		g[i+1] += 200 * d
	}
	return f
}

// network stores the gradient of the mean squared error of a network 5 -> 8 tanh -> 1 with
// x = (W1, b1, W2, b2), and returns its value.
func network(g, x []float64, data [][]float64, y []float64) float64 {
	const in, hidden = 5, 8
	w1, b1, w2, b2 := x[:40], x[40:48], x[48:56], x[56]
	clear(g)
	var h [hidden]float64
	f := 0.0
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
		f += (out - y[i]) * (out - y[i]) / float64(len(data))
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
	return f
}
