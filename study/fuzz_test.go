package study_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/godescent/descent/study"
)

// A gate that is read prints as it was written and reads again.
func FuzzGate(f *testing.F) {
	for _, text := range []string{"cd > 1.1 * fista", `success("a b") <= 1`, "2 > value(x)", "cost(", "> > *", `"`, "1e309 < a"} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		g, err := study.ParseGate(text)
		if err != nil {
			return
		}
		if again, err := study.ParseGate(g.String()); err != nil || again != g {
			t.Errorf("%q: %+v, again %+v (%v)", text, g, again, err)
		}
	})
}

// An arm that is read has a method, and settings within its budget.
func FuzzArm(f *testing.F) {
	for _, text := range []string{"gd", "x=sgd:step=0.1|1", "saga:step=1e-3..1:tune=halving:budget=5", "gd@v1", "a=b=c:=", "gd:step=..", "bcd:block=1..9"} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		a, err := study.ParseArm(text)
		if err == nil && (a.Method == "" || a.Name == "" || a.Tuning != nil && a.Tuning.Budget < 1) {
			t.Errorf("%q: %+v", text, a)
		}
	})
}

// A study file is read or refused with its name; nothing else happens.
func FuzzConfig(f *testing.F) {
	f.Add(whole)
	f.Add("methods = [\"gd\"]\n[[problem]]\nanalytic = \"booth\"\n")
	f.Add("seeds = [[1]]\n[target]\nvalue = [nan]")
	dir := f.TempDir()
	f.Fuzz(func(t *testing.T, text string) {
		path := filepath.Join(dir, "s.toml")
		if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
		c, err := study.ReadConfig(path)
		if err != nil {
			if !strings.Contains(err.Error(), "s.toml") {
				t.Errorf("%v", err)
			}
			return
		}
		for i := range c.Problem {
			c.Problem[i].Data, c.Problem[i].Labels = nil, "" // files stay closed
		}
		_, _, _ = c.Study()
	})
}
