package descenttest

import (
	"fmt"
	"math"
	"reflect"
	"slices"
	"testing"

	"github.com/godescent/descent/linalg"
	"github.com/godescent/descent/rng"
	"github.com/godescent/descent/rule"
)

// A RuleCase is an update rule and what it does not promise, with the reasons.
type RuleCase struct {
	Name string
	Rule rule.Rule // a pointer to options, all of which can change the trace from there
	Rate float64   // default 0.05
	// Values are tried, after those of the suite, for options that need others.
	Values map[string][]any
	// Moves says why a zero gradient moves x in the first step.
	Moves string
	// Spreads says why NaN in one gradient may reach other parameters of its block, or none.
	Spreads string
	// Rough says why float32 does not follow float64.
	Rough string
	// Inert names options that cannot change the trace here, with the reason.
	Inert map[string]string
}

// ruleBlocks are the parameters of the suite: a matrix, a vector, a row and a number.
var ruleBlocks = []rule.Block{{Name: "a.weight", Shape: []int{4, 3}}, {Name: "a.bias", Shape: []int{4}}, {Name: "b.weight", Shape: []int{1, 5}}, {Name: "b.bias", Shape: []int{1}}}

// TestRule checks what every update rule promises: options in their ranges, each of which
// changes the trace, and NaN for any of them refused; a state that is saved and restored in
// every step goes on with the same bits, as does one worker; zero gradients leave x alone; NaN
// reaches its own parameter and no other; float32 follows float64; steps allocate nothing.
func TestRule(t *testing.T, c RuleCase) {
	t.Helper()
	t.Run(c.Name, func(t *testing.T) {
		if err := c.Rule.Check(); err != nil {
			t.Fatal(err)
		}
		if r := c.Rule.Rate(); !(r > 0) || math.IsInf(r, 1) {
			t.Errorf("learning rate %v: want a finite number > 0", r)
		}
		if c.Rate == 0 {
			c.Rate = 0.05
		}
		base := ruleTrace[float64](t, c, c.Rule, ruleBlocks, 30, nil)
		if slices.ContainsFunc(base, func(v float64) bool { return v-v != 0 }) {
			t.Fatalf("the trace has numbers that are not finite: %v", base[len(base)-17:])
		}
		c.testRuleOptions(t, base)
		c.testRuleState(t, base)
		c.testRuleZero(t)
		c.testRuleNaN(t)
		c.testRuleSingle(t, base)
		c.testRuleAllocs(t)
	})
}

// A ruleProblem is a quadratic with noise that depends on the step, and with a loss and
// curvatures for the rules that ask for them.
type ruleProblem[T float32 | float64] struct{ k int }

func (q *ruleProblem[T]) gradient(g, x []T) float64 {
	f := 0.0
	for i, v := range x {
		noise := 0.3 * math.Sin(float64(q.k*7+i))
		g[i] = T(1+i%3)*v + T(noise)
		f += float64(1+i%3)*float64(v)*float64(v)/2 + noise*float64(v)
	}
	return f
}

func (q *ruleProblem[T]) oracle() *rule.Oracle[T] {
	var unused []T
	return &rule.Oracle[T]{
		Gradient: q.gradient,
		Value: func(x []T) float64 {
			unused = slices.Grow(unused[:0], len(x))[:len(x)]
			return q.gradient(unused, x)
		},
		Curvature: func(h, x []T) {
			for i := range h {
				h[i] = T(1 + i%3)
			}
		},
		GaussNewton: func(h, x []T) {
			for i := range h {
				h[i] = T(2 + i%5)
			}
		},
	}
}

// ruleTrace takes steps and returns all iterates. between may replace the state.
func ruleTrace[T float32 | float64](t *testing.T, c RuleCase, r rule.Rule, blocks []rule.Block, steps int, between func(s *rule.State[T]) *rule.State[T]) []T {
	t.Helper()
	n := 0
	for _, b := range blocks {
		n += b.Size()
	}
	x, g, s, stream := make([]T, n), make([]T, n), rule.NewState[T](r, n, blocks...), rng.New(1, "descenttest.TestRule")
	for i := range x {
		x[i] = T(stream.Norm())
	}
	q := &ruleProblem[T]{}
	o := q.oracle()
	var all []T
	kept := make([]T, n)
	for q.k = range steps {
		o.Loss = q.gradient(g, x)
		copy(kept, g)
		rule.StepWith(r, x, g, s, c.Rate, o)
		if !sameFloats(kept, g) {
			t.Fatal("a step changes the gradient")
		}
		all = append(all, x...)
		if between != nil {
			s = between(s)
		}
	}
	answer := make([]T, n)
	rule.Answer(r, answer, x, s)
	return append(all, answer...)
}

// testRuleOptions changes each exported option, to the first legal values that change the trace.
func (c RuleCase) testRuleOptions(t *testing.T, base []float64) {
	t.Helper()
	tried := 0
	options(reflect.ValueOf(c.Rule).Elem(), "", func(name string, f reflect.Value) {
		old := reflect.New(f.Type()).Elem()
		old.Set(f)
		defer f.Set(old)
		tried++
		if f.Kind() == reflect.Float64 {
			f.SetFloat(math.NaN())
			if c.Rule.Check() == nil {
				t.Errorf("option %s = NaN is not refused", name)
			}
		}
		changed := false
		for _, v := range append(candidates(f), c.Values[name]...) {
			f.Set(reflect.ValueOf(v).Convert(f.Type()))
			if reflect.DeepEqual(f.Interface(), old.Interface()) || c.Rule.Check() != nil {
				continue
			}
			if changed = !sameFloats(base, ruleTrace[float64](t, c, c.Rule, ruleBlocks, 30, nil)); changed {
				break
			}
		}
		if why := c.Inert[name]; changed == (why != "") {
			t.Errorf("option %s changes the trace: %v; inert: %q", name, changed, why)
		}
	})
	if tried < reflect.TypeOf(c.Rule).Elem().NumField()-2 { // a wrapped rule, and what only Replay sets
		t.Errorf("only %d options were tried", tried)
	}
}

// options calls f for each exported number, switch, text or list of numbers of a struct.
func options(v reflect.Value, prefix string, f func(name string, v reflect.Value)) {
	for i := range v.NumField() {
		field := v.Type().Field(i)
		switch field.Type.Kind() {
		case reflect.Float64, reflect.Int, reflect.Uint64, reflect.Bool, reflect.String, reflect.Slice:
			if field.IsExported() {
				f(prefix+field.Name, v.Field(i))
			}
		}
	}
}

func candidates(f reflect.Value) []any {
	switch f.Kind() {
	case reflect.Float64:
		return []any{0.4, 0.7, 0.05, 2.5, 1e-3, -1.0, 30.0}
	case reflect.Int:
		return []any{2, 3, 7, 1, -1}
	case reflect.Uint64:
		return []any{uint64(7)}
	case reflect.Bool:
		return []any{!f.Bool()}
	case reflect.Slice:
		if f.Type().Elem().Kind() == reflect.Float64 {
			return []any{[]float64{0.3, 0.6}}
		}
	}
	return nil
}

func sameFloats[T float32 | float64](a, b []T) bool {
	return slices.EqualFunc(a, b, func(x, y T) bool { return math.Float64bits(float64(x)) == math.Float64bits(float64(y)) })
}

// testRuleState restores the state in every step, and runs on one worker. Rules of elements do so on more
// parameters than one part has.
func (c RuleCase) testRuleState(t *testing.T, base []float64) {
	t.Helper()
	blocks, steps := ruleBlocks, 30
	if rule.NeedsOf(c.Rule).Scope == rule.Elements {
		blocks, steps = []rule.Block{{Shape: []int{2<<15 + 3}}}, 4
		base = ruleTrace[float64](t, c, c.Rule, blocks, steps, nil)
	}
	restored := ruleTrace(t, c, c.Rule, blocks, steps, func(s *rule.State[float64]) *rule.State[float64] {
		n := 0
		for _, b := range blocks {
			n += b.Size()
		}
		fresh := rule.NewState[float64](c.Rule, n, blocks...)
		if len(fresh.Vectors) != len(s.Vectors) || len(fresh.Scalars) != len(s.Scalars) || len(fresh.Extra) != len(s.Extra) {
			t.Fatal("a new state has another size")
		}
		fresh.K = s.K
		copy(fresh.Scalars, s.Scalars)
		for i, v := range s.Vectors {
			copy(fresh.Vectors[i], v)
		}
		for i, v := range s.Extra {
			copy(fresh.Extra[i], v)
		}
		return fresh
	})
	if !sameFloats(base, restored) {
		t.Error("a state that is saved and restored goes on with other bits")
	}
	linalg.SetWorkers(1)
	alone := ruleTrace[float64](t, c, c.Rule, blocks, steps, nil)
	linalg.SetWorkers(0)
	if !sameFloats(base, alone) {
		t.Error("one worker gives other bits")
	}
}

// zeroOracle is what rules that need one get where all gradients are zero.
func zeroOracle() *rule.Oracle[float64] {
	return &rule.Oracle[float64]{
		Gradient:    func(g, _ []float64) float64 { clear(g); return 1 },
		Value:       func([]float64) float64 { return 1 },
		Curvature:   func(h, _ []float64) { clear(h) },
		GaussNewton: func(h, _ []float64) { clear(h) },
		Loss:        1,
	}
}

// testRuleZero takes steps with gradients of zeros: x stays and remains finite; and where only some gradients are
// zero, rules of elements leave those parameters alone.
func (c RuleCase) testRuleZero(t *testing.T) {
	t.Helper()
	x, g, s := start(), make([]float64, 22), rule.NewState[float64](c.Rule, 22, ruleBlocks...)
	for range 3 {
		clear(g)
		rule.StepWith(c.Rule, x, g, s, c.Rate, zeroOracle())
	}
	moved := false
	for i, v := range x {
		if v-v != 0 {
			t.Fatalf("a zero gradient makes x[%d] = %v", i, v)
		}
		moved = moved || v != start()[i]
	}
	if moved != (c.Moves != "") {
		t.Errorf("a zero gradient moves x: %v; the reason given: %q", moved, c.Moves)
	}
	if moved || rule.NeedsOf(c.Rule).Scope != rule.Elements {
		return
	}
	x, s = start(), rule.NewState[float64](c.Rule, 22, ruleBlocks...)
	for range 5 {
		for i := range g {
			g[i] = float64(i%2) * x[i]
		}
		rule.StepWith(c.Rule, x, g, s, c.Rate, zeroOracle())
	}
	for i, v := range x {
		if i%2 == 0 && v != start()[i] {
			t.Fatalf("x[%d], whose gradients are zero, moved from %v to %v", i, start()[i], v)
		}
	}
}

func start() []float64 {
	x := make([]float64, 22)
	for i := range x {
		x[i] = math.Sin(float64(3*i + 1))
	}
	return x
}

// testRuleNaN puts NaN into one gradient, in the second block.
func (c RuleCase) testRuleNaN(t *testing.T) {
	t.Helper()
	const bad = 13
	x, g, s := start(), make([]float64, 22), rule.NewState[float64](c.Rule, 22, ruleBlocks...)
	q := &ruleProblem[float64]{}
	o := q.oracle()
	gradient := o.Gradient
	o.Gradient = func(g, x []float64) float64 { f := gradient(g, x); g[bad] = math.NaN(); return f }
	for q.k = range 4 {
		o.Loss = o.Gradient(g, x)
		rule.StepWith(c.Rule, x, g, s, c.Rate, o)
	}
	clean := x[bad] != x[bad]
	for i, v := range x {
		clean = clean && (i == bad || v == v)
	}
	if clean == (c.Spreads != "") {
		t.Errorf("NaN in one gradient stays there: %v; the reason given: %q; x = %v", clean, c.Spreads, x)
	}
	if rule.NeedsOf(c.Rule).Scope != rule.Blocks {
		return
	}
	for i, v := range x {
		if v != v && (i < 12 || i >= 16) {
			t.Fatalf("NaN in the gradient of one block reaches x[%d] of another", i)
		}
	}
}

func (c RuleCase) testRuleSingle(t *testing.T, base []float64) {
	t.Helper()
	single, worst := ruleTrace[float32](t, c, c.Rule, ruleBlocks, 30, nil), 0.0
	for i, v := range base {
		worst = math.Max(worst, math.Abs(v-float64(single[i]))/(1+math.Abs(v)))
	}
	if near := worst <= 1e-3; near == (c.Rough != "") {
		t.Errorf("float32 differs from float64 by %.2g: want at most 1e-3; the reason given: %q", worst, c.Rough)
	}
}

func (c RuleCase) testRuleAllocs(t *testing.T) {
	t.Helper()
	for _, blocks := range [][]rule.Block{ruleBlocks, {{Shape: []int{1<<15 + 5}}}} {
		n := 0
		for _, b := range blocks {
			n += b.Size()
		}
		if n > 100 && rule.NeedsOf(c.Rule).Scope != rule.Elements {
			continue
		}
		x, g, s := make([]float32, n), make([]float32, n), rule.NewState[float32](c.Rule, n, blocks...)
		q := &ruleProblem[float32]{}
		o := q.oracle()
		step := func() {
			o.Loss = q.gradient(g, x)
			rule.StepWith(c.Rule, x, g, s, c.Rate, o)
			q.k++
		}
		for range 8 {
			step()
		}
		if a := testing.AllocsPerRun(12, step); a > 0 {
			t.Errorf("%v allocations a step on %s", a, fmt.Sprint(blocks[0].Shape))
		}
	}
}
