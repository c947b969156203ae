package curvature

import (
	"context"
	"fmt"
	"math"

	"gonum.org/v1/gonum/mat"

	"github.com/godescent/descent"
	"github.com/godescent/descent/claim"
	"github.com/godescent/descent/claim/net"
	"github.com/godescent/descent/linalg"
	"github.com/godescent/descent/nn"
	"github.com/godescent/descent/problem/neural"
	"github.com/godescent/descent/rng"
	"github.com/godescent/descent/rule"
	"github.com/godescent/descent/study/stat"
	"github.com/godescent/descent/vec"
)

// BatchRates is about Hessians of batches and the learning rates that they allow.
var BatchRates = claim.Claim{
	ID: "batch-lr-rmt",
	Paper: claim.Paper{
		Authors: "D. Granziol, S. Zohren and S. Roberts", Year: 2022,
		Title: "Learning Rates as a Function of Batch Size: A Random Matrix Theory Approach to Neural Network Training",
		Where: "JMLR 23, arXiv:2006.09092",
	},
	Statement: "The Hessian of a batch of b is that of the data and a random matrix with entries of variance s^2/b: its largest eigenvalue is l + P s^2/(b l) where l > s sqrt(P/b), else 2 s sqrt(P/b). So the largest stable learning rate of SGD grows like b, up to a threshold, that of Adam like sqrt(b).",
	Published: "The law of the spike (Theorem 1 and classical results) and figures: eigenvalues of VGG16 on CIFAR-100 fall with b as predicted, the largest stable rates scale linearly and like the root. Thresholds below are ours, set before the first run.",
	Method: `(1) P = 300, s = 1, a spike of 4: the mean of the largest eigenvalue of 10 draws, by 60 Lanczos steps, is within 8 % of the law at b = 4, 8, ..., 512; its second moment by quadrature from random starts is 16/P + (P+1)/b within 5 % at b = 8;
the extreme Ritz values of a draw at b = 64 are those of a dense solver within 1e-6. (2) Digits of 8 x 8 pixels, 32 tanh units, after an epoch of AdamW: means over 20 batches of the
largest eigenvalue, 15 Lanczos steps, b = 8, ..., 512 of 1347: the fit l + A (1/b - 1/1347) has R^2 >= 0.9. The A that the law predicts from the variance of the terms' Hessians is noted.
(3) The same network from its start: the largest rate of a grid of 2^(1/4), by bisection, with which the loss of all after 300 steps is below that of the start, median of 3 seeds. The slope of its logarithm in log b is 0.7 to 1.1 for SGD from b = 8 to 32,
at most 0.35 from 128 to 512, and 0.3 to 0.7 for Adam from 8 to 512. The learner with rates by Lanczos, deep networks and generalization are not checked.`,
	Check: batchRates(1, 3),
}

// batchRates checks with another s in the law, on so many seeds of networks.
func batchRates(s float64, seeds int) func(context.Context, *claim.Record) error {
	return func(ctx context.Context, r *claim.Record) error {
		if err := spikeLaw(ctx, r, s); err != nil || seeds == 0 {
			return err
		}
		d, err := newDigits(ctx)
		if err != nil {
			return err
		}
		if err := d.largestEigenvalues(ctx, r); err != nil {
			return err
		}
		return d.stableRates(ctx, r, seeds)
	}
}

// spiked returns 4 u u' + W for a random unit vector u.
func spiked(s *rng.Stream, p, b int) *mat.SymDense {
	u, a := make([]float64, p), mat.NewSymDense(p, nil)
	for i := range u {
		u[i] = s.Norm()
	}
	vec.Scal(1/vec.Nrm2(u), u)
	for i := range p {
		for j := range i + 1 {
			w := s.Norm() / math.Sqrt(float64(b))
			if i == j {
				w *= math.Sqrt2
			}
			a.SetSym(i, j, 4*u[i]*u[j]+w)
		}
	}
	return a
}

// ritz takes Lanczos steps with a matrix from a random start.
func ritz(s *rng.Stream, a *mat.SymDense, steps int) (values, weights []float64) {
	n := a.SymmetricDim()
	start := make([]float64, n)
	for i := range start {
		start[i] = s.Norm()
	}
	values, weights, _ = linalg.Lanczos(func(dst, x []float64) { mat.NewVecDense(n, dst).MulVec(a, mat.NewVecDense(n, x)) }, start, steps)
	return values, weights
}

func spikeLaw(ctx context.Context, r *claim.Record, sigma float64) error {
	const p, spike, draws, steps = 300, 4, 10, 60
	s := rng.New(1, "batch rates")
	for b := 4; b <= 512; b *= 2 {
		top, second := 0.0, 0.0
		for range draws {
			if err := ctx.Err(); err != nil {
				return err
			}
			values, weights := ritz(&s, spiked(&s, p, b), steps)
			top += values[len(values)-1] / draws
			for i, v := range values {
				second += weights[i] * v * v / draws
			}
		}
		edge := sigma * math.Sqrt(float64(p)/float64(b))
		law := 2 * edge
		if spike > edge {
			law = spike + edge*edge/spike
		}
		r.AtMost(fmt.Sprintf("b = %d: relative error of the law", b), math.Abs(top/law-1), 0.08)
		r.Note(fmt.Sprintf("b = %d: largest eigenvalue", b), top)
		if b == 8 {
			r.Equal("b = 8: second moment by quadrature / its mean", second/(float64(spike*spike)/p+float64(p+1)/float64(b)), 1, 0.05)
		}
	}
	a := spiked(&s, p, 64)
	values, _ := ritz(&s, a, steps)
	var eig mat.EigenSym
	if !eig.Factorize(a, false) {
		return fmt.Errorf("batch-lr-rmt: the dense solver found no eigenvalues")
	}
	dense := eig.Values(nil)
	worst := max(math.Abs(values[0]/dense[0]-1), math.Abs(values[len(values)-1]/dense[p-1]-1))
	r.AtMost("b = 64: relative error of extreme Ritz values", worst, 1e-6)
	return nil
}

// digits is a network of 32 tanh units, in both precisions.
type digits struct {
	n         int
	f         *neural.Objective
	fast      *neural.Batches[float32]
	start     []float32
	x         []float64 // after an epoch
	all, pick []int
}

func newDigits(ctx context.Context) (*digits, error) {
	task := net.Task{Name: "digits", Data: "digits", Spec: nn.Spec{Kind: "mlp", Hidden: []int{32}, Activation: "tanh"}, Epochs: 1, Batch: 32}
	p, err := task.Plan(rule.AdamW{}, 1e-3, 1)
	if err != nil {
		return nil, err
	}
	trained, _, err := p.Run(ctx, descent.Options{MaxIter: 1, NoCheckpoint: true})
	if err != nil {
		return nil, err
	}
	d := &digits{n: p.Samples.Len()}
	wide := nn.Samples[float64]{Shape: p.Samples.Shape, Labels: p.Samples.Labels}
	for _, v := range p.Samples.X {
		wide.X = append(wide.X, float64(v))
	}
	samples, err := nn.NewSamples(d.n, wide)
	if err != nil {
		return nil, err
	}
	m, err := nn.NewModel[float64](task.Spec, p.Encoding.Input())
	if err != nil {
		return nil, err
	}
	if d.f, err = neural.New(m, samples, nn.CrossEntropy[float64]{}, neural.Options{}); err != nil {
		return nil, err
	}
	if d.fast, err = neural.NewBatches(trained.Model, p.Samples, nn.CrossEntropy[float32]{}, neural.BatchOptions{}); err != nil {
		return nil, err
	}
	d.start, _ = nn.Start[float32](m.Layout(), 1)
	for _, v := range trained.X {
		d.x = append(d.x, float64(v))
	}
	for i := range d.n {
		d.all, d.pick = append(d.all, i), append(d.pick, i)
	}
	return d, nil
}

// draw returns a random batch.
func (d *digits) draw(s *rng.Stream, b int) []int {
	s.Shuffle(d.pick)
	return d.pick[:b]
}

func (d *digits) largestEigenvalues(ctx context.Context, r *claim.Record) error {
	const draws, steps = 20, 15
	s, dim := rng.New(2, "batch rates"), len(d.x)
	start := make([]float64, dim)
	largest := func(batch []int) float64 {
		for i := range start {
			start[i] = s.Norm()
		}
		values, _, _ := linalg.Lanczos(func(hv, v []float64) { d.f.TermHessVec(hv, d.x, v, batch) }, start, steps)
		return values[len(values)-1]
	}
	whole := largest(d.all)
	var u, means []float64
	for b := 8; b <= 512; b *= 2 {
		mean := 0.0
		for range draws {
			if err := ctx.Err(); err != nil {
				return err
			}
			mean += largest(d.draw(&s, b)) / draws
		}
		u, means = append(u, 1/float64(b)-1/float64(d.n)), append(means, mean)
		r.Note(fmt.Sprintf("digits, b = %d: largest eigenvalue", b), mean)
	}
	at0, slope, square := line(u, means)
	r.AtLeast("digits: R^2 of l + A (1/b - 1/n)", square, 0.9)
	r.Note("digits: l of the fit", at0)
	r.Note("digits: largest eigenvalue of all", whole)
	r.Note("digits: A of the fit", slope)
	// P s^2 is the mean over unit vectors v of the variance of the terms' H_i v.
	const probes, terms = 10, 100
	noise, v, hv := 0.0, make([]float64, dim), make([]float64, dim)
	for range probes {
		for i := range v {
			v[i] = s.Norm()
		}
		vec.Scal(1/vec.Nrm2(v), v)
		for _, i := range d.draw(&s, terms) {
			d.f.TermHessVec(hv, d.x, v, []int{i})
			noise += vec.Dot(hv, hv) / (probes * terms)
		}
		d.f.HessVec(hv, d.x, v)
		noise -= vec.Dot(hv, hv) / probes
	}
	r.Note("digits: A of the law, P s^2/l", noise/whole)
	return nil
}

// line fits y = a + b x by least squares, and returns R^2 too.
func line(x, y []float64) (a, b, square float64) {
	mx, my := stat.Mean(x), stat.Mean(y)
	var xx, xy, yy float64
	for i := range x {
		xx += (x[i] - mx) * (x[i] - mx)
		xy += (x[i] - mx) * (y[i] - my)
		yy += (y[i] - my) * (y[i] - my)
	}
	b = xy / xx
	return my - b*mx, b, b * xy / yy
}

// stableRates finds the edge of stability for SGD and Adam.
func (d *digits) stableRates(ctx context.Context, r *claim.Record, seeds int) error {
	for _, c := range []struct {
		name    string
		rule    rule.Rule
		lo, hi  int // powers of 2^(1/4): stable, and not
		compare func(slope func(from, to int) float64)
	}{
		{"SGD", rule.SGD{}, -24, 40, func(slope func(from, to int) float64) {
			v := slope(8, 32)
			r.AtLeast("SGD: slope of the largest stable rate, b = 8 to 32", v, 0.7)
			r.AtMost("SGD: slope of the largest stable rate, b = 8 to 32", v, 1.1)
			r.AtMost("SGD: slope of the largest stable rate, b = 128 to 512", slope(128, 512), 0.35)
		}},
		{"Adam", rule.Adam{}, -48, 16, func(slope func(from, to int) float64) {
			v := slope(8, 512)
			r.AtLeast("Adam: slope of the largest stable rate, b = 8 to 512", v, 0.3)
			r.AtMost("Adam: slope of the largest stable rate, b = 8 to 512", v, 0.7)
		}},
	} {
		var sizes, edges []float64
		for b := 8; b <= 512; b *= 2 {
			var found []float64
			for seed := range uint64(seeds) {
				lo, hi := c.lo, c.hi
				for hi-lo > 1 {
					k := (lo + hi) / 2
					ok, err := d.stable(ctx, c.rule, math.Exp2(float64(k)/4), b, seed)
					if err != nil {
						return err
					}
					if ok {
						lo = k
					} else {
						hi = k
					}
				}
				if lo == c.lo || hi == c.hi {
					return fmt.Errorf("batch-lr-rmt: %s, b = %d: the grid from 2^%d to 2^%d does not hold the edge", c.name, b, c.lo/4, c.hi/4)
				}
				found = append(found, math.Exp2(float64(lo)/4))
			}
			sizes, edges = append(sizes, float64(b)), append(edges, stat.Median(found))
			r.Note(fmt.Sprintf("%s, b = %d: largest stable rate", c.name, b), edges[len(edges)-1])
		}
		c.compare(func(from, to int) float64 {
			var x, y []float64
			for i, b := range sizes {
				if b >= float64(from) && b <= float64(to) {
					x, y = append(x, b), append(y, edges[i])
				}
			}
			return claim.Slope(x, y)
		})
	}
	return nil
}

// stable reports whether 300 steps bring the loss below that of the start.
func (d *digits) stable(ctx context.Context, of rule.Rule, rate float64, b int, seed uint64) (bool, error) {
	s := rng.New(seed, "batch rates, steps")
	x, g := append([]float32(nil), d.start...), make([]float32, len(d.start))
	state := rule.NewState[float32](of, len(x))
	first, err := d.fast.BatchGradient(g, x, d.all, 0)
	if err != nil {
		return false, err
	}
	for k := range uint64(300) {
		if err := ctx.Err(); err != nil {
			return false, err
		}
		loss, err := d.fast.BatchGradient(g, x, d.draw(&s, b), k)
		if err != nil {
			return false, err
		}
		if loss-loss != 0 {
			return false, nil
		}
		rule.Step(of, x, g, state, rate)
	}
	last, err := d.fast.BatchGradient(g, x, d.all, 0)
	return last < first, err // false for NaN
}
