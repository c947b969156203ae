package nn

import (
	"cmp"
	"math"
	"slices"
	"strconv"
)

// What models and layers are in ONNX (operators of https://onnx.ai/onnx/operators). Types are
// told apart by a switch, not by a method, which a type that embeds a layer would inherit. Shapes
// fit: WriteONNX has tried the model.

// model returns what adds the nodes of a model; nil for a model without a counterpart.
func (g *onnxGraph) model(m Model[float32]) func(x onnxValue) onnxValue {
	var net Chain[float32]
	switch m := m.(type) {
	case *Network[float32]:
		net = m.Net
	case *MLP[float32]:
		net = m.Net
	case *CNN[float32]:
		net = m.Net
	case *ResNet[float32]:
		net = m.Net
	case *UNet[float32]:
		return func(x onnxValue) onnxValue { return g.conv(m.head, g.scale(m, 0, x)) }
	default:
		return nil
	}
	return func(x onnxValue) onnxValue { return g.chain(net, x) }
}

// layer adds the nodes of a layer.
func (g *onnxGraph) layer(l Layer[float32], x onnxValue) onnxValue {
	if g.err != nil {
		return x // whose shape is no longer known
	}
	switch l := l.(type) {
	case Chain[float32]:
		return g.chain(l, x)
	case Residual[float32]:
		return g.residual(l, x)
	case Dropout[float32]:
		return x
	case Flatten[float32]:
		return g.flatten(x)
	case *Linear[float32]:
		return g.linear(l, x)
	case *Conv[float32]:
		return g.conv(l, x)
	case MaxPool[float32]:
		return g.pool("MaxPool", x, l.Size, l.Stride, l.Pad)
	case MeanPool[float32]:
		return g.meanPool(l, x)
	case *BatchNorm[float32]:
		return g.batchNorm(l, x)
	case *LayerNorm[float32]:
		return g.node("LayerNormalization", x.shape, g.with(x, l.Weight, l.Bias), onnxAttribute{"epsilon", float32(normEps)})
	case *GroupNorm[float32]:
		return g.groupNorm(l, x)
	case Activation[float32]:
		return g.activation(l, x)
	}
	g.fail("layer %s (%T) has no counterpart", g.path, l)
	return x
}

// chain numbers layers from 1, those inside of layer 7 as 7.1, 7.2 and so on.
func (g *onnxGraph) chain(c Chain[float32], x onnxValue) onnxValue {
	path := g.path
	for i, l := range c {
		g.path = strconv.Itoa(i + 1)
		if path != "" {
			g.path = path + "." + g.path
		}
		x = g.layer(l, x)
	}
	g.path = path
	return x
}

func (g *onnxGraph) residual(r Residual[float32], x onnxValue) onnxValue {
	y := g.layer(r.Body, x)
	if r.Short != nil {
		path := g.path
		g.path += ".short"
		x = g.layer(r.Short, x)
		g.path = path
	}
	return g.apply("Add", y, x.name)
}

func (g *onnxGraph) flatten(x onnxValue) onnxValue {
	return g.node("Flatten", []int{length(x.shape)}, []string{x.name}, onnxAttribute{"axis", 1})
}

// linear is Gemm for examples of one axis, MatMul and Add for more.
func (g *onnxGraph) linear(l *Linear[float32], x onnxValue) onnxValue {
	w := &g.layout.Params[l.Weight-1]
	shape := slices.Clone(x.shape)
	shape[len(shape)-1] = w.Shape[0]
	if len(shape) == 1 {
		return g.node("Gemm", shape, g.with(x, l.Weight, l.Bias), onnxAttribute{"transB", 1})
	}
	t := g.node("Transpose", nil, []string{g.param(l.Weight)}, onnxAttribute{"perm", []int{1, 0}})
	y := g.node("MatMul", shape, []string{x.name, t.name})
	if l.Bias == 0 {
		return y
	}
	return g.apply("Add", y, g.param(l.Bias))
}

// repeat returns an option that is alike for all axes.
func repeat(v, n int) []int { return slices.Repeat([]int{v}, n) }

// with returns the names of x and of the slots that are given.
func (g *onnxGraph) with(x onnxValue, slots ...Slot) []string {
	in := []string{x.name}
	for _, s := range slots {
		if s != 0 {
			in = append(in, g.param(s))
		}
	}
	return in
}

func (g *onnxGraph) conv(c *Conv[float32], x onnxValue) onnxValue {
	w := g.layout.Params[c.Weight-1].Shape
	axes := len(w) - 2
	stride, dilation, groups := max(1, c.options.Stride), max(1, c.options.Dilation), max(1, c.options.Groups)
	op, shape := "Conv", []int{w[0]}
	if c.transposed {
		op, shape = "ConvTranspose", []int{w[1] * groups}
	}
	for i, d := range x.shape[1:] {
		reach := dilation*(w[i+2]-1) + 1
		if c.transposed {
			shape = append(shape, (d-1)*stride+reach-2*c.options.Pad)
		} else {
			shape = append(shape, (d+2*c.options.Pad-reach)/stride+1)
		}
	}
	return g.node(op, shape, g.with(x, c.Weight, c.Bias),
		onnxAttribute{"kernel_shape", w[2:]}, onnxAttribute{"strides", repeat(stride, axes)}, onnxAttribute{"pads", repeat(c.options.Pad, 2*axes)},
		onnxAttribute{"dilations", repeat(dilation, axes)}, onnxAttribute{"group", groups})
}

// meanPool over all positions is GlobalAveragePool, whose result has axes of length 1.
func (g *onnxGraph) meanPool(l MeanPool[float32], x onnxValue) onnxValue {
	if l.Size > 0 {
		return g.pool("AveragePool", x, l.Size, l.Stride, l.Pad, onnxAttribute{"count_include_pad", 1})
	}
	if len(x.shape) == 1 {
		return x
	}
	return g.flatten(g.node("GlobalAveragePool", x.shape[:1], []string{x.name}))
}

func (g *onnxGraph) pool(op string, x onnxValue, size, stride, pad int, more ...onnxAttribute) onnxValue {
	stride = cmp.Or(stride, size)
	axes := len(x.shape) - 1
	return g.node(op, slid(x.shape, x.shape[0], size, stride, pad), []string{x.name}, append(more,
		onnxAttribute{"kernel_shape", repeat(size, axes)}, onnxAttribute{"strides", repeat(stride, axes)}, onnxAttribute{"pads", repeat(pad, 2*axes)})...)
}

func (g *onnxGraph) batchNorm(l *BatchNorm[float32], x onnxValue) onnxValue {
	return g.node("BatchNormalization", x.shape, append(g.with(x, l.Weight, l.Bias), g.state(l.Mean), g.state(l.Variance)), onnxAttribute{"epsilon", float32(normEps)})
}

// groupNorm is InstanceNormalization of groups as channels, then a factor and an offset of each
// channel: GroupNormalization itself came after operator set 17.
func (g *onnxGraph) groupNorm(l *GroupNorm[float32], x onnxValue) onnxValue {
	y := g.reshape(x.name, x.shape, 0, l.groups, -1)
	y = g.node("InstanceNormalization", nil, []string{y.name, g.constant(1, l.groups), g.constant(0, l.groups)}, onnxAttribute{"epsilon", float32(normEps)})
	y = g.reshape(y.name, x.shape, append([]int{0}, x.shape...)...)
	each := slices.Repeat([]int{1}, len(x.shape))
	each[0] = -1
	y = g.apply("Mul", y, g.reshape(g.param(l.Weight), nil, each...).name)
	return g.apply("Add", y, g.reshape(g.param(l.Bias), nil, each...).name)
}

// reshape adds a change of axes: 0 keeps an axis, -1 is what is left.
func (g *onnxGraph) reshape(name string, shape []int, sizes ...int) onnxValue {
	return g.node("Reshape", shape, []string{name, g.sizes(sizes...)})
}

// activation writes GELU and SiLU as formulas of simpler operators.
func (g *onnxGraph) activation(a Activation[float32], x onnxValue) onnxValue {
	switch a.name {
	case "leakyrelu":
		return g.node("LeakyRelu", x.shape, []string{x.name}, onnxAttribute{"alpha", float32(leak)})
	case "gelu": // x (erf(x/sqrt(2))/2 + 1/2)
		y := g.apply("Erf", g.apply("Mul", x, g.constant(1/math.Sqrt2)))
		y = g.apply("Add", g.apply("Mul", y, g.constant(0.5)), g.constant(0.5))
		return g.apply("Mul", x, y.name)
	case "silu":
		return g.apply("Mul", x, g.apply("Sigmoid", x).name)
	}
	return g.apply(map[string]string{"relu": "Relu", "tanh": "Tanh", "sigmoid": "Sigmoid", "softplus": "Softplus"}[a.name], x)
}

// scale adds scale i of a U-Net: down, through smaller ones, and back up beside itself.
func (g *onnxGraph) scale(m *UNet[float32], i int, x onnxValue) onnxValue {
	x = g.chain(m.down[i], x)
	if i == len(m.up) {
		return x
	}
	deep := g.conv(m.up[i], g.scale(m, i+1, g.pool("MaxPool", x, 2, 2, 0)))
	shape := slices.Clone(x.shape)
	shape[0] += deep.shape[0]
	return g.chain(m.join[i], g.node("Concat", shape, []string{x.name, deep.name}, onnxAttribute{"axis", 1}))
}
