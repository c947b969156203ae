package claim

import (
	"context"
	"errors"
	"fmt"
	"math"

	"github.com/godescent/descent"
)

// Follow runs m on p from x0 for at most n iterations, through [descent.Solve], and
// shows every iterate to see: x_0 with k = 0, then x_k. It stops early where see
// returns false or the method can go no further. A run that diverges is no error:
// what see saw says so.
func Follow(ctx context.Context, p *descent.Problem, m descent.Method, x0 []float64, n int, see func(k int, x []float64) bool) error {
	if !see(0, x0) {
		return nil
	}
	r, err := descent.Solve(ctx, p, watched{m, see}, x0, descent.Options{Tol: -1, MaxIter: n})
	if err == nil && r.Status == descent.Cancelled {
		err = errors.Join(ctx.Err(), fmt.Errorf("cancelled after %d iterations", r.Iterations))
	}
	return err
}

// watched is a method whose iterates are seen.
type watched struct {
	m   descent.Method
	see func(k int, x []float64) bool
}

type watchedRun struct {
	run descent.Run
	see func(k int, x []float64) bool
	K   int // so that no two states look the same to the driver
}

// Start implements [descent.Method].
func (w watched) Start(p *descent.Problem, x0 []float64) (descent.Run, error) {
	run, err := w.m.Start(p, x0)
	return &watchedRun{run: run, see: w.see}, err
}

// Iterates implements [descent.Run].
func (w *watchedRun) Iterates(yield func([]float64) bool) {
	for x := range w.run.Iterates {
		w.K++
		if !w.see(w.K, x) || !yield(x) {
			return
		}
	}
}

// Slope fits log y = a + b log x by least squares and returns b: the exponent of a
// power law. It is NaN unless there are two points, all positive.
func Slope(x, y []float64) float64 {
	var n, sx, sy, sxx, sxy float64
	for i := range x {
		u, v := math.Log(x[i]), math.Log(y[i])
		n++
		sx += u
		sy += v
		sxx += u * u
		sxy += u * v
	}
	return (n*sxy - sx*sy) / (n*sxx - sx*sx)
}
