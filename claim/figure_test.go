package claim

import (
	"context"
	"testing"
)

// Curves go to the figure of their name, which need not be begun.
func TestFigures(t *testing.T) {
	o := Run(context.Background(), Claim{Check: func(_ context.Context, r *Record) error {
		r.Figure("a", "Title", "gap")
		r.Curve("b", "alone", []float64{1})
		r.Curve("a", "first", []float64{1, 2})
		r.Curve("a", "second", []float64{3})
		return nil
	}})
	if len(o.Figures) != 2 || o.Figures[0].Title != "Title" || o.Figures[1].Title != "b" || len(o.Figures[0].Curves) != 2 || o.Figures[0].Curves[1].Name != "second" {
		t.Errorf("%+v", o.Figures)
	}
}
