package rule

import (
	"math"
	"reflect"
	"testing"

	"github.com/godescent/descent/linalg"
	"github.com/godescent/descent/rng"
)

// cases has each rule with its options at other values than the defaults, and bad ones.
var cases = []struct {
	name         string
	rule         Rule
	variants     []Rule // one for each option
	bad          []Rule
	zeroGradient bool // leaves x alone from the start
}{
	{"sgd", SGD{Momentum: 0.5},
		[]Rule{SGD{}, SGD{Momentum: 0.5, Dampening: 0.3}, SGD{Momentum: 0.5, Nesterov: true}, SGD{Momentum: 0.5, Decay: 0.1}},
		[]Rule{SGD{Momentum: 1}, SGD{Dampening: -1}, SGD{Nesterov: true}, SGD{Momentum: 0.5, Nesterov: true, Dampening: 0.1}, SGD{Decay: math.NaN()}}, true},
	{"adam", Adam{}, []Rule{Adam{Beta1: 0.5}, Adam{Beta2: 0.5}, Adam{Eps: 0.1}, Adam{Decay: 0.1}, Adam{Beta2: 0.5, AMSGrad: true}},
		[]Rule{Adam{Beta1: 1}, Adam{Beta2: -0.1}, Adam{Eps: math.Inf(1)}, Adam{Decay: -1}}, true},
	{"adamw", AdamW{}, []Rule{AdamW{Beta1: 0.5}, AdamW{Beta2: 0.5}, AdamW{Eps: 0.1}, AdamW{Decay: -1}, AdamW{Beta2: 0.5, AMSGrad: true}},
		[]Rule{AdamW{Beta1: math.NaN()}, AdamW{Beta2: 2}, AdamW{Eps: -1}, AdamW{Decay: math.Inf(1)}}, false},
	{"rmsprop", RMSProp{}, []Rule{RMSProp{Alpha: 0.5}, RMSProp{Eps: 0.1}, RMSProp{Momentum: 0.5}, RMSProp{Centered: true}, RMSProp{Decay: 0.1}},
		[]Rule{RMSProp{Alpha: 1}, RMSProp{Eps: -1}, RMSProp{Momentum: 1}, RMSProp{Decay: -1}}, true},
	{"lion", Lion{}, []Rule{Lion{Beta1: 0.2}, Lion{Beta2: 0.1}, Lion{Decay: 0.1}}, []Rule{Lion{Beta1: 1}, Lion{Beta2: 1}, Lion{Decay: math.NaN()}}, true},
}

// walk takes steps of a rule on a quadratic with some noise, and returns all iterates.
func walk[T float32 | float64](r Rule, n, steps int, between func(x []T, s *State[T]) ([]T, *State[T])) []T {
	x, g, s, stream := make([]T, n), make([]T, n), NewState[T](r, n), rng.New(1, "rule walk")
	for i := range x {
		x[i] = T(stream.Norm())
	}
	var all []T
	for k := range steps {
		for i, v := range x {
			g[i] = T(1+i%3)*v + T(0.3*math.Sin(float64(k*7+i)))
		}
		Step(r, x, g, s, 0.05)
		all = append(all, x...)
		if between != nil {
			x, s = between(x, s)
		}
	}
	return all
}

func TestRules(t *testing.T) {
	for _, c := range cases {
		if err := c.rule.Check(); err != nil {
			t.Errorf("%s: %v", c.name, err)
		}
		if c.rule.Rate() <= 0 {
			t.Errorf("%s: learning rate %v", c.name, c.rule.Rate())
		}
		base := walk[float64](c.rule, 20, 30, nil)
		if fields := reflect.TypeOf(c.rule).NumField(); len(c.variants) < fields {
			t.Errorf("%s: %d variants of %d options", c.name, len(c.variants), fields)
		}
		for _, v := range c.variants {
			if err := v.Check(); err != nil {
				t.Errorf("%s: %v", c.name, err)
			}
			if reflect.DeepEqual(base, walk[float64](v, 20, 30, nil)) {
				t.Errorf("%s: %+v and %+v have the same trajectory", c.name, c.rule, v)
			}
		}
		for _, v := range c.bad {
			if v.Check() == nil {
				t.Errorf("%s: %+v is not refused", c.name, v)
			}
		}
	}
}

// float32 follows float64 to its own rounding.
func TestFloat32(t *testing.T) {
	for _, c := range cases {
		if c.name == "lion" {
			continue // a sign may flip where the average is 0 up to rounding
		}
		a, b := walk[float64](c.rule, 20, 30, nil), walk[float32](c.rule, 20, 30, nil)
		for i, v := range a {
			if math.Abs(v-float64(b[i])) > 1e-4*(1+math.Abs(v)) {
				t.Fatalf("%s: number %d is %v in float64, %v in float32", c.name, i, v, b[i])
			}
		}
	}
}

// A state that is copied and put back goes on with the same bits; so do parts on one or
// two goroutines.
func TestStateRoundTrip(t *testing.T) {
	for _, c := range cases {
		n := 2*portion + 3
		want := walk[float32](c.rule, n, 3, nil)
		got := walk(c.rule, n, 3, func(x []float32, s *State[float32]) ([]float32, *State[float32]) {
			fresh := NewState[float32](c.rule, n)
			fresh.K = s.K
			for i, v := range s.Vectors {
				copy(fresh.Vectors[i], v)
			}
			return append([]float32(nil), x...), fresh
		})
		linalg.SetWorkers(1)
		alone := walk[float32](c.rule, n, 3, nil)
		linalg.SetWorkers(0)
		for i, v := range want {
			if v != got[i] || v != alone[i] {
				t.Fatalf("%s: number %d is %v, %v after restoring, %v on one worker", c.name, i, v, got[i], alone[i])
			}
		}
	}
}

// A zero gradient moves nothing without decay; NaN stays in its own parameter.
func TestZeroAndNaN(t *testing.T) {
	for _, c := range cases {
		x, g, s := []float64{1, -2, 3}, make([]float64, 3), NewState[float64](c.rule, 3)
		Step(c.rule, x, g, s, 0.1)
		if c.zeroGradient && (x[0] != 1 || x[1] != -2 || x[2] != 3) {
			t.Errorf("%s: a zero gradient moves x to %v", c.name, x)
		}
		g[1] = math.NaN()
		Step(c.rule, x, g, s, 0.1)
		if x[0] != x[0] || x[1] == x[1] || x[2] != x[2] {
			t.Errorf("%s: NaN in the gradient of x[1] makes %v", c.name, x)
		}
	}
}

func TestStepAllocatesNothing(t *testing.T) {
	for _, c := range cases {
		n := portion + 5
		x, g, s := make([]float32, n), make([]float32, n), NewState[float32](c.rule, n)
		Step(c.rule, x, g, s, 0.1)
		if a := testing.AllocsPerRun(10, func() { Step(c.rule, x, g, s, 0.1) }); a > 0 {
			t.Errorf("%s: %v allocations a step", c.name, a)
		}
	}
}

func BenchmarkStep(b *testing.B) {
	for _, c := range cases {
		b.Run(c.name, func(b *testing.B) {
			n := 1_000_000
			x, g, s := make([]float32, n), make([]float32, n), NewState[float32](c.rule, n)
			for i := range g {
				g[i] = float32(i%7) - 3
			}
			b.SetBytes(int64(4 * n * (3 + 2*c.rule.Vectors())))
			for b.Loop() {
				Step(c.rule, x, g, s, 1e-9)
			}
		})
	}
}
