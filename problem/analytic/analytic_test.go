package analytic

import (
	"encoding/json"
	"math"
	"os"
	"regexp"
	"strings"
	"testing"

	"github.com/godescent/descent"
	"github.com/godescent/descent/descenttest"
)

// worst returns the largest difference relative to the largest entry wanted.
func worst(got, want []float64) float64 {
	d, size := 0.0, 0.0
	for i, w := range want {
		d = max(d, math.Abs(got[i]-w))
		size = max(size, math.Abs(w))
	}
	if d == 0 {
		return 0
	}
	return d / size
}

// The values come from an independent implementation of the same formulas.
func TestMGHGolden(t *testing.T) {
	raw, err := os.ReadFile("testdata/mgh.json")
	if err != nil {
		t.Fatal(err)
	}
	var golden []struct {
		ID     string
		Points []struct {
			X, Grad, R []float64
			F          float64
		}
	}
	if err := json.Unmarshal(raw, &golden); err != nil {
		t.Fatal(err)
	}
	points := 0
	for _, q := range golden {
		s, ok := Lookup(q.ID)
		if !ok {
			t.Errorf("no problem %s", q.ID)
			continue
		}
		f := s.Objective().(*LeastSquares)
		r, g := make([]float64, f.Residuals()), make([]float64, s.Dim)
		for k, p := range q.Points {
			points++
			f.Residual(r, p.X)
			v := f.Gradient(g, p.X)
			if w := f.Value(p.X); w != v {
				t.Errorf("%s, point %d: Value %v, Gradient %v", q.ID, k, w, v)
			}
			if len(r) != len(p.R) || worst(r, p.R) > 1e-12 || worst([]float64{v}, []float64{p.F}) > 1e-12 || worst(g, p.Grad) > 1e-12 {
				t.Errorf("%s, point %d: relative errors: residuals %.2g, value %.2g, gradient %.2g", q.ID, k,
					worst(r, p.R), worst([]float64{v}, []float64{p.F}), worst(g, p.Grad))
			}
		}
	}
	if len(golden) != 42 || points != 84 {
		t.Errorf("reached %d problems at %d points: want 42 at 84", len(golden), points)
	}
}

// testPoints returns points around x0, close enough to stay in the domain.
func testPoints(s Spec) [][]float64 {
	points := descenttest.Points(3, s.Dim, 0.02)
	for _, p := range points {
		for i := range p {
			p[i] = s.X0[i] + p[i]*max(0.2, math.Abs(s.X0[i]))
		}
	}
	return points
}

func TestObjectives(t *testing.T) {
	for _, s := range All() {
		t.Run(s.ID, func(t *testing.T) { descenttest.TestObjective(t, s.Objective(), testPoints(s)) })
	}
}

// At x* the value is f*; the gradient vanishes, or points out of the box; and no
// point near it is better.
func TestMinima(t *testing.T) {
	name := regexp.MustCompile(`^[a-z0-9]+(-[a-z0-9]+)*$`)
	seen := map[string]bool{}
	for _, s := range All() {
		if seen[s.ID] || !name.MatchString(s.ID) || s.Title == "" || s.Source == "" {
			t.Errorf("ID %q: want kebab-case, once, with a title and a source", s.ID)
		}
		seen[s.ID] = true
		p := s.New()
		if p.Dim != s.Dim || len(s.X0) != s.Dim || len(s.XStar) != s.Dim || p.Name != s.ID {
			t.Fatalf("%s: lengths differ from dimension %d", s.ID, s.Dim)
		}
		v0, v := p.Value(s.X0), p.Total(s.XStar)
		if !(math.Abs(v-s.FStar) <= 1e-9*math.Abs(s.FStar)+1e-14) {
			t.Errorf("%s: f(x*) = %v, want %v", s.ID, v, s.FStar)
		}
		if !(v0 >= v) && s.ID != "hs-2" {
			t.Errorf("%s: f(x0) = %v is below f* = %v", s.ID, v0, v)
		}
		if s.Lower != nil {
			if b, err := descent.Require[descent.Bounded](p); err != nil {
				t.Errorf("%s: %v", s.ID, err)
			} else if lower, _ := b.Bounds(); len(lower) != s.Dim {
				t.Errorf("%s: %d bounds", s.ID, len(lower))
			}
		}
		g0, g := make([]float64, s.Dim), make([]float64, s.Dim)
		p.Gradient(g0, s.X0)
		p.Gradient(g, s.XStar)
		// x* is known to about 13 digits; the gradient is as exact as the curvature allows.
		tol := 1e-6 * (1 + norm(g0))
		for i, gi := range g {
			at, low, up := s.XStar[i], math.Inf(-1), math.Inf(1)
			if s.Lower != nil {
				low, up = s.Lower[i], s.Upper[i]
			}
			if !(math.Abs(gi) <= tol || at == low && gi > 0 || at == up && gi < 0) {
				t.Errorf("%s: gradient[%d] = %v at x*[%d] = %v", s.ID, i, gi, i, at)
			}
		}
		for _, d := range descenttest.Points(20, s.Dim, 1e-3) {
			for i := range d {
				d[i] = s.XStar[i] + d[i]*max(1e-3, math.Abs(s.XStar[i]))
			}
			if w := p.Total(d); w < v-1e-9*math.Abs(v)-1e-14 {
				t.Errorf("%s: %v near x* is below f(x*) = %v", s.ID, w, v)
				break
			}
		}
	}
	count := func(prefix string) (n int) {
		for id := range seen {
			if strings.HasPrefix(id, prefix) {
				n++
			}
		}
		return n
	}
	if count("mgh-") != 42 || count("hs-") != 8 || len(seen) != 65 {
		t.Errorf("%d problems, %d of MGH, %d of HS: want 65, 42, 8", len(seen), count("mgh-"), count("hs-"))
	}
}

func norm(x []float64) float64 { return math.Sqrt(sumSquares(x)) }

func TestLookup(t *testing.T) {
	if _, ok := Lookup("no-such"); ok {
		t.Error("found a problem that does not exist")
	}
	a, _ := Lookup("mgh-beale")
	a.X0[0] = 99
	if b, _ := Lookup("mgh-beale"); b.X0[0] != 1 {
		t.Error("two callers share a start")
	}
}

func TestJacobianMatchesResiduals(t *testing.T) {
	for _, p := range mgh {
		s := p.spec()
		f := s.Objective().(*LeastSquares)
		m, n := f.Residuals(), s.Dim
		x := testPoints(s)[0]
		j, up, down := make([]float64, m*n), make([]float64, m), make([]float64, m)
		for i := range j {
			j[i] = math.NaN() // every entry must be written
		}
		f.Jacobian(j, x)
		for k := range n {
			h := 1e-5 * max(1e-2, math.Abs(x[k]))
			old := x[k]
			x[k] = old + h
			f.Residual(up, x)
			x[k] = old - h
			f.Residual(down, x)
			x[k] = old
			for i := range m {
				want := (up[i] - down[i]) / (2 * h)
				noise := 1e-15 * (math.Abs(up[i]) + 1) / h
				if !(math.Abs(j[i*n+k]-want) <= 1e-5*math.Abs(want)+1e-6+10*noise) {
					t.Errorf("%s: J[%d,%d] = %v, want %v", s.ID, i, k, j[i*n+k], want)
				}
			}
		}
	}
}

func TestQuadratic(t *testing.T) {
	a := []float64{4, 1, 0, 1, 3, 1, 0, 1, 2}
	q, err := NewQuadratic(a, []float64{1, 2, 3})
	if err != nil {
		t.Fatal(err)
	}
	descenttest.TestObjective(t, q, descenttest.Points(5, 3, 2))
	g := make([]float64, 3)
	q.Gradient(g, q.Minimizer())
	if norm(g) > 1e-14 {
		t.Errorf("gradient at the minimizer: %v", g)
	}
	if trace := q.StrongConvexity() + q.Lipschitz(); !(q.StrongConvexity() > 1 && trace < 9) {
		t.Errorf("eigenvalues from %v to %v", q.StrongConvexity(), q.Lipschitz())
	}
	for _, bad := range [][]float64{{1, 2, 3}, {1, 2, 3, 1}, {1, 2, 2, 1}, {math.NaN(), 0, 0, 1}, {0, 0, 0, 1}} {
		if _, err := NewQuadratic(bad, []float64{1, 1}); err == nil {
			t.Errorf("A = %v accepted", bad)
		}
	}
}

func TestDiagonalQuadratic(t *testing.T) {
	q := DiagonalQuadratic(3, 1, 100)
	if math.Abs(q.D[1]-10) > 1e-14 || q.StrongConvexity() != 1 || q.Lipschitz() != 100 {
		t.Errorf("spectrum %v", q.D)
	}
	if d := DiagonalQuadratic(1, 2, 2).D; d[0] != 2 {
		t.Errorf("one variable: %v", d)
	}
}

func TestHeavyBallCyclePiecesMeet(t *testing.T) {
	var f HeavyBallCycle
	for _, x := range []float64{1, 2} {
		below, g0, g := []float64{math.Nextafter(x, 0)}, []float64{0}, []float64{0}
		v0, v := f.Gradient(g0, below), f.Gradient(g, []float64{x})
		if math.Abs(v-v0) > 1e-13 || math.Abs(g[0]-g0[0]) > 1e-13 {
			t.Errorf("at %v: value %v, slope %v; just below: %v, %v", x, v, g[0], v0, g0[0])
		}
	}
}

// The heavy ball with a = 1/9, b = 4/9 from 3.3 repeats three points for ever.
func TestHeavyBallCycles(t *testing.T) {
	x, prev, g := []float64{3.3}, 3.3, []float64{0}
	var f HeavyBallCycle
	for range 3000 {
		f.Gradient(g, x)
		x[0], prev = x[0]-g[0]/9+4.0/9*(x[0]-prev), x[0]
	}
	for _, want := range []float64{0.6465306, -1.8024490, 2.1159184} {
		found := false
		for range 3 {
			f.Gradient(g, x)
			x[0], prev = x[0]-g[0]/9+4.0/9*(x[0]-prev), x[0]
			found = found || math.Abs(x[0]-want) < 1e-6
		}
		if !found {
			t.Errorf("the cycle does not visit %v", want)
		}
	}
}

// Gradient descent from 0 respects the lower bound for every first-order method.
func TestNesterovLowerBound(t *testing.T) {
	const n = 21
	f := &NesterovWorst{N: n, L: 2}
	x, g := make([]float64, n), make([]float64, n)
	xx := sumSquares(f.Minimizer())
	for k := 1; k <= n; k++ {
		f.Gradient(g, x)
		for i := range x {
			x[i] -= g[i] / f.L
		}
		gap := f.Value(x) - f.Minimum()
		if want := f.L / 8 * (1/float64(k+1) - 1.0/(n+1)); !(gap >= want) {
			t.Errorf("k = %d: gap %v is below the bound %v", k, gap, want)
		}
		if want := 3 * f.L * xx / float64(32*(k+1)*(k+1)); n == 2*k+1 && !(gap >= want) {
			t.Errorf("k = %d: gap %v is below the theorem's bound %v", k, gap, want)
		}
	}
}

func TestLogSumExpIsStable(t *testing.T) {
	f, g := &LogSumExp{Rho: 0.1}, make([]float64, 2)
	if v := f.Gradient(g, []float64{1e4, -1e4}); math.Abs(v-1e4-0.1*math.Ln2) > 1e-9 || g[0] != 0.5 || g[1] != -0.5 {
		t.Errorf("value %v, gradient %v", v, g)
	}
}

func BenchmarkGradient(b *testing.B) {
	for _, id := range []string{"rosenbrock-2", "hs-1", "mgh-rosenbrock", "mgh-osborne-2"} {
		s, _ := Lookup(id)
		f, g := s.Objective().(descent.Smooth), make([]float64, s.Dim)
		b.Run(id, func(b *testing.B) {
			for b.Loop() {
				f.Gradient(g, s.X0)
			}
		})
	}
}
