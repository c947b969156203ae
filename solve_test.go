package descent_test

import (
	"context"
	"errors"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/godescent/descent"
	"github.com/godescent/descent/descenttest"
)

// bowl is f(x) = sum d_i x_i^2 / 2.
type bowl struct{ d []float64 }

func (b bowl) Value(x []float64) float64 {
	s := 0.0
	for i, v := range x {
		s += b.d[i] * v * v / 2
	}
	return s
}

func (b bowl) Gradient(g, x []float64) float64 {
	for i, v := range x {
		g[i] = b.d[i] * v
	}
	return b.Value(x)
}

// steepest is gradient descent with a fixed step, the smallest honest method.
type steepest struct{ Step float64 }

type steepestRun struct {
	p    *descent.Problem
	step float64
	X    []float64
}

func (m steepest) Start(p *descent.Problem, x0 []float64) (descent.Run, error) {
	if m.Step < 0 {
		return nil, fmt.Errorf("steepest: step %v: want > 0", m.Step)
	}
	if _, err := descent.Require[descent.Smooth](p); err != nil {
		return nil, err
	}
	return &steepestRun{p, m.Step, append([]float64(nil), x0...)}, nil
}

func (s *steepestRun) Iterates(yield func([]float64) bool) {
	g := make([]float64, len(s.X))
	for {
		s.p.Gradient(g, s.X)
		for i := range g {
			s.X[i] -= s.step * g[i]
		}
		if !yield(s.X) {
			return
		}
	}
}

func problem(f descent.Objective, n int) *descent.Problem {
	return &descent.Problem{Name: "test", Dim: n, Objective: f}
}

func newBowl() *descent.Problem { return problem(bowl{[]float64{1, 10}}, 2) }

func solve(t *testing.T, p *descent.Problem, m descent.Method, x0 []float64, opt descent.Options) *descent.Result {
	t.Helper()
	r, err := descent.Solve(context.Background(), p, m, x0, opt)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func TestMethodContract(t *testing.T) {
	descenttest.TestMethod(t, descenttest.Case{
		Name: "steepest", Method: steepest{0.1}, Problem: newBowl, X0: []float64{3, -1},
		Variants: map[string]descent.Method{"half": steepest{0.05}},
		Bad:      map[string]descent.Method{"negative": steepest{-1}},
	})
}

func TestLimits(t *testing.T) {
	x0 := []float64{3, -1}
	for _, c := range []struct {
		opt  descent.Options
		want string
		iter int
	}{
		{descent.Options{MaxIter: 7}, "7 iterations", 7},
		{descent.Options{MaxEvals: 9}, "9 evaluations", 9},
		{descent.Options{MaxIter: 1, Tol: -1}, "1 iterations", 1},
	} {
		r := solve(t, newBowl(), steepest{0.01}, x0, c.opt)
		if r.Status != descent.Limit || r.Limit != c.want || r.Iterations != c.iter {
			t.Errorf("%+v: %s by %q after %d iterations", c.opt, r.Status, r.Limit, r.Iterations)
		}
		if len(r.Diagnosis) < 2 {
			t.Errorf("%+v: diagnosis %q says too little", c.opt, r.Diagnosis)
		}
	}
	r := solve(t, newBowl(), steepest{1e-9}, x0, descent.Options{MaxTime: 5 * time.Millisecond, MaxIter: 1 << 40})
	if r.Status != descent.Limit || !strings.HasPrefix(r.Limit, "5ms") { // a busy machine can stop it inside an iteration
		t.Errorf("time limit: %s by %q", r.Status, r.Limit)
	}
}

func TestOptimalStartNeedsNoIteration(t *testing.T) {
	r := solve(t, newBowl(), steepest{0.1}, []float64{0, 0}, descent.Options{})
	if r.Status != descent.Converged || r.Iterations != 0 || r.Counts != (descent.Counts{}) {
		t.Errorf("%s after %d iterations and %+v", r.Status, r.Iterations, r.Counts)
	}
}

func TestCertificateIsMeasuredAtTheReturnedX(t *testing.T) {
	for _, iters := range []int{1, 2, 10, 33, 100} {
		r := solve(t, newBowl(), steepest{0.01}, []float64{3, -1}, descent.Options{MaxIter: iters})
		if want := math.Max(math.Abs(r.X[0]), 10*math.Abs(r.X[1])); r.Certificate.Value != want {
			t.Errorf("%d iterations: certificate %v, gradient norm at x is %v", iters, r.Certificate.Value, want)
		}
		if r.Value != (bowl{[]float64{1, 10}}).Value(r.X) {
			t.Errorf("%d iterations: value %v is not that of x", iters, r.Value)
		}
	}
}

// Certificates must cost a bounded share: about ten per decade of work.
func TestCertificateCadence(t *testing.T) {
	r := solve(t, newBowl(), steepest{1e-4}, []float64{3, -1}, descent.Options{MaxIter: 10_000})
	if n := len(r.Trace); n < 50 || n > 120 {
		t.Errorf("%d certificates in %d iterations", n, r.Iterations)
	}
	if r.Counts.Gradient != 10_000 || r.Counts.Value != 0 {
		t.Errorf("certificates were charged to the method: %+v", r.Counts)
	}
}

// The trace has the iterations that were asked for, and the run is the same.
func TestTraceEvery(t *testing.T) {
	plain := solve(t, newBowl(), steepest{1e-4}, []float64{3, -1}, descent.Options{MaxIter: 50})
	r := solve(t, newBowl(), steepest{1e-4}, []float64{3, -1}, descent.Options{MaxIter: 50, TraceEvery: 7})
	var at []int
	for _, p := range r.Trace {
		at = append(at, p.Iteration)
	}
	if !slices.Equal(at, []int{0, 7, 14, 21, 28, 35, 42, 49, 50}) || !slices.Equal(r.X, plain.X) || r.Counts != plain.Counts {
		t.Errorf("points at %v; x = %v, want %v", at, r.X, plain.X)
	}
	if _, err := descent.Solve(context.Background(), newBowl(), steepest{1e-4}, []float64{3, -1}, descent.Options{TraceEvery: -1}); err == nil {
		t.Error("no error for TraceEvery = -1")
	}
}

func TestDiverged(t *testing.T) {
	r := solve(t, newBowl(), steepest{1}, []float64{3, -1}, descent.Options{})
	if r.Status != descent.Diverged && r.Status != descent.Limit {
		t.Fatalf("status %s", r.Status)
	}
	for _, v := range r.X {
		if math.IsNaN(v) || math.IsInf(v, 0) {
			t.Errorf("x = %v", r.X)
		}
	}
	if math.IsInf(r.Value, 0) || math.IsNaN(r.Value) {
		t.Errorf("value %v at the last finite x", r.Value)
	}
	if s := strings.Join(r.Diagnosis, " "); !strings.Contains(s, "smaller step") {
		t.Errorf("diagnosis %q does not say what to try", s)
	}
}

type slope struct{}

func (slope) Value(x []float64) float64       { return -x[0] * x[0] * x[0] }
func (slope) Gradient(g, x []float64) float64 { g[0] = -3 * x[0] * x[0]; return -x[0] * x[0] * x[0] }

func TestUnbounded(t *testing.T) {
	r := solve(t, problem(slope{}, 1), steepest{0.1}, []float64{1}, descent.Options{})
	if r.Status != descent.Unbounded {
		t.Errorf("status %s with value %v", r.Status, r.Value)
	}
}

func TestFixedPointStalls(t *testing.T) {
	r := solve(t, newBowl(), steepest{1e-30}, []float64{3, -1}, descent.Options{})
	if r.Status != descent.Stalled || !strings.Contains(r.Diagnosis[0], "fixed point") {
		t.Errorf("status %s, diagnosis %q after %d iterations", r.Status, r.Diagnosis, r.Iterations)
	}
}

func TestCancel(t *testing.T) {
	ctx, cancel := context.WithCancel(context.Background())
	opt := descent.Options{Tol: -1, MaxIter: 1 << 40, CheckpointFile: filepath.Join(t.TempDir(), "c"), Observe: func(p descent.Progress) {
		if p.Iteration > 5000 {
			cancel()
		}
	}}
	r, err := descent.Solve(ctx, newBowl(), steepest{1e-6}, []float64{3, -1}, opt)
	if err != nil || r.Status != descent.Cancelled || r.Checkpoint == nil {
		t.Fatalf("%v, %v", r, err)
	}
	b, err := os.ReadFile(opt.CheckpointFile)
	if err != nil || string(b) != string(r.Checkpoint) {
		t.Errorf("checkpoint file: %d bytes, %v; want the %d of the result", len(b), err, len(r.Checkpoint))
	}
	// Going on from the file gives what an uninterrupted run gives.
	n := r.Iterations + 100
	rest := solve(t, newBowl(), steepest{1e-6}, []float64{3, -1}, descent.Options{Tol: -1, MaxIter: n, Resume: b})
	whole := solve(t, newBowl(), steepest{1e-6}, []float64{3, -1}, descent.Options{Tol: -1, MaxIter: n})
	if rest.X[0] != whole.X[0] || rest.X[1] != whole.X[1] || rest.Counts != whole.Counts {
		t.Errorf("resumed %v, uninterrupted %v", rest.X, whole.X)
	}
}

// runaway never yields.
type runaway struct{}
type runawayRun struct{ p *descent.Problem }

func (runaway) Start(p *descent.Problem, _ []float64) (descent.Run, error) { return runawayRun{p}, nil }
func (r runawayRun) Iterates(func([]float64) bool) {
	for x := []float64{1, 1}; ; {
		r.p.Value(x)
	}
}

func TestHardLimitInsideAnIteration(t *testing.T) {
	for name, opt := range map[string]descent.Options{"evaluations": {MaxEvals: 50}, "5ms": {MaxTime: 5 * time.Millisecond}} {
		r := solve(t, newBowl(), runaway{}, []float64{3, -1}, opt)
		if r.Status != descent.Limit || !strings.Contains(r.Limit, name) || r.Checkpoint != nil || r.X[0] != 3 {
			t.Errorf("%s: %s by %q, x = %v, %d bytes of checkpoint", name, r.Status, r.Limit, r.X, len(r.Checkpoint))
		}
		if r.Counts.Value > 101 && name == "evaluations" {
			t.Errorf("%d evaluations under a limit of 50", r.Counts.Value)
		}
	}
}

type panicky struct{}
type panickyRun struct{}

func (panicky) Start(*descent.Problem, []float64) (descent.Run, error) { return panickyRun{}, nil }
func (panickyRun) Iterates(func([]float64) bool)                       { panic("a bug") }

func TestForeignPanicsPass(t *testing.T) {
	defer func() {
		if e := recover(); e != "a bug" {
			t.Errorf("recovered %v", e)
		}
	}()
	solve(t, newBowl(), panicky{}, []float64{3, -1}, descent.Options{})
}

func TestBadInput(t *testing.T) {
	nan := math.NaN()
	for name, c := range map[string]struct {
		p   *descent.Problem
		x0  []float64
		opt descent.Options
	}{
		"no objective":     {&descent.Problem{Dim: 1}, []float64{0}, descent.Options{}},
		"dimension":        {newBowl(), []float64{0}, descent.Options{}},
		"start":            {newBowl(), []float64{nan, 0}, descent.Options{}},
		"tolerance":        {newBowl(), []float64{0, 0}, descent.Options{Tol: nan}},
		"iterations":       {newBowl(), []float64{0, 0}, descent.Options{MaxIter: -1}},
		"evaluations":      {newBowl(), []float64{0, 0}, descent.Options{MaxEvals: -1}},
		"time":             {newBowl(), []float64{0, 0}, descent.Options{MaxTime: -1}},
		"not a checkpoint": {newBowl(), []float64{0, 0}, descent.Options{Resume: []byte("junk")}},
	} {
		if _, err := descent.Solve(context.Background(), c.p, steepest{0.1}, c.x0, c.opt); err == nil {
			t.Errorf("%s: no error", name)
		}
	}
}

func TestForeignCheckpointsAreRefused(t *testing.T) {
	x0 := []float64{3, -1}
	ck := solve(t, newBowl(), steepest{0.01}, x0, descent.Options{MaxIter: 5}).Checkpoint
	other := newBowl()
	other.Name = "other"
	for want, c := range map[string]struct {
		p *descent.Problem
		m descent.Method
	}{
		"options": {newBowl(), steepest{0.02}},
		"problem": {other, steepest{0.01}},
		"data":    {problem(bowl{[]float64{1, 11}}, 2), steepest{0.01}},
	} {
		_, err := descent.Solve(context.Background(), c.p, c.m, x0, descent.Options{Resume: ck})
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("other %s: error %v", want, err)
		}
	}
}

type values struct{}

func (values) Value(x []float64) float64 { return x[0] * x[0] }

func TestRequire(t *testing.T) {
	_, err := descent.Solve(context.Background(), problem(values{}, 1), steepest{0.1}, []float64{1}, descent.Options{})
	var missing *descent.MissingOracleError
	if !errors.As(err, &missing) || missing.Oracle != "Smooth" || missing.Problem != "test" {
		t.Errorf("error %v", err)
	}
	if _, err := descent.Require[descent.Smooth](newBowl()); err != nil {
		t.Error(err)
	}
}

// BenchmarkDriver shows what Solve adds to the bare loop: the difference of the
// two, per iteration.
func BenchmarkDriver(b *testing.B) {
	for _, n := range []int{2, 100, 10_000} {
		d := make([]float64, n)
		x0 := make([]float64, n)
		for i := range d {
			d[i], x0[i] = 1, 1
		}
		b.Run(fmt.Sprintf("n=%d/loop=bare", n), func(b *testing.B) {
			f, x, g := bowl{d}, append([]float64(nil), x0...), make([]float64, n)
			b.ReportAllocs()
			for b.Loop() {
				f.Gradient(g, x)
				for i := range g {
					x[i] -= 1e-12 * g[i]
				}
			}
		})
		b.Run(fmt.Sprintf("n=%d/loop=solve", n), func(b *testing.B) {
			b.ReportAllocs()
			_, err := descent.Solve(context.Background(), problem(bowl{d}, n), steepest{1e-12}, x0, descent.Options{Tol: -1, MaxIter: b.N})
			if err != nil {
				b.Fatal(err)
			}
		})
	}
}
