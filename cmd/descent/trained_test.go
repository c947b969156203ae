package main

import (
	"bytes"
	"slices"
	"strings"
	"testing"

	"github.com/godescent/descent"
	"github.com/godescent/descent/train"
)

// Among several seeds one that diverged has no scores, is not shown, and does not move those of others to its place.
func TestSeedsThatDiverge(t *testing.T) {
	seed := func(seed uint64, status descent.Status, value, apart float64) *trained {
		n := &trained{net: &train.Network{Training: train.Training{Seed: seed}}, result: &descent.Result{Status: status, Value: value}}
		if status != descent.Diverged {
			n.apart = &train.Score{Loss: apart, Accuracy: apart / 2}
		}
		return n
	}
	lost, good, better := seed(1, descent.Diverged, 0.01, 0), seed(2, descent.Limit, 0.25, 0.5), seed(3, descent.Limit, 0.75, 0.25)
	for _, all := range [][]*trained{{lost, good, better}, {good, lost, better}, {better, good, lost}, {good, better, lost}} {
		if best := (&trainFlags{}).best(all); best != better {
			t.Errorf("the best is seed %d, want 3", best.net.Training.Seed)
		}
		var w bytes.Buffer
		printSeeds(&w, all)
		var rows [][]string
		for line := range strings.Lines(w.String()) {
			if words := strings.Fields(line); len(words) > 0 {
				rows = append(rows, words)
			}
		}
		for _, want := range [][]string{
			{"seed", "loss", "loss", "apart", "score", "apart"},
			{"1", "diverged", "diverged", "diverged"},
			{"2", "0.25", "0.5", "0.25"},
			{"3", "0.75", "0.25", "0.125"},
			{"mean", "±", "deviation", "0.5", "±", "0.35", "0.375", "±", "0.18", "0.1875", "±", "0.088"},
		} {
			if !slices.ContainsFunc(rows, func(row []string) bool { return slices.Equal(row, want) }) {
				t.Errorf("no row %q in\n%s", want, w.String())
			}
		}
	}
	if best := (&trainFlags{}).best([]*trained{lost, lost}); best != lost {
		t.Error("all diverged: the first is not shown")
	}
}
