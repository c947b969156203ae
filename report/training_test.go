package report

import (
	"bytes"
	"io"
	"math"
	"path/filepath"
	"strings"
	"testing"

	"github.com/godescent/descent"
)

// trainingRun has the series of a run whose losses begin at c.
func trainingRun(c float64, n int) []descent.Series {
	s := []descent.Series{{Name: "loss"}, {Name: "loss apart"}, {Name: "score apart"}}
	for k := range n {
		fall := c * math.Pow(0.7, float64(k))
		for i, v := range []float64{fall, fall + 0.1, 1 - fall/4} {
			s[i].Values = append(s[i].Values, v)
		}
	}
	return s
}

func svg(t *testing.T, f interface {
	Encode(w io.Writer, format string) error
}) string {
	t.Helper()
	var b bytes.Buffer
	if err := f.Encode(&b, "svg"); err != nil {
		t.Fatal(err)
	}
	if s := b.String(); strings.Contains(s, "NaN") || strings.Contains(s, "Inf") {
		t.Error("the picture has coordinates that are no numbers")
	}
	return b.String()
}

func TestTrainingFigure(t *testing.T) {
	one := TrainingFigure{Title: "a net", Subtitle: "by a rule", Score: "accuracy", Runs: [][]descent.Series{trainingRun(2, 9)}}
	two := one
	two.Runs = append(two.Runs, trainingRun(1, 5)) // stopped early
	a, b := svg(t, one), svg(t, two)
	if a != svg(t, one) {
		t.Error("equal runs give other bytes")
	}
	for _, want := range []string{"a net", "by a rule", ">epochs<", ">loss<", "kept apart", "accuracy of the samples"} {
		if !strings.Contains(a, want) {
			t.Errorf("the picture has no %q", want)
		}
	}
	if strings.Contains(a, "fill-opacity:0.25") || !strings.Contains(b, "fill-opacity:0.25") {
		t.Error("a band belongs to several runs, and only to them")
	}
	m := two.band("loss", "", nil)
	if math.Abs(m.mean[0]-1.5) > 1e-15 || math.Abs(m.sd[0]-math.Sqrt(0.5)) > 1e-15 || len(m.mean) != 9 || m.sd[8] != 0 {
		t.Errorf("means %v, deviations %v", m.mean, m.sd)
	}
	alone := one
	alone.Runs = [][]descent.Series{trainingRun(2, 1)[:1]} // one epoch, nothing apart
	if s := svg(t, alone); strings.Contains(s, "accuracy") {
		t.Error("a score of nothing")
	}
	bad := one
	bad.Runs = [][]descent.Series{{{Name: "loss", Values: []float64{math.NaN(), math.Inf(1)}}}}
	if s := svg(t, bad); !strings.Contains(s, "no finite number") {
		t.Error("no word of a loss that is never finite")
	}
	negative := one
	negative.Runs = [][]descent.Series{{{Name: "loss", Values: []float64{1, -1, math.NaN(), -2}}}}
	svg(t, negative)
	if err := one.Save(filepath.Join(t.TempDir(), "x.gif")); err == nil {
		t.Error("x.gif is taken")
	}
	if err := one.Save(filepath.Join(t.TempDir(), "x.png")); err != nil {
		t.Error(err)
	}
}

func TestRateFigure(t *testing.T) {
	f := RateFigure{Title: "search", Rates: []float64{1e-6, 1e-4, 1e-2, 1}, Losses: []float64{3, 2, 1, math.Inf(1)}, Suggestion: 1e-3}
	if s := svg(t, f); !strings.Contains(s, "suggested: 0.001") || !strings.Contains(s, "learning rate") {
		t.Error("no suggestion in the picture")
	}
	f.Suggestion = 0
	if s := svg(t, f); strings.Contains(s, "suggested") {
		t.Error("a suggestion of nothing")
	}
	if s := svg(t, RateFigure{Rates: []float64{1}, Losses: []float64{math.NaN()}}); !strings.Contains(s, "no finite loss") {
		t.Error("no word of losses that are never finite")
	}
}
