package gradient

import (
	"context"
	"fmt"
	"math"
	"testing"

	"github.com/godescent/descent"
	"github.com/godescent/descent/descenttest"
	"github.com/godescent/descent/linalg"
	"github.com/godescent/descent/problem/analytic"
	"github.com/godescent/descent/problem/glm"
)

func on(f descent.Objective, n int) func() *descent.Problem {
	return func() *descent.Problem { return &descent.Problem{Name: "test", Dim: n, Objective: f} }
}

func ones(n int) []float64 {
	x := make([]float64, n)
	for i := range x {
		x[i] = 1
	}
	return x
}

// unknown hides the constants of a quadratic.
type unknown struct{ q *analytic.Diagonal }

func (u unknown) Value(x []float64) float64       { return u.q.Value(x) }
func (u unknown) Gradient(g, x []float64) float64 { return u.q.Gradient(g, x) }

func TestMethods(t *testing.T) {
	quad, nan := analytic.DiagonalQuadratic(8, 1, 100), math.NaN()
	p := on(quad, 8)
	opt := descent.Options{Tol: 1e-7}
	x0 := []float64{1, -1, 2, 0.5, 1, 1, -3, 1}
	type variants = map[string]descent.Method
	for _, c := range []descenttest.Case{
		{Name: "gd", Method: GD{}, Variants: variants{"fixed": GD{Rule: "fixed"}, "step": GD{Step: 3}, "c1": GD{C1: 0.9}},
			Bad: variants{"rule": GD{Rule: "exact"}, "step": GD{Step: -1}, "c1": GD{C1: 1}, "NaN": GD{Step: nan}}},
		{Name: "gd fixed", Method: GD{Rule: "fixed"}, Variants: variants{"rule": GD{}, "step": GD{Rule: "fixed", Step: 0.001}},
			Inert: map[string]string{"C1": "a fixed step has no sufficient decrease"}},
		{Name: "bb", Method: BB{}, Variants: variants{"short": BB{Rule: "short"}, "window": BB{Window: 1}, "c1": BB{C1: 0.9}},
			Bad: variants{"rule": BB{Rule: "middle"}, "window": BB{Window: -1}, "c1": BB{C1: -1}}},
		{Name: "heavy-ball", Method: HeavyBall{}, Variants: variants{"l": HeavyBall{L: 200}, "mu": HeavyBall{Mu: 0.5}, "alpha": HeavyBall{Alpha: 0.01}, "beta": HeavyBall{Beta: 0.3}},
			Bad: variants{"beta": HeavyBall{Beta: 1}, "alpha": HeavyBall{Alpha: -1}, "mu": HeavyBall{Mu: 1000}, "l": HeavyBall{L: nan}}},
		{Name: "nesterov", Method: Nesterov{}, Variants: variants{"l": Nesterov{L: 150}, "restart": Nesterov{Restart: true}}, Bad: variants{"l": Nesterov{L: -1}}},
		{Name: "nesterov-sc", Method: NesterovSC{}, Variants: variants{"l": NesterovSC{L: 150}, "mu": NesterovSC{Mu: 0.5}}, Bad: variants{"mu": NesterovSC{Mu: -1}}},
		{Name: "triple-momentum", Method: TripleMomentum{}, Variants: variants{"l": TripleMomentum{L: 150}, "mu": TripleMomentum{Mu: 0.5}}, Bad: variants{"mu": TripleMomentum{Mu: 1e9}}},
		{Name: "cg", Method: CG{}, Variants: variants{"fr": CG{Beta: "fr"}, "c2": CG{C2: 0.9}}, Bad: variants{"beta": CG{Beta: "xx"}, "c2": CG{C2: 2}}},
		{Name: "pi-flow", Method: PIFlow{}, Variants: variants{"a": PIFlow{A: 3}, "k": PIFlow{K: 2}, "dt": PIFlow{Dt: 0.001}, "v0": PIFlow{V0: 1}},
			Bad: variants{"a": PIFlow{A: -1}, "k": PIFlow{K: nan}, "dt": PIFlow{Dt: -1}}},
	} {
		c.Problem, c.X0, c.Options = p, x0, opt
		descenttest.TestMethod(t, c)
	}
	// Where L is unknown Nesterov's method finds it, and others say what to do.
	descenttest.TestMethod(t, descenttest.Case{Name: "nesterov search", Method: Nesterov{}, Problem: on(unknown{quad}, 8), X0: x0, Options: opt,
		Variants: variants{"l": Nesterov{L: 100}, "restart": Nesterov{Restart: true}}})
	for _, m := range []descent.Method{GD{Rule: "fixed"}, HeavyBall{}, NesterovSC{}, TripleMomentum{}, PIFlow{}} {
		if _, err := m.Start(on(unknown{quad}, 8)(), x0); err == nil {
			t.Errorf("%T starts without L", m)
		}
	}
}

// Every beta rule on Rosenbrock's function, and exact termination on quadratics.
func TestCGRules(t *testing.T) {
	rosen, _ := analytic.Lookup("rosenbrock-2")
	for _, beta := range []string{"fr", "pr+", "hs", "dy", "hz"} {
		r := solve(t, rosen.New(), CG{Beta: beta}, rosen.X0, descent.Options{Tol: 1e-8, MaxIter: 1000})
		if r.Status != descent.Converged {
			t.Errorf("%s: %s after %d iterations with %v", beta, r.Status, r.Iterations, r.Certificate)
		}
		q := solve(t, on(analytic.DiagonalQuadratic(5, 1, 10), 5)(), CG{Beta: beta, C2: 1.001e-4}, ones(5), descent.Options{Tol: 1e-6})
		if q.Status != descent.Converged || q.Iterations > 7 {
			t.Errorf("%s: a quadratic in 5 variables takes %d iterations: conjugacy is lost", beta, q.Iterations)
		}
	}
}

func solve(t *testing.T, p *descent.Problem, m descent.Method, x0 []float64, opt descent.Options) *descent.Result {
	t.Helper()
	r, err := descent.Solve(context.Background(), p, m, x0, opt)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// Factor returns the asymptotic factor per iteration of the distance to 0.
func factor(t *testing.T, m descent.Method, kappa float64, iters int) float64 {
	t.Helper()
	p := on(analytic.DiagonalQuadratic(50, 1, kappa), 50)()
	run, err := m.Start(p, ones(50))
	if err != nil {
		t.Fatal(err)
	}
	k, half, end := 0, 0.0, 0.0
	run.Iterates(func(x []float64) bool {
		k++
		s := 0.0
		for _, v := range x {
			s += v * v
		}
		if k == iters/2 {
			half = s
		}
		end = s
		return k < iters
	})
	return math.Pow(end/half, 0.5/float64(iters-iters/2))
}

// Rates of the theory on quadratics with a log-spaced spectrum.
func TestRates(t *testing.T) {
	for _, c := range []struct {
		kappa    float64
		iters    int
		hb, tmm  float64
		nag, gdf float64
	}{{100, 240, 1 - 1.7/10, 0.9, 1 - 0.9/10, 0.9802}, {1e4, 2400, 1 - 1.7/100, 0.99, 1 - 0.9/100, 0.9998}} {
		if f := factor(t, TripleMomentum{}, c.kappa, c.iters); math.Abs(f-c.tmm) > 1e-4 {
			t.Errorf("kappa %g: triple momentum contracts by %.6f, theory %.6f", c.kappa, f, c.tmm)
		}
		if f := factor(t, HeavyBall{}, c.kappa, c.iters); f > c.hb {
			t.Errorf("kappa %g: heavy ball contracts by %.6f, want at most %.6f", c.kappa, f, c.hb)
		}
		if f := factor(t, NesterovSC{}, c.kappa, c.iters); f > c.nag {
			t.Errorf("kappa %g: Nesterov contracts by %.6f, want at most %.6f", c.kappa, f, c.nag)
		}
		l, mu := c.kappa, 1.0
		if f := factor(t, GD{Rule: "fixed", Step: 2 / (l + mu)}, c.kappa, c.iters); math.Abs(f-(l-mu)/(l+mu)) > 2e-3 {
			t.Errorf("kappa %g: gradient descent contracts by %.6f, theory %.6f", c.kappa, f, (l-mu)/(l+mu))
		}
	}
}

// Theorem 4.4 holds at every iterate on the worst function, and the bound is not slack.
func TestNesterovBound(t *testing.T) {
	f := &analytic.NesterovWorst{N: 101, L: 4}
	star, best := f.Minimizer(), f.Minimum()
	d2 := 0.0
	for _, v := range star {
		d2 += v * v
	}
	run, err := Nesterov{}.Start(on(f, 101)(), make([]float64, 101))
	if err != nil {
		t.Fatal(err)
	}
	k := 0
	run.Iterates(func(x []float64) bool {
		k++
		gap, bound := f.Value(x)-best, 2*f.L*d2/float64((k+1)*(k+1))
		if gap > bound*(1+1e-12) {
			t.Errorf("iteration %d: gap %g above the bound %g", k, gap, bound)
		}
		if k <= 50 && gap < bound/300 {
			t.Errorf("iteration %d: gap %g far below the bound %g: is this the worst function?", k, gap, bound)
		}
		return k < 300
	})
}

// Heavy ball cycles on the function of Lessard, Recht and Packard; the accelerated
// methods do not.
func TestHeavyBallCycles(t *testing.T) {
	p := on(analytic.HeavyBallCycle{}, 1)
	r := solve(t, p(), HeavyBall{}, []float64{3.3}, descent.Options{Tol: 1e-12, MaxIter: 3000})
	if r.Status != descent.Limit || math.Abs(r.X[0]) < 0.6 {
		t.Errorf("heavy ball: %s at %v", r.Status, r.X)
	}
	for m, most := range map[descent.Method]int{TripleMomentum{}: 130, NesterovSC{}: 250, GD{Rule: "fixed", Step: 2. / 26}: 346} {
		k := 0
		run, err := m.Start(p(), []float64{3.3})
		if err != nil {
			t.Fatal(err)
		}
		run.Iterates(func(x []float64) bool { k++; return math.Abs(x[0]) >= 1e-12 && k < 1000 })
		if k > most {
			t.Errorf("%T needs %d iterations to 1e-12, want at most %d", m, k, most)
		}
	}
}

// Special cases are the same method: without momentum, and at condition number one.
func TestEqualities(t *testing.T) {
	quad := on(analytic.DiagonalQuadratic(8, 1, 100), 8)
	opt := descent.Options{MaxIter: 20}
	a := solve(t, quad(), HeavyBall{Alpha: 0.01}, ones(8), opt)
	b := solve(t, quad(), GD{Rule: "fixed", Step: 0.01}, ones(8), opt)
	for i := range a.X {
		if math.Abs(a.X[i]-b.X[i]) > 1e-15 {
			t.Fatalf("heavy ball without momentum is at %v, gradient descent at %v", a.X, b.X)
		}
	}
	round := on(&analytic.Diagonal{D: []float64{3, 3}}, 2)
	for _, m := range []descent.Method{HeavyBall{}, NesterovSC{}, TripleMomentum{}, GD{Rule: "fixed"}} {
		if x := iterates(t, m, round(), []float64{1, -2}, 1)[0]; math.Hypot(x[0], x[1]) > 1e-15 {
			t.Errorf("%T: at %v after one step at condition number 1, want 0", m, x)
		}
	}
}

// The flow keeps psi(t) = psi(0) exp(-A t) exactly, whatever the Hessian, and agrees with
// the second-order equation on a scalar quadratic.
func TestPIFlow(t *testing.T) {
	h, a, k := 4.0, 3.0, 0.5
	p := on(&analytic.Diagonal{D: []float64{h}}, 1)()
	run, err := PIFlow{A: a, K: k, Dt: 1e-3, V0: 0.7}.Start(p, []float64{2})
	if err != nil {
		t.Fatal(err)
	}
	s := run.(*piFlowRun)
	w0, steps := s.W[0], 0
	s.Iterates(func([]float64) bool { steps++; return steps < 1000 })
	if want := w0 * math.Exp(-a); math.Abs(s.W[0]-want) > 1e-12 {
		t.Errorf("psi(1) = %v, want %v", s.W[0], want)
	}
	// x' = w0 e^{-at} - kh x has the solution c e^{-at} + (x0 - c) e^{-kht}.
	c := w0 / (k*h - a)
	if want := c*math.Exp(-a) + (2-c)*math.Exp(-k*h); math.Abs(s.X[0]-want) > 1e-11 {
		t.Errorf("x(1) = %v, want %v", s.X[0], want)
	}
}

// worst is the data set of Theorem 5.1: one sample against n-1.
func worst(t *testing.T, n int) func() *descent.Problem {
	x := &linalg.Dense{Rows: n, Cols: 2, Data: []float64{0.5, -1}}
	y := []float64{1}
	for range n - 1 {
		x.Data, y = append(x.Data, -0.5, -1), append(y, -1)
	}
	return func() *descent.Problem {
		m, err := glm.New("worst", x, y, glm.Spec{Loss: glm.Logistic{}})
		if err != nil {
			t.Fatal(err)
		}
		return m.Problem()
	}
}

func updates(t *testing.T, p *descent.Problem, m NormalizedGD) int {
	t.Helper()
	run, err := m.Start(p, make([]float64, p.Dim))
	if err != nil {
		t.Fatal(err)
	}
	k := 0
	run.Iterates(func([]float64) bool { k++; return k < 20_000 })
	return k
}

// The integers of the paper's table and its growth in n.
func TestNormalizedGDTable(t *testing.T) {
	for _, c := range []struct {
		n    int
		m    NormalizedGD
		want int
	}{
		{1000, NormalizedGD{Step: 100}, 2}, {1000, NormalizedGD{Step: 10}, 2}, {1000, NormalizedGD{}, 16}, {1000, NormalizedGD{Step: 0.1}, 157},
		{1000, NormalizedGD{Variant: "gd", Step: 1000}, 301}, {1000, NormalizedGD{Variant: "gd", Step: 100}, 308},
		{1000, NormalizedGD{Variant: "gd", Step: 10}, 729}, {1000, NormalizedGD{Variant: "gd"}, 7313},
		{100, NormalizedGD{Variant: "gd", Step: 100}, 31}, {10000, NormalizedGD{Variant: "gd", Step: 100}, 3080},
		{100, NormalizedGD{}, 11}, {10000, NormalizedGD{}, 21},
	} {
		if k := updates(t, worst(t, c.n)(), c.m); k != c.want {
			t.Errorf("n = %d, %+v: %d updates, want %d", c.n, c.m, k, c.want)
		}
	}
	for _, v := range []string{"normalized-perceptron", "perceptron"} {
		if k := updates(t, worst(t, 1000)(), NormalizedGD{Variant: v}); k > 5 {
			t.Errorf("%s: %d updates, the bound R^2/mu^2 is 5", v, k)
		}
	}
	batch, gd := updates(t, worst(t, 1000)(), NormalizedGD{Variant: "batch-perceptron"}), updates(t, worst(t, 1000)(), NormalizedGD{Variant: "gd", Step: 1e6})
	if batch != gd || batch < 100 {
		t.Errorf("batch perceptron takes %d updates, gradient descent with a huge step %d", batch, gd)
	}
	for name, m := range map[string]NormalizedGD{"variant": {Variant: "x"}, "step": {Step: -1}} {
		if _, err := m.Start(worst(t, 10)(), make([]float64, 2)); err == nil {
			t.Errorf("bad %s was accepted", name)
		}
	}
	if _, err := (NormalizedGD{}).Start(on(analytic.HeavyBallCycle{}, 1)(), []float64{0}); err == nil {
		t.Error("starts without data")
	}
}

func ExampleNesterov() {
	f := analytic.DiagonalQuadratic(20, 1, 1000)
	p := &descent.Problem{Name: "bowl", Dim: 20, Objective: f}
	x0 := make([]float64, 20)
	for i := range x0 {
		x0[i] = 1
	}
	r, err := descent.Solve(context.Background(), p, Nesterov{Restart: true}, x0, descent.Options{})
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(r.Status, "by the", r.Certificate.Kind, "within 1000 iterations:", r.Iterations < 1000)
	// Output: converged by the gradient norm within 1000 iterations: true
}
