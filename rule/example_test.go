package rule_test

import (
	"fmt"

	"github.com/godescent/descent/rule"
)

// Four steps of AdamW on |x|^2/2, whose gradient is x.
func ExampleStep() {
	r := rule.AdamW{Decay: 0.1}
	x := []float64{1, -2}
	s := rule.NewState[float64](r, len(x))
	for range 4 {
		g := append([]float64(nil), x...)
		rule.Step(r, x, g, s, 0.1)
	}
	fmt.Printf("%.4f after %d steps, %d numbers remembered\n", x, s.K, s.Numbers())
	// Output: [0.5710 -1.5290] after 4 steps, 4 numbers remembered
}

// Rules wrap rules, and blocks have names and shapes.
func ExampleGroups() {
	r := rule.Clip{Norm: 1, Rule: rule.Groups{
		Groups: []rule.Group{{Pattern: "*.bias", Rule: rule.SGD{}}},
		Rest:   rule.Muon{},
	}}
	blocks := []rule.Block{{Name: "layer.weight", Shape: []int{2, 3}}, {Name: "layer.bias", Shape: []int{2}}}
	x := make([]float32, 8)
	s := rule.NewState[float32](r, len(x), blocks...)
	rule.Step(r, x, []float32{1, 0, 0, 0, 2, 0, 3, 4}, s, 0.1)
	fmt.Printf("%.3f\n%v\n", x[6:], rule.NeedsOf(r).Scope)
	// Output:
	// [-0.055 -0.073]
	// whole
}
