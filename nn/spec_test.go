package nn

import (
	"encoding/json"
	"io"
	"math"
	"os"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/godescent/descent/rng"
	"github.com/godescent/descent/vec"
)

// convnet has every type of layer.
const convnet = `
[[layer]]
type = "conv"
out = 8
kernel = 3
pad = 1
bias = false

[[layer]]
type = "batchnorm"

[[layer]]
type = "relu"

[[layer]]
type = "maxpool"

[[layer]]
type = "residual"
[[layer.layer]]
type = "conv"
out = 12
kernel = 3
stride = 2
pad = 1
groups = 4
[[layer.layer]]
type = "groupnorm"
groups = 3
[[layer.short]]
type = "conv"
out = 12
kernel = 1
stride = 2

[[layer]]
type = "gelu"

[[layer]]
type = "meanpool"
kernel = 2
stride = 1

[[layer]]
type = "flatten"

[[layer]]
type = "layernorm"

[[layer]]
type = "linear"
out = 16

[[layer]]
type = "tanh"

[[layer]]
type = "dropout"
rate = 0.25

[[layer]]
type = "linear"
`

func parse(t testing.TB, text string) Spec {
	t.Helper()
	s, err := ParseSpec([]byte(text))
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// The models of documents have the blocks of the models that constructors make, or the sizes
// that follow from the data.
func TestSpec(t *testing.T) {
	must := func(m Model[float64], err error) Model[float64] {
		if err != nil {
			t.Fatal(err)
		}
		return m
	}
	image := Input{Shape: []int{3, 8, 8}, Classes: 5}
	path, err := NormalizedAdjacency(3, [][2]int{{0, 1}, {1, 2}})
	if err != nil {
		t.Fatal(err)
	}
	graph := Input{Graph: path, Features: []float64{1, 2, 3, 4, 5, 6}, Classes: 2}
	for _, c := range []struct {
		text string
		in   Input
		want Model[float64]
	}{
		{`kind = "mlp"` + "\n hidden = [7, 6] \n activation = \"tanh\" \n dropout = 0.5", Input{Shape: []int{4}, Outputs: 2},
			must(NewMLP[float64](MLPOptions{In: 4, Out: 2, Hidden: []int{7, 6}, Activation: "tanh", Dropout: 0.5}))},
		{`kind = "mlp"` + "\n hidden = []", image, must(NewMLP[float64](MLPOptions{In: 192, Out: 5}))},
		{`kind = "cnn"` + "\n widths = [4] \n hidden = [9]", image, must(NewCNN[float64](CNNOptions{Channels: 3, Side: 8, Classes: 5, Widths: []int{4}, Hidden: 9}))},
		{`kind = "resnet"` + "\n widths = [4, 8] \n blocks = 1", image, must(NewResNet[float64](ResNetOptions{Channels: 3, Classes: 5, Widths: []int{4, 8}, Blocks: 1}))},
		{`kind = "transformer"` + "\n width = 8 \n layers = 1 \n heads = 2 \n dropout = 0.1", Input{Vocabulary: 11, Context: 6},
			must(NewTransformer[float64](TransformerOptions{Vocabulary: 11, Context: 6, Width: 8, Layers: 1, Heads: 2, Dropout: 0.1}))},
		{`kind = "transformer"` + "\n context = 9", Input{Vocabulary: 11, Context: 6}, must(NewTransformer[float64](TransformerOptions{Vocabulary: 11, Context: 9}))},
		{`kind = "unet"` + "\n widths = [4, 8] \n groups = 2", Input{Shape: []int{3, 8, 8}, Outputs: 128},
			must(NewUNet[float64](UNetOptions{In: 3, Out: 2, Widths: []int{4, 8}, Groups: 2}))},
		{`kind = "gcn"` + "\n hidden = [4]", graph, must(NewGCN(GCNOptions[float64]{Graph: path, Features: graph.Features, Hidden: []int{4}, Classes: 2}))},
	} {
		m, err := NewModel[float64](parse(t, c.text), c.in)
		if err != nil {
			t.Errorf("%s: %v", c.text, err)
			continue
		}
		if !sameBlocks(m.Layout(), c.want.Layout()) || reflect.TypeOf(m) != reflect.TypeOf(c.want) {
			t.Errorf("%s:\n%s\nwant\n%s", c.text, names(m.Layout().Params), names(c.want.Layout().Params))
		}
	}
}

func sameBlocks(a, b *Layout) bool {
	equal := func(x, y Block) bool { return x.Name == y.Name && slices.Equal(x.Shape, y.Shape) }
	return slices.EqualFunc(a.Params, b.Params, equal) && slices.EqualFunc(a.States, b.States, equal)
}

// TestChainSpec: names and shapes of blocks, and that a batch passes with the shapes that the
// constructor foresaw.
func TestChainSpec(t *testing.T) {
	m, err := NewModel[float32](parse(t, convnet), Input{Shape: []int{3, 9, 7}, Classes: 5})
	if err != nil {
		t.Fatal(err)
	}
	for name, shape := range map[string][]int{
		"conv1.weight": {8, 3, 3, 3}, "batchnorm2.running_var": {8}, "residual5.conv1.weight": {12, 2, 3, 3}, "residual5.conv1.bias": {12},
		"residual5.groupnorm2.bias": {12}, "residual5.short.conv1.weight": {12, 8, 1, 1}, "layernorm9.weight": {12}, "linear10.weight": {16, 12}, "linear13.weight": {5, 16},
	} {
		if b, ok := m.Layout().Block(name); !ok || !slices.Equal(b.Shape, shape) {
			t.Errorf("block %s: %v: want %v", name, b.Shape, shape)
		}
	}
	if _, ok := m.Layout().Block("conv1.bias"); ok {
		t.Error("conv1 has a bias in spite of bias = false")
	}
	x, state := Start[float32](m.Layout(), 1)
	p := NewPass[float32](m.Layout())
	p.Begin(x, nil, state, Train, rng.New(1, "dropout"))
	y := m.Forward(p, &Batch[float32]{N: 2, Shape: []int{2, 3, 9, 7}, X: someNumbers[float32](2*3*9*7, "images")})
	if err := p.Tape.Err(); err != nil || !slices.Equal(y.Shape(), []int{2, 5}) {
		t.Errorf("outputs of shape %v, %v: want [2 5]", y.Shape(), err)
	}
}

// The documents of docs/nn.md are models of images.
func TestSpecDocumentation(t *testing.T) {
	text, err := os.ReadFile("../docs/nn.md")
	if err != nil {
		t.Fatal(err)
	}
	parts := strings.Split(string(text), "```toml\n")[1:]
	for _, part := range parts {
		document, _, _ := strings.Cut(part, "```")
		if _, err := NewModel[float32](parse(t, document), Input{Shape: []int{1, 28, 28}, Classes: 10}); err != nil {
			t.Errorf("%s:\n%v", document, err)
		}
	}
	if len(parts) != 2 {
		t.Errorf("%d documents: want 2", len(parts))
	}
}

// Layers for sequences [channels length].
func TestChainSpecSequences(t *testing.T) {
	layers := func(lines ...string) string {
		return "[[layer]]\ntype = " + strings.Join(lines, "\n[[layer]]\ntype = ")
	}
	s := parse(t, layers(`"conv"`+"\nout = 4\nkernel = 3", `"maxpool"`, `"meanpool"`+"\nkernel = 3\nstride = 1\npad = 1", `"batchnorm"`, `"flatten"`, `"linear"`))
	m, err := NewModel[float32](s, Input{Shape: []int{2, 11}, Outputs: 3})
	if err != nil {
		t.Fatal(err)
	}
	for name, shape := range map[string][]int{"conv1.weight": {4, 2, 3}, "batchnorm4.weight": {4}, "linear6.weight": {3, 16}} {
		if b, ok := m.Layout().Block(name); !ok || !slices.Equal(b.Shape, shape) {
			t.Errorf("block %s: %v: want %v", name, b.Shape, shape)
		}
	}
	x, state := Start[float32](m.Layout(), 1)
	p := NewPass[float32](m.Layout())
	p.Begin(x, nil, state, Plain, rng.Stream{})
	if y := m.Forward(p, &Batch[float32]{N: 2, Shape: []int{2, 2, 11}, X: someNumbers[float32](44, "sequences")}); p.Tape.Err() != nil || !slices.Equal(y.Shape(), []int{2, 3}) {
		t.Errorf("outputs of shape %v, %v: want [2 3]", y.Shape(), p.Tape.Err())
	}
}

// Weights before relu are drawn by Kaiming, others by Xavier: by their variances.
func TestChainSpecWeights(t *testing.T) {
	const layer = "[[layer]]\ntype = "
	m, err := NewModel[float64](parse(t, layer+"\"linear\"\nout = 100\n"+layer+"\"layernorm\"\n"+layer+"\"relu\"\n"+layer+"\"linear\"\nout = 300\n"+layer+"\"tanh\"\n"+layer+"\"linear\""), Input{Shape: []int{200}, Classes: 50})
	if err != nil {
		t.Fatal(err)
	}
	x, _ := Start[float64](m.Layout(), 1)
	for name, want := range map[string]float64{"linear1.weight": 2.0 / 200, "linear4.weight": 2.0 / (100 + 300), "linear6.weight": 2.0 / (300 + 50)} {
		w, err := View(m.Layout(), x, name)
		if err != nil {
			t.Fatal(err)
		}
		if v := vec.Dot(w, w) / float64(len(w)); math.Abs(v/want-1) > 0.05 {
			t.Errorf("%s: variance %v: want about %v", name, v, want)
		}
	}
}

// A spec survives JSON, an empty list included, which is no absent one.
func TestSpecJSON(t *testing.T) {
	for _, text := range []string{convnet, "kind = \"mlp\"\nhidden = []", "kind = \"transformer\"\nwidth = 32\ndropout = 0.1"} {
		s := parse(t, text)
		b, err := json.Marshal(s)
		if err != nil {
			t.Fatal(err)
		}
		var again Spec
		if err := json.Unmarshal(b, &again); err != nil || !reflect.DeepEqual(s, again) {
			t.Errorf("%s: %+v, %v: want %+v", b, again, err, s)
		}
	}
	var s Spec
	if err := json.Unmarshal([]byte(`{"layer": [{"type": "conv", "kernal": 3}]}`), &s); err == nil || !strings.Contains(err.Error(), "kernal") {
		t.Errorf("unknown key: %v", err)
	}
}

func TestSpecRefused(t *testing.T) {
	image, row := Input{Shape: []int{3, 8, 8}, Classes: 5}, Input{Shape: []int{6}, Classes: 5}
	layers := func(lines ...string) string {
		return "[[layer]]\ntype = " + strings.Join(lines, "\n[[layer]]\ntype = ")
	}
	for _, c := range []struct {
		text string
		in   Input
		want string
	}{
		{"kind = ", row, "line 1, column "},
		{"kind = 3", row, "line 1, column "},
		{"kind = \"mlp\"\nhiden = [3]", row, "line 2: unknown key hiden: want one of kind, hidden"},
		{"[[layer]]\ntype = \"conv\"\nkernal = 3", row, "line 3: unknown key layer.kernal: want one of type, out, kernel"},
		{"", row, "without kind and layers"},
		{`kind = "vgg"`, row, `kind "vgg": want mlp, cnn`},
		{"kind = \"cnn\"\nheads = 3", image, "model cnn: option heads: want options among hidden, dropout, widths"},
		{"kind = \"mlp\"\nhidden = [3]\n" + layers(`"relu"`), row, "option layer"},
		{"dropout = 0.5\n" + layers(`"linear"`), row, "option dropout of a chain"},
		{`kind = "mlp"`, row, "hidden = [512, 512]"},
		{"kind = \"mlp\"\nhidden = [3]", Input{Classes: 3}, "without numbers"},
		{"kind = \"mlp\"\nhidden = [3]\ndropout = nan", row, "dropout NaN: want 0 <= p < 1 (model mlp)"},
		{"kind = \"mlp\"\nhidden = [3]\nactivation = \"step\"", row, `activation "step": want one of`},
		{"kind = \"mlp\"\nhidden = [3]", Input{Shape: []int{6}}, "0 classes, 0 outputs"},
		{"kind = \"mlp\"\nhidden = [3]", Input{Shape: []int{6}, Classes: 2, Outputs: 2}, "2 classes, 2 outputs"},
		{`kind = "cnn"`, row, "want images"},
		{`kind = "cnn"`, Input{Shape: []int{1, 8, 9}, Classes: 2}, "as high as wide"},
		{"kind = \"cnn\"\nhidden = [3, 4]", image, "want one number"},
		{"kind = \"cnn\"\nhidden = [0]", image, "want one number"},
		{"kind = \"cnn\"\nwidths = [4, 4, 4, 4]", image, "side of at least 16"},
		{`kind = "resnet"`, row, "want images"},
		{"kind = \"resnet\"\nblocks = 1000000000", image, "want at most 1000"},
		{`kind = "transformer"`, row, "want sequences of tokens"},
		{"kind = \"transformer\"\ncontext = 4", Input{Vocabulary: 3, Context: 8}, "want at least 8"},
		{`kind = "unet"`, image, "want images of 8 x 8"},
		{"kind = \"unet\"\nwidths = [4, 4, 4]", Input{Shape: []int{1, 8, 10}, Outputs: 80}, "multiples of 4 with 3 scales"},
		{`kind = "gcn"`, row, "want a graph"},

		{layers(`"linear"`), Input{Shape: []int{0}, Classes: 2}, "examples of shape [0]"},
		{layers(`"linear"`), Input{Vocabulary: 3, Context: 4, Classes: 2}, "examples of shape []"},
		{layers(`"relu"`, `"linaer"`), row, "layer 2 (linaer): unknown type: want one of batchnorm, conv"},
		{layers(`""`), row, "layer 1 (): unknown type"},
		{layers(`"linear"`, `"linear"`), row, "layer 1 (linear): no out"},
		{layers(`"linear"` + "\nkernel = 3"), row, "layer 1 (linear): option kernel: want out, bias"},
		{layers(`"relu"` + "\nout = 3"), row, "layer 1 (relu): option out: want none"},
		{layers(`"flatten"` + "\nrate = nan"), row, "layer 1 (flatten): option rate: want none"},
		{layers(`"linear"` + "\nout = -3"), row, "layer 1 (linear): an option is -3"},
		{layers(`"linear"` + "\nout = 4"), row, "layer 1 (linear), the last, gives [4] for an example: want [5]"},
		{layers(`"linear"`), image, "layer 1 (linear): input [3 8 8]: want one axis: flatten"},
		{layers(`"linear"` + "\nout = 2000000000"), image, "layer 1 (linear)"},
		{layers(`"conv"` + "\nout = 3\nkernel = 3"), row, "layer 1 (conv): input [6]: want [channels length]"},
		{layers(`"conv"` + "\nout = 3"), image, "layer 1 (conv): out = 3, kernel = 0"},
		{layers(`"conv"`+"\nout = 3\nkernel = 7", `"conv"`+"\nout = 3\nkernel = 3"), image, "layer 2 (conv): input [3 2 2], kernel = 3"},
		{layers(`"conv"` + "\nout = 4\nkernel = 3\ngroups = 3"), image, "layer 1 (conv): convolution conv1. of 3 to 4 channels"},
		{layers(`"conv"` + "\nout = 1\nkernel = 1\npad = 2000000000"), image, "layer 1 (conv): [1 4000000008 4000000008] for an example: want at most"},
		{layers(`"maxpool"`), row, "layer 1 (maxpool): input [6]"},
		{layers(`"maxpool"` + "\nkernel = 9"), image, "layer 1 (maxpool): input [3 8 8], kernel = 9"},
		{layers(`"maxpool"` + "\nkernel = 3\npad = 2"), image, "at most half"},
		{layers(`"meanpool"` + "\nstride = 2"), image, "layer 1 (meanpool): stride = 2, pad = 0 without kernel"},
		{layers(`"meanpool"`), row, "layer 1 (meanpool): input [6]"},
		{layers(`"dropout"`), row, "layer 1 (dropout): rate = 0"},
		{layers(`"dropout"` + "\nrate = nan"), row, "layer 1 (dropout): rate = NaN"},
		{layers(`"layernorm"`), image, "layer 1 (layernorm): input [3 8 8]"},
		{layers(`"groupnorm"`), image, "layer 1 (groupnorm): no groups"},
		{layers(`"groupnorm"` + "\ngroups = 2"), image, "layer 1 (groupnorm): group normalization groupnorm1. of 3 channels in 2 groups"},
		{layers(`"residual"`), row, "layer 1 (residual): no layers inside"},
		{layers(`"relu"`, `"residual"`+"\n[[layer.layer]]\ntype = \"relu\"\n[[layer.layer]]\ntype = \"linear\""), row, "layer 2.2 (linear): no out"},
		{layers(`"residual"` + "\n[[layer.layer]]\ntype = \"relu\"\n[[layer.short]]\ntype = \"linear\"\nout = 0"), row, "layer 1.short.1 (linear): no out"},
		{layers(`"residual"` + "\n[[layer.layer]]\ntype = \"linear\"\nout = 4"), row, "layer 1 (residual): input [6], layers inside give [4], the shortcut [6]"},
		{layers(`"flatten"`, `"relu"`), row, "layer 2 (relu), the last, gives [6]"},
		{layers(`"relu"`), Input{Shape: []int{2, 3}, Classes: 6}, "gives [2 3] for an example: want [6]"},
	} {
		s, err := ParseSpec([]byte(c.text))
		if err == nil {
			_, err = NewModel[float64](s, c.in)
		}
		if err == nil || !strings.Contains(err.Error(), c.want) || !strings.HasPrefix(err.Error(), "nn: ") {
			t.Errorf("%s:\n%v\nwant an error with %q", c.text, err, c.want)
		}
	}
}

func FuzzParseSpec(f *testing.F) {
	f.Add(convnet)
	f.Add("kind = \"cnn\"\nwidths = [4]\nhidden = [9]")
	f.Add("kind = \"transformer\"\nwidth = 8")
	large := regexp.MustCompile("[0-9][0-9a-fx_][0-9a-f_]") // numbers that make evaluations slow
	f.Fuzz(func(t *testing.T, text string) {
		s, err := ParseSpec([]byte(text))
		if err != nil {
			return
		}
		for _, in := range []Input{{Shape: []int{3, 8, 8}, Classes: 5}, {Shape: []int{3, 9}, Outputs: 27}, {Vocabulary: 5, Context: 3}} {
			m, err := NewModel[float32](s, in)
			if err != nil || m.Layout().Dim() > 10_000 || in.Vocabulary > 0 || large.MatchString(text) {
				continue
			}
			x, state := Start[float32](m.Layout(), 1)
			if err := WriteONNX(io.Discard, m, x, state, in); err != nil { // it evaluates the model
				t.Errorf("%v", err)
			}
		}
	})
}
