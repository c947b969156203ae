package catalog

import (
	"strings"
	"testing"

	"github.com/godescent/descent"
	"github.com/godescent/descent/rule"
)

type search struct {
	C1    float64
	Limit int
}

type fake struct {
	Step    float64
	MaxIter int
	Seed    uint64
	Restart bool
	Rule    string
	Betas   []float64
	Search  search
	Any     any // not settable
	hidden  float64
}

func (*fake) Start(*descent.Problem, []float64) (descent.Run, error) { return nil, nil }

func TestSet(t *testing.T) {
	m := &fake{}
	for _, a := range []string{"step=0.5", "max-iter=7", "SEED=18446744073709551615", "restart=true", "rule=pr", "betas=0.9, 0.99", "search.c1=1e-4", "Search.Limit=3"} {
		if err := Set(m, a); err != nil {
			t.Errorf("%s: %v", a, err)
		}
	}
	if m.Step != 0.5 || m.MaxIter != 7 || m.Seed != 1<<64-1 || !m.Restart || m.Rule != "pr" || len(m.Betas) != 2 || m.Betas[1] != 0.99 || m.Search != (search{1e-4, 3}) || m.hidden != 0 {
		t.Errorf("%+v", m)
	}
	if err := Set(m, "MaxIter=8"); err != nil || m.MaxIter != 8 {
		t.Errorf("CamelCase: %v, %d", err, m.MaxIter)
	}
	for a, want := range map[string]string{
		"step":         "want name=value",
		"stp=1":        "did you mean step?",
		"zzzzz=1":      "options of this method: step, max-iter, seed, restart, rule, betas, search.c1, search.limit",
		"step=x":       "want a number",
		"step=NaN":     "want a number",
		"max-iter=1.5": "want a whole number",
		"seed=-1":      "want a whole number >= 0",
		"restart=2":    "want true or false",
		"betas=1;2":    "numbers separated by commas",
		"any=1":        "not known",
		"hidden=1":     "not known",
	} {
		if err := Set(m, a); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: error %v, want %q in it", a, err, want)
		}
	}
}

// Options of update rules, and of a rule in a rule.
func TestSetRule(t *testing.T) {
	e, ok := rule.Lookup("lookahead")
	if !ok {
		t.Fatal("no lookahead")
	}
	r := e.New().(*rule.Lookahead)
	for _, a := range []string{"every=3", "rule.beta1=0.5", "rule.AMSGrad=true"} {
		if err := Set(r, a); err != nil {
			t.Error(err)
		}
	}
	if in := r.Rule.(*rule.Adam); r.Every != 3 || in.Beta1 != 0.5 || !in.AMSGrad {
		t.Errorf("%+v, %+v", r, in)
	}
	if err := Set(r, "beta=1"); err == nil || !strings.Contains(err.Error(), "options of this rule: alpha, every, rule.beta1") {
		t.Error(err)
	}
}

// Every rule has a title, a source and a comment for each option.
func TestRuleDocs(t *testing.T) {
	for _, e := range rule.All() {
		r := e.New()
		if RuleTitle(r) == "" || RulePaper(r) == "" || RuleDoc(r) == "" {
			t.Errorf("%s: title %q, paper %q", e.Name, RuleTitle(r), RulePaper(r))
		}
		if p := RulePaper(r); !strings.ContainsAny(p, "0123456789") && e.Name != "accumulate" && e.Name != "groups" {
			t.Errorf("%s: the last paragraph names no year: %q", e.Name, p)
		}
	}
}

func TestOptions(t *testing.T) {
	o := Options(&fake{Step: 0.1, Betas: []float64{1, 2}})
	if len(o) != 8 {
		t.Fatalf("%d options", len(o))
	}
	if o[0].Name != "step" || o[0].Type != "number" || o[0].Value != "0.1" || o[5].Value != "1,2" || o[6].Name != "search.c1" {
		t.Errorf("%+v", o)
	}
}

func TestKebab(t *testing.T) {
	for in, want := range map[string]string{"Step": "step", "MaxStep": "max-step", "RNGSeed": "rng-seed", "L": "l", "C1": "c1", "UseHVP": "use-hvp"} {
		if got := kebab(in); got != want {
			t.Errorf("%s: %s, want %s", in, got, want)
		}
	}
}

func TestDidYouMean(t *testing.T) {
	names := []string{"gd", "lbfgs", "lbfgsb", "nesterov", "fista"}
	for in, want := range map[string]string{"lbgfs": "lbfgs", "L-BFGS": "lbfgs", "nestrov": "nesterov", "fitsa": "fista"} {
		if got := DidYouMean(in, names); !strings.Contains(got, want) {
			t.Errorf("%s: %q, want %s in it", in, got, want)
		}
	}
	if got := DidYouMean("adam", names); got != "" {
		t.Errorf("adam: %q", got)
	}
}

func TestBibTeX(t *testing.T) {
	p := Paper{Key: "k2000", Kind: "article", Authors: []string{"A. B.", "C. D."}, Title: "On X", Venue: "J. Y", Year: 2000, Volume: "1", Pages: "2–3", DOI: "10.1/x", ArXiv: "1234.5"}
	want := "@article{k2000,\n  author = {A. B. and C. D.},\n  title = {{On X}},\n  journal = {J. Y},\n  year = {2000},\n  volume = {1},\n  pages = {2--3},\n  doi = {10.1/x},\n  eprint = {1234.5},\n}"
	if got := p.BibTeX(); got != want {
		t.Errorf("got %s\nwant %s", got, want)
	}
	if got, want := p.String(), "A. B., C. D. (2000). On X. J. Y 1, 2–3. doi:10.1/x. arXiv:1234.5"; got != want {
		t.Errorf("got %s\nwant %s", got, want)
	}
}

func TestParseRule(t *testing.T) {
	r, err := ParseRule("Lookahead+clip+adamw")
	if err != nil {
		t.Fatal(err)
	}
	outer, ok := r.(*rule.Lookahead)
	if !ok {
		t.Fatalf("%T", r)
	}
	clip, ok := outer.Rule.(*rule.Clip)
	if !ok {
		t.Fatalf("%T", outer.Rule)
	}
	if _, ok := clip.Rule.(*rule.AdamW); !ok {
		t.Errorf("%T", clip.Rule)
	}
	if err := Set(r, "rule.rule.beta1=0.5"); err != nil || clip.Rule.(*rule.AdamW).Beta1 != 0.5 {
		t.Errorf("an option of the innermost rule: %v", err)
	}
	for text, want := range map[string]string{
		"": "unknown rule", "adm": "did you mean", "clip": "one that wraps", "adam+sgd": "none that wraps", "adam+clip": "one that wraps", "groups+adam": "in a program",
	} {
		if _, err := ParseRule(text); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v: want an error with %q", text, err, want)
		}
	}
}
