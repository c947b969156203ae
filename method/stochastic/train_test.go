package stochastic

import (
	"context"
	"errors"
	"math"
	"strings"
	"testing"

	"github.com/godescent/descent"
	"github.com/godescent/descent/descenttest"
	"github.com/godescent/descent/rule"
	"github.com/godescent/descent/schedule"
)

// single gives a model the oracle of training; noise drops terms at random, by the seed.
type single struct {
	*model
	noise bool
	fail  int       // the size of batches that are refused
	seen  []float32 // what is learned on the way: the number of terms
	x, g  []float64
}

func newSingle(m *model) single {
	return single{model: m, seen: make([]float32, 1), x: make([]float64, m.dim), g: make([]float64, m.dim)}
}

func (s single) BatchGradient(g, x []float32, batch []int, step uint64) (float32, error) {
	for i, v := range x {
		s.x[i] = float64(v)
	}
	loss := s.TermGradient(s.g, s.x, batch)
	for i, v := range s.g {
		g[i] = float32(v)
		if s.noise && (step*2654435761+uint64(i))%5 == 0 {
			g[i] = 0
		}
	}
	if len(batch) == s.fail {
		return 0, errors.New("a batch that does not fit")
	}
	s.seen[0] += float32(len(batch))
	return float32(loss), nil
}

func (s single) State() []float32 { return s.seen }

// consistent is a least squares problem whose terms all vanish at the solution, so that steps
// need not fall for x to converge.
func consistent() *model {
	m := newModel(11, 60, 8, 4, false, false, 0)
	x := []float64{1, -2, 0.5, 3, -1, 0, 2, -0.3}
	for i := range m.y {
		m.y[i] = m.TermDot(i, x)
	}
	return m
}

func TestTrainContract(t *testing.T) {
	m := consistent()
	p := func() *descent.Problem {
		return &descent.Problem{Name: "consistent", Dim: m.dim, Objective: newSingle(m)}
	}
	base := Train{Rule: rule.SGD{Momentum: 0.5}, Rate: 0.1, Batch: 8}
	with := func(change func(*Train)) Train {
		c := base
		change(&c)
		return c
	}
	descenttest.TestMethod(t, descenttest.Case{
		Name: "train", Method: base, Problem: p, X0: make([]float64, m.dim), Options: descent.Options{Tol: 1e-4, MaxIter: 400},
		Variants: map[string]descent.Method{
			"rule": with(func(c *Train) { c.Rule = rule.Adam{} }), "rate": with(func(c *Train) { c.Rate = 0.05 }),
			"schedule": with(func(c *Train) { c.Schedule = schedule.Schedule{Kind: "inv"} }), "batch": with(func(c *Train) { c.Batch = 7 }),
			"clip": with(func(c *Train) { c.Clip = 0.1 }), "seed": with(func(c *Train) { c.Seed = 1 }),
		},
		Bad: map[string]descent.Method{
			"rule": Train{Rule: rule.SGD{Momentum: 2}}, "rate": Train{Rate: -1}, "infinite": Train{Rate: math.Inf(1)}, "batch": Train{Batch: 61}, "clip": Train{Clip: math.NaN()},
			"schedule": Train{Schedule: schedule.Schedule{Kind: "zigzag"}},
		},
	})
}

// What is random in the terms follows from the seed and the step, so that a run that is
// resumed sees it again.
func TestTrainResumesRandomTerms(t *testing.T) {
	m := consistent()
	p := func() *descent.Problem {
		s := newSingle(m)
		s.noise = true
		return &descent.Problem{Name: "noisy", Dim: m.dim, Objective: s}
	}
	descenttest.TestResume(t, descenttest.Case{Method: Train{Batch: 8, Seed: 3}, Problem: p, X0: make([]float64, m.dim), Options: descent.Options{Tol: 1e-30, MaxIter: 12}})
	a, b := Train{Batch: 8, Seed: 3}, Train{Batch: 8, Seed: 4}
	ra, err := descent.Solve(context.Background(), p(), a, make([]float64, m.dim), descent.Options{MaxIter: 3})
	if err != nil {
		t.Fatal(err)
	}
	rb, err := descent.Solve(context.Background(), p(), b, make([]float64, m.dim), descent.Options{MaxIter: 3})
	if err != nil {
		t.Fatal(err)
	}
	if ra.X[0] == rb.X[0] {
		t.Error("two seeds have the same run")
	}
	if ra.Counts.Term != 3*60 {
		t.Errorf("%d terms in 3 epochs of 60 samples", ra.Counts.Term)
	}
}

// What is learned on the way is saved with x, and is there again after resuming.
func TestTrainKeepsWhatIsLearned(t *testing.T) {
	m := consistent()
	first, second := newSingle(m), newSingle(m)
	opt := descent.Options{Tol: 1e-30, MaxIter: 2}
	part, err := descent.Solve(context.Background(), &descent.Problem{Name: "stateful", Dim: m.dim, Objective: first}, Train{}, make([]float64, m.dim), opt)
	if err != nil {
		t.Fatal(err)
	}
	opt.MaxIter, opt.Resume = 3, part.Checkpoint
	if _, err := descent.Solve(context.Background(), &descent.Problem{Name: "stateful", Dim: m.dim, Objective: second}, Train{}, make([]float64, m.dim), opt); err != nil {
		t.Fatal(err)
	}
	if first.seen[0] != 120 || second.seen[0] != 180 {
		t.Errorf("%v terms after 2 epochs of 60, %v after one more: want 120 and 180", first.seen[0], second.seen[0])
	}
}

func TestTrainStopsAtErrors(t *testing.T) {
	m := consistent()
	f := newSingle(m)
	f.fail = 4 // the last batch of 60 = 7*8 + 4
	r, err := descent.Solve(context.Background(), &descent.Problem{Name: "bad batch", Dim: m.dim, Objective: f}, Train{Batch: 8}, make([]float64, m.dim), descent.Options{MaxIter: 5})
	if err != nil {
		t.Fatal(err)
	}
	if r.Status != descent.Stalled || !strings.Contains(strings.Join(r.Diagnosis, " "), "does not fit") {
		t.Errorf("%s, %q: want stalled, with the error", r.Status, r.Diagnosis)
	}
}

func TestTrainRefuses(t *testing.T) {
	m := consistent()
	if _, err := (Train{}).Start(&descent.Problem{Name: "terms only", Dim: m.dim, Objective: m}, make([]float64, m.dim)); err == nil {
		t.Error("a problem without batches is taken")
	}
}
