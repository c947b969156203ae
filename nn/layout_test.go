package nn

import (
	"math"
	"slices"
	"strings"
	"testing"

	"github.com/godescent/descent/rng"
)

func TestLayout(t *testing.T) {
	m, err := NewMLP[float64](MLPOptions{In: 5, Hidden: []int{8}, Out: 1, Activation: "tanh"})
	if err != nil {
		t.Fatal(err)
	}
	l := m.Layout()
	want := []Block{
		{Name: "layers.0.weight", Shape: []int{8, 5}, Offset: 0}, {Name: "layers.0.bias", Shape: []int{8}, Offset: 40},
		{Name: "layers.1.weight", Shape: []int{1, 8}, Offset: 48}, {Name: "layers.1.bias", Shape: []int{1}, Offset: 56},
	}
	if l.Dim() != 57 || l.StateDim() != 0 || len(l.Params) != len(want) {
		t.Fatalf("%d parameters in %d blocks, state of %d: want 57 in 4 and 0", l.Dim(), len(l.Params), l.StateDim())
	}
	for i, b := range l.Params {
		if b.Name != want[i].Name || b.Offset != want[i].Offset || !slices.Equal(b.Shape, want[i].Shape) {
			t.Errorf("block %d is %s %v at %d: want %+v", i, b.Name, b.Shape, b.Offset, want[i])
		}
	}
	layers := l.Layers()
	if len(layers) != 2 || len(layers[0]) != 48 || len(layers[1]) != 9 || layers[1][0] != 48 || layers[1][8] != 56 {
		t.Errorf("layers %v: want 0 to 47 and 48 to 56", layers)
	}
	if _, err := View(l, make([]float64, 57), "layers.2.bias"); err == nil || !strings.Contains(err.Error(), "layers.1.bias") {
		t.Errorf("view of no block: %v: want an error that lists the blocks", err)
	}
	if _, err := View(l, make([]float64, 56), "layers.1.bias"); err == nil || !strings.Contains(err.Error(), "57") {
		t.Errorf("view of a short vector: %v", err)
	}
}

// A block's start does not depend on which other blocks there are, nor on the type.
func TestStartByName(t *testing.T) {
	small, err := NewMLP[float64](MLPOptions{In: 5, Hidden: []int{8}, Out: 2})
	if err != nil {
		t.Fatal(err)
	}
	large, err := NewMLP[float32](MLPOptions{In: 5, Hidden: []int{8, 7}, Out: 2})
	if err != nil {
		t.Fatal(err)
	}
	x, _ := Start[float64](small.Layout(), 4)
	y, _ := Start[float32](large.Layout(), 4)
	a, _ := View(small.Layout(), x, "layers.0.weight")
	b, _ := View(large.Layout(), y, "layers.0.weight")
	for i, v := range a {
		if float32(v) != b[i] {
			t.Fatalf("layers.0.weight[%d] is %v in one model, %v in the other", i, v, b[i])
		}
	}
	if z, _ := Start[float64](small.Layout(), 5); slices.Equal(x, z) {
		t.Error("two seeds give the same start")
	}
}

func TestInitializers(t *testing.T) {
	const n, fanIn, fanOut = 100_000, 50, 150
	for _, c := range []struct {
		name           string
		init           Init
		mean, variance float64
		bound          float64 // of uniform ones
	}{
		{"kaiming", Kaiming, 0, 2.0 / fanIn, 0},
		{"kaiming uniform", KaimingUniform, 0, 2.0 / fanIn, math.Sqrt(6.0 / fanIn)},
		{"xavier", Xavier, 0, 2.0 / (fanIn + fanOut), 0},
		{"xavier uniform", XavierUniform, 0, 2.0 / (fanIn + fanOut), math.Sqrt(6.0 / (fanIn + fanOut))},
		{"normal", Normal(0.3), 0, 0.09, 0},
		{"uniform", Uniform(0.3), 0, 0.03, 0.3},
		{"constant", Constant(0.3), 0.3, 0, 0.3},
		{"zeros", Zeros, 0, 0, 0},
		{"ones", Ones, 1, 0, 0},
	} {
		x, s := make([]float64, n), rng.New(1, c.name)
		c.init(x, fanIn, fanOut, &s)
		m1, m2, m3, top := 0.0, 0.0, 0.0, 0.0
		for _, v := range x {
			m1 += v / n
			top = max(top, math.Abs(v))
		}
		for _, v := range x {
			m2 += (v - m1) * (v - m1) / n
			m3 += math.Pow(v-m1, 3) / n
		}
		sd := math.Sqrt(c.variance)
		switch {
		case math.Abs(m1-c.mean) > 4*sd/math.Sqrt(n)+1e-9:
			t.Errorf("%s: mean %v: want %v", c.name, m1, c.mean)
		case math.Abs(m2-c.variance) > 0.02*c.variance+1e-15:
			t.Errorf("%s: variance %v: want %v", c.name, m2, c.variance)
		case math.Abs(m3) > 0.05*sd*sd*sd+1e-20:
			t.Errorf("%s: third moment %v: want 0", c.name, m3)
		case c.bound > 0 && (top > c.bound || top < 0.99*c.bound):
			t.Errorf("%s: largest number %v: want a little less than %v", c.name, top, c.bound)
		}
	}
}

// Fans are those of the block's shape.
func TestFans(t *testing.T) {
	b := NewBuilder[float64]()
	b.Weight("linear", 30, 20)
	b.Weight("conv", 30, 20, 3, 3)
	l, err := b.Layout()
	if err != nil {
		t.Fatal(err)
	}
	for i, want := range [][2]int{{20, 30}, {180, 270}} {
		if p := l.Params[i]; p.fanIn != want[0] || p.fanOut != want[1] {
			t.Errorf("%s %v: fans %d and %d: want %v", p.Name, p.Shape, p.fanIn, p.fanOut, want)
		}
	}
}

func TestModelOptionsRefused(t *testing.T) {
	ring, err := NormalizedAdjacency(3, [][2]int{{0, 1}, {1, 2}})
	if err != nil {
		t.Fatal(err)
	}
	model := func(_ any, err error) error { return err }
	for name, c := range map[string]struct {
		err  error
		want string
	}{
		"no inputs":         {model(NewMLP[float64](MLPOptions{Out: 2})), "layers.0.weight of shape [2 0]"},
		"no units":          {model(NewMLP[float64](MLPOptions{In: 2, Hidden: []int{0}, Out: 2})), "at least 1"},
		"activation":        {model(NewMLP[float64](MLPOptions{In: 2, Out: 2, Activation: "step"})), "want one of relu, leakyrelu, tanh"},
		"dropout":           {model(NewMLP[float64](MLPOptions{In: 2, Out: 2, Dropout: 1})), "0 <= p < 1"},
		"dropout NaN":       {model(NewCNN[float64](CNNOptions{Dropout: math.NaN()})), "0 <= p < 1"},
		"side":              {model(NewCNN[float64](CNNOptions{Side: 3})), "side of at least 4"},
		"classes":           {model(NewCNN[float64](CNNOptions{Classes: -1})), "fc2.weight"},
		"heads":             {model(NewTransformer[float64](TransformerOptions{Vocabulary: 3, Width: 10, Heads: 4})), "multiple of the heads"},
		"vocabulary":        {model(NewTransformer[float64](TransformerOptions{})), "wte.weight of shape [0 64]"},
		"layers":            {model(NewTransformer[float64](TransformerOptions{Vocabulary: 3, Layers: -1})), "-1 layers"},
		"stages":            {model(NewResNet[float64](ResNetOptions{Widths: []int{}})), "0 stages"},
		"blocks":            {model(NewResNet[float64](ResNetOptions{Blocks: -1})), "-1 blocks"},
		"widths":            {model(NewUNet[float64](UNetOptions{In: 1, Out: 1, Widths: []int{}})), "at least one scale"},
		"groups":            {model(NewUNet[float64](UNetOptions{In: 1, Out: 1, Widths: []int{6}})), "multiple of the groups"},
		"image channels":    {model(NewUNet[float64](UNetOptions{Out: 1})), "at least 1"},
		"no graph":          {model(NewGCN[float64](GCNOptions[float64]{Classes: 2})), "want a graph"},
		"features":          {model(NewGCN[float64](GCNOptions[float64]{Graph: ring, Features: make([]float64, 4), Classes: 2})), "for each node"},
		"feature NaN":       {model(NewGCN[float64](GCNOptions[float64]{Graph: ring, Features: []float64{1, 2, math.NaN()}, Classes: 2})), "sample 2: feature [0] is NaN"},
		"huge":              {model(NewMLP[float64](MLPOptions{In: 1 << 20, Out: 1 << 20})), "at most"},
		"edge twice":        {model(NormalizedAdjacency(3, [][2]int{{0, 1}, {1, 0}})), "edge 1 is [1 0]"},
		"edge out of range": {model(NormalizedAdjacency(3, [][2]int{{0, 3}})), "0 to 2"},
		"loop":              {model(NormalizedAdjacency(3, [][2]int{{1, 1}})), "two different nodes"},
	} {
		if c.err == nil || !strings.Contains(c.err.Error(), c.want) {
			t.Errorf("%s: %v: want an error with %q", name, c.err, c.want)
		}
	}
	b := NewBuilder[float64]()
	b.Weight("w", 2)
	b.State("w", Zeros, 2)
	if _, err := b.Layout(); err == nil || !strings.Contains(err.Error(), `"w"`) {
		t.Errorf("two blocks of a name: %v", err)
	}
	if _, err := NewBuilder[float64]().Layout(); err == nil {
		t.Error("no blocks: no error")
	}
}

// The rows of D^-1/2 (A + I) D^-1/2 of a path of three nodes, by hand.
func TestNormalizedAdjacency(t *testing.T) {
	a, err := NormalizedAdjacency(3, [][2]int{{0, 1}, {2, 1}})
	if err != nil {
		t.Fatal(err)
	}
	r := 1 / math.Sqrt(6)
	want := [][]float64{{0.5, r, 0}, {r, 1.0 / 3, r}, {0, r, 0.5}}
	for i := range want {
		for j, v := range want[i] {
			if math.Abs(a.At(i, j)-v) > 1e-15 {
				t.Errorf("A[%d, %d] = %v: want %v", i, j, a.At(i, j), v)
			}
		}
	}
}
