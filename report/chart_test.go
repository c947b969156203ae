package report

import (
	"encoding/json"
	"math"
	"slices"
	"testing"

	"pgregory.net/rapid"
)

// Of any curve thin keeps the ends and the extremes, in order, and no more points than asked for.
func TestThin(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		n := rapid.IntRange(1, 3000).Draw(t, "n")
		most := rapid.IntRange(6, 400).Draw(t, "most")
		a := rapid.SliceOfN(rapid.Float64(), n, n).Draw(t, "a")
		b := rapid.SliceOfN(rapid.Float64Range(-1, 1), n, n).Draw(t, "b")
		got := thin(n, most, a, b)
		if n <= most {
			if len(got) != n {
				t.Fatalf("%d of %d points, with room for %d", len(got), n, most)
			}
			return
		}
		if len(got) > most || got[0] != 0 || got[len(got)-1] != n-1 || !slices.IsSorted(got) || len(slices.Compact(slices.Clone(got))) != len(got) {
			t.Fatalf("%d of %d points, want at most %d: %v", len(got), n, most, got)
		}
		for _, h := range [][]float64{a, b} {
			low, high, ok := extremes(h, 0, n)
			has := func(v float64) bool { return slices.ContainsFunc(got, func(i int) bool { return h[i] == v }) }
			if ok && (!has(h[low]) || !has(h[high])) {
				t.Fatalf("no %v or no %v among the points", h[low], h[high])
			}
		}
	})
}

// On a logarithmic axis the first points of a long curve are as dense as the others.
func TestThinStart(t *testing.T) {
	h := make([]float64, 100_000)
	for i := range h {
		h[i] = 1 / float64(i+1)
	}
	early := 0
	for _, i := range thin(len(h), 400, h) {
		if i < 300 {
			early++
		}
	}
	if early < 60 {
		t.Errorf("%d points of the first 300", early)
	}
}

func TestNumbersJSON(t *testing.T) {
	got, err := json.Marshal(numbers{0, 3, 123456789, -2, 1.23456789e-7, 1e300, 0.1, math.NaN(), math.Inf(-1), 1.5e9})
	if want := `[0,3,123456789,-2,1.2346e-07,1e+300,0.1,null,null,1.5e+09]`; err != nil || string(got) != want {
		t.Errorf("%s (%v), want %s", got, err, want)
	}
	if got, err := json.Marshal(numbers(nil)); err != nil || string(got) != "[]" {
		t.Errorf("%s (%v)", got, err)
	}
}
