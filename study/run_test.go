package study_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/godescent/descent"
	"github.com/godescent/descent/data"
	"github.com/godescent/descent/linalg"
	"github.com/godescent/descent/study"
)

func arms(t *testing.T, texts ...string) []study.Arm {
	t.Helper()
	var out []study.Arm
	for _, text := range texts {
		a, err := study.ParseArm(text)
		if err != nil {
			t.Fatal(err)
		}
		out = append(out, a)
	}
	return out
}

// cancer is a logistic regression on breast-cancer.
func cancer(t *testing.T, f study.Fit) study.Problem {
	t.Helper()
	set, err := data.Load("breast-cancer", data.Options{})
	if err != nil {
		t.Fatal(err)
	}
	f.Loss, f.Scale, f.Intercept = "logistic", "std", true
	p, err := f.Problem(set)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func analytic(t *testing.T, text string, spread float64) study.Problem {
	t.Helper()
	p, err := study.Analytic(text, spread)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func run(t *testing.T, r *study.Runner, s *study.Study) *study.Results {
	t.Helper()
	res, err := r.Run(context.Background(), s)
	if err != nil {
		t.Fatal(err)
	}
	return res
}

// logistic is the study of the first example: L1 and L2, four methods and their betters.
func logistic(t *testing.T, texts ...string) *study.Study {
	return &study.Study{
		Problems: []study.Problem{cancer(t, study.Fit{L1: 0.1}), cancer(t, study.Fit{L2: 0.1})}, Arms: arms(t, texts...),
		Seeds: []uint64{1, 2, 3, 4}, Target: study.Target{Kind: study.CertificateTarget, Bound: 1e-3},
	}
}

func print(s *study.Summary) string {
	var b strings.Builder
	for _, p := range s.Problems {
		fmt.Fprintln(&b, p.Problem, p.Certificate)
		for _, r := range p.Rows {
			fmt.Fprintln(&b, r.Rank, r.Arm, r.Reached, r.Runs, r.Cost, r.CostInterval, r.ERT, r.Value, r.Certificate, r.Error)
		}
		for _, c := range p.Comparisons {
			fmt.Fprintln(&b, c.Verdict)
		}
	}
	for _, c := range s.Overall {
		fmt.Fprintln(&b, c.Verdict)
	}
	return b.String() + strings.Join(s.Notes, "\n")
}

// Two studies of the same say the same to the last bit, whatever runs at a time; the order is
// that of the known strengths; and what cannot run is said.
func TestStudyTwice(t *testing.T) {
	var texts []string
	for _, jobs := range []int{1, 3} {
		st := logistic(t, "cd", "fista", "saga", "l-bfgs", "prox-newton")
		res := run(t, &study.Runner{Jobs: jobs, Version: "test"}, st)
		s := res.Summarize()
		texts = append(texts, print(s))
		if len(s.Problems) != 2 || len(s.Problems[0].Rows) != 5 {
			t.Fatalf("%d problems", len(s.Problems))
		}
		l1, l2 := s.Problems[0].Rows, s.Problems[1].Rows
		if l1[0].Arm != "prox-newton" || l1[4].Arm != "l-bfgs" || !strings.Contains(l1[4].Error, "takes smooth problems") {
			t.Errorf("L1: %+v", l1)
		}
		if l2[0].Arm != "prox-newton" && l2[0].Arm != "l-bfgs" || l2[0].Reached != 4 {
			t.Errorf("L2: %+v", l2)
		}
		if c := s.Problems[0].Comparisons; len(c) != 3 || !strings.Contains(print(s), "the work of fista to a relative duality gap of 0.001; counted, the same with every seed") {
			t.Errorf("%+v", c)
		}
		if linalg.Workers() < 1 {
			t.Error("workers were not restored")
		}
	}
	if texts[0] != texts[1] {
		t.Errorf("not the same twice:\n%s\n%s", texts[0], texts[1])
	}
}

// A study that was interrupted goes on where it stopped; one that is complete runs nothing; another version of
// the code, or other options, run again.
func TestStudyResumes(t *testing.T) {
	m := &study.Volatile{}
	ctx, cancel := context.WithCancel(context.Background())
	r := &study.Runner{Jobs: 1, Memory: m, Version: "v1", Observe: func(p study.Progress) {
		if p.Done == 7 {
			cancel()
		}
	}}
	if _, err := r.Run(ctx, logistic(t, "fista", "prox-newton")); !errors.Is(err, context.Canceled) {
		t.Fatalf("error %v", err)
	}
	res := run(t, &study.Runner{Memory: m, Version: "v1"}, logistic(t, "fista", "prox-newton"))
	if res.Found != 7 || res.Ran != 9 {
		t.Errorf("found %d, ran %d; want 7 and 9", res.Found, res.Ran)
	}
	fresh := run(t, &study.Runner{Version: "v1"}, logistic(t, "fista", "prox-newton"))
	if a, b := print(res.Summarize()), print(fresh.Summarize()); a != b {
		t.Errorf("resumed:\n%s\nat once:\n%s", a, b)
	}
	for _, c := range []struct {
		what    string
		version string
		arms    []string
		rerun   bool
		ran     int
	}{
		{"complete", "v1", []string{"fista", "prox-newton"}, false, 0},
		{"on demand", "v1", []string{"fista", "prox-newton"}, true, 16},
		{"other options", "v1", []string{"fista:restart=none", "prox-newton"}, false, 8},
		{"another method beside", "v1", []string{"fista", "prox-newton", "bcd"}, false, 8},
		{"other code", "v2", []string{"fista", "prox-newton"}, false, 16},
	} {
		if res := run(t, &study.Runner{Memory: m, Version: c.version, Rerun: c.rerun}, logistic(t, c.arms...)); res.Ran != c.ran {
			t.Errorf("%s: %d cells ran, want %d", c.what, res.Ran, c.ran)
		}
	}
}

// A method can be compared with what it was in another version of the code, by its records, and a
// regression trips a gate.
func TestRecordedVersion(t *testing.T) {
	m := &study.Volatile{}
	p := analytic(t, "quadratic:n=10:kappa=50", 0.1)
	st := func(texts ...string) *study.Study {
		return &study.Study{Problems: []study.Problem{p}, Arms: arms(t, texts...), Seeds: []uint64{1, 2, 3, 4}}
	}
	run(t, &study.Runner{Memory: m, Version: "good"}, st("gd:rule=fixed:step=0.02"))
	// The regression: the same cells, with more steps, as if a later version took them.
	for _, c := range run(t, &study.Runner{Version: "x"}, st("gd:rule=fixed:step=0.01")).Cells() {
		r := *c.Record
		r.Version, r.Options = "bad", map[string]string{"rule": "fixed", "step": "0.02"}
		if err := m.Add(&r); err != nil {
			t.Fatal(err)
		}
	}
	gate, err := study.ParseGate("now > 1.1 * then")
	if err != nil {
		t.Fatal(err)
	}
	for version, tripped := range map[string]bool{"bad": true, "good": false} {
		res := run(t, &study.Runner{Memory: m, Version: version}, st("now=gd:rule=fixed:step=0.02", "then=gd@good:rule=fixed:step=0.02"))
		g, err := res.Gate(gate)
		if err != nil || g[0].Tripped != tripped || res.Ran != 0 {
			t.Errorf("%s: %+v (%v), %d ran", version, g, err, res.Ran)
		}
	}
	res := run(t, &study.Runner{Memory: m, Version: "good", Rerun: true}, st("now=gd:rule=fixed:step=0.02", "then=gd@never"))
	if r := res.Records[0][1][2]; !strings.Contains(r.Error, "no record of version never with seed 3") || res.Records[0][0][0].Error != "" {
		t.Errorf("%+v", r)
	}
	// Without the records the gate knows nothing: neither is "then" infinitely dear, nor does it never succeed.
	for _, text := range []string{"now > 1.1 * then", "success(then) < 1", "then > 10"} {
		gate, err := study.ParseGate(text)
		if err != nil {
			t.Fatal(err)
		}
		if g, err := res.Gate(gate); err != nil || g[0].Tripped || !g[0].Undecided || !strings.Contains(g[0].Detail, "no record of version never") {
			t.Errorf("%s: %+v (%v)", text, g, err)
		}
	}
	if _, err := study.ParseArm("gd@good:step=1|2"); err == nil || !strings.Contains(err.Error(), "there are records only") {
		t.Errorf("%v", err)
	}
}

// Arms that are the same run once; what could not run is tried again.
func TestTwins(t *testing.T) {
	st := func() *study.Study {
		return &study.Study{Problems: []study.Problem{analytic(t, "booth", 0)}, Arms: arms(t, "a=lbfgsb", "b=lbfgsb", "gd"), Seeds: []uint64{1, 2}}
	}
	m := &study.Volatile{}
	res := run(t, &study.Runner{Memory: m}, st())
	if res.Ran != 4 || res.Found != 2 || res.Records[0][0][1] != res.Records[0][1][1] || res.Records[0][2][0].Error == "" {
		t.Errorf("%d ran, %d found", res.Ran, res.Found)
	}
	if res := run(t, &study.Runner{Memory: m}, st()); res.Ran != 2 || res.Found != 4 {
		t.Errorf("again %d ran, %d found", res.Ran, res.Found)
	}
}

// A hopeless arm is given up after three seeds, which is said; a patient study runs them all.
func TestHopelessArms(t *testing.T) {
	st := func(patient bool) *study.Study {
		s := logistic(t, "prox-newton", "prox-grad:step=1e-6")
		s.Problems, s.Limits.Iterations, s.Patient = s.Problems[:1], 2000, patient
		return s
	}
	res := run(t, &study.Runner{}, st(false))
	s := res.Summarize()
	row := s.Problems[0].Rows[1]
	if row.Runs != 3 || !row.GivenUp || row.Reached != 0 || res.Ran != 7 || !strings.Contains(strings.Join(s.Notes, "\n"), "was given up on logistic") {
		t.Errorf("%+v, %d ran, notes %q", row, res.Ran, s.Notes)
	}
	if v := s.Problems[0].Comparisons[0].Verdict; v != "prox-newton reached a relative duality gap of 0.001, prox-grad:step=1e-6 did not" {
		t.Errorf("verdict %q", v)
	}
	if res := run(t, &study.Runner{}, st(true)); res.Ran != 8 {
		t.Errorf("patient: %d ran", res.Ran)
	}
}

// Tuning chooses a better step than the default of the list's ends, within its budget and with
// seeds of its own, and is remembered.
func TestTuning(t *testing.T) {
	p := analytic(t, "quadratic:n=10:kappa=50", 0.1)
	for _, c := range []struct {
		text   string
		trials int
	}{
		{"gd:rule=fixed:step=1e-5|0.02|1e-3", 3},
		{"gd:rule=fixed:step=1e-5..0.035:tune=random:budget=9", 9},
		{"gd:rule=fixed:step=1e-5..0.035:tune=halving:budget=9", 9 + 3},
	} {
		m := &study.Volatile{}
		st := func() *study.Study {
			return &study.Study{
				Problems: []study.Problem{p}, Arms: arms(t, "tuned="+c.text, "fixed=gd:rule=fixed:step=1e-3"), Seeds: []uint64{1, 2, 3},
				Limits: study.Limits{Iterations: 20000}, Target: study.Target{Kind: study.CertificateTarget, Bound: 1e-6},
			}
		}
		res := run(t, &study.Runner{Memory: m, Jobs: 2}, st())
		tuned := res.Tuned[0][0]
		if tuned == nil || tuned.Trials != c.trials || !(tuned.Spent > 0) {
			t.Fatalf("%s: %+v", c.text, tuned)
		}
		s := res.Summarize()
		if best := s.Problems[0].Rows[0]; best.Arm != "tuned" || best.Reached != 3 || best.Tuned != tuned {
			t.Errorf("%s: chose %v: %+v", c.text, tuned.Setting, best)
		}
		if again := run(t, &study.Runner{Memory: m}, st()); again.Ran != 0 || again.Found != res.Ran || fmt.Sprint(again.Tuned[0][0]) != fmt.Sprint(tuned) {
			t.Errorf("%s: again %d ran, %d found of %d", c.text, again.Ran, again.Found, res.Ran)
		}
	}
}

// bowl is c x^2 / 2.
type bowl float64

func (c bowl) Value(x []float64) float64 { return float64(c) * x[0] * x[0] / 2 }
func (c bowl) Gradient(g, x []float64) float64 {
	g[0] = float64(c) * x[0]
	return c.Value(x)
}

// Of a target on the reduction, tuning judges each seed by its own instance. The step 1 needs one iteration where c is 1,
// and more than the limit where it is 0.01; 1.9 needs 11 and 60.
func TestTuningSeedsAreInstances(t *testing.T) {
	p := study.Problem{Verb: "minimize", Name: "bowl", Varies: true, New: func(seed uint64) (*study.Instance, error) {
		c := bowl(1)
		if seed%2 == 1 {
			c = 0.01
		}
		return &study.Instance{Problem: &descent.Problem{Name: "bowl", Dim: 1, Objective: c}, X0: []float64{1}, Minimum: 0}, nil
	}}
	tuned := arms(t, "tuned=gd:rule=fixed:step=1|1.9")
	tuned[0].Tuning.Seeds = 2
	st := &study.Study{
		Problems: []study.Problem{p}, Arms: tuned, Seeds: []uint64{1}, Measure: study.Iterations,
		Limits: study.Limits{Iterations: 100, Tolerance: 1e-300}, Target: study.Target{Kind: study.ReductionTarget, Bound: 0.1},
	}
	if got := run(t, &study.Runner{}, st).Tuned[0][0]; got.Setting["step"] != "1.9" || got.Trials != 4 {
		t.Errorf("%+v", got)
	}
}

// Targets of the value and of the reduction are read off the traces, and runs go on beyond them.
func TestTargets(t *testing.T) {
	p := analytic(t, "rosenbrock:n=4", 0)
	cost := func(target study.Target, m study.Measure) float64 {
		st := &study.Study{Problems: []study.Problem{p}, Arms: arms(t, "gd", "l-bfgs"), Seeds: []uint64{1}, Target: target, Measure: m, Limits: study.Limits{Tolerance: 1e-8}}
		rows := run(t, &study.Runner{}, st).Summarize().Problems[0].Rows
		i := slices.IndexFunc(rows, func(r study.Row) bool { return r.Arm == "l-bfgs" })
		if rows[i].Reached != 1 || !(rows[i].Certificate <= 1e-8) {
			t.Fatalf("%+v: %+v", target, rows[i])
		}
		return rows[i].Cost
	}
	loose := cost(study.Target{Kind: study.ValueTarget, Bound: 1}, study.Evaluations)
	tight := cost(study.Target{Kind: study.ValueTarget, Bound: 1e-8}, study.Evaluations)
	half := cost(study.Target{Kind: study.ReductionTarget, Bound: 0.5}, study.Evaluations)
	most := cost(study.Target{Kind: study.ReductionTarget, Bound: 1e-9}, study.Evaluations)
	all := cost(study.Target{Kind: study.CertificateTarget, Bound: 1e-8}, study.Evaluations)
	if !(half <= loose && loose < tight && half < most && tight <= all && most <= all) {
		t.Errorf("half %v, loose %v, tight %v, most %v, all %v", half, loose, tight, most, all)
	}
	if s := cost(study.Target{Kind: study.CertificateTarget, Bound: 1e-8}, study.Seconds); !(s > 0 && s < 10) {
		t.Errorf("%v seconds", s)
	}
}

// The same runs are judged by easier bounds too, at no cost: as a study of its own that ends there would, where
// the trace has the same points.
func TestSeveralTargets(t *testing.T) {
	m := &study.Volatile{}
	st := func(target float64, also ...float64) *study.Study {
		return &study.Study{
			Problems: []study.Problem{analytic(t, "rosenbrock:n=4", 0.1)}, Arms: arms(t, "l-bfgs", "bb"), Seeds: []uint64{1, 2, 3},
			Target: study.Target{Kind: study.ValueTarget, Bound: target}, Also: also,
		}
	}
	res := run(t, &study.Runner{Memory: m}, st(1e-8, 1, 1e-4))
	all := res.Summarize().Problems[0]
	if len(all.Also) != 2 || all.Target.Bound != 1e-8 || all.Also[0].Target.Bound != 1 || all.Also[1].Target.Bound != 1e-4 || !strings.Contains(all.Also[0].Comparisons[0].Verdict, "to F = 1;") {
		t.Fatalf("%+v", all)
	}
	alone := run(t, &study.Runner{Memory: m}, st(1e-4))
	if alone.Ran != 0 || fmt.Sprint(alone.Summarize().Problems[0].Rows) != fmt.Sprint(all.Also[1].Rows) {
		t.Errorf("%d ran\n%v\n%v", alone.Ran, alone.Summarize().Problems[0].Rows, all.Also[1].Rows)
	}
	if _, err := (&study.Runner{}).Run(context.Background(), st(1, 0.5)); err == nil || !strings.Contains(err.Error(), "want bounds that are easier than 1") {
		t.Errorf("%v", err)
	}
}

// Ten thousand empty cells run, each once, in parallel.
func TestManyCells(t *testing.T) {
	st := empty(t, 10_000)
	m := &study.Volatile{}
	if res := run(t, &study.Runner{Memory: m}, st); res.Ran != 10_000 {
		t.Errorf("%d ran", res.Ran)
	}
	if res := run(t, &study.Runner{Memory: m}, st); res.Ran != 0 {
		t.Errorf("%d ran again", res.Ran)
	}
}

// empty is a study of n cells that start at their solution.
func empty(t testing.TB, n int) *study.Study {
	p := study.Problem{Verb: "minimize", Name: "nothing", New: func(uint64) (*study.Instance, error) {
		return &study.Instance{Problem: &descent.Problem{Name: "nothing", Dim: 1, Objective: square{}}, X0: []float64{0}}, nil
	}}
	a, err := study.ParseArm("gd")
	if err != nil {
		t.Fatal(err)
	}
	st := &study.Study{Problems: []study.Problem{p}, Arms: []study.Arm{a}}
	for k := range n {
		st.Seeds = append(st.Seeds, uint64(k))
	}
	return st
}

type square struct{}

func (square) Value(x []float64) float64 { return x[0] * x[0] }
func (square) Gradient(g, x []float64) float64 {
	g[0] = 2 * x[0]
	return x[0] * x[0]
}

// BenchmarkCells measures what a cell costs beside its run.
func BenchmarkCells(b *testing.B) {
	m := &study.Volatile{}
	const n = 10_000
	k := 0
	for b.Loop() {
		st := empty(b, n)
		k++
		if _, err := (&study.Runner{Memory: m, Version: fmt.Sprint(k)}).Run(context.Background(), st); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(n*b.N)/b.Elapsed().Seconds(), "cells/s")
}

// Bad studies are refused with what would be accepted.
func TestBadStudies(t *testing.T) {
	p := analytic(t, "booth", 0)
	ok := arms(t, "gd")
	for want, st := range map[string]*study.Study{
		"without problems":           {Arms: ok},
		"without methods":            {Problems: []study.Problem{p}},
		"without seeds":              {Problems: []study.Problem{p}, Arms: ok, Seeds: []uint64{}},
		"want different seeds":       {Problems: []study.Problem{p}, Arms: ok, Seeds: []uint64{1, 1}},
		"gd is there twice":          {Problems: []study.Problem{p}, Arms: append(ok, ok...)},
		"booth is there twice":       {Problems: []study.Problem{p, p}, Arms: ok},
		"baseline nope":              {Problems: []study.Problem{p}, Arms: ok, Baseline: "nope"},
		"want one of work, ev":       {Problems: []study.Problem{p}, Arms: ok, Measure: "sweat"},
		"between 0 and 1":            {Problems: []study.Problem{p}, Arms: ok, Target: study.Target{Kind: study.ReductionTarget, Bound: 2}},
		"want a number > 0":          {Problems: []study.Problem{p}, Arms: ok, Target: study.Target{Kind: study.CertificateTarget, Bound: -1}},
		"want a finite number":       {Problems: []study.Problem{p}, Arms: ok, Target: study.Target{Kind: study.ValueTarget, Bound: inf}},
		"limits: tolerance":          {Problems: []study.Problem{p}, Arms: ok, Target: study.Target{Kind: study.ValueTarget}, Limits: study.Limits{Tolerance: -1}},
		"level of intervals 2":       {Problems: []study.Problem{p}, Arms: ok, Level: 2},
		"counts nothing that can be": {Problems: []study.Problem{p}, Arms: append(ok, study.Arm{Name: "out", Command: []string{"x"}}), Measure: study.Work},
	} {
		if _, err := (&study.Runner{}).Run(context.Background(), st); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("want %q, got %v", want, err)
		}
	}
}

// Usual names stand for methods of the catalog.
func TestAliases(t *testing.T) {
	for text, want := range map[string]string{
		"cd": "bcd block=1 select=cyclic", "greedy-cd": "bcd block=1", "L-BFGS": "lbfgs ", "l-bfgs-b": "lbfgsb ", "newton-cg": "tr-newton-cg ", "agd": "nesterov ", "ista": "prox-grad ",
		"mine=cd:block=3": "bcd block=3 select=cyclic", "SAGA": "saga ",
	} {
		a := arms(t, text)[0]
		if got := a.Method + " " + study.SettingText(a.Options); got != want {
			t.Errorf("%s: %q, want %q", text, got, want)
		}
	}
}

func TestBadArms(t *testing.T) {
	for text, want := range map[string]string{
		"fist":                             "did you mean",
		"gd:step":                          "want option=value",
		"gd:step=x":                        "want a number",
		"gd:stp=1":                         "not known",
		"gd:step=1..0":                     "two numbers that increase",
		"gd:step=1|x":                      "want a number",
		"gd:step=1|x|2":                    "want a number",
		"gd:step=0.1||1":                   "want a number",
		"gd@":                              "want a version after @",
		"gd:tune=grid":                     "without anything to tune",
		"gd:step=0.1..1:tune=grid":         "a grid wants values",
		"gd:step=0.1|1:tune=x":             `tuning "x": want grid`,
		"gd:step=0.1|1:budget=x":           "want a whole number of settings",
		"gd:step=1|2|3:tune=grid:budget=2": "a grid of 3 settings with a budget of 2",
		"":                                 "no method",
	} {
		if _, err := study.ParseArm(text); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: want %q, got %v", text, want, err)
		}
	}
}

func TestBadProblems(t *testing.T) {
	for text, want := range map[string]string{
		"rosenbrok":         "did you mean",
		"rosenbrock:n=1":    "want a whole number from 2 on",
		"rosenbrock:n=2.5":  "want a whole number from 2 on",
		"rosenbrock:n=1e9":  "at most 100000000",
		"rosenbrock:m=2":    `parameter "m=2": want n`,
		"quadratic:kappa=0": "want a number >= 1",
		"booth:n=3":         "only rosenbrock, quadratic, nesterov-worst take parameters",
	} {
		if _, err := study.Analytic(text, 0); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: want %q, got %v", text, want, err)
		}
	}
	if _, err := study.Analytic("booth", -1); err == nil {
		t.Error("a negative spread")
	}
	for want, f := range map[string]study.Fit{
		"unknown model":      {Loss: "probit"},
		"share of the rows":  {Loss: "linear", Resample: 1},
		"epsilon":            {Loss: "linear", Epsilon: 1},
		"l1 = -1":            {Loss: "linear", L1: -1},
		"scaling":            {Loss: "linear", Scale: "x"},
		"logistic wants two": {Loss: "logistic"},
	} {
		set, err := data.Load("diabetes", data.Options{})
		if err != nil {
			t.Fatal(err)
		}
		if _, err := f.Problem(set); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("want %q, got %v", want, err)
		}
	}
}

// Every loss can be compared, on the data that it takes.
func TestLosses(t *testing.T) {
	for loss, c := range map[string]struct{ set, method string }{
		"linear": {"diabetes", "prox-newton"}, "huber": {"diabetes", "prox-newton"}, "poisson": {"winequality-red", "prox-newton"},
		"logistic": {"breast-cancer", "prox-newton"}, "squared-hinge": {"breast-cancer", "prox-newton"}, "hinge": {"breast-cancer", "al-newton"}, "multinomial": {"iris", "prox-newton"},
	} {
		set, err := data.Load(c.set, data.Options{})
		if err != nil {
			t.Fatal(err)
		}
		p, err := study.Fit{Loss: loss, L1: 0.1, Scale: "std", Intercept: true}.Problem(set)
		if err != nil {
			t.Errorf("%s: %v", loss, err)
			continue
		}
		res := run(t, &study.Runner{}, &study.Study{Problems: []study.Problem{p}, Arms: arms(t, c.method), Seeds: []uint64{1}})
		if r := res.Records[0][0][0]; r.Status != descent.Converged {
			t.Errorf("%s: %+v", loss, r)
		}
	}
}
