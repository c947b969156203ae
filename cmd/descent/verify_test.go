package main

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// do runs the program and returns its exit status and what it printed.
func do(args ...string) (int, string) {
	var out bytes.Buffer
	code := run(args, strings.NewReader(""), &out, &out)
	return code, out.String()
}

// Each lie in a model file is found.
func TestVerifyFindsLies(t *testing.T) {
	path := filepath.Join(t.TempDir(), "m.json")
	fit := []string{"fit", "logistic", "--data", "heart-scale", "--l2", "0.1", "--method", "prox-grad", "--save", path}
	if code, out := do(append(fit, "--max-iter", "3")...); code != exitUncertified {
		t.Fatalf("exit status %d: %s", code, out)
	}
	m, err := readModel(path)
	if err != nil {
		t.Fatal(err)
	}
	if code, out := do("verify", path, "--data", "heart-scale"); code != exitOK {
		t.Errorf("the true model: %d, %s", code, out)
	}
	for want, lie := range map[string]func(m *model){
		"the value is":              func(m *model) { m.Value *= 1 + 1e-8 },
		"states that it converged":  func(m *model) { m.Status = "converged" },
		"the certificate is 0.":     func(m *model) { m.Certificate.Value *= 0.9 },
		"the model states a magic":  func(m *model) { m.Certificate.Kind = "magic" },
		"the data differ":           func(m *model) { m.Data.SHA256 = "0" + m.Data.SHA256[1:] + "1" },
		"the value is 0.":           func(m *model) { m.Penalties.L2 = 0.05 },
		"the certificate is a grad": func(m *model) { m.Penalties.L2 = 0 },
		"the value is 1":            func(m *model) { m.Classes[0], m.Classes[1] = m.Classes[1], m.Classes[0] },
		"model states 0.":           func(m *model) { m.Coefficients[0].Dense[2] += 1e-3 },
	} {
		liar := *m
		liar.Classes = append([]string(nil), m.Classes...)
		liar.Coefficients = []coefficients{{Dense: append([]num(nil), m.Coefficients[0].Dense...)}}
		lie(&liar)
		if err := liar.save(path); err != nil {
			t.Fatal(err)
		}
		if code, out := do("verify", path, "--data", "heart-scale"); code != exitFailure || !strings.Contains(out, want) {
			t.Errorf("%s: exit status %d, %s", want, code, out)
		}
	}
}

// Columns are matched by name.
func TestPredictMatchesColumnsByName(t *testing.T) {
	dir := t.TempDir()
	write := func(name, text string) string {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
		return path
	}
	model := filepath.Join(dir, "m.json")
	if code, out := do("fit", "linear", "--data", write("a.csv", "a,b,c,y\n1,2,9,5\n2,1,7,1\n3,5,8,2\n4,2,1,5\n5,1,1,0\n"), "--l2", "1", "--save", model); code != 0 {
		t.Fatal(out)
	}
	_, straight := do("predict", "--model", model, "--data", write("new.csv", "a,b,c\n1,2,3\n4,5,6\n"))
	_, swapped := do("predict", "--model", model, "--data", write("swapped.csv", "c,a,b\n3,1,2\n6,4,5\n"))
	if straight != swapped || strings.Count(straight, "\n") != 2 {
		t.Errorf("%s and %s", straight, swapped)
	}
	if code, out := do("predict", "--model", model, "--data", write("few.csv", "a,b\n1,2\n"), "--target", "none"); code != exitUsage || !strings.Contains(out, `no column "c"`) {
		t.Errorf("a missing column: %d, %s", code, out)
	}
}
