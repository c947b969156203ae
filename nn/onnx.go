package nn

import (
	"fmt"
	"io"
	"math"
	"slices"
	"strconv"
	"strings"

	"github.com/godescent/descent/rng"
)

// WriteONNX writes a model with the parameters x and the state as a graph in the format of ONNX
// (https://onnx.ai), as it predicts: without dropout, with the running statistics of batch
// normalization. The graph maps "input", [batch, ...] with examples of the shape in.Shape, to
// "output"; the size of the batch is left open. Initializers have the names of the blocks.
//
// It takes models that are chains of layers ([Network], MLP, CNN, ResNet, chains of a [Spec])
// and U-Nets. An error names the first layer that has no counterpart. The file is put
// together in memory, and has at most 2 GiB.
func WriteONNX(w io.Writer, m Model[float32], x, state []float32, in Input) error {
	l := m.Layout()
	if len(x) != l.Dim() || len(state) != l.StateDim() {
		return fmt.Errorf("nn: ONNX: %d parameters and a state of %d numbers: the model has %d and %d", len(x), len(state), l.Dim(), l.StateDim())
	}
	g := &onnxGraph{layout: l, x: x, states: state}
	add := g.model(m)
	if add == nil {
		return fmt.Errorf("nn: ONNX: model %T: want a chain of layers (Network, MLP, CNN, ResNet) or a U-Net", m)
	}
	out, err := predictShape(m, x, state, in.Shape)
	if err != nil {
		return fmt.Errorf("nn: ONNX: %w", err)
	}
	y := add(onnxValue{"input", in.Shape})
	g.nodes = append(g.nodes, onnxNode{op: "Identity", in: []string{y.name}, out: "output"})
	if g.err != nil {
		return fmt.Errorf("nn: ONNX: %w", g.err)
	}
	if !slices.Equal(y.shape, out) {
		return fmt.Errorf("nn: ONNX: the graph gives %v for an example, the model %v", y.shape, out)
	}
	file := encodeONNX(g, in.Shape, out)
	if len(file) > math.MaxInt32 {
		return fmt.Errorf("nn: ONNX: file of %d bytes: the format has at most %d", len(file), math.MaxInt32)
	}
	_, err = w.Write(file)
	return err
}

// predictShape returns the shape of the model's outputs for an example.
func predictShape(m Model[float32], x, state []float32, shape []int) ([]int, error) {
	if len(shape) == 0 || slices.ContainsFunc(shape, func(d int) bool { return d < 1 }) {
		return nil, fmt.Errorf("examples of shape %v: want sizes of at least 1", shape)
	}
	p := NewPass[float32](m.Layout())
	p.Begin(x, nil, state, Predict, rng.Stream{})
	y := m.Forward(p, &Batch[float32]{N: 1, Shape: append([]int{1}, shape...), X: make([]float32, length(shape))})
	if err := p.Tape.Err(); err != nil {
		return nil, fmt.Errorf("the model does not take examples of shape %v: %w", shape, err)
	}
	if s := y.Shape(); len(s) == 0 || s[0] != 1 {
		return nil, fmt.Errorf("outputs of shape %v for one example: want [1, ...]", s)
	}
	return slices.Clone(y.Shape()[1:]), nil
}

// An onnxValue is the result of a node, or the input of the graph.
type onnxValue struct {
	name  string
	shape []int // of an example; the value has the batch before it
}

// An onnxGraph collects the nodes and initializers of a graph.
type onnxGraph struct {
	layout    *Layout
	x, states []float32
	nodes     []onnxNode
	arrays    []onnxArray
	path      string // number of the layer in hand, "7.2" inside of layer 7
	err       error
}

// An onnxNode is an operation with one result.
type onnxNode struct {
	op         string
	in         []string
	out        string
	attributes []onnxAttribute
}

// An onnxAttribute is an option of a node: an int, []int or float32.
type onnxAttribute struct {
	name  string
	value any
}

// An onnxArray is a constant: of numbers, or of sizes.
type onnxArray struct {
	name    string
	shape   []int
	numbers []float32
	sizes   []int
}

// fail keeps the first mistake.
func (g *onnxGraph) fail(format string, args ...any) {
	if g.err == nil {
		g.err = fmt.Errorf(format, args...)
	}
}

// node adds an operation; shape is that of its result.
func (g *onnxGraph) node(op string, shape []int, in []string, attributes ...onnxAttribute) onnxValue {
	out := fmt.Sprintf("%s_%d", strings.ToLower(op), len(g.nodes)+1)
	g.nodes = append(g.nodes, onnxNode{op, in, out, attributes})
	return onnxValue{out, shape}
}

// apply adds an operation on x and other inputs that keeps the shape.
func (g *onnxGraph) apply(op string, x onnxValue, more ...string) onnxValue {
	return g.node(op, x.shape, append([]string{x.name}, more...))
}

// array adds a constant, unless it is there, and returns its name.
func (g *onnxGraph) array(a onnxArray) string {
	if !slices.ContainsFunc(g.arrays, func(b onnxArray) bool { return b.name == a.name }) {
		g.arrays = append(g.arrays, a)
	}
	return a.name
}

// param adds the parameters of a slot.
func (g *onnxGraph) param(s Slot) string { return g.block(&g.layout.Params[s-1], g.x) }

// state adds numbers that are not trained.
func (g *onnxGraph) state(s Slot) string { return g.block(&g.layout.States[s-1], g.states) }

func (g *onnxGraph) block(b *Block, x []float32) string {
	return g.array(onnxArray{name: b.Name, shape: b.Shape, numbers: part(x, b)})
}

// constant adds an array of equal numbers, one number without a shape.
func (g *onnxGraph) constant(v float32, shape ...int) string {
	return g.array(onnxArray{name: fmt.Sprintf("constant_%v%s", v, suffix(shape)), shape: shape, numbers: slices.Repeat([]float32{v}, length(shape))})
}

// sizes adds a shape, as an input of Reshape: 0 keeps an axis, -1 is what is left.
func (g *onnxGraph) sizes(v ...int) string {
	return g.array(onnxArray{name: "shape" + suffix(v), shape: []int{len(v)}, sizes: v})
}

// suffix makes sizes part of a name.
func suffix(sizes []int) string {
	s := ""
	for _, d := range sizes {
		s += "_" + strconv.Itoa(d)
	}
	return s
}
