package descenttest

import (
	"math"
	"slices"
	"testing"

	"github.com/godescent/descent"
	"github.com/godescent/descent/rng"
)

// TestProx checks a convex regularizer in dimension n: the prox is optimal
// against random points and by its own subdifferential, firmly non-expansive,
// may work in place, and keeps x; the subdifferential distance vanishes just
// where it should; Moreau's identity holds with the conjugate's prox by
// bisection-free evaluation: x = prox_h(x) + (x - prox_h(x)), the second part
// being a subgradient at the first.
func TestProx(t *testing.T, h descent.Regularizer, n int) {
	t.Helper()
	r := rng.New(3, "descenttest.TestProx")
	draw := func(scale float64) []float64 {
		x := make([]float64, n)
		for i := range x {
			x[i] = scale * r.Norm()
		}
		return x
	}
	moved := 0
	for trial := range 60 {
		scale := math.Pow(10, float64(trial%4)-1)
		step := math.Pow(10, float64(trial%3)-1)
		x, y := draw(scale), draw(scale)
		keep := slices.Clone(x)
		px, py, in := make([]float64, n), make([]float64, n), slices.Clone(x)
		h.Prox(px, x, step)
		h.Prox(py, y, step)
		h.Prox(in, in, step)
		if !slices.Equal(x, keep) {
			t.Fatal("Prox changed x")
		}
		if !slices.Equal(in, px) {
			t.Fatal("Prox in place differs from Prox into another slice")
		}
		if !slices.Equal(px, x) {
			moved++
		}
		hp := h.Value(px)
		if math.IsInf(hp, 0) || math.IsNaN(hp) {
			t.Fatalf("h is %v at its own prox", hp)
		}
		// Firm non-expansiveness: |px-py|^2 <= <px-py, x-y>.
		var lhs, rhs float64
		for i := range x {
			d := px[i] - py[i]
			lhs += d * d
			rhs += d * (x[i] - y[i])
		}
		if !(lhs <= rhs+1e-9*(1+rhs)) {
			t.Errorf("not firmly non-expansive: |px-py|^2 = %g > %g", lhs, rhs)
		}
		// Optimality: (x - px)/t is a subgradient of h at px.
		g := make([]float64, n)
		for i := range g {
			g[i] = (px[i] - x[i]) / step
		}
		if d := h.SubdiffDist(px, g); !(d <= 1e-9*(1+scale/step)) {
			t.Errorf("(x - prox(x))/t is at distance %g from the subdifferential at prox(x)", d)
		}
		// It minimizes h(u) + |u-x|^2/(2t): nearby and far points are no better.
		best := moreau(h, px, x, step)
		for _, e := range []float64{1e-3, 0.1, 1} {
			u := draw(e * scale)
			for i := range u {
				u[i] += px[i]
			}
			if v := moreau(h, u, x, step); v < best-1e-9*(1+math.Abs(best)) {
				t.Errorf("a point at scale %g has the prox objective %g < %g", e, v, best)
			}
		}
		// A gradient that is no subgradient must be noticed.
		far := draw(1)
		for i := range far {
			far[i] = g[i] + 1e3*(1+math.Abs(g[i]))*sign(far[i])
		}
		if d, base := h.SubdiffDist(px, far), h.SubdiffDist(px, g); math.IsNaN(d) || d < base {
			t.Errorf("a wild gradient has subdifferential distance %g", d)
		}
		far[0] = math.NaN()
		if d := h.SubdiffDist(px, far); !math.IsNaN(d) {
			t.Errorf("a NaN gradient has subdifferential distance %g, want NaN", d)
		}
	}
	if moved == 0 {
		t.Error("the prox moved none of 60 points: nothing was checked")
	}
}

func moreau(h descent.Regularizer, u, x []float64, t float64) float64 {
	s := 0.0
	for i, v := range u {
		s += (v - x[i]) * (v - x[i])
	}
	return h.Value(u) + s/(2*t)
}

func sign(v float64) float64 { return math.Copysign(1, v) }
