// Package quasinewton has claims about quasi-Newton methods.
package quasinewton

import (
	"context"
	"fmt"
	"math"
	"slices"

	"github.com/godescent/descent"
	"github.com/godescent/descent/claim"
	"github.com/godescent/descent/method/proximal"
	"github.com/godescent/descent/method/quasinewton"
	"github.com/godescent/descent/problem/analytic"
	"github.com/godescent/descent/vec"
)

// LBFGSSuperlinear is about how fast limited-memory BFGS converges at the end.
var LBFGSSuperlinear = claim.Claim{
	ID: "lbfgs-superlinear",
	Paper: claim.Paper{
		Authors: "D. C. Liu and J. Nocedal", Year: 1989,
		Title: "On the limited memory BFGS method for large scale optimization",
		Where: "Math. Programming 45, 503-528, doi:10.1007/BF01589116",
	},
	Statement: "L-BFGS converges R-linearly. Its end is superlinear, as that of BFGS, only if its memory holds n pairs; with exact searches it ends on a quadratic in n iterations.",
	Published: "Theorem 6.1 (R-linear convergence on uniformly convex functions). BFGS is superlinear (Dennis and More 1977). L-BFGS with exact searches ends on quadratics in n iterations (Kolda, O'Leary and Nazareth 1998). Thresholds are ours: n + 2 iterations, factors 0.1 and 0.5 per iteration.",
	Method: `(1) Diagonal quadratics, kappa = L/mu = 100, n = 10, 20, 40, memory n, searches with C1 = 1e-7 and C2 = 1e-6: iterations
to |g_k| <= 1e-8 |g_0| are at most n + 2, while gradient descent with the step 2/(L + mu) keeps the factor (kappa - 1)/(kappa + 1).
(2) Chained Rosenbrock function, n = 10, from four starts: the smallest mean factor of |g| over 3 successive of the last 10
iterations before |g| <= 1e-12 is at most 0.1 with memory 2 n. (3) Diagonal quadratic of 1000 variables, kappa = 1e4, memory 5: the mean factors of
|g| over the first and the second half of the iterations from |g_0|/1e2 to |g_0|/1e10 are at least 0.5 and within 0.1 of each
other, so the end is linear.`,
	Check: lbfgsSuperlinear(func(memory int, c2 float64) descent.Method {
		return quasinewton.LBFGS{Memory: memory, C1: c2 / 10, C2: c2}
	}),
}

// lbfgsSuperlinear checks the method that build returns; c2 = 0 means its default.
func lbfgsSuperlinear(build func(memory int, c2 float64) descent.Method) func(context.Context, *claim.Record) error {
	return func(ctx context.Context, r *claim.Record) error {
		for _, n := range []int{10, 20, 40} {
			f := analytic.DiagonalQuadratic(n, 0.01, 1)
			p := &descent.Problem{Name: "quadratic", Dim: n, Objective: f}
			ones := slices.Repeat([]float64{1}, n)
			norms, err := gradients(ctx, p, build(n, 1e-6), ones, 1e-8, 2000)
			if err != nil {
				return err
			}
			r.AtMost(fmt.Sprintf("quadratic, n = %d: iterations to |g_0|/1e8", n), float64(len(norms)-1), float64(n+2))
			if norms, err = gradients(ctx, p, proximal.ProxGrad{Step: 2 / 1.01}, ones, 1e-8, 2000); err != nil {
				return err
			}
			r.Note(fmt.Sprintf("quadratic, n = %d: iterations of gradient descent", n), float64(len(norms)-1))
			r.Equal(fmt.Sprintf("quadratic, n = %d: last factor of gradient descent", n), factor(norms, len(norms)-2, len(norms)-1), 99./101, 1e-3)
		}
		if err := rosenbrock(ctx, r, build); err != nil {
			return err
		}
		return shortMemory(ctx, r, build)
	}
}

func rosenbrock(ctx context.Context, r *claim.Record, build func(int, float64) descent.Method) error {
	const n = 10
	p := &descent.Problem{Name: "chained Rosenbrock", Dim: n, Objective: analytic.Rosenbrock{}}
	for _, memory := range []int{2 * n, 3} {
		largest, least := 0.0, math.Inf(1)
		for _, start := range []float64{-1, 0, 0.5, 1.5} {
			x0, g0 := slices.Repeat([]float64{start}, n), make([]float64, n)
			analytic.Rosenbrock{}.Gradient(g0, x0)
			norms, err := gradients(ctx, p, build(memory, 0), x0, 1e-12/vec.Nrm2(g0), 20_000)
			if err != nil {
				return err
			}
			last, best := len(norms)-1, math.Inf(1)
			for k := max(3, last-10); k <= last; k++ {
				best = min(best, factor(norms, k-3, k))
			}
			largest, least = max(largest, best), min(least, best)
		}
		if memory >= n {
			r.AtMost(fmt.Sprintf("Rosenbrock, n = 10, memory %d: smallest factor over 3 of the last iterations, at most from 4 starts", memory), largest, 0.1)
		} else {
			r.Note(fmt.Sprintf("Rosenbrock, n = 10, memory %d: smallest factor over 3 of the last iterations, at least from 4 starts", memory), least)
		}
	}
	return nil
}

func shortMemory(ctx context.Context, r *claim.Record, build func(int, float64) descent.Method) error {
	const n = 1000
	p := &descent.Problem{Name: "large quadratic", Dim: n, Objective: analytic.DiagonalQuadratic(n, 1e-4, 1)}
	norms, err := gradients(ctx, p, build(5, 0), slices.Repeat([]float64{1}, n), 1e-10, 20_000)
	if err != nil {
		return err
	}
	last := len(norms) - 1
	from := slices.IndexFunc(norms, func(g float64) bool { return g <= 1e-2*norms[0] })
	middle := (from + last) / 2
	a, b := factor(norms, from, middle), factor(norms, middle, last)
	r.Note("quadratic, n = 1000, memory 5: iterations to |g_0|/1e10", float64(last))
	r.AtLeast("quadratic, n = 1000, memory 5: mean factor, first half", a, 0.5)
	r.AtLeast("quadratic, n = 1000, memory 5: mean factor, second half", b, 0.5)
	r.Equal("quadratic, n = 1000, memory 5: second half against first", b, a, 0.1)
	return nil
}

// gradients returns |g_k| until it is at most tol |g_0|.
func gradients(ctx context.Context, p *descent.Problem, m descent.Method, x0 []float64, tol float64, limit int) ([]float64, error) {
	var norms []float64
	g, f := make([]float64, p.Dim), p.Objective.(descent.Smooth)
	err := claim.Follow(ctx, p, m, x0, limit, func(_ int, x []float64) bool {
		f.Gradient(g, x)
		norms = append(norms, vec.Nrm2(g))
		return norms[len(norms)-1] > tol*norms[0]
	})
	if k := len(norms) - 1; err == nil && !(norms[k] <= tol*norms[0]) {
		err = fmt.Errorf("%s: |g_k|/|g_0| = %.3g after %d iterations of %T: want %.3g", p.Name, norms[k]/norms[0], k, m, tol)
	}
	return norms, err
}

// factor is the mean factor per iteration from i to j.
func factor(norms []float64, i, j int) float64 {
	return math.Pow(norms[j]/norms[i], 1/float64(j-i))
}
