package prox

import (
	"math"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/godescent/descent"
	"github.com/godescent/descent/descenttest"
)

func testBox(t *testing.T) Box {
	box, err := NewBox(6, []float64{-1, 0, math.Inf(-1), 0.5, -2, 0}, []float64{1, math.Inf(1), math.Inf(1), 0.5, -1, 3})
	if err != nil {
		t.Fatal(err)
	}
	return box
}

func TestSeparable(t *testing.T) {
	box := testBox(t)
	weights := WeightedL1{0.5, []float64{1, 0, 2, 0.1, 1, 3}}
	for _, h := range []descent.Regularizer{L1{0.3}, L2{2}, ElasticNet{0.3, 2}, box, NonNeg(6), L1Box{0.4, box}, L1Box{0.4, NonNeg(6)},
		weights, Head{4, L1{0.3}}, Head{4, MCP{0.3, 2}}, Head{6, box}, Head{H: L1{}},
		Except{L1Box{0.4, box}, []bool{false, true, true, false, false, true}, box}, Except{H: L1{0.3}, Spared: []bool{true, false, false, false, true, false}}, Head{6, Except{H: MCP{0.3, 2}, Spared: make([]bool, 6)}}} {
		s, err := Coordinates(h, 6)
		if err != nil {
			t.Fatal(err)
		}
		descenttest.TestSeparable(t, s.(interface {
			descent.Regularizer
			Separable
		}), 6)
	}
}

func TestNonconvex(t *testing.T) {
	for name, h := range map[string]interface {
		descent.Regularizer
		Separable
	}{
		"MCP": MCP{0.7, 3}, "MCP steep": MCP{2, 1.01}, "SCAD": SCAD{Lambda: 0.7}, "SCAD steep": SCAD{1.3, 2.1},
		"LogSum": LogSum{0.5, 0.1}, "LogSum blunt": LogSum{1.5, 1}, "LogSum sharp": LogSum{0.3, 1e-3},
	} {
		t.Run(name, func(t *testing.T) { descenttest.TestNonconvexProx(t, h, 2) })
	}
}

// No drawn point beats the prox, for drawn parameters, and nowhere does it decrease;
// steps are drawn at the limit of convexity too, where a formula would divide by 0.
func TestNonconvexDrawn(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		draw := func(lo, hi float64, name string) float64 { return rapid.Float64Range(lo, hi).Draw(t, name) }
		l, a := draw(0, 5, "lambda"), draw(1.001, 6, "a")
		h := []Separable{MCP{l, a}, SCAD{l, 1 + a}, LogSum{l, a - 1}}[rapid.IntRange(0, 2).Draw(t, "penalty")]
		if err := h.(interface{ Check() error }).Check(); err != nil {
			t.Fatal(err)
		}
		step := rapid.OneOf(rapid.Float64Range(1e-3, 20), rapid.SampledFrom([]float64{a, math.Nextafter(a, 0), math.Nextafter(a, 9), a + 2})).Draw(t, "t")
		v := draw(0, 40, "v")
		phi := func(u float64) float64 { return h.At(0, u) + (u-v)*(u-v)/(2*step) }
		p := h.ProxAt(0, v, step)
		if u := draw(-1, 1, "u") * v; phi(u) < phi(p)-1e-12*(1+phi(p)) {
			t.Fatalf("%v: prox %v has %v, %v has %v", h, p, phi(p), u, phi(u))
		}
		if w := draw(0, 1, "w") * v; h.ProxAt(0, w, step) > p+1e-12*(1+p) {
			t.Fatalf("%v: prox of %v is %v, of %v is %v", h, w, h.ProxAt(0, w, step), v, p)
		}
		if d := worstDist(h, []float64{p}, []float64{(p - v) / step}); step < 0.9*a && d > 1e-9*(1+v/step) {
			t.Fatalf("%v: prox %v is not stationary: %v", h, p, d)
		}
	})
}

// Hand-computed proxes, ties among them: the smaller of two minimizers wins.
func TestNonconvexKnown(t *testing.T) {
	for _, c := range []struct {
		h          Separable
		v, t, want float64
	}{
		{MCP{1, 3}, 0.9, 1, 0}, {MCP{1, 3}, 2, 1, 1.5}, {MCP{1, 3}, 3, 1, 3}, {MCP{1, 3}, -8, 1, -8},
		{MCP{1, 4}, 6, 9, 0}, {MCP{1, 4}, 6.001, 9, 6.001}, {MCP{1, 4}, 4, 4, 0}, {MCP{0, 4}, 4, 8, 4},
		{SCAD{1, 3}, 1.5, 1, 0.5}, {SCAD{1, 3}, 2.5, 1, 2}, {SCAD{1, 3}, 4, 1, 4},
		{SCAD{1, 3}, 3.5, 3, 0.5}, {SCAD{1, 3}, 3.501, 3, 3.501}, {SCAD{1, 3}, 3, 2, 1},
		{SCAD{1, 3}, 6, 9, 0}, {SCAD{1, 3}, -6.001, 9, -6.001}, {SCAD{0, 3}, 6, 9, 6},
		{LogSum{1, 1}, 1, 1, 0}, {LogSum{1, 1}, 3, 1, 1 + math.Sqrt(3)}, {LogSum{1, 2}, 1, 2, 0},
		{LogSum{0.5, 2}, 1, 2, (math.Sqrt(5) - 1) / 2}, {LogSum{0, 2}, 1.7, 2, 1.7}, {LogSum{1, 1e-9}, 1, 0.1, 0},
	} {
		if got := c.h.ProxAt(0, c.v, c.t); math.Abs(got-c.want) > 1e-15*(1+math.Abs(c.want)) {
			t.Errorf("%T%v: prox of %v with step %v is %v, want %v", c.h, c.h, c.v, c.t, got, c.want)
		}
	}
	if (SCAD{Lambda: 2}).At(0, 9) != (SCAD{2, 3.7}).At(0, 9) {
		t.Error("a = 0 is not 3.7")
	}
}

// A penalty's limit is another penalty.
func TestLimits(t *testing.T) {
	for _, v := range []float64{-3, -0.2, 0, 1, 2.5} {
		want := L1{1}.ProxAt(0, v, 0.5)
		for _, h := range []Separable{MCP{1, 1e12}, SCAD{1, 1e12}, LogSum{1e12, 1e12}, WeightedL1{0.5, []float64{2}}} {
			if got := h.ProxAt(0, v, 0.5); math.Abs(got-want) > 1e-11 {
				t.Errorf("%T%v: prox of %v is %v, of l1 %v", h, h, v, got, want)
			}
		}
	}
}

// The groups of MultiTask, written out, give the same bits.
func TestMultiTask(t *testing.T) {
	rows := GroupL1{Lambda: 0.7, Groups: [][]int{{0, 3, 6}, {1, 4, 7}, {2, 5, 8}}, Weights: []float64{1, 1, 1}}
	h := MultiTask{0.7, 3}
	rapid.Check(t, func(t *rapid.T) {
		x := rapid.SliceOfN(rapid.OneOf(rapid.Just(0.0), rapid.Float64Range(-2, 2)), 9, 9).Draw(t, "x")
		g := rapid.SliceOfN(rapid.Float64Range(-2, 2), 9, 9).Draw(t, "g")
		a, b := make([]float64, 9), make([]float64, 9)
		h.Prox(a, x, 0.9)
		rows.Prox(b, x, 0.9)
		if !slices.Equal(a, b) || h.Value(x) != rows.Value(x) || h.SubdiffDist(x, g) != rows.SubdiffDist(x, g) {
			t.Fatalf("prox %v, as groups %v", a, b)
		}
	})
	// One output is l1; d = 0 means that; more features than variables cost nothing.
	x, a, b := []float64{3, -0.5, -2}, make([]float64, 3), make([]float64, 3)
	L1{1}.Prox(b, x, 1)
	for _, d := range []int{0, 3, math.MaxInt} {
		if (MultiTask{1, d}).Prox(a, x, 1); !slices.Equal(a, b) {
			t.Errorf("%d features: prox %v, want %v", d, a, b)
		}
	}
}

func TestChecks(t *testing.T) {
	nan, inf := math.NaN(), math.Inf(1)
	for _, c := range []struct {
		h    interface{ Check() error }
		want string // "" for none
	}{
		{MCP{1, 1.5}, ""}, {MCP{0, 3}, ""}, {SCAD{1, 0}, ""}, {SCAD{1, 2.5}, ""}, {LogSum{1, 1e-9}, ""}, {MultiTask{1, 4}, ""},
		{WeightedL1{1, []float64{0, 2}}, ""},
		{MCP{1, 1}, "gamma 1: want a finite number > 1"}, {MCP{1, nan}, "gamma NaN"}, {MCP{1, inf}, "gamma +Inf"}, {MCP{-1, 3}, "lambda -1: want a finite number >= 0"},
		{SCAD{1, 2}, "a 2: want a finite number > 2, or 0 for 3.7"}, {SCAD{1, nan}, "a NaN"}, {SCAD{1, inf}, "a +Inf"}, {SCAD{nan, 3}, "lambda NaN"},
		{LogSum{1, 0}, "eps 0: want"}, {LogSum{1, nan}, "eps NaN"}, {LogSum{1, inf}, "eps +Inf"}, {LogSum{inf, 1}, "lambda +Inf"},
		{MultiTask{1, -1}, "-1 features"}, {MultiTask{-2, 1}, "lambda -2"},
		{WeightedL1{1, []float64{0, -2}}, "weights[1] -2"}, {WeightedL1{1, []float64{nan}}, "weights[0] NaN"}, {WeightedL1{-1, nil}, "lambda -1"},
	} {
		err := c.h.Check()
		if c.want == "" && err != nil || c.want != "" && (err == nil || !strings.Contains(err.Error(), c.want)) {
			t.Errorf("%T%v: error %v, want %q", c.h, c.h, err, c.want)
		}
	}
}

func TestCoordinates(t *testing.T) {
	if s, err := Coordinates(nil, 3); err != nil || s.At(2, 5) != 0 || s.ProxAt(0, 5, 1) != 5 || s.DistAt(1, 0, -2) != 2 {
		t.Errorf("nil: %v, %v", s, err)
	}
	groups := GroupL1{Lambda: 1, Groups: [][]int{{0, 1}}}
	for _, c := range []struct {
		h    descent.Regularizer
		want string
	}{
		{groups, "prox.GroupL1 is not known to be a sum"}, {Head{2, groups}, "prox.GroupL1 is not known to be a sum"}, {MultiTask{1, 1}, "prox.MultiTask"},
		{MCP{1, 0.5}, "gamma 0.5"}, {Head{2, MCP{1, 0.5}}, "gamma 0.5"}, {Head{4, L1{1}}, "Head of 4 coordinates: want 0 to 3"}, {Head{-1, L1{1}}, "Head of -1"},
		{Head{}, "without a penalty"}, {NonNeg(2), "want 3 of each"}, {Box{}, "without bounds"}, {L1Box{1, NonNeg(4)}, "want 3 of each"},
		{WeightedL1{1, []float64{1}}, "1 weights: want 3"}, {Head{2, WeightedL1{1, make([]float64, 3)}}, "3 weights: want 2"},
	} {
		if _, err := Coordinates(c.h, 3); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%T%v: error %v, want %q", c.h, c.h, err, c.want)
		}
	}
}

// Dists is DistAt of every coordinate, at kinks, beside them, and for NaN.
func TestL1Dists(t *testing.T) {
	h, nan := L1{0.5}, math.NaN()
	x := []float64{0, 0, 0, 0, 1, -1, 1, nan, 0, math.Copysign(0, -1)}
	g := []float64{0.5, -0.5, 0.7, -0.7, -0.5, 0.2, 0.3, 0, nan, -0.6}
	d := make([]float64, len(x))
	h.Dists(d, x, g)
	for j := range x {
		if want := h.DistAt(j, x[j], g[j]); math.Float64bits(d[j]) != math.Float64bits(want) && (d[j] == d[j] || want == want) {
			t.Errorf("x = %v, g = %v: %v, DistAt %v", x[j], g[j], d[j], want)
		}
	}
}
