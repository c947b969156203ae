// Package curvature has claims about methods that use second-order information, and about
// what it says of gradients.
package curvature

import (
	"context"
	"fmt"
	"math"
	"slices"

	"github.com/godescent/descent"
	"github.com/godescent/descent/claim"
	"github.com/godescent/descent/method/gradient"
	"github.com/godescent/descent/method/newton"
	"github.com/godescent/descent/rng"
)

// GNSNewton is about Newton's method with approximate Hessians.
var GNSNewton = claim.Claim{
	ID: "gns-newton",
	Paper: claim.Paper{
		Authors: "A. Semenov, M. Jaggi and N. Doikov", Year: 2026,
		Title: "Gradient-Normalized Smoothness for Optimization with Approximate Hessians",
		Where: "ICLR 2026, arXiv:2506.13710",
	},
	Statement: "Newton steps regularized by |g|/gamma, with gamma found by doubling and halving, converge globally with exact Hessians and with Gauss-Newton approximations, in fewer iterations than gradient descent and where gradient descent stalls.",
	Published: "Figures for log-sum-exp, nonlinear systems and chains of Rosenbrock and Chebyshev: about 100 steps to 1e-9 where gradient descent stalls. The abstract states rates, no figures.",
	Method: `(1) log-sum-exp, mu log sum exp((<a_i, x> - b_i)/mu), as in the paper's code but smaller: 500 x 50 elements in [-1, 1], shifted so that the minimum is
at 0, the Euclidean norm in place of that of A'A, mu = 0.1 and 0.05. From ones to a gap of 1e-8: at most 60 iterations with the Hessian, 400 with the
weighted Gauss-Newton matrix (bounds from runs of an independent implementation with other random numbers, not from the paper), and fewer
than gradient descent with Armijo's rule. The matrix of rank one (Fisher's) is reported, for mu = 0.1. (2) The iterates of 4 f are
those of f, and k iterations have at most 2 k + 31 trials, since gamma never falls below 1e-9.
(3) Chebyshev's chain, |u|^4/4 with 200 unknowns (the paper has 1000) and a start in [0, 1]: a value of 1e-8 in 100 iterations with Gauss-Newton, not in 200
of gradient descent, as the paper's figure runs. The Hessian, which is indefinite, is reported. So is the start (-1, 1, ..., 1) with 10 unknowns,
which is not in the paper: we had expected 300 iterations there.`,
	Check: gnsNewton(newton.GNS{}, newton.GNS{Approximate: true}),
}

// gnsNewton checks with methods for the Hessian and for its approximation.
func gnsNewton(exact, approximate descent.Method) func(context.Context, *claim.Record) error {
	return func(ctx context.Context, r *claim.Record) error {
		for _, mu := range []float64{0.1, 0.05} {
			if err := onLogSumExp(ctx, r, mu, exact, approximate); err != nil {
				return err
			}
		}
		return onChebyshev(ctx, r, exact, approximate)
	}
}

func onLogSumExp(ctx context.Context, r *claim.Record, mu float64, exact, approximate descent.Method) error {
	f := newLogSumExp(500, 50, mu)
	x0 := slices.Repeat([]float64{1}, 50)
	best, at := f.Value(make([]float64, 50)), fmt.Sprintf("mu = %g: ", mu)
	run := func(f descent.Objective, m descent.Method, scale float64, most int) (arrival, error) {
		return arrive(ctx, f, m, x0, scale*best+scale*1e-8, most)
	}
	h, err := run(f, exact, 1, 1000)
	if err != nil {
		return err
	}
	gn, err := run(f, approximate, 1, 1000)
	if err != nil {
		return err
	}
	gd, err := run(f, gradient.GD{}, 1, 5000)
	if err != nil {
		return err
	}
	four, err := run(times{f, 4}, approximate, 4, 1000)
	if err != nil {
		return err
	}
	r.AtMost(at+"iterations with the Hessian", h.k, 60)
	r.AtMost(at+"iterations with Gauss-Newton", gn.k, 400)
	r.AtMost(at+"iterations with Gauss-Newton / gradient descent", gn.k/gd.k, 1)
	r.Equal(at+"iterations on 4 f less those on f", four.k-gn.k, 0, 0)
	r.AtMost(at+"largest distance of an iterate on 4 f from that on f", farthest(four.path, gn.path), 0)
	for _, a := range []struct {
		name string
		arrival
	}{{"the Hessian", h}, {"Gauss-Newton", gn}} {
		r.AtMost(at+"trials with "+a.name+" beyond 2 k", a.gradients-1-2*a.k, 31)
	}
	r.Note(at+"iterations of gradient descent (+Inf for more than 5000)", gd.k)
	r.Note(at+"iterations with Gauss-Newton / the Hessian", gn.k/h.k)
	if mu < 0.1 {
		return nil
	}
	f.fisher = true
	rank1, err := run(f, approximate, 1, 1000)
	r.Note(at+"iterations with the matrix of rank one (+Inf for more than 1000)", rank1.k)
	return err
}

func onChebyshev(ctx context.Context, r *claim.Record, exact, approximate descent.Method) error {
	near, hard := make([]float64, 200), slices.Repeat([]float64{1}, 10)
	stream := rng.New(1, "chebyshev")
	for i := range near {
		near[i] = stream.Float64()
	}
	hard[0] = -1
	var k [5]float64
	for i, c := range []struct {
		m    descent.Method
		x0   []float64
		most int
	}{{approximate, near, 300}, {gradient.GD{}, near, 200}, {exact, near, 300}, {approximate, hard, 2000}, {exact, hard, 2000}} {
		a, err := arrive(ctx, &chebyshev{}, c.m, c.x0, 1e-8, c.most)
		if err != nil {
			return err
		}
		k[i] = a.k
	}
	r.AtMost("Chebyshev's chain: iterations with Gauss-Newton", k[0], 100)
	r.AtLeast("Chebyshev's chain: iterations of gradient descent (+Inf for more than 200)", k[1], 200)
	r.Note("Chebyshev's chain: iterations with the Hessian (+Inf for more than 300)", k[2])
	r.Note("Chebyshev's chain from (-1, 1, ..., 1): iterations with Gauss-Newton (+Inf for more than 2000)", k[3])
	r.Note("Chebyshev's chain from (-1, 1, ..., 1): iterations with the Hessian (+Inf for more than 2000)", k[4])
	return nil
}

// An arrival says when a run came to a value.
type arrival struct {
	k         float64 // iterations, +Inf if it did not
	gradients float64
	path      [][]float64
}

func arrive(ctx context.Context, f descent.Objective, m descent.Method, x0 []float64, value float64, most int) (arrival, error) {
	p, a := &descent.Problem{Name: "claim", Dim: len(x0), Objective: f}, arrival{k: math.Inf(1)}
	err := claim.Follow(ctx, p, m, x0, most, func(k int, x []float64) bool {
		a.gradients = float64(p.Counts().Gradient)
		if len(a.path) < 1000 {
			a.path = append(a.path, slices.Clone(x))
		}
		if f.Value(x) <= value {
			a.k = float64(k)
			return false
		}
		return true
	})
	return a, err
}

// farthest is the largest difference of elements of two paths of the same length, +Inf for others.
func farthest(a, b [][]float64) float64 {
	if len(a) != len(b) {
		return math.Inf(1)
	}
	worst := 0.0
	for k := range a {
		for i := range a[k] {
			worst = max(worst, math.Abs(a[k][i]-b[k][i]))
		}
	}
	return worst
}
