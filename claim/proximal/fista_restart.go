// Package proximal has claims about proximal gradient methods.
package proximal

import (
	"context"
	"fmt"
	"math"
	"slices"

	"github.com/godescent/descent"
	"github.com/godescent/descent/claim"
	"github.com/godescent/descent/linalg"
	"github.com/godescent/descent/method/proximal"
	"github.com/godescent/descent/problem/analytic"
	"github.com/godescent/descent/problem/glm"
	"github.com/godescent/descent/rng"
)

// FISTARestart is the effect of restarting accelerated gradient methods.
var FISTARestart = claim.Claim{
	ID: "fista-restart",
	Paper: claim.Paper{
		Authors: "B. O'Donoghue and E. Candes", Year: 2015,
		Title: "Adaptive Restart for Accelerated Gradient Schemes",
		Where: "Found. Comput. Math. 15, 715-732, doi:10.1007/s10208-013-9150-3, arXiv:1204.3982",
	},
	Statement: "Without restart the gap of an accelerated method oscillates with a period proportional to sqrt(L/mu); restart when that shows recovers the linear rate of the best constant momentum without knowing mu.",
	Published: "The abstract: with much momentum the period is proportional to the square root of the local condition number, and adaptive restart recovers in many cases the optimal rate with no prior knowledge of function parameters. The factor 3 for recovers is ours.",
	Method: `Iterations to F(x_k) - F* <= 1e-10 (F(x_0) - F*), all with step 1/L: FISTA with gradient restart, with function restart and
without, and the optimal constant momentum (1 - sqrt(q))/(1 + sqrt(q)), q = mu/L: on a diagonal quadratic of 100 variables with
L/mu = 1e4 from (1, ..., 1), and on a lasso of 300 rows and 100 columns of very different scales, l1 = 1e-4, F* by FISTA to a
duality gap of 1e-14. On the quadratic a linear rate takes twice the iterations to 1e-20, and 1.2 times to 1e-12. The period is
the mean distance of the local minima of the gap without restart, for two variables with L/mu = 1e2, 1e3, 1e4, 1e5.`,
	Check: fistaRestart("gradient", "function"),
}

// fistaRestart checks restart by the given rules.
func fistaRestart(rules ...string) func(context.Context, *claim.Record) error {
	return func(ctx context.Context, r *claim.Record) error {
		if err := period(ctx, r); err != nil {
			return err
		}
		const n = 100
		ones := slices.Repeat([]float64{1}, n)
		f := analytic.DiagonalQuadratic(n, 1e-4, 1)
		p := &descent.Problem{Name: "quadratic", Dim: n, Objective: f}
		if err := race(ctx, r, "quadratic", p, ones, 0, constantMomentum{f.Lipschitz(), f.StrongConvexity()}, rules); err != nil {
			return err
		}
		if err := linear(ctx, r, p, ones, rules); err != nil {
			return err
		}
		return lasso(ctx, r, rules)
	}
}

// linear checks that restart gives a linear rate on a quadratic, and its absence does not.
func linear(ctx context.Context, r *claim.Record, p *descent.Problem, x0 []float64, rules []string) error {
	growth := func(rule string, near, far float64) (float64, error) {
		a, err := iterations(ctx, p, proximal.FISTA{Restart: rule}, x0, 0, near)
		if err != nil {
			return 0, err
		}
		b, err := iterations(ctx, p, proximal.FISTA{Restart: rule}, x0, 0, far)
		return b / a, err
	}
	for _, rule := range rules {
		g, err := growth(rule, 1e-10, 1e-20)
		if err != nil {
			return err
		}
		r.AtMost("quadratic: iterations to 1e-20 / to 1e-10 with restart by "+rule, g, 2.2)
	}
	g, err := growth("none", 1e-10, 1e-12)
	r.AtLeast("quadratic: iterations to 1e-12 / to 1e-10 without restart", g, 2)
	return err
}

// race counts the iterations of all contestants.
func race(ctx context.Context, r *claim.Record, name string, p *descent.Problem, x0 []float64, best float64, optimal constantMomentum, rules []string) error {
	target, err := iterations(ctx, p, optimal, x0, best, 1e-10)
	if err != nil {
		return err
	}
	plain, err := iterations(ctx, p, proximal.FISTA{Restart: "none"}, x0, best, 1e-10)
	if err != nil {
		return err
	}
	r.Note(name+": iterations with the optimal momentum", target)
	r.Note(name+": iterations without restart", plain)
	for _, rule := range rules {
		k, err := iterations(ctx, p, proximal.FISTA{Restart: rule}, x0, best, 1e-10)
		if err != nil {
			return err
		}
		r.Note(name+": iterations with restart by "+rule, k)
		r.AtMost(name+": iterations with restart by "+rule+" / with the optimal momentum", k/target, 3)
		r.AtMost(name+": iterations with restart by "+rule+" / without restart", k/plain, 1)
	}
	return nil
}

// iterations counts those to F(x_k) - best <= tol (F(x_0) - best).
func iterations(ctx context.Context, p *descent.Problem, m descent.Method, x0 []float64, best, tol float64) (float64, error) {
	total := func(x []float64) float64 { return p.Objective.Value(x) + p.Penalty(x) }
	k, first, done := 0, total(x0)-best, false
	err := claim.Follow(ctx, p, m, x0, 200_000, func(i int, x []float64) bool {
		k = i
		done = total(x)-best <= tol*first
		return !done
	})
	if err == nil && !done {
		err = fmt.Errorf("%s: %T does not reach %g in %d iterations", p.Name, m, tol, k)
	}
	return float64(k), err
}

func lasso(ctx context.Context, r *claim.Record, rules []string) error {
	const rows, n = 300, 100
	s := rng.New(1, "ill-conditioned lasso")
	a := &linalg.Dense{Rows: rows, Cols: n, Data: make([]float64, rows*n)}
	y, w := make([]float64, rows), make([]float64, n)
	for j := range w {
		if j%4 == 0 {
			w[j] = s.Norm()
		}
	}
	for i := range rows {
		for j := range n {
			a.Data[i*n+j] = s.Norm() * math.Pow(10, -1.6*float64(j)/(n-1))
		}
		y[i] = 0.01 * s.Norm()
		for j, v := range w {
			y[i] += v * a.Data[i*n+j]
		}
	}
	m, err := glm.New("lasso", a, y, glm.Spec{L1: 1e-4})
	if err != nil {
		return err
	}
	h := make([]float64, n*n)
	m.Hessian(h, make([]float64, n))
	q, err := analytic.NewQuadratic(h, make([]float64, n)) // for its eigenvalues
	if err != nil {
		return err
	}
	l, mu := q.Lipschitz(), q.StrongConvexity()
	r.Note("lasso: L/mu", l/mu)
	p := m.Problem()
	best, err := descent.Solve(ctx, p, proximal.FISTA{}, make([]float64, n), descent.Options{Tol: 1e-14, MaxIter: 1_000_000})
	if err != nil {
		return err
	}
	if best.Status != descent.Converged {
		return fmt.Errorf("lasso: %s: %s", best.Status, best.Certificate)
	}
	return race(ctx, r, "lasso", p, make([]float64, n), best.Value, constantMomentum{l, mu}, rules)
}

// constantMomentum is the proximal gradient method with Nesterov's constant momentum for
// mu-strongly convex f: what restart competes with, and cannot be run without mu.
type constantMomentum struct{ L, Mu float64 }

type constantMomentumRun struct {
	p       *descent.Problem
	l, b    float64
	X, Prev []float64
}

// Start implements [descent.Method].
func (m constantMomentum) Start(p *descent.Problem, x0 []float64) (descent.Run, error) {
	q := math.Sqrt(m.Mu / m.L)
	return &constantMomentumRun{p, m.L, (1 - q) / (1 + q), slices.Clone(x0), slices.Clone(x0)}, nil
}

// Iterates implements [descent.Run].
func (s *constantMomentumRun) Iterates(yield func([]float64) bool) {
	g, y := make([]float64, len(s.X)), make([]float64, len(s.X))
	for {
		for i, x := range s.X {
			y[i] = x + s.b*(x-s.Prev[i])
		}
		s.p.Gradient(g, y)
		copy(s.Prev, s.X)
		for i, v := range y {
			s.X[i] = v - g[i]/s.l
		}
		s.p.Prox(s.X, s.X, 1/s.l)
		if !yield(s.X) {
			return
		}
	}
}

// period fits the period of the gap's oscillation by a power of the condition number.
func period(ctx context.Context, r *claim.Record) error {
	var kappas, periods []float64
	for _, kappa := range []float64{1e2, 1e3, 1e4, 1e5} {
		f := analytic.DiagonalQuadratic(2, 1/kappa, 1)
		p := &descent.Problem{Name: "two variables", Dim: 2, Objective: f}
		var minima []int
		var before, last float64
		err := claim.Follow(ctx, p, proximal.FISTA{Restart: "none"}, []float64{1, 1}, int(40*math.Sqrt(kappa)), func(k int, x []float64) bool {
			v := f.Value(x)
			if k > 1 && last < before && last <= v {
				minima = append(minima, k-1)
			}
			before, last = last, v
			return true
		})
		if err != nil {
			return err
		}
		n := len(minima)
		if n < 3 {
			r.Undecided("L/mu = %g: only %d local minima of the gap", kappa, n)
			return nil
		}
		kappas = append(kappas, kappa)
		periods = append(periods, float64(minima[n-1]-minima[0])/float64(n-1))
		r.Note(fmt.Sprintf("L/mu = %g: period / sqrt(L/mu)", kappa), periods[len(periods)-1]/math.Sqrt(kappa))
	}
	r.Equal("fitted exponent of the period in L/mu", claim.Slope(kappas, periods), 0.5, 0.05)
	return nil
}
