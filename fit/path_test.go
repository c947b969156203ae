package fit_test

import (
	"context"
	"fmt"
	"math"
	"reflect"
	"strings"
	"testing"

	"github.com/godescent/descent"
	"github.com/godescent/descent/catalog"
	"github.com/godescent/descent/data"
	"github.com/godescent/descent/fit"
	"github.com/godescent/descent/linalg"
	"github.com/godescent/descent/problem/glm"
	"github.com/godescent/descent/prox"
	"github.com/godescent/descent/rng"
)

var background = context.Background()

// set is a data set of one kind of target.
type set struct {
	x *linalg.Dense
	y []float64
}

// planted returns samples whose targets (numbers, pairs of them, signs, counts, classes 0..2)
// depend on every third column.
func planted(seed uint64, n, d int, kind string) set {
	r := rng.New(seed, "fit test")
	x, _ := linalg.NewDense(n, d, nil)
	y := make([]float64, n)
	for i := range n {
		z := 0.5
		for j := range d {
			v := r.Norm()*math.Pow(2, -float64(j%5)) + float64(j%3)
			x.Data[i*d+j] = v
			if j%3 == 0 {
				z += v * float64(j%4-1) / 2
			}
		}
		z += 0.5 * r.Norm()
		switch y[i] = z; kind {
		case "sign":
			y[i] = math.Copysign(1, z-0.3)
		case "count":
			y[i] = math.Round(math.Exp(min(z, 2)))
		case "class":
			y[i] = float64(min(2, max(0, int(math.Floor(z+1.5)))))
		}
	}
	if kind == "pairs" {
		for i := range n {
			y = append(y, 3*x.Data[i*d]-y[i]+r.Norm())
		}
	}
	return set{x, y}
}

// sparse returns the same matrix in rows that leave out zeros and small values.
func (s set) sparse() *linalg.CSR {
	var row, col []int32
	var val []float64
	for i := range s.x.Rows {
		for j, v := range s.x.Row(i) {
			if math.Abs(v) > 0.4 {
				row, col, val = append(row, int32(i)), append(col, int32(j)), append(val, v)
			}
		}
	}
	m, err := linalg.FromTriplets(s.x.Rows, s.x.Cols, row, col, val)
	if err != nil {
		panic(err)
	}
	return m
}

type testCase struct {
	name string
	set
	x    linalg.Matrix
	spec glm.Spec
	opt  fit.PathOptions
}

func weights(n int) []float64 {
	w := make([]float64, n)
	for i := range w {
		w[i] = float64(i % 4)
	}
	return w
}

// cases are paths of every loss, in all kinds of settings.
func cases() []testCase {
	var out []testCase
	for _, l := range []struct {
		loss glm.Loss
		kind string
	}{
		{glm.Squared{}, "number"}, {glm.Huber{Epsilon: 0.7}, "number"}, {glm.Quantile{Q: 0.3, Smoothing: 0.5}, "number"},
		{glm.Logistic{}, "sign"}, {glm.SquaredHinge{}, "sign"}, {glm.Poisson{}, "count"}, {glm.Multinomial{K: 3}, "class"},
		{glm.MultiSquared{K: 2}, "pairs"},
	} {
		s := planted(1, 60, 9, l.kind)
		wide := planted(2, 30, 50, l.kind)
		for _, c := range []testCase{
			{name: "plain", set: s, x: s.x},
			{name: "intercept", set: s, x: s.x, spec: glm.Spec{Intercept: true}},
			{name: "weights, scaled", set: s, x: s.x, spec: glm.Spec{Intercept: true, Weights: weights(60), Scale: glm.ScaleStd}},
			{name: "sparse, maxabs, net", set: s, x: s.sparse(), spec: glm.Spec{Intercept: true, Scale: glm.ScaleMaxAbs}, opt: fit.PathOptions{L1Ratio: 0.5}},
			{name: "wide, std", set: wide, x: wide.sparse(), spec: glm.Spec{Intercept: true, Scale: glm.ScaleStd}, opt: fit.PathOptions{Ratio: 0.1}},
			{name: "nonneg", set: s, x: s.x, spec: glm.Spec{Intercept: true, NonNeg: true, L2: 0.01}},
		} {
			if l.kind == "pairs" && c.spec.NonNeg { // task l1 excludes it
				continue
			}
			c.spec.Loss = l.loss
			c.name = fmt.Sprintf("%s, %s", l.loss.Name(), c.name)
			if c.opt.N = 12; c.opt.Ratio == 0 {
				c.opt.Ratio = 0.03
			}
			out = append(out, c)
		}
	}
	return out
}

func run(t *testing.T, c testCase) *fit.PathResult {
	t.Helper()
	r, err := fit.Path(background, c.name, c.x, c.y, c.spec, c.opt)
	if err != nil {
		t.Fatalf("%s: %v", c.name, err)
	}
	return r
}

// model is the problem of one value from scratch.
func model(t *testing.T, c testCase, v *fit.PathValue) *glm.Model {
	t.Helper()
	spec := c.spec
	spec.L1, spec.L2, spec.GroupL1, spec.TaskL1 = v.L1, v.L2, v.GroupL1, v.TaskL1
	m, err := glm.New(c.name, c.x, c.y, spec)
	if err != nil {
		t.Fatal(err)
	}
	return m
}

// Every value is that of a single fit, its certificate is what a check from scratch finds,
// and its figures are about its coefficients.
func TestPathIsSingleFits(t *testing.T) {
	for _, c := range cases() {
		r := run(t, c)
		if !r.Converged() || len(r.Values) != 12 {
			t.Fatalf("%s: %d of %d values converged", c.name, r.Count(descent.Converged), len(r.Values))
		}
		last := -1.0
		for k := range r.Values {
			v := &r.Values[k]
			m := model(t, c, v)
			p := m.Problem()
			x := m.Variables(v.Dense(r.Columns), v.Intercept)
			value, cert, err := descent.Certify(p, x, nil, 1e-6)
			if err != nil || math.Abs(value-v.Value) > 1e-9*max(1, value) || math.Abs(cert.Value-v.Certificate.Value) > 1e-9 || cert.Kind != v.Certificate.Kind {
				t.Errorf("%s, value %d: F = %.15g with %v from scratch, %.15g with %v on the path (%v)", c.name, k, value, cert, v.Value, v.Certificate, err)
			}
			if k%5 == 4 {
				e, _, err := catalog.Default(p)
				if err != nil {
					t.Fatal(err)
				}
				s, err := descent.Solve(background, p, e.New(), make([]float64, p.Dim), descent.Options{Tol: 1e-9, MaxIter: 200_000})
				if err != nil || math.Abs(s.Value-v.Value) > 2e-6*max(1, s.Value) {
					t.Errorf("%s, value %d: F = %.10g, a single fit %.10g (%v)", c.name, k, v.Value, s.Value, err)
				}
			}
			nnz := 0
			for _, s := range v.Coef {
				nnz += len(s.Index)
			}
			if nnz != v.NNZ || !(v.Explained >= last-1e-4) || v.Explained > 1 {
				t.Errorf("%s, value %d: %d coefficients, stated %d; explains %v after %v", c.name, k, nnz, v.NNZ, v.Explained, last)
			}
			last = v.Explained
		}
	}
}

// At lambda_max the null model is the answer at once; just below some coefficient moves.
func TestLambdaMax(t *testing.T) {
	for _, c := range cases() {
		c.opt = fit.PathOptions{N: 1, L1Ratio: c.opt.L1Ratio, Tol: 1e-13}
		at := run(t, c)
		v := &at.Values[0]
		if v.NNZ != 0 || v.Iterations != 0 || v.Status != descent.Converged || math.Abs(v.Explained) > 1e-12 {
			t.Errorf("%s: at lambda_max: %d coefficients, %d iterations, %s, %v, explains %v", c.name, v.NNZ, v.Iterations, v.Status, v.Certificate, v.Explained)
		}
		if v.Lambda != at.LambdaMax {
			t.Errorf("%s: the grid begins at %v, not at %v", c.name, v.Lambda, at.LambdaMax)
		}
		c.opt.N, c.opt.Tol = 0, 1e-9
		c.opt.Lambdas = []float64{at.LambdaMax * (1 - 1e-3)}
		if below := run(t, c); below.Values[0].NNZ == 0 {
			t.Errorf("%s: no coefficient just below lambda_max", c.name)
		}
		c.opt.Lambdas = []float64{at.LambdaMax * (1 + 1e-9)}
		if above := run(t, c); above.Values[0].NNZ != 0 || above.Values[0].Iterations != 0 {
			t.Errorf("%s: a coefficient just above lambda_max", c.name)
		}
	}
}

// Groups: lambda scales the group norm, and columns in no group are free from the start.
func TestGroupPath(t *testing.T) {
	for _, l := range []struct {
		loss glm.Loss
		kind string
	}{{glm.Squared{}, "number"}, {glm.Logistic{}, "sign"}, {glm.Poisson{}, "count"}} {
		for _, groups := range [][][]int{{{0, 1, 2}, {3, 4}, {5, 6, 7}, {8}}, {{0, 1, 2}, {5, 6, 7}, {8}}} {
			s := planted(3, 60, 9, l.kind)
			free, ratio := 0, 0.9
			if len(groups) == 3 {
				free, ratio = 2, 1
			}
			c := testCase{name: "groups", set: s, x: s.x, spec: glm.Spec{Loss: l.loss, Intercept: true, Groups: groups}, opt: fit.PathOptions{N: 6, Ratio: 0.1, L1Ratio: ratio, Tol: 1e-7}}
			r := run(t, c)
			if v := r.Values[0]; v.NNZ != free || v.Iterations != 0 {
				t.Errorf("%s: %d coefficients after %d iterations at lambda_max, want %d", l.loss.Name(), v.NNZ, v.Iterations, free)
			}
			if !r.Converged() || r.Values[5].NNZ <= free || r.Values[5].GroupL1 != ratio*r.Values[5].Lambda {
				t.Errorf("%s: %+v", l.loss.Name(), r.Values[5])
			}
			c.opt = fit.PathOptions{Lambdas: []float64{0.99 * r.LambdaMax}, L1Ratio: ratio, Tol: 1e-9}
			if below := run(t, c); below.Values[0].NNZ == free {
				t.Errorf("%s: no group just below lambda_max", l.loss.Name())
			}
		}
	}
}

// The coefficients of a lasso are linear in lambda between knots (Osborne, Presnell and
// Turlach 2000; Efron et al., Least angle regression, 2004).
func TestLassoPathIsPiecewiseLinear(t *testing.T) {
	s, err := data.Load("diabetes", data.Options{})
	if err != nil {
		t.Fatal(err)
	}
	c := testCase{name: "diabetes", set: set{y: s.Y}, x: s.X, spec: glm.Spec{Intercept: true}, opt: fit.PathOptions{N: 60, Ratio: 0.01, Tol: 1e-13}}
	grid := run(t, c)
	same := func(a, b *fit.PathValue) bool { return reflect.DeepEqual(a.Coef[0].Index, b.Coef[0].Index) }
	tested := 0
	for k := 0; k+1 < len(grid.Values); k++ {
		a, b := &grid.Values[k], &grid.Values[k+1]
		if a.NNZ == 0 || !same(a, b) {
			continue
		}
		c.opt = fit.PathOptions{Lambdas: []float64{0.3*a.Lambda + 0.7*b.Lambda}, Tol: 1e-13}
		mid := run(t, c)
		for i, v := range mid.Values[0].Coef[0].Value {
			if want := 0.3*a.Coef[0].Value[i] + 0.7*b.Coef[0].Value[i]; math.Abs(v-want) > 1e-6*(1+math.Abs(want)) {
				t.Errorf("lambda between %v and %v: coefficient %d is %v, on the line %v", a.Lambda, b.Lambda, i, v, want)
			}
			tested++
		}
	}
	if tested < 50 {
		t.Errorf("only %d coefficients between knots", tested)
	}
}

// Results have the same bits for any number of workers.
func TestWorkers(t *testing.T) {
	for _, c := range cases() {
		if !strings.Contains(c.name, "wide") && !strings.Contains(c.name, "weights") {
			continue
		}
		c.opt.N, c.opt.Workers = 25, 1
		one := run(t, c)
		c.opt.Workers = 2
		two := run(t, c)
		for k := range one.Values {
			if !reflect.DeepEqual(one.Values[k], two.Values[k]) {
				t.Errorf("%s: value %d differs with two workers", c.name, k)
			}
		}
	}
}

// A value that does not converge is reported, the others go on.
func TestPathReportsLimits(t *testing.T) {
	c := cases()[1]
	c.opt.MaxIter, c.opt.Tol, c.opt.Method = 1, 1e-12, catalogMethod(t, "prox-grad")
	r := run(t, c)
	if v := r.Values[11]; r.Converged() || v.Status != descent.Limit || v.Limit != "1 iterations" || len(v.Diagnosis) == 0 || v.NNZ == 0 {
		t.Errorf("%+v", v)
	}
	if r.Values[0].Status != descent.Converged {
		t.Errorf("lambda_max: %s", r.Values[0].Status)
	}
	ctx, cancel := context.WithCancel(background)
	c.opt = fit.PathOptions{N: 40, Observe: func(done, total int) {
		if total != 40 {
			t.Errorf("%d values in all", total)
		}
		if done == 3 {
			cancel()
		}
	}}
	r, err := fit.Path(ctx, c.name, c.x, c.y, c.spec, c.opt)
	if err != nil || r.Count(descent.Converged) < 3 || r.Count(descent.Cancelled) < 30 || r.Converged() {
		t.Errorf("cancelled: %v, %d converged, %d cancelled", err, r.Count(descent.Converged), r.Count(descent.Cancelled))
	}
}

// Given lambdas come in any order; repetitions count once.
func TestGivenLambdas(t *testing.T) {
	c := cases()[1]
	c.opt = fit.PathOptions{Lambdas: []float64{0.01, 0.1, 0.1, 0.05}}
	r := run(t, c)
	if len(r.Values) != 3 || r.Values[0].Lambda != 0.1 || r.Values[2].Lambda != 0.01 || !r.Converged() {
		t.Errorf("%+v", r.Values)
	}
}

// A path beside bounds, whose values may not start outside of them.
func TestPathInBounds(t *testing.T) {
	s := planted(4, 50, 9, "number")
	lower, upper := make([]float64, 9), make([]float64, 9)
	for j := range lower {
		lower[j], upper[j] = -0.1, 0.2
	}
	c := testCase{name: "box", set: s, x: s.x, spec: glm.Spec{Intercept: true, Lower: lower, Upper: upper, Scale: glm.ScaleStd}, opt: fit.PathOptions{N: 15}}
	r := run(t, c)
	if v := r.Values[14]; !r.Converged() || v.NNZ < 5 {
		t.Errorf("%d converged, %+v", r.Count(descent.Converged), v)
	}
	for _, v := range r.Values {
		for _, w := range v.Coef[0].Value {
			if w < -0.1-1e-12 || w > 0.2+1e-12 {
				t.Errorf("lambda = %v: coefficient %v", v.Lambda, w)
			}
		}
	}
}

func catalogMethod(t *testing.T, id string) descent.Method {
	e, err := catalog.Lookup(id)
	if err != nil {
		t.Fatal(err)
	}
	return e.New()
}

func TestPathRefuses(t *testing.T) {
	s := planted(1, 20, 4, "number")
	constant := make([]float64, 20)
	for i := range constant {
		constant[i] = 2.5
	}
	bad := planted(1, 20, 4, "number")
	bad.y[3] = math.NaN()
	nan := planted(1, 20, 4, "number")
	nan.x.Data[5] = math.NaN()
	for name, c := range map[string]struct {
		s    set
		spec glm.Spec
		opt  fit.PathOptions
		want string
	}{
		"N":            {s, glm.Spec{}, fit.PathOptions{N: -1}, "at least 1"},
		"ratio":        {s, glm.Spec{}, fit.PathOptions{Ratio: 1}, "between 0 and 1"},
		"NaN ratio":    {s, glm.Spec{}, fit.PathOptions{Ratio: math.NaN()}, "between 0 and 1"},
		"l1 ratio":     {s, glm.Spec{}, fit.PathOptions{L1Ratio: 2}, "0 < ratio <= 1"},
		"lambda":       {s, glm.Spec{}, fit.PathOptions{Lambdas: []float64{1, 0}}, "number 2 is 0"},
		"no lambda":    {s, glm.Spec{}, fit.PathOptions{Lambdas: []float64{}}, "empty"},
		"both":         {s, glm.Spec{}, fit.PathOptions{Lambdas: []float64{1}, N: 5}, "one of them"},
		"workers":      {s, glm.Spec{}, fit.PathOptions{Workers: -1}, "at least 1"},
		"l1":           {s, glm.Spec{L1: 1}, fit.PathOptions{}, "want 0"},
		"constant":     {set{s.x, constant}, glm.Spec{Intercept: true}, fit.PathOptions{}, "constant"},
		"free columns": {s, glm.Spec{Free: []int{1}}, fit.PathOptions{}, "free of l1"},
		"not convex":   {s, glm.Spec{Nonconvex: prox.MCP{Lambda: 1, Gamma: 3}}, fit.PathOptions{}, "not convex"},
		"NaN target":   {bad, glm.Spec{}, fit.PathOptions{}, "NaN"},
		"NaN data":     {nan, glm.Spec{}, fit.PathOptions{}, "NaN"},
		"one class":    {set{s.x, make([]float64, 20)}, glm.Spec{Loss: glm.Poisson{}, Intercept: true}, fit.PathOptions{}, "every target is 0"},
		"class 2":      {set{s.x, make([]float64, 20)}, glm.Spec{Loss: glm.Multinomial{K: 2}, Intercept: true}, fit.PathOptions{}, "no sample is of class 1"},
		"free":         {s, glm.Spec{Groups: [][]int{{0, 1}}}, fit.PathOptions{L1Ratio: 0.5}, "2 columns are in no group"},
		"bounds":       {s, glm.Spec{Lower: []float64{1, 0, 0, 0}, Upper: []float64{2, 1, 1, 1}}, fit.PathOptions{}, "exclude 0"},
	} {
		if _, err := fit.Path(background, name, c.s.x, c.s.y, c.spec, c.opt); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v: want an error with %q", name, err, c.want)
		}
	}
}

// What is explained of several targets is the mean of what is of each, weighted by their variances.
func TestExplainedOfEachTarget(t *testing.T) {
	s := planted(1, 60, 9, "pairs")
	c := testCase{name: "pairs", set: s, x: s.x, spec: glm.Spec{Loss: glm.MultiSquared{K: 2}, Intercept: true, Weights: weights(60)}, opt: fit.PathOptions{N: 5}}
	r := run(t, c)
	one := func(k int) *fit.PathResult {
		c := testCase{name: "one", set: set{y: s.y[60*k : 60*(k+1)]}, x: s.x, spec: glm.Spec{Intercept: true, Weights: weights(60)}, opt: fit.PathOptions{N: 1}}
		return run(t, c)
	}
	a, b := one(0).NullLoss, one(1).NullLoss
	for i := range r.Values {
		v := &r.Values[i]
		if want := (a*v.Each[0] + b*v.Each[1]) / (a + b); len(v.Each) != 2 || math.Abs(v.Explained-want) > 1e-12 {
			t.Errorf("value %d: explains %v, of each %v", i, v.Explained, v.Each)
		}
	}
	if last := r.Values[4]; !(last.Each[0] > 0.5 && last.Each[1] > 0.5) {
		t.Errorf("the last value explains %v", last.Each)
	}
	if v := one(0).Values[0]; v.Each != nil {
		t.Errorf("one target explains %v", v.Each)
	}
}
