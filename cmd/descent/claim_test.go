package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"math"
	"strings"
	"testing"

	"github.com/godescent/descent/claim"
)

// The exit status says whether every claim has a verdict; numbers that JSON has not
// are printed all the same.
func TestClaimOutcomes(t *testing.T) {
	made := func(id string, measured float64, err error) claim.Claim {
		return claim.Claim{ID: id, Statement: "|x| is small", Check: func(_ context.Context, r *claim.Record) error {
			r.AtMost("|x|", measured, 1)
			r.Note("an infinity", math.Inf(1))
			return err
		}}
	}
	held, refuted, open := made("a", 0.5, nil), made("b", math.NaN(), nil), made("c", 0.5, errors.New("no data"))
	for _, c := range []struct {
		claims []claim.Claim
		want   int
	}{
		{[]claim.Claim{held, refuted}, exitOK},
		{[]claim.Claim{held, open, refuted}, exitUncertified},
	} {
		var outcomes []claim.Outcome
		var text, stderr bytes.Buffer
		inJSON, err := runClaims(c.claims, &recordFlags{}, &stderr, func(_ int, o claim.Outcome) {
			outcomes = append(outcomes, o)
			printOutcome(&text, o)
		})
		got := exitOK
		var e *exit
		if errors.As(err, &e) {
			got = e.code
		}
		if got != c.want || len(outcomes) != len(c.claims) {
			t.Errorf("exit status %d after %d claims, want %d after %d", got, len(outcomes), c.want, len(c.claims))
		}
		if b, err := json.Marshal(inJSON); err != nil || !bytes.Contains(b, []byte(`"measured":"NaN"`)) {
			t.Errorf("%s %v", b, err)
		}
		for _, want := range []string{"a: held (", "  yes  |x|: 0.5 <= 1\n", "  NO   |x|: NaN <= 1\n", "  note an infinity: +Inf\n"} {
			if !strings.Contains(text.String(), want) {
				t.Errorf("no %q in\n%s", want, text.String())
			}
		}
		report := claimReport(c.claims, outcomes, "x.md")
		for _, want := range []string{"`descent claim report x.md`", "| [a](#a) | ", " | refuted | 0 of 1 | ", "| \\|x\\| | NaN | ≤ 1 | **no** |", "- **Statement.** |x| is small\n"} {
			if !strings.Contains(report, want) {
				t.Errorf("no %q in\n%s", want, report)
			}
		}
		if c.want == exitUncertified && (!strings.Contains(text.String(), "undecided: no data") || !strings.Contains(report, "- no data\n")) {
			t.Errorf("why is not said:\n%s\n%s", text.String(), report)
		}
	}
}
