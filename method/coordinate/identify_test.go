package coordinate_test

import (
	"math"
	"testing"

	"github.com/godescent/descent"
	"github.com/godescent/descent/method/coordinate"
	"github.com/godescent/descent/problem/analytic"
	"github.com/godescent/descent/problem/sparse"
	"github.com/godescent/descent/prox"
)

// Proximal steps set the active variables after no more iterations than the bound, and
// leave them there.
func TestIdentification(t *testing.T) {
	a, y := overdetermined(50, small)
	f := must(sparse.LeastSquares(a, y))
	h, g := make([]float64, small*small), make([]float64, small)
	f.BlockBound(h, identity(small))
	q := must(analytic.NewQuadratic(h, make([]float64, small)))
	mu, sum := q.StrongConvexity(), 0.0
	l := make([]float64, small)
	f.CoordinateLipschitz(l)
	largest := 0.0
	for _, v := range l {
		sum += v
		largest = max(largest, v)
	}
	for name, p := range map[string]func() *descent.Problem{"lasso": lasso, "non-negative": nonNegative} {
		best := fromZero(t, p(), bcd{Partition: "variable", Select: "gs-q", Update: "pn", Block: small}, descent.Options{Tol: 1e-10})
		f.Gradient(g, best.X)
		delta := coordinate.Nondegeneracy(must(prox.Affine(p().Regularizer, small)), best.X, g)
		active := 0
		for _, v := range best.X {
			if v == 0 {
				active++
			}
		}
		if active == 0 || active == small || !(delta > 0) || math.IsInf(delta, 0) {
			t.Fatalf("%s: %d active, delta %v: nothing to identify", name, active, delta)
		}
		gap := p().Total(make([]float64, small)) - best.Value
		bound := coordinate.Identification(mu/(small*largest), largest, mu, delta, gap) + small
		last := 0
		for k, x := range followFrom(t, p(), bcd{Block: 1, Select: "gs-q", Update: "pg"}, make([]float64, small), int(bound)+200) {
			for i, v := range x {
				if (v == 0) != (best.X[i] == 0) {
					last = k + 1
				}
			}
		}
		t.Logf("%s: identified after %d iterations, bound %.0f", name, last, bound)
		if float64(last) > bound {
			t.Errorf("%s: identified after %d iterations, bound %.0f", name, last, bound)
		}
	}
	if v := coordinate.Identification(0.1, 1, 1, 0, 1); !math.IsInf(v, 1) {
		t.Errorf("a degenerate solution is identified after %v", v)
	}
	if v := coordinate.Nondegeneracy(must(prox.Affine(nil, 2)), []float64{0, 1}, []float64{0, 0}); !math.IsInf(v, 1) {
		t.Errorf("delta without h is %v", v)
	}
}

// With blocks as large as the support, steps with the Hessian end superlinearly: each
// error is far below the one before, and on least squares the end is exact.
func TestSuperlinearFinish(t *testing.T) {
	sparseLogistic := func() *descent.Problem {
		p := logistic()
		p.Regularizer = prox.L1{Lambda: 4}
		return p
	}
	for _, update := range []string{"pn-newton", "tmp"} {
		m := bcd{Partition: "variable", Select: "gs-q", Update: update, Block: 10}
		best := fromZero(t, sparseLogistic(), m, descent.Options{Tol: 1e-12})
		support := 0
		for _, v := range best.X {
			if v != 0 {
				support++
			}
		}
		if support == 0 || support > 10 {
			t.Fatalf("%d nonzeros: want some, at most the block", support)
		}
		xs := followFrom(t, sparseLogistic(), m, make([]float64, small), 12)
		var errors []float64
		for _, x := range xs {
			d := 0.0
			for i, v := range x {
				d = max(d, math.Abs(v-best.X[i]))
			}
			errors = append(errors, d)
		}
		t.Log(update, errors)
		fast := 0
		for k := 1; k < len(errors); k++ {
			if errors[k-1] > 1e-9 && errors[k-1] < 0.1 && errors[k] < 20*errors[k-1]*errors[k-1]+1e-12 {
				fast++
			}
		}
		if fast == 0 || errors[len(errors)-1] > 1e-11 {
			t.Errorf("%s: errors %v: want a quadratic end", update, errors)
		}
		m.Update = map[string]string{"pn-newton": "pn", "tmp": "tmp"}[update]
		if r := fromZero(t, nonNegative(), bcd{Partition: "variable", Select: "gs-q", Update: m.Update, Block: small}, descent.Options{Tol: 1e-9}); r.Status != descent.Converged || r.Iterations > 6 {
			t.Errorf("%s: least squares end after %d iterations: %s", m.Update, r.Iterations, r.Status)
		}
	}
}
