package nn

import (
	"fmt"

	"github.com/godescent/descent/grad"
	"github.com/godescent/descent/vec"
)

// UNetOptions describes a U-Net.
type UNetOptions struct {
	In, Out int   // channels of images and of results
	Widths  []int // channels at each scale; default 16, 32
	Groups  int   // of channels that are normalized together; default 4
}

// UNet maps images [batch, In, height, width] to images [batch, Out, height, width] through
// ever smaller ones and back, with connections across at every scale (Ronneberger, Fischer and
// Brox 2015, arXiv:1505.04597). Height and width are multiples of 2^(scales - 1). Convolutions
// are 3 x 3 and keep the size, normalization is by groups.
type UNet[T vec.Float] struct {
	down   []Chain[T]
	up     []*Conv[T] // from scale i+1 to i
	join   []Chain[T]
	head   *Conv[T]
	layout *Layout
}

// NewUNet returns the model, or an error that names the option to change.
func NewUNet[T vec.Float](o UNetOptions) (*UNet[T], error) {
	if o.Widths == nil {
		o.Widths = []int{16, 32}
	}
	if o.Groups == 0 {
		o.Groups = 4
	}
	b := NewBuilder[T]()
	if len(o.Widths) == 0 {
		b.Fail("U-Net without Widths: want channels for at least one scale")
	}
	m := &UNet[T]{}
	in := o.In
	for i, w := range o.Widths {
		m.down = append(m.down, NewDoubleConv(b, fmt.Sprintf("down.%d", i), in, w, o.Groups))
		in = w
	}
	for i := range o.Widths[:max(0, len(o.Widths)-1)] {
		w := o.Widths[i]
		m.up = append(m.up, NewConvTranspose2D(b, fmt.Sprintf("up.%d", i), o.Widths[i+1], w, 2, grad.Conv{Stride: 2}))
		m.join = append(m.join, NewDoubleConv(b, fmt.Sprintf("join.%d", i), 2*w, w, o.Groups))
	}
	if len(o.Widths) > 0 {
		m.head = NewConv2D(b.With(Xavier), "head", o.Widths[0], o.Out, 1, grad.Conv{})
	}
	var err error
	m.layout, err = b.Layout()
	return m, err
}

// NewDoubleConv adds two 3 x 3 convolutions, conv1 and conv2, each with a normalization of
// groups of channels and ReLU.
func NewDoubleConv[T vec.Float](b *Builder[T], name string, in, out, groups int) Chain[T] {
	b = b.In(name)
	relu := NewActivation(b, "relu")
	return Chain[T]{
		NewConv2D(b, "conv1", in, out, 3, grad.Conv{Pad: 1}, NoBias), NewGroupNorm(b, "norm1", groups, out), relu,
		NewConv2D(b, "conv2", out, out, 3, grad.Conv{Pad: 1}, NoBias), NewGroupNorm(b, "norm2", groups, out), relu,
	}
}

// Layout implements [Model].
func (m *UNet[T]) Layout() *Layout { return m.layout }

// Forward implements [Model].
func (m *UNet[T]) Forward(p *Pass[T], b *Batch[T]) *grad.Tensor[T] {
	return m.head.Forward(p, m.scale(p, 0, p.Input(b)))
}

// scale works on images of scale i: down, through smaller ones, and back up beside itself.
func (m *UNet[T]) scale(p *Pass[T], i int, x *grad.Tensor[T]) *grad.Tensor[T] {
	x = m.down[i].Forward(p, x)
	if i == len(m.up) {
		return x
	}
	deep := m.scale(p, i+1, grad.MaxPool2D(x, 2, 2, 0))
	return m.join[i].Forward(p, grad.Concat(1, x, m.up[i].Forward(p, deep)))
}
