package coordinate_test

import (
	"context"
	"fmt"
	"math"
	"slices"
	"strings"
	"testing"

	"github.com/godescent/descent"
	"github.com/godescent/descent/descenttest"
	"github.com/godescent/descent/linalg"
	"github.com/godescent/descent/method/coordinate"
	"github.com/godescent/descent/problem/analytic"
	"github.com/godescent/descent/problem/graph"
	"github.com/godescent/descent/problem/sparse"
	"github.com/godescent/descent/prox"
	"github.com/godescent/descent/rng"
)

type bcd = coordinate.BCD

func must[T any](v T, err error) T {
	if err != nil {
		panic(err)
	}
	return v
}

// overdetermined is a small sparse matrix with more rows than columns, of columns of
// different norms, and targets.
func overdetermined(rows, cols int) (*linalg.CSR, []float64) {
	s := rng.New(3, "overdetermined")
	var row, col []int32
	var val []float64
	y := make([]float64, rows)
	for i := range rows {
		y[i] = 3 * s.Norm()
		for j := range cols {
			if s.Float64() < 0.4 {
				row, col, val = append(row, int32(i)), append(col, int32(j)), append(val, (s.Norm()+0.3)*(1+float64(j%5)))
			}
		}
	}
	return must(linalg.FromTriplets(rows, cols, row, col, val)), y
}

const small = 13 // not a multiple of 3, 4 or 5

func leastSquares() *descent.Problem {
	a, y := overdetermined(50, small)
	return must(sparse.LeastSquares(a, y)).Problem("least squares", nil)
}

func logistic() *descent.Problem {
	a, y := overdetermined(60, small)
	for i := range y {
		y[i] = math.Copysign(1, y[i])
	}
	return must(sparse.Logistic(a, y)).Problem("logistic", nil)
}

func lasso() *descent.Problem {
	p := leastSquares()
	p.Regularizer = prox.L1{Lambda: 60}
	return p
}

func nonNegative() *descent.Problem {
	p := leastSquares()
	p.Regularizer = prox.NonNeg(small)
	return p
}

func lattice() *descent.Problem { return must(graph.Lattice(7, 6, 5, 1)).Problem("lattice") }

// robust is the smoothing of a noisy picture of two flat regions, some pixels not seen.
func robust() *descent.Problem {
	const rows, cols = 7, 6
	s := rng.New(4, "robust")
	var edges []graph.Edge
	y, c := make([]float64, rows*cols), make([]float64, rows*cols)
	for i := range y {
		if i%rows > 0 {
			edges = append(edges, graph.Edge{I: i - 1, J: i, Weight: 1 + s.Float64()})
		}
		if i >= rows {
			edges = append(edges, graph.Edge{I: i - rows, J: i, Weight: 2})
		}
		if y[i] = 0.3 * s.Norm(); i/rows >= 3 {
			y[i] += 5
		}
		c[i] = float64(i % 3) // every third is not seen
	}
	return must(graph.NewRobust(edges, y, c, 0.2)).Problem("robust")
}

func chunks(n, tau int) [][]int {
	order := make([]int, n)
	for i := range order {
		order[i] = n - 1 - i
	}
	return slices.Collect(slices.Chunk(order, tau))
}

func fromZero(t *testing.T, p *descent.Problem, m descent.Method, opt descent.Options) *descent.Result {
	t.Helper()
	r, err := descent.Solve(context.Background(), p, m, make([]float64, p.Dim), opt)
	if err != nil {
		t.Fatalf("%+v: %v", m, err)
	}
	return r
}

// The suite on the default, and on every piece.
func TestBCD(t *testing.T) {
	opt := descent.Options{Tol: 1e-6, MaxIter: 200_000}
	zero := make([]float64, small)
	bad := map[string]descent.Method{
		"partition": bcd{Partition: "best"}, "select": bcd{Select: "best"}, "update": bcd{Update: "best"},
		"tau < 0": bcd{Block: -1}, "tau > n": bcd{Block: small + 1}, "refresh": bcd{Refresh: -1},
		"given without blocks": bcd{Partition: "given"}, "blocks without given": bcd{Blocks: chunks(small, 4)},
		"missing index": bcd{Partition: "given", Blocks: chunks(small-1, 4)}, "twice": bcd{Partition: "given", Blocks: append(chunks(small, 4), []int{3})},
		"outside": bcd{Partition: "given", Blocks: [][]int{{small}}}, "empty": bcd{Partition: "given", Blocks: append(chunks(small, 4), nil)},
		"block of given": bcd{Partition: "given", Blocks: chunks(small, 4), Block: 3},
		"tree of sort":   bcd{Update: "tree"}, "no graph": bcd{Partition: "tree", Update: "tree"}, "red-black": bcd{Partition: "red-black"},
		"forest": bcd{Partition: "forest", Update: "tree"}, "gsq-d of fixed blocks": bcd{Select: "gsq-d"}, "gsq forest": bcd{Partition: "forest", Select: "gsq"},
		"mi of variable blocks": bcd{Partition: "variable", Select: "mi"}, "mi that learns": bcd{Select: "mi", Update: "la"},
	}
	descenttest.TestMethod(t, descenttest.Case{
		Name: "default", Method: bcd{}, Problem: leastSquares, X0: zero, Options: opt, Bad: bad,
		Variants: map[string]descent.Method{
			"partition": bcd{Partition: "order"}, "select": bcd{Select: "gs"}, "update": bcd{Update: "hb"}, "block": bcd{Block: 3},
			"refresh": bcd{Refresh: 7}, "blocks": bcd{Partition: "given", Blocks: chunks(small, 4)},
		},
		Inert: map[string]string{"Seed": "gsl is deterministic; TestBCD/random covers it"},
	})
	descenttest.TestMethod(t, descenttest.Case{
		Name: "random", Method: bcd{Select: "random"}, Problem: leastSquares, X0: zero, Options: opt,
		Variants: map[string]descent.Method{"seed": bcd{Select: "random", Seed: 7}, "select": bcd{}, "block": bcd{Select: "random", Block: 2},
			"partition": bcd{Select: "random", Partition: "avg"}, "update": bcd{Select: "random", Update: "hb"}, "refresh": bcd{Select: "random", Refresh: 3},
			"blocks": bcd{Select: "random", Partition: "given", Blocks: chunks(small, 3)}},
	})
}

// combination is a method on a problem that it solves.
type combination struct {
	problem string
	m       bcd
}

var problems = map[string]func() *descent.Problem{
	"least squares": leastSquares, "logistic": logistic, "lasso": lasso, "non-negative": nonNegative, "lattice": lattice, "robust": robust,
}

func combinations() []combination {
	var out []combination
	fixed := []string{"order", "sort", "avg", "hsort", "havg", "given"}
	for _, sel := range []string{"random", "cyclic", "perm", "lipschitz", "gs", "gsl", "gsd", "gsd-row", "gsq", "gsq-d", "gsc", "mi"} {
		for k, update := range []string{"lb", "la", "hb", "newton"} {
			if sel == "mi" && update == "la" || sel == "gsc" && update == "la" {
				continue
			}
			m := bcd{Partition: fixed[(k+len(sel))%len(fixed)], Select: sel, Update: update, Block: 4}
			if m.Partition == "given" {
				m.Block, m.Blocks = 0, chunks(small, 4)
			}
			if sel != "gsq-d" {
				out = append(out, combination{"least squares", m}, combination{"logistic", m})
			}
			v := bcd{Partition: "variable", Select: sel, Update: update, Block: 3}
			if sel == "mi" {
				v.Block = 1
			}
			out = append(out, combination{"least squares", v}, combination{"logistic", v})
		}
	}
	for _, sel := range []string{"random", "cyclic", "perm", "lipschitz", "gs-q", "mi"} {
		for _, update := range []string{"pg", "pn", "pn-newton", "tmp"} {
			for _, partition := range []string{"sort", "variable"} {
				m := bcd{Partition: partition, Select: sel, Update: update, Block: 4}
				if sel == "mi" {
					m.Block = 1
				}
				out = append(out, combination{"lasso", m}, combination{"non-negative", m})
			}
		}
	}
	for _, sel := range []string{"random", "gs", "gsl", "gsd", "gsd-row"} {
		out = append(out, combination{"lattice", bcd{Partition: "forest", Select: sel, Update: "tree"}}, combination{"lattice", bcd{Partition: "forest", Select: sel, Update: "hb", Block: 7}})
	}
	for _, sel := range []string{"random", "cyclic", "gs", "gsl", "gsq"} {
		out = append(out, combination{"lattice", bcd{Partition: "tree", Select: sel, Update: "tree"}}, combination{"lattice", bcd{Partition: "red-black", Select: sel, Update: "tree"}},
			combination{"lattice", bcd{Partition: "variable", Select: sel, Update: "lb"}}, combination{"lattice", bcd{Select: sel, Update: "hb"}})
	}
	for _, sel := range []string{"random", "gs", "gsl", "gsd-row"} {
		out = append(out, combination{"robust", bcd{Partition: "forest", Select: sel, Update: "tree"}}, combination{"robust", bcd{Partition: "forest", Select: sel, Update: "newton", Block: 7}})
	}
	for _, sel := range []string{"random", "cyclic", "gs", "gsl", "gsq", "gsc"} {
		out = append(out, combination{"robust", bcd{Partition: "tree", Select: sel, Update: "tree"}}, combination{"robust", bcd{Partition: "red-black", Select: sel, Update: "tree"}},
			combination{"robust", bcd{Partition: "variable", Select: sel, Update: "lb"}}, combination{"robust", bcd{Select: sel, Update: "hb"}})
	}
	return out
}

// Every combination converges, resumes bit for bit and allocates nothing.
func TestCombinations(t *testing.T) {
	for _, c := range combinations() {
		t.Run(fmt.Sprintf("%s/%s-%s-%s", c.problem, c.m.Partition, c.m.Select, c.m.Update), func(t *testing.T) {
			p := problems[c.problem]
			x0 := make([]float64, p().Dim)
			opt := descent.Options{Tol: 1e-2, MaxIter: 100_000}
			if r := fromZero(t, p(), c.m, opt); r.Status != descent.Converged {
				t.Fatalf("%s after %d iterations: %v %q", r.Status, r.Iterations, r.Certificate, r.Diagnosis)
			}
			descenttest.TestResume(t, descenttest.Case{Method: c.m, Problem: p, X0: x0, Options: descent.Options{Tol: -1, MaxIter: 40}})
			run := func(iters int) float64 {
				return testing.AllocsPerRun(4, func() {
					r, err := c.m.Start(p(), x0)
					if err != nil {
						t.Fatal(err)
					}
					k := 0
					r.Iterates(func([]float64) bool { k++; return k < iters })
				})
			}
			if short, long := run(2), run(8); long > short {
				t.Errorf("6 more iterations allocate %v more times", long-short)
			}
		})
	}
}

// follow returns the iterates of a method, its start included.
func follow(t *testing.T, p *descent.Problem, m descent.Method, n int) [][]float64 {
	t.Helper()
	return followFrom(t, p, m, make([]float64, p.Dim), n)
}

func followFrom(t *testing.T, p *descent.Problem, m descent.Method, x0 []float64, n int) [][]float64 {
	t.Helper()
	run, err := m.Start(p, x0)
	if err != nil {
		t.Fatalf("%+v: %v", m, err)
	}
	out := [][]float64{x0}
	for x := range run.Iterates {
		if out = append(out, slices.Clone(x)); len(out) > n {
			break
		}
	}
	return out
}

// same compares two runs, bit for bit where tol is 0.
func same(t *testing.T, name string, p func() *descent.Problem, a, b bcd, n int, tol float64) {
	t.Helper()
	x, y := follow(t, p(), a, n), follow(t, p(), b, n)
	if len(x) != len(y) || len(x) < 2 {
		t.Fatalf("%s: %d and %d iterates", name, len(x), len(y))
	}
	for k := range x {
		for i := range x[k] {
			if d := math.Abs(x[k][i] - y[k][i]); d > tol*(1+math.Abs(x[k][i])) {
				t.Fatalf("%s: iterate %d differs at x[%d]: %v and %v", name, k, i, x[k][i], y[k][i])
			}
		}
	}
}

// Special cases are equalities.
func TestEqualities(t *testing.T) {
	same(t, "variable and fixed blocks of 1", logistic, bcd{Partition: "variable", Select: "gs", Block: 1}, bcd{Partition: "given", Blocks: coordinates(small), Select: "gs"}, 40, 0)
	same(t, "hb with tau = 1 is lb", logistic, bcd{Block: 1, Update: "hb"}, bcd{Block: 1}, 40, 1e-12)
	same(t, "pg without h is lb", logistic, bcd{Update: "pg"}, bcd{}, 40, 0)
	same(t, "pn without h is hb", leastSquares, bcd{Update: "pn", Block: 3}, bcd{Update: "hb", Block: 3}, 40, 1e-9)
	same(t, "tmp without h is newton", logistic, bcd{Update: "tmp"}, bcd{Update: "newton"}, 20, 1e-12)
	same(t, "hb is newton on least squares", leastSquares, bcd{Update: "hb"}, bcd{Update: "newton"}, 40, 1e-9)
	same(t, "gsd of variable blocks is gsl", logistic, bcd{Partition: "variable", Select: "gsd"}, bcd{Partition: "variable"}, 40, 0)
	same(t, "gsl with tau = 1 is gsd", logistic, bcd{Block: 1}, bcd{Block: 1, Select: "gsd"}, 40, 0)
	same(t, "gsq with tau = 1 is gsd", logistic, bcd{Block: 1, Select: "gsq"}, bcd{Block: 1, Select: "gsd"}, 40, 0)
	same(t, "gsq-d with tau = 1 is gsd", logistic, bcd{Partition: "variable", Block: 1, Select: "gsq-d"}, bcd{Partition: "variable", Block: 1, Select: "gsd"}, 40, 0)
	same(t, "gs-q without h is gsd", leastSquares, bcd{Block: 1, Select: "gs-q"}, bcd{Block: 1, Select: "gsd"}, 40, 1e-9)
	same(t, "gsc is gsd on a quadratic", leastSquares, bcd{Select: "gsc"}, bcd{Select: "gsd"}, 40, 0)
	same(t, "mi with exact steps is gsq", leastSquares, bcd{Select: "mi", Update: "hb"}, bcd{Select: "gsq", Update: "hb"}, 40, 1e-9)
	same(t, "forest of blocks of 1", lattice, bcd{Partition: "forest", Select: "gs", Update: "tree", Block: 1}, bcd{Partition: "given", Blocks: coordinates(lattice().Dim), Select: "gs", Update: "tree"}, 60, 0)
	same(t, "tree is hb on forests", lattice, bcd{Partition: "tree", Select: "cyclic", Update: "tree"}, bcd{Partition: "tree", Select: "cyclic", Update: "hb"}, 20, 1e-9)
	same(t, "tree is newton on forests", lattice, bcd{Partition: "forest", Select: "gs", Update: "tree"}, bcd{Partition: "forest", Select: "gs", Update: "newton"}, 1, 1e-9)
	same(t, "tree is newton on forests of a pairwise f", robust, bcd{Partition: "tree", Select: "cyclic", Update: "tree"}, bcd{Partition: "tree", Select: "cyclic", Update: "newton"}, 30, 1e-10)
	same(t, "tree is newton on greedy forests", robust, bcd{Partition: "forest", Select: "gs", Update: "tree"}, bcd{Partition: "forest", Select: "gs", Update: "newton"}, 5, 1e-10)
	whole := [][]int{identity(small)}
	same(t, "gsl of one block is gradient descent", leastSquares, bcd{Partition: "given", Blocks: whole}, bcd{Block: small, Partition: "order"}, 20, 0)
}

func identity(n int) []int {
	x := make([]int, n)
	for i := range x {
		x[i] = i
	}
	return x
}

// coordinates are the blocks of one index each.
func coordinates(n int) [][]int { return slices.Collect(slices.Chunk(identity(n), 1)) }

// gsl is gs where all L_b are equal: a quadratic whose blocks are all the same.
func TestEqualConstants(t *testing.T) {
	equal := func() *descent.Problem {
		var edges []graph.Edge
		for i := range 12 { // a ring
			edges = append(edges, graph.Edge{I: i, J: (i + 1) % 12, Weight: 1}, graph.Edge{I: i, J: 12 + i, Weight: 1})
		}
		label := map[int]float64{}
		for i := range 12 {
			label[12+i] = float64(i * i % 7)
		}
		return must(graph.NewLabels(24, edges, label)).Problem("ring")
	}
	same(t, "gsl = gs", equal, bcd{Partition: "order", Block: 3, Select: "gs"}, bcd{Partition: "order", Block: 3, Select: "gsl"}, 60, 0)
	same(t, "coordinates: gsl = gs", equal, bcd{Partition: "variable", Block: 2, Select: "gs"}, bcd{Partition: "variable", Block: 2, Select: "gsl"}, 60, 0)
}

// plain hides all oracles but those of any smooth problem.
type plain struct {
	f interface {
		descent.Objective
		descent.Smooth
		descent.HessianVector
		descent.CoordinateLipschitz
	}
}

func (p plain) Value(x []float64) float64       { return p.f.Value(x) }
func (p plain) Gradient(g, x []float64) float64 { return p.f.Gradient(g, x) }
func (p plain) HessVec(hv, x, v []float64)      { p.f.HessVec(hv, x, v) }
func (p plain) CoordinateLipschitz(l []float64) { p.f.CoordinateLipschitz(l) }

// Without a Tracker the same steps are taken, at a higher cost.
func TestPlainProblems(t *testing.T) {
	hidden := func() *descent.Problem {
		p := logistic()
		p.Objective = plain{p.Objective.(*sparse.Sum)}
		return p
	}
	for _, m := range []bcd{{Block: 1}, {Update: "newton"}, {Update: "la"}, {Select: "random", Update: "newton"}, {Partition: "variable", Select: "gs", Update: "newton"}} {
		if m.Select == "" && m.Block == 0 {
			m.Select = "gs" // L_b is a sum of L_i without H_b
		}
		a, b := follow(t, logistic(), m, 30), follow(t, hidden(), m, 30)
		for k := range a {
			for i := range a[k] {
				if math.Abs(a[k][i]-b[k][i]) > 1e-9 {
					t.Fatalf("%+v: iterate %d differs at x[%d]: %v and %v", m, k, i, a[k][i], b[k][i])
				}
			}
		}
	}
	descenttest.TestMethod(t, descenttest.Case{
		Name: "rosenbrock", Method: bcd{}, X0: []float64{-1.2, 1}, Options: descent.Options{Tol: 1e-3},
		Problem:  func() *descent.Problem { s, _ := analytic.Lookup("rosenbrock-2"); return s.New() },
		Variants: map[string]descent.Method{"block": bcd{Block: 1}, "select": bcd{Block: 1, Select: "gs"}, "update": bcd{Update: "newton"}},
		Inert:    map[string]string{"Partition": "needs constants", "Seed": "not random", "Refresh": "the state is always fresh", "Blocks": "needs partition given"},
		Bad:      map[string]descent.Method{"lb": bcd{Update: "lb"}, "sort": bcd{Partition: "sort"}, "gsl": bcd{Select: "gsl"}, "hb": bcd{Update: "hb"}, "gsq": bcd{Select: "gsq"}},
	})
}

// What does not fit is refused with the reason.
func TestRefusals(t *testing.T) {
	group := lasso()
	group.Regularizer = prox.GroupL1{Lambda: 1, Groups: [][]int{{0, 1}}}
	net := lasso()
	net.Regularizer = prox.ElasticNet{L1: 1, L2: 1}
	cycle := [][]int{identity(lattice().Dim)}
	nan := leastSquares()
	nan.Objective = nanBounds{nan.Objective.(*sparse.Sum)}
	for _, c := range []struct {
		p    *descent.Problem
		m    bcd
		want string
	}{
		{lasso(), bcd{Update: "hb"}, "want pg, pn, pn-newton or tmp"},
		{lasso(), bcd{Select: "gsl"}, "want gs-q"},
		{group, bcd{}, "sum over the coordinates"},
		{net, bcd{Update: "tmp"}, "affine pieces"},
		{lattice(), bcd{Partition: "given", Blocks: cycle, Update: "tree"}, "has a cycle through"},
		{robust(), bcd{Partition: "given", Blocks: [][]int{identity(robust().Dim)}, Update: "tree"}, "has a cycle through"},
		{untrackedPairs(), bcd{Partition: "tree", Select: "cyclic", Update: "tree"}, "no oracle Tracker"},
		{lattice(), bcd{Partition: "variable", Update: "tree"}, "want forest, tree, red-black or given"},
		{nan, bcd{}, "NaN"},
	} {
		run, err := c.m.Start(c.p, make([]float64, c.p.Dim))
		if err == nil || run != nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%+v on %s: %v, %v; want no run and an error with %q", c.m, c.p.Name, run, err, c.want)
		}
	}
}

// pairs hides the tracked state of a pairwise f.
type pairs struct {
	plain
	coordinate.PairwiseHessian
}

func untrackedPairs() *descent.Problem {
	p := robust()
	r := p.Objective.(*graph.Robust)
	p.Objective = pairs{plain{r}, r}
	return p
}

// Newton steps on forests decrease f at every iterate, from a start too where all edges are
// saturated and nodes that are not seen have next to no curvature.
func TestTreeNewton(t *testing.T) {
	far := make([]float64, robust().Dim)
	for i := range far {
		far[i] = 1e4 * float64(i*i%11)
	}
	forest, tree := bcd{Partition: "forest", Select: "gs", Update: "tree"}, bcd{Partition: "tree", Select: "cyclic", Update: "tree"}
	for _, m := range []bcd{forest, tree} {
		p, before := robust(), math.Inf(1)
		for k, x := range followFrom(t, p, m, far, 1000) {
			f := p.Objective.Value(x)
			if f > before*(1+1e-14) {
				t.Fatalf("%s: f rises from %v to %v in iteration %d", m.Partition, before, f, k)
			}
			before = f
		}
		if best := fromZero(t, robust(), m, descent.Options{Tol: 1e-9}); best.Status != descent.Converged || math.Abs(before-best.Value) > 1e-12*before {
			t.Errorf("%s: f = %v, from zero %v %s", m.Partition, before, best.Value, best.Status)
		}
	}
}

// On a chain, a signal with two steps, the forest is the whole and the update is Newton's
// method: few iterations, each linear in the length, where coordinates need thousands of passes.
func TestTreeNewtonOnChain(t *testing.T) {
	const n = 300
	chain := func() *descent.Problem {
		s := rng.New(6, "chain")
		edges, y, c := make([]graph.Edge, n-1), make([]float64, n), slices.Repeat([]float64{0.1}, n)
		for i := range y {
			if y[i] = 0.2*s.Norm() + 3*float64(i/100%2); i > 0 {
				edges[i-1] = graph.Edge{I: i - 1, J: i, Weight: 10}
			}
		}
		return must(graph.NewRobust(edges, y, c, 0.1)).Problem("chain")
	}
	opt := descent.Options{Tol: 1e-8, MaxIter: 1000 * n}
	newton := fromZero(t, chain(), bcd{Partition: "forest", Select: "gs", Update: "tree"}, opt)
	single := fromZero(t, chain(), bcd{Partition: "order", Block: 1, Select: "cyclic", Update: "newton"}, opt)
	if newton.Status != descent.Converged || newton.Iterations > 15 || single.Iterations < 20*n {
		t.Errorf("Newton %s after %d iterations, %d of coordinates", newton.Status, newton.Iterations, single.Iterations)
	}
}

// nanBounds has data with NaN.
type nanBounds struct{ *sparse.Sum }

func (nanBounds) CoordinateLipschitz(l []float64) { l[2] = math.NaN() }
