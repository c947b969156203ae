package nn

import (
	"cmp"

	"github.com/godescent/descent/grad"
	"github.com/godescent/descent/vec"
)

// MaxPool is grad.MaxPool2D of images [batch, channels, height, width], with windows of
// Size x Size.
type MaxPool[T vec.Float] struct {
	Size   int
	Stride int // between windows; 0 is Size, so that they do not overlap
	Pad    int // places that windows reach over each edge
}

// Forward implements [Layer].
func (l MaxPool[T]) Forward(_ *Pass[T], x *grad.Tensor[T]) *grad.Tensor[T] {
	return grad.MaxPool2D(x, l.Size, cmp.Or(l.Stride, l.Size), l.Pad)
}

// MeanPool is grad.AvgPool2D of images [batch, channels, height, width], with windows as
// [MaxPool] has them. With Size 0 it is the mean over all axes after the second: [batch,
// channels] from [batch, channels, ...].
type MeanPool[T vec.Float] struct{ Size, Stride, Pad int }

// Forward implements [Layer].
func (l MeanPool[T]) Forward(_ *Pass[T], x *grad.Tensor[T]) *grad.Tensor[T] {
	if l.Size == 0 {
		return grad.Mean(grad.Reshape(x, x.Dim(0), x.Dim(1), -1), 2)
	}
	return grad.AvgPool2D(x, l.Size, cmp.Or(l.Stride, l.Size), l.Pad)
}
