package stochastic

import (
	"context"
	"errors"
	"math"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/godescent/descent"
	"github.com/godescent/descent/descenttest"
	"github.com/godescent/descent/rule"
	"github.com/godescent/descent/schedule"
	"github.com/godescent/descent/vec"
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

// judged keeps samples apart whose loss is least at |x| = 1.
type judged struct{ single }

func (judged) HasApart() bool { return true }

func (judged) Apart(x []float32) (loss, score float64, err error) {
	r := float64(vec.Nrm2(x))
	return (r - 1) * (r - 1), -r, nil
}

// ExampleMoments takes the gradients of the terms one by one.
func (s single) ExampleMoments(squares, products, x, v []float32, batch []int, step uint64) error {
	g := make([]float32, len(x))
	for k, i := range batch {
		if _, err := s.BatchGradient(g, x, []int{i}, step); err != nil {
			return err
		}
		s.seen[0]-- // a test teaches nothing
		squares[k] = vec.Dot(g, g)
		if products != nil {
			products[k] = vec.Dot(g, v)
		}
	}
	return nil
}

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
		return &descent.Problem{Name: "consistent", Dim: m.dim, Objective: judged{newSingle(m)}}
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
			"growth": with(func(c *Train) { c.Growth = Growth{Test: "norm"} }),
			"clip":   with(func(c *Train) { c.Clip = 0.1 }), "seed": with(func(c *Train) { c.Seed = 1 }), "patience": with(func(c *Train) { c.Patience = 2 }),
		},
		Bad: map[string]descent.Method{
			"rule": Train{Rule: rule.SGD{Momentum: 2}}, "rate": Train{Rate: -1}, "infinite": Train{Rate: math.Inf(1)}, "batch": Train{Batch: 61}, "clip": Train{Clip: math.NaN()}, "patience": Train{Patience: -1},
			"schedule": Train{Schedule: schedule.Schedule{Kind: "zigzag"}}, "test": Train{Growth: Growth{Test: "t"}}, "no test": Train{Growth: Growth{Eta: 1}}, "eta": Train{Growth: Growth{Test: "norm", Eta: -1}},
			"theta": Train{Growth: Growth{Test: "inner-product", Theta: math.NaN()}}, "nu": Train{Growth: Growth{Test: "inner-product", Nu: math.Inf(1)}}, "most": Train{Growth: Growth{Test: "norm", Most: -1}},
			"largest": Train{Batch: 8, Growth: Growth{Test: "norm", Most: 7}}, "batch of 1": Train{Batch: 1, Growth: Growth{Test: "norm"}},
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

// With patience the run ends when the loss on samples kept apart has not fallen, with the best x.
func TestTrainStopsEarly(t *testing.T) {
	m := consistent()
	p := &descent.Problem{Name: "judged", Dim: m.dim, Objective: judged{newSingle(m)}}
	r, err := descent.Solve(context.Background(), p, Train{Rate: 0.05, Patience: 3}, make([]float64, m.dim), descent.Options{Tol: 1e-30, MaxIter: 500})
	if err != nil {
		t.Fatal(err)
	}
	if r.Status != descent.Stalled || !strings.Contains(r.Diagnosis[0], "has not fallen for 3 epochs") {
		t.Fatalf("%s, %q: want stalled by patience", r.Status, r.Diagnosis)
	}
	series := map[string][]float64{}
	for _, s := range r.Series {
		series[s.Name] = s.Values
	}
	apart, best := series["loss apart"], 0
	for i, v := range apart {
		if v < apart[best] {
			best = i
		}
	}
	if len(apart) != r.Iterations || best != r.Iterations-4 || len(series["loss"]) != r.Iterations || len(series["rate"]) != r.Iterations {
		t.Errorf("%d iterations, the best is %d; series %v", r.Iterations, best, series)
	}
	if got := vec.Nrm2(r.X); math.Abs((got-1)*(got-1)-apart[best]) > 1e-6 || math.Abs(got+series["score apart"][best]) > 1e-6 {
		t.Errorf("|x| = %v, the loss of the best was %v", got, apart[best])
	}
	if _, err := (Train{Patience: 1}).Start(&descent.Problem{Name: "none apart", Dim: m.dim, Objective: newSingle(m)}, make([]float64, m.dim)); err == nil {
		t.Error("patience without samples kept apart is taken")
	}
}

// interrupted cancels a run at its k-th batch.
type interrupted struct {
	judged
	left   *int
	cancel context.CancelFunc
}

func (f interrupted) BatchGradient(g, x []float32, batch []int, step uint64) (float32, error) {
	if *f.left--; *f.left == 0 {
		f.cancel()
	}
	return f.single.BatchGradient(g, x, batch, step)
}

// A run that is left inside an epoch, at any batch, goes on from there, bit for bit.
func TestTrainLeftInsideAnEpoch(t *testing.T) {
	m := consistent()
	opt := descent.Options{Tol: 1e-30, MaxIter: 3}
	method := Train{Rate: 0.05, Patience: 2, Seed: 5, Rule: rule.SGD{Momentum: 0.9}}
	method.Batch = 16 // 4 in an epoch
	solve := func(ctx context.Context, left *int, cancel context.CancelFunc, opt descent.Options) *descent.Result {
		f := interrupted{judged{newSingle(m)}, left, cancel}
		f.noise = true
		r, err := descent.Solve(ctx, &descent.Problem{Name: "left", Dim: m.dim, Objective: f}, method, make([]float64, m.dim), opt)
		if err != nil {
			t.Fatal(err)
		}
		return r
	}
	never := 1 << 30
	whole := solve(context.Background(), &never, func() {}, opt)
	for k := 1; k <= 12; k++ {
		ctx, cancel := context.WithCancel(context.Background())
		left := k
		part := solve(ctx, &left, cancel, opt)
		cancel()
		if k < 12 && (part.Status != descent.Cancelled || part.Counts.Term >= 3*60) {
			t.Fatalf("batch %d: %s after %d terms", k, part.Status, part.Counts.Term)
		}
		rest := opt
		rest.Resume = part.Checkpoint
		r := solve(context.Background(), &never, func() {}, rest)
		if !slices.Equal(r.X, whole.X) || r.Counts != whole.Counts || !reflect.DeepEqual(r.Series, whole.Series) {
			t.Errorf("left at batch %d and resumed: %v, %v\nwant %v, %v", k, r.X, r.Series, whole.X, whole.Series)
		}
	}
}

// A loss that is not a number ends the epoch at once: the driver says diverged.
func TestTrainDiverges(t *testing.T) {
	m := consistent()
	r, err := descent.Solve(context.Background(), &descent.Problem{Name: "wild", Dim: m.dim, Objective: newSingle(m)}, Train{Rule: rule.SGD{}, Rate: 1e30, Batch: 4}, make([]float64, m.dim), descent.Options{MaxIter: 9})
	if err != nil {
		t.Fatal(err)
	}
	if r.Status != descent.Diverged || r.Iterations != 1 || r.Counts.Term >= 60 {
		t.Errorf("%s after %d iterations and %d terms", r.Status, r.Iterations, r.Counts.Term)
	}
}

// slow takes its time for a batch.
type slow struct{ single }

func (f slow) BatchGradient(g, x []float32, batch []int, step uint64) (float32, error) {
	time.Sleep(3 * time.Millisecond)
	return f.single.BatchGradient(g, x, batch, step)
}

// An epoch that takes long is shown on its way, with what it has counted, and ends at the limit of
// time; from there it goes on.
func TestTrainLongEpoch(t *testing.T) {
	m := consistent()
	inside := 0
	opt := descent.Options{Tol: 1e-30, MaxIter: 2, MaxTime: 250 * time.Millisecond, Observe: func(p descent.Progress) {
		if p.Iteration == 0 && p.Counts.Term > 0 && p.Counts.Term < 120*60 {
			inside++
		}
	}}
	long := newModel(11, 120*60, 8, 4, false, false, 0) // 7200 batches of 1: over 20 s
	p := &descent.Problem{Name: "slow", Dim: m.dim, Objective: slow{newSingle(long)}}
	r, err := descent.Solve(context.Background(), p, Train{Batch: 1}, make([]float64, m.dim), opt)
	if err != nil {
		t.Fatal(err)
	}
	if inside == 0 || r.Status != descent.Limit || r.Limit != "250ms" || r.Iterations != 0 || r.Checkpoint == nil || r.Counts.Term == 0 {
		t.Errorf("shown %d times inside of the epoch; %s %q after %d epochs and %d terms", inside, r.Status, r.Limit, r.Iterations, r.Counts.Term)
	}
}

// curved has the curvatures of its batches: their diagonals.
type curved struct {
	judged
	asked *int
}

func (f curved) BatchCurvature(h, x []float32, batch []int, step uint64) error {
	*f.asked++
	for i := range h {
		h[i] = 1
	}
	f.seen[0] += 1000 // what no oracle of a rule may leave behind
	return nil
}

func (f curved) BatchGaussNewton(h, x []float32, batch []int, step uint64) error {
	return f.BatchCurvature(h, x, batch, step)
}

func (f curved) Blocks() []rule.Block {
	return []rule.Block{{Name: "a", Shape: []int{2, f.dim/2 - 1}}, {Name: "b", Shape: []int{2}}}
}

// Rules that ask for more than a gradient get it from the batch, at the price of its terms; where
// the problem lacks it they are refused. They resume like others.
func TestTrainProvides(t *testing.T) {
	m := consistent()
	asked := 0
	p := func() *descent.Problem {
		return &descent.Problem{Name: "curved", Dim: m.dim, Objective: curved{judged{newSingle(m)}, &asked}}
	}
	opt := descent.Options{Tol: 1e-30, MaxIter: 3}
	for name, c := range map[string]struct {
		r     rule.Rule
		terms int // in an epoch of 60 samples in 6 batches
	}{
		"gradients":  {&rule.SAM{Rule: &rule.SGD{}}, 2 * 60},
		"curvatures": {&rule.Sophia{Every: 3}, 60 + 2*2},
		"labels":     {&rule.Sophia{Every: 3, GaussNewton: true}, 60 + 2*5},
		"blocks":     {&rule.Muon{}, 60},
		"answer":     {&rule.ScheduleFreeSGD{}, 60},
		"loss":       {&rule.SLS{}, 0},
	} {
		method := Train{Rule: c.r, Rate: 0.01, Batch: 10}
		x0 := make([]float64, m.dim)
		for i := range x0 {
			x0[i] = 1 + float64(i)/7
		}
		before := asked
		r, err := descent.Solve(context.Background(), p(), method, x0, opt)
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if r.Counts.Term != 3*c.terms && c.terms > 0 || c.terms == 0 && r.Counts.Term <= 3*60 {
			t.Errorf("%s: %d terms in 3 epochs", name, r.Counts.Term)
		}
		if (asked > before) != (name == "curvatures" || name == "labels") {
			t.Errorf("%s: curvatures were asked for %d times", name, asked-before)
		}
		descenttest.TestResume(t, descenttest.Case{Method: method, Problem: p, X0: x0, Options: descent.Options{Tol: 1e-30, MaxIter: 4}})
	}
	flat := &descent.Problem{Name: "flat", Dim: m.dim, Objective: newSingle(m)}
	if _, err := (Train{Rule: rule.Sophia{}}).Start(flat, make([]float64, m.dim)); err == nil || !strings.Contains(err.Error(), "curvatures") {
		t.Errorf("curvatures of a problem without any: %v", err)
	}
	if _, err := (Train{Rule: rule.Sophia{GaussNewton: true}}).Start(flat, make([]float64, m.dim)); err == nil || !strings.Contains(err.Error(), "random labels") {
		t.Errorf("random labels of a problem without any: %v", err)
	}
	if _, err := (Train{Rule: &rule.SAM{Rule: &rule.SGD{}}}).Start(flat, make([]float64, m.dim)); err != nil {
		t.Errorf("gradients elsewhere: %v", err)
	}
}

// The answers of the oracle leave what the problem learns on its way alone.
func TestTrainKeepsStatisticsFromOracles(t *testing.T) {
	m := consistent()
	asked := 0
	f := curved{judged{newSingle(m)}, &asked}
	_, err := descent.Solve(context.Background(), &descent.Problem{Name: "curved", Dim: m.dim, Objective: f}, Train{Rule: &rule.Sophia{Every: 1}, Batch: 10}, make([]float64, m.dim), descent.Options{MaxIter: 1})
	if err != nil || asked != 6 || f.seen[0] != 60 {
		t.Errorf("%v; asked %d times, the statistics have %v: want 60 terms", err, asked, f.seen[0])
	}
}
