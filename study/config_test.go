package study_test

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/godescent/descent/study"
)

const whole = `
name = "sparse logistic"
methods = ["fista", "fast=saga:step=0.01"]
seeds = [3, 5]
measure = "iterations"
baseline = "fista"
level = 0.9
patient = true
tags = ["ci"]
fail_if = ["fast > 2 * fista"]

[limits]
iterations = 500
evaluations = 1000
time = "30s"
tolerance = 1e-5

[target]
reduction = [1e-2, 1e-3]

[[problem]]
model = "logistic"
data = ["breast-cancer", "own.csv"]
l1 = [0.1, 0.01]
l2 = 1e-3
intercept = false
scale = "std"

[[problem]]
analytic = "quadratic:n=10"
spread = 0.5

[[method]]
name = "tuned"
method = "prox-grad"
[method.tune]
strategy = "random"
budget = 4
seeds = 2
[method.tune.space]
step = "1e-4..1"
`

// A file says everything that a study can, with data beside it.
func TestConfig(t *testing.T) {
	dir := t.TempDir()
	for name, text := range map[string]string{"s.toml": whole, "own.csv": "a,b,label\n1,2,0\n2,1,1\n1,3,0\n3,1,1\n"} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	c, err := study.ReadConfig(filepath.Join(dir, "s.toml"))
	if err != nil {
		t.Fatal(err)
	}
	s, gates, err := c.Study()
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, p := range s.Problems {
		names = append(names, p.String())
	}
	if want := []string{
		"logistic l1=0.1 l2=0.001 no-intercept scale=std on breast-cancer", "logistic l1=0.01 l2=0.001 no-intercept scale=std on breast-cancer",
		"logistic l1=0.1 l2=0.001 no-intercept scale=std on own.csv", "logistic l1=0.01 l2=0.001 no-intercept scale=std on own.csv", "quadratic:n=10 spread=0.5",
	}; !slices.Equal(names, want) {
		t.Errorf("problems %q", names)
	}
	if s.Name != "sparse logistic" || !slices.Equal(s.Seeds, []uint64{3, 5}) || s.Measure != study.Iterations || s.Baseline != "fista" || s.Level != 0.9 || !s.Patient || s.Tags[0] != "ci" {
		t.Errorf("%+v", s)
	}
	if s.Limits != (study.Limits{Tolerance: 1e-5, Iterations: 500, Evaluations: 1000, Time: 30 * time.Second}) || s.Target != (study.Target{Kind: study.ReductionTarget, Bound: 1e-3}) || !slices.Equal(s.Also, []float64{1e-2}) {
		t.Errorf("%+v %+v", s.Limits, s.Target)
	}
	if len(gates) != 1 || gates[0].String() != "fast > 2 * fista" {
		t.Errorf("gates %v", gates)
	}
	if len(s.Arms) != 3 || s.Arms[1].Name != "fast" || s.Arms[1].Options["step"] != "0.01" || s.Arms[2].Tuning.Budget != 4 || s.Arms[2].Tuning.Space["step"].High != 1 {
		t.Errorf("%+v", s.Arms)
	}
}

// Labels are a part of a cell's address: other labels are other cells. Two files of one name are not taken for one.
func TestLabelsInKeys(t *testing.T) {
	dir := t.TempDir()
	write := func(name, text string) {
		if err := os.MkdirAll(filepath.Dir(filepath.Join(dir, name)), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	write("x.csv", "a,b\n1,2\n2,1\n1,3\n3,1\n")
	write("s.toml", "methods = [\"gd\"]\nseeds = 1\n[[problem]]\nmodel = \"linear\"\ndata = \"x.csv\"\ntarget = \"none\"\nlabels = \"y.csv\"\n")
	var runner study.Runner
	for _, labels := range []string{"y\n1\n2\n3\n4\n", "y\n4\n3\n2\n9\n"} {
		write("y.csv", labels)
		c, err := study.ReadConfig(filepath.Join(dir, "s.toml"))
		if err != nil {
			t.Fatal(err)
		}
		s, _, err := c.Study()
		if err != nil {
			t.Fatal(err)
		}
		if res := run(t, &runner, s); res.Ran != 1 {
			t.Errorf("labels %q: %d ran, %d found", labels, res.Ran, res.Found)
		}
	}
	write("more/x.csv", "a,b\n1,2\n2,1\n1,3\n3,5\n")
	write("s.toml", "methods = [\"gd\"]\n[[problem]]\nmodel = \"linear\"\ndata = [\"x.csv\", \"more/x.csv\"]\n")
	c, err := study.ReadConfig(filepath.Join(dir, "s.toml"))
	if err != nil {
		t.Fatal(err)
	}
	if _, _, err := c.Study(); err == nil || !strings.Contains(err.Error(), "is there twice, with different data") {
		t.Error(err)
	}
}

// Mistakes are named with their place.
func TestConfigErrors(t *testing.T) {
	const ok = "methods = [\"gd\"]\n[[problem]]\nanalytic = \"booth\"\n"
	for text, want := range map[string]string{
		"method = 1":                                "s.toml:1:",
		"seed = 5\n" + ok:                           "s.toml:1:1: unknown key seed",
		ok + "[limits]\niteration = 3\n":            "s.toml:5:1: unknown key limits.iteration",
		ok + "[limits]\ntime = \"5\"\n":             "want a time with its unit",
		"seeds = 0\n" + ok:                          "want 1 to 1000000",
		"seeds = [1.5]\n" + ok:                      "want whole numbers",
		"seeds = \"many\"\n" + ok:                   "want a number of seeds",
		ok + "[target]\nvalue = 1\nreduction = 0.1": "want one of certificate, value and reduction",
		ok + "[[method]]\nname = \"x\"\n":           "want method = an ID of the catalog, or name and command",
		ok + "[[method]]\nmethod = \"gd\"\nname = \"b\"\noptions = { step = {a=1} }\n":     "want a number, text",
		ok + "[[method]]\nmethod = \"gd\"\nname = \"b\"\n[method.tune.space]\nstep = []\n": "an empty list",
		ok + "[[problem]]\nmodel = \"logistic\"\n":                                         "problem 2: want model = a loss or network = mlp",
		"methods = [\"adam\"]\n[[problem]]\nnetwork = \"mlp\"\ndata = \"wine\"\nl2 = 1\n":  "decay is an option of rules",
		"methods = [\"gd\"]\n[[problem]]\nnetwork = \"mlp\"\ndata = \"wine\"\n":            "unknown rule \"gd\"",
		ok + "val = 0.1\nmodel = \"linear\"\ndata = \"iris\"\n":                            "not both",
		ok + "[limits]\niterations = [3, 3]\n":                                             "3 iterations are there twice",
		ok + "[limits]\niterations = 2.5\n":                                                "want a whole number",
		ok + "[limits]\ntime = [\"1s\", 2]\n":                                              "want text",
		ok + "[[problem]]\nmodel = \"logistic\"\ndata = \"iris\"\nl1 = \"x\"\n":            "problem 2: l1 = x: want a number",
		ok + "[[problem]]\nmodel = \"logistic\"\ndata = \"iris\"\n":                        "logistic wants two",
		ok + "[[problem]]\nmodel = \"logistic\"\ndata = \"iris\"\nanalytic = \"booth\"\n":  "not both",
		ok + "[[problem]]\nmodel = \"linear\"\ndata = \"none.csv\"\n":                      "no such file",
		ok + "l2 = 1\n": "problem 1: want analytic, and perhaps spread",
		ok + "[[problem]]\nmodel = \"linear\"\ndata = \"iris\"\nlabels = \"none.npy\"\n": "problem 2: labels: open",
		"fail_if = [\"gd > 2 * adam\"]\n" + ok:                                           `no method "adam" in the study`,
	} {
		path := filepath.Join(t.TempDir(), "s.toml")
		if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
		c, err := study.ReadConfig(path)
		if err == nil {
			_, _, err = c.Study()
		}
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q\nwant %q, got %v", text, want, err)
		}
	}
	c := study.Config{Methods: []string{"gd"}, Seeds: 3, Problem: []study.ProblemConfig{{Model: "linear", Data: "diabetes", L2: 1}}} // as a program writes it
	if s, _, err := c.Study(); err != nil || len(s.Seeds) != 3 || s.Problems[0].Name != "linear l2=1" {
		t.Errorf("%+v, %v", s, err)
	}
	if _, err := study.ReadConfig("none.toml"); err == nil {
		t.Error("no error for a missing file")
	}
}
