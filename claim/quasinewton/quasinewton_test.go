package quasinewton

import (
	"context"
	"strings"
	"testing"

	"github.com/godescent/descent"
	"github.com/godescent/descent/claim"
	"github.com/godescent/descent/method/quasinewton"
)

// With inexact searches and a memory of 1 pair the claim is refuted.
func TestCanBeRefuted(t *testing.T) {
	check := lbfgsSuperlinear(func(int, float64) descent.Method { return quasinewton.LBFGS{Memory: 1} })
	o := claim.Run(context.Background(), claim.Claim{Check: check})
	if o.Verdict != claim.Refuted || !strings.Contains(o.Reasons[0], "n = 10: iterations") {
		t.Errorf("%s: %q", o.Verdict, o.Reasons)
	}
}
