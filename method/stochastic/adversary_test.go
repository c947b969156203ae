package stochastic

import (
	"context"
	"errors"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/godescent/descent"
	"github.com/godescent/descent/rule"
)

// hostile adds to the gradient of a batch what it was attacked with, and keeps all that was asked.
type hostile struct {
	interrupted
	delay    int
	any      bool
	fail     uint64 // the step whose attack does not fit; 0: none
	add      []float32
	attacks  *[][]float32
	at       *[][]float32 // x of every gradient
	attacked *[]int
}

func newHostile(m *model, delay int) hostile {
	never := 1 << 30
	f := interrupted{judged{newSingle(m)}, &never, func() {}}
	return hostile{f, delay, true, 0, make([]float32, m.dim), new([][]float32), new([][]float32), new([]int)}
}

func (f hostile) Adversary() (delay int, any bool) { return f.delay, f.any }

func (f hostile) Attack(x []float32, batch []int, step uint64) error {
	if f.fail > 0 && step == f.fail {
		return errors.New("an attack that does not fit")
	}
	*f.attacks = append(*f.attacks, slices.Clone(x))
	*f.attacked = slices.Clone(batch)
	for i, v := range x {
		f.add[i] = v * 0.3
	}
	return nil
}

func (f hostile) BatchGradient(g, x []float32, batch []int, step uint64) (float32, error) {
	if f.any && !slices.Equal(batch, *f.attacked) {
		return 0, errors.New("a batch without an attack")
	}
	*f.at = append(*f.at, slices.Clone(x))
	loss, err := f.interrupted.BatchGradient(g, x, batch, step)
	for i, v := range f.add {
		g[i] += v
	}
	return loss, err
}

// Inputs of step k are changed against x_(k-delay), or x_0; a gradient costs its terms three times, one that a rule asks
// for twice.
func TestTrainAttacks(t *testing.T) {
	m := consistent()
	x0 := []float64{1, 1, 1, 1, 1, 1, 1, 1}
	for _, delay := range []int{0, 1, 3} {
		f := newHostile(m, delay)
		r, err := descent.Solve(context.Background(), &descent.Problem{Name: "hostile", Dim: m.dim, Objective: f}, Train{Rule: rule.SGD{}, Rate: 0.01, Batch: 16}, x0, descent.Options{Tol: 1e-30, MaxIter: 2})
		if err != nil {
			t.Fatal(err)
		}
		if len(*f.attacks) != 8 || len(*f.at) != 8 || r.Counts.Term != 2*60*3 {
			t.Fatalf("delay %d: %d attacks, %d gradients, %d terms", delay, len(*f.attacks), len(*f.at), r.Counts.Term)
		}
		for k, x := range *f.attacks {
			if want := (*f.at)[max(0, k-delay)]; !slices.Equal(x, want) {
				t.Errorf("delay %d: attack of step %d against %v, want %v", delay, k, x, want)
			}
			if k > 0 && slices.Equal((*f.at)[k], (*f.at)[k-1]) {
				t.Errorf("step %d does not move", k)
			}
		}
	}
	f := newHostile(m, 1)
	r, err := descent.Solve(context.Background(), &descent.Problem{Name: "hostile", Dim: m.dim, Objective: f}, Train{Rule: rule.SAM{Rule: rule.SGD{}}, Rate: 0.01, Batch: 16}, x0, descent.Options{Tol: 1e-30, MaxIter: 2})
	if err != nil || len(*f.attacks) != 8 || len(*f.at) != 16 || r.Counts.Term != 2*60*5 {
		t.Errorf("SAM: %d attacks, %d gradients, %+v, %v", len(*f.attacks), len(*f.at), r.Counts, err)
	}
	f.any = false
	r, err = descent.Solve(context.Background(), &descent.Problem{Name: "hostile", Dim: m.dim, Objective: f}, Train{Batch: 16}, x0, descent.Options{Tol: 1e-30, MaxIter: 2})
	if err != nil || len(*f.attacks) != 8 || r.Counts.Term != 2*60 {
		t.Errorf("without an adversary: %d attacks, %+v, %v", len(*f.attacks), r.Counts, err)
	}
	f = newHostile(m, 2)
	f.fail = 3
	r, err = descent.Solve(context.Background(), &descent.Problem{Name: "hostile", Dim: m.dim, Objective: f}, Train{Batch: 16}, x0, descent.Options{Tol: 1e-30, MaxIter: 2})
	if err != nil || r.Status != descent.Stalled || !strings.Contains(strings.Join(r.Diagnosis, " "), "attack that does not fit") {
		t.Errorf("%+v, %v: want stalled, with the error", r, err)
	}
}

// Parameters of earlier steps are saved: a run that is left at any step goes on bit for bit, and the delay matters.
func TestTrainAttacksResume(t *testing.T) {
	m := consistent()
	x0 := []float64{1, 1, 1, 1, 1, 1, 1, 1}
	opt := descent.Options{Tol: 1e-30, MaxIter: 2}
	solve := func(ctx context.Context, left int, cancel context.CancelFunc, delay int, opt descent.Options) *descent.Result {
		f := newHostile(m, delay)
		f.left, f.cancel = &left, cancel
		r, err := descent.Solve(ctx, &descent.Problem{Name: "hostile", Dim: m.dim, Objective: f}, Train{Rule: rule.SGD{Momentum: 0.9}, Rate: 0.01, Batch: 16}, x0, opt)
		if err != nil {
			t.Fatal(err)
		}
		return r
	}
	whole := solve(context.Background(), 1<<30, func() {}, 3, opt)
	for k := 1; k < 8; k++ {
		ctx, cancel := context.WithCancel(context.Background())
		part := solve(ctx, k, cancel, 3, opt)
		cancel()
		if part.Status != descent.Cancelled {
			t.Fatalf("step %d: %s", k, part.Status)
		}
		rest := opt
		rest.Resume = part.Checkpoint
		r := solve(context.Background(), 1<<30, func() {}, 3, rest)
		if !slices.Equal(r.X, whole.X) || r.Counts != whole.Counts || !reflect.DeepEqual(r.Series, whole.Series) {
			t.Errorf("left at step %d and resumed: %v, want %v", k, r.X, whole.X)
		}
	}
	if other := solve(context.Background(), 1<<30, func() {}, 1, opt); slices.Equal(other.X, whole.X) {
		t.Error("the delay does not matter")
	}
}
