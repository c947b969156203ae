package graph_test

import (
	"math"
	"slices"
	"strings"
	"testing"

	"github.com/godescent/descent"
	"github.com/godescent/descent/descenttest"
	"github.com/godescent/descent/linalg"
	"github.com/godescent/descent/method/coordinate"
	"github.com/godescent/descent/method/krylov"
	"github.com/godescent/descent/problem/graph"
)

var (
	_ descent.Smooth              = (*graph.Quadratic)(nil)
	_ descent.HessianVector       = (*graph.Quadratic)(nil)
	_ descent.Lipschitz           = (*graph.Quadratic)(nil)
	_ descent.CoordinateLipschitz = (*graph.Quadratic)(nil)
	_ krylov.Quadratic            = (*graph.Quadratic)(nil)
	_ coordinate.Tracker          = (*graph.Quadratic)(nil)
	_ coordinate.BlockBound       = (*graph.Quadratic)(nil)
	_ coordinate.BlockHessian     = (*graph.Quadratic)(nil)
	_ coordinate.SparseHessian    = (*graph.Quadratic)(nil)
	_ coordinate.RowSums          = (*graph.Quadratic)(nil)
	_ coordinate.BoundProduct     = (*graph.Quadratic)(nil)
	_ coordinate.ThirdBounds      = (*graph.Quadratic)(nil)
	_ coordinate.Tracker          = (*graph.Labels)(nil)
	_ descent.Smooth              = (*graph.Robust)(nil)
	_ descent.HessianVector       = (*graph.Robust)(nil)
	_ descent.Lipschitz           = (*graph.Robust)(nil)
	_ descent.CoordinateLipschitz = (*graph.Robust)(nil)
	_ descent.StrongConvexity     = (*graph.Robust)(nil)
	_ coordinate.Tracker          = (*graph.Robust)(nil)
	_ coordinate.BlockBound       = (*graph.Robust)(nil)
	_ coordinate.BlockHessian     = (*graph.Robust)(nil)
	_ coordinate.PairwiseHessian  = (*graph.Robust)(nil)
	_ coordinate.RowSums          = (*graph.Robust)(nil)
	_ coordinate.BoundProduct     = (*graph.Robust)(nil)
	_ coordinate.ThirdBounds      = (*graph.Robust)(nil)
)

func TestOracles(t *testing.T) {
	lattice, err := graph.Lattice(4, 5, 6, 1)
	if err != nil {
		t.Fatal(err)
	}
	moons, err := graph.TwoMoons(40, 5, 1)
	if err != nil {
		t.Fatal(err)
	}
	for _, l := range []*graph.Labels{lattice, moons} {
		n := len(l.Node)
		descenttest.TestObjective(t, l, descenttest.Points(3, n, 1))
		testTracker(t, l, n)
	}
}

// testTracker compares the tracked state with values and gradients from scratch.
func testTracker(t *testing.T, q *graph.Labels, n int) {
	t.Helper()
	pts := descenttest.Points(2, n, 1)
	x, w, g := pts[0], make([]float64, q.StateLen()), make([]float64, n)
	q.Track(w, x)
	b, d := []int{n - 1, 2, 5}, []float64{0.3, -1.1, 0.7}
	f0 := q.Value(x)
	q.Line(w, b, d)
	rise := q.Rise(w, 0.6)
	h, hd := make([]float64, 9), make([]float64, n)
	q.BlockBound(h, b)
	e := make([]float64, n)
	for i, j := range b {
		e[j] = d[i]
	}
	q.HessVec(g, x, e)
	q.BoundProduct(hd, b, d)
	for i, j := range b {
		if v := h[3*i]*d[0] + h[3*i+1]*d[1] + h[3*i+2]*d[2]; math.Abs(v-g[j]) > 1e-9*math.Abs(g[j]) || math.Abs(hd[j]-g[j]) > 1e-9*math.Abs(g[j]) {
			t.Errorf("block row %d times d is %v, the product %v and %v", i, v, g[j], hd[j])
		}
		x[j] += 0.6 * d[i]
		d[i] *= 0.6
	}
	if v := q.Value(x) - f0; math.Abs(v-rise) > 1e-9*math.Abs(f0) {
		t.Errorf("f rises by %v, Rise says %v", v, rise)
	}
	q.Shift(w, b, d)
	q.Gradient(g, x)
	for i := range g {
		if math.Abs(g[i]-w[i]) > 1e-9*(1+math.Abs(g[i])) {
			t.Errorf("the tracked partial derivative %d is %v, want %v", i, w[i], g[i])
		}
	}
	part := make([]float64, 3)
	q.Partials(part, w, b)
	if part[1] != w[2] {
		t.Error("Partials are not those of the block")
	}
}

// Label propagation takes the mean of the neighbours.
func TestMeans(t *testing.T) {
	l, err := graph.NewLabels(3, []graph.Edge{{I: 0, J: 1, Weight: 1}, {I: 1, J: 2, Weight: 3}}, map[int]float64{0: 4, 2: 8})
	if err != nil || len(l.Node) != 1 || l.Node[0] != 1 {
		t.Fatal(l, err)
	}
	g := make([]float64, 1)
	if l.Gradient(g, []float64{7}); g[0] != 0 {
		t.Errorf("gradient %v at (4 + 3 8)/4", g)
	}
}

func TestSizes(t *testing.T) {
	d, err := graph.Lattice(50, 50, 100, 1)
	if err != nil || len(d.Node) != 2400 {
		t.Fatal(err)
	}
	combs := d.Combs(50)
	all := slices.Concat(combs...)
	slices.Sort(all)
	if len(combs) != 2 || len(all) != 2400 || len(slices.Compact(all)) != 2400 {
		t.Error("the combs are no partition into two")
	}
	for k, b := range d.Checkers(50) {
		h := make([]float64, len(b)*len(b))
		d.BlockBound(h, b)
		for i, v := range h {
			if v != 0 && i/len(b) != i%len(b) {
				t.Fatalf("colour %d: element %d is %v: want a diagonal", k, i, v)
			}
		}
	}
	e, err := graph.TwoMoons(2000, 100, 1)
	if err != nil || len(e.Node) != 1900 {
		t.Fatal(err)
	}
	if again, _ := graph.TwoMoons(2000, 100, 1); !slices.Equal(again.Linear(), e.Linear()) {
		t.Error("two draws under one seed differ")
	}
}

func TestBadInput(t *testing.T) {
	nan := math.NaN()
	one, _ := linalg.FromTriplets(1, 1, []int32{0}, []int32{0}, []float64{1})
	skew, _ := linalg.FromTriplets(2, 2, []int32{0}, []int32{1}, []float64{1})
	bad, _ := linalg.FromTriplets(1, 1, []int32{0}, []int32{0}, []float64{nan})
	minus, _ := linalg.FromTriplets(1, 1, []int32{0}, []int32{0}, []float64{-1})
	quadratic := func(a *linalg.CSR, c ...float64) error { _, err := graph.NewQuadratic(a, c); return err }
	labels := func(nodes int, e graph.Edge, label map[int]float64) error {
		_, err := graph.NewLabels(nodes, []graph.Edge{e}, label)
		return err
	}
	lattice := func(r, c, k int) error { _, err := graph.Lattice(r, c, k, 1); return err }
	smoothing := func(delta float64, e graph.Edge, c ...float64) error {
		_, err := graph.NewRobust([]graph.Edge{e}, []float64{1, 2}, c, delta)
		return err
	}
	moons := func(n, k int) error { _, err := graph.TwoMoons(n, k, 1); return err }
	for want, err := range map[string]error{
		"square matrix":     quadratic(one, 1, 2),
		"symmetric":         quadratic(skew, 1, 2),
		"A[0, 0] is NaN":    quadratic(bad, 1),
		"diagonal >= 0":     quadratic(minus, 1),
		"c[0] is NaN":       quadratic(one, nan),
		"label of node 1":   labels(2, graph.Edge{I: 0, J: 1, Weight: 1}, map[int]float64{1: nan}),
		"node without one":  labels(1, graph.Edge{I: 0, J: 1, Weight: 1}, map[int]float64{0: 1}),
		"edge 0 is (0, 2)":  labels(2, graph.Edge{I: 0, J: 2, Weight: 1}, nil),
		"weight -1":         labels(2, graph.Edge{I: 0, J: 1, Weight: -1}, nil),
		"at least 1 x 1":    lattice(0, 3, 1),
		"more than 5 point": moons(5, 1),
		"one weight for ea": smoothing(1, graph.Edge{I: 0, J: 1, Weight: 1}, 1),
		"delta = 0: want":   smoothing(0, graph.Edge{I: 0, J: 1, Weight: 1}, 1, 1),
		"delta = NaN":       smoothing(nan, graph.Edge{I: 0, J: 1, Weight: 1}, 1, 1),
		"edge 0 is (1, 1)":  smoothing(1, graph.Edge{I: 1, J: 1, Weight: 1}, 1, 1),
		"weight NaN: want ": smoothing(1, graph.Edge{I: 0, J: 1, Weight: nan}, 1, 1),
		"finite weight >= ": smoothing(1, graph.Edge{I: 0, J: 1, Weight: 1}, 1, -1),
	} {
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%v: want an error with %q", err, want)
		}
	}
}
