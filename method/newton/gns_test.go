package newton

import (
	"math"
	"slices"
	"testing"

	"github.com/godescent/descent"
	"github.com/godescent/descent/descenttest"
	"github.com/godescent/descent/vec"
)

// residuals is |u(x)|^2/2 of Rosenbrock's two residuals, times Scale: its Gauss-Newton matrix is J'J.
type residuals struct{ Scale float64 }

func (r residuals) Value(x []float64) float64 {
	a, b := 1-x[0], 10*(x[1]-x[0]*x[0])
	return r.Scale * (a*a + b*b) / 2
}

func (r residuals) Gradient(g, x []float64) float64 {
	a, b := 1-x[0], 10*(x[1]-x[0]*x[0])
	g[0], g[1] = r.Scale*(-a-20*x[0]*b), r.Scale*10*b
	return r.Value(x)
}

func (r residuals) ApproximateHessian(h, x []float64) {
	s := r.Scale
	h[0], h[1], h[2], h[3] = s*(1+400*x[0]*x[0]), -s*200*x[0], -s*200*x[0], s*100
}

func (r residuals) Hessian(h, x []float64) {
	r.ApproximateHessian(h, x)
	h[0] -= r.Scale * 200 * (x[1] - x[0]*x[0])
}

func (r residuals) HessVec(hv, x, v []float64) {
	h := make([]float64, 4)
	r.Hessian(h, x)
	hv[0], hv[1] = h[0]*v[0]+h[1]*v[1], h[2]*v[0]+h[3]*v[1]
}

func newResiduals(scale float64) func() *descent.Problem {
	return func() *descent.Problem {
		return &descent.Problem{Name: "residuals", Dim: 2, Objective: residuals{scale}}
	}
}

func TestGNS(t *testing.T) {
	descenttest.TestObjective(t, residuals{1}, descenttest.Points(4, 2, 1))
	x0, nan := []float64{-1.2, 1}, math.NaN()
	bad := map[string]descent.Method{"gamma": GNS{Gamma: -1}, "NaN": GNS{Gamma: nan}, "infinite": GNS{Gamma: math.Inf(1)}, "trials": GNS{Trials: -1}}
	inert := map[string]string{"Trials": "no iteration needs many; TestGNSExhausted covers it"}
	descenttest.TestMethod(t, descenttest.Case{
		Name: "gns-newton", Method: GNS{}, Problem: newResiduals(1), X0: x0, Options: descent.Options{Tol: 1e-9},
		Variants: map[string]descent.Method{"gamma": GNS{Gamma: 0.3}, "approximate": GNS{Approximate: true}}, Inert: inert, Bad: bad,
	})
	if _, err := (GNS{Approximate: true}).Start(quadratic(), ones(12)); err == nil {
		t.Error("a problem without approximation was accepted")
	}
}

// Every step is at most Gamma long and decreases f by |g|^2/(8 lambda); Gamma halves and doubles.
func TestGNSInvariants(t *testing.T) {
	p := newResiduals(1)()
	x0 := []float64{-1.2, 1}
	run, err := GNS{Approximate: true}.Start(p, x0)
	if err != nil {
		t.Fatal(err)
	}
	s, last, g := run.(*gnsRun), slices.Clone(x0), make([]float64, 2)
	steps := 0
	for x := range run.Iterates {
		radius := s.Gamma / 2 // of the step that was accepted
		f := residuals{1}.Gradient(g, last)
		norm := vec.Nrm2(g)
		if d := math.Hypot(x[0]-last[0], x[1]-last[1]); d > radius*(1+1e-9) {
			t.Errorf("step %d is %v long: want at most %v", s.K, d, radius)
		}
		least := vec.Dot(s.G, s.G) / (8 * norm / radius)
		if f-s.F < least*(1-1e-9) && math.Abs(f-s.F) > 1e-12*f {
			t.Errorf("step %d decreases f by %v: want at least %v", s.K, f-s.F, least)
		}
		copy(last, x)
		if steps++; norm < 1e-9 {
			break
		}
	}
	c := p.Counts()
	if steps < 5 || c.Gradient != 1+2*steps-int(math.Round(math.Log2(s.Gamma))) {
		t.Errorf("%d steps with %d gradients to Gamma = %v: want twice as many as Gamma's doublings leave", steps, c.Gradient, s.Gamma)
	}
	if c.Coordinate != 2*steps || c.Hessian != 0 {
		t.Errorf("%+v: want 2 coordinates for each of %d steps", c, steps)
	}
}

// The iterates of 4 f are those of f, bit for bit.
func TestGNSScale(t *testing.T) {
	x0 := []float64{-1.2, 1}
	for _, m := range []descent.Method{GNS{}, GNS{Approximate: true}} {
		a := solve(t, newResiduals(1)(), m, x0, descent.Options{Tol: -1, MaxIter: 12})
		b := solve(t, newResiduals(4)(), m, x0, descent.Options{Tol: -1, MaxIter: 12})
		if !slices.Equal(a.X, b.X) || a.Counts != b.Counts {
			t.Errorf("%v and %v", a.X, b.X)
		}
	}
}

// On an indefinite Hessian the radius shrinks until H + lambda I is positive definite.
func TestGNSSaddle(t *testing.T) {
	p := &descent.Problem{Name: "saddle", Dim: 2, Objective: saddle{}}
	if r := solve(t, p, GNS{}, []float64{0.1, 1}, descent.Options{Tol: 1e-9}); r.Status != descent.Converged || math.Abs(r.X[0]-1) > 1e-8 {
		t.Errorf("%s at %v", r.Status, r.X)
	}
}

// uphill has a gradient of the wrong sign: no step decreases it.
type uphill struct{ residuals }

func (u uphill) Gradient(g, x []float64) float64 {
	f := u.residuals.Gradient(g, x)
	vec.Scal(-1, g)
	return f
}

func TestGNSExhausted(t *testing.T) {
	p := &descent.Problem{Name: "uphill", Dim: 2, Objective: uphill{residuals{1}}}
	for _, trials := range []int{3, 40} {
		r := solve(t, p, GNS{Trials: trials}, []float64{-1.2, 1}, descent.Options{})
		if r.Status == descent.Converged || r.Iterations != 0 || r.X[0] != -1.2 {
			t.Errorf("%d trials: %s after %d iterations at %v", trials, r.Status, r.Iterations, r.X)
		}
	}
}
