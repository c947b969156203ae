package main

import (
	"encoding/json"
	"slices"
	"testing"

	"github.com/godescent/descent/data"
)

// A model of one target has a string in its file, as before there were several.
func TestColumnsInJSON(t *testing.T) {
	for text, want := range map[string]columns{`{"name":"x"}`: nil, `{"name":"x","target":"y"}`: {"y"}, `{"name":"x","target":["y","z"]}`: {"y", "z"}} {
		var f dataFlags
		if err := json.Unmarshal([]byte(text), &f); err != nil || !slices.Equal(f.Target, want) {
			t.Errorf("%s: %q, %v", text, f.Target, err)
		}
		if b, err := json.Marshal(f); err != nil || string(b) != text {
			t.Errorf("%s is written as %s, %v", text, b, err)
		}
		if opt := f.options(0); (opt.Target == "y") != (len(want) == 1) || (len(opt.Targets) == 2) != (len(want) == 2) {
			t.Errorf("%s: options %+v", text, opt)
		}
	}
	var f dataFlags
	if err := json.Unmarshal([]byte(`{"target":3}`), &f); err == nil {
		t.Error("a number passes as a target")
	}
}

// Constant targets have no spread to compare with.
func TestLoudest(t *testing.T) {
	for _, c := range []struct {
		y      []float64
		top    int
		factor float64
	}{
		{[]float64{0, 2, 0, 20}, 1, 100}, {[]float64{0, 20, 0, 2}, 0, 100}, {[]float64{5, 5, 0, 2}, 1, 1}, {[]float64{5, 5, 1, 1}, 0, 0},
	} {
		top, factor := loudest(&data.Set{Y: c.y, Targets: []string{"a", "b"}})
		if top != c.top || factor != c.factor {
			t.Errorf("%v: target %d by %v", c.y, top, factor)
		}
	}
}
