// Package descenttest has the conformance suites that every objective,
// regularizer and method of the module must pass, and that users can run on their
// own. They report what they checked, so that a suite that reached nothing fails.
package descenttest

import (
	"math"
	"slices"
	"testing"

	"github.com/godescent/descent"
	"github.com/godescent/descent/rng"
)

// Points returns n deterministic points of the given dimension with standard
// normal entries times scale.
func Points(n, dim int, scale float64) [][]float64 {
	s := rng.New(1, "descenttest.Points")
	pts := make([][]float64, n)
	for i := range pts {
		pts[i] = make([]float64, dim)
		for j := range pts[i] {
			pts[i][j] = scale * s.Norm()
		}
	}
	return pts
}

// TestObjective checks every oracle that f has at the given points, which must lie
// where f is smooth: the gradient by a Taylor test along random directions, its
// value against Value, Hessian-vector products against differences of gradients
// and for symmetry, the Hessian matrix against products, terms against their
// mean, Lipschitz and strong convexity constants against the gradients, that x is
// left alone and that nothing is allocated.
func TestObjective(t *testing.T, f descent.Objective, points [][]float64) {
	t.Helper()
	if len(points) == 0 {
		t.Fatal("no points: nothing is checked")
	}
	r := rng.New(2, "descenttest.TestObjective")
	n := len(points[0])
	checked := 0
	for k, x := range points {
		keep := slices.Clone(x)
		v := f.Value(x)
		if math.IsNaN(v) || math.IsInf(v, 0) {
			t.Fatalf("point %d: value %v: want points where f is finite", k, v)
		}
		dir := make([]float64, n)
		for i := range dir {
			dir[i] = r.Norm()
		}
		if s, ok := f.(descent.Smooth); ok {
			checked++
			testGradient(t, k, f, s, x, v, dir)
			testConstants(t, k, f, s, x, dir)
			if h, ok := f.(descent.HessianVector); ok {
				testHessian(t, k, f, s, h, x, dir, &r)
			}
			if fs, ok := f.(descent.FiniteSum); ok {
				testTerms(t, k, s, fs, x)
			}
		}
		if !slices.Equal(x, keep) {
			t.Errorf("point %d: an oracle changed x", k)
		}
		if w := f.Value(x); w != v {
			t.Errorf("point %d: value is %v now and was %v: it must depend on x alone", k, w, v)
		}
	}
	x, g := points[0], make([]float64, n)
	if a := testing.AllocsPerRun(10, func() { f.Value(x) }); a > 0 {
		t.Errorf("Value allocates %v times", a)
	}
	if s, ok := f.(descent.Smooth); ok {
		if a := testing.AllocsPerRun(10, func() { s.Gradient(g, x) }); a > 0 {
			t.Errorf("Gradient allocates %v times", a)
		}
		if checked != len(points) {
			t.Errorf("checked %d of %d points", checked, len(points))
		}
	}
	if h, ok := f.(descent.HessianVector); ok {
		v := make([]float64, n)
		if a := testing.AllocsPerRun(10, func() { h.HessVec(g, x, v) }); a > 0 {
			t.Errorf("HessVec allocates %v times", a)
		}
	}
}

// slopeError returns the smallest relative error of the central difference
// (phi(h) - phi(-h)) / 2h against want over a range of h.
func slopeError(phi func(h float64) float64, want, scale float64) float64 {
	best := math.Inf(1)
	for h := 1e-2; h > 1e-9; h /= 4 {
		d := (phi(h) - phi(-h)) / (2 * h)
		best = math.Min(best, math.Abs(d-want)/(math.Abs(want)+scale))
	}
	return best
}

func along(x, dir []float64, h float64) []float64 {
	y := slices.Clone(x)
	for i := range y {
		y[i] += h * dir[i]
	}
	return y
}

func testGradient(t *testing.T, k int, f descent.Objective, s descent.Smooth, x []float64, v float64, dir []float64) {
	t.Helper()
	g := make([]float64, len(x))
	for i := range g {
		g[i] = math.NaN() // every element must be written
	}
	if w := s.Gradient(g, x); math.Abs(w-v) > 1e-12*(1+math.Abs(v)) {
		t.Errorf("point %d: Gradient returns the value %v, Value returns %v", k, w, v)
	}
	// Each coordinate direction up to a number, then a random direction.
	for j := range min(len(x), 32) {
		e := make([]float64, len(x))
		e[j] = 1
		if err := slopeError(func(h float64) float64 { return f.Value(along(x, e, h*(1+math.Abs(x[j])))) }, g[j]*(1+math.Abs(x[j])), 1e-3*(1+math.Abs(v))); !(err < 1e-5) {
			t.Errorf("point %d: gradient[%d] = %v is off by %.2g of its size against differences of values", k, j, g[j], err)
		}
	}
	if err := slopeError(func(h float64) float64 { return f.Value(along(x, dir, h)) }, dot(g, dir), 1e-3*(1+math.Abs(v))); !(err < 1e-5) {
		t.Errorf("point %d: the gradient along a random direction is off by %.2g of its size", k, err)
	}
}

func testConstants(t *testing.T, k int, f descent.Objective, s descent.Smooth, x, dir []float64) {
	t.Helper()
	y := along(x, dir, 0.3)
	gx, gy, d := make([]float64, len(x)), make([]float64, len(x)), make([]float64, len(x))
	s.Gradient(gx, x)
	s.Gradient(gy, y)
	var dg, dx float64
	for i := range d {
		d[i] = y[i] - x[i]
		dg += (gy[i] - gx[i]) * (gy[i] - gx[i])
		dx += d[i] * d[i]
		gy[i] -= gx[i]
	}
	if l, ok := f.(descent.Lipschitz); ok {
		if c := l.Lipschitz(); !(math.Sqrt(dg) <= c*math.Sqrt(dx)*(1+1e-9)+1e-12) {
			t.Errorf("point %d: the gradient changes by %g over a step of %g: L = %g is not a Lipschitz constant", k, math.Sqrt(dg), math.Sqrt(dx), c)
		}
	}
	if m, ok := f.(descent.StrongConvexity); ok {
		if mu := m.StrongConvexity(); !(dot(gy, d) >= mu*dx*(1-1e-9)-1e-12) {
			t.Errorf("point %d: <g(y)-g(x), y-x> = %g < mu |y-x|^2 = %g", k, dot(gy, d), mu*dx)
		}
	}
	if cl, ok := f.(descent.CoordinateLipschitz); ok {
		l := make([]float64, len(x))
		cl.CoordinateLipschitz(l)
		for j := range min(len(x), 16) {
			copy(y, x)
			y[j] += 0.3
			s.Gradient(gy, y)
			if !(math.Abs(gy[j]-gx[j]) <= 0.3*l[j]*(1+1e-9)+1e-12) {
				t.Errorf("point %d: along coordinate %d the gradient changes by %g over 0.3: L_j = %g is too small", k, j, gy[j]-gx[j], l[j])
			}
		}
	}
}

func testHessian(t *testing.T, k int, f descent.Objective, s descent.Smooth, h descent.HessianVector, x, dir []float64, r *rng.Stream) {
	t.Helper()
	n := len(x)
	hd, hu, u, g := make([]float64, n), make([]float64, n), make([]float64, n), make([]float64, n)
	for i := range u {
		u[i] = r.Norm()
	}
	h.HessVec(hd, x, dir)
	h.HessVec(hu, x, u)
	s.Gradient(g, x)
	scale := 1e-3 * (1 + math.Abs(dot(g, u)))
	err := slopeError(func(e float64) float64 { s.Gradient(g, along(x, dir, e)); return dot(g, u) }, dot(hd, u), scale)
	if !(err < 1e-5) {
		t.Errorf("point %d: u'Hd is off by %.2g of its size against differences of gradients", k, err)
	}
	a, b := dot(hd, u), dot(hu, dir)
	if !(math.Abs(a-b) <= 1e-9*(math.Abs(a)+math.Abs(b)+scale)) {
		t.Errorf("point %d: u'Hd = %g but d'Hu = %g: the product is not symmetric", k, a, b)
	}
	if m, ok := f.(descent.HessianMatrix); ok {
		full := make([]float64, n*n)
		m.Hessian(full, x)
		size := 0.0
		for _, v := range full {
			size = math.Max(size, math.Abs(v))
		}
		for i := range n {
			if d := math.Abs(dot(full[i*n:(i+1)*n], dir) - hd[i]); !(d <= 1e-9*(size*float64(n)+1)) {
				t.Errorf("point %d: row %d of the Hessian times d differs from HessVec by %g", k, i, d)
			}
			for j := range i {
				if full[i*n+j] != full[j*n+i] {
					t.Fatalf("point %d: the Hessian is not symmetric at (%d, %d): %g, %g", k, i, j, full[i*n+j], full[j*n+i])
				}
			}
		}
	}
}

func testTerms(t *testing.T, k int, s descent.Smooth, fs descent.FiniteSum, x []float64) {
	t.Helper()
	n := len(x)
	all := make([]int, fs.Terms())
	for i := range all {
		all[i] = i
	}
	want, got, one, mean := make([]float64, n), make([]float64, n), make([]float64, n), make([]float64, n)
	v := s.Gradient(want, x)
	w := fs.TermGradient(got, x, all)
	if !close2(v, w, 1e-10) || !closeAll(got, want, 1e-9) {
		t.Errorf("point %d: the mean over all terms differs from the objective: value %v, want %v", k, w, v)
	}
	idx := []int{0, len(all) - 1, 0} // with a repeat
	w = fs.TermGradient(got, x, idx)
	sum := 0.0
	for _, i := range idx {
		sum += fs.TermGradient(one, x, []int{i}) / 3
		for j := range mean {
			mean[j] += one[j] / 3
		}
	}
	if !close2(w, sum, 1e-10) || !closeAll(got, mean, 1e-9) {
		t.Errorf("point %d: a batch of terms is not the mean of its terms", k)
	}
}

func dot(x, y []float64) float64 {
	s := 0.0
	for i, v := range x {
		s += v * y[i]
	}
	return s
}

func close2(a, b, tol float64) bool {
	return math.Abs(a-b) <= tol*(1+math.Abs(a)+math.Abs(b))
}

func closeAll(a, b []float64, tol float64) bool {
	for i := range a {
		if !close2(a[i], b[i], tol) {
			return false
		}
	}
	return len(a) == len(b)
}
