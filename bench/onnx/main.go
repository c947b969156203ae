// Command onnx writes networks with random weights by nn.WriteONNX, runs them on random
// inputs by ONNX Runtime, and compares the outputs with Descent's own. It fails where they
// differ by more than 1e-5 of the largest output. Run it from the module's root:
//
//	go run ./bench/onnx
package main

import (
	_ "embed"
	"encoding/json"
	"errors"
	"fmt"
	"log"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/godescent/descent/bench/peer"
	"github.com/godescent/descent/grad"
	"github.com/godescent/descent/nn"
	"github.com/godescent/descent/rng"
)

const tolerance = 1e-5

//go:embed chain.toml
var chain []byte

func main() {
	log.SetFlags(0)
	if err := run(); err != nil {
		log.Fatalf("onnx: %v", err)
	}
}

func run() error {
	dir, err := os.MkdirTemp("", "onnx")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	p, err := peer.Start("onnxrun.py")
	if err != nil {
		return err
	}
	defer p.Close()
	var hello struct{ ONNX, Runtime string }
	if err := json.Unmarshal(p.Hello, &hello); err != nil {
		return err
	}
	cases, err := models()
	if err != nil {
		return err
	}
	fmt.Printf("Peer: ONNX Runtime %s, files checked by onnx %s\n\n| model | parameters | example | batch | largest deviation / largest output |\n|---|---|---|---|---|\n", hello.Runtime, hello.ONNX)
	var bad []error
	for _, c := range cases {
		if err := c.compare(p, filepath.Join(dir, "model.onnx")); err != nil {
			bad = append(bad, fmt.Errorf("%s: %w", c.name, err))
		}
	}
	return errors.Join(bad...)
}

// A network is a model and the shape of its examples.
type network struct {
	name  string
	model nn.Model[float32]
	in    nn.Input
}

func models() (all []network, err error) {
	var errs []error
	add := func(name string, in nn.Input, m nn.Model[float32], err error) {
		all, errs = append(all, network{name, m, in}), append(errs, err)
	}
	spec := func(name, text string, in nn.Input) {
		s, err := nn.ParseSpec([]byte(text))
		if err != nil {
			errs = append(errs, err)
			return
		}
		m, err := nn.NewModel[float32](s, in)
		add(name, in, m, err)
	}
	digits := nn.Input{Shape: []int{1, 28, 28}, Classes: 10}
	for _, activation := range []string{"relu", "leakyrelu", "tanh", "gelu", "silu", "sigmoid", "softplus"} {
		spec("MLP, "+activation, "kind = \"mlp\"\nhidden = [256, 128]\nactivation = \""+activation+"\"", digits)
	}
	spec("CNN", "kind = \"cnn\"\ndropout = 0.5", digits)
	spec("ResNet-20", "kind = \"resnet\"", nn.Input{Shape: []int{3, 32, 32}, Classes: 10})
	spec("chain.toml", string(chain), nn.Input{Shape: []int{3, 17, 14}, Classes: 7})
	spec("U-Net", "kind = \"unet\"\nwidths = [8, 16, 32]", nn.Input{Shape: []int{3, 24, 16}, Outputs: 2 * 24 * 16})
	m, err := sequences()
	add("sequences", nn.Input{Shape: []int{6, 20}}, m, err)
	return all, errors.Join(errs...)
}

// sequences returns a model of sequences [batch, 6, 20], with layers that no document has.
func sequences() (nn.Model[float32], error) {
	b := nn.NewBuilder[float32]()
	return nn.NewNetwork(b, nn.Chain[float32]{
		nn.NewConv1D(b, "conv", 6, 8, 5, grad.Conv{Stride: 2, Pad: 1}), nn.NewGroupNorm(b, "norm", 2, 8), nn.NewActivation(b, "gelu"),
		nn.MaxPool[float32]{Size: 3, Stride: 1, Pad: 1}, nn.MeanPool[float32]{Size: 3, Stride: 1, Pad: 1},
		nn.NewConvTranspose1D(b, "up", 8, 4, 4, grad.Conv{Stride: 2, Pad: 1, Groups: 2}), nn.NewBatchNorm(b, "bn", 4),
		nn.NewLayerNorm(b, "ln", 18), nn.NewLinear(b, "mix", 18, 7), nn.NewLinear(b, "out", 7, 5, nn.NoBias),
	})
}

type request struct {
	File  string    `json:"file"`
	Input []float32 `json:"input"`
	Shape []int     `json:"shape"`
}

// compare prints a row for a batch of one example and one for a batch of seven.
func (c *network) compare(p *peer.Process, file string) error {
	x, state := point(c.model.Layout())
	f, err := os.Create(file)
	if err != nil {
		return err
	}
	if err := errors.Join(nn.WriteONNX(f, c.model, x, state, c.in), f.Close()); err != nil {
		return err
	}
	for _, n := range []int{1, 7} {
		in := request{File: file, Shape: append([]int{n}, c.in.Shape...)}
		size := n
		for _, d := range c.in.Shape {
			size *= d
		}
		s := rng.New(2, c.name)
		for range size {
			in.Input = append(in.Input, float32(s.Norm()))
		}
		pass := nn.NewPass[float32](c.model.Layout())
		pass.Begin(x, nil, state, nn.Predict, rng.Stream{})
		mine := c.model.Forward(pass, &nn.Batch[float32]{N: n, Shape: in.Shape, X: in.Input})
		if err := pass.Tape.Err(); err != nil {
			return err
		}
		var a struct {
			Output    []float32
			Shape     []int
			Identical bool
			Error     string
		}
		if err := p.Ask(in, &a, time.Minute); err != nil {
			return err
		}
		switch {
		case a.Error != "":
			return errors.New(a.Error)
		case !a.Identical:
			return errors.New("the onnx package writes the model in other bytes")
		case !slices.Equal(a.Shape, mine.Shape()):
			return fmt.Errorf("outputs of shape %v: want %v", a.Shape, mine.Shape())
		}
		d := deviation(mine.Data(), a.Output)
		fmt.Printf("| %s | %d | %v | %d | %.1e |\n", c.name, len(x), c.in.Shape, n, d)
		if !(d <= tolerance) {
			return fmt.Errorf("deviation %v: want at most %v", d, tolerance)
		}
	}
	return nil
}

// point returns parameters and statistics as if they were learned: none is at its start.
func point(l *nn.Layout) (x, state []float32) {
	x, state = nn.Start[float32](l, 1)
	s := rng.New(1, "point")
	for i := range x {
		x[i] += float32(0.1 * s.Norm())
	}
	for i := range l.States {
		b := &l.States[i]
		for k := range state[b.Offset : b.Offset+b.Len()] {
			if strings.HasSuffix(b.Name, "running_var") {
				state[b.Offset+k] = float32(0.5 + s.Float64())
			} else {
				state[b.Offset+k] = float32(0.3 * s.Norm())
			}
		}
	}
	return x, state
}

func deviation(a, b []float32) float64 {
	most, scale := 0.0, 0.0
	for i := range a {
		most = math.Max(most, math.Abs(float64(a[i])-float64(b[i]))) // NaN stays
		scale = math.Max(scale, math.Abs(float64(a[i])))
	}
	return most / scale
}
