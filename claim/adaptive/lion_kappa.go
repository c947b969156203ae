package adaptive

import (
	"context"
	"fmt"
	"math"
	"slices"

	"github.com/godescent/descent"
	"github.com/godescent/descent/claim"
	"github.com/godescent/descent/rng"
	"github.com/godescent/descent/rule"
	"github.com/godescent/descent/vec"
)

// LionK is about the problem that Lion solves.
var LionK = claim.Claim{
	ID: "lion-kappa",
	Paper: claim.Paper{
		Authors: "Chen, Liu, Liang and Liu", Year: 2024,
		Title: "Lion Secretly Solves Constrained Optimization: As Lyapunov Predicts",
		Where: "ICLR 2024, arXiv:2310.05898",
	},
	Statement: "Lion with the gradient of a convex K for the sign minimizes F(x) = f(x) + K*(decay x)/decay: x enters the domain of K* at the rate of the decay and stays, then a Lyapunov function decreases. For Lion itself that domain is |x|_inf <= 1/decay.",
	Published: "(2), (4), the theorem on two phases (the distance to the domain falls by 1 - lr decay a step) and figures of weights cut at 1/decay. Ours, set before the first run: relative gap of F at most 1e-6, bounds to 1e-12, and a Lyapunov function that rises by at most 1e-9.",
	Method: `(1) A quadratic from outside of the domain, decay 2, lr 0.01: the excess over the bound. (2) Least squares, 60 x 20 Gaussian, 5 large
and 15 small weights, decay 1/2, lr 5/(10+t), 2e5 steps, with exact gradients: F against that of proximal gradient steps, for the box, the
ball, and the box with 0.05 |x|_1. (3) K of Huber, Beta1 = 1/2, Beta2 = 1 - lr, decay 1: the rule is Euler's method with the step lr = 1e-3 for the flow with alpha = gamma =
lambda = 1 and epsilon = 1/2; its Lyapunov function at each of 20000 steps. (4) K = |u|^2/2 against momentum with decoupled decay. (5) A network on digits by Lion with mini-batches
and a decay of 20, in single precision: the largest weight against the bound of phase 1. ImageNet and GPT-2 are not repeated.`,
	Check: lionK(1),
}

// lionK checks with the domain scaled by a factor, which is 1.
func lionK(factor float64) func(context.Context, *claim.Record) error {
	return func(ctx context.Context, r *claim.Record) error {
		for _, part := range []func() error{
			func() error { return phaseOne(ctx, r, factor) },
			func() error { return constrained(ctx, r, factor) },
			func() error { return lyapunov(ctx, r) },
			func() error { return quadraticK(ctx, r) },
			func() error { return clippedWeights(ctx, r, factor) },
		} {
			if err := part(); err != nil {
				return err
			}
		}
		return nil
	}
}

func phaseOne(ctx context.Context, r *claim.Record, factor float64) error {
	const n, decay, rate = 20, 2.0, 0.01
	s := rng.New(1, "lion-kappa")
	center, scale := make([]float64, n), make([]float64, n)
	for i := range center {
		center[i], scale[i] = 3*s.Norm(), 0.1+s.Float64()
	}
	for _, c := range []struct {
		k    string
		size func(x []float64) float64
	}{{"l1", vec.NrmInf[float64]}, {"l2", vec.Nrm2[float64]}} {
		x := slices.Repeat([]float64{10}, n)
		excess, worst := c.size(x)-factor/decay, math.Inf(-1)
		p := path{rule: rule.LionK{K: c.k, Decay: decay}, rate: constant(rate), gradient: func(g, x []float64) {
			for i, v := range x {
				g[i] = scale[i] * (v - center[i])
			}
		}}
		err := p.follow(ctx, x, 3000, func(int, *rule.State[float64]) bool {
			now := max(0, c.size(x)-factor/decay)
			worst = max(worst, now-(1-rate*decay)*excess)
			excess = now
			return true
		})
		if err != nil {
			return err
		}
		r.AtMost("phase 1, "+c.k+": largest excess - (1 - lr decay) * that of the step before", worst, 1e-12)
		r.AtMost("phase 1, "+c.k+": excess after 3000 steps", excess, 1e-12)
	}
	return nil
}

// A constraint is a K with its conjugate: h(x) = K*(decay x)/decay.
type constraint struct {
	name, k string
	bound   func(x []float64) float64 // <= 1/decay
	h       func(x []float64) float64 // where that holds
	prox    func(x []float64, t float64)
}

func constraints(radius, c float64) []constraint {
	none := func([]float64) float64 { return 0 }
	clip := func(x []float64, _ float64) {
		for i, v := range x {
			x[i] = max(-radius, min(radius, v))
		}
	}
	return []constraint{
		{"box", "l1", vec.NrmInf[float64], none, clip},
		{"ball", "l2", vec.Nrm2[float64], none, func(x []float64, _ float64) { vec.Scal(min(1, radius/vec.Nrm2(x)), x) }},
		{"box with l1", "threshold", vec.NrmInf[float64], func(x []float64) float64 { return c * vec.Asum(x) }, func(x []float64, t float64) {
			for i, v := range x {
				x[i] = math.Copysign(max(0, math.Abs(v)-c*t), v)
			}
			clip(x, t)
		}},
	}
}

// leastSquares is |A x - b|^2/(2 m) by its Hessian and linear part.
type leastSquares struct {
	h    []float64 // n x n
	c    []float64
	base float64
}

func newLeastSquares() leastSquares {
	const m, n = 60, 20
	s := rng.New(2, "lion-kappa")
	f := leastSquares{h: make([]float64, n*n), c: make([]float64, n)}
	truth := make([]float64, n)
	for i := range truth {
		if truth[i] = 0.02 * s.Norm(); i < 5 {
			truth[i] = 4 * math.Copysign(1, s.Norm())
		}
	}
	for range m {
		row, b := make([]float64, n), 0.1*s.Norm()
		for i := range row {
			row[i] = s.Norm()
		}
		b += vec.Dot(row, truth)
		f.base += b * b / (2 * m)
		vec.Axpy(-b/m, row, f.c)
		for i, v := range row {
			vec.Axpy(v/m, row, f.h[i*n:(i+1)*n])
		}
	}
	return f
}

func (f leastSquares) gradient(g, x []float64) {
	for i := range g {
		g[i] = vec.Dot(f.h[i*len(x):(i+1)*len(x)], x) + f.c[i]
	}
}

func (f leastSquares) value(x []float64) float64 {
	g := make([]float64, len(x))
	f.gradient(g, x)
	return f.base + (vec.Dot(g, x)+vec.Dot(f.c, x))/2
}

// minimize makes proximal gradient steps until none changes x by more than 1e-13.
func (f leastSquares) minimize(ctx context.Context, prox func(x []float64, t float64)) ([]float64, error) {
	const t = 0.2 // 1/t is more than the largest eigenvalue
	n := len(f.c)
	x, g, before := make([]float64, n), make([]float64, n), make([]float64, n)
	for range 100_000 {
		copy(before, x)
		f.gradient(g, x)
		vec.Axpy(-t, g, x)
		prox(x, t)
		if apart(x, before) < 1e-13 {
			return x, ctx.Err()
		}
	}
	return nil, fmt.Errorf("the reference changes by %.1e after 100000 steps", apart(x, before))
}

func constrained(ctx context.Context, r *claim.Record, factor float64) error {
	const decay, c, n = 0.5, 0.05, 200_000
	f := newLeastSquares()
	for _, con := range constraints(factor/decay, c) {
		best, err := f.minimize(ctx, con.prox)
		if err != nil {
			return err
		}
		want := f.value(best) + con.h(best)
		x := make([]float64, len(best))
		p := path{rule: rule.LionK{K: con.k, C: c, Decay: decay}, rate: func(k int) float64 { return 5 / float64(10+k) }, gradient: f.gradient}
		if err := p.follow(ctx, x, n, func(int, *rule.State[float64]) bool { return true }); err != nil {
			return err
		}
		r.Equal(con.name+": relative gap of F", (f.value(x)+con.h(x)-want)/want, 0, 1e-6)
		r.AtMost(con.name+": norm of x - 1/decay", con.bound(x)-factor/decay, 1e-12)
		zeros, largest := 0, 0.0
		for i, v := range best {
			if v == 0 {
				zeros++
				largest = max(largest, math.Abs(x[i]))
			}
		}
		r.Note(con.name+": F*", want)
		r.Note(con.name+": norm of x*", con.bound(best))
		if con.k == "threshold" {
			r.AtLeast(con.name+": zeros of x*", float64(zeros), 1)
			r.AtMost(con.name+": largest |x_i| where x*_i is 0", largest, 1e-3)
		}
	}
	return nil
}

// lyapunov follows H(x, m) = f(x) + K*(x) + (1 - epsilon)/(1 + epsilon) (K*(x) + K(m) - <m, x>), with m as minus the average of
// gradients, K the sum of Huber's functions divided by c, and K*(y) = c |y|^2/2 in the box.
func lyapunov(ctx context.Context, r *claim.Record) error {
	const epsilon, c, rate = 0.5, 0.5, 1e-3
	f := newLeastSquares()
	x := make([]float64, len(f.c))
	s := rng.New(3, "lion-kappa")
	for i := range x {
		x[i] = 2*s.Float64() - 1
	}
	conjugate := func() float64 { return c / 2 * vec.Dot(x, x) }
	composite := func() float64 { return f.value(x) + conjugate() }
	start, last, rise, under := composite(), math.Inf(1), 0.0, math.Inf(1)
	p := path{rule: rule.LionK{K: "huber", C: c, Beta1: 1 - epsilon, Beta2: 1 - rate, Decay: 1}, rate: constant(rate), gradient: f.gradient}
	err := p.follow(ctx, x, 20_000, func(_ int, s *rule.State[float64]) bool {
		h := conjugate()
		for i, v := range s.Vectors[0] {
			h += v * x[i] // -<m, x>
			if v = math.Abs(v); v <= c {
				h += v * v / (2 * c)
			} else {
				h += v - c/2
			}
		}
		h = composite() + (1-epsilon)/(1+epsilon)*h
		rise, under = max(rise, h-last), min(under, h-composite())
		last = h
		return true
	})
	if err != nil {
		return err
	}
	best, err := f.minimize(ctx, func(x []float64, t float64) {
		for i, v := range x {
			x[i] = max(-1, min(1, v/(1+c*t)))
		}
	})
	if err != nil {
		return err
	}
	want := f.value(best) + c/2*vec.Dot(best, best)
	r.AtMost("flow: largest rise of H in a step", rise, 1e-9)
	r.AtLeast("flow: least H - F", under, -1e-9)
	r.Equal("flow: (F - F*) at the end / at the start", (composite()-want)/(start-want), 0, 1e-6)
	return nil
}

func quadraticK(ctx context.Context, r *claim.Record) error {
	const decay, beta = 0.3, 0.9
	f := newLeastSquares()
	x, y := make([]float64, len(f.c)), make([]float64, len(f.c))
	a := path{rule: rule.LionK{K: "quadratic", Beta1: beta, Beta2: beta, Decay: decay}, rate: constant(0.05), gradient: f.gradient}
	// Blocks of one axis are not projected, and SGDP's decay is divided by 1 - Momentum.
	b := path{rule: rule.SGDP{Momentum: beta, Dampening: beta, Decay: decay * (1 - beta)}, rate: constant(0.05), gradient: f.gradient}
	var xs []float64
	if err := a.follow(ctx, x, 200, func(int, *rule.State[float64]) bool { xs = append(xs, x...); return true }); err != nil {
		return err
	}
	worst := 0.0
	err := b.follow(ctx, y, 200, func(k int, _ *rule.State[float64]) bool {
		worst = max(worst, apart(y, xs[(k-1)*len(y):k*len(y)]))
		return true
	})
	r.AtMost("K = |u|^2/2: largest distance from momentum in 200 steps", worst, 1e-12)
	return err
}

// clippedWeights trains, and compares the largest weight with what phase 1 says that it is at most.
func clippedWeights(ctx context.Context, r *claim.Record, factor float64) error {
	const decay, rate = 20.0, 3e-3
	t, err := task("digits, dense")
	if err != nil {
		return err
	}
	largest := func(epochs int) (float64, error) {
		t.Epochs = epochs
		plan, err := t.Plan(rule.LionK{Decay: decay}, rate, 1)
		if err != nil {
			return 0, err
		}
		plan.Method.Schedule.Kind = "" // constant
		n, _, err := plan.Run(ctx, descent.Options{MaxIter: epochs, NoCheckpoint: true})
		if err != nil {
			return 0, err
		}
		return float64(vec.NrmInf(n.X)), ctx.Err()
	}
	after, err := largest(1)
	if err != nil {
		return err
	}
	end, err := largest(12)
	if err != nil {
		return err
	}
	r.Note("digits: largest weight after an epoch", after)
	r.AtMost("digits: largest weight after 12 epochs / bound", end/(factor/decay), 1+1e-5)
	r.AtLeast("digits: largest weight after 12 epochs / bound, as it is reached", end/(factor/decay), 0.999)
	return nil
}
