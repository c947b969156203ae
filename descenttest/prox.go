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

// separable is a regularizer that also answers by coordinate; prox.Separable says
// what At, ProxAt and DistAt mean.
type separable interface {
	descent.Regularizer
	At(j int, v float64) float64
	ProxAt(j int, v, t float64) float64
	DistAt(j int, v, g float64) float64
}

// TestSeparable checks in dimension n that the answers by coordinate are those of
// the vector forms, bit for bit. (Sums of At may round differently from Value, unless
// only one coordinate adds to it.)
func TestSeparable(t *testing.T, h separable, n int) {
	t.Helper()
	r := rng.New(4, "descenttest.TestSeparable")
	x, g, p, one := make([]float64, n), make([]float64, n), make([]float64, n), make([]float64, n)
	positive, zero := 0, h.Value(one) == 0
	for trial := range 60 {
		step := math.Pow(10, float64(trial%3)-1)
		for j := range x {
			x[j], g[j] = 3*r.Norm(), r.Norm()
			if r.Intn(4) == 0 {
				x[j] = 0
			}
		}
		h.Prox(p, x, step)
		if trial%2 == 0 {
			copy(x, p) // inside of the set, often at zeros and bounds
			h.Prox(p, x, step)
		}
		sum, worst := 0.0, 0.0
		for j, v := range x {
			if u := h.ProxAt(j, v, step); math.Float64bits(u) != math.Float64bits(p[j]) {
				t.Fatalf("ProxAt(%d, %v, %v) = %v, but Prox has %v there", j, v, step, u, p[j])
			}
			worst = max(worst, h.DistAt(j, v, g[j]))
			sum += h.At(j, v)
			one[j] = v
			if all, at := h.Value(one), h.At(j, v); zero && all != at || !(at >= 0) {
				t.Fatalf("At(%d, %v) = %v, but Value is %v where the others are 0", j, v, at, all)
			}
			one[j] = 0
		}
		if d := h.SubdiffDist(x, g); d != worst {
			t.Fatalf("SubdiffDist is %v, the largest DistAt %v", d, worst)
		}
		if v := h.Value(x); v != sum && !(math.Abs(v-sum) <= 1e-14*float64(n)*sum) {
			t.Fatalf("Value is %v, the sum of At %v", v, sum)
		}
		if worst > 0 {
			positive++
		}
	}
	if positive == 0 {
		t.Error("all 60 points were stationary: nothing was checked")
	}
}

// TestNonconvexProx checks a separable penalty h_j(v) = rho(|v|), rho increasing from
// rho(0) = 0 and smooth on v > 0, in dimension n. The prox is the global minimizer
// also where the problem of a coordinate is not convex (it must jump for some of the
// steps 0.01 to 30), monotone, odd, 0 at 0; the subdifferential distance is that of
// differences of At, 0 just where the prox of a short step stays; NaN comes out as NaN.
func TestNonconvexProx(t *testing.T, h separable, n int) {
	t.Helper()
	TestSeparable(t, h, n)
	jumps, interior := 0, 0
	for j := range n {
		for _, step := range []float64{0.01, 0.1, 0.4, 1, 2.5, 6, 30} {
			last := 0.0
			for k := range 241 {
				v := 0.05 * float64(k)
				u := h.ProxAt(j, v, step)
				if m := h.ProxAt(j, -v, step); m != -u {
					t.Fatalf("prox of -%v is %v, of %v is %v: not odd", v, m, v, u)
				}
				if !(u >= last && u <= v) {
					t.Fatalf("step %v: prox of %v is %v after %v: want increasing, and within [0, %v]", step, v, u, last, v)
				}
				phi := func(u float64) float64 { return h.At(j, u) + (u-v)*(u-v)/(2*step) }
				if best, at := bruteMin(phi, v); phi(u) > best+1e-12*(1+best) {
					t.Fatalf("step %v: prox of %v is %v with value %v, but %v has %v", step, v, u, phi(u), at, best)
				}
				if d := h.DistAt(j, u, (u-v)/step); !(d <= 1e-10*(1+v/step)) {
					t.Fatalf("step %v: (v - u)/t is at distance %v from the subdifferential at u = %v, the prox of %v", step, d, u, v)
				}
				if last == 0 && u > 0.2 {
					jumps++
				}
				if u > 0 && u < v {
					interior++
				}
				last = u
			}
		}
		for _, v := range []float64{-7, -2.3, -0.6, -0.011, 0.02, 0.31, 1.7, 4.4} {
			const e = 1e-6
			slope := (h.At(j, v+e) - h.At(j, v-e)) / (2 * e)
			if d := h.DistAt(j, v, -slope); !(d <= 1e-5) {
				t.Errorf("at %v minus the slope %v of differences has subdifferential distance %v", v, slope, d)
			}
			if d := h.DistAt(j, v, 0.5-slope); math.Abs(d-0.5) > 1e-5 {
				t.Errorf("at %v, 1/2 off the slope, the subdifferential distance is %v", v, d)
			}
		}
		// At 0 the subdifferential is an interval, which bounds what a short step undoes.
		for _, g := range []float64{-40, -1, -0.2, 0, 0.3, 2, 50} {
			const step = 1e-6
			if d, u := h.DistAt(j, 0, g), h.ProxAt(j, -step*g, step); (d == 0) != (u == 0) || d > math.Abs(g) {
				t.Errorf("the distance of %v at 0 is %v, but the prox moves 0 to %v", -g, d, u)
			}
		}
		nan := math.NaN()
		for _, v := range []float64{h.At(j, nan), h.ProxAt(j, nan, 1), h.ProxAt(j, nan, 20), h.DistAt(j, nan, 0), h.DistAt(j, 0, nan), h.DistAt(j, 1, nan)} {
			if !math.IsNaN(v) {
				t.Errorf("NaN became %v", v)
			}
		}
	}
	if jumps == 0 || interior == 0 {
		t.Errorf("the prox jumped %d times and shrank %d points: not all was checked", jumps, interior)
	}
}

// bruteMin returns the least value of phi on [0, v], and where: a grid, then golden
// sections around its best point.
func bruteMin(phi func(float64) float64, v float64) (best, at float64) {
	const points = 300
	best = phi(0)
	for k := range points + 1 {
		if u := v * float64(k) / points; phi(u) < best {
			best, at = phi(u), u
		}
	}
	lo, hi := max(0, at-v/points), min(v, at+v/points)
	for range 40 {
		a, b := hi-(hi-lo)/math.Phi, lo+(hi-lo)/math.Phi
		if phi(a) < phi(b) {
			hi = b
		} else {
			lo = a
		}
	}
	if u := (lo + hi) / 2; phi(u) < best {
		best, at = phi(u), u
	}
	return best, at
}
