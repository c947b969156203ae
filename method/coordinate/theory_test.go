package coordinate_test

import (
	"math"
	"reflect"
	"slices"
	"testing"

	"github.com/godescent/descent"
	"github.com/godescent/descent/catalog"
	"github.com/godescent/descent/descenttest"
	"github.com/godescent/descent/linalg"
	"github.com/godescent/descent/problem/analytic"
	"github.com/godescent/descent/problem/glm"
	"github.com/godescent/descent/problem/graph"
	"github.com/godescent/descent/problem/sparse"
)

// With known bounds every step decreases f by at least half of the score of its block:
// f_k - f_{k+1} >= |g_b|^2/(2 L_b) for lb, g_b.H_b^-1 g_b / 2 for hb.
func TestProgress(t *testing.T) {
	for name, p := range map[string]func() *descent.Problem{"least squares": leastSquares, "logistic": logistic, "lattice": lattice} {
		f := p().Objective.(interface {
			descent.Smooth
			Value([]float64) float64
			BlockBound(h []float64, b []int)
		})
		n := p().Dim
		g := make([]float64, n)
		for _, m := range []bcd{{}, {Select: "gs", Block: 4}, {Select: "random", Block: 3}, {Partition: "variable", Block: 4}, {Update: "hb", Select: "gsq"}, {Update: "hb", Partition: "variable", Select: "gsq", Block: 3}} {
			checked := 0
			xs := followFrom(t, p(), m, descenttest.Points(1, n, 1)[0], 40) // no partial derivative is 0
			for k := 1; k < len(xs); k++ {
				before, after := f.Gradient(g, xs[k-1]), f.Value(xs[k])
				var b []int
				for i := range g {
					if xs[k][i] != xs[k-1][i] {
						b = append(b, i)
					}
				}
				if len(b) == 0 {
					continue
				}
				h := make([]float64, len(b)*len(b))
				f.BlockBound(h, b)
				score := 0.0
				if m.Update == "hb" {
					var chol linalg.Cholesky
					if !chol.Factor(h, len(b)) {
						t.Fatal("H_b is not positive definite")
					}
					gb, y := make([]float64, len(b)), make([]float64, len(b))
					for i, j := range b {
						gb[i] = g[j]
					}
					chol.Solve(y, gb)
					for i := range y {
						score += gb[i] * y[i]
					}
				} else {
					q := must(analytic.NewQuadratic(h, make([]float64, len(b))))
					for _, j := range b {
						score += g[j] * g[j]
					}
					score /= q.Lipschitz()
				}
				checked++
				if before-after < score/2*(1-1e-9)-1e-12*(1+math.Abs(before)) {
					t.Errorf("%s %+v: iteration %d decreases f by %g, its score promises %g", name, m, k, before-after, score/2)
				}
			}
			if checked < 5 {
				t.Errorf("%s %+v: %d steps checked", name, m, checked)
			}
		}
	}
}

// gsl contracts f - f* by 1 - mu/sum_b L_b or better, as random sampling by L_b does on
// average (mu in the Euclidean norm bounds mu_L from below by this much).
func TestRate(t *testing.T) {
	a, y := overdetermined(50, small)
	f := must(sparse.LeastSquares(a, y))
	h := make([]float64, small*small)
	f.BlockBound(h, identity(small))
	mu := must(analytic.NewQuadratic(h, make([]float64, small))).StrongConvexity()
	sum := 0.0
	l := make([]float64, small)
	f.CoordinateLipschitz(l)
	for _, v := range l {
		sum += v
	}
	best := fromZero(t, leastSquares(), bcd{Update: "hb"}, descent.Options{Tol: 1e-11}).Value
	for _, sel := range []string{"gsl", "gsd"} {
		gap := math.Inf(1)
		for k, x := range follow(t, leastSquares(), bcd{Select: sel, Block: 1}, 300) {
			next := f.Value(x) - best
			if k > 0 && next > gap*(1-mu/sum)+1e-9 {
				t.Errorf("%s: iteration %d contracts by %g, bound %g", sel, k, next/gap, 1-mu/sum)
			}
			gap = next
		}
	}
}

// tree returns a tree as a label problem with the unknown nodes 0 to n-1.
func tree(n int) *graph.Labels {
	var edges []graph.Edge
	label := map[int]float64{}
	for i := 1; i < n; i++ {
		edges = append(edges, graph.Edge{I: i, J: i * 5 / 7, Weight: 1 + float64(i%3)})
	}
	for i := range n {
		edges = append(edges, graph.Edge{I: i, J: n + i, Weight: 0.5 + float64(i%4)})
		label[n+i] = float64(i%7) - 2
	}
	return must(graph.NewLabels(2*n, edges, label))
}

// One step of message passing on a tree is the dense solve, and Gaussian belief
// propagation with its messages.
func TestMessagePassing(t *testing.T) {
	const n = 40
	q := tree(n)
	x := follow(t, q.Problem("tree"), bcd{Partition: "tree", Select: "cyclic", Update: "tree"}, 1)[1]
	h, want := make([]float64, n*n), slices.Clone(q.Linear())
	q.BlockBound(h, identity(n))
	var chol linalg.Cholesky
	if !chol.Factor(h, n) {
		t.Fatal("not positive definite")
	}
	chol.Solve(want, want)
	beliefs := beliefPropagation(h, q.Linear())
	for i := range x {
		if math.Abs(x[i]-want[i]) > 1e-10 || math.Abs(x[i]-beliefs[i]) > 1e-10 {
			t.Errorf("x[%d] is %v by message passing, %v by Cholesky, %v by belief propagation", i, x[i], want[i], beliefs[i])
		}
	}
	if r := fromZero(t, q.Problem("tree"), bcd{Partition: "forest", Select: "gs", Update: "tree"}, descent.Options{Tol: 1e-10}); r.Iterations != 1 {
		t.Errorf("a tree takes %d iterations", r.Iterations)
	}
}

// beliefPropagation solves A x = c on a tree by the messages P_ij, U_ij from i to j.
func beliefPropagation(a, c []float64) []float64 {
	n := len(c)
	p, u := make([]float64, n*n), make([]float64, n*n)
	for i := range n {
		p[i*n+i], u[i*n+i] = a[i*n+i], c[i]/a[i*n+i]
	}
	for range n { // more sweeps than the diameter
		for i := range n {
			for j := range n {
				if i == j || a[i*n+j] == 0 {
					continue
				}
				sum, mean := 0.0, 0.0
				for k := range n {
					if k != j {
						sum += p[k*n+i]
						mean += p[k*n+i] * u[k*n+i]
					}
				}
				p[i*n+j] = -a[i*n+j] * a[i*n+j] / sum
				u[i*n+j] = -a[i*n+j] * mean / sum / p[i*n+j]
			}
		}
	}
	x := make([]float64, n)
	for i := range n {
		sum, mean := 0.0, 0.0
		for k := range n {
			sum += p[k*n+i]
			mean += p[k*n+i] * u[k*n+i]
		}
		x[i] = mean / sum
	}
	return x
}

// blocksOf sees the blocks of a partition through the moves of a run.
func blocksOf(t *testing.T, p *descent.Problem, m bcd, count int) [][]int {
	t.Helper()
	var out [][]int
	xs := follow(t, p, m, count)
	for k := 1; k < len(xs); k++ {
		var b []int
		for i := range xs[k] {
			if xs[k][i] != xs[k-1][i] {
				b = append(b, i)
			}
		}
		out = append(out, b)
	}
	return out
}

// Blocks of red-black partitions have a diagonal Hessian, those of trees and forests no
// cycle: fewer edges than nodes.
func TestGraphPartitions(t *testing.T) {
	moons := must(graph.TwoMoons(120, 10, 2))
	for _, q := range []*graph.Labels{must(graph.Lattice(7, 6, 5, 1)), moons} {
		for _, c := range []struct{ partition, sel string }{{"red-black", "cyclic"}, {"tree", "cyclic"}, {"forest", "gs"}, {"forest", "random"}} {
			for k, b := range blocksOf(t, q.Problem("graph"), bcd{Partition: c.partition, Select: c.sel, Update: "tree"}, 6) {
				in := map[int]bool{}
				for _, i := range b {
					in[i] = true
				}
				edges := 0
				for _, i := range b {
					idx, _ := q.HessianRow(i)
					for _, j := range idx {
						if int(j) > i && in[int(j)] {
							edges++
						}
					}
				}
				if c.partition == "red-black" && edges > 0 || edges >= max(1, len(b)) {
					t.Errorf("%s %s: block %d has %d nodes and %d edges", c.partition, c.sel, k, len(b), edges)
				}
			}
		}
	}
}

// scanned hides the rows of the Hessian, so that greedy rules compute all scores.
type scanned struct{ q *graph.Labels }

func (f scanned) Value(x []float64) float64               { return f.q.Value(x) }
func (f scanned) Gradient(g, x []float64) float64         { return f.q.Gradient(g, x) }
func (f scanned) CoordinateLipschitz(l []float64)         { f.q.CoordinateLipschitz(l) }
func (f scanned) StateLen() int                           { return f.q.StateLen() }
func (f scanned) Track(w, x []float64)                    { f.q.Track(w, x) }
func (f scanned) Shift(w []float64, b []int, d []float64) { f.q.Shift(w, b, d) }
func (f scanned) Partials(g, w []float64, b []int)        { f.q.Partials(g, w, b) }
func (f scanned) AllPartials(g, w []float64)              { f.q.AllPartials(g, w) }
func (f scanned) Line(w []float64, b []int, d []float64)  { f.q.Line(w, b, d) }
func (f scanned) Rise(w []float64, t float64) float64     { return f.q.Rise(w, t) }
func (f scanned) BlockBound(h []float64, b []int)         { f.q.BlockBound(h, b) }
func (f scanned) RowSums(d []float64)                     { f.q.RowSums(d) }

// Greedy rules that look at neighbours alone pick what those that look at all do.
func TestLocalScores(t *testing.T) {
	for _, m := range []bcd{{}, {Partition: "variable", Select: "gs"}, {Partition: "variable", Select: "gsd-row", Block: 2}, {Select: "gsq", Update: "hb"}, {Partition: "avg", Select: "gs", Block: 3}, {Select: "gsl", Refresh: 9}} {
		all := func() *descent.Problem {
			p := lattice()
			p.Objective = scanned{must(graph.Lattice(7, 6, 5, 1))}
			return p
		}
		a, b := follow(t, lattice(), m, 100), follow(t, all(), m, 100)
		for k := range a {
			if !slices.Equal(a[k], b[k]) {
				t.Fatalf("%+v: iterate %d differs", m, k)
			}
		}
	}
}

// Where the Hessian is a multiple of I, thresholding finds the exact block at once.
func TestThresholding(t *testing.T) {
	stars := func() *descent.Problem {
		var edges []graph.Edge
		label := map[int]float64{}
		for i := range 12 {
			edges = append(edges, graph.Edge{I: i, J: 12 + i, Weight: 2})
			label[12+i] = float64(i*i%11) - 4.5
		}
		return must(graph.NewLabels(24, edges, label)).Problem("stars")
	}
	for _, sel := range []string{"gsq", "gsq-d"} {
		same(t, sel, stars, bcd{Partition: "variable", Select: sel, Block: 4, Update: "hb"}, bcd{Partition: "variable", Select: "gs", Block: 4, Update: "hb"}, 3, 0)
	}
}

// A generalized linear model has no Tracker and is solved all the same.
func TestGLM(t *testing.T) {
	a, y := overdetermined(50, small)
	for _, m := range []bcd{{}, {Update: "pn-newton"}, {Partition: "variable", Update: "tmp"}, {Select: "random", Update: "pn-newton"}} {
		p := must(glm.New("lasso", a, y, glm.Spec{L1: 0.5})).Problem()
		if r := fromZero(t, p, m, descent.Options{Tol: 1e-8, MaxIter: 20_000}); r.Status != descent.Converged {
			t.Errorf("%+v: %s, %v", m, r.Status, r.Certificate)
		}
	}
}

// Options are set from text by their names.
func TestOptionsFromText(t *testing.T) {
	m := &bcd{}
	for _, o := range []string{"partition=variable", "select=gsd", "update=hb", "block=3", "seed=4", "refresh=50"} {
		if err := catalog.Set(m, o); err != nil {
			t.Error(err)
		}
	}
	if want := (bcd{Partition: "variable", Select: "gsd", Update: "hb", Block: 3, Seed: 4, Refresh: 50}); !reflect.DeepEqual(*m, want) {
		t.Errorf("%+v", *m)
	}
}

// Zero columns never move, and greedy rules never pick them.
func TestZeroColumns(t *testing.T) {
	a := must(linalg.FromTriplets(3, 4, []int32{0, 1, 2, 0}, []int32{0, 0, 2, 2}, []float64{1, 2, 1, 3}))
	p := func() *descent.Problem {
		return must(sparse.LeastSquares(a, []float64{1, 2, 3})).Problem("zero columns", nil)
	}
	for _, sel := range []string{"random", "cyclic", "perm", "lipschitz", "gs", "gsl", "gsd", "gsd-row", "gsq", "gsc", "mi", "gs-q"} {
		for _, update := range []string{"lb", "la", "hb", "newton", "pn", "tmp"} {
			for _, m := range []bcd{{Block: 1}, {Block: 3}, {Partition: "variable", Block: 1}, {Partition: "variable", Block: 3}} {
				m.Select, m.Update = sel, update
				if sel == "mi" && (update == "la" || m.Partition == "variable" && m.Block > 1) {
					continue
				}
				r := fromZero(t, p(), m, descent.Options{Tol: 1e-6, MaxIter: 5000})
				if r.Status != descent.Converged || r.X[1] != 0 || r.X[3] != 0 {
					t.Errorf("%+v: %s, x = %v, %v", m, r.Status, r.X, r.Certificate)
				}
			}
		}
	}
}
