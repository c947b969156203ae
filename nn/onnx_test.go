package nn

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"math"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/godescent/descent/grad"
)

// TestONNXBytes compares a file with what the onnx package writes: testdata/perceptron.py.
func TestONNXBytes(t *testing.T) {
	want, err := os.ReadFile("testdata/perceptron.onnx")
	if err != nil {
		t.Fatal(err)
	}
	m, err := NewMLP[float32](MLPOptions{In: 2, Hidden: []int{3}, Out: 1, Activation: "leakyrelu", Dropout: 0.5})
	if err != nil {
		t.Fatal(err)
	}
	x := []float32{1, -2, 0.5, 3, 0, 0.25, 0.5, -1, 2, 1, 2, -3, 0.125}
	var out bytes.Buffer
	if err := WriteONNX(&out, m, x, nil, Input{Shape: []int{2}}); err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(out.Bytes(), want) {
		t.Errorf("%d bytes:\n%q\nwant %d:\n%q", out.Len(), out.Bytes(), len(want), want)
	}
}

// A field of a message, with an integer, the bits of a float32, or bytes.
type field struct {
	number, integer int
	bits            uint32
	bytes           []byte
}

// fields reads a message; it panics where it is none.
func fields(b []byte) (all []field) {
	varint := func() int {
		v, n := binary.Uvarint(b)
		b = b[n:]
		return int(v)
	}
	for len(b) > 0 {
		key := varint()
		f := field{number: key >> 3}
		switch key & 7 {
		case 0:
			f.integer = varint()
		case 2:
			n := varint()
			f.bytes, b = b[:n:n], b[n:]
		case 5:
			f.bits, b = binary.LittleEndian.Uint32(b), b[4:]
		default:
			panic(fmt.Sprintf("field %d of type %d", key>>3, key&7))
		}
		all = append(all, f)
	}
	return all
}

// get returns the fields of a number.
func get(b []byte, number int) (all []field) {
	for _, f := range fields(b) {
		if f.number == number {
			all = append(all, f)
		}
	}
	return all
}

// describe returns a node as a line: result = operator(inputs) and attributes.
func describe(node []byte) string {
	var in []string
	for _, f := range get(node, 1) {
		in = append(in, string(f.bytes))
	}
	s := fmt.Sprintf("%s = %s(%s)", get(node, 2)[0].bytes, get(node, 4)[0].bytes, strings.Join(in, ", "))
	for _, f := range get(node, 5) {
		a := f.bytes
		s += fmt.Sprintf(" %s=", get(a, 1)[0].bytes)
		switch get(a, 20)[0].integer {
		case 1:
			s += fmt.Sprint(math.Float32frombits(get(a, 2)[0].bits))
		case 2:
			s += fmt.Sprint(get(a, 3)[0].integer)
		case 7:
			for i, f := range get(a, 8) {
				if i > 0 {
					s += ","
				}
				s += fmt.Sprint(f.integer)
			}
		default:
			s += "?"
		}
	}
	return s
}

// dimensions returns the shape of an input or output; -1 is the batch.
func dimensions(value []byte) (shape []int) {
	array := get(get(value, 2)[0].bytes, 1)[0].bytes
	for _, f := range get(get(array, 2)[0].bytes, 1) {
		if name := get(f.bytes, 2); len(name) == 1 && string(name[0].bytes) == "batch" {
			shape = append(shape, -1)
		} else {
			shape = append(shape, get(f.bytes, 1)[0].integer)
		}
	}
	return shape
}

// TestONNXGraph: operators, inputs, attributes and arrays of a chain with every type of layer.
func TestONNXGraph(t *testing.T) {
	in := Input{Shape: []int{3, 9, 7}, Classes: 5}
	m, err := NewModel[float32](parse(t, convnet), in)
	if err != nil {
		t.Fatal(err)
	}
	x, state := point[float32](m.Layout())
	var out bytes.Buffer
	if err := WriteONNX(&out, m, x, state, in); err != nil {
		t.Fatal(err)
	}
	if v, ops := get(out.Bytes(), 1)[0].integer, get(get(out.Bytes(), 8)[0].bytes, 2)[0].integer; v != 8 || ops != 17 {
		t.Errorf("version %d, operator set %d: want 8, 17", v, ops)
	}
	graph := get(out.Bytes(), 7)[0].bytes
	var lines []string
	for _, f := range get(graph, 1) {
		lines = append(lines, describe(f.bytes))
	}
	want := []string{
		"conv_1 = Conv(input, conv1.weight) kernel_shape=3,3 strides=1,1 pads=1,1,1,1 dilations=1,1 group=1",
		"batchnormalization_2 = BatchNormalization(conv_1, batchnorm2.weight, batchnorm2.bias, batchnorm2.running_mean, batchnorm2.running_var) epsilon=1e-05",
		"relu_3 = Relu(batchnormalization_2)",
		"maxpool_4 = MaxPool(relu_3) kernel_shape=2,2 strides=2,2 pads=0,0,0,0",
		"conv_5 = Conv(maxpool_4, residual5.conv1.weight, residual5.conv1.bias) kernel_shape=3,3 strides=2,2 pads=1,1,1,1 dilations=1,1 group=4",
		"reshape_6 = Reshape(conv_5, shape_0_3_-1)",
		"instancenormalization_7 = InstanceNormalization(reshape_6, constant_1_3, constant_0_3) epsilon=1e-05",
		"reshape_8 = Reshape(instancenormalization_7, shape_0_12_2_2)",
		"reshape_9 = Reshape(residual5.groupnorm2.weight, shape_-1_1_1)",
		"mul_10 = Mul(reshape_8, reshape_9)",
		"reshape_11 = Reshape(residual5.groupnorm2.bias, shape_-1_1_1)",
		"add_12 = Add(mul_10, reshape_11)",
		"conv_13 = Conv(maxpool_4, residual5.short.conv1.weight, residual5.short.conv1.bias) kernel_shape=1,1 strides=2,2 pads=0,0,0,0 dilations=1,1 group=1",
		"add_14 = Add(add_12, conv_13)",
		"mul_15 = Mul(add_14, constant_0.70710677)",
		"erf_16 = Erf(mul_15)",
		"mul_17 = Mul(erf_16, constant_0.5)",
		"add_18 = Add(mul_17, constant_0.5)",
		"mul_19 = Mul(add_14, add_18)",
		"averagepool_20 = AveragePool(mul_19) count_include_pad=1 kernel_shape=2,2 strides=1,1 pads=0,0,0,0",
		"flatten_21 = Flatten(averagepool_20) axis=1",
		"layernormalization_22 = LayerNormalization(flatten_21, layernorm9.weight, layernorm9.bias) epsilon=1e-05",
		"gemm_23 = Gemm(layernormalization_22, linear10.weight, linear10.bias) transB=1",
		"tanh_24 = Tanh(gemm_23)",
		"gemm_25 = Gemm(tanh_24, linear13.weight, linear13.bias) transB=1",
		"output = Identity(gemm_25)",
	}
	if !slices.Equal(lines, want) {
		t.Errorf("nodes:\n%s\nwant\n%s", strings.Join(lines, "\n"), strings.Join(want, "\n"))
	}
	for number, shape := range map[int][]int{11: {-1, 3, 9, 7}, 12: {-1, 5}} {
		if d := dimensions(get(graph, number)[0].bytes); !slices.Equal(d, shape) {
			t.Errorf("field %d of the graph: shape %v: want %v", number, d, shape)
		}
	}
	checkArrays(t, graph, m.Layout(), x, state)
}

// TestONNXSequences: operators on sequences, and activations that the other test has not.
func TestONNXSequences(t *testing.T) {
	b := NewBuilder[float32]()
	m, err := NewNetwork(b, Chain[float32]{
		NewConv1D(b, "conv", 6, 8, 5, grad.Conv{Stride: 2, Pad: 1, Dilation: 2}), NewActivation(b, "silu"),
		MaxPool[float32]{Size: 3, Stride: 1, Pad: 1}, MeanPool[float32]{Size: 2},
		NewConvTranspose1D(b, "up", 8, 4, 4, grad.Conv{Stride: 2, Pad: 1, Groups: 2}), NewActivation(b, "softplus"),
		NewLinear(b, "mix", 6, 7), NewLinear(b, "out", 7, 5, NoBias), NewActivation(b, "sigmoid"), MeanPool[float32]{}, MeanPool[float32]{}, // the second has one position
	})
	if err != nil {
		t.Fatal(err)
	}
	x, state := Start[float32](m.Layout(), 1)
	var out bytes.Buffer
	if err := WriteONNX(&out, m, x, state, Input{Shape: []int{6, 20}}); err != nil {
		t.Fatal(err)
	}
	graph := get(out.Bytes(), 7)[0].bytes
	var lines []string
	for _, f := range get(graph, 1) {
		lines = append(lines, describe(f.bytes))
	}
	want := []string{
		"conv_1 = Conv(input, conv.weight, conv.bias) kernel_shape=5 strides=2 pads=1,1 dilations=2 group=1",
		"sigmoid_2 = Sigmoid(conv_1)",
		"mul_3 = Mul(conv_1, sigmoid_2)",
		"maxpool_4 = MaxPool(mul_3) kernel_shape=3 strides=1 pads=1,1",
		"averagepool_5 = AveragePool(maxpool_4) count_include_pad=1 kernel_shape=2 strides=2 pads=0,0",
		"convtranspose_6 = ConvTranspose(averagepool_5, up.weight, up.bias) kernel_shape=4 strides=2 pads=1,1 dilations=1 group=2",
		"softplus_7 = Softplus(convtranspose_6)",
		"transpose_8 = Transpose(mix.weight) perm=1,0",
		"matmul_9 = MatMul(softplus_7, transpose_8)",
		"add_10 = Add(matmul_9, mix.bias)",
		"transpose_11 = Transpose(out.weight) perm=1,0",
		"matmul_12 = MatMul(add_10, transpose_11)",
		"sigmoid_13 = Sigmoid(matmul_12)",
		"globalaveragepool_14 = GlobalAveragePool(sigmoid_13)",
		"flatten_15 = Flatten(globalaveragepool_14) axis=1",
		"output = Identity(flatten_15)",
	}
	if !slices.Equal(lines, want) {
		t.Errorf("nodes:\n%s\nwant\n%s", strings.Join(lines, "\n"), strings.Join(want, "\n"))
	}
}

// checkArrays compares the initializers with the blocks of a model, and a shape with its sizes.
func checkArrays(t *testing.T, graph []byte, l *Layout, x, state []float32) {
	blocks, sizes := 0, 0
	for _, f := range get(graph, 5) {
		name, kind, raw := string(get(f.bytes, 8)[0].bytes), get(f.bytes, 2)[0].integer, get(f.bytes, 9)[0].bytes
		var shape []int
		for _, d := range get(f.bytes, 1) {
			shape = append(shape, d.integer)
		}
		if name == "shape_0_3_-1" {
			sizes++
			if want := []uint64{0, 3, math.MaxUint64}; kind != 7 || !slices.Equal(shape, []int{3}) || !bytes.Equal(raw, uints(want)) {
				t.Errorf("%s: type %d, shape %v, % x: want the 64-bit numbers %v", name, kind, shape, raw, want)
			}
		}
		b, ok := l.Block(name)
		if !ok {
			continue
		}
		blocks++
		v := state
		if slices.ContainsFunc(l.Params, func(p Block) bool { return p.Name == name }) {
			v = x
		}
		var want []byte
		for _, v := range v[b.Offset : b.Offset+b.Len()] {
			want = binary.LittleEndian.AppendUint32(want, math.Float32bits(v))
		}
		if kind != 1 || !slices.Equal(shape, b.Shape) || !bytes.Equal(raw, want) {
			t.Errorf("%s: type %d, shape %v, %d bytes: want the block of shape %v", name, kind, shape, len(raw), b.Shape)
		}
	}
	if want := len(l.Params) + len(l.States); blocks != want || sizes != 1 {
		t.Errorf("%d of %d blocks among the initializers, %d shapes", blocks, want, sizes)
	}
}

func uints(v []uint64) (b []byte) {
	for _, u := range v {
		b = binary.LittleEndian.AppendUint64(b, u)
	}
	return b
}

// TestONNXShapes: the graph's arithmetic of shapes agrees with the models' in every layer, as
// WriteONNX itself checks for the last one.
func TestONNXShapes(t *testing.T) {
	exported, refused := 0, 0
	for _, m := range modules[float32](t) {
		g := &onnxGraph{layout: m.layout}
		g.x, g.states = point[float32](m.layout)
		if y := g.layer(m.layer, onnxValue{"input", m.in[1:]}); g.err != nil {
			refused++
		} else if exported++; !slices.Equal(y.shape, m.out[1:]) {
			t.Errorf("%s: shape %v: want %v", m.name, y.shape, m.out[1:])
		}
	}
	// Attention (in a block too), recurrent layers and graph convolutions have no counterpart.
	if refused != 8 || exported != 18 {
		t.Errorf("%d layers exported, %d refused", exported, refused)
	}
	m, err := NewUNet[float32](UNetOptions{In: 2, Out: 3, Widths: []int{4, 8, 8}})
	if err != nil {
		t.Fatal(err)
	}
	x, _ := Start[float32](m.Layout(), 1)
	var out bytes.Buffer
	if err := WriteONNX(&out, m, x, nil, Input{Shape: []int{2, 8, 12}}); err != nil {
		t.Error(err)
	} else if d := dimensions(get(get(out.Bytes(), 7)[0].bytes, 12)[0].bytes); !slices.Equal(d, []int{-1, 3, 8, 12}) {
		t.Errorf("U-Net: outputs of shape %v", d)
	}
}

// A layer or a model that embeds another is not taken for it.
type doubled struct{ *Linear[float32] }

func (l doubled) Forward(p *Pass[float32], x *grad.Tensor[float32]) *grad.Tensor[float32] {
	return grad.Scale(l.Linear.Forward(p, x), 2)
}

type wrapped struct{ *Network[float32] }

func TestONNXRefused(t *testing.T) {
	network := func(layers func(b *Builder[float32]) Chain[float32]) *Network[float32] {
		b := NewBuilder[float32]()
		m, err := NewNetwork(b, layers(b))
		if err != nil {
			t.Fatal(err)
		}
		return m
	}
	type B = *Builder[float32]
	linear := network(func(b B) Chain[float32] { return Chain[float32]{NewLinear(b, "l", 2, 3)} })
	transformer, err := NewTransformer[float32](TransformerOptions{Vocabulary: 3, Width: 4, Heads: 1})
	if err != nil {
		t.Fatal(err)
	}
	row := Input{Shape: []int{2}}
	for _, c := range []struct {
		m    Model[float32]
		in   Input
		want string
	}{
		{linear, Input{}, "examples of shape []"},
		{linear, Input{Shape: []int{0}}, "examples of shape [0]"},
		{linear, Input{Shape: []int{5}}, "does not take examples of shape [5]"},
		{transformer, row, "*nn.Transformer[float32]"},
		{wrapped{linear}, row, "nn.wrapped: want a chain"},
		{network(func(b B) Chain[float32] { return Chain[float32]{Flatten[float32]{}, doubled{NewLinear(b, "l", 2, 3)}} }), row, "layer 2 (nn.doubled) has no counterpart"},
		{network(func(b B) Chain[float32] {
			return Chain[float32]{NewLinear(b, "l", 2, 2), Residual[float32]{Body: Chain[float32]{NewLinear(b, "m", 2, 2), Func[float32](grad.Exp[float32])}}}
		}), row, "layer 2.2 (nn.Func[float32]) has no counterpart"},
		{network(func(b B) Chain[float32] {
			return Chain[float32]{Residual[float32]{Body: NewLinear(b, "m", 2, 2), Short: Chain[float32]{Func[float32](grad.Exp[float32])}}}
		}), row, "layer 1.short.1 (nn.Func[float32]) has no counterpart"},
		{network(func(b B) Chain[float32] {
			flat := Func[float32](func(x *grad.Tensor[float32]) *grad.Tensor[float32] { return grad.Sum(x) })
			return Chain[float32]{NewLinear(b, "m", 2, 2), flat}
		}), row, "outputs of shape [] for one example"},
		{network(func(b B) Chain[float32] { // a wrong rank after the layer that is refused
			image := Func[float32](func(x *grad.Tensor[float32]) *grad.Tensor[float32] { return grad.Reshape(x, -1, 1, 1, 2) })
			return Chain[float32]{image, NewConv2D(b, "c", 1, 1, 1, grad.Conv{}), MaxPool[float32]{Size: 1}}
		}), row, "layer 1 (nn.Func[float32]) has no counterpart"},
	} {
		x, state := Start[float32](c.m.Layout(), 1)
		var out bytes.Buffer
		if err := WriteONNX(&out, c.m, x, state, c.in); err == nil || !strings.Contains(err.Error(), c.want) || out.Len() > 0 {
			t.Errorf("%v, %d bytes: want an error with %q", err, out.Len(), c.want)
		}
	}
	x, _ := Start[float32](linear.Layout(), 1)
	if err := WriteONNX(&bytes.Buffer{}, linear, x[:3], nil, row); err == nil || !strings.Contains(err.Error(), "3 parameters and a state of 0 numbers: the model has 9 and 0") {
		t.Errorf("too few parameters: %v", err)
	}
	if err := WriteONNX(full{}, linear, x, nil, row); err == nil || err.Error() != errFull.Error() {
		t.Errorf("a writer that fails: %v", err)
	}
}

// The trial of the model does not move its statistics.
func TestONNXPredicts(t *testing.T) {
	m, err := NewResNet[float32](ResNetOptions{Channels: 1, Widths: []int{4}, Blocks: 1})
	if err != nil {
		t.Fatal(err)
	}
	x, state := point[float32](m.Layout())
	before := slices.Clone(state)
	if err := WriteONNX(&bytes.Buffer{}, m, x, state, Input{Shape: []int{1, 4, 4}}); err != nil || !slices.Equal(state, before) {
		t.Errorf("%v; the state moved: %v", err, !slices.Equal(state, before))
	}
}
