package catalog

import (
	"context"

	"github.com/godescent/descent"
	"github.com/godescent/descent/problem/glm"
)

// Anneal returns a start for the quantile loss of width `to`: it minimizes a sequence
// of smoother problems, each a third as wide as the one before, from width `from`
// down to three times `to`, each from the solution of the last. A narrow kink from a
// cold start takes Newton's method thousands of steps; this takes a few at each
// width. build returns the model for a width. The result depends on the data alone.
func Anneal(ctx context.Context, build func(width float64) (*glm.Model, error), from, to float64) ([]float64, error) {
	var x []float64
	for width := from; ; width /= 3 {
		if width < 3*to {
			width = 3 * to
		}
		m, err := build(width)
		if err != nil {
			return nil, err
		}
		p := m.Problem()
		if x == nil {
			x = make([]float64, p.Dim)
		}
		e, _, err := Default(p)
		if err != nil {
			return nil, err
		}
		r, err := descent.Solve(ctx, p, e.New(), x, descent.Options{Tol: 1e-9, MaxIter: 1000})
		if err != nil {
			return nil, err
		}
		x = r.X
		if width <= 3*to || ctx.Err() != nil {
			return x, nil
		}
	}
}
