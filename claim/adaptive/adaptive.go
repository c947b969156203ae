// Package adaptive has the claims about update rules: those that scale steps, take signs, clip,
// project, or remember less.
package adaptive

import (
	"context"
	"fmt"
	"math"

	"github.com/godescent/descent/claim"
	"github.com/godescent/descent/claim/net"
	"github.com/godescent/descent/rule"
	"github.com/godescent/descent/study/stat"
)

// A path is a rule on a function with exact gradients, in double precision.
type path struct {
	rule      rule.Rule
	rate      func(k int) float64 // of step k, from 1
	gradient  func(g, x []float64)
	curvature func(h, x []float64) // where the rule needs it
	shape     []int                // of x; nil: one axis
}

func constant(rate float64) func(int) float64 { return func(int) float64 { return rate } }

// follow changes x by at most n steps. After each it shows the state to see, which stops where it
// returns false.
func (p path) follow(ctx context.Context, x []float64, n int, see func(k int, s *rule.State[float64]) bool) error {
	if p.shape == nil {
		p.shape = []int{len(x)}
	}
	s := rule.NewState[float64](p.rule, len(x), rule.Block{Shape: p.shape})
	g, o := make([]float64, len(x)), &rule.Oracle[float64]{Curvature: p.curvature}
	for k := 1; k <= n; k++ {
		if k%1024 == 1 && ctx.Err() != nil {
			return ctx.Err()
		}
		p.gradient(g, x)
		rule.StepWith(p.rule, x, g, s, p.rate(k), o)
		if !see(k, s) {
			break
		}
	}
	return nil
}

// first returns the number of steps after which reached is true, n + 1 if it is after none of n.
func (p path) first(ctx context.Context, x []float64, n int, reached func() bool) (int, error) {
	first := n + 1
	err := p.follow(ctx, x, n, func(k int, _ *rule.State[float64]) bool {
		if reached() {
			first = k
		}
		return first > n
	})
	return first, err
}

// apart is the largest difference of two vectors.
func apart(x, y []float64) float64 {
	d := 0.0
	for i, v := range x {
		if w := math.Abs(v - y[i]); !(w <= d) {
			d = w
		}
	}
	return d
}

// scores are those of runs on what was kept apart, 0 for a network that diverged.
func scores(runs []net.Run) []float64 {
	out := make([]float64, len(runs))
	for i, r := range runs {
		if out[i] = r.ScoreApart; math.IsNaN(out[i]) {
			out[i] = 0
		}
	}
	return out
}

// task returns the shared task of a name.
func task(name string) (net.Task, error) {
	for _, t := range net.Tasks() {
		if t.Name == name {
			return t, nil
		}
	}
	return net.Task{}, fmt.Errorf("no task %q", name)
}

// losses are those of runs in training, at the end.
func losses(runs []net.Run) []float64 {
	out := make([]float64, len(runs))
	for i, r := range runs {
		out[i] = r.Loss
	}
	return out
}

// contest tunes every contestant on the seeds of tune and returns its runs on those of judge, by name. It notes what
// their losses and scores are.
func contest(ctx context.Context, r *claim.Record, t net.Task, contestants []net.Contestant, tune, judge []uint64) (map[string][]net.Run, error) {
	all := map[string][]net.Run{}
	for _, c := range contestants {
		rate, err := t.Tune(ctx, c, tune)
		if err != nil {
			return nil, err
		}
		for _, seed := range judge {
			run, err := t.Run(ctx, c.Rule, rate, seed)
			if err != nil {
				return nil, err
			}
			all[c.Name] = append(all[c.Name], run)
		}
		at := fmt.Sprintf("%s: %s, ", t.Name, c.Name)
		r.Note(at+"learning rate", rate)
		r.Note(at+"median loss in training", stat.Median(losses(all[c.Name])))
		r.Note(at+"mean accuracy", stat.Mean(scores(all[c.Name])))
	}
	return all, nil
}
