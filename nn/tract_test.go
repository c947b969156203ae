package nn

import (
	"strings"
	"testing"

	"github.com/godescent/descent/grad"
	"github.com/godescent/descent/rng"
)

// Only the gradient of the first weights changes, and only in training.
func TestTrActOfModels(t *testing.T) {
	images, flat := Input{Shape: []int{2, 8, 8}, Classes: 3}, Input{Shape: []int{5}, Outputs: 2}
	chain := Spec{Chain: []LayerSpec{{Type: "flatten"}, {Type: "dropout", Rate: 0.2}, {Type: "linear", Out: 6}, {Type: "tanh"}, {Type: "linear"}}}
	for name, c := range map[string]struct {
		spec  Spec
		in    Input
		first string
	}{
		"mlp": {Spec{Kind: "mlp", Hidden: []int{4}}, flat, "layers.0.weight"}, "linear": {Spec{Kind: "mlp", Hidden: []int{}}, flat, "layers.0.weight"},
		"cnn": {Spec{Kind: "cnn", Widths: []int{4}, Hidden: []int{5}}, images, "conv1.weight"}, "resnet": {Spec{Kind: "resnet", Widths: []int{4}, Blocks: 1}, images, "conv1.weight"},
		"unet":  {Spec{Kind: "unet", Widths: []int{4, 8}, Groups: 2}, Input{Shape: []int{2, 8, 8}, Outputs: 64}, "down.0.conv1.weight"},
		"chain": {chain, images, "linear3.weight"},
	} {
		plain, err := NewModel[float64](c.spec, c.in)
		if err != nil {
			t.Fatal(name, err)
		}
		c.spec.TrAct = 0.1
		m, err := NewModel[float64](c.spec, c.in)
		if err != nil {
			t.Fatal(name, err)
		}
		x, _ := Start[float64](m.Layout(), 1)
		const n = 7
		b := Batch[float64]{N: n, Shape: append([]int{n}, c.in.Shape...), X: someNumbers[float64](n*length(c.in.Shape), "tract")}
		gradient := func(m Model[float64], mode Mode) []float64 {
			g := make([]float64, len(x))
			_, state := Start[float64](m.Layout(), 1)
			p := NewPass[float64](m.Layout())
			p.Begin(x, g, state, mode, rng.New(1, "tract"))
			if err := p.Tape.Backward(grad.Mean(grad.Square(m.Forward(p, &b)))); err != nil {
				t.Fatal(name, err)
			}
			return g
		}
		for _, mode := range []Mode{Train, Plain} {
			g, want := gradient(m, mode), gradient(plain, mode)
			for _, block := range m.Layout().Params {
				differs := false
				for i := block.Offset; i < block.Offset+block.Len(); i++ {
					differs = differs || g[i] != want[i]
				}
				if differs != (mode == Train && block.Name == c.first) {
					t.Errorf("%s, mode %v: block %s differs: %v", name, mode, block.Name, differs)
				}
			}
		}
	}
}

func TestTrActRefuses(t *testing.T) {
	images := Input{Shape: []int{2, 8, 8}, Classes: 3}
	for want, s := range map[string]Spec{
		"tract -1":                {Kind: "mlp", Hidden: []int{4}, TrAct: -1},
		"tract 1e-320":            {Kind: "mlp", Hidden: []int{4}, TrAct: 1e-320}, // 0 in single precision
		"tract 1e+300":            {Kind: "mlp", Hidden: []int{4}, TrAct: 1e300},
		"option tract":            {Kind: "transformer", TrAct: 0.1},
		"nn.BatchNorm":            {TrAct: 0.1, Chain: []LayerSpec{{Type: "batchnorm"}, {Type: "flatten"}, {Type: "linear"}}},
		"or has groups":           {TrAct: 0.1, Chain: []LayerSpec{{Type: "conv", Out: 2, Kernel: 3, Groups: 2}, {Type: "flatten"}, {Type: "linear"}}},
		"without kind and layers": {Kind: "", TrAct: 0.1},
	} {
		if _, err := NewModel[float32](s, images); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%v: want one about %q", err, want)
		}
	}
	s, err := ParseSpec([]byte("kind = \"cnn\"\ntract = 0.1\n"))
	if err != nil || s.TrAct != 0.1 {
		t.Errorf("%+v, %v", s, err)
	}
}
