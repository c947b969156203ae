package report_test

import (
	"bytes"
	"context"
	"encoding/csv"
	"strings"
	"testing"

	"github.com/godescent/descent/data"
	"github.com/godescent/descent/report"
	"github.com/godescent/descent/study"
)

// compared is a small study with a method that cannot run and one that is tuned.
func compared(t *testing.T) report.Comparison {
	t.Helper()
	set, err := data.Load("breast-cancer", data.Options{})
	if err != nil {
		t.Fatal(err)
	}
	st := &study.Study{Name: "Small", Seeds: []uint64{1, 2, 3}, Target: study.Target{Kind: study.CertificateTarget, Bound: 1e-2}}
	for _, f := range []study.Fit{{L1: 0.05}, {L2: 0.1}} {
		f.Loss, f.Scale, f.Intercept = "logistic", "std", true
		p, err := f.Problem(set)
		if err != nil {
			t.Fatal(err)
		}
		st.Problems = append(st.Problems, p)
	}
	for _, text := range []string{"fista", "lbfgs", "tuned|one=prox-grad:step=0.01|0.1"} {
		a, err := study.ParseArm(text)
		if err != nil {
			t.Fatal(err)
		}
		st.Arms = append(st.Arms, a)
	}
	res, err := (&study.Runner{}).Run(context.Background(), st)
	if err != nil {
		t.Fatal(err)
	}
	return report.Comparison{Results: res, Summary: res.Summarize()}
}

func TestComparisonTables(t *testing.T) {
	c := compared(t)
	var text, page, cells bytes.Buffer
	for _, err := range []error{c.WriteText(&text), c.WriteMarkdown(&page), c.WriteCSV(&cells)} {
		if err != nil {
			t.Fatal(err)
		}
	}
	for _, want := range []string{
		"logistic l1=0.05 scale=std on breast-cancer: work to a relative duality gap of 0.01, medians of 3 seeds\n", "-  lbfgs      cannot run\n",
		"note      lbfgs cannot run on logistic l1=0.05 scale=std on breast-cancer: method lbfgs takes smooth problems", "step=0.1 (2 runs, ", "counted, the same with every seed\n", "ranking   ",
	} {
		if !strings.Contains(text.String(), want) {
			t.Errorf("no %q in\n%s", want, text.String())
		}
	}
	for _, want := range []string{"# Small\n", "## logistic l2=0.1 scale=std on breast-cancer to a relative duality gap of 0.01\n", "|---|---|", `| tuned\|one |`, "## All problems\n"} {
		if !strings.Contains(page.String(), want) {
			t.Errorf("no %q in\n%s", want, page.String())
		}
	}
	rows, err := csv.NewReader(&cells).ReadAll()
	if err != nil || len(rows) != 1+2*3*3 {
		t.Errorf("%d lines (%v)", len(rows), err)
	}
	if rows[1][2] != "fista" || rows[1][7] != "true" || len(rows[1][16]) != 64 {
		t.Errorf("%q", rows[1])
	}
}

// Figures are valid, the same twice, and name every method.
func TestComparisonFigures(t *testing.T) {
	c := compared(t)
	for name, l := range map[string]report.Lines{"curves": c.Curves(0), "profile": c.Profile(), "data profile": c.DataProfile()} {
		var a, b bytes.Buffer
		if err := l.Encode(&a, "svg"); err != nil {
			t.Fatal(err)
		}
		if err := l.Encode(&b, "svg"); err != nil || !bytes.Equal(a.Bytes(), b.Bytes()) {
			t.Errorf("%s: not the same twice (%v)", name, err)
		}
		for _, want := range []string{"fista", "lbfgs", "tuned|one", "</svg>"} {
			if !strings.Contains(a.String(), want) {
				t.Errorf("%s: no %q", name, want)
			}
		}
		if err := l.Encode(&b, "png"); err != nil {
			t.Error(err)
		}
	}
	var out bytes.Buffer
	if err := (report.Lines{Lines: []report.Line{{Name: "none"}}, LogX: true}).Encode(&out, "svg"); err != nil || !strings.Contains(out.String(), "nothing to show") {
		t.Errorf("an empty figure: %v", err)
	}
}
