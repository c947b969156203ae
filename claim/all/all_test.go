package all

import (
	"context"
	"regexp"
	"strings"
	"testing"

	"github.com/godescent/descent/claim"
)

// verdicts pins what came of every claim.
var verdicts = map[string]claim.Verdict{
	"nesterov-rate": claim.Held,
}

func TestVerdicts(t *testing.T) {
	slug := regexp.MustCompile(`^[a-z0-9]+(-[a-z0-9]+)*$`)
	for _, c := range Claims() {
		t.Run(c.ID, func(t *testing.T) {
			if !slug.MatchString(c.ID) || c.Paper.Authors == "" || c.Paper.Title == "" || c.Paper.Where == "" || c.Paper.Year < 1900 ||
				c.Statement == "" || c.Published == "" || c.Method == "" {
				t.Errorf("something is missing: %+v", c)
			}
			o := claim.Run(context.Background(), c)
			if o.Verdict != verdicts[c.ID] {
				t.Errorf("%s, want %s: %s", o.Verdict, verdicts[c.ID], strings.Join(o.Reasons, "\n"))
			}
			for _, x := range o.Comparisons {
				t.Log(x.OK, x)
			}
			for _, x := range o.Numbers {
				t.Log(x.Name, x.Value)
			}
		})
	}
	if len(verdicts) != len(claims) {
		t.Errorf("%d verdicts for %d claims", len(verdicts), len(claims))
	}
}

// An interrupted check is undecided, not refuted.
func TestCancelled(t *testing.T) {
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	for _, c := range Claims() {
		if o := claim.Run(ctx, c); o.Verdict != claim.Undecided {
			t.Errorf("%s: %s with a cancelled context", c.ID, o.Verdict)
		}
	}
}

func TestLookup(t *testing.T) {
	for _, id := range IDs() {
		if c, err := Lookup(strings.ToUpper(id)); err != nil || c.ID != id {
			t.Errorf("%s: %s, %v", id, c.ID, err)
		}
	}
	if _, err := Lookup("nesterov-rat"); err == nil || !strings.Contains(err.Error(), "did you mean nesterov-rate?") {
		t.Errorf("%v", err)
	}
}
