package newton

import (
	"context"
	"math"
	"testing"

	"github.com/godescent/descent"
	"github.com/godescent/descent/descenttest"
	"github.com/godescent/descent/problem/analytic"
)

func rosenbrock() (func() *descent.Problem, []float64) {
	s, ok := analytic.Lookup("rosenbrock-2")
	if !ok {
		panic("no rosenbrock-2")
	}
	return s.New, s.X0
}

func quadratic() *descent.Problem {
	return &descent.Problem{Name: "quadratic", Dim: 12, Objective: analytic.DiagonalQuadratic(12, 1e-3, 10)}
}

func ones(n int) []float64 {
	x := make([]float64, n)
	for i := range x {
		x[i] = 1
	}
	return x
}

func TestMethods(t *testing.T) {
	rosen, x0 := rosenbrock()
	nan := math.NaN()
	descenttest.TestMethod(t, descenttest.Case{
		Name: "newton", Method: Newton{}, Problem: rosen, X0: x0, Options: descent.Options{Tol: 1e-9},
		Variants: map[string]descent.Method{"c1": Newton{C1: 0.45}},
		Inert:    map[string]string{"Beta": "the Hessian stays positive definite; TestShift covers it"},
		Bad:      map[string]descent.Method{"c1": Newton{C1: 0.6}, "negative c1": Newton{C1: -1}, "beta": Newton{Beta: -1}, "NaN": Newton{Beta: nan}},
	})
	descenttest.TestMethod(t, descenttest.Case{
		Name: "tr-newton-cg", Method: TRNewtonCG{}, Problem: rosen, X0: x0, Options: descent.Options{Tol: 1e-9},
		Variants: map[string]descent.Method{"forcing": TRNewtonCG{Forcing: 0.9}, "inner": TRNewtonCG{MaxInner: 1}},
		Inert:    map[string]string{"Precondition": "the problem offers no diagonal; TestPreconditioner covers it"},
		Bad: map[string]descent.Method{"forcing": TRNewtonCG{Forcing: 1}, "NaN": TRNewtonCG{Forcing: nan},
			"inner": TRNewtonCG{MaxInner: -1}, "share": TRNewtonCG{Precondition: 1}},
	})
}

func solve(t *testing.T, p *descent.Problem, m descent.Method, x0 []float64, opt descent.Options) *descent.Result {
	t.Helper()
	r, err := descent.Solve(context.Background(), p, m, x0, opt)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// On a quadratic Newton's method ends after one step.
func TestNewtonIsExactOnQuadratics(t *testing.T) {
	if r := solve(t, quadratic(), Newton{}, ones(12), descent.Options{Tol: 1e-12}); r.Status != descent.Converged || r.Iterations != 1 {
		t.Errorf("%s after %d iterations", r.Status, r.Iterations)
	}
}

// Convergence is quadratic: the digits of the gradient double in the end.
func TestNewtonIsQuadratic(t *testing.T) {
	rosen, x0 := rosenbrock()
	r := solve(t, rosen(), Newton{}, x0, descent.Options{Tol: 1e-12})
	n := len(r.Trace)
	if n < 4 || r.Iterations > 25 {
		t.Fatalf("%d certificates, %d iterations", n, r.Iterations)
	}
	a, b := r.Trace[n-2].Certificate, r.Trace[n-1].Certificate
	if !(b <= 1e3*a*a) {
		t.Errorf("the last gradients are %g and %g: not quadratic", a, b)
	}
}

// saddle is x^4/4 - x^2/2 + y^2/2: indefinite at the start.
type saddle struct{}

func (saddle) Value(x []float64) float64 { a := x[0] * x[0]; return a*a/4 - a/2 + x[1]*x[1]/2 }
func (s saddle) Gradient(g, x []float64) float64 {
	g[0], g[1] = x[0]*x[0]*x[0]-x[0], x[1]
	return s.Value(x)
}
func (saddle) Hessian(h, x []float64)     { h[0], h[1], h[2], h[3] = 3*x[0]*x[0]-1, 0, 0, 1 }
func (saddle) HessVec(hv, x, v []float64) { hv[0], hv[1] = (3*x[0]*x[0]-1)*v[0], v[1] }
func (saddle) HessianDiag(d, x []float64) { d[0], d[1] = 3*x[0]*x[0]-1, 1 }

func TestShift(t *testing.T) {
	descenttest.TestObjective(t, saddle{}, descenttest.Points(4, 2, 1))
	p := func() *descent.Problem { return &descent.Problem{Name: "saddle", Dim: 2, Objective: saddle{}} }
	x0 := []float64{0.1, 1}
	a := solve(t, p(), Newton{}, x0, descent.Options{Tol: 1e-9})
	b := solve(t, p(), Newton{Beta: 1}, x0, descent.Options{Tol: 1e-9})
	c := solve(t, p(), TRNewtonCG{}, x0, descent.Options{Tol: 1e-9})
	for _, r := range []*descent.Result{a, b, c} {
		if r.Status != descent.Converged || math.Abs(math.Abs(r.X[0])-1) > 1e-8 {
			t.Errorf("%s at %v", r.Status, r.X)
		}
	}
	if a.Iterations == b.Iterations && a.Trace[1].Value == b.Trace[1].Value {
		t.Error("Beta changes nothing")
	}
}

// In a region that never binds, one iteration with a tiny forcing term is linear CG:
// it ends after at most n products.
func TestTrustRegionIsCGOnQuadratics(t *testing.T) {
	r := solve(t, quadratic(), TRNewtonCG{Forcing: 1e-12}, ones(12), descent.Options{Tol: 1e-9})
	if r.Status != descent.Converged || r.Iterations > 3 || r.Counts.HessVec > 3*14 {
		t.Errorf("%s after %d iterations and %d products", r.Status, r.Iterations, r.Counts.HessVec)
	}
}

// scaled is a badly scaled quadratic with its diagonal.
type scaled struct{ *analytic.Diagonal }

func (s scaled) HessianDiag(d, x []float64) {
	e := make([]float64, len(x))
	for i := range e {
		e[i] = 1
		hv := make([]float64, len(x))
		s.HessVec(hv, x, e)
		d[i], e[i] = hv[i], 0
	}
}

// With the whole diagonal, a diagonal quadratic takes far fewer inner steps.
func TestPreconditioner(t *testing.T) {
	p := func() *descent.Problem {
		return &descent.Problem{Name: "scaled", Dim: 40, Objective: scaled{analytic.DiagonalQuadratic(40, 1, 1e4)}}
	}
	with := solve(t, p(), TRNewtonCG{}, ones(40), descent.Options{Tol: 1e-8})
	without := solve(t, p(), TRNewtonCG{Precondition: -1}, ones(40), descent.Options{Tol: 1e-8})
	if with.Status != descent.Converged || without.Status != descent.Converged || 2*with.Counts.HessVec > without.Counts.HessVec {
		t.Errorf("%s with %d products, %s with %d without", with.Status, with.Counts.HessVec, without.Status, without.Counts.HessVec)
	}
}
