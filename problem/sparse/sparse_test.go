package sparse_test

import (
	"math"
	"strings"
	"testing"

	"github.com/godescent/descent"
	"github.com/godescent/descent/descenttest"
	"github.com/godescent/descent/linalg"
	"github.com/godescent/descent/method/coordinate"
	"github.com/godescent/descent/method/krylov"
	"github.com/godescent/descent/problem/sparse"
)

// objective has all oracles of the package.
type objective interface {
	descent.Smooth
	descent.HessianVector
	descent.Lipschitz
	descent.CoordinateLipschitz
	coordinate.Tracker
	coordinate.BlockBound
	coordinate.BlockHessian
	coordinate.RowSums
	coordinate.BoundProduct
	Value(x []float64) float64
}

var (
	_ objective              = (*sparse.Sum)(nil)
	_ objective              = (*sparse.Multinomial)(nil)
	_ coordinate.ThirdBounds = (*sparse.Sum)(nil)
	_ krylov.Quadratic       = (*sparse.Sum)(nil)
)

func must[T any](v T, err error) T {
	if err != nil {
		panic(err)
	}
	return v
}

func objectives() (map[string]objective, map[string]int) {
	return map[string]objective{
			"A": must(sparse.ProblemA(12, 20, 1)), "B": must(sparse.ProblemB(12, 20, 1)), "C": must(sparse.ProblemC(9, 6, 4, 1)),
		}, map[string]int{
			"A": 20, "B": 20, "C": 24,
		}
}

func TestOracles(t *testing.T) {
	fs, dims := objectives()
	for name, f := range fs {
		t.Run(name, func(t *testing.T) {
			n := dims[name]
			descenttest.TestObjective(t, f, descenttest.Points(3, n, 0.05))
			testTracker(t, f, n)
			testBounds(t, f, n)
		})
	}
}

func near(a, b, scale float64) bool { return math.Abs(a-b) <= 1e-9*(scale+math.Abs(b)) }

// testTracker compares the tracked state with values and gradients from scratch.
func testTracker(t *testing.T, f objective, n int) {
	t.Helper()
	x := descenttest.Points(1, n, 0.05)[0]
	w, g, part, hv := make([]float64, f.StateLen()), make([]float64, n), make([]float64, 4), make([]float64, n)
	f.Track(w, x)
	b, d := []int{n - 1, 2, 5, 6}, []float64{0.3, -1.1, 0.7, 0.01}
	h, e := make([]float64, 16), make([]float64, n)
	f.BlockHessian(h, w, b)
	for i, j := range b {
		e[j] = d[i]
	}
	f.HessVec(hv, x, e)
	for i, j := range b {
		sum := 0.0
		for k := range b {
			sum += h[4*i+k] * d[k]
		}
		if !near(sum, hv[j], 1) {
			t.Errorf("row %d of the Hessian block times d is %v, the product %v", i, sum, hv[j])
		}
	}
	for _, step := range []float64{1e-9, 0.02, 0.5, 40} {
		f.Line(w, b, d)
		rise := f.Rise(w, step)
		y := append([]float64(nil), x...)
		f.Gradient(g, x)
		slope := 0.0
		for i, j := range b {
			y[j] += step * d[i]
			slope += g[j] * d[i]
		}
		want := f.Value(y) - f.Value(x)
		if step == 1e-9 {
			want = step * slope
		}
		if math.Abs(rise-want) > 1e-6*math.Abs(want) {
			t.Errorf("step %g: f rises by %v, Rise says %v", step, want, rise)
		}
	}
	for i, j := range b {
		x[j] += d[i]
	}
	f.Shift(w, b, d)
	f.Gradient(g, x)
	all := make([]float64, n)
	f.AllPartials(all, w)
	f.Partials(part, w, b)
	for i := range all {
		if !near(all[i], g[i], 1) {
			t.Errorf("partial derivative %d of the shifted state is %v, want %v", i, all[i], g[i])
		}
	}
	for i, j := range b {
		if !near(part[i], g[j], 1) {
			t.Errorf("partial derivative %d of the block is %v, want %v", j, part[i], g[j])
		}
	}
}

// testBounds checks H - Hessian >= 0 at random points and directions, and what follows
// from H.
func testBounds(t *testing.T, f objective, n int) {
	t.Helper()
	all := make([]int, n)
	for i := range all {
		all[i] = i
	}
	h, hd, hv, rows := make([]float64, n*n), make([]float64, n), make([]float64, n), make([]float64, n)
	f.BlockBound(h, all)
	f.RowSums(rows)
	pts := descenttest.Points(6, n, 0.2)
	for k, d := range pts[1:] {
		f.BoundProduct(hd, all, d)
		f.HessVec(hv, pts[k], d)
		var bound, curve, gersh, dd float64
		for i := range d {
			row, sum := 0.0, 0.0
			for j := range d {
				row += h[i*n+j] * d[j]
				sum += math.Abs(h[i*n+j])
			}
			if !near(row, hd[i], 1) || !near(sum, rows[i], 1) {
				t.Fatalf("row %d of H: product %v, want %v; sum %v, want %v", i, hd[i], row, rows[i], sum)
			}
			bound += d[i] * hd[i]
			curve += d[i] * hv[i]
			gersh += rows[i] * d[i] * d[i]
			dd += d[i] * d[i]
		}
		if curve > bound*(1+1e-12) || bound > gersh || bound > f.BoundNorm()*dd {
			t.Errorf("d.Hess d = %g, d.H d = %g, by row sums %g, by the norm %g: want them to increase", curve, bound, gersh, f.BoundNorm()*dd)
		}
	}
}

// Third derivatives stay below their bounds.
func TestThirdBounds(t *testing.T) {
	f := must(sparse.ProblemB(12, 20, 1))
	m, h, l := make([]float64, 20), make([]float64, 1), make([]float64, 1)
	f.ThirdBounds(m)
	w, v := make([]float64, 12), make([]float64, 12)
	for _, x := range descenttest.Points(5, 20, 0.05) {
		for j := range m {
			const e = 1e-4
			f.Track(w, x)
			f.BlockHessian(h, w, []int{j})
			copy(v, w)
			f.Shift(v, []int{j}, []float64{e})
			f.BlockHessian(l, v, []int{j})
			if third := math.Abs(l[0]-h[0]) / e; third > m[j]*(1+1e-6) {
				t.Errorf("third derivative %g along x[%d], bound %g", third, j, m[j])
			}
		}
	}
}

// The zero column of a generated or given matrix has no curvature and no gradient.
func TestZeroColumn(t *testing.T) {
	f := must(sparse.LeastSquares(must(linalg.FromTriplets(2, 2, []int32{0, 1}, []int32{1, 1}, []float64{1, 2})), []float64{1, 2}))
	l, g := make([]float64, 2), make([]float64, 2)
	f.CoordinateLipschitz(l)
	f.Gradient(g, []float64{3, 0})
	if l[0] != 0 || g[0] != 0 || l[1] != 5 || g[1] != -5 {
		t.Errorf("curvature %v, gradient %v", l, g)
	}
}

func TestBadInput(t *testing.T) {
	nan := math.NaN()
	one := must(linalg.FromTriplets(1, 1, []int32{0}, []int32{0}, []float64{1}))
	bad := must(linalg.FromTriplets(1, 1, []int32{0}, []int32{0}, []float64{nan}))
	ones := must(linalg.FromTriplets(1, 1, []int32{0}, []int32{0}, nil))
	fail := func(_ any, err error) error { return err }
	ls := func(a *linalg.CSR, y ...float64) error { return fail(sparse.LeastSquares(a, y)) }
	for want, err := range map[string]error{
		"A[0, 0] is NaN":     ls(bad, 1),
		"y[0] is NaN":        ls(one, nan),
		"a target for each":  ls(one, 1, 2),
		"without values":     ls(ones, 1),
		"want -1 or 1":       fail(sparse.Logistic(one, []float64{0})),
		"at least 2":         fail(sparse.Softmax(one, []int{0}, 1)),
		"class[0] = 2":       fail(sparse.Softmax(one, []int{2}, 2)),
		"at least 1 x 1":     fail(sparse.ProblemA(0, 3, 1)),
		"softmax with 0 cla": fail(sparse.ProblemC(3, 3, 0, 1)),
	} {
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%v: want an error with %q", err, want)
		}
	}
}
