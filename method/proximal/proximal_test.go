package proximal

import (
	"context"
	"fmt"
	"math"
	"slices"
	"strings"
	"testing"

	"github.com/godescent/descent"
	"github.com/godescent/descent/descenttest"
	"github.com/godescent/descent/prox"
	"github.com/godescent/descent/vec"
)

func TestContract(t *testing.T) {
	sq := planted(1, 40, 12, 10)
	lsq := known{sq, largest(sq.a)}
	log := logistic{random(2, 50, 8, 3)}
	nan, inf := math.NaN(), math.Inf(1)
	cases := 0
	for name, p := range map[string]struct {
		f descent.Objective
		h descent.Regularizer
		n int
	}{
		"lasso, known L":        {lsq, prox.L1{Lambda: 0.05}, 12},
		"lasso":                 {sq, prox.L1{Lambda: 0.05}, 12},
		"smooth":                {sq, nil, 12},
		"sparse logistic":       {log, prox.L1{Lambda: 0.02}, 8},
		"non-negative logistic": {log, prox.NonNeg(8), 8},
		"elastic net":           {log, prox.ElasticNet{L1: 0.01, L2: 0.01}, 8},
		"group lasso":           {lsq, prox.GroupL1{Lambda: 0.05, Groups: [][]int{{0, 1, 2}, {3, 4, 5}, {6, 7, 8}}}, 12},
	} {
		_, hasL := p.f.(descent.Lipschitz)
		inert := map[string]string{}
		if !hasL {
			inert["Backtrack"] = "L is unknown, so there is a search anyway"
		}
		x0 := make([]float64, p.n)
		for i := range x0 {
			x0[i] = 0.5
		}
		opt := descent.Options{Tol: 1e-9, MaxIter: 50_000}
		variants := map[string]descent.Method{"step": ProxGrad{Step: 0.01}, "BB": ProxGrad{BB: true}}
		if hasL {
			variants["search"] = ProxGrad{Backtrack: true}
		}
		bad := map[string]descent.Method{}
		for _, s := range []float64{-1, nan, inf} {
			bad[fmt.Sprint(s)] = ProxGrad{Step: s}
		}
		descenttest.TestMethod(t, descenttest.Case{
			Name: "ProxGrad " + name, Method: ProxGrad{}, Problem: problem(p.f, p.h, p.n), X0: x0, Options: opt,
			Variants: variants, Inert: inert, Bad: bad,
		})
		descenttest.TestMethod(t, descenttest.Case{
			Name: "ProxGrad BB " + name, Method: ProxGrad{BB: true}, Problem: problem(p.f, p.h, p.n), X0: x0, Options: opt,
			Variants: map[string]descent.Method{"step": ProxGrad{Step: 0.01, BB: true}, "no BB": ProxGrad{}},
			Inert:    map[string]string{"Backtrack": "BB implies a search"}, Bad: bad,
		})
		variants = map[string]descent.Method{"step": FISTA{Step: 0.01}, "function": FISTA{Restart: "function"}, "none": FISTA{Restart: "none"}}
		if hasL {
			variants["search"] = FISTA{Backtrack: true}
		}
		bad = map[string]descent.Method{"restart": FISTA{Restart: "speed"}}
		for _, s := range []float64{-1, nan, inf} {
			bad[fmt.Sprint(s)] = FISTA{Step: s}
		}
		for _, restart := range []string{"gradient", "function"} {
			delete(variants, restart)
			descenttest.TestMethod(t, descenttest.Case{
				Name: "FISTA " + restart + " " + name, Method: FISTA{Restart: restart}, Problem: problem(p.f, p.h, p.n), X0: x0, Options: opt,
				Variants: variants, Inert: inert, Bad: bad,
			})
		}
		cases += 4
	}
	if cases != 28 {
		t.Errorf("%d cases", cases)
	}
}

func TestBacktrackIsAnOption(t *testing.T) {
	sq := planted(1, 40, 12, 10)
	p := problem(known{sq, 3 * largest(sq.a)}, prox.L1{Lambda: 0.05}, 12)
	for _, c := range [][2]descent.Method{{ProxGrad{Backtrack: true}, ProxGrad{}}, {FISTA{Backtrack: true}, FISTA{}}} {
		search, fixed := solve(t, p(), c[0], descent.Options{}), solve(t, p(), c[1], descent.Options{})
		if search.Iterations >= fixed.Iterations || search.Status != descent.Converged {
			t.Errorf("%T: %d iterations with a search, %d with a bound on L that is 3 times too large", c[0], search.Iterations, fixed.Iterations)
		}
	}
}

// Without h, ISTA is gradient descent, bit for bit.
func TestWithoutRegularizerIsGradientDescent(t *testing.T) {
	f := logistic{random(2, 50, 8, 3)}
	run, err := ProxGrad{Step: 0.5}.Start(problem(f, nil, 8)(), make([]float64, 8))
	if err != nil {
		t.Fatal(err)
	}
	x, g, k := make([]float64, 8), make([]float64, 8), 0
	for got := range run.Iterates {
		f.Gradient(g, x)
		for i := range x {
			x[i] -= g[i] / 2
			if x[i] != got[i] {
				t.Fatalf("iterate %d: %v, gradient descent has %v", k, got, x)
			}
		}
		if k++; k == 100 {
			break
		}
	}
}

// Theorems 3.1 and 4.4 of Beck and Teboulle at every iterate, with the fixed step and,
// with twice the constant, with the search.
func TestBounds(t *testing.T) {
	sq := planted(3, 30, 40, 30) // fewer rows than columns: not strongly convex
	l := largest(sq.a)
	for _, h := range []descent.Regularizer{prox.L1{Lambda: 0.01}, prox.NonNeg(40), nil} {
		p := problem(known{sq, l}, h, 40)
		best := solve(t, p(), FISTA{}, descent.Options{Tol: 1e-12, MaxIter: 1 << 20})
		if best.Status != descent.Converged {
			t.Fatalf("%T: reference %s with %v", h, best.Status, best.Certificate)
		}
		r := vec.Dot(best.X, best.X)
		tight := 0.0
		for _, c := range []struct {
			m      descent.Method
			bound  func(k float64) float64
			factor float64
		}{
			{ProxGrad{}, func(k float64) float64 { return l * r / (2 * k) }, 1},
			{ProxGrad{Backtrack: true}, func(k float64) float64 { return l * r / (2 * k) }, 2},
			{FISTA{Restart: "none"}, func(k float64) float64 { return 2 * l * r / ((k + 1) * (k + 1)) }, 1},
			{FISTA{Restart: "none", Backtrack: true}, func(k float64) float64 { return 2 * l * r / ((k + 1) * (k + 1)) }, 2},
		} {
			q := p()
			run, err := c.m.Start(q, make([]float64, 40))
			if err != nil {
				t.Fatal(err)
			}
			k := 0
			for x := range run.Iterates {
				k++
				excess, bound := q.Total(x)-best.Value, c.factor*c.bound(float64(k))
				if excess > bound+1e-13 {
					t.Fatalf("%+v with %T: F(x_%d) - F* = %g > %g", c.m, h, k, excess, bound)
				}
				tight = max(tight, excess/bound)
				if k == 500 {
					break
				}
			}
		}
		if tight < 0.05 {
			t.Errorf("%T: the bound is never nearer than a factor of %g: the test sees nothing", h, 1/tight)
		}
	}
}

// (4.1)-(4.3) by hand for f = x^2/2 with L = 4 from 1: t = 1, 1.618034, 2.193527.
func TestFirstIterates(t *testing.T) {
	f := squares{[][]float64{{1}}, []float64{0}}
	run, err := FISTA{Step: 0.25, Restart: "none"}.Start(problem(f, nil, 1)(), []float64{1})
	if err != nil {
		t.Fatal(err)
	}
	want, k := []float64{0.75, 0.5625, 0.382253}, 0
	for x := range run.Iterates {
		if math.Abs(x[0]-want[k]) > 1e-6 {
			t.Errorf("x_%d = %g, want %g", k+1, x[0], want[k])
		}
		if k++; k == len(want) {
			break
		}
	}
}

// Where the curvature falls on the way, a search with restart must follow it down.
func TestSearchForgetsOldCurvature(t *testing.T) {
	p, x0 := problem(quartic{}, nil, 2)(), []float64{10, 10}
	var n [2]int
	for i, m := range []descent.Method{FISTA{}, FISTA{Step: 1. / 301}} {
		r, err := descent.Solve(context.Background(), p, m, x0, descent.Options{})
		if err != nil || r.Status != descent.Converged {
			t.Fatalf("%v, %v", r, err)
		}
		n[i] = r.Iterations
	}
	if t.Log(n); 3*n[0] > n[1] {
		t.Errorf("%d iterations with a search, %d with the curvature of the start", n[0], n[1])
	}
}

// quartic is x^4/4 + y^4/4 + x^2/2 + y^2/200.
type quartic struct{}

func (quartic) Value(x []float64) float64 {
	return (math.Pow(x[0], 4)+math.Pow(x[1], 4))/4 + x[0]*x[0]/2 + x[1]*x[1]/200
}

func (quartic) Gradient(g, x []float64) float64 {
	g[0], g[1] = math.Pow(x[0], 3)+x[0], math.Pow(x[1], 3)+x[1]/100
	return quartic{}.Value(x)
}

// SpaRSA's rule: no value is above the largest of the five before it.
func TestBBIsBounded(t *testing.T) {
	sq := planted(4, 60, 30, 100)
	p := problem(sq, prox.L1{Lambda: 0.001}, 30)()
	run, err := ProxGrad{BB: true}.Start(p, make([]float64, 30))
	if err != nil {
		t.Fatal(err)
	}
	last, rises, k := []float64{p.Total(make([]float64, 30))}, 0, 0
	for x := range run.Iterates {
		v := p.Total(x)
		if v > slices.Max(last)*(1+1e-12) {
			t.Fatalf("iterate %d: F = %g above all of %g", k, v, last)
		}
		if v > last[len(last)-1]*(1+1e-12) {
			rises++
		}
		if last = append(last, v); len(last) > 5 {
			last = last[1:]
		}
		if k++; k == 200 {
			break
		}
	}
	if rises == 0 {
		t.Error("F never rose: the test sees nothing")
	}
}

func TestRestartAndBBReduceIterations(t *testing.T) {
	sq := planted(4, 60, 30, 100)
	p := problem(known{sq, largest(sq.a)}, prox.L1{Lambda: 0.001}, 30)
	opt := descent.Options{Tol: 1e-8, MaxIter: 1 << 20}
	n := map[string]int{}
	for name, m := range map[string]descent.Method{
		"ista": ProxGrad{}, "bb": ProxGrad{BB: true}, "none": FISTA{Restart: "none"}, "gradient": FISTA{}, "function": FISTA{Restart: "function"},
		"search": FISTA{Backtrack: true},
	} {
		r := solve(t, p(), m, opt)
		if r.Status != descent.Converged {
			t.Errorf("%s: %s", name, r.Status)
		}
		n[name] = r.Iterations
	}
	t.Log(n)
	if 2*n["gradient"] > n["none"] || 2*n["function"] > n["none"] || 2*n["search"] > n["none"] {
		t.Errorf("restart saves too little: %v", n)
	}
	if 5*n["bb"] > n["ista"] {
		t.Errorf("Barzilai-Borwein steps save too little: %v", n)
	}
}

// With orthogonal columns, A^T A = m I, the lasso has the closed form soft(A^T b/m, lambda).
func TestOrthogonalLasso(t *testing.T) {
	h := [][]float64{{1}}
	for len(h) < 8 { // Hadamard matrix by Sylvester's construction
		n := len(h)
		next := make([][]float64, 2*n)
		for i := range h {
			next[i], next[n+i] = append([]float64{}, h[i]...), append([]float64{}, h[i]...)
			for _, v := range h[i] {
				next[i], next[n+i] = append(next[i], v), append(next[n+i], -v)
			}
		}
		h = next
	}
	f := squares{h, []float64{3, -1, 4, 1, -5, 9, 2, 6}}
	c, want := make([]float64, 8), make([]float64, 8)
	f.Gradient(c, want) // -A^T b/m
	for i := range c {
		c[i] = -c[i]
	}
	const lambda = 1.5
	prox.L1{Lambda: lambda}.Prox(want, c, 1)
	for _, m := range []descent.Method{ProxGrad{}, ProxGrad{BB: true}, FISTA{}, FISTA{Restart: "function"}} {
		r := solve(t, problem(f, prox.L1{Lambda: lambda}, 8)(), m, descent.Options{Tol: 1e-12})
		if distance(r.X, want) > 1e-11 || r.Status != descent.Converged {
			t.Errorf("%+v: %s at %v, want %v", m, r.Status, r.X, want)
		}
	}
}

// Non-negative least squares: x >= 0, grad f >= 0 and x_i grad_i = 0.
func TestNonNegativeLeastSquares(t *testing.T) {
	f := planted(5, 40, 12, 10)
	for _, m := range []descent.Method{ProxGrad{}, ProxGrad{BB: true}, FISTA{}} {
		r := solve(t, problem(f, prox.NonNeg(12), 12)(), m, descent.Options{Tol: 1e-11})
		g, active := make([]float64, 12), 0
		f.Gradient(g, r.X)
		for i, v := range r.X {
			if v < 0 || g[i] < -1e-10 || v*g[i] > 1e-10 {
				t.Errorf("%+v: x[%d] = %g with gradient %g", m, i, v, g[i])
			}
			if v == 0 {
				active++
			}
		}
		if active == 0 || active == 12 || r.Status != descent.Converged {
			t.Errorf("%+v: %s with %d bounds active", m, r.Status, active)
		}
	}
}

func TestGroupLassoDropsGroups(t *testing.T) {
	f := planted(6, 60, 12, 1)
	groups := [][]int{{0, 3, 6, 9}, {1, 4, 7, 10}, {2, 5, 8, 11}} // the planted x lives on the first
	r := solve(t, problem(f, prox.GroupL1{Lambda: 0.1, Groups: groups}, 12)(), FISTA{}, descent.Options{Tol: 1e-10})
	for k, group := range groups {
		for _, i := range group {
			if (r.X[i] != 0) != (k == 0) {
				t.Errorf("group %d: x[%d] = %g", k, i, r.X[i])
			}
		}
	}
}

// The search must go on working where differences of values are rounding errors: here
// f is 1e9 plus something of the order of 1.
func TestSearchAtRoundingLevel(t *testing.T) {
	f := shifted{planted(7, 40, 12, 10), 1e9}
	for _, m := range []descent.Method{ProxGrad{}, FISTA{}} {
		r := solve(t, problem(f, prox.L1{Lambda: 0.01}, 12)(), m, descent.Options{Tol: 1e-10, MaxIter: 20_000})
		if r.Status != descent.Converged {
			t.Errorf("%T: %s with %v: %v", m, r.Status, r.Certificate, r.Diagnosis)
		}
	}
}

type shifted struct {
	squares
	c float64
}

func (f shifted) Value(x []float64) float64       { return f.squares.Value(x) + f.c }
func (f shifted) Gradient(g, x []float64) float64 { return f.squares.Gradient(g, x) + f.c }

// A start outside of the set is no obstacle.
func TestStartOutsideOfTheSet(t *testing.T) {
	f := planted(5, 40, 12, 10)
	x0 := make([]float64, 12)
	for i := range x0 {
		x0[i] = -3
	}
	for _, m := range []descent.Method{ProxGrad{}, ProxGrad{BB: true}, FISTA{}, FISTA{Restart: "function"}} {
		r, err := descent.Solve(context.Background(), problem(f, prox.NonNeg(12), 12)(), m, x0, descent.Options{Tol: 1e-9})
		if err != nil || r.Status != descent.Converged {
			t.Errorf("%+v: %v, %v", m, r, err)
		}
	}
}

// A search ends with a reason where no step helps: here f is finite at the start only.
func TestSearchGivesUp(t *testing.T) {
	for _, m := range []descent.Method{ProxGrad{}, ProxGrad{BB: true}, FISTA{}} {
		r := solve(t, problem(spike{}, nil, 1)(), m, descent.Options{})
		if r.Status != descent.Stalled || !strings.Contains(r.Diagnosis[0], "search") {
			t.Errorf("%T: %s, %q", m, r.Status, r.Diagnosis)
		}
	}
}

type spike struct{}

func (spike) Value(x []float64) float64 {
	if x[0] == 0 {
		return 1
	}
	return math.Inf(1)
}
func (spike) Gradient(g, x []float64) float64 { g[0] = 1; return spike{}.Value(x) }

func ExampleProxGrad() {
	// min (1/2)|x - b|^2 + |x|_1 has the solution soft(b, 1).
	p := &descent.Problem{Name: "denoise", Dim: 3, Objective: squares{[][]float64{{1.7, 0, 0}, {0, 1.7, 0}, {0, 0, 1.7}}, []float64{5.1, -0.17, -3.4}}, Regularizer: prox.L1{Lambda: 0.9}}
	r, err := descent.Solve(context.Background(), p, ProxGrad{}, make([]float64, 3), descent.Options{Tol: 1e-9})
	if err != nil {
		panic(err)
	}
	fmt.Printf("%s: %.3f\n", r.Status, r.X)
	// Output: converged: [2.066 0.000 -1.066]
}

func ExampleFISTA() {
	f := planted(1, 100, 6, 1) // targets depend on columns 0 and 3 only
	p := &descent.Problem{Name: "lasso", Dim: 6, Objective: f, Regularizer: prox.L1{Lambda: 0.1}}
	r, err := descent.Solve(context.Background(), p, FISTA{}, make([]float64, 6), descent.Options{Tol: 1e-9})
	if err != nil {
		panic(err)
	}
	fmt.Printf("%s: %.2f\n", r.Status, r.X)
	// Output: converged: [0.80 0.00 0.00 0.44 0.00 0.00]
}
