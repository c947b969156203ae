package nn

import (
	"fmt"

	"github.com/godescent/descent/grad"
	"github.com/godescent/descent/vec"
)

// ResNetOptions describes a residual network for small images.
type ResNetOptions struct {
	Channels int   // of images; default 3
	Classes  int   // default 10
	Widths   []int // channels of the stages; each but the first halves the images; default 16, 32, 64
	Blocks   int   // residual blocks of a stage; default 3, which makes ResNet-20 of the default widths
}

// ResNet is the residual network of He, Zhang, Ren and Sun (2016, arXiv:1512.03385, section
// 4.2): a 3 x 3 convolution, stages of blocks of two more, the mean of each channel and a
// linear layer. All convolutions are followed by batch normalization. Shortcuts between stages
// are 1 x 1 convolutions (option B). It maps images [batch, Channels, height, width] to logits
// [batch, Classes].
type ResNet[T vec.Float] struct{ *Network[T] }

// NewResNet returns the model, or an error that names the option to change.
func NewResNet[T vec.Float](o ResNetOptions) (*ResNet[T], error) {
	orDefault(&o.Channels, 3)
	orDefault(&o.Classes, 10)
	orDefault(&o.Blocks, 3)
	if o.Widths == nil {
		o.Widths = []int{16, 32, 64}
	}
	b := NewBuilder[T]()
	if len(o.Widths) == 0 || o.Blocks < 1 {
		b.Fail("ResNet of %d stages with %d blocks each: want at least 1 of both", len(o.Widths), o.Blocks)
		return nil, b.d.err
	}
	in := o.Widths[0]
	relu := NewActivation(b, "relu")
	net := append(normalized(b, "conv1", "bn1", o.Channels, in, 3, grad.Conv{Pad: 1}), relu)
	for i, w := range o.Widths {
		for k := range o.Blocks {
			stride := 1
			if i > 0 && k == 0 {
				stride = 2
			}
			net = append(net, NewResBlock(b, fmt.Sprintf("layer%d.%d", i+1, k), in, w, stride), relu)
			in = w
		}
	}
	net = append(net, MeanPool[T]{}, NewLinear(b.With(Xavier), "fc", in, o.Classes))
	m, err := NewNetwork(b, net)
	return &ResNet[T]{m}, err
}

// NewResBlock adds two normalized 3 x 3 convolutions, conv1 with ReLU and conv2, and a
// shortcut: x itself, or a normalized 1 x 1 convolution, downsample, where the shape changes.
func NewResBlock[T vec.Float](b *Builder[T], name string, in, out, stride int) Residual[T] {
	b = b.In(name)
	body := append(normalized(b, "conv1", "bn1", in, out, 3, grad.Conv{Stride: stride, Pad: 1}), NewActivation(b, "relu"))
	body = append(body, normalized(b, "conv2", "bn2", out, out, 3, grad.Conv{Pad: 1})...)
	r := Residual[T]{Body: body}
	if stride != 1 || in != out {
		r.Short = normalized(b.In("downsample"), "0", "1", in, out, 1, grad.Conv{Stride: stride})
	}
	return r
}

// normalized adds a convolution without bias and its batch normalization.
func normalized[T vec.Float](b *Builder[T], conv, norm string, in, out, k int, o grad.Conv) Chain[T] {
	return Chain[T]{NewConv2D(b, conv, in, out, k, o, NoBias), NewBatchNorm(b, norm, out)}
}
