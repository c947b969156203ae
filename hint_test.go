package descent_test

import (
	"context"
	"math"
	"testing"

	"github.com/godescent/descent"
)

// hinting is steepest descent that tells the norm of the gradient times a factor.
type hinting struct {
	steepest
	Factor float64
}

type hintingRun struct {
	steepestRun
	factor float64
	X      []float64
}

func (m hinting) Start(p *descent.Problem, x0 []float64) (descent.Run, error) {
	x := append([]float64(nil), x0...)
	return &hintingRun{steepestRun{p, m.Step, x}, m.Factor, x}, nil
}

// Hint knows the gradient of the bowl.
func (h *hintingRun) Hint() float64 { return h.factor * max(math.Abs(h.X[0]), 10*math.Abs(h.X[1])) }

// A hint stops a run at the first iterate that is good enough; a hint that is too
// small cannot make one good enough.
func TestHint(t *testing.T) {
	iterations := func(m descent.Method) int {
		r, err := descent.Solve(context.Background(), newBowl(), m, []float64{1, 1}, descent.Options{})
		if err != nil || r.Status != descent.Converged || !r.Certificate.Holds() {
			t.Fatalf("%v: %+v", err, r)
		}
		return r.Iterations
	}
	const first = 132 // ceil(log 1e-6 / log 0.9)
	if plain := iterations(steepest{0.1}); plain <= first {
		t.Fatalf("%d iterations without a hint: the cadence hits the first good iterate by chance", plain)
	}
	for _, factor := range []float64{1, 1e-3} {
		if k := iterations(hinting{steepest{0.1}, factor}); k != first {
			t.Errorf("hints %v of the norm: %d iterations, want %d", factor, k, first)
		}
	}
}
