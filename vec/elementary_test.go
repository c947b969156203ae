package vec

import (
	"math"
	"math/big"
	"testing"
)

// bigLog returns log(x) for x > 0: one step from the float64 logarithm y, as
// log(x) = y + log(1 + d) with d = x exp(-y) - 1 near 1e-16.
func bigLog(x float64) *big.Float {
	m, e := math.Frexp(x)
	y := math.Log(m) + float64(e)*math.Ln2
	d := bigExp(-y)
	d.Sub(d.Mul(d, exact(x)), exact(1))
	s, power := exact(y), exact(1)
	for k := 1.0; k < 8; k++ {
		power.Mul(power, d)
		t := exact(0).Quo(power, exact(k))
		if int(k)%2 == 0 {
			t.Neg(t)
		}
		s.Add(s, t)
	}
	return s
}

// bigTanh returns (1 - e)/(1 + e) with e = exp(-2x); below 2^-40 two terms of the series
// do better.
func bigTanh(x float64) *big.Float {
	if math.Abs(x) < 0x1p-40 {
		cube := exact(x)
		cube.Quo(cube.Mul(cube, cube.Mul(exact(x), exact(x))), exact(3))
		return cube.Sub(exact(x), cube)
	}
	e := bigExp(-2 * math.Abs(x))
	d := exact(1)
	d.Add(d, e)
	r := exact(1)
	r.Quo(r.Sub(r, e), d)
	if x < 0 {
		r.Neg(r)
	}
	return r
}

func bigSigmoid(x float64) *big.Float {
	e := bigExp(-math.Abs(x))
	d := exact(1)
	d.Add(d, e)
	if x > 0 {
		e = exact(1)
	}
	return e.Quo(e, d)
}

// bigErf returns 2/sqrt(pi) exp(-x^2) sum_k 2^k x^(2k+1)/(2k+1)!!, whose terms have one
// sign (Abramowitz and Stegun 1964, 7.1.6).
func bigErf(x float64) *big.Float {
	square := exact(x)
	square.Mul(square, square)
	term, sum := exact(x), exact(x)
	for k := 1; k < 250; k++ {
		term.Mul(term, square)
		term.Quo(term.Mul(term, exact(2)), exact(float64(2*k+1)))
		sum.Add(sum, term)
	}
	scale, _, _ := big.ParseFloat("1.12837916709551257389615890312154517168810125865799771368817144342128", 10, prec, big.ToNearestEven)
	sum.Mul(sum, scale)
	// exp(-x^2) of the exact square, as the product of those of its halves.
	high, _ := square.Float64()
	low, _ := exact(0).Sub(square, exact(high)).Float64()
	return sum.Mul(sum.Mul(sum, bigExp(-high)), bigExp(-low))
}

// ulpsOf is ulps for either type.
func ulpsOf[T Float](got T, want *big.Float) float64 {
	g, single := any(got).(float32)
	if !single {
		return ulps(float64(got), want)
	}
	w, _ := want.Float32()
	if math.IsInf(float64(w), 0) || math.IsInf(float64(g), 0) || g != g {
		if g == w {
			return 0
		}
		return math.Inf(1)
	}
	a := float32(math.Abs(float64(w)))
	ulp := float64(math.Nextafter32(a, float32(math.Inf(1)))) - float64(a)
	d := exact(float64(g))
	u, _ := d.Quo(d.Sub(d, want), exact(ulp)).Float64()
	return math.Abs(u)
}

// An elementary is a function of this package, its reference and its bounds on the error
// in units in the last place, for float64 and float32.
type elementary struct {
	name     string
	wide     func(dst, x []float64)
	single   func(dst, x []float32)
	want     func(x float64) *big.Float
	bound    [2]float64
	lo, hi   float64 // where the grid is dense
	positive bool
}

var elementaries = []elementary{
	{"exp", ExpTo[float64], ExpTo[float32], bigExp, [2]float64{1.5, 0.51}, -110, 95, false},
	{"log", LogTo[float64], LogTo[float32], bigLog, [2]float64{1.5, 0.51}, 0.01, 10, true},
	{"tanh", TanhTo[float64], TanhTo[float32], bigTanh, [2]float64{2, 0.51}, -21, 21, false},
	{"sigmoid", SigmoidTo[float64], SigmoidTo[float32], bigSigmoid, [2]float64{2, 0.51}, -110, 40, false},
	{"erf", ErfTo[float64], ErfTo[float32], bigErf, [2]float64{1.5, 0.51}, -6.5, 6.5, false},
}

// grid returns points between lo and hi, near zero, and where branches meet.
func (f elementary) grid() []float64 {
	var x []float64
	for i := range 1500 {
		x = append(x, f.lo+(f.hi-f.lo)*(float64(i)+0.37)/1500)
	}
	for v := 1.7; v > 1e-44; v *= 0.71 {
		x = append(x, v, -v)
	}
	for _, v := range []float64{0.55, 0.75, 1, 1.5, 2, 5.9, 6} {
		for _, w := range []float64{math.Nextafter(v, 0), v, math.Nextafter(v, 9), float64(math.Nextafter32(float32(v), 0)), float64(math.Nextafter32(float32(v), 9))} {
			x = append(x, w, -w)
		}
	}
	if f.positive {
		for i, v := range x {
			x[i] = math.Abs(v)
		}
		for v := 5e-324; v < 1e308; v *= 7.7 {
			x = append(x, v)
		}
		x = append(x, math.MaxFloat64, 0x1p-1022, math.Nextafter(0x1p-1022, 0))
	}
	return x
}

func TestElementaryAccuracy(t *testing.T) {
	for _, f := range elementaries {
		t.Run(f.name, func(t *testing.T) {
			x, single := f.grid(), []float32(nil)
			for _, v := range x {
				if s := float32(v); float64(s)-float64(s) == 0 && (s != 0 || !f.positive) {
					single = append(single, s)
				}
			}
			var want, want32 []*big.Float
			for _, v := range x {
				want = append(want, f.want(v))
			}
			for _, v := range single {
				want32 = append(want32, f.want(float64(v)))
			}
			paths(t, func(t *testing.T) {
				bound := f.bound[0]
				if !assembly() {
					bound = 3
				}
				t.Logf("float64: within %.3f at %d points", checkElementary(t, f, f.wide, x, want, bound), len(x))
				t.Logf("float32: within %.3f at %d points", checkElementary(t, f, f.single, single, want32, f.bound[1]), len(single))
			})
		})
	}
}

func checkElementary[T Float](t *testing.T, f elementary, to func(dst, x []T), x []T, want []*big.Float, bound float64) (worst float64) {
	t.Helper()
	got := append([]T(nil), x...)
	to(got, got) // onto itself
	for i, v := range x {
		u := ulpsOf(got[i], want[i])
		if worst = max(worst, u); !(u <= bound) {
			t.Fatalf("%s(%v) = %v is %v units in the last place off, want at most %v", f.name, v, got[i], u, bound)
		}
	}
	// An element's result does not depend on its place.
	for n := 0; n <= 17; n++ {
		for lo := range 20 {
			part := make([]T, n+1)
			part[n] = 7
			to(part[:n], x[lo:lo+n])
			for i, v := range part[:n] {
				if v != got[lo+i] {
					t.Fatalf("%s(%v) at %d of %d is %v, not %v", f.name, x[lo+i], i, n, v, got[lo+i])
				}
			}
			if part[n] != 7 {
				t.Fatalf("%s wrote beyond %d elements", f.name, n)
			}
		}
	}
	return worst
}

func TestElementaryLimits(t *testing.T) {
	inf, nan, zero := math.Inf(1), math.NaN(), math.Copysign(0, -1)
	x := []float64{inf, -inf, nan, 0, zero, -1, math.MaxFloat32, -math.MaxFloat32, 0x1p-149, -0x1p-149}
	want := map[string][]float64{
		"exp":     {inf, 0, nan, 1, 1, math.Exp(-1), inf, 0, 1, 1},
		"log":     {inf, nan, nan, -inf, -inf, nan, math.Log(math.MaxFloat32), nan, -149 * math.Ln2, nan},
		"tanh":    {1, -1, nan, 0, zero, math.Tanh(-1), 1, -1, 0x1p-149, -0x1p-149},
		"sigmoid": {1, 0, nan, 0.5, 0.5, 1 / (1 + math.E), 1, 0, 0.5, 0.5},
		"erf":     {1, -1, nan, 0, zero, math.Erf(-1), 1, -1, 2 / math.Sqrt(math.Pi) * 0x1p-149, -2 / math.Sqrt(math.Pi) * 0x1p-149},
	}
	paths(t, func(t *testing.T) {
		for _, f := range elementaries {
			checkLimits(t, f.name, f.wide, x, want[f.name], 1e-15)
			checkLimits(t, f.name, f.single, x, want[f.name], 1e-7)
		}
	})
}

func checkLimits[T Float](t *testing.T, name string, to func(dst, x []T), x, want []float64, eps float64) {
	t.Helper()
	v, got := make([]T, len(x)), make([]T, len(x))
	for i := range x {
		v[i] = T(x[i])
	}
	to(got, v)
	for i, w := range want {
		g := float64(got[i])
		same := g == float64(T(w)) && math.Signbit(g) == math.Signbit(w) || g != g && w != w
		if !same && !(w != 0 && math.Abs(g-w) <= eps*math.Abs(w)) {
			t.Errorf("%s(%v) = %v as %T, want %v", name, v[i], g, v[i], w)
		}
	}
}

func BenchmarkElementary(b *testing.B) {
	benchPaths(b, func(b *testing.B) {
		for _, f := range elementaries {
			x, y := sample[float64](4096, 1), sample[float32](4096, 1)
			if f.positive {
				ExpTo(x, x)
				ExpTo(y, y)
			}
			to, to32 := make([]float64, len(x)), make([]float32, len(y))
			for name, op := range map[string]func(){"float64": func() { f.wide(to, x) }, "float32": func() { f.single(to32, y) }} {
				b.Run("op="+f.name+"/type="+name, func(b *testing.B) {
					for b.Loop() {
						op()
					}
					b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/float64(len(x)), "ns/element")
				})
			}
		}
	})
}

func TestGelu(t *testing.T) {
	x := []float64{0, 1e-300, 1, -1, math.Sqrt2, -math.Sqrt2, 8.4, 8.5, -8.5, 40, -40, 1e20, -1e20}
	for i := range 3000 {
		x = append(x, -12+24*(float64(i)+0.3)/3000)
	}
	paths(t, func(t *testing.T) {
		testGelu[float32](t, x, 0x1p-24)
		testGelu[float64](t, x, 0x1p-50)
	})
}

// testGelu: values, onto x itself, and derivatives, wherever the elements are.
func testGelu[T Float](t *testing.T, points []float64, eps float64) {
	x := make([]T, len(points))
	for i, v := range points {
		x[i] = T(v)
	}
	y, d := append([]T(nil), x...), make([]T, len(x))
	GeluTo(y, d, y)
	for i, v := range x {
		w := float64(v)
		p := 0.5 * math.Erfc(-w/math.Sqrt2)
		slope, bound := p+w*math.Exp(-0.5*w*w)/math.Sqrt(2*math.Pi), eps*max(1, math.Abs(w))
		if !(math.Abs(float64(y[i])-w*p) <= bound && math.Abs(float64(d[i])-slope) <= 1.5*bound) {
			t.Fatalf("GELU(%v) = %v with slope %v, want %v and %v", v, y[i], d[i], w*p, slope)
		}
	}
	for n := range 20 {
		z, e := make([]T, n+1), make([]T, n+1)
		z[n], e[n] = 7, 7
		GeluTo(z[:n], e[:n], x[50:50+n])
		for i := range n {
			if z[i] != y[50+i] || e[i] != d[50+i] {
				t.Fatalf("GELU(%v) at %d of %d is %v with slope %v, not %v and %v", x[50+i], i, n, z[i], e[i], y[50+i], d[50+i])
			}
		}
		if z[n] != 7 || e[n] != 7 {
			t.Fatalf("GeluTo wrote beyond %d elements", n)
		}
	}
	inf, nan := T(math.Inf(1)), T(math.NaN())
	z, e := make([]T, 2), make([]T, 2)
	GeluTo(z, e, []T{inf, nan})
	if z[0] != inf || z[1] == z[1] || e[1] == e[1] {
		t.Errorf("GELU of infinity and NaN is %v with slopes %v", z, e)
	}
}
