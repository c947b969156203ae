package nn

import (
	"fmt"

	"github.com/godescent/descent/grad"
	"github.com/godescent/descent/vec"
)

// CNNOptions describes a small convolutional network, as is usual for MNIST.
type CNNOptions struct {
	Channels int     // of images; default 1
	Side     int     // height and width of images; default 28
	Classes  int     // default 10
	Widths   []int   // channels of the convolutions, each of which halves the images; default 16, 32
	Hidden   int     // units of the dense layer; default 128
	Dropout  float64 // before the last layer, in [0, 1)
}

// CNN has convolutions conv1, conv2, ... of 3 x 3, each with ReLU and 2 x 2 max pooling, and
// the linear layers fc1 with ReLU and fc2. It maps images [batch, Channels, Side, Side] to
// logits [batch, Classes] (LeCun, Bottou, Bengio and Haffner 1998).
type CNN[T vec.Float] struct{ *Network[T] }

// NewCNN returns the model, or an error that names the option to change.
func NewCNN[T vec.Float](o CNNOptions) (*CNN[T], error) {
	orDefault(&o.Channels, 1)
	orDefault(&o.Side, 28)
	orDefault(&o.Classes, 10)
	orDefault(&o.Hidden, 128)
	if o.Widths == nil {
		o.Widths = []int{16, 32}
	}
	b := NewBuilder[T]()
	checkDropout(b, o.Dropout)
	relu := NewActivation(b, "relu")
	var net Chain[T]
	in, side := o.Channels, o.Side
	for i, w := range o.Widths {
		net = append(net, NewConv2D(b, fmt.Sprintf("conv%d", i+1), in, w, 3, grad.Conv{Pad: 1}), relu, MaxPool[T]{Size: 2})
		in, side = w, side/2
	}
	if side < 1 {
		b.Fail("images of side %d with %d convolutions that halve them: want a side of at least %d", o.Side, len(o.Widths), 1<<len(o.Widths))
	}
	net = append(net, Flatten[T]{}, NewLinear(b, "fc1", in*side*side, o.Hidden), relu,
		Dropout[T]{o.Dropout}, NewLinear(b, "fc2", o.Hidden, o.Classes))
	m, err := NewNetwork(b, net)
	return &CNN[T]{m}, err
}

// orDefault replaces 0.
func orDefault(v *int, byDefault int) {
	if *v == 0 {
		*v = byDefault
	}
}
