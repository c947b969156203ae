package nn

import (
	"encoding/json"
	"math"
	"os"
	"testing"

	"github.com/godescent/descent/grad"
	"github.com/godescent/descent/rng"
)

// TestPyTorch: results and gradients of layers are those of PyTorch with the same numbers in
// the same places, so files of weights mean the same.
func TestPyTorch(t *testing.T) {
	text, err := os.ReadFile("testdata/pytorch.json")
	if err != nil {
		t.Fatal(err)
	}
	var file struct {
		Cases map[string]struct{ Y, G []float64 }
	}
	if err := json.Unmarshal(text, &file); err != nil {
		t.Fatal(err)
	}
	type B = *Builder[float64]
	layers := map[string]struct {
		phase float64 // of the parameters' numbers
		in    []int
		build func(b B) Layer[float64]
	}{
		"rnn":               {0, []int{2, 2, 3}, func(b B) Layer[float64] { return NewRNN(b, "l", 3, 2) }},
		"gru":               {0, []int{2, 2, 3}, func(b B) Layer[float64] { return NewGRU(b, "l", 3, 2) }},
		"lstm":              {0, []int{2, 2, 3}, func(b B) Layer[float64] { return NewLSTM(b, "l", 3, 2) }},
		"causal attention":  {1, []int{2, 3, 4}, func(b B) Layer[float64] { return NewSelfAttention(b, "l", 4, 2, true, nil) }},
		"conv2d":            {0, []int{1, 2, 3, 4}, func(b B) Layer[float64] { return NewConv2D(b, "l", 2, 4, 3, grad.Conv{Stride: 2, Pad: 1, Groups: 2}) }},
		"conv transpose 2d": {0, []int{1, 2, 1, 2}, func(b B) Layer[float64] { return NewConvTranspose2D(b, "l", 2, 4, 2, grad.Conv{Stride: 2, Groups: 2}) }},
		"layer norm":        {0, []int{2, 3, 4}, func(b B) Layer[float64] { return NewLayerNorm(b, "l", 4) }},
		"group norm":        {0, []int{2, 4, 2}, func(b B) Layer[float64] { return NewGroupNorm(b, "l", 2, 4) }},
		"batch norm":        {0, []int{4, 3, 2}, func(b B) Layer[float64] { return NewBatchNorm(b, "l", 3) }},
		"linear":            {0, []int{2, 3}, func(b B) Layer[float64] { return NewLinear(b, "l", 3, 2) }},
	}
	for name, c := range layers {
		want, ok := file.Cases[name]
		if !ok {
			t.Errorf("%s: no reference", name)
			continue
		}
		b := NewBuilder[float64]()
		l := c.build(b)
		layout, err := b.Layout()
		if err != nil {
			t.Fatal(err)
		}
		// The numbers of a block count on from the block before, but start at 0 in each block.
		x, g := make([]float64, layout.Dim()), make([]float64, layout.Dim())
		for _, block := range layout.Params {
			for i := range block.Len() {
				if name == "causal attention" { // one sequence for all
					x[block.Offset+i] = math.Sin(1.7*float64(block.Offset+i) + c.phase)
				} else {
					x[block.Offset+i] = math.Sin(1.7*float64(i) + float64(block.Offset))
				}
			}
		}
		in := make([]float64, length(c.in))
		for i := range in {
			in[i] = math.Sin(1.7*float64(i) + 0.5)
		}
		p := NewPass[float64](layout)
		p.Begin(x, g, nil, Plain, rng.Stream{})
		y := l.Forward(p, p.Tape.Input(in, c.in...))
		if err := p.Tape.Backward(grad.Sum(grad.Square(y))); err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		close := func(what string, got, want []float64) {
			if len(got) != len(want) {
				t.Errorf("%s: %d numbers in the %s: want %d", name, len(got), what, len(want))
				return
			}
			for i, v := range want {
				if math.Abs(got[i]-v) > 1e-12*(1+math.Abs(v)) {
					t.Errorf("%s: %s[%d] = %v: want %v", name, what, i, got[i], v)
					return
				}
			}
		}
		close("result", y.Data(), want.Y)
		if want.G != nil {
			close("gradient", g, want.G)
		}
	}
}
