package claim_test

import (
	"context"
	"errors"
	"math"
	"testing"

	"github.com/godescent/descent"
	"github.com/godescent/descent/claim"
	"github.com/godescent/descent/method/gradient"
	"github.com/godescent/descent/problem/analytic"
)

func TestFollow(t *testing.T) {
	f := &analytic.Diagonal{D: []float64{1}}
	p := &descent.Problem{Name: "square", Dim: 1, Objective: f}
	m := gradient.GD{Rule: "fixed", Step: 0.5} // x_k = 2^-k
	for _, c := range []struct{ n, stop, want int }{{10, 100, 10}, {10, 3, 3}, {10, 0, 0}, {40, 40, 40}} {
		last := -1
		err := claim.Follow(context.Background(), p, m, []float64{1}, c.n, func(k int, x []float64) bool {
			if k != last+1 || math.Abs(x[0]-math.Pow(2, -float64(k))) > 0 {
				t.Errorf("iterate %d after %d is %v", k, last, x)
			}
			last = k
			return k < c.stop
		})
		if err != nil || last != c.want {
			t.Errorf("n = %d, stop at %d: %d iterations, %v", c.n, c.stop, last, err)
		}
	}
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if err := claim.Follow(ctx, p, m, []float64{1}, 10, func(int, []float64) bool { return true }); !errors.Is(err, context.Canceled) {
		t.Errorf("cancelled: %v", err)
	}
	if err := claim.Follow(context.Background(), p, gradient.GD{C1: 2}, []float64{1}, 10, func(int, []float64) bool { return true }); err == nil {
		t.Error("no error for a bad option")
	}
}

func TestSlope(t *testing.T) {
	if got := claim.Slope([]float64{1, 2, 4, 8}, []float64{3, 0.75, 3. / 16, 3. / 64}); math.Abs(got+2) > 1e-12 {
		t.Errorf("slope %v, want -2", got)
	}
	for _, y := range [][]float64{{1, -1}, {1, math.NaN()}} {
		if got := claim.Slope([]float64{1, 2}, y); !math.IsNaN(got) {
			t.Errorf("slope %v for %v, want NaN", got, y)
		}
	}
	if got := claim.Slope([]float64{1}, []float64{1}); !math.IsNaN(got) {
		t.Errorf("slope %v of one point, want NaN", got)
	}
}
