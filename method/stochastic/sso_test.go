package stochastic

import (
	"context"
	"math"
	"strings"
	"testing"

	"github.com/godescent/descent"
	"github.com/godescent/descent/descenttest"
	"github.com/godescent/descent/rng"
	"github.com/godescent/descent/schedule"
	"github.com/godescent/descent/vec"
)

func (m *model) TargetSize() int { return 1 }

func (m *model) Targets(z, x []float64, idx []int) {
	for t, i := range idx {
		z[t] = m.TermDot(i, x)
	}
}

func (m *model) TargetsBack(g, u, _ []float64, idx []int) {
	clear(g)
	for t, i := range idx {
		m.TermAxpy(u[t], i, g)
	}
}

func (m *model) TargetLoss(u, z []float64, idx []int) float64 {
	sum := 0.0
	for t, i := range idx {
		v, slope := m.loss(i, z[t])
		u[t] = slope
		sum += v / float64(len(idx))
	}
	return sum
}

func (m *model) TargetLipschitz() float64 {
	if m.logistic {
		return 0.25
	}
	return 1
}

func TestSSOContract(t *testing.T) {
	nan, inf := math.NaN(), math.Inf(1)
	for name, p := range map[string]func() *descent.Problem{
		"squares":  problem(newModel(1, 80, 10, 3, false, false, 0.05), nil, 10),
		"logistic": problem(newModel(2, 90, 9, 4, true, true, 0.05), nil, 10),
	} {
		x0 := make([]float64, 10)
		for i := range x0 {
			x0[i] = 0.5
		}
		descenttest.TestMethod(t, descenttest.Case{
			Name: name, Method: SSO{}, Problem: p, X0: x0, Options: descent.Options{Tol: 1e-7, MaxIter: 3000},
			Variants: map[string]descent.Method{
				"eta": SSO{Eta: 0.5}, "schedule": SSO{Schedule: schedule.Schedule{Kind: "inv-sqrt"}}, "batch": SSO{Batch: 20}, "inner": SSO{Inner: 2}, "step": SSO{Step: 0.1},
			},
			Inert: map[string]string{"Seed": "all terms in a batch have one order"},
			Bad: map[string]descent.Method{
				"eta": SSO{Eta: -1}, "eta nan": SSO{Eta: nan}, "step": SSO{Step: inf}, "batch": SSO{Batch: -1}, "large": SSO{Batch: 1000}, "inner": SSO{Inner: -1},
				"kind": SSO{Schedule: schedule.Schedule{Kind: "slow"}},
			},
			NoNaN: "the data are finite",
		})
		m := SSO{Batch: 20, Schedule: schedule.Schedule{Kind: "inv"}}
		c := descenttest.Case{
			Name: name, Method: m, Problem: p, X0: x0, Options: descent.Options{Tol: 1e-2, MaxIter: 3000},
			Variants: map[string]descent.Method{"seed": SSO{Batch: 20, Schedule: m.Schedule, Seed: 1}},
		}
		descenttest.TestResume(t, c)
		a, b := solve(t, p(), m, c.Options), solve(t, p(), c.Variants["seed"], c.Options)
		if distance2(a.X, b.X) == 0 {
			t.Errorf("%s: the seed does not change the run", name)
		}
	}
}

// One inner step of a fixed length is a gradient step on the batch, whatever eta is.
func TestSSOOfOneStepIsSGD(t *testing.T) {
	m := newModel(4, 60, 8, 4, true, true, 0.1)
	for _, batch := range []int{60, 7} {
		got := iterates(t, problem(m, nil, 9)(), SSO{Inner: 1, Step: 0.3, Batch: batch, Eta: 0.7, Seed: 5}, 5)
		x, g, order := make([]float64, 9), make([]float64, 9), make([]int, 60)
		r := rng.New(5, "sso")
		for k := range got {
			for i := range order {
				order[i] = i
			}
			if batch < 60 {
				r.Shuffle(order)
			}
			for lo := 0; lo < 60; lo += batch {
				m.TermGradient(g, x, order[lo:min(60, lo+batch)])
				vec.Axpy(-0.3, g, x)
			}
			if d := math.Sqrt(distance2(got[k], x)); d > 1e-14 || vec.Nrm2(x) < 0.01 {
				t.Errorf("batches of %d, pass %d: %g from SGD at norm %g", batch, k, d, vec.Nrm2(x))
			}
		}
	}
}

// With eta = 1/L squares are their own surrogate: many inner steps find the minimum with one gradient of the losses.
func TestSSOOfSquaresIsExact(t *testing.T) {
	m := newModel(6, 80, 6, 4, false, false, 0.02)
	p := problem(m, nil, 6)()
	x, g := iterates(t, p, SSO{Inner: 1000}, 2)[0], make([]float64, 6)
	m.Gradient(g, x)
	if n := vec.Nrm2(g); n > 1e-6 {
		t.Errorf("|grad f| = %g after one outer step", n)
	}
	// iterates took two outer steps
	if c := p.Counts(); c.Term != 160 {
		t.Errorf("%d gradients of losses, want 160", c.Term)
	}
}

func TestSSOBoundsAndCounts(t *testing.T) {
	m := newModel(7, 100, 10, 5, true, true, 0)
	p := problem(m, nil, 11)()
	last := m.Value(make([]float64, 11))
	run, err := SSO{Inner: 20}.Start(p, make([]float64, 11))
	if err != nil {
		t.Fatal(err)
	}
	s, r := run.(*ssoRun), rng.New(1, "sso test")
	k := 0
	for x := range run.Iterates {
		v := m.Value(x)
		if v > last {
			t.Errorf("outer step %d: f rises from %v to %v", k, last, v)
		}
		last = v
		if k++; k == 30 {
			break
		}
	}
	if k != 30 {
		t.Errorf("%d outer steps", k)
	}
	// the surrogate of the last step, at points all around
	z, x, base := make([]float64, 100), make([]float64, 11), make([]float64, 11)
	idx := make([]int, 100)
	for i := range idx {
		idx[i] = i
	}
	m.Targets(z, base, idx)
	copy(s.z0, z)
	s.batch = idx
	f0 := m.TargetLoss(s.u, s.z0, idx)
	for range 1000 {
		for j := range x {
			x[j] = 3 * r.Norm()
		}
		if up, f := f0+s.surrogate(x, base), m.Value(x); up < f-1e-12 {
			t.Fatalf("surrogate %v below f = %v", up, f)
		}
	}
	q := problem(m, nil, 11)()
	iterates(t, q, SSO{Inner: 4, Step: 0.1}, 3)
	if c := q.Counts(); c.Term != 300 || c.Target != 3*2*4*100 || c.Gradient+c.Value != 0 {
		t.Errorf("counts %+v: want 300 terms and 2400 targets", c)
	}
}

func TestSSOSaysWhatIsMissing(t *testing.T) {
	m := newModel(1, 20, 4, 2, true, false, 0)
	_, err := descent.Solve(context.Background(), problem(sumOnly{m}, nil, 4)(), SSO{}, make([]float64, 4), descent.Options{})
	if err == nil || !strings.Contains(err.Error(), "TargetSum") {
		t.Errorf("%v", err)
	}
	_, err = SSO{}.Start(problem(unbounded{m}, nil, 4)(), make([]float64, 4))
	if err == nil || !strings.Contains(err.Error(), "eta 0") {
		t.Errorf("%v", err)
	}
}

// unbounded knows no Lipschitz constant.
type unbounded struct{ *model }

func (unbounded) TargetLipschitz() float64 { return math.Inf(1) }

// A schedule that has ended allows no step: the run says so, whatever its limits are.
func TestSSOEndsWithItsSchedule(t *testing.T) {
	m := newModel(6, 80, 6, 4, false, false, 0.02)
	for _, batch := range []int{80, 30} {
		s := SSO{Batch: batch, Schedule: schedule.Schedule{Kind: "linear", Horizon: 4, Warmup: 1}}
		r := solve(t, problem(m, nil, 6)(), s, descent.Options{Tol: 1e-14, MaxIter: 1000})
		if r.Status != descent.Stalled || r.Iterations > 5 || r.Iterations < 3 || !strings.Contains(strings.Join(r.Diagnosis, " "), "schedule of eta is at its end") {
			t.Errorf("batches of %d: %s after %d passes, %q", batch, r.Status, r.Iterations, r.Diagnosis)
		}
	}
}
