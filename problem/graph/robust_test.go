package graph_test

import (
	"context"
	"math"
	"slices"
	"testing"

	"github.com/godescent/descent"
	"github.com/godescent/descent/descenttest"
	"github.com/godescent/descent/method/coordinate"
	"github.com/godescent/descent/problem/graph"
	"github.com/godescent/descent/rng"
)

// smoothed is a random graph, one edge twice and one without weight, some nodes not observed.
func smoothed(t *testing.T, delta float64) (r *graph.Robust, edges []graph.Edge, y, c []float64) {
	t.Helper()
	s := rng.New(1, "graph.smoothed")
	y, c = make([]float64, 12), make([]float64, 12)
	for i := range y {
		y[i], c[i] = 2*s.Norm(), float64(i%3)
		edges = append(edges, graph.Edge{I: i, J: (i + 1) % 12, Weight: s.Float64()}, graph.Edge{I: i, J: (i + 4) % 12, Weight: 1})
	}
	edges = append(edges, graph.Edge{I: 3, J: 2, Weight: 0.5}, graph.Edge{I: 0, J: 6})
	r, err := graph.NewRobust(edges, y, c, delta)
	if err != nil {
		t.Fatal(err)
	}
	return r, edges, y, c
}

func TestRobust(t *testing.T) {
	for _, delta := range []float64{0.05, 1, 30} {
		r, edges, y, c := smoothed(t, delta)
		n := len(y)
		descenttest.TestObjective(t, r, descenttest.Points(3, n, 1))
		for _, x := range descenttest.Points(3, n, 1) {
			want := 0.0
			for i, v := range x {
				want += c[i] * (v - y[i]) * (v - y[i]) / 2
			}
			for _, e := range edges {
				want += e.Weight * delta * delta * (math.Sqrt(1+math.Pow((x[e.I]-x[e.J])/delta, 2)) - 1)
			}
			if f := r.Value(x); math.Abs(f-want) > 1e-10*want {
				t.Errorf("delta = %v: f = %v, by its definition %v", delta, f, want)
			}
			testTrackedRobust(t, r, x)
		}
	}
}

// testTrackedRobust compares the tracked state with the oracles from scratch.
func testTrackedRobust(t *testing.T, r *graph.Robust, x []float64) {
	t.Helper()
	n := len(x)
	b, d := []int{n - 1, 2, 3, 7}, []float64{0.3, -1.1, 0.7, 2}
	w, g, hv, bv, e := make([]float64, r.StateLen()), make([]float64, n), make([]float64, n), make([]float64, n), make([]float64, n)
	h, bound, part := make([]float64, 16), make([]float64, 16), make([]float64, 4)
	for i, j := range b {
		e[j] = d[i]
	}
	r.Track(w, x)
	r.HessVec(hv, x, e)
	r.BoundProduct(bv, b, d)
	r.BlockHessian(h, w, b)
	r.BlockBound(bound, b)
	curve, most := 0.0, 0.0
	for i, j := range b {
		sum, above := 0.0, 0.0
		for k := range b {
			sum += h[4*i+k] * d[k]
			above += bound[4*i+k] * d[k]
		}
		if math.Abs(sum-hv[j]) > 1e-12*(1+math.Abs(hv[j])) || math.Abs(above-bv[j]) > 1e-12*(1+math.Abs(bv[j])) {
			t.Errorf("row %d of the block: %v and its bound %v, products %v and %v", i, sum, above, hv[j], bv[j])
		}
		curve, most = curve+d[i]*sum, most+d[i]*above
	}
	if curve > most || most > r.BoundNorm()*5.79 {
		t.Errorf("d.Hess d = %v, bounds %v, %v |d|^2", curve, most, r.BoundNorm())
	}
	r.Line(w, b, d)
	f0 := r.Gradient(g, x)
	for _, step := range []float64{1e-11, 0.6, 1e3} {
		to, want, tol := slices.Clone(x), 0.0, 1e-5
		for i, j := range b {
			to[j] += step * d[i]
			want += step * g[j] * d[i]
		}
		if step > 1e-11 { // which is below what a difference of values shows
			want, tol = r.Value(to)-f0, 1e-12
		}
		if rise := r.Rise(w, step); math.Abs(rise-want) > tol*math.Abs(want) {
			t.Errorf("f rises by %v, Rise says %v", want, rise)
		}
	}
	r.Shift(w, b, d)
	for i, j := range b {
		x[j] += d[i]
	}
	r.Gradient(g, x)
	r.Partials(part, w, b)
	for i, j := range b {
		if math.Abs(part[i]-g[j]) > 1e-12*(1+math.Abs(g[j])) {
			t.Errorf("partial derivative %d is %v, want %v", j, part[i], g[j])
		}
	}
}

// The second derivative along a coordinate changes no faster than its bound, which is
// attained where neighbours differ by delta/2.
func TestRobustThirdBounds(t *testing.T) {
	r, err := graph.NewRobust([]graph.Edge{{I: 0, J: 1, Weight: 3}}, []float64{0, 0}, []float64{1, 0}, 0.4)
	if err != nil {
		t.Fatal(err)
	}
	m, h, above := make([]float64, 2), make([]float64, 1), make([]float64, 1)
	r.ThirdBounds(m)
	most := 0.0
	for v := -2.0; v < 2; v += 0.01 {
		const e = 1e-5
		r.BlockHessian(h, []float64{v, 0}, []int{0})
		r.BlockHessian(above, []float64{v + e, 0}, []int{0})
		most = max(most, math.Abs(above[0]-h[0])/e)
	}
	if most > m[0]*(1+1e-6) || most < 0.999*m[0] {
		t.Errorf("largest third derivative %v, bound %v", most, m[0])
	}
}

// Far above all differences delta does not matter: label propagation with noise.
func TestRobustTendsToQuadratic(t *testing.T) {
	r, edges, y, c := smoothed(t, 1e6)
	x := descenttest.Points(1, len(y), 1)[0]
	want := 0.0
	for i, v := range x {
		want += c[i] * (v - y[i]) * (v - y[i]) / 2
	}
	for _, e := range edges {
		want += e.Weight * (x[e.I] - x[e.J]) * (x[e.I] - x[e.J]) / 2
	}
	if f := r.Value(x); math.Abs(f-want) > 1e-10*want {
		t.Errorf("f = %v, the quadratic is %v", f, want)
	}
	if mu := r.StrongConvexity(); mu != 0 {
		t.Errorf("mu = %v with nodes that are not observed", mu)
	}
}

// A node without edge and observation has no gradient, no curvature, and never moves.
func TestRobustLonelyNode(t *testing.T) {
	r, err := graph.NewRobust([]graph.Edge{{I: 0, J: 2, Weight: 1}}, []float64{1, 5, 2}, []float64{1, 0, 0}, 1)
	if err != nil {
		t.Fatal(err)
	}
	l, g := make([]float64, 3), make([]float64, 3)
	r.CoordinateLipschitz(l)
	r.Gradient(g, []float64{4, 3, 2})
	if !slices.Equal(l, []float64{2, 0, 1}) || g[1] != 0 || g[2] == 0 {
		t.Errorf("curvatures %v, gradient %v", l, g)
	}
	for _, m := range []coordinate.BCD{{Partition: "forest", Select: "gs", Update: "tree"}, {Partition: "red-black", Select: "cyclic", Update: "tree"}, {}} {
		res, err := descent.Solve(context.Background(), r.Problem("lonely"), m, []float64{4, 3, 2}, descent.Options{Tol: 1e-9})
		if err != nil || res.Status != descent.Converged || res.X[1] != 3 || math.Abs(res.X[0]-1) > 1e-6 || math.Abs(res.X[2]-1) > 1e-6 {
			t.Errorf("%+v: %+v, %v", m, res, err)
		}
	}
}
