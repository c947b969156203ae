package krylov

import (
	"context"
	"testing"

	"github.com/godescent/descent"
	"github.com/godescent/descent/descenttest"
	"github.com/godescent/descent/problem/analytic"
)

type quadratic struct{ *analytic.Diagonal }

func (quadratic) Quadratic() bool { return true }

type curved struct{ *analytic.Diagonal }

func (curved) Quadratic() bool { return false }

func problem(n int, kappa float64) func() *descent.Problem {
	return func() *descent.Problem {
		return &descent.Problem{Name: "quadratic", Dim: n, Objective: quadratic{analytic.DiagonalQuadratic(n, 1, kappa)}}
	}
}

func ones(n int) []float64 {
	x := make([]float64, n)
	for i := range x {
		x[i] = 1
	}
	return x
}

func TestCG(t *testing.T) {
	descenttest.TestMethod(t, descenttest.Case{
		Name: "linear-cg", Method: CG{}, Problem: problem(80, 1e4), X0: ones(80), Options: descent.Options{Tol: 1e-9},
		Variants: map[string]descent.Method{"refresh": CG{Refresh: 3}}, Bad: map[string]descent.Method{"refresh": CG{Refresh: -1}},
	})
	p := problem(3, 10)()
	p.Objective = curved{analytic.DiagonalQuadratic(3, 1, 10)}
	if _, err := (CG{}).Start(p, ones(3)); err == nil {
		t.Error("starts on a problem that says it is no quadratic")
	}
	p.Objective = analytic.DiagonalQuadratic(3, 1, 10)
	if _, err := (CG{}).Start(p, ones(3)); err == nil {
		t.Error("starts on a problem that does not say that it is a quadratic")
	}
}

// x_n = x*, and the bound with sqrt(kappa) holds: far fewer iterations than gradient
// descent's kappa.
func TestCGTerminates(t *testing.T) {
	for _, c := range []struct {
		n     int
		kappa float64
		most  int
	}{{5, 1e3, 6}, {1000, 100, 130}} {
		r, err := descent.Solve(context.Background(), problem(c.n, c.kappa)(), CG{}, ones(c.n), descent.Options{Tol: 1e-8})
		if err != nil || r.Status != descent.Converged || r.Iterations > c.most {
			t.Errorf("n = %d, kappa = %g: %v %s after %d iterations, want at most %d", c.n, c.kappa, err, r.Status, r.Iterations, c.most)
		}
	}
}
