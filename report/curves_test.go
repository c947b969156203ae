package report

import (
	"bytes"
	"math"
	"path/filepath"
	"strings"
	"testing"
)

func decays() Curves {
	c := Curves{Title: "Two decays", XLabel: "iterations", YLabel: "gap"}
	fast, slow := Curve{Name: "fast"}, Curve{Name: "slow"}
	for k := range 101 {
		fast.Y, slow.Y = append(fast.Y, math.Pow(0.5, float64(k))), append(slow.Y, math.Pow(0.9, float64(k)))
	}
	slow.Y[3], slow.Y[4], slow.Y[5] = math.NaN(), math.Inf(1), -1
	c.Curves = []Curve{fast, slow}
	return c
}

func TestCurves(t *testing.T) {
	var a, b bytes.Buffer
	for _, w := range []*bytes.Buffer{&a, &b} {
		if err := decays().Encode(w, "svg"); err != nil {
			t.Fatal(err)
		}
	}
	if !bytes.Equal(a.Bytes(), b.Bytes()) {
		t.Error("equal curves give other bytes")
	}
	for _, want := range []string{"Two decays", "iterations", "gap", "> fast<", "> slow<", ">1e-15<"} {
		if !strings.Contains(a.String(), want) {
			t.Errorf("the picture has no %q", want)
		}
	}
	if strings.Contains(a.String(), "NaN") || strings.Contains(a.String(), "Inf") {
		t.Error("the picture has coordinates that are no numbers")
	}
	var flat bytes.Buffer
	if err := (Curves{Curves: []Curve{{Name: "flat", Y: []float64{1, 0.9, 0.8}}}}).Encode(&flat, "svg"); err != nil || !strings.Contains(flat.String(), ">0.85<") {
		t.Errorf("less than a decade: %v", err)
	}
	var none bytes.Buffer
	if err := (Curves{Curves: []Curve{{Name: "zeros", Y: []float64{0, 0}}}}).Encode(&none, "svg"); err != nil || !strings.Contains(none.String(), "nothing above zero") {
		t.Errorf("no point: %v", err)
	}
	if err := decays().Encode(&none, "gif"); err == nil {
		t.Error("gif is taken")
	}
	if err := decays().Save(filepath.Join(t.TempDir(), "x.gif")); err == nil {
		t.Error("x.gif is taken")
	}
	if err := decays().Save(filepath.Join(t.TempDir(), "x.png")); err != nil {
		t.Error(err)
	}
}
