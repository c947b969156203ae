package fit

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"math"
	"slices"
	"time"

	"github.com/godescent/descent"
	"github.com/godescent/descent/linalg"
	"github.com/godescent/descent/problem/glm"
	"github.com/godescent/descent/rng"
)

// A CVResult is a path on all data with the loss that its lambdas have on samples that were
// held out.
type CVResult struct {
	Path  *PathResult // on all data: the final fits, with their certificates
	Folds int
	Seed  uint64

	Loss     [][]float64 // of each fold at each lambda: the mean over its held-out samples of the model's loss
	Mean, SE []float64   // over folds, at each lambda

	Error              [][]float64 // share of held-out samples that are taken for another class; nil without classes
	ErrorMean, ErrorSE []float64

	Unconverged []int // folds whose fit has no certificate within tolerance, at each lambda
	Best        int   // index of the lambda of the least mean, the largest of them
	OneSE       int   // index of the largest lambda whose mean is within one standard error of it
	Seconds     float64
}

// Converged reports whether every value of the path on all data and of the folds did.
func (r *CVResult) Converged() bool { return r.Path.Converged() && slices.Max(r.Unconverged) == 0 }

// CrossValidate computes a path on all data and, with the same lambdas, a path without each
// of the folds, which is measured on the fold. The folds are shuffled by the seed and differ
// by at most one sample in size, of two or more classes by one sample in each class.
//
// With l_f the mean loss of fold f at some lambda, K folds have the mean m = sum l_f / K and the standard
// error sqrt(sum (l_f - m)^2 / (K (K-1))). Sample weights weigh the losses within a fold;
// folds weigh the same. The rule of one standard error: Breiman, Friedman, Olshen and Stone,
// Classification and regression trees, 1984, section 3.4.3.
//
// It ends with the error of ctx if that ends.
func CrossValidate(ctx context.Context, name string, x linalg.Matrix, y []float64, spec glm.Spec, folds int, seed uint64, opt PathOptions) (*CVResult, error) {
	start := time.Now()
	if c, ok := x.(*linalg.CSC); ok {
		x = c.CSR()
	}
	p, err := newPath(ctx, name, x, y, spec, opt, nil)
	if err != nil {
		return nil, err
	}
	of, err := deal(p.base.Loss(), y, p.n, folds, seed)
	if err != nil {
		return nil, err
	}
	n := len(p.lambdas)
	r := &CVResult{Path: p.result(), Folds: folds, Seed: seed, Loss: make([][]float64, folds), Unconverged: make([]int, n)}
	if classes(p.base.Loss()) > 0 {
		r.Error = make([][]float64, folds)
	}
	t := &tally{total: n * (folds + 1), observe: opt.Observe}
	bad := make([][]int, folds)
	failed := make([]error, folds)
	parallel(workers(opt), folds+1, func(_, f int) {
		if f == folds {
			for _, s := range stretches(n) {
				p.run(ctx, p.base, s, r.Path, t)
			}
			return
		}
		h := &holdout{fold: f, of: of, x: x, y: y, spec: spec}
		if bad[f], failed[f] = h.run(ctx, p, r, t); failed[f] != nil {
			failed[f] = fmt.Errorf("fit: fold %d of %d: %w", f+1, folds, failed[f])
		}
	})
	if ctx.Err() != nil {
		return nil, fmt.Errorf("fit: cross-validation of %s: %w", name, ctx.Err())
	}
	if err := errors.Join(failed...); err != nil {
		return nil, err
	}
	for _, ks := range bad {
		for _, k := range ks {
			r.Unconverged[k]++
		}
	}
	r.Mean, r.SE = summary(r.Loss)
	if r.Error != nil {
		r.ErrorMean, r.ErrorSE = summary(r.Error)
	}
	if r.Best, r.OneSE = choose(r.Mean, r.SE); r.Best < 0 {
		return nil, fmt.Errorf("fit: cross-validation of %s: the loss of the held-out samples is finite at no lambda: want larger lambdas", name)
	}
	r.Seconds = time.Since(start).Seconds()
	return r, nil
}

// classes returns how many classes the targets of a loss are, 0 for numbers.
func classes(l glm.Loss) int {
	switch l := l.(type) {
	case glm.Logistic, glm.Hinge, glm.SquaredHinge:
		return 2
	case glm.Multinomial:
		return l.K
	}
	return 0
}

// deal returns the fold of each of n samples. Classes are shuffled and dealt one after the other.
func deal(l glm.Loss, y []float64, n, folds int, seed uint64) ([]int, error) {
	if folds < 2 || folds > n {
		return nil, fmt.Errorf("fit: %d folds of %d samples: want 2 to %d", folds, n, n)
	}
	order := make([]int, n)
	for i := range order {
		order[i] = i
	}
	s := rng.New(seed, "cross-validation folds")
	s.Shuffle(order)
	if k := classes(l); k > 0 {
		slices.SortStableFunc(order, func(a, b int) int { return cmp.Compare(y[a], y[b]) })
		count := map[float64]int{}
		for _, v := range y {
			count[v]++
		}
		for c := range k {
			v := float64(c)
			if k == 2 {
				if _, ok := l.(glm.Multinomial); !ok {
					v = 2*v - 1
				}
			}
			if count[v] < folds {
				return nil, fmt.Errorf("fit: class %v has %d of the samples: some of %d folds would be without: want at most %d folds", v, count[v], folds, max(2, count[v]))
			}
		}
	}
	of := make([]int, n)
	for k, i := range order {
		of[i] = k % folds
	}
	return of, nil
}

// selectRows returns some rows of a matrix that glm.New takes.
func selectRows(x linalg.Matrix, idx []int) linalg.Matrix {
	if d, ok := x.(*linalg.Dense); ok {
		return d.SelectRows(idx)
	}
	return x.(*linalg.CSR).SelectRows(idx)
}

// holdout is a fold.
type holdout struct {
	fold int
	of   []int
	x    linalg.Matrix
	y    []float64
	spec glm.Spec
}

// split returns the samples inside or outside of the fold.
func (h *holdout) split(inside bool) (x linalg.Matrix, y, weights []float64) {
	var idx []int
	for i, f := range h.of {
		if (f == h.fold) == inside {
			idx = append(idx, i)
			if h.spec.Weights != nil {
				weights = append(weights, h.spec.Weights[i])
			}
		}
	}
	for first := 0; first < len(h.y); first += len(h.of) { // of each output
		for _, i := range idx {
			y = append(y, h.y[first+i])
		}
	}
	return selectRows(h.x, idx), y, weights
}

// run fits the path of the samples outside of the fold, and stores its losses inside. It
// returns the lambdas that have no certificate.
func (h *holdout) run(ctx context.Context, all *path, r *CVResult, t *tally) (bad []int, err error) {
	spec := h.spec
	x, y, weights := h.split(false)
	spec.Weights = weights
	p, err := newPath(ctx, all.name, x, y, spec, all.opt, all.lambdas)
	if err != nil {
		return nil, err
	}
	fit := p.result()
	for _, s := range stretches(len(p.lambdas)) {
		p.run(ctx, p.base, s, fit, t)
	}
	x, y, weights = h.split(true)
	e := newExam(p.base.Loss(), p.outputs(), x, y, weights)
	if !(e.total > 0) {
		return nil, errors.New("the weights of its samples are all zero: want another seed or fewer folds")
	}
	losses, wrong := make([]float64, len(fit.Values)), make([]float64, len(fit.Values))
	for k := range fit.Values {
		losses[k], wrong[k] = e.grade(&fit.Values[k])
		if fit.Values[k].Status != descent.Converged {
			bad = append(bad, k)
		}
	}
	r.Loss[h.fold] = losses
	if r.Error != nil {
		r.Error[h.fold] = wrong
	}
	return bad, nil
}

// exam measures models on samples that they have not seen.
type exam struct {
	loss       glm.Loss
	x          linalg.Matrix
	y, weights []float64
	total      float64
	k          int
	w, z, u, v []float64
}

func newExam(l glm.Loss, outputs int, x linalg.Matrix, y, weights []float64) *exam {
	n, d := x.Dims()
	e := &exam{loss: l, x: x, y: y, weights: weights, k: outputs}
	e.w, e.z, e.u, e.v = make([]float64, d), make([]float64, n*e.k), make([]float64, n*e.k), make([]float64, n)
	for i := range n {
		e.total += e.weight(i)
	}
	return e
}

func (e *exam) weight(i int) float64 {
	if e.weights == nil {
		return 1
	}
	return e.weights[i]
}

// grade returns the mean loss and, of classes, the share that is taken for another.
func (e *exam) grade(v *PathValue) (loss, wrong float64) {
	n := len(e.v)
	for k, c := range v.Coef {
		for i, j := range c.Index {
			e.w[j] = c.Value[i]
		}
		z := e.z[k*n : (k+1)*n]
		e.x.MulVec(z, e.w)
		for i := range z {
			z[i] += v.Intercept[k]
		}
		for _, j := range c.Index {
			e.w[j] = 0
		}
	}
	glm.Evaluate(e.loss, e.v, e.u, e.z, e.y)
	for i, l := range e.v {
		if w := e.weight(i); w > 0 { // a loss without weight may be infinite
			loss += w * l / e.total
			if classes(e.loss) > 0 && e.class(i) != e.y[i] {
				wrong += w / e.total
			}
		}
	}
	return loss, wrong
}

// class returns the class that sample i is taken for, as its target.
func (e *exam) class(i int) float64 {
	if e.k == 1 {
		if e.z[i] > 0 {
			return 1
		}
		return -1
	}
	best, n := 0, len(e.y)
	for k := range e.k {
		if e.z[k*n+i] > e.z[best*n+i] {
			best = k
		}
	}
	return float64(best)
}

// summary returns means over folds and their standard errors.
func summary(folds [][]float64) (mean, se []float64) {
	k := float64(len(folds))
	mean, se = make([]float64, len(folds[0])), make([]float64, len(folds[0]))
	for i := range mean {
		for _, f := range folds {
			mean[i] += f[i] / k
		}
		for _, f := range folds {
			se[i] += (f[i] - mean[i]) * (f[i] - mean[i])
		}
		se[i] = math.Sqrt(se[i] / (k * (k - 1)))
	}
	return mean, se
}

// choose returns the first index of the least finite mean, and the first whose mean is at most one
// standard error above it; -1 where there is none. The largest lambda is the first.
func choose(mean, se []float64) (best, one int) {
	best = -1
	for k, m := range mean {
		if m-m == 0 && (best < 0 || m < mean[best]) {
			best = k
		}
	}
	if best < 0 {
		return -1, -1
	}
	for mean[one]-mean[one] != 0 || mean[one] > mean[best]+se[best] {
		one++
	}
	return best, one
}
