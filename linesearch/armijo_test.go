package linesearch_test

import (
	"fmt"
	"math"
	"testing"

	"github.com/godescent/descent/linesearch"
)

func TestArmijo(t *testing.T) {
	parabola := func(t float64) float64 { return (t - 1) * (t - 1) }  // phi'(0) = -2; c1 = 1/2 holds for t <= 1
	log := func(t float64) float64 { return t - math.Log(1-t) - 3*t } // +Inf or NaN from 1 on, phi'(0) = -1
	plunge := func(t float64) float64 {
		if t > 0.3 {
			return math.Inf(-1)
		}
		return -t
	}
	cases := []struct {
		name              string
		phi               func(float64) float64
		f0, slope, t0, c1 float64
		max               int
		t                 float64
		ok                bool
		calls             int
	}{
		{"first trial", parabola, 1, -2, 0.5, 0.5, 10, 0.5, true, 1},
		{"boundary", parabola, 1, -2, 1, 0.5, 10, 1, true, 1},
		{"three trials", parabola, 1, -2, 4, 0.5, 10, 1, true, 3},
		{"small c1", parabola, 1, -2, 4, 1e-4, 10, 1, true, 3},
		{"non-monotone", parabola, 5, -2, 3, 1e-4, 10, 3, true, 1},
		{"out of the domain", log, 0, -1, 8, 1e-4, 10, 0.5, true, 5},
		{"minus infinity", plunge, 0, -1, 1, 0.5, 10, 0.25, true, 3},
		{"too few trials", parabola, 1, -2, 4, 0.5, 2, 0, false, 2},
		{"ascent", func(t float64) float64 { return t }, 0, -1, 1, 0.5, 20, 0, false, 20},
		{"NaN", func(float64) float64 { return math.NaN() }, 0, -1, 1, 0.5, 7, 0, false, 7},
		{"slope 0", parabola, 1, 0, 1, 0.5, 10, 0, false, 0},
		{"slope NaN", parabola, 1, math.NaN(), 1, 0.5, 10, 0, false, 0},
		{"step NaN", parabola, 1, -2, math.NaN(), 0.5, 10, 0, false, 0},
		{"f0 NaN", parabola, math.NaN(), -2, 1, 0.5, 3, 0, false, 3},
	}
	for _, c := range cases {
		calls := 0
		phi := func(t float64) float64 { calls++; return c.phi(t) }
		got, ft, ok := linesearch.Armijo(phi, c.f0, c.slope, c.t0, c.c1, 0.5, c.max)
		if got != c.t || ok != c.ok || calls != c.calls {
			t.Errorf("%s: t = %v, %v after %d calls; want %v, %v after %d", c.name, got, ok, calls, c.t, c.ok, c.calls)
		}
		if ok && ft != c.phi(got) {
			t.Errorf("%s: ft = %v, phi(t) = %v", c.name, ft, c.phi(got))
		}
	}
}

func ExampleArmijo() {
	phi := func(t float64) float64 { return math.Pow(1-2*t, 2) } // f(x) = x^2 from 1 along -f'
	t, ft, ok := linesearch.Armijo(phi, 1, -4, 1, 0.5, 0.5, 20)
	fmt.Println(t, ft, ok)
	// Output: 0.5 0 true
}
