package train

import (
	"context"
	"errors"
	"fmt"
	"math"

	"github.com/godescent/descent/rng"
	"github.com/godescent/descent/rule"
	"github.com/godescent/descent/vec"
)

// A RatePoint is what a step with a learning rate showed.
type RatePoint struct {
	Rate, Loss float64 // the loss is smoothed
}

// What FindRate tries: perDecade rates a decade from lowest to highest, and no further than to a
// loss of tooHigh times the smallest.
const (
	lowest, highest = 1e-6, 10.0
	perDecade       = 20
	tooHigh         = 4
	smoothing       = 0.9
)

// FindRate trains by the rule of the method, on batches as large and with gradients clipped alike, with a
// learning rate that grows from 1e-6 up to 10, a step each, until the smoothed loss is 4 times the
// smallest, and suggests a tenth of the rate with the smallest: where the loss still falls fast.
// Nothing is kept of the steps. It costs at most 141 of them.
//
// Smith, Cyclical learning rates for training neural networks, WACV 2017, arXiv:1506.01186.
func (p *Plan) FindRate(ctx context.Context) (points []RatePoint, suggestion float64, err error) {
	n, f, err := p.start()
	if err != nil {
		return nil, 0, err
	}
	r := p.Method.Rule
	if r == nil {
		r = rule.AdamW{}
	}
	if err := r.Check(); err != nil {
		return nil, 0, err
	}
	if !(p.Method.Clip >= 0) {
		return nil, 0, fmt.Errorf("clip %v: want a number > 0, or 0 for none", p.Method.Clip)
	}
	batch := p.Method.Batch
	if batch == 0 {
		batch = min(64, f.Terms())
	}
	if batch < 1 || batch > f.Terms() {
		return nil, 0, errors.New("batch: want at least 1, and no more than there are samples")
	}
	order, g, memory := make([]int, f.Terms()), make([]float32, len(n.X)), rule.NewState[float32](r, len(n.X), f.Blocks()...)
	var now []int // the batch
	var step uint64
	var failure error // of an answer to the rule
	keep := func(err error) {
		if failure == nil {
			failure = err
		}
	}
	spare := make([]float32, len(n.X))
	o := &rule.Oracle[float32]{
		Gradient: func(g, x []float32) float64 {
			loss, err := f.BatchGradient(g, x, now, step)
			keep(err)
			return float64(loss)
		},
		Curvature:   func(h, x []float32) { keep(f.BatchCurvature(h, x, now, step)) },
		GaussNewton: func(h, x []float32) { keep(f.BatchGaussNewton(h, x, now, step)) },
	}
	o.Value = func(x []float32) float64 { return o.Gradient(spare, x) }
	for i := range order {
		order[i] = i
	}
	s := rng.New(p.Seed, "train.FindRate")
	at, smooth, weight, best := len(order), 0.0, 0.0, math.Inf(1)
	for k := 0; ; k++ {
		rate := lowest * math.Pow(10, float64(k)/perDecade)
		if rate > highest*(1+1e-9) {
			break
		}
		if err := ctx.Err(); err != nil {
			return points, 0, err
		}
		if at+batch > len(order) {
			s.Shuffle(order)
			at = 0
		}
		now, step = order[at:at+batch], uint64(k)
		if _, any := f.Adversary(); any {
			if err := f.Attack(n.X, now, step); err != nil {
				return points, 0, err
			}
		}
		v, err := f.BatchGradient(g, n.X, now, step)
		if err != nil {
			return points, 0, err
		}
		at += batch
		smooth, weight = smoothing*smooth+(1-smoothing)*float64(v), smoothing*weight+1-smoothing
		mean := smooth / weight
		if !(mean <= tooHigh*best) && k > 0 {
			break
		}
		points = append(points, RatePoint{rate, mean})
		if mean < best {
			best, suggestion = mean, rate/10
		}
		if norm := float64(vec.Nrm2(g)); p.Method.Clip > 0 && norm > p.Method.Clip {
			vec.Scal(float32(p.Method.Clip/norm), g)
		}
		o.Loss = float64(v)
		rule.StepWith(r, n.X, g, memory, rate, o)
		if failure != nil {
			return points, 0, failure
		}
	}
	if suggestion <= lowest {
		return points, 0, errors.New("the loss does not fall at any learning rate from 1e-6 to 10: is the model or the data right?")
	}
	return points, suggestion, nil
}
