package curvature

import (
	"context"
	"fmt"
	"math"

	"github.com/godescent/descent/claim"
	"github.com/godescent/descent/linalg"
	"github.com/godescent/descent/rng"
	"github.com/godescent/descent/rule"
	"github.com/godescent/descent/vec"
)

// MFAC is about products with the inverse of the empirical Fisher matrix.
var MFAC = claim.Claim{
	ID: "m-fac",
	Paper: claim.Paper{
		Authors: "E. Frantar, E. Kurtic and D. Alistarh", Year: 2021,
		Title: "M-FAC: Efficient Matrix-Free Approximations of Second-Order Information",
		Where: "NeurIPS 2021, arXiv:2107.03356",
	},
	Statement: "Products with the inverse of F = lambda I + (1/m) sum_j g_j g_j' of m gradients in d dimensions are exact without F and cost O(d m): after a set-up of O(d m^2), or, as gradients come and go, of O(d m + m^3) each.",
	Published: "Sections 3 and 4: the algorithms for fixed and for sliding gradients, with their costs.",
	Method: `d = 200, m = 32, lambda = 1e-5, 1e-2 and 1, 100 normal gradients, of which the last 32 are in F. F^-1 g by a Cholesky factorization of the dense F against
(1) the fixed-gradient algorithm, (2) the sliding one with its factors D and B, (3) a step of the update rule mfac, which solves by Woodbury's
formula; also F times the product, and the diagonal and a row of F^-1 by the first algorithm. Relative errors up to 1e-10, for lambda = 1e-5, where the
condition number is 1e6, up to 1e-8. Costs are multiplications, counted in both algorithms (not in the rule, and not timed): exponents of power laws
in d from 512 to 8192 at m = 16 and in m from 16 to 128 at d = 8192, within 0.05; and at most d m + m^3 to exchange a gradient. That training and pruning gain by it is not
checked here.`,
	Check: mFAC(1),
}

// mFAC checks with damping that the algorithms of the paper take times off.
func mFAC(off float64) func(context.Context, *claim.Record) error {
	return func(ctx context.Context, r *claim.Record) error {
		for _, lambda := range []float64{1e-5, 1e-2, 1} {
			if err := ctx.Err(); err != nil {
				return err
			}
			exactProducts(r, lambda, off)
		}
		var d, m, costs [4][]float64 // set-up and product of fixed gradients, and of sliding ones
		for _, at := range [][2]int{{512, 16}, {2048, 16}, {8192, 16}, {8192, 32}, {8192, 64}, {8192, 128}} {
			if err := ctx.Err(); err != nil {
				return err
			}
			for i, c := range countProducts(at[0], at[1]) {
				d[i], m[i], costs[i] = append(d[i], float64(at[0])), append(m[i], float64(at[1])), append(costs[i], c)
			}
		}
		for i, c := range []struct {
			name string
			inM  float64
		}{{"set-up of fixed gradients", 2}, {"product with fixed gradients", 1}, {"exchange of a gradient", 0}, {"product with sliding gradients", 1}} {
			if c.inM == 0 { // a sum of powers
				r.AtMost(c.name+": multiplications / (d m + m^3), largest", largestRatio(costs[i], d[i], m[i]), 1)
				continue
			}
			r.Equal(c.name+": exponent of d", claim.Slope(d[i][:3], costs[i][:3]), 1, 0.05)
			r.Equal(c.name+": exponent of m", claim.Slope(m[i][2:], costs[i][2:]), c.inM, 0.05)
		}
		return nil
	}
}

func exactProducts(r *claim.Record, lambda, off float64) {
	const d, m, count = 200, 32, 100
	all := normalRows(count, d)
	g, x := all[count-1], make([]float64, d)
	state, mfac := rule.NewState[float64](rule.MFAC{Window: m, Damp: lambda}, d), rule.MFAC{Window: m, Damp: lambda}
	for k, row := range all {
		if k == count-1 {
			clear(x)
		}
		rule.Step(mfac, x, row, state, -1) // x <- x + F^-1 g
	}
	last := all[count-m:]
	f := denseFisher(last, lambda)
	var chol linalg.Cholesky
	want, e := make([]float64, d), make([]float64, d)
	chol.Factor(f, d)
	chol.Solve(want, g)
	var c counter
	fixed := newFixedFisher(&c, last, lambda*off)
	product, sliding := fixed.solve(&c, g), newSlidingFisher(&c, last, lambda*off).solve(&c, g)
	tol, at := 1e-10, fmt.Sprintf("lambda = %g: ", lambda)
	if lambda < 1e-3 {
		tol = 1e-8
	}
	back := make([]float64, d)
	for i := range back {
		back[i] = vec.Dot(f[i*d:(i+1)*d], product)
	}
	r.AtMost(at+"relative error with fixed gradients", relativeError(product, want), tol)
	r.AtMost(at+"relative error with sliding gradients", relativeError(sliding, want), tol)
	r.AtMost(at+"relative error of the rule", relativeError(x, want), tol)
	r.AtMost(at+"relative error of F F^-1 g", relativeError(back, g), tol)
	worst, row := 0.0, make([]float64, d)
	for i := range d {
		clear(e)
		e[i] = 1
		chol.Solve(e, e)
		worst = max(worst, math.Abs(fixed.element(i, i)/e[i]-1))
		row[i] = fixed.element(7, i)
	}
	r.AtMost(at+"largest relative error of the diagonal", worst, tol)
	clear(e)
	e[7] = 1
	chol.Solve(e, e)
	r.AtMost(at+"relative error of a row", relativeError(row, e), tol)
}

// countProducts returns the multiplications of both algorithms.
func countProducts(d, m int) [4]float64 {
	var c [4]counter
	g := normalRows(m, d)
	fixed := newFixedFisher(&c[0], g, 1)
	fixed.solve(&c[1], g[0])
	sliding := newSlidingFisher(new(counter), g, 1)
	sliding.exchange(&c[2], 3, g[0])
	sliding.solve(&c[3], g[0])
	return [4]float64{float64(c[0]), float64(c[1]), float64(c[2]), float64(c[3])}
}

func largestRatio(costs, d, m []float64) float64 {
	worst := 0.0
	for i, c := range costs {
		worst = max(worst, c/(d[i]*m[i]+m[i]*m[i]*m[i]))
	}
	return worst
}

func normalRows(rows, n int) [][]float64 {
	s, out := rng.New(1, "m-fac"), make([][]float64, rows)
	for i := range out {
		out[i] = make([]float64, n)
		for j := range out[i] {
			out[i][j] = s.Norm()
		}
	}
	return out
}

func denseFisher(g [][]float64, lambda float64) []float64 {
	d := len(g[0])
	f := make([]float64, d*d)
	for _, row := range g {
		addOuter(f, row, 1/float64(len(g)))
	}
	for i := range d {
		f[i*d+i] += lambda
	}
	return f
}

func relativeError(a, b []float64) float64 {
	square := 0.0
	for i := range a {
		square += (a[i] - b[i]) * (a[i] - b[i])
	}
	return math.Sqrt(square) / vec.Nrm2(b)
}
