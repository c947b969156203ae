package rule_test

import (
	"testing"

	"github.com/godescent/descent/descenttest"
	"github.com/godescent/descent/internal/checkpoint"
	"github.com/godescent/descent/rule"
)

const (
	decays = "decay"
	block  = "a norm or a mean of the block is NaN"
	whole  = "a sum over all parameters is NaN"
)

// cases say what the rules do not promise, or need to show what their options do.
var cases = map[string]descenttest.RuleCase{
	"a2grad":         {Values: map[string][]any{"Noise": {"uni"}}, Spreads: block},
	"accsgd":         {Values: map[string][]any{"Kappa": {500.0}}},
	"adafactor":      {Spreads: block},
	"adai":           {Spreads: whole},
	"adamp":          {Rule: &rule.AdamP{Decay: 0.1, Delta: 2.5}, Moves: decays},
	"adamw":          {Moves: decays},
	"adan":           {Moves: decays},
	"adatam":         {Spreads: block},
	"aida":           {Spreads: block},
	"apollo-dqn":     {Spreads: block},
	"asgd":           {Moves: decays},
	"avagrad":        {Spreads: whole},
	"came":           {Spreads: block},
	"dadapt-adagrad": {Rule: &rule.DAdaptAdagrad{D0: 1e-3}, Rate: 1, Values: map[string][]any{"Growth": {1.01}}},
	"dadapt-adam":    {Rule: &rule.DAdaptAdam{D0: 1e-3}, Rate: 1},
	"dadapt-lion":    {Rule: &rule.DAdaptLion{D0: 1e-2}, Rate: 1},
	"dadapt-sgd":     {Rule: &rule.DAdaptSGD{D0: 1e-3}, Rate: 1, Values: map[string][]any{"Growth": {1.01}}, Spreads: whole},
	"dog":            {Spreads: whole},
	"dowg":           {Spreads: whole},
	"momo":           {Spreads: whole},
	"momo-adam":      {Spreads: whole},
	"nadamw":         {Moves: decays},
	"optimistic-md":  {Spreads: whole},
	"mechanic":       {Rule: &rule.Mechanic{Rule: &rule.Adam{}, First: 0.1}, Rate: 1, Spreads: whole},
	"fromage":        {Moves: "it shrinks x by 1/sqrt(1 + lr^2)"},
	"ftrl":           {Moves: "x follows from sums of gradients, from 0"},
	"lamb":           {Spreads: block},
	"lbfgs":          {Spreads: "x stays where there is no direction of descent"},
	"mezo":           {Spreads: "it uses no gradients"},
	"mfac":           {Rule: &rule.MFAC{Damp: 0.1}, Spreads: whole},
	"nero":           {Moves: "it gives rows the norm 1"},
	"novograd":       {Spreads: block},
	"prodigy":        {Rule: &rule.Prodigy{D0: 1e-3, Correct: true}, Rate: 1, Values: map[string][]any{"Growth": {1.01}}, Spreads: whole},
	"racs":           {Spreads: block},
	"sgd":            {Rule: &rule.SGD{Momentum: 0.5}},
	"sgdp":           {Rule: &rule.SGDP{Decay: 0.1, Delta: 2.5}, Moves: decays},
	"shampoo":        {Spreads: block},
	"sls":            {Rule: &rule.SLS{Goldstein: true, C: 0.45}, Rate: 0.3},
	"soap":           {Moves: decays, Rough: "eigenvectors of eigenvalues near 0 are arbitrary"},
	"sophia":         {Moves: decays},
	"stableadamw":    {Moves: decays, Spreads: block},
	"swats":          {Rule: &rule.SWATS{Settle: 30}, Values: map[string][]any{"Settle": {1e-9}}},
	"tam":            {Spreads: block},
	"tiger":          {Moves: decays},
	"lion-k":         {Values: map[string][]any{"K": {"l2"}}, Inert: map[string]string{"C": "the sign has none"}},
	"adagrad-norm":   {Spreads: whole},
	"frugal":         {Rule: &rule.FRUGAL{Every: 5, Density: 0.4}},
	"galore":         {Rule: &rule.GaLore{Every: 5}},
	"dct-adamw":      {Moves: decays},
	"yogi":           {Moves: "m starts at 1e-6"},
	"decay":          {Rule: &rule.Decay{Rule: &rule.Adam{}, Weight: 0.1}, Moves: decays},
	"groups":         {Values: map[string][]any{"Groups": {[]rule.Group{{Pattern: "*.bias", Rule: rule.SGD{}}}}}},
	"sam":            {Rule: &rule.SAM{Rule: &rule.Adam{}, Adaptive: true}, Values: map[string][]any{"Pattern": {"*.bias"}}, Spreads: whole},
	"noise":          {Moves: "noise"},
}

// Every rule of the table passes the suite.
func TestRules(t *testing.T) {
	seen := 0
	for _, e := range rule.All() {
		c := cases[e.Name]
		c.Name = e.Name
		if c.Rule == nil {
			c.Rule = e.New()
		}
		descenttest.TestRule(t, c)
		seen++
	}
	for name, c := range map[string]descenttest.RuleCase{
		"clip of nadam":                {Rule: &rule.Clip{Norm: 1, Rule: rule.NAdam{}}},
		"clip of lookahead of adanorm": {Rule: &rule.Clip{Norm: 1, Rule: rule.Lookahead{Rule: rule.AdaNorm{}}}},
		"decay of schedule-free":       {Rule: &rule.Decay{Weight: 0.1, Rule: rule.ScheduleFreeSGD{}}, Moves: decays},
		"accumulate nadam":             {Rule: &rule.Accumulate{Every: 3, Rule: rule.NAdam{}}},
		"average of groups": {Rule: &rule.Average{Rule: rule.Groups{
			Groups: []rule.Group{{Pattern: "*.bias", Rule: rule.NAdam{}}, {Pattern: "b.*", Rule: rule.NovoGrad{}}}, Rest: rule.Decay{Weight: 0.1, Rule: rule.Adafactor{Beta1: 0.9}},
		}}, Moves: decays},
		"sam of d-adaptation":  {Rule: &rule.SAM{Adaptive: true, Rule: rule.DAdaptAdam{D0: 1e-2}}, Rate: 1, Values: map[string][]any{"Pattern": {"*.bias"}}, Spreads: whole},
		"noise of clip of dog": {Rule: &rule.Noise{Rule: rule.Clip{Norm: 1, Rule: rule.DoG{Layers: true, First: 0.1}}}, Rate: 1, Moves: "noise", Spreads: whole},
	} {
		c.Name = name
		descenttest.TestRule(t, c)
	}
	if seen < 90 {
		t.Errorf("%d rules: want at least 90", seen)
	}
}

// A state goes through the codec of checkpoints.
func TestStateEncodes(t *testing.T) {
	for _, e := range rule.All() {
		r := e.New()
		n := rule.NeedsOf(r)
		if n.Loss || n.Values || n.Gradients || n.Curvature > 0 {
			continue // the same kinds of numbers
		}
		blocks := []rule.Block{{Shape: []int{3, 2}}, {Shape: []int{3}}}
		x, g, s := []float64{1, 2, 3, 4, 5, 6, 7, 8, 9}, make([]float64, 9), rule.NewState[float64](r, 9, blocks...)
		step := func(s *rule.State[float64], x []float64) {
			for i, v := range x {
				g[i] = v - 1
			}
			rule.Step(r, x, g, s, 0.01)
		}
		step(s, x)
		step(s, x)
		b, err := checkpoint.Marshal(s)
		if err != nil {
			t.Fatal(err)
		}
		in, err := checkpoint.NewReader(b)
		if err != nil {
			t.Fatal(err)
		}
		restored, y := rule.NewState[float64](r, 9, blocks...), append([]float64(nil), x...)
		if err := in.Next(restored); err != nil {
			t.Fatal(err)
		}
		for range 3 {
			step(s, x)
			step(restored, y)
		}
		for i := range x {
			if x[i] != y[i] {
				t.Fatalf("%s: x[%d] is %v, %v after restoring", e.Name, i, x[i], y[i])
			}
		}
	}
}

// BenchmarkStep times a step of the rules that need no oracle, on a million parameters in blocks of 1024 x 512.
func BenchmarkStep(b *testing.B) {
	blocks := []rule.Block{{Shape: []int{1024, 512}}, {Shape: []int{1024, 512}}}
	n := 2 * blocks[0].Size()
	for _, e := range rule.All() {
		r := e.New()
		switch e.Name {
		case "shampoo", "soap": // their eigenvectors take seconds
			continue
		}
		if rule.NeedsOf(r).String() != "nothing" {
			continue
		}
		b.Run(e.Name, func(b *testing.B) {
			x, g, s := make([]float32, n), make([]float32, n), rule.NewState[float32](r, n, blocks...)
			for i := range g {
				x[i], g[i] = float32(i%11)-5, float32(i%7)-3
			}
			for b.Loop() {
				rule.Step(r, x, g, s, 1e-9)
			}
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N*n), "ns/parameter")
		})
	}
}
