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
			"inner": TRNewtonCG{MaxInner: -1}, "power": TRNewtonCG{Precondition: 1.5}},
	})
}

// With a diagonal the run carries a preconditioner, which a checkpoint must keep.
func TestPreconditionedRuns(t *testing.T) {
	descenttest.TestMethod(t, descenttest.Case{
		Name: "tr-newton-cg", Method: TRNewtonCG{}, X0: ones(60), Options: descent.Options{Tol: 1e-8},
		Problem:  newScaled,
		Variants: map[string]descent.Method{"power": TRNewtonCG{Precondition: 1}, "none": TRNewtonCG{Precondition: -1}, "forcing": TRNewtonCG{Forcing: 0.5}, "inner": TRNewtonCG{MaxInner: 10}},
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
type scaled struct {
	*analytic.Diagonal
	e, hv []float64
}

func newScaled() *descent.Problem {
	const n = 60
	return &descent.Problem{Name: "scaled", Dim: n, Objective: scaled{analytic.DiagonalQuadratic(n, 1, 1e6), make([]float64, n), make([]float64, n)}}
}

func (s scaled) HessianDiag(d, x []float64) {
	for i := range d {
		s.e[i] = 1
		s.HessVec(s.hv, x, s.e)
		d[i], s.e[i] = s.hv[i], 0
	}
}

// On a badly scaled quadratic the diagonal saves most inner steps; the whole of it is
// the Hessian here, so that one inner step is enough as soon as it is in use.
func TestPreconditioner(t *testing.T) {
	products := func(power float64) int {
		r := solve(t, newScaled(), TRNewtonCG{Precondition: power}, ones(60), descent.Options{Tol: 1e-8})
		if r.Status != descent.Converged {
			t.Errorf("power %v: %s", power, r.Status)
		}
		t.Logf("power %v: %d products in %d iterations", power, r.Counts.HessVec, r.Iterations)
		return r.Counts.HessVec
	}
	if none, half, whole := products(-1), products(0), products(1); 3*half > 2*none || 3*whole > 2*half {
		t.Errorf("%d products without, %d with half the power, %d with the whole", none, half, whole)
	}
}
