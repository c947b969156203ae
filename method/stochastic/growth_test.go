package stochastic

import (
	"context"
	"math"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/godescent/descent"
	"github.com/godescent/descent/descenttest"
	"github.com/godescent/descent/rng"
	"github.com/godescent/descent/rule"
	"github.com/godescent/descent/schedule"
	"github.com/godescent/descent/vec"
)

// What the tests want is what their formulas give with the gradients themselves.
func TestGrowthWants(t *testing.T) {
	const b, d = 7, 5
	s := rng.New(1, "growth")
	rows, mean := make([][]float64, b), make([]float64, d)
	for i := range rows {
		rows[i] = make([]float64, d)
		for j := range rows[i] {
			rows[i][j] = 0.5 + s.Norm()
			mean[j] += rows[i][j] / b
		}
	}
	gg := vec.Dot(mean, mean)
	squares, products := make([]float32, b), make([]float32, b)
	variance, along, across := 0.0, 0.0, 0.0
	for i, g := range rows {
		p := vec.Dot(g, mean)
		squares[i], products[i] = float32(vec.Dot(g, g)), float32(p)
		along += (p - gg) * (p - gg) / (b - 1)
		for j, v := range g {
			variance += (v - mean[j]) * (v - mean[j]) / (b - 1)
			across += (v - p/gg*mean[j]) * (v - p/gg*mean[j]) / (b - 1)
		}
	}
	for _, c := range []struct {
		m    Growth
		want float64
	}{
		{Growth{Test: "norm"}, variance / (0.25 * gg)},
		{Growth{Test: "norm", Eta: 2}, variance / (4 * gg)},
		{Growth{Test: "inner-product", Nu: 1e6}, along / (0.25 * gg * gg)},
		{Growth{Test: "inner-product", Theta: 1e6}, across / gg},
		{Growth{Test: "inner-product", Theta: 0.01, Nu: 0.3}, max(along/(1e-4*gg*gg), across/(0.09*gg))},
	} {
		if got := c.m.Wants(gg, squares, products); math.Abs(got-c.want) > 1e-5*c.want {
			t.Errorf("%+v: %v, want %v", c.m, got, c.want)
		}
	}
	for _, test := range []string{"norm", "inner-product"} {
		if got := (Growth{Test: test}).Wants(0, squares, products); !math.IsInf(got, 1) {
			t.Errorf("%s: %v where the mean vanishes", test, got)
		}
		if got := (Growth{Test: test}).Wants(gg, []float32{1, float32(math.NaN())}, []float32{1, 1}); !math.IsNaN(got) {
			t.Errorf("%s: %v of a gradient that is not finite", test, got)
		}
	}
}

// series returns what a run has recorded, by name.
func series(r *descent.Result) map[string][]float64 {
	all := map[string][]float64{}
	for _, s := range r.Series {
		all[s.Name] = s.Values
	}
	return all
}

// noisy is least squares with a residual, so that the noise remains where the gradient vanishes.
func noisy() *descent.Problem {
	m := newModel(11, 600, 8, 4, false, false, 0)
	return &descent.Problem{Name: "residual", Dim: m.dim, Objective: newSingle(m)}
}

// Near a minimum the batch grows up to its limit and never falls; the tests are counted.
func TestTrainGrows(t *testing.T) {
	for name, g := range map[string]Growth{"norm": {Test: "norm"}, "inner-product": {Test: "inner-product"}, "limited": {Test: "norm", Most: 100}} {
		p := noisy()
		r, err := descent.Solve(context.Background(), p, Train{Rule: rule.Adagrad{}, Rate: 0.5, Batch: 4, Growth: g, Schedule: schedule.Schedule{Kind: "linear", Horizon: 30}}, make([]float64, p.Dim), descent.Options{MaxIter: 30})
		if err != nil {
			t.Fatal(err)
		}
		all := series(r)
		sizes, most := all["batch"], 600
		if g.Most > 0 {
			most = g.Most
		}
		for k, rate := range all["rate"] {
			if fall := 1 - rate/0.5; !(fall >= float64(k)/30-1e-12 && fall < float64(k+1)/30) {
				t.Errorf("%s: last rate of epoch %d is %v", name, k, rate)
			}
		}
		if !slices.IsSorted(sizes) || sizes[29] != float64(most) || sizes[0] >= float64(most) {
			t.Errorf("%s: batches of %v after each epoch: want them to grow to %d", name, sizes, most)
		}
		if !slices.IsSorted(all["steps"]) || all["steps"][29] >= 30*150 {
			t.Errorf("%s: %v steps", name, all["steps"])
		}
		if r.Counts.Term <= 30*600 || r.Counts.Term > 2*30*600 {
			t.Errorf("%s: %d terms in 30 epochs of 600, with those of tests", name, r.Counts.Term)
		}
	}
}

// A run with batches that grow goes on from any batch, bit for bit.
func TestTrainGrowthResumes(t *testing.T) {
	method := Train{Rule: rule.AdagradNorm{}, Rate: 1, Batch: 4, Growth: Growth{Test: "inner-product"}, Seed: 2}
	descenttest.TestResume(t, descenttest.Case{Method: method, Problem: noisy, X0: make([]float64, noisy().Dim), Options: descent.Options{Tol: 1e-30, MaxIter: 8}})
	solve := func(left int, opt descent.Options) *descent.Result {
		ctx, cancel := context.WithCancel(context.Background())
		defer cancel()
		f := interrupted{judged{noisy().Objective.(single)}, &left, cancel}
		r, err := descent.Solve(ctx, &descent.Problem{Name: "left", Dim: f.dim, Objective: f}, method, make([]float64, f.dim), opt)
		if err != nil {
			t.Fatal(err)
		}
		return r
	}
	opt := descent.Options{Tol: 1e-30, MaxIter: 3}
	whole := solve(1<<30, opt)
	for _, left := range []int{1, 2, 7, 12} {
		rest := opt
		rest.Resume = solve(left, opt).Checkpoint
		if r := solve(1<<30, rest); !slices.Equal(r.X, whole.X) || r.Counts != whole.Counts || !reflect.DeepEqual(r.Series, whole.Series) {
			t.Errorf("left at batch %d and resumed: %v, want %v", left, r.Series, whole.Series)
		}
	}
}

// plain has no gradients of single examples.
type plain struct{ Batches }

func (plain) Value([]float64) float64 { return 0 }

// broken has some that are not finite.
type broken struct{ single }

func (f broken) ExampleMoments(squares, _, _, _ []float32, _ []int, step uint64) error {
	if step > 0 {
		squares[0] = float32(math.NaN())
	}
	return nil
}

func TestTrainGrowthRefuses(t *testing.T) {
	m := consistent()
	method := Train{Batch: 4, Growth: Growth{Test: "norm"}}
	_, err := method.Start(&descent.Problem{Name: "plain", Dim: m.dim, Objective: plain{newSingle(m)}}, make([]float64, m.dim))
	if err == nil || !strings.Contains(err.Error(), "no gradients of single examples") {
		t.Errorf("error %v", err)
	}
	r, err := descent.Solve(context.Background(), &descent.Problem{Name: "broken", Dim: m.dim, Objective: broken{newSingle(m)}}, method, make([]float64, m.dim), descent.Options{MaxIter: 3})
	if err != nil {
		t.Fatal(err)
	}
	if r.Status != descent.Stalled || !strings.Contains(strings.Join(r.Diagnosis, " "), "not finite") {
		t.Errorf("%s, %q: want stalled, with the error", r.Status, r.Diagnosis)
	}
}
