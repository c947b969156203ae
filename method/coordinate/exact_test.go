package coordinate

import (
	"math"
	"testing"

	"github.com/godescent/descent"
	"github.com/godescent/descent/linalg"
	"github.com/godescent/descent/problem/glm"
	"github.com/godescent/descent/rng"
)

// A dual step is exact in t_i, the part that moves the intercept included: where the ridge
// dwarfs the rows that is nearly all, and a step that forgot it would overshoot by 1 + 10/n.
func TestDualStepsAreExact(t *testing.T) {
	const n, d = 4, 3
	r := rng.New(9, "coordinate.exact")
	x := &linalg.Dense{Rows: n, Cols: d, Data: make([]float64, n*d)}
	for i := range x.Data {
		x.Data[i] = r.Norm()
	}
	for _, spec := range []glm.Spec{{L2: 20}, {Loss: glm.Logistic{}, L2: 20}, {Loss: glm.SquaredHinge{}, L2: 20}, {L2: 1e-3}} {
		spec.Intercept = true
		m, err := glm.New("exact", x, []float64{1, -1, 1, 1}, spec)
		if err != nil {
			t.Fatal(err)
		}
		run, err := DualCD{}.Start(m.Problem(), make([]float64, d+1))
		if err != nil {
			t.Fatal(err)
		}
		s := run.(*dualCDRun)
		if spec.L2 > 1 && s.bias < 10*s.square[0] {
			t.Fatalf("B^2 = %v, |a_0|^2 = %v: want a large intercept", s.bias, s.square[0])
		}
		moved := 0.0
		for k := range 3 * n {
			i := k % n
			before := s.T[i]
			s.visit(i)
			moved += math.Abs(s.T[i] - before)
			z := s.dot(i, s.X) + s.B
			if again := s.f.DualStep(i, s.T[i], z, 1); math.Abs(again-s.T[i]) > 1e-9 {
				t.Errorf("%s, l2 = %v: visit %d leaves t_%d at %v, where the dual is not largest: a step goes to %v", m.Loss().Name(), spec.L2, k, i, s.T[i], again)
			}
		}
		if moved < 0.01 {
			t.Errorf("%s: the slopes moved by %v in all", m.Loss().Name(), moved)
		}
	}
}

// A slack bowl is (x-1)^2/2 with a Hessian that is said to be a multiple of what it is, so
// that each Newton step goes a part of the way: a minimization that may not end in maxInner
// steps. It plays a loss with kinks whose slope at x is 10 + x.
type slackBowl struct{ multiple float64 }

func (slackBowl) Value(x []float64) float64 { return (x[0] - 1) * (x[0] - 1) / 2 }

func (b slackBowl) Gradient(g, x []float64) float64 {
	g[0] = x[0] - 1
	return b.Value(x)
}

func (b slackBowl) HessianBlock(h []float64, _ []int, _ []float64) { h[0] = b.multiple }

func (slackBowl) Refresh() {}

func (slackBowl) Terms() int { return 1 }

func (b slackBowl) Augment([]float64, *float64) (descent.Objective, error) { return b, nil }

func (slackBowl) Slopes(dst, x, _ []float64, _ float64) { dst[0] = 10 + x[0] }

// The multipliers and the penalty move where the inner minimization has ended, and wait
// where it was cut off: it goes on from its last point.
func TestALNewtonWaitsForItsMinimization(t *testing.T) {
	for multiple, ends := range map[float64]bool{1: true, 1000: false} {
		f := slackBowl{multiple}
		run, err := ALNewton{}.Start(&descent.Problem{Name: "slack bowl", Dim: 1, Objective: f}, []float64{0})
		if err != nil {
			t.Fatal(err)
		}
		s, at := run.(*alNewtonRun), []float64{0}
		s.Iterates(func(x []float64) bool {
			at = append(at, x[0])
			return len(at) < 4
		})
		if moved := s.T[0] != 0 && s.Sigma > 1; moved != ends {
			t.Errorf("Hessian times %v: t = %v and sigma = %v at %v", multiple, s.T[0], s.Sigma, at)
		}
		if !ends {
			for k := range 3 {
				if !(at[k+1] > at[k]+0.02) || at[3] > 0.5 {
					t.Errorf("the minimization does not go on: %v", at)
				}
			}
		} else if math.Abs(at[1]-1) > 1e-9 {
			t.Errorf("one Newton step leads to %v", at[1])
		}
	}
}

// A minimization that begins with nothing left but rounding errors, against the violation at the
// very start, is not waited for: the multipliers move on.
func TestALNewtonMovesOnFromRoundingErrors(t *testing.T) {
	run, err := ALNewton{}.Start(&descent.Problem{Name: "slack bowl", Dim: 1, Objective: slackBowl{1000}}, []float64{0})
	if err != nil {
		t.Fatal(err)
	}
	s := run.(*alNewtonRun)
	s.First = 2 / settled
	s.Iterates(func([]float64) bool { return false })
	if s.T[0] == 0 || s.Sigma == 1 {
		t.Errorf("t = %v and sigma = %v: the violation of 1 is less than %v of the first", s.T[0], s.Sigma, settled)
	}
}

// Far from the solution the model is damped by a share of the violation, which falls with it;
// what a line search asked for counts where it is more, and alone for a quadratic.
func TestDamping(t *testing.T) {
	s := &proxNewtonRun{caution: 0.2}
	for _, c := range []struct{ worst, nu, want float64 }{{8, 0, 0.2}, {4, 0, 0.1}, {1, 0, 0.025}, {1, 3, 3}, {16, 0.1, 0.4}} {
		s.worst, s.Nu = c.worst, c.nu
		if got := s.damping(); math.Abs(got-c.want) > 1e-15 {
			t.Errorf("violation %v after 8 at the start, line searches ask for %v: damping %v, want %v", c.worst, c.nu, got, c.want)
		}
	}
	s.quad, s.Nu = true, 0
	if got := s.damping(); got != 0 {
		t.Errorf("a quadratic is damped by %v", got)
	}
}
