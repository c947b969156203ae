package rule

import (
	"math"
	"testing"
)

// moved is what a rule makes of gradients: those that it hands to the rule that it wraps.
type moved struct {
	scope Scope
	g     *[]float64
}

func (r moved) Check() error            { return nil }
func (r moved) Rate() float64           { return 1 }
func (r moved) Vectors() int            { return 0 }
func (r moved) Needs() Needs            { return Needs{Scope: r.scope} }
func (r moved) Step32(*Part[float32])   {}
func (r moved) Step64(p *Part[float64]) { *r.g = append(*r.g, p.G...) }

// Rules that change gradients by rows do the same around a rule of all parameters as in each block alone.
func TestGradientsByRows(t *testing.T) {
	for name, wrap := range map[string]func(Rule) Rule{
		"centralize":    func(r Rule) Rule { return Centralize{r} },
		"adaptive clip": func(r Rule) Rule { return AdaptiveClip{Rule: r, Ratio: 0.3} },
		"both":          func(r Rule) Rule { return Centralize{AdaptiveClip{Rule: r, Ratio: 0.3}} },
	} {
		var want []float64
		for i := range testBlocks { // each alone
			var got []float64
			w := newWalk(wrap(moved{Elements, &got}))
			w.gradient(w.g, w.x)
			lo := 0
			for _, b := range testBlocks[:i] {
				lo += b.Size()
			}
			hi := lo + testBlocks[i].Size()
			s := NewState[float64](w.rule, hi-lo, testBlocks[i])
			Step(w.rule, w.x[lo:hi], w.g[lo:hi], s, 1)
			want = append(want, got...)
		}
		var got []float64
		w := newWalk(wrap(moved{Whole, &got}))
		w.step(1)
		if len(got) != len(want) {
			t.Fatalf("%s: %d gradients of all parameters, %d of blocks alone", name, len(got), len(want))
		}
		for i := range want {
			if math.Abs(got[i]-want[i]) > 1e-15 {
				t.Fatalf("%s: g[%d] is %v among all parameters, %v in its block alone", name, i, got[i], want[i])
			}
		}
	}
}

// The answer of groups is that of each block's rule.
func TestAnswerOfGroups(t *testing.T) {
	r := Groups{Groups: []Group{{Pattern: "*.bias", Rule: Average{Rule: ASGD{Start: 2}}}}, Rest: Decay{Rule: ScheduleFreeAdamW{}}}
	w := newWalk(Clip{Rule: r, Norm: 1})
	for range 6 {
		w.step(0.1)
	}
	got := make([]float64, testSize)
	Answer(w.rule, got, w.x, w.s)
	z, average := w.s.Vectors[0], w.s.Vectors[0] // of schedule-free, and of Average
	lo := 0
	for _, b := range testBlocks {
		for i := lo; i < lo+b.Size(); i++ {
			want := w.x[i] + (1-1/0.9)*(z[i]-w.x[i])
			if b.Name == "a.bias" {
				want = average[i]
			}
			if math.Abs(got[i]-want) > 1e-15 || got[i] == w.x[i] {
				t.Fatalf("%s: the answer is %v, x %v: want %v", b.Name, got[i], w.x[i], want)
			}
		}
		lo += b.Size()
	}
}

// Rules of all parameters remember their scalars once; those that run on blocks have them for each.
func TestScalars(t *testing.T) {
	for _, c := range []struct {
		r    Rule
		want int
	}{
		{MFAC{Window: 8}, 64},
		{Mechanic{Rule: Adam{}}, 24},
		{NAdam{}, 1},
		{NovoGrad{}, 3},
		{Clip{Norm: 1, Rule: NovoGrad{}}, 3},
		{Clip{Norm: 1, Rule: NAdam{}}, 1},
		{Clip{Norm: 1, Rule: AdaptiveClip{Rule: NAdam{}}}, 3},
		{Centralize{DoG{}}, 2},
	} {
		if s := NewState[float64](c.r, testSize, testBlocks...); len(s.Scalars) != c.want {
			t.Errorf("%T remembers %d numbers for 3 blocks: want %d", c.r, len(s.Scalars), c.want)
		}
	}
}

// Memory is what a state takes.
func TestMemory(t *testing.T) {
	for _, e := range All() {
		r := e.New()
		s, wide := NewState[float32](r, testSize, testBlocks...), NewState[float64](r, testSize, testBlocks...)
		if want := 4*(s.Numbers()-len(s.Scalars)) + 8*len(s.Scalars); Memory[float32](r, testBlocks...) != want {
			t.Errorf("%s: %d bytes in float32: want %d", e.Name, Memory[float32](r, testBlocks...), want)
		}
		if want := 8 * wide.Numbers(); Memory[float64](r, testBlocks...) != want {
			t.Errorf("%s: %d bytes in float64: want %d", e.Name, Memory[float64](r, testBlocks...), want)
		}
	}
	if got := Memory[float32](Adam{}, Block{Shape: []int{10}}); got != 80 {
		t.Errorf("Adam remembers %d bytes of 10 parameters: want 80", got)
	}
}

// A state that has taken steps goes on from what is restored into it.
func TestRestoreIntoUsedState(t *testing.T) {
	a, b := newWalk(Adam{}), newWalk(Adam{})
	for range 3 {
		a.step(0.1)
	}
	b.step(0.1)
	b.k, b.s.K, b.s.Vectors = a.k, a.s.K, [][]float64{append([]float64(nil), a.s.Vectors[0]...), append([]float64(nil), a.s.Vectors[1]...)}
	copy(b.x, a.x)
	a.step(0.1)
	b.step(0.1)
	for i := range a.x {
		if a.x[i] != b.x[i] {
			t.Fatalf("x[%d] is %v, restored %v", i, a.x[i], b.x[i])
		}
	}
}

// No parameters are a case like others, alone and wrapped.
func TestNoParameters(t *testing.T) {
	for _, e := range All() {
		for _, r := range []Rule{e.New(), Clip{Rule: e.New(), Norm: 1}, CoordinateClip{Rule: e.New()}} {
			s := NewState[float32](r, 0)
			o := &Oracle[float32]{
				Value: func([]float32) float64 { return 0 }, Gradient: func(_, _ []float32) float64 { return 0 }, Curvature: func(_, _ []float32) {},
			}
			StepWith(r, nil, nil, s, 0.1, o)
			StepWith(r, nil, nil, s, 0.1, o)
			Answer(r, nil, nil, s)
			if s.K != 2 {
				t.Errorf("%s: %d steps", e.Name, s.K)
			}
		}
	}
}

// A learning rate of 0, as at the start of warming up, is no lasting harm.
func TestRateZeroFirst(t *testing.T) {
	for _, e := range All() {
		r := e.New()
		if c, free := r.(*Mechanic); free {
			c.First = 0.1
		}
		x, g, s := []float64{1, -2, 3}, make([]float64, 3), NewState[float64](r, 3)
		f := func(g, x []float64) (v float64) {
			for i := range x {
				g[i], v = x[i], v+x[i]*x[i]/2
			}
			return v
		}
		o := &Oracle[float64]{Gradient: f, Curvature: func(h, _ []float64) { fill(h, 1) }, Value: func(x []float64) float64 { return f(make([]float64, len(x)), x) }}
		before := 0.0
		for k := range 30 {
			if o.Loss = f(g, x); k == 1 {
				before = x[0]
			}
			StepWith(r, x, g, s, max(0, min(1, float64(k)))*r.Rate(), o)
		}
		if x[0] == before || x[0]-x[0] != 0 {
			t.Errorf("%s: x[0] is %v after a step with lr = 0, and %v after 29 others", e.Name, before, x[0])
		}
	}
}

// A constant gradient leaves the variance that centered RMSProp divides by at 0, not below.
func TestCenteredVariance(t *testing.T) {
	r := RMSProp{Centered: true, Alpha: 0.9}
	x, g, s := make([]float32, 100), make([]float32, 100), NewState[float32](r, 100)
	for i := range g {
		g[i] = float32(math.Sin(float64(i + 1)))
	}
	for range 500 {
		Step(r, x, g, s, 1e-3)
	}
	for i, v := range x {
		if v-v != 0 {
			t.Fatalf("x[%d] is %v after gradients of %v", i, v, g[i])
		}
	}
}

// Sides longer than Largest are not preconditioned, both if both are.
func TestLargest(t *testing.T) {
	for _, c := range []struct {
		shape []int
		want  int
	}{{[]int{3, 2}, 26}, {[]int{5, 3}, 18}, {[]int{3, 5}, 18}, {[]int{5, 6}, 0}, {[]int{6, 5}, 0}} {
		if got := (Shampoo{Largest: 4}).Extra(c.shape); got != c.want {
			t.Errorf("shampoo remembers %d numbers of %v: want %d", got, c.shape, c.want)
		}
		if got := (SOAP{Largest: 4}).Extra(c.shape); got != c.want {
			t.Errorf("soap remembers %d numbers of %v: want %d", got, c.shape, c.want)
		}
	}
}

// Large gradients, whose products have eigenvalues that rounding takes below 0, leave x finite.
func TestLargeGradients(t *testing.T) {
	for _, r := range []Rule{Shampoo{}, MFAC{Window: 6}, SOAP{}} {
		b := Block{Shape: []int{12, 3}}
		x, g, s := make([]float32, 36), make([]float32, 36), NewState[float32](r, 36, b)
		for k := range 10 {
			for i := range g {
				g[i] = 1e4 * float32(math.Sin(float64(i*i+1))+1e-3*math.Sin(float64(k*i)))
			}
			Step(r, x, g, s, 0.1)
		}
		for i, v := range x {
			if !(math.Abs(float64(v)) < 1e6) {
				t.Fatalf("%T: x[%d] is %v", r, i, v)
			}
		}
	}
}

// A search along a line where the function has no finite values far out ends where it has one.
func TestWolfeInfinite(t *testing.T) {
	r := LBFGS{Wolfe: true}
	f := func(g, x []float64) float64 { // -log(1 - x) - 3 log(x), on (0, 1)
		g[0] = 1/(1-x[0]) - 3/x[0]
		if x[0] >= 1 || x[0] <= 0 {
			g[0] = math.NaN()
			return []float64{math.Inf(1), math.NaN()}[int(math.Abs(x[0]))%2]
		}
		return -math.Log(1-x[0]) - 3*math.Log(x[0])
	}
	x, g, s := []float64{0.05}, make([]float64, 1), NewState[float64](r, 1)
	o := &Oracle[float64]{Gradient: f}
	for range 30 {
		o.Loss = f(g, x)
		StepWith(r, x, g, s, 5, o)
	}
	if !(math.Abs(x[0]-0.75) < 1e-6) {
		t.Errorf("x is %v: want 3/4", x[0])
	}
}

// D-adaptation starts at the first gradient that is not 0.
func TestZeroGradientFirst(t *testing.T) {
	r := DAdaptSGD{D0: 1e-2}
	x, g, s := []float64{1}, []float64{0}, NewState[float64](r, 1)
	Step(r, x, g, s, 1)
	for range 50 {
		g[0] = x[0]
		Step(r, x, g, s, 1)
	}
	if !(math.Abs(x[0]) < 0.5) {
		t.Errorf("x is %v", x[0])
	}
}

// Options that contradict each other are refused.
func TestContradictions(t *testing.T) {
	for _, r := range []Rule{
		Rprop{Min: 1, Max: 0.1}, Rprop{Min: 100}, Rprop{Max: 1e-7},
		Groups{Rest: Sophia{Every: 10}, Groups: []Group{{Pattern: "*", Rule: Sophia{Every: 7}}}},
	} {
		if r.Check() == nil {
			t.Errorf("%+v is not refused", r)
		}
	}
	if err := (Groups{Rest: Sophia{Every: 7}, Groups: []Group{{Pattern: "*", Rule: Sophia{Every: 7}}, {Pattern: "a", Rule: Adam{}}}}).Check(); err != nil {
		t.Error(err)
	}
}
