package net

import (
	"context"
	"math"
	"testing"

	"github.com/godescent/descent/claim"
	"github.com/godescent/descent/rule"
)

// Every task can be learned, and repeats.
func TestTasks(t *testing.T) {
	for _, task := range Tasks() {
		a, err := task.Run(context.Background(), &rule.Adam{}, 0.01, 1)
		if err != nil {
			t.Fatal(err)
		}
		if len(a.Losses) != task.Epochs || !(a.LossApart < 0.8*a.Losses[0]) {
			t.Errorf("%s: loss apart %v, in training %v", task.Name, a.LossApart, a.Losses)
		}
		if b, err := task.Run(context.Background(), &rule.Adam{}, 0.01, 1); err != nil || b.LossApart != a.LossApart {
			t.Errorf("%s: %v and %v of one seed, %v", task.Name, a.LossApart, b.LossApart, err)
		}
	}
	wild, err := Tasks()[1].Run(context.Background(), &rule.SGD{}, 1e20, 1)
	if err != nil || !math.IsInf(wild.LossApart, 1) || !math.IsNaN(wild.ScoreApart) {
		t.Errorf("a network that diverges: %+v, %v", wild, err)
	}
}

// A rule duels with itself to a draw, and wins against one whose rates are too small.
func TestDuel(t *testing.T) {
	task, ctx := Tasks()[3], context.Background()
	adam := Contestant{"adam", &rule.Adam{}, []float64{1e-4, 1e-2}}
	var r claim.Record
	d, err := task.Duel(ctx, &r, adam, adam, Seeds(1, 2), Seeds(10, 4))
	if err != nil || d.Ratio != 1 || d.RateA != 1e-2 || len(d.A) != 4 || len(r.Numbers) != 5 {
		t.Fatalf("%+v, %v", d, err)
	}
	slow := Contestant{"slow", &rule.Adam{}, []float64{1e-6, 1e-5}}
	if d, err = task.Duel(ctx, nil, adam, slow, Seeds(1, 2), Seeds(10, 4)); err != nil || !(d.Interval.High < 1) || d.RateB != 1e-5 {
		t.Errorf("%+v, %v", d, err)
	}
	if _, err := task.Duel(ctx, nil, adam, slow, Seeds(1, 2), Seeds(2, 2)); err == nil {
		t.Error("seeds that tune and judge: no error")
	}
	if got := Decades(1e-3, 1, 2); len(got) != 7 || math.Abs(got[1]-math.Sqrt(10)*1e-3) > 1e-12 || math.Abs(got[6]-1) > 1e-12 {
		t.Errorf("decades %v", got)
	}
}
