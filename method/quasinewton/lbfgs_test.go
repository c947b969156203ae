package quasinewton

import (
	"context"
	"fmt"
	"math"
	"slices"
	"strings"
	"testing"

	"github.com/godescent/descent"
	"github.com/godescent/descent/descenttest"
	"github.com/godescent/descent/problem/analytic"
	"github.com/godescent/descent/prox"
	"github.com/godescent/descent/vec"
)

func lookup(t testing.TB, id string) analytic.Spec {
	t.Helper()
	s, ok := analytic.Lookup(id)
	if !ok {
		t.Fatalf("no problem %s", id)
	}
	return s
}

func TestLBFGS(t *testing.T) {
	s := lookup(t, "mgh-wood")
	descenttest.TestMethod(t, descenttest.Case{
		Name: "lbfgs", Method: LBFGS{}, Problem: s.New, X0: s.X0, Options: descent.Options{Tol: 1e-8, MaxIter: 500},
		Variants: map[string]descent.Method{"memory": LBFGS{Memory: 3}, "c1": LBFGS{C1: 0.3}, "c2": LBFGS{C2: 0.9}},
		Bad: map[string]descent.Method{
			"memory": LBFGS{Memory: -1}, "c1": LBFGS{C1: -1}, "c1 above c2": LBFGS{C1: 0.8},
			"c2": LBFGS{C2: 1}, "NaN": LBFGS{C2: math.NaN()}, "NaN c1": LBFGS{C1: math.NaN()},
		},
	})
}

func TestLBFGSRefuses(t *testing.T) {
	s := lookup(t, "hs-1")
	if _, err := (LBFGS{}).Start(s.New(), s.X0); err == nil || !strings.Contains(err.Error(), "hs-1 has a regularizer") {
		t.Errorf("bounds: %v", err)
	}
	p := &descent.Problem{Name: "values", Dim: 1, Objective: values{}}
	if _, err := (LBFGS{}).Start(p, []float64{1}); err == nil || !strings.Contains(err.Error(), "Smooth") {
		t.Errorf("values only: %v", err)
	}
}

type values struct{}

func (values) Value(x []float64) float64 { return x[0] * x[0] }

// outcome is a run that stops at the first iterate with |g|_inf <= tol.
type outcome struct {
	evals, iterations int
	solved            bool
	why               string
}

func minimize(t *testing.T, m descent.Method, s analytic.Spec, tol float64) outcome {
	t.Helper()
	p := s.New()
	run, err := m.Start(p, s.X0)
	if err != nil {
		t.Fatal(err)
	}
	var o outcome
	for range run.Iterates {
		o.iterations++
		if o.solved = run.(interface{ Hint() float64 }).Hint() <= tol; o.solved || p.Counts().Evals() >= 10000 {
			break
		}
	}
	o.evals, o.why = p.Counts().Evals(), run.(descent.Stopper).StopReason()
	return o
}

// The sum is about 3000. It is chaotic in Watson's problem with 12 variables and in
// Penalty II: starts moved by 1e-3 give 3350 in the mean, other kernels other sums. On
// Meyer's problem the rounding error of the gradient is far above 1e-8.
func TestLBFGSOnMGH(t *testing.T) {
	tried, solved, evals := 0, 0, 0
	for _, s := range analytic.All() {
		if !strings.HasPrefix(s.ID, "mgh-") {
			continue
		}
		tried++
		o := minimize(t, LBFGS{}, s, 1e-8)
		if !o.solved && s.ID != "mgh-meyer" {
			t.Errorf("%s: not solved with %d evaluations: %s", s.ID, o.evals, o.why)
		}
		if o.solved {
			solved++
			evals += o.evals
		} else if o.why == "" {
			t.Errorf("%s: still running after %d evaluations", s.ID, o.evals)
		}
	}
	t.Logf("%d of %d solved with %d evaluations", solved, tried, evals)
	if tried != 42 || solved < 41 || evals > 4000 {
		t.Errorf("%d of %d solved with %d evaluations: want 41 of 42 with at most 4000", solved, tried, evals)
	}
}

// A pair without positive curvature is left out, and takes the oldest with it.
func TestPairs(t *testing.T) {
	p := newPairs(2, 2)
	zero := make([]float64, 2)
	for _, c := range []struct {
		s, y  []float64
		slot  int
		count int
	}{
		{[]float64{1, 0}, []float64{2, 0}, 0, 1},
		{[]float64{0, 1}, []float64{1, 0}, -1, 1},
		{[]float64{1, 1}, []float64{1, 3}, 1, 2},
		{[]float64{1, 1e-17}, []float64{0, 1}, -1, 1},
		{[]float64{2, 0}, []float64{2, 1}, 0, 2},
	} {
		if j := p.push(zero, c.s, zero, c.y); j != c.slot || p.Count != c.count {
			t.Errorf("s %v, y %v: slot %d, %d pairs; want %d, %d", c.s, c.y, j, p.Count, c.slot, c.count)
		}
	}
	// The secant equation: H y = s for the newest pair.
	d := make([]float64, 2)
	p.descend(d, []float64{2, 1}, make([]float64, 2))
	if math.Abs(d[0]+2) > 1e-15 || math.Abs(d[1]) > 1e-15 {
		t.Errorf("-H y = %v, want -s = [-2 0]", d)
	}
}

// With exact searches on a quadratic the iterates are those of conjugate gradients,
// whatever the memory.
func TestLBFGSIsCGOnQuadratics(t *testing.T) {
	const n = 12
	q := analytic.DiagonalQuadratic(n, 1, 100)
	steps := 0
	for _, memory := range []int{1, 5, 20} {
		p := &descent.Problem{Name: "quadratic", Dim: n, Objective: q}
		x0 := slices.Repeat([]float64{1}, n)
		run, err := LBFGS{Memory: memory, C2: 1e-6, C1: 1e-7}.Start(p, x0)
		if err != nil {
			t.Fatal(err)
		}
		// Conjugate gradients, written out.
		x, g, d, hd := slices.Clone(x0), make([]float64, n), make([]float64, n), make([]float64, n)
		q.Gradient(g, x)
		for i := range d {
			d[i] = -g[i]
		}
		k := 0
		for y := range run.Iterates {
			q.HessVec(hd, x, d)
			gg := vec.Dot(g, g)
			a := gg / vec.Dot(d, hd)
			vec.Axpy(a, d, x)
			vec.Axpy(a, hd, g)
			b := vec.Dot(g, g) / gg
			for i := range d {
				d[i] = b*d[i] - g[i]
			}
			for i := range x {
				if math.Abs(x[i]-y[i]) > 1e-5 {
					t.Fatalf("memory %d, step %d: x[%d] = %v, conjugate gradients have %v", memory, k, i, y[i], x[i])
				}
			}
			steps++
			if k++; k == n-2 {
				break
			}
		}
	}
	if steps != 3*(n-2) {
		t.Errorf("%d steps compared: want %d", steps, 3*(n-2))
	}
}

// wrong has the gradient of the opposite sign: no step along -g is lower.
type wrong struct{ values }

func (w wrong) Gradient(g, x []float64) float64 { g[0] = -2 * x[0]; return w.Value(x) }

func TestLBFGSStops(t *testing.T) {
	p := &descent.Problem{Name: "wrong", Dim: 1, Objective: wrong{}}
	r, err := descent.Solve(context.Background(), p, LBFGS{}, []float64{3}, descent.Options{})
	if err != nil || r.Status != descent.Stalled || r.X[0] != 3 || len(r.Diagnosis) == 0 || !strings.Contains(r.Diagnosis[0], "finds no lower point") {
		t.Errorf("%v: %s %v %q", err, r.Status, r.X, r.Diagnosis)
	}
}

// edge has the domain x < 1 and its minimum near the edge, where the first trials fall outside.
type edge struct{}

func (edge) Value(x []float64) float64 { return -x[0] - 1e-3*math.Log(1-x[0]) }
func (e edge) Gradient(g, x []float64) float64 {
	g[0] = -1 + 1e-3/(1-x[0])
	return e.Value(x)
}

func TestLBFGSAtTheEdgeOfTheDomain(t *testing.T) {
	p := &descent.Problem{Name: "edge", Dim: 1, Objective: edge{}}
	r, err := descent.Solve(context.Background(), p, LBFGS{}, []float64{0.5}, descent.Options{Tol: 1e-9})
	if err != nil || r.Status != descent.Converged || math.Abs(r.X[0]-0.999) > 1e-9 {
		t.Errorf("%v: %s %v %q", err, r.Status, r.X, r.Diagnosis)
	}
}

func ExampleLBFGS() {
	s, _ := analytic.Lookup("mgh-rosenbrock")
	r, err := descent.Solve(context.Background(), s.New(), LBFGS{}, s.X0, descent.Options{Tol: 1e-8})
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Printf("%s at (%.6f, %.6f)\n", r.Status, r.X[0], r.X[1])
	// Output: converged at (1.000000, 1.000000)
}

// One op is one iteration on the extended Rosenbrock function, n = 10, evaluations
// and each run's share of its start included.
func BenchmarkIteration(b *testing.B) {
	for _, m := range []struct {
		name string
		descent.Method
		h descent.Regularizer
	}{
		{"lbfgs", LBFGS{}, nil},
		{"lbfgsb", LBFGSB{}, prox.Box{Lower: slices.Repeat([]float64{-9}, 10), Upper: slices.Repeat([]float64{0.9}, 10)}},
	} {
		b.Run("method="+m.name+"/n=10", func(b *testing.B) {
			s := lookup(b, "mgh-extended-rosenbrock-10")
			p := s.New()
			p.Regularizer = m.h
			b.ReportAllocs()
			for k := 0; k < b.N; {
				run, err := m.Start(p, s.X0)
				if err != nil {
					b.Fatal(err)
				}
				hint := run.(interface{ Hint() float64 })
				run.Iterates(func([]float64) bool { k++; return k < b.N && hint.Hint() > 1e-8 })
			}
			b.ReportMetric(float64(p.Counts().Evals())/float64(b.N), "evals/op")
		})
	}
}
