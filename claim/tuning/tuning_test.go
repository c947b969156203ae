package tuning

import (
	"context"
	"math"
	"slices"
	"strings"
	"testing"

	"github.com/godescent/descent/claim"
	"github.com/godescent/descent/claim/net"
	"github.com/godescent/descent/rule"
)

// A rule that does not find its learning rate is refuted.
func TestLogisticCanBeRefuted(t *testing.T) {
	o := claim.Run(context.Background(), claim.Claim{Check: rateFreeLogistic(rule.SignSGD{})})
	if o.Verdict != claim.Refuted || !strings.Contains(strings.Join(o.Reasons, "\n"), "white: gap of Prodigy / best of Adam") || len(o.Comparisons) != 8 {
		t.Errorf("%s %q, want refuted for Prodigy in 8 comparisons", o.Verdict, o.Reasons)
	}
}

// The claim about networks, on two small tasks: all is compared, and settings that are drawn are other than the defaults.
func TestSmallProfile(t *testing.T) {
	o := claim.Run(context.Background(), claim.Claim{Check: rateFreeProfile(net.Tasks()[2:4], 2, net.Seeds(1, 1), net.Seeds(101, 1))})
	if len(o.Comparisons) != 2*(len(contestants)-1) {
		t.Errorf("%s %q: %d comparisons, want %d", o.Verdict, o.Reasons, len(o.Comparisons), 2*(len(contestants)-1))
	}
	for _, c := range contestants {
		for k := range uint64(20) {
			if err := c.drawn(newDraws(k, c.name)).Check(); err != nil {
				t.Errorf("%s, setting %d: %v", c.name, k, err)
			}
		}
	}
}

func TestScores(t *testing.T) {
	inf := math.Inf(1)
	// Ratios of the first: 1, 2, 5, never; of the second: 2, 1, 1, never.
	got := scores([][]float64{{3, 4, 10, inf}, {6, 2, 2, inf}})
	want := []float64{(1 + 2./3) / 4, (2./3 + 2) / 4}
	for i := range want {
		if math.Abs(got[i]-want[i]) > 1e-12 {
			t.Errorf("scores %v, want %v", got, want)
			break
		}
	}
}

func TestTimesAndTargets(t *testing.T) {
	e := exam{seeds: []uint64{1, 2}, targets: []float64{1, 0.1}}
	got := e.times([][]float64{{3, 1, 0.5}, {2, 1.5}, {math.NaN()}, {0.1}})
	if want := []float64{2, math.Inf(1), math.Inf(1), 1}; !slices.Equal(got, want) {
		t.Errorf("times %v, want %v", got, want)
	}
	a, b := [][]float64{{1}, {3}, {10}, {math.NaN()}}, [][]float64{{5}, {5}, {30}, {10}}
	if got := targets([][][]float64{a, b}, 2); math.Abs(got[0]-2.2) > 1e-12 || math.Abs(got[1]-22) > 1e-12 {
		t.Errorf("targets %v, want 2.2 and 22", got)
	}
}
