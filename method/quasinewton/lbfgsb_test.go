package quasinewton

import (
	"context"
	"fmt"
	"iter"
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/godescent/descent"
	"github.com/godescent/descent/descenttest"
	"github.com/godescent/descent/problem/analytic"
	"github.com/godescent/descent/prox"
	"github.com/godescent/descent/vec"
)

func TestLBFGSB(t *testing.T) {
	s := lookup(t, "hs-38")
	s.Upper[0], s.Lower[3] = 0.6, 0.7 // bounds that hold at the solution
	descenttest.TestMethod(t, descenttest.Case{
		Name: "lbfgsb", Method: LBFGSB{}, Problem: s.New, X0: s.X0, Options: descent.Options{Tol: 1e-8, MaxIter: 500},
		Variants: map[string]descent.Method{"memory": LBFGSB{Memory: 3}, "c1": LBFGSB{C1: 0.45}, "c2": LBFGSB{C2: 0.99}},
		Bad: map[string]descent.Method{
			"memory": LBFGSB{Memory: -1}, "c1": LBFGSB{C1: -1}, "c1 above c2": LBFGSB{C1: 0.8},
			"c2": LBFGSB{C2: 1}, "NaN": LBFGSB{C2: math.NaN()},
		},
	})
}

func TestLBFGSBRefuses(t *testing.T) {
	s := lookup(t, "mgh-rosenbrock")
	inf, nan := math.Inf(1), math.NaN()
	for _, c := range []struct {
		h    descent.Regularizer
		want string
	}{
		{prox.L1{Lambda: 1}, "want bounds or nothing"},
		{prox.Box{Lower: []float64{0}, Upper: []float64{1}}, "1 lower and 1 upper bounds for 2"},
		{prox.Box{Lower: []float64{0, 2}, Upper: []float64{1, 1}}, "bounds 2 and 1 of x[1]"},
		{prox.Box{Lower: []float64{0, nan}, Upper: []float64{1, 1}}, "of x[1]"},
		{prox.Box{Lower: []float64{inf, 0}, Upper: []float64{inf, 1}}, "of x[0]"},
	} {
		p := s.New()
		p.Regularizer = c.h
		if _, err := (LBFGSB{}).Start(p, s.X0); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%v: %v, want %q", c.h, err, c.want)
		}
	}
}

// The problems of Hock and Schittkowski with bounds, to the known minimum, in few
// evaluations and never outside.
func TestLBFGSBOnHS(t *testing.T) {
	tried, iterates, evals := 0, 0, 0
	for _, s := range analytic.All() {
		if !strings.HasPrefix(s.ID, "hs-") {
			continue
		}
		tried++
		p := s.New()
		watched := watch{p.Objective.(descent.Smooth), s, t}
		p.Objective = watched
		run, err := LBFGSB{}.Start(p, s.X0)
		if err != nil {
			t.Fatal(err)
		}
		var x []float64
		for x = range run.Iterates {
			iterates++
			watched.inside(x)
			if run.(*lbfgsbRun).Hint() <= 1e-8 {
				break
			}
		}
		if h := run.(*lbfgsbRun).Hint(); h > 1e-8 {
			t.Errorf("%s: residual %v: %s", s.ID, h, run.(*lbfgsbRun).why)
		}
		v := p.Objective.Value(x)
		if near := func(f float64) bool { return math.Abs(v-f) <= 1e-6*(1+math.Abs(f)) }; !near(s.FStar) && !slices.ContainsFunc(s.OtherMinima, near) {
			t.Errorf("%s: value %v at %v, want %v", s.ID, v, x, s.FStar)
		}
		t.Logf("%s: %d evaluations", s.ID, p.Counts().Evals())
		evals += p.Counts().Evals()
	}
	if tried != 8 || iterates < 60 || evals > 160 {
		t.Errorf("%d problems, %d iterates, %d evaluations: want 8, at least 60 and at most 160", tried, iterates, evals)
	}
}

// watch fails the test where the gradient is asked for outside of the box.
type watch struct {
	descent.Smooth
	s analytic.Spec
	t *testing.T
}

func (w watch) inside(x []float64) {
	w.t.Helper()
	for i, v := range x {
		if w.s.Lower != nil && !(v >= w.s.Lower[i] && v <= w.s.Upper[i]) {
			w.t.Fatalf("%s: x[%d] = %v outside of [%v, %v]", w.s.ID, i, v, w.s.Lower[i], w.s.Upper[i])
		}
	}
}

func (w watch) Gradient(g, x []float64) float64 {
	w.inside(x)
	return w.Smooth.Gradient(g, x)
}

func (w watch) Value(x []float64) float64 { return w.s.Objective().Value(x) }

// Without bounds the iterates are those of L-BFGS, bit for bit.
func TestLBFGSBWithoutBounds(t *testing.T) {
	steps := 0
	for _, id := range []string{"mgh-wood", "mgh-biggs-exp6", "mgh-extended-powell-12"} {
		s := lookup(t, id)
		a, err := LBFGS{Memory: 4}.Start(s.New(), s.X0)
		if err != nil {
			t.Fatal(err)
		}
		p := s.New()
		p.Regularizer, _ = prox.NewBox(s.Dim, nil, nil)
		b, err := LBFGSB{Memory: 4}.Start(p, s.X0)
		if err != nil {
			t.Fatal(err)
		}
		next, stop := iter.Pull(iter.Seq[[]float64](b.Iterates))
		for x := range a.Iterates {
			if y, _ := next(); !slices.Equal(x, y) {
				t.Fatalf("%s: %v, L-BFGS has %v", id, y, x)
			}
			if steps++; steps%40 == 0 {
				break
			}
		}
		stop()
	}
	if steps != 120 {
		t.Errorf("%d steps: want 120", steps)
	}
}

// box is a random problem of the model: pairs of a positive definite matrix, a point
// within bounds, some of them active, infinite or equal, and a gradient.
func box(rng *rand.Rand, n, m int) (s *lbfgsbRun, hessian [][]float64) {
	s = &lbfgsbRun{X: make([]float64, n), G: make([]float64, n), lower: make([]float64, n), upper: make([]float64, n), bounded: true, Pairs: newPairs(m, n)}
	a := rows(n, n)
	for i := range n {
		for j := range n {
			a[i][j] = rng.NormFloat64()
		}
	}
	x1, g1, zero := make([]float64, n), make([]float64, n), make([]float64, n)
	for range rng.IntN(2*m + 1) { // the ring may be empty, partly filled or turning
		clear(g1)
		for i := range x1 {
			x1[i] = rng.NormFloat64()
		}
		for _, row := range a { // y = (A'A + I) s
			vec.Axpy(vec.Dot(row, x1), row, g1)
		}
		vec.Axpy(1, x1, g1)
		s.Pairs.push(zero, x1, zero, g1)
	}
	// B by the updates of BFGS from theta I, dense.
	b := newCompact(&s.Pairs, n)
	if !b.factor() {
		panic("not positive definite")
	}
	h := rows(n, n)
	for i := range n {
		h[i][i] = b.theta
	}
	for k := range s.Pairs.Count {
		u, y := s.Pairs.S[s.Pairs.slot(k)], s.Pairs.Y[s.Pairs.slot(k)]
		hs := make([]float64, n)
		for i := range n {
			hs[i] = vec.Dot(h[i], u)
		}
		shs, ys := vec.Dot(u, hs), vec.Dot(y, u)
		for i := range n {
			for j := range n {
				h[i][j] += y[i]*y[j]/ys - hs[i]*hs[j]/shs
			}
		}
	}
	for i := range n {
		s.lower[i], s.upper[i] = -rng.ExpFloat64(), rng.ExpFloat64()
		s.G[i] = 3 * rng.NormFloat64()
		switch rng.IntN(6) {
		case 0:
			s.lower[i], s.upper[i] = math.Inf(-1), math.Inf(1)
		case 1:
			s.X[i] = s.lower[i]
		case 2:
			s.X[i] = s.upper[i]
		case 3:
			s.upper[i], s.X[i] = s.lower[i], s.lower[i]
		}
	}
	return s, h
}

// mul returns h d.
func mul(h [][]float64, d []float64) []float64 {
	y := make([]float64, len(d))
	for i := range y {
		y[i] = vec.Dot(h[i], d)
	}
	return y
}

// Compact matrix, Cauchy point and minimization over the free variables agree with
// what their definitions give with a dense matrix.
func TestModelAgainstDense(t *testing.T) {
	rng := rand.New(rand.NewPCG(5, 8))
	count := map[string]int{}
	near := func(what string, got, want []float64) {
		t.Helper()
		count[what]++
		for i := range want {
			if math.Abs(got[i]-want[i]) > 1e-7*(1+math.Abs(want[i])) {
				t.Fatalf("%s: %v, want %v", what, got, want)
			}
		}
	}
	for range 3000 {
		n, m := 1+rng.IntN(9), 1+rng.IntN(5)
		s, h := box(rng, n, m)
		mo := newModel(s, m)
		if !mo.b.factor() {
			t.Fatal("B is not positive definite")
		}
		v, w := make([]float64, n), make([]float64, 2*m)
		for i := range v {
			v[i] = rng.NormFloat64()
		}
		got := slices.Clone(v)
		vec.Scal(mo.b.theta, got)
		mo.b.project(w, v)
		mo.b.mul(w)
		mo.b.lift(got, -1, w)
		near("B v", got, mul(h, v))

		// The path P(x - t g), piece by piece.
		mo.q.find(mo.b, s.X, s.G, s.lower, s.upper)
		at := func(tt float64) []float64 {
			u := make([]float64, n)
			for i := range u {
				u[i] = min(max(s.X[i]-tt*s.G[i], s.lower[i]), s.upper[i])
			}
			return u
		}
		breaks := []float64{0}
		for i, g := range s.G {
			for _, b := range []float64{s.lower[i], s.upper[i]} {
				if tt := (s.X[i] - b) / g; tt > 0 && !math.IsInf(tt, 1) {
					breaks = append(breaks, tt)
				}
			}
		}
		slices.Sort(breaks)
		want := at(breaks[len(breaks)-1])
		for k, t0 := range breaks {
			t1 := t0 + 1
			if k+1 < len(breaks) {
				t1 = breaks[k+1]
			}
			if t1 == t0 {
				continue
			}
			u, d, z := at(t0), at(t1), make([]float64, n)
			for i := range d {
				d[i] = (d[i] - u[i]) / (t1 - t0)
				z[i] = u[i] - s.X[i]
			}
			slope, curve := vec.Dot(s.G, d)+vec.Dot(d, mul(h, z)), vec.Dot(d, mul(h, d))
			if slope >= 0 {
				want = u
				break
			}
			if step := -slope / curve; k+1 == len(breaks) || step < t1-t0 {
				want = at(t0 + step)
				break
			}
		}
		near("Cauchy point", mo.q.x, want)

		// Over the free variables the gradient of the model vanishes.
		z := make([]float64, n)
		if !mo.sub.minimize(z, mo.b, mo.q, s.X, s.G, s.lower, s.upper) {
			t.Fatal("reduced matrix is not definite")
		}
		d := make([]float64, n)
		vec.AxpyTo(d, -1, s.X, z)
		grad := mul(h, d)
		vec.Axpy(1, s.G, grad)
		fixed := 0
		for i := range n {
			if s.lower[i] < mo.q.x[i] && mo.q.x[i] < s.upper[i] {
				if s.Pairs.Count > 0 && math.Abs(grad[i]) > 1e-6 {
					t.Fatalf("gradient of the model %v at z", grad)
				}
				count["free"]++
			} else {
				fixed++
				if z[i] != mo.q.x[i] {
					t.Fatalf("z[%d] = %v has left the bound %v", i, z[i], mo.q.x[i])
				}
			}
		}
		raw, slope := slices.Clone(z), 0.0
		mo.project(d, z)
		for i := range n {
			if z[i] < s.lower[i] || z[i] > s.upper[i] || math.Abs(z[i]-s.X[i]-d[i]) > 1e-12 {
				t.Fatalf("z = %v, d = %v from %v, bounds %v, %v", z, d, s.X, s.lower, s.upper)
			}
			slope += (min(max(raw[i], s.lower[i]), s.upper[i]) - s.X[i]) * s.G[i]
		}
		if slope < 0 {
			count["projected"]++
			for i := range n {
				if z[i] != min(max(raw[i], s.lower[i]), s.upper[i]) {
					t.Fatalf("%v is not the projection of %v", z, raw)
				}
			}
		}
		if s.Pairs.Count > 0 && 0 < fixed && fixed < n {
			if 2*fixed < n {
				count["few fixed"]++
			} else {
				count["few free"]++
			}
		}
	}
	for what, least := range map[string]int{"B v": 3000, "Cauchy point": 3000, "free": 2000, "few fixed": 200, "few free": 500, "projected": 2000} {
		if count[what] < least {
			t.Errorf("%s: %d cases, want at least %d", what, count[what], least)
		}
	}
}

// Where the projection of the minimizer is not a direction of descent, z is the last
// point within the box on the way from the Cauchy point.
func TestProjectBack(t *testing.T) {
	s := &lbfgsbRun{X: []float64{0, 0}, G: []float64{1, -0.5}, lower: []float64{-1, -1}, upper: []float64{1, 1}, Pairs: newPairs(1, 2)}
	mo := newModel(s, 1)
	copy(mo.q.x, []float64{-0.1, 0.1})
	d, z := make([]float64, 2), []float64{0.9, 50}
	mo.project(d, z)
	if a := 0.9 / 49.9; math.Abs(z[0]-(a-0.1)) > 1e-15 || z[1] != 1 || !slices.Equal(d, z) {
		t.Errorf("z = %v, d = %v: want (%v, 1)", z, d, a-0.1)
	}
}

// Random convex quadratics in random boxes, some variables fixed, from a start
// outside: the certificate is the optimality condition.
func TestLBFGSBOnQuadratics(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 2))
	active := 0
	for k := range 20 {
		const n = 25
		a, b := make([]float64, n*n), make([]float64, n)
		r := rows(n, n)
		for i := range n {
			for j := range n {
				r[i][j] = rng.NormFloat64()
			}
			b[i] = 5 * rng.NormFloat64()
		}
		for i := range n {
			for j := range n {
				for l := range n {
					a[i*n+j] += r[l][i] * r[l][j]
				}
			}
			a[i*n+i] += 0.1
		}
		q, err := analytic.NewQuadratic(a, b)
		if err != nil {
			t.Fatal(err)
		}
		lower, upper, x0 := make([]float64, n), make([]float64, n), make([]float64, n)
		for i := range n {
			lower[i] = rng.NormFloat64()
			upper[i] = lower[i] + max(0, rng.NormFloat64())
			x0[i] = 10 * rng.NormFloat64()
		}
		p := &descent.Problem{Name: "box", Dim: n, Objective: q, Regularizer: prox.Box{Lower: lower, Upper: upper}}
		res, err := descent.Solve(context.Background(), p, LBFGSB{}, x0, descent.Options{Tol: 1e-9, MaxEvals: 400})
		if err != nil {
			t.Fatal(err)
		}
		if res.Status != descent.Converged || res.Certificate.Kind != descent.KKTCertificate {
			t.Errorf("%d: %s, %v, %d evaluations", k, res.Status, res.Certificate, res.Counts.Evals())
		}
		for i, v := range res.X {
			if v < lower[i] || v > upper[i] {
				t.Fatalf("%d: x[%d] = %v outside of [%v, %v]", k, i, v, lower[i], upper[i])
			}
			if v == lower[i] || v == upper[i] {
				active++
			} else if v-lower[i] < 1e-12 || upper[i]-v < 1e-12 {
				t.Errorf("%d: x[%d] = %v is nearly on a bound of [%v, %v]", k, i, v, lower[i], upper[i])
			}
		}
	}
	if active < 200 {
		t.Errorf("%d active bounds in all: the test is too easy", active)
	}
}

// All variables fixed: the start is the answer.
func TestLBFGSBFixed(t *testing.T) {
	s := lookup(t, "mgh-rosenbrock")
	p := s.New()
	p.Regularizer = prox.Box{Lower: []float64{3, 4}, Upper: []float64{3, 4}}
	r, err := descent.Solve(context.Background(), p, LBFGSB{}, s.X0, descent.Options{})
	if err != nil || r.Status != descent.Converged || !slices.Equal(r.X, []float64{3, 4}) {
		t.Errorf("%v: %s %v %q", err, r.Status, r.X, r.Diagnosis)
	}
}

func ExampleLBFGSB() {
	s, _ := analytic.Lookup("mgh-rosenbrock")
	p := s.New()
	p.Regularizer = prox.Box{Lower: []float64{-2, -2}, Upper: []float64{0.5, 2}}
	r, err := descent.Solve(context.Background(), p, LBFGSB{}, s.X0, descent.Options{Tol: 1e-8})
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Printf("%s at (%.6f, %.6f)\n", r.Status, r.X[0], r.X[1])
	// Output: converged at (0.500000, 0.250000)
}
