package claim

import (
	"context"
	"math"
	"testing"
)

// An interval on both sides of what is claimed decides nothing.
func TestPaired(t *testing.T) {
	b := []float64{0.9, 0.9, 0.9, 0.9}
	for _, c := range []struct {
		name string
		a    []float64
		of   func(r *Record, a []float64)
		want Verdict
	}{
		{"difference", []float64{0.9, 0.91, 0.9, 0.92}, difference(b), Held},
		{"difference", []float64{0.5, 0.51, 0.5, 0.52}, difference(b), Refuted},
		{"difference", []float64{0.7, 0.99, 0.8, 0.95}, difference(b), Undecided},
		{"ratio", []float64{0.4, 0.41, 0.42, 0.4}, ratio(b), Held},
		{"ratio", []float64{0.9, 0.91, 0.92, 0.9}, ratio(b), Refuted},
		{"ratio", []float64{0.2, 0.9, 0.3, 0.8}, ratio(b), Undecided},
		{"ratio", []float64{0.4, math.Inf(1), 0.4, 0.4}, ratio(b), Refuted},
		{"ratio", []float64{0.4, math.NaN(), 0.4, 0.4}, ratio(b), Refuted},
	} {
		o := Run(context.Background(), Claim{Check: func(_ context.Context, r *Record) error {
			c.of(r, c.a)
			return nil
		}})
		if o.Verdict != c.want {
			t.Errorf("%s, %v: %s, want %s", c.name, c.a, o.Verdict, c.want)
		}
	}
}

func difference(b []float64) func(*Record, []float64) {
	return func(r *Record, a []float64) { r.DifferenceAtLeast("a - b", a, b, -0.01) }
}

func ratio(b []float64) func(*Record, []float64) {
	return func(r *Record, a []float64) { r.RatioAtMost("a / b", a, b, 0.5) }
}
