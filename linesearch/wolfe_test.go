package linesearch

import (
	"math"
	"testing"
)

// The functions of section 5 of Moré and Thuente (1994).
func phi51(t float64) (f, g float64) {
	const b = 2
	q := t*t + b
	return -t / q, (t*t - b) / (q * q)
}

func phi52(t float64) (f, g float64) {
	const b = 0.004
	u := t + b
	return u * u * u * u * (u - 2), u * u * u * (5*u - 8)
}

func phi53(t float64) (f, g float64) {
	const b, l = 0.01, 39
	switch {
	case t <= 1-b:
		f, g = 1-t, -1
	case t >= 1+b:
		f, g = t-1, 1
	default:
		f, g = (t-1)*(t-1)/(2*b)+b/2, (t-1)/b
	}
	w := l * math.Pi / 2
	return f + (1-b)/w*math.Sin(w*t), g + (1-b)*math.Cos(w*t)
}

func phi54(b1, b2 float64) func(t float64) (f, g float64) {
	gamma := func(b float64) float64 { return math.Hypot(1, b) - b }
	c1, c2 := gamma(b1), gamma(b2)
	return func(t float64) (f, g float64) {
		p, q := math.Hypot(1-t, b2), math.Hypot(t, b1)
		return c1*p + c2*q, c1*(t-1)/p + c2*t/q
	}
}

// Tables I to VI: for each first trial the evaluations, the step and the slope.
func TestWolfeTables(t *testing.T) {
	type row struct {
		m        int
		t, slope float64
	}
	rows := 0
	for _, c := range []struct {
		table  string
		phi    func(float64) (float64, float64)
		c1, c2 float64
		rows   [4]row // t0 = 1e-3, 1e-1, 1e1, 1e3
	}{
		{"I", phi51, 1e-3, 0.1, [4]row{{6, 1.4, -9.2e-3}, {3, 1.4, 4.7e-3}, {1, 10, 9.4e-3}, {4, 37, 7.3e-4}}},
		{"II", phi52, 0.1, 0.1, [4]row{{12, 1.6, 7.1e-9}, {8, 1.6, 1.0e-10}, {8, 1.6, -5.0e-9}, {11, 1.6, -2.3e-8}}},
		{"III", phi53, 0.1, 0.1, [4]row{{12, 1, -5.1e-5}, {12, 1, -1.9e-4}, {10, 1, -2.0e-6}, {13, 1, -1.6e-5}}},
		{"IV", phi54(0.001, 0.001), 0.001, 0.001, [4]row{{4, 0.085, -6.9e-5}, {1, 0.1, -4.9e-5}, {3, 0.35, -2.9e-6}, {4, 0.83, 1.6e-5}}},
		{"V", phi54(0.01, 0.001), 0.001, 0.001, [4]row{{6, 0.075, 1.9e-4}, {3, 0.078, 7.4e-4}, {7, 0.073, -2.6e-4}, {8, 0.076, 4.5e-4}}},
		{"VI", phi54(0.001, 0.01), 0.001, 0.001, [4]row{{13, 0.93, 5.2e-4}, {11, 0.93, 8.4e-5}, {8, 0.92, -2.4e-4}, {11, 0.92, -3.2e-4}}},
	} {
		for i, t0 := range []float64{1e-3, 1e-1, 1e1, 1e3} {
			f0, g0 := c.phi(0)
			got, f, g, m, status := Wolfe{C1: c.c1, C2: c.c2}.Search(c.phi, f0, g0, t0)
			w := c.rows[i]
			// The table shows two digits; slopes of 1e-8 are rounding errors of phi.
			near := func(a, b float64) bool {
				return math.Abs(a-b) <= 0.05*math.Pow(10, math.Floor(math.Log10(math.Abs(b))))*1.001
			}
			if m != w.m || !near(got, w.t) || !near(g, w.slope) && math.Abs(g-w.slope) > 1e-8 || status != WolfeOK {
				t.Errorf("table %s, t0 %v: %d evaluations, t %.3g, slope %.2g, %v; the paper has %d, %v, %v", c.table, t0, m, got, g, status, w.m, w.t, w.slope)
			}
			if !(f <= f0+c.c1*got*g0) {
				t.Errorf("table %s, t0 %v: no sufficient decrease", c.table, t0)
			}
			rows++
		}
	}
	if rows != 24 {
		t.Errorf("%d rows: want 24", rows)
	}
}

func TestWolfeStatus(t *testing.T) {
	quad := func(t float64) (float64, float64) { return (t - 1) * (t - 1) / 2, t - 1 }
	line := func(t float64) (float64, float64) { return -t, -1 }
	up := func(t float64) (float64, float64) { return t * t, 1 } // claims to fall at 0, and never does
	wall := func(t float64) (float64, float64) {                 // minimum at 0.5, nothing beyond 0.6
		if t >= 0.6 {
			return math.NaN(), math.NaN()
		}
		return (t - 0.5) * (t - 0.5), 2 * (t - 0.5)
	}
	hole := func(t float64) (float64, float64) { // only the start is in the domain
		if t > 0 {
			return math.Inf(1), math.NaN()
		}
		return 0, -1
	}
	kink := func(t float64) (float64, float64) { return math.Abs(t - 1), math.Copysign(1, t-1) }
	for _, c := range []struct {
		name   string
		w      Wolfe
		phi    func(float64) (float64, float64)
		g0, t0 float64
		t      float64
		evals  int
		status WolfeStatus
	}{
		{"exact first step", Wolfe{}, quad, -1, 1, 1, 1, WolfeOK},
		{"interpolation of a parabola is exact", Wolfe{C2: 1e-3}, quad, -1, 1.9, 1, 2, WolfeOK},
		{"largest step", Wolfe{TMax: 8}, line, -1, 1, 8, 3, WolfeAtMax},
		{"first step beyond the largest", Wolfe{TMax: 0.25, C2: 0.1}, quad, -1, 1, 0.25, 1, WolfeAtMax},
		{"smallest step too long", Wolfe{TMin: 3}, quad, -1, 1, 3, 1, WolfeAtMin},
		{"unbounded", Wolfe{MaxEvals: 5}, line, -1, 1, 341, 5, WolfeMaxEvals},
		{"no descent at all", Wolfe{Noise: -1}, up, -1, 1, 0, 20, WolfeMaxEvals},
		{"ascent", Wolfe{}, quad, 1, 1, 0, 0, WolfeAscent},
		{"NaN slope", Wolfe{}, quad, math.NaN(), 1, 0, 0, WolfeAscent},
		{"edge of the domain", Wolfe{C2: 1e-3}, wall, -1, 1, 0.5, 2, WolfeOK},
		{"edge of the domain, from below", Wolfe{C2: 1e-3}, wall, -1, 0.1, 0.5, 2, WolfeOK},
		{"nothing finite", Wolfe{}, hole, -1, 1, 0, 20, WolfeMaxEvals},
		{"a wall at a step too short to halve", Wolfe{MaxEvals: 3000}, hole, -1, 1, 0, 1075, WolfeRounding},
		{"bracket of the width XTol", Wolfe{XTol: 0.1, C2: 0.5}, kink, -1, 0.3, 0, 0, WolfeRounding},
	} {
		f0, _ := c.phi(0)
		if c.name == "edge of the domain" || c.name == "edge of the domain, from below" {
			f0 = 0.25
		}
		last := math.NaN()
		got, f, g, m, status := c.w.Search(func(t float64) (float64, float64) { last = t; return c.phi(t) }, f0, c.g0, c.t0)
		if c.name == "bracket of the width XTol" {
			c.t, c.evals = got, m
		}
		if math.Abs(got-c.t) > 1e-15 || m != c.evals || status != c.status {
			t.Errorf("%s: t %v after %d evaluations, %v; want %v after %d, %v", c.name, got, m, status, c.t, c.evals, c.status)
		}
		if got != 0 && (got != last) {
			t.Errorf("%s: phi was last called at %v, the result is %v", c.name, last, got)
		}
		wf, wg := c.phi(got)
		if got == 0 {
			wf, wg = f0, c.g0
		}
		if f != wf || g != wg && g == g {
			t.Errorf("%s: value %v, slope %v; want %v, %v", c.name, f, g, wf, wg)
		}
	}
	if s := WolfeAtMax.String(); s != "at the largest step" || WolfeStatus(77).String() != "unknown" {
		t.Errorf("WolfeAtMax is %q", s)
	}
}

// Near a minimizer with a large value, decrease is below the rounding of phi: only
// the slopes can find the point.
func TestWolfeNoise(t *testing.T) {
	const big = 1e8 // ulp 1.5e-8, decrease 5e-13
	phi := func(t float64) (float64, float64) { return big + (t-1e-6)*(t-1e-6)/2, t - 1e-6 }
	f0, g0 := phi(0)
	got, _, g, _, status := Wolfe{C2: 1e-3}.Search(phi, f0, g0, 3e-6)
	if status != WolfeOK || math.Abs(g) > 1e-9 {
		t.Errorf("t %v, slope %v, %v: want the minimizer 1e-6", got, g, status)
	}
	if _, _, _, _, status := (Wolfe{C2: 1e-3, Noise: -1}).Search(phi, f0, g0, 3e-6); status == WolfeOK {
		t.Error("found without slopes: the test is too easy")
	}
}

func TestWolfeAllocs(t *testing.T) {
	f0, g0 := phi52(0)
	if n := testing.AllocsPerRun(10, func() { Wolfe{C1: 0.1, C2: 0.1}.Search(phi52, f0, g0, 1e-3) }); n != 0 {
		t.Errorf("%v allocations", n)
	}
}

// FuzzWolfe searches along quartics and rationals: what is found must meet the
// conditions, and what is not found must not be worse than the start.
func FuzzWolfe(f *testing.F) {
	f.Add(1.0, -2.0, 3.0, 0.5, 1.0)
	f.Add(0.0, 0.0, 0.0, 1.0, 1e-6)
	f.Add(-3.0, 1.0, 1e-3, -40.0, 1e3)
	f.Fuzz(func(t *testing.T, a, b, c, e, t0 float64) {
		for _, v := range []float64{a, b, c, e, t0} {
			if !(math.Abs(v) < 1e6) {
				t.Skip("beyond 1e6 rounding decides")
			}
		}
		if t0 = math.Abs(t0); t0 < 1e-6 {
			t.Skip("a first step that is hardly one")
		}
		e = math.Abs(e) + 1e-3
		for k, phi := range []func(float64) (float64, float64){
			func(t float64) (float64, float64) {
				return -t + t*t*(a+t*(b+t*e)), -1 + t*(2*a+t*(3*b+t*4*e))
			},
			func(t float64) (float64, float64) { // bounded: (a t^2 - t) / (1 + e t^2) + sin(c t) - c t / (1 + t^2)
				q, u := 1+e*t*t, 1+t*t
				return (a*t*t-t)/q + math.Sin(c*t) - c*t/u, ((2*a*t-1)*q-(a*t*t-t)*2*e*t)/(q*q) + c*math.Cos(c*t) - c*(1-t*t)/(u*u)
			},
		} {
			w := Wolfe{C1: 1e-3, C2: 0.4, MaxEvals: 60, Noise: -1}
			f0, g0 := phi(0)
			last := 0.0
			got, v, g, m, status := w.Search(func(t float64) (float64, float64) {
				if !(t > 0) || math.IsInf(t, 0) {
					panic("trial outside of (0, Inf)")
				}
				last = t
				return phi(t)
			}, f0, g0, t0)
			if m > 61 || got != 0 && got != last {
				t.Errorf("function %d: %d evaluations, the last at %v, result %v", k, m, last, got)
			}
			if status == WolfeOK && !(v <= f0+w.C1*got*g0+1e-12*math.Abs(f0) && math.Abs(g) <= -w.C2*g0) {
				t.Errorf("function %d: t %v, value %v, slope %v do not meet the conditions from %v, %v", k, got, v, g, f0, g0)
			}
			if !(v <= f0) {
				t.Errorf("function %d: %v: value %v from %v", k, status, v, f0)
			}
		}
	})
}
