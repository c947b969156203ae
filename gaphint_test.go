package descent_test

import (
	"math"
	"testing"

	"github.com/godescent/descent"
)

// gapBowl is a bowl that proves its distance from the minimum 0: F itself.
type gapBowl struct {
	bowl
	measured *int
}

func (b gapBowl) Certify(x []float64) (descent.Certificate, bool) {
	*b.measured++
	return descent.Certificate{Kind: descent.GapCertificate, Value: b.Value(x)}, true
}

// gapHinting is steepest descent that tells something about the gap.
type gapHinting struct {
	steepest
	Hint func(gap float64) float64
}

type gapHintingRun struct {
	steepestRun
	hint func(gap float64) float64
	X    []float64
}

func (m gapHinting) Start(p *descent.Problem, x0 []float64) (descent.Run, error) {
	x := append([]float64(nil), x0...)
	return &gapHintingRun{steepestRun{p, m.Step, x}, m.Hint, x}, nil
}

// GapHint is a function of the true gap.
func (h *gapHintingRun) GapHint() float64 { return h.hint((bowl{[]float64{1, 10}}).Value(h.X)) }

// Where the hint is proportional to the gap, whatever the factor, a run ends at the first
// iterate within tolerance and few certificates are measured on the way; where it says
// nothing of use, they are measured when the work has doubled; 0 asks for all of them.
func TestGapHint(t *testing.T) {
	x0 := []float64{1, 1}
	run := func(hint func(gap float64) float64, opt descent.Options) (iterations, measured int) {
		count := 0
		r := solve(t, problem(gapBowl{bowl{[]float64{1, 10}}, &count}, 2), gapHinting{steepest{0.01}, hint}, x0, opt)
		if r.Status != descent.Converged || !r.Certificate.Holds() || r.Certificate.Kind != descent.GapCertificate {
			t.Fatalf("%s after %d iterations, %v", r.Status, r.Iterations, r.Certificate)
		}
		return r.Iterations, count
	}
	first, _ := run(func(float64) float64 { return 0 }, descent.Options{})
	for _, c := range []struct {
		name       string
		hint       func(gap float64) float64
		last, most int // iterations and certificates
	}{
		{"the gap", func(gap float64) float64 { return gap }, first, 12},
		{"a thousandth of it", func(gap float64) float64 { return gap / 1000 }, first, 12},
		{"a thousand times it", func(gap float64) float64 { return gap * 1000 }, first, 12},
		{"asks always", func(float64) float64 { return 0 }, first, first + 1},
		{"never falls", func(float64) float64 { return 7 }, 2 * first, 14},
		{"falls too slowly", func(gap float64) float64 { return math.Sqrt(gap) }, 2 * first, 14},
		{"does not know", func(float64) float64 { return math.Inf(1) }, first + first/8, 60},
	} {
		iterations, measured := run(c.hint, descent.Options{})
		if iterations < first || iterations > c.last || measured > c.most {
			t.Errorf("%s: %d iterations and %d certificates, want %d to %d and at most %d", c.name, iterations, measured, first, c.last, c.most)
		}
	}
	if _, measured := run(func(float64) float64 { return 0 }, descent.Options{}); measured < first {
		t.Errorf("a hint of 0 gets %d certificates in %d iterations", measured, first)
	}
}
