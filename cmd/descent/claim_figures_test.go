package main

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/godescent/descent/claim"
)

func TestDrawFigures(t *testing.T) {
	dir := t.TempDir()
	o := claim.Outcome{Figures: []claim.Figure{{Name: "gap", Title: "A gap", YLabel: "f - f*", Curves: []claim.Curve{{Name: "fast", Y: []float64{1, 0.1, 0.01}}}}}}
	if err := drawFigures(dir, o); err != nil {
		t.Fatal(err)
	}
	b, err := os.ReadFile(filepath.Join(dir, "gap.svg"))
	for _, want := range []string{"A gap", "f - f*", "fast", "iterations"} {
		if err != nil || !bytes.Contains(b, []byte(want)) {
			t.Errorf("no %q in the figure: %v", want, err)
		}
	}
	if err := drawFigures(filepath.Join(dir, "none"), o); err == nil {
		t.Error("a directory that does not exist is taken")
	}
	var out, stderr bytes.Buffer
	if code := run([]string{"claim", "run", "large-step-loss", "--figures", filepath.Join(dir, "none")}, nil, &out, &stderr); code != exitUsage || !strings.Contains(stderr.String(), "want a directory") {
		t.Errorf("exit status %d, %s", code, stderr.String())
	}
}
