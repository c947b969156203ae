package firstorder

import (
	"context"
	"fmt"
	"math"

	"github.com/godescent/descent"
	"github.com/godescent/descent/claim"
	"github.com/godescent/descent/method/newton"
	"github.com/godescent/descent/method/proximal"
	"github.com/godescent/descent/problem/analytic"
)

// NesterovRate is the bound of the accelerated gradient method on convex functions.
var NesterovRate = claim.Claim{
	ID: "nesterov-rate",
	Paper: claim.Paper{
		Authors: "A. Beck and M. Teboulle", Year: 2009,
		Title: "A fast iterative shrinkage-thresholding algorithm for linear inverse problems",
		Where: "SIAM J. Imaging Sci. 2(1), 183-202, doi:10.1137/080716542; after Y. Nesterov, Soviet Math. Dokl. 27, 1983",
	},
	Statement: "On convex L-smooth functions the accelerated gradient method has f(x_k) - f* <= 2 L |x_0 - x*|^2 / (k+1)^2 at every k; gradient descent is slower than 1/k^2 on the worst of them.",
	Published: "Theorem 4.4 (upper bound); Nesterov 2004, Theorem 2.1.7 (no first-order method beats 3 L |x_0 - x*|^2 / (32 (k+1)^2) at n = 2k+1); Theorem 3.1 (1/k for gradient descent).",
	Method: `FISTA without restart and with h = 0, and gradient descent, both with step 1/L. On the function of the lower bound with n = 2k+1 variables
for k = 25, 50, ..., 800, every iterate is compared with the bound, the k-th also with the lower bound, and (f(x_k) - f*) / (L |x_0 - x*|^2)
is fitted by a power of k over that family. On logistic regression (breast-cancer, l2 = 1e-5; x* by Newton's method) every one of 2000
iterates is compared, and the power is fitted on 200 <= k <= 2000.`,
	Check: nesterovRate(2),
}

// lastLogistic is the number of iterations on logistic regression.
const lastLogistic = 2000

// nesterovRate checks the bound with c for the constant 2.
func nesterovRate(c float64) func(context.Context, *claim.Record) error {
	return func(ctx context.Context, r *claim.Record) error {
		fast, slow := proximal.FISTA{Restart: "none"}, proximal.ProxGrad{}
		var ks, fastGaps, slowGaps []float64
		worst, least, last := 0.0, math.Inf(1), 0.0
		for k := 25; k <= 800; k *= 2 {
			f := &analytic.NesterovWorst{N: 2*k + 1, L: 1}
			p := &descent.Problem{Name: "worst-case quadratic", Dim: f.N, Objective: f}
			gaps, _, err := relativeGaps(ctx, p, fast, f.L, f.Minimizer(), f.Minimum(), k)
			if err != nil {
				return err
			}
			worst = max(worst, overBound(gaps, c))
			least = min(least, gaps[k]*sq(k+1)*32/3)
			ks, fastGaps = append(ks, float64(k)), append(fastGaps, gaps[k])
			if gaps, _, err = relativeGaps(ctx, p, slow, f.L, f.Minimizer(), f.Minimum(), k); err != nil {
				return err
			}
			slowGaps, last = append(slowGaps, gaps[k]), gaps[k]*sq(k+1)/c
		}
		r.AtMost("worst case: largest gap / upper bound over all k and n", worst, 1)
		r.AtLeast("worst case: smallest gap at n = 2k+1 / lower bound", least, 1)
		r.AtMost("worst case: fitted exponent of the accelerated method", claim.Slope(ks, fastGaps), -1.9)
		r.AtLeast("worst case: fitted exponent of gradient descent", claim.Slope(ks, slowGaps), -1.75)
		r.AtLeast("worst case: gap of gradient descent at k = 800 / upper bound of the accelerated method", last, 1)
		return nesterovLogistic(ctx, r, fast, slow, c)
	}
}

func nesterovLogistic(ctx context.Context, r *claim.Record, fast, slow descent.Method, c float64) error {
	m, err := breastCancer(1e-5, true)
	if err != nil {
		return err
	}
	p := m.Problem()
	best, err := descent.Solve(ctx, p, newton.Newton{}, make([]float64, p.Dim), descent.Options{Tol: 1e-13})
	if err != nil {
		return err
	}
	r.AtMost("logistic: relative duality gap of x*", best.Certificate.Value, 1e-12)
	var ks []float64
	for k := 200; k <= lastLogistic; k += 50 {
		ks = append(ks, float64(k))
	}
	var exponents, over [2]float64
	for i, method := range []descent.Method{fast, slow} {
		gaps, scale, err := relativeGaps(ctx, p, method, m.Lipschitz(), best.X, best.Value, lastLogistic)
		if err != nil {
			return err
		}
		var ys []float64
		for _, k := range ks {
			ys = append(ys, gaps[int(k)])
		}
		exponents[i], over[i] = claim.Slope(ks, ys), overBound(gaps, c)
		if i == 0 {
			r.Note("logistic: L |x_0 - x*|^2", scale)
		}
	}
	r.AtMost("logistic: largest gap / upper bound over all k", over[0], 1)
	r.Note("logistic: fitted exponent of the accelerated method", exponents[0])
	r.AtLeast("logistic: fitted exponent of gradient descent", exponents[1], -1.75)
	r.Note("logistic: largest gap of gradient descent / upper bound of the accelerated method", over[1])
	return nil
}

// relativeGaps returns (f(x_k) - f*) / scale for k = 0, ..., n with the scale
// L |x_0 - x*|^2, from x_0 = 0.
func relativeGaps(ctx context.Context, p *descent.Problem, m descent.Method, l float64, xStar []float64, fStar float64, n int) (gaps []float64, scale float64, err error) {
	for _, v := range xStar {
		scale += l * v * v
	}
	err = claim.Follow(ctx, p, m, make([]float64, p.Dim), n, func(_ int, x []float64) bool {
		gaps = append(gaps, (p.Objective.Value(x)-fStar)/scale)
		return true
	})
	if err == nil && len(gaps) <= n {
		err = fmt.Errorf("%s: %d of %d iterations", p.Name, len(gaps)-1, n)
	}
	return gaps, scale, err
}

// overBound returns the largest gap_k (k+1)^2 / c.
func overBound(gaps []float64, c float64) float64 {
	worst := 0.0
	for k, g := range gaps {
		worst = max(worst, g*sq(k+1)/c) // NaN if any is
	}
	return worst
}

func sq(k int) float64 { return float64(k) * float64(k) }
