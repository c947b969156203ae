package claim

import (
	"context"
	"errors"
	"math"
	"testing"
)

func TestVerdicts(t *testing.T) {
	for _, c := range []struct {
		name  string
		check func(r *Record) error
		want  Verdict
	}{
		{"all hold", func(r *Record) error {
			r.AtMost("a", 1, 1)
			r.AtLeast("b", 2, 1)
			r.Equal("c", 1, 1.05, 0.1)
			return nil
		}, Held},
		{"one fails", func(r *Record) error { r.AtMost("a", 1, 1); r.AtMost("b", 2, 1); return nil }, Refuted},
		{"too small", func(r *Record) error { r.AtLeast("a", 1, 2); return nil }, Refuted},
		{"unequal", func(r *Record) error { r.Equal("a", 1, 2, 0.1); return nil }, Refuted},
		{"NaN", func(r *Record) error { r.AtMost("a", math.NaN(), 1); return nil }, Refuted},
		{"nothing compared", func(r *Record) error { r.Note("a", 1); return nil }, Undecided},
		{"error", func(r *Record) error { r.AtMost("a", 1, 1); return errors.New("no data") }, Undecided},
		{"open", func(r *Record) error { r.AtMost("a", 1, 1); r.Undecided("%d seeds", 3); return nil }, Undecided},
		{"fails and open", func(r *Record) error { r.AtMost("a", 2, 1); r.Undecided("more"); return nil }, Refuted},
	} {
		o := Run(context.Background(), Claim{ID: c.name, Check: func(_ context.Context, r *Record) error { return c.check(r) }})
		if o.Verdict != c.want {
			t.Errorf("%s: %s, want %s", c.name, o.Verdict, c.want)
		}
		if (o.Verdict == Held) != (len(o.Reasons) == 0) {
			t.Errorf("%s: %s with reasons %q", c.name, o.Verdict, o.Reasons)
		}
	}
}
