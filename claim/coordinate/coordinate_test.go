package coordinate

import (
	"context"
	"strings"
	"testing"

	"github.com/godescent/descent/claim"
)

// The checks at small sizes, where they take no time, compare what the claims compare and
// draw what the documents show.
func TestSmall(t *testing.T) {
	for _, c := range []struct {
		name                       string
		check                      func(context.Context, *claim.Record) error
		comparisons, figures, best int // best: the least number of comparisons that must hold
	}{
		{"least squares", leastSquares(100, 600, 60), 21, 5, 16},
		{"logistic", logistic(100, 600, 60), 6, 3, 4},
		{"softmax", softmax(60, 50, 5, 100), 19, 4, 14},
		{"lattice", lattice(20, 20, 16, 60, "gs"), 4, 1, 3},
		{"two moons", twoMoons(300, 20, 60, 30), 23, 6, 16},
		{"active set", nonNegative(100, 600, 8e3, 200), 3, 3, 2},
	} {
		o := claim.Run(context.Background(), claim.Claim{ID: c.name, Check: c.check})
		held, curves := 0, 0
		for _, x := range o.Comparisons {
			if x.OK {
				held++
			}
		}
		for _, f := range o.Figures {
			if f.Title == f.Name || len(f.Curves) < 5 {
				t.Errorf("%s: figure %s has the title %q and %d curves", c.name, f.Name, f.Title, len(f.Curves))
			}
			curves += len(f.Curves)
		}
		if len(o.Comparisons) < c.comparisons || len(o.Figures) != c.figures || held < c.best || o.Verdict == claim.Undecided {
			t.Errorf("%s: %s, %d of %d comparisons, %d figures, %d curves: %s", c.name, o.Verdict, held, len(o.Comparisons), len(o.Figures), curves, strings.Join(o.Reasons, "; "))
		}
	}
}

// Random trees in the place of greedy ones refute the claim about the lattice.
func TestCanBeRefuted(t *testing.T) {
	o := claim.Run(context.Background(), claim.Claim{Check: lattice(20, 20, 16, 60, "random")})
	if o.Verdict != claim.Refuted || !strings.Contains(o.Reasons[0], "greedy tree") {
		t.Errorf("%s: %q", o.Verdict, o.Reasons)
	}
}
