package firstorder

import (
	"context"
	"fmt"
	"math"
	"slices"

	"github.com/godescent/descent"
	"github.com/godescent/descent/claim"
	"github.com/godescent/descent/linalg"
	"github.com/godescent/descent/method/gradient"
	"github.com/godescent/descent/method/newton"
	"github.com/godescent/descent/method/stochastic"
	"github.com/godescent/descent/problem/glm"
	"github.com/godescent/descent/rng"
	"github.com/godescent/descent/rule"
	"github.com/godescent/descent/schedule"
	"github.com/godescent/descent/study/stat"
	"github.com/godescent/descent/vec"
)

// TargetSurrogate is about many steps for each gradient in the outputs of a model.
var TargetSurrogate = claim.Claim{
	ID: "target-surrogate-sso",
	Paper: claim.Paper{
		Authors: "Lavington, Vaswani, Babanezhad, Schmidt and Le Roux", Year: 2023,
		Title: "Target-based Surrogates for Stochastic Optimization",
		Where: "ICML 2023 (PMLR 202), arXiv:2302.02607",
	},
	Statement: "A gradient of the loss in a model's outputs gives a bound on the loss as a function of the parameters; many cheap steps on that decrease the loss in every iteration, and by more per gradient than gradient descent, SGD or Adam do.",
	Published: "Theorems: with all data and eta <= 1/L, L the smoothness in the outputs alone, the loss falls monotonically for any number of inner steps. Figures: lower losses per gradient than SGD, Adam and AdaGrad on five data sets, the more so the more inner steps. All factors below are ours, set before the first run.",
	Method: `Logistic regression, 2000 samples, 50 normal features scaled by 10^(-1.5 j/49), labels drawn by a teacher of norm 6. (1) At 1000 random points
the surrogate with eta = 4 is not below the loss. (2) All data, 100 gradients, from 0, eta = 4: no iteration of 1, 5, 20 or 100 inner steps raises the loss by more than 1e-12; 20 reach a gap of
1e-4, a tenth of that of gradient descent with 1/L and no more than that of Adam with the best of 9 rates; gaps fall with the inner steps. (3) One inner step of a fixed length is
gradient descent, to rounding. (4) Batches of 100, 100 gradients, eta_t = eta/sqrt(1 + t/5): the mean gap with the best of 12 settings (5, 20 or 100 inner steps; eta 1/2, 1, 2, 4) is at most 0.7 times that of
SGD with the best of 12 (6 steps, constant or as eta), both tuned on 3 orders of the samples and judged on 10 others, in pairs. Time is not measured: calls of
the losses and of the model are counted. Imitation learning and the variants with AdaGrad or mirror maps are not checked.`,
	Check: targetSurrogate(func(m stochastic.SSO) stochastic.SSO { return m }, 10),
}

// targetSurrogate checks with a change of the method, on so many orders of the samples; none: without mini-batches.
func targetSurrogate(change func(stochastic.SSO) stochastic.SSO, orders int) func(context.Context, *claim.Record) error {
	return func(ctx context.Context, r *claim.Record) error {
		t, err := newTeacher(ctx)
		if err != nil {
			return err
		}
		t.bound(r)
		if err := t.allData(ctx, r, change); err != nil {
			return err
		}
		if err := t.oneStep(ctx, r, change); err != nil || orders == 0 {
			return err
		}
		return t.batches(ctx, r, change, orders)
	}
}

// A teacher is the problem with its minimum.
type teacher struct {
	m     *glm.Model
	least float64
}

const teacherCalls = 100

func newTeacher(ctx context.Context) (*teacher, error) {
	const n, d, norm = 2000, 50, 6
	s := rng.New(1, "target surrogates")
	w, x, y := make([]float64, d), &linalg.Dense{Rows: n, Cols: d, Data: make([]float64, n*d)}, make([]float64, n)
	for j := range w {
		w[j] = s.Norm()
	}
	vec.Scal(norm/vec.Nrm2(w), w)
	for i := range y {
		row := x.Data[i*d : (i+1)*d]
		for j := range row {
			row[j] = s.Norm() * math.Pow(10, -1.5*float64(j)/(d-1))
		}
		if y[i] = -1; s.Float64() < 1/(1+math.Exp(-vec.Dot(row, w))) {
			y[i] = 1
		}
	}
	m, err := glm.New("teacher", x, y, glm.Spec{Loss: glm.Logistic{}})
	if err != nil {
		return nil, err
	}
	best, err := descent.Solve(ctx, m.Problem(), newton.Newton{}, make([]float64, d), descent.Options{Tol: 1e-12, MaxIter: 100})
	if err != nil {
		return nil, err
	}
	if best.Status != descent.Converged {
		return nil, fmt.Errorf("the minimum was not found: %s", best.Status)
	}
	return &teacher{m, best.Value}, nil
}

// bound compares the surrogate at 0 with the loss.
func (t *teacher) bound(r *claim.Record) {
	n, d := t.m.Terms(), t.m.Dim()
	s, all := rng.New(2, "target surrogates"), make([]int, n)
	for i := range all {
		all[i] = i
	}
	z0, z, u, x := make([]float64, n), make([]float64, n), make([]float64, n), make([]float64, d)
	t.m.Targets(z0, x, all)
	f0, least := t.m.TargetLoss(u, z0, all), math.Inf(1)
	for k := range 1000 {
		for j := range x {
			x[j] = s.Norm() * math.Pow(10, float64(k%5)-2)
		}
		t.m.Targets(z, x, all)
		up := f0
		for i, v := range z {
			dz := v - z0[i]
			up += dz * (u[i] + dz/(2*4)) / float64(n)
		}
		least = min(least, up-t.m.Value(x))
	}
	r.AtLeast("smallest surrogate - loss at 1000 points", least, -1e-12)
}

func (t *teacher) allData(ctx context.Context, r *claim.Record, change func(stochastic.SSO) stochastic.SSO) error {
	d := t.m.Dim()
	r.Figure("sso-gaps", "Logistic regression, all data in a batch", "gap")
	gaps := func(name string, m descent.Method) (last, rise float64, err error) {
		var curve []float64
		p := t.m.Problem()
		err = claim.Follow(ctx, p, m, make([]float64, d), teacherCalls, func(k int, x []float64) bool {
			v := t.m.Value(x) - t.least
			if k > 0 {
				rise = max(rise, v-curve[k-1])
			}
			curve = append(curve, v)
			return true
		})
		if err != nil {
			return 0, 0, err
		}
		r.Curve("sso-gaps", name, curve)
		if c := p.Counts(); c.Target > 0 {
			r.Note(name+": gradients of the losses of all data", float64(c.Term)/float64(t.m.Terms()))
			r.Note(name+": outputs of the model for all data, and products with the Jacobian", float64(c.Target)/float64(t.m.Terms()))
		}
		return curve[len(curve)-1], rise, nil
	}
	slow, _, err := gaps("gradient descent", gradient.GD{Rule: "fixed"})
	if err != nil {
		return err
	}
	r.Note("gradient descent: gap", slow)
	last := math.Inf(1)
	for _, inner := range []int{1, 5, 20, 100} {
		name := fmt.Sprintf("%d inner steps", inner)
		gap, rise, err := gaps(name, change(stochastic.SSO{Eta: 4, Inner: inner}))
		if err != nil {
			return err
		}
		r.AtMost(name+": largest rise of the loss", rise, 1e-12)
		if inner == 20 {
			r.AtMost(name+": gap", gap, 1e-4)
			r.AtMost(name+": gap / that of gradient descent", gap/slow, 0.1)
			adam, err := t.adam(ctx, r)
			if err != nil {
				return err
			}
			r.AtMost(name+": gap / that of Adam", gap/adam, 1)
		} else {
			r.Note(name+": gap", gap)
		}
		if inner > 1 {
			r.AtMost(name+": gap / that of fewer", gap/last, 1)
		}
		last = max(gap, 1e-15) // beyond that gaps are rounding
	}
	return nil
}

// adam returns the smallest gap of Adam over 9 rates.
func (t *teacher) adam(ctx context.Context, r *claim.Record) (float64, error) {
	best, rate, d := math.Inf(1), 0.0, t.m.Dim()
	for k := range 9 {
		if ctx.Err() != nil {
			return 0, ctx.Err()
		}
		v := math.Pow(10, float64(k)/4-2)
		x, g, s := make([]float64, d), make([]float64, d), rule.NewState[float64](rule.Adam{}, d)
		for range teacherCalls {
			t.m.Gradient(g, x)
			rule.Step(rule.Adam{}, x, g, s, v)
		}
		if gap := t.m.Value(x) - t.least; gap < best {
			best, rate = gap, v
		}
	}
	r.Note("Adam: gap", best)
	r.Note("Adam: rate", rate)
	return best, nil
}

// oneStep compares the paths of one inner step and of gradient descent.
func (t *teacher) oneStep(ctx context.Context, r *claim.Record, change func(stochastic.SSO) stochastic.SSO) error {
	d, step := t.m.Dim(), 1/t.m.Lipschitz()
	var paths [2][][]float64
	for k, m := range []descent.Method{change(stochastic.SSO{Inner: 1, Step: step}), gradient.GD{Rule: "fixed", Step: step}} {
		err := claim.Follow(ctx, t.m.Problem(), m, make([]float64, d), teacherCalls, func(_ int, x []float64) bool {
			paths[k] = append(paths[k], slices.Clone(x))
			return true
		})
		if err != nil {
			return err
		}
	}
	worst := 0.0
	for k, x := range paths[1] {
		for j, v := range x {
			worst = max(worst, math.Abs(v-paths[0][k][j]))
		}
	}
	r.AtMost("one inner step: largest distance from gradient descent", worst, 1e-13)
	return nil
}

// batches compares the best settings of both on batches of 100.
func (t *teacher) batches(ctx context.Context, r *claim.Record, change func(stochastic.SSO) stochastic.SSO, orders int) error {
	const batch, tuning = 100, 3
	perPass := t.m.Terms() / batch
	falling := schedule.Schedule{Kind: "inv-sqrt", Horizon: 5 / float64(perPass)} // 1/sqrt(1 + t/5), time being in passes
	gap := func(m descent.Method) (float64, error) {
		p := t.m.Problem()
		res, err := descent.Solve(ctx, p, m, make([]float64, t.m.Dim()), descent.Options{Tol: -1, MaxIter: teacherCalls / perPass, NoCheckpoint: true})
		if err == nil && res.Status == descent.Cancelled {
			err = ctx.Err()
		}
		if err != nil {
			return 0, err
		}
		return t.m.Value(res.X) - t.least, nil
	}
	sgd := map[string]func(seed uint64) descent.Method{}
	for k := range 6 {
		step := math.Pow(2, float64(k)-2)
		for name, s := range map[string]schedule.Schedule{"constant": {Kind: "constant"}, "falling": falling} {
			sgd[fmt.Sprintf("step %g, %s", step, name)] = func(seed uint64) descent.Method {
				return stochastic.SGD{Step: step, Schedule: s, Batch: batch, Average: "none", Seed: seed}
			}
		}
	}
	sso := map[string]func(seed uint64) descent.Method{}
	for _, inner := range []int{5, 20, 100} {
		for _, eta := range []float64{0.5, 1, 2, 4} {
			sso[fmt.Sprintf("%d inner steps, eta %g", inner, eta)] = func(seed uint64) descent.Method {
				return change(stochastic.SSO{Eta: eta, Schedule: falling, Batch: batch, Inner: inner, Seed: seed})
			}
		}
	}
	judged := map[string][]float64{}
	for _, c := range []struct {
		name     string
		settings map[string]func(seed uint64) descent.Method
	}{{"SGD", sgd}, {"SSO", sso}} {
		least, best := math.Inf(1), ""
		var names []string
		for name := range c.settings {
			names = append(names, name)
		}
		slices.Sort(names)
		for _, name := range names {
			sum := 0.0
			for seed := range uint64(tuning) {
				v, err := gap(c.settings[name](seed))
				if err != nil {
					return err
				}
				sum += v / tuning
			}
			if sum < least {
				least, best = sum, name
			}
		}
		for seed := range uint64(orders) {
			v, err := gap(c.settings[best](100 + seed))
			if err != nil {
				return err
			}
			judged[c.name] = append(judged[c.name], v)
		}
		r.Note(fmt.Sprintf("batches: mean gap of %s with %s", c.name, best), stat.Mean(judged[c.name]))
	}
	constant, err := gap(change(stochastic.SSO{Eta: 8, Batch: batch, Inner: 100}))
	if err != nil {
		return err
	}
	r.Note("batches: gap of SSO with 100 inner steps, constant eta 8", constant)
	r.RatioAtMost("batches: gap of SSO / SGD", judged["SSO"], judged["SGD"], 0.7)
	return nil
}
