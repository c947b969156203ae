package proximal

import (
	"context"
	"strings"
	"testing"

	"github.com/godescent/descent/claim"
)

// Without restart the claim about restart is refuted.
func TestCanBeRefuted(t *testing.T) {
	o := claim.Run(context.Background(), claim.Claim{Check: fistaRestart("none")})
	if o.Verdict != claim.Refuted || !strings.Contains(o.Reasons[0], "with the optimal momentum") {
		t.Errorf("%s: %q", o.Verdict, o.Reasons)
	}
}
