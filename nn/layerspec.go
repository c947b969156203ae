package nn

import (
	"cmp"
	"errors"
	"fmt"
	"maps"
	"math"
	"slices"
	"strings"

	"github.com/godescent/descent/grad"
	"github.com/godescent/descent/vec"
)

// A LayerSpec describes a layer of a chain. Its input is what the layer before gives, or the
// data.
type LayerSpec struct {
	Type string `toml:"type" json:"type"` // linear, conv, maxpool, meanpool, flatten, dropout, batchnorm, layernorm, groupnorm, residual, or an activation

	Out      int     `toml:"out" json:"out,omitzero"`           // linear, conv; of a last linear layer, the outputs that the data want if 0
	Kernel   int     `toml:"kernel" json:"kernel,omitzero"`     // conv (required), maxpool (default 2), meanpool (all positions if 0): length or side
	Stride   int     `toml:"stride" json:"stride,omitzero"`     // conv (default 1), pools (default kernel)
	Pad      int     `toml:"pad" json:"pad,omitzero"`           // conv, pools
	Dilation int     `toml:"dilation" json:"dilation,omitzero"` // conv (default 1)
	Groups   int     `toml:"groups" json:"groups,omitzero"`     // conv (default 1), groupnorm (required)
	Bias     *bool   `toml:"bias" json:"bias,omitzero"`         // linear, conv (default true)
	Rate     float64 `toml:"rate" json:"rate,omitzero"`         // dropout (required), between 0 and 1

	Body  []LayerSpec `toml:"layer" json:"layer,omitzero"` // residual: the layers whose result is added to the input
	Short []LayerSpec `toml:"short" json:"short,omitzero"` // residual: layers of the shortcut, where shapes change
}

// A chainBuilder makes layers of specs one after the other and knows the shape between them.
type chainBuilder[T vec.Float] struct {
	b       *Builder[T]
	path    string // of the numbers of the residual layers around: "5."
	number  string // of the layer in hand: "5.2"
	shape   []int  // of an example
	outputs int    // of a linear layer without a size, if it is the last of all; else 0
}

// A layerKind is one of the types of layers: the options that it takes and how it is made.
type layerKind[T vec.Float] struct {
	keys  []string
	build func(c *chainBuilder[T], name string, s LayerSpec) (Layer[T], error)
}

func layerKinds[T vec.Float]() map[string]layerKind[T] {
	return map[string]layerKind[T]{
		"linear":    {[]string{"out", "bias"}, (*chainBuilder[T]).linear},
		"conv":      {[]string{"out", "kernel", "stride", "pad", "dilation", "groups", "bias"}, (*chainBuilder[T]).conv},
		"maxpool":   {[]string{"kernel", "stride", "pad"}, (*chainBuilder[T]).maxPool},
		"meanpool":  {[]string{"kernel", "stride", "pad"}, (*chainBuilder[T]).meanPool},
		"flatten":   {nil, (*chainBuilder[T]).flatten},
		"dropout":   {[]string{"rate"}, (*chainBuilder[T]).dropout},
		"batchnorm": {nil, (*chainBuilder[T]).batchNorm},
		"layernorm": {nil, (*chainBuilder[T]).layerNorm},
		"groupnorm": {[]string{"groups"}, (*chainBuilder[T]).groupNorm},
		"residual":  {[]string{"layer", "short"}, (*chainBuilder[T]).residual},
	}
}

// newChain returns the network of a spec without a kind. Blocks have the type and the number
// of their layer in their names: conv1.weight, residual4.linear1.bias.
func newChain[T vec.Float](s Spec, in Input) (Model[T], error) {
	for _, key := range setFields(s) {
		if key != "layer" && key != "tract" {
			return nil, fmt.Errorf("nn: option %s of a chain of layers: want kind, or options of the layers", key)
		}
	}
	if len(s.Chain) == 0 {
		return nil, fmt.Errorf("nn: model without kind and layers: want kind = \"mlp\", cnn, resnet, transformer, unet or gcn, or layers")
	}
	out, err := in.outputs()
	if err != nil {
		return nil, err
	}
	if len(in.Shape) == 0 || slices.ContainsFunc(in.Shape, func(d int) bool { return d < 1 }) {
		return nil, fmt.Errorf("nn: examples of shape %v: want sizes of at least 1 for a chain of layers", in.Shape)
	}
	b := NewBuilder[T]()
	c := &chainBuilder[T]{b: b, shape: slices.Clone(in.Shape), outputs: out}
	net, err := c.chain(s.Chain)
	if err != nil {
		return nil, err
	}
	if length(c.shape) != out || in.Classes > 0 && len(c.shape) != 1 {
		return nil, fmt.Errorf("nn: layer %d (%s), the last, gives %v for an example: want [%d], as the data have it", len(s.Chain), s.Chain[len(s.Chain)-1].Type, c.shape, out)
	}
	m, err := NewNetwork(b, net)
	if err != nil {
		return nil, err
	}
	return m, nil
}

// chain makes the layers of a list.
func (c *chainBuilder[T]) chain(specs []LayerSpec) (Chain[T], error) {
	var net Chain[T]
	for i, s := range specs {
		c.number = fmt.Sprintf("%s%d", c.path, i+1)
		at := *c
		at.b = c.b.With(draw(specs[i+1:]))
		if i < len(specs)-1 {
			at.outputs = 0
		}
		l, err := at.layer(fmt.Sprintf("%s%d", s.Type, i+1), s)
		if err == nil {
			err = cmp.Or(c.b.d.err, bounded(at.shape))
		}
		if err != nil {
			return nil, inLayer(c.number, s.Type, err)
		}
		c.shape = at.shape
		net = append(net, l)
	}
	return net, nil
}

// bounded checks that an example has numbers that can be counted.
func bounded(shape []int) error {
	n := 1.0
	for _, d := range shape {
		n *= float64(d)
	}
	if n > maxParams {
		return fmt.Errorf("%v for an example: want at most %d numbers", shape, maxParams)
	}
	return nil
}

// A layerError says which layer is wrong.
type layerError struct {
	number, kind string
	err          error
}

func (e *layerError) Error() string {
	return fmt.Sprintf("nn: layer %s (%s): %s", e.number, e.kind, strings.TrimPrefix(e.err.Error(), "nn: "))
}

// inLayer names the layer of an error, unless it is one of a layer inside of it.
func inLayer(number, kind string, err error) error {
	var inside *layerError
	if errors.As(err, &inside) {
		return inside
	}
	return &layerError{number, kind, err}
}

// draw returns how weights are drawn that the layers rest follow: by [Kaiming] if the next
// activation is relu or leakyrelu, by [Xavier] otherwise.
func draw(rest []LayerSpec) Init {
	for _, s := range rest {
		switch {
		case s.Type == "relu" || s.Type == "leakyrelu":
			return Kaiming
		case slices.Contains(activationNames, s.Type):
			return Xavier
		}
	}
	return Xavier
}

func (c *chainBuilder[T]) layer(name string, s LayerSpec) (Layer[T], error) {
	if slices.Contains(activationNames, s.Type) {
		if set := setFields(s); len(set) > 1 {
			return nil, fmt.Errorf("option %s: want none", set[1])
		}
		return NewActivation(c.b, s.Type), nil
	}
	kinds := layerKinds[T]()
	kind, ok := kinds[s.Type]
	if !ok {
		types := append(slices.Sorted(maps.Keys(kinds)), activationNames...)
		return nil, fmt.Errorf("unknown type: want one of %s", strings.Join(types, ", "))
	}
	for _, key := range setFields(s) {
		if key != "type" && !slices.Contains(kind.keys, key) {
			return nil, fmt.Errorf("option %s: want %s", key, cmp.Or(strings.Join(kind.keys, ", "), "none"))
		}
	}
	for _, v := range []int{s.Out, s.Kernel, s.Stride, s.Pad, s.Dilation, s.Groups} {
		if v < 0 || v > math.MaxInt32 {
			return nil, fmt.Errorf("an option is %d: want 0 to %d", v, math.MaxInt32)
		}
	}
	return kind.build(c, name, s)
}

// options returns those of a layer that can do without a bias.
func (s *LayerSpec) options() []Option {
	if s.Bias != nil && !*s.Bias {
		return []Option{NoBias}
	}
	return nil
}

func (c *chainBuilder[T]) linear(name string, s LayerSpec) (Layer[T], error) {
	if len(c.shape) != 1 {
		return nil, fmt.Errorf("input %v: want one axis: flatten or meanpool before it", c.shape)
	}
	out := cmp.Or(s.Out, c.outputs)
	if out == 0 {
		return nil, fmt.Errorf("no out: want its units; the last layer of all may leave them to the data")
	}
	in := c.shape[0]
	c.shape = []int{out}
	return NewLinear(c.b, name, in, out, s.options()...), nil
}

func (c *chainBuilder[T]) conv(name string, s LayerSpec) (Layer[T], error) {
	if len(c.shape) != 2 && len(c.shape) != 3 {
		return nil, fmt.Errorf("input %v: want [channels length] or [channels height width]", c.shape)
	}
	if s.Out == 0 || s.Kernel == 0 {
		return nil, fmt.Errorf("out = %d, kernel = %d: want at least 1 of both", s.Out, s.Kernel)
	}
	in, dilation := c.shape[0], max(1, s.Dilation)
	if !c.slide(s.Out, dilation*(s.Kernel-1)+1, max(1, s.Stride), s.Pad) {
		return nil, fmt.Errorf("input %v, kernel = %d, pad = %d, dilation = %d: want a kernel not larger than the padded input", c.shape, s.Kernel, s.Pad, dilation)
	}
	o := grad.Conv{Stride: s.Stride, Pad: s.Pad, Dilation: s.Dilation, Groups: s.Groups}
	if len(c.shape) == 2 {
		return NewConv1D(c.b, name, in, s.Out, s.Kernel, o, s.options()...), nil
	}
	return NewConv2D(c.b, name, in, s.Out, s.Kernel, o, s.options()...), nil
}

// slide makes the shape that of the windows' positions; false if a window does not fit in.
func (c *chainBuilder[T]) slide(channels, size, stride, pad int) bool {
	for _, d := range c.shape[1:] {
		if d+2*pad < size {
			return false
		}
	}
	c.shape = slid(c.shape, channels, size, stride, pad)
	return true
}

// slid returns the shape of what windows on an example give, with so many channels.
func slid(shape []int, channels, size, stride, pad int) []int {
	next := []int{channels}
	for _, d := range shape[1:] {
		next = append(next, (d+2*pad-size)/stride+1)
	}
	return next
}

func (c *chainBuilder[T]) maxPool(_ string, s LayerSpec) (Layer[T], error) {
	s.Kernel = cmp.Or(s.Kernel, 2)
	return MaxPool[T]{s.Kernel, s.Stride, s.Pad}, c.windows(s)
}

func (c *chainBuilder[T]) meanPool(_ string, s LayerSpec) (Layer[T], error) {
	if s.Kernel > 0 {
		return MeanPool[T]{s.Kernel, s.Stride, s.Pad}, c.windows(s)
	}
	if s.Stride > 0 || s.Pad > 0 {
		return nil, fmt.Errorf("stride = %d, pad = %d without kernel: want a kernel, or none of the three for the mean of all positions", s.Stride, s.Pad)
	}
	if len(c.shape) < 2 {
		return nil, fmt.Errorf("input %v: want [channels length] or [channels height width]", c.shape)
	}
	c.shape = c.shape[:1]
	return MeanPool[T]{}, nil
}

// windows checks a pool and makes the shape that of its results.
func (c *chainBuilder[T]) windows(s LayerSpec) error {
	if len(c.shape) != 2 && len(c.shape) != 3 {
		return fmt.Errorf("input %v: want [channels length] or [channels height width]", c.shape)
	}
	if 2*s.Pad > s.Kernel || !c.slide(c.shape[0], s.Kernel, cmp.Or(s.Stride, s.Kernel), s.Pad) {
		return fmt.Errorf("input %v, kernel = %d, pad = %d: want a kernel not larger than the padded input, and a pad of at most half of it", c.shape, s.Kernel, s.Pad)
	}
	return nil
}

func (c *chainBuilder[T]) flatten(string, LayerSpec) (Layer[T], error) {
	c.shape = []int{length(c.shape)}
	return Flatten[T]{}, nil
}

func (c *chainBuilder[T]) dropout(_ string, s LayerSpec) (Layer[T], error) {
	if !(s.Rate > 0 && s.Rate < 1) {
		return nil, fmt.Errorf("rate = %v: want 0 < rate < 1", s.Rate)
	}
	return Dropout[T]{s.Rate}, nil
}

func (c *chainBuilder[T]) batchNorm(name string, _ LayerSpec) (Layer[T], error) {
	return NewBatchNorm(c.b, name, c.shape[0]), nil
}

func (c *chainBuilder[T]) layerNorm(name string, _ LayerSpec) (Layer[T], error) {
	if len(c.shape) != 1 {
		return nil, fmt.Errorf("input %v: want one axis; groupnorm takes channels", c.shape)
	}
	return NewLayerNorm(c.b, name, c.shape[0]), nil
}

func (c *chainBuilder[T]) groupNorm(name string, s LayerSpec) (Layer[T], error) {
	if s.Groups == 0 {
		return nil, fmt.Errorf("no groups: want a divisor of the %d channels", c.shape[0])
	}
	return NewGroupNorm(c.b, name, s.Groups, c.shape[0]), nil
}

func (c *chainBuilder[T]) residual(name string, s LayerSpec) (Layer[T], error) {
	if len(s.Body) == 0 {
		return nil, fmt.Errorf("no layers inside: want at least 1")
	}
	body := &chainBuilder[T]{b: c.b.In(name), path: c.number + ".", shape: slices.Clone(c.shape)}
	short := &chainBuilder[T]{b: c.b.In(name).In("short"), path: c.number + ".short.", shape: slices.Clone(c.shape)}
	var r Residual[T]
	var err error
	if r.Body, err = body.chain(s.Body); err != nil {
		return nil, err
	}
	if len(s.Short) > 0 {
		if r.Short, err = short.chain(s.Short); err != nil {
			return nil, err
		}
	}
	if !slices.Equal(body.shape, short.shape) {
		return nil, fmt.Errorf("input %v, layers inside give %v, the shortcut %v: want equal shapes, by layers in short", c.shape, body.shape, short.shape)
	}
	c.shape = body.shape
	return r, nil
}
