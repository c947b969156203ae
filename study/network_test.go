package study_test

import (
	"context"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/godescent/descent"
	"github.com/godescent/descent/data"
	"github.com/godescent/descent/method/stochastic"
	"github.com/godescent/descent/nn"
	"github.com/godescent/descent/rule"
	"github.com/godescent/descent/schedule"
	"github.com/godescent/descent/study"
	"github.com/godescent/descent/train"
)

func network(t *testing.T, n study.Network, name string) study.Problem {
	t.Helper()
	set, err := data.Load(name, data.Options{})
	if err != nil {
		t.Fatal(err)
	}
	p, err := n.Problem(set)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func rules(t *testing.T, texts ...string) []study.Arm {
	t.Helper()
	var out []study.Arm
	for _, text := range texts {
		a, err := study.ParseRule(text)
		if err != nil {
			t.Fatal(err)
		}
		out = append(out, a)
	}
	return out
}

// small is a file of a network with few parameters.
func small(t *testing.T) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "small.toml")
	if err := os.WriteFile(path, []byte("kind = \"mlp\"\nhidden = [8]\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	return path
}

// A cell is what descent train does with the same options and seed.
func TestNetworkCell(t *testing.T) {
	path := small(t)
	st := &study.Study{
		Problems: []study.Problem{network(t, study.Network{Model: path, Val: 0.25}, "wine")}, Arms: rules(t, "clip+adam:lr=0.02:batch=16:schedule=linear:warmup=1"), Seeds: []uint64{1, 2},
		Limits: study.Limits{Iterations: 4}, Target: study.Target{Kind: study.ValueTarget, Bound: 0.5},
	}
	res := run(t, &study.Runner{}, st)
	set, err := data.Load("wine", data.Options{})
	if err != nil {
		t.Fatal(err)
	}
	n, _ := set.X.Dims()
	learn, apart := train.Split(n, 0.25)
	e, err := train.Learn(set, learn, train.EncodeOptions{})
	if err != nil {
		t.Fatal(err)
	}
	plan := train.Plan{
		Spec: nn.Spec{Kind: "mlp", Hidden: []int{8}}, Encoding: e, Seed: 2,
		Method: stochastic.Train{Rule: rule.Clip{Rule: rule.Adam{}}, Rate: 0.02, Batch: 16, Schedule: schedule.Schedule{Kind: "linear", Horizon: 4, Warmup: 1}},
	}
	if plan.Samples, err = e.Samples(set, learn); err == nil {
		plan.Apart, err = e.Samples(set, apart)
	}
	if err != nil {
		t.Fatal(err)
	}
	_, want, err := plan.Run(context.Background(), descent.Options{MaxIter: 4})
	if err != nil {
		t.Fatal(err)
	}
	r := res.Records[0][0][1]
	if r.Error != "" || r.Value != want.Value || r.Iterations != 4 || r.Method != "clip+adam" || r.Verb != "train" {
		t.Errorf("%+v\nwant F = %v", r, want.Value)
	}
	if score := want.Series[len(want.Series)-1]; r.Metrics["score apart"] != score.Values[3] || !(score.Values[3] > 0.3) {
		t.Errorf("score apart %v, want the last of %v", r.Metrics, score)
	}
	if row := res.Summarize().Problems[0].Rows[0]; !(row.Apart > 0.3 && row.Apart <= 1) {
		t.Errorf("median score apart %v", row.Apart)
	}
}

// What a rule costs is known up to an epoch, so that intervals have room for it.
func TestNetworkVerdict(t *testing.T) {
	st := &study.Study{
		Problems: []study.Problem{network(t, study.Network{Model: small(t)}, "wine")}, Arms: rules(t, "adam:lr=0.03:batch=16", "sgd:lr=1e-3|1e-2:batch=16"), Seeds: []uint64{1, 2, 3, 4, 5, 6},
		Limits: study.Limits{Iterations: 12}, Target: study.Target{Kind: study.ValueTarget, Bound: 0.2}, Measure: study.Iterations, Baseline: "adam:lr=0.03:batch=16", Patient: true,
	}
	res := run(t, &study.Runner{}, st)
	rows := res.Summarize().Problems[0].Rows
	if rows[0].Reached != 6 || !strings.HasPrefix(rows[0].Arm, "adam") || rows[1].Tuned == nil || rows[1].Tuned.Setting["lr"] != "1e-2" {
		t.Fatalf("%+v", rows)
	}
	if !math.IsNaN(rows[0].Apart) {
		t.Errorf("score apart %v of nothing", rows[0].Apart)
	}
	if i := res.Compare(0, 0, 0).Interval; !(i.Low < 1 && i.High > 1) {
		t.Errorf("interval %v of a rule against itself", i)
	}
}

// Limits make problems of their own, whose cells the same limits alone have too.
func TestLimitsAxis(t *testing.T) {
	c := &study.Config{
		Methods: []string{"gd"}, Seeds: int64(1), Problem: []study.ProblemConfig{{Analytic: "quadratic"}},
		Limits: study.LimitsConfig{Iterations: []any{int64(3), int64(3000)}, Evaluations: int64(9000), Time: "20s"},
	}
	s, _, err := c.Study()
	if err != nil {
		t.Fatal(err)
	}
	memory := &study.Volatile{}
	res := run(t, &study.Runner{Memory: memory}, s)
	var names []string
	for _, p := range s.Problems {
		names = append(names, p.String())
	}
	if !slices.Equal(names, []string{"quadratic within 3 iterations, 9000 evaluations, 20s", "quadratic within 3000 iterations, 9000 evaluations, 20s"}) {
		t.Errorf("%q", names)
	}
	if a, b := res.Records[0][0][0], res.Records[1][0][0]; a.Iterations != 3 || b.Iterations <= 3 || b.Status != descent.Converged {
		t.Errorf("%d iterations, %d iterations and %s", a.Iterations, b.Iterations, b.Status)
	}
	c.Limits.Iterations = int64(3)
	if s, _, err = c.Study(); err != nil {
		t.Fatal(err)
	}
	if again := run(t, &study.Runner{Memory: memory}, s); again.Found != 1 || s.Problems[0].String() != "quadratic" {
		t.Errorf("%d cells found for %s", again.Found, s.Problems[0])
	}
}

func TestNetworkErrors(t *testing.T) {
	set, err := data.Load("wine", data.Options{})
	if err != nil {
		t.Fatal(err)
	}
	bad := filepath.Join(t.TempDir(), "bad.toml")
	if err := os.WriteFile(bad, []byte("kind = \"mlp\"\nhiden = [8]\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		n    study.Network
		want string
	}{
		{study.Network{Model: "mpl"}, "want one of mlp, cnn, resnet"},
		{study.Network{Model: "none.toml"}, "no such file"},
		{study.Network{Model: bad}, "line 2: unknown key hiden"},
		{study.Network{Model: "mlp", Val: 1}, "val = 1"},
		{study.Network{Model: "mlp", Val: math.NaN()}, "val = NaN"},
		{study.Network{Model: "mlp", Loss: "hinge"}, "want cross-entropy, mse or huber"},
		{study.Network{Model: "cnn"}, "no square images"},
	} {
		if _, err := c.n.Problem(set); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%+v\nwant %q, got %v", c.n, c.want, err)
		}
	}
	for text, want := range map[string]string{
		"adm": "did you mean adam, ", "adam:lr=0": "want a number > 0", "adam:lr=x": "lr=x: want a number > 0", "adam:lr=inf": "want a number > 0", "adam:batch=x": "batch=x: want a whole number >= 1", "adam:clip=nan": "want a number > 0, or 0",
		"adam:warmup=x": "want a number of passes", "adam:seed=-1": "want a whole number >= 0", "adam:beta3=1": "beta3", "adam:schedule=up": `schedule "up"`, "clip": "clip", "adam:beta1=2": "beta1",
	} {
		if _, err := study.ParseRule(text); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s\nwant %q, got %v", text, want, err)
		}
	}
	wine := network(t, study.Network{Model: small(t)}, "wine")
	value := study.Target{Kind: study.ValueTarget, Bound: 0.1}
	for want, s := range map[string]*study.Study{
		"a network has no certificate":      {Problems: []study.Problem{wine}, Arms: rules(t, "adam")},
		"gd on " + wine.String():            {Problems: []study.Problem{wine}, Arms: arms(t, "gd"), Target: value},
		"adam on quadratic: want a method":  {Problems: []study.Problem{analytic(t, "quadratic", 0)}, Arms: rules(t, "adam")},
		"within -1 iterations: want at lea": {Problems: []study.Problem{{Name: "x", Limits: &study.Limits{Iterations: -1}}}, Arms: arms(t, "gd")},
	} {
		if _, err := (&study.Runner{}).Run(context.Background(), s); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("want %q, got %v", want, err)
		}
	}
}
