package nn

import (
	"cmp"

	"github.com/godescent/descent/grad"
	"github.com/godescent/descent/vec"
)

// MaxPool is the largest element of windows of images [batch, channels, height, width], Size x
// Size, or of sequences [batch, channels, length].
type MaxPool[T vec.Float] struct {
	Size   int
	Stride int // between windows; 0 is Size, so that they do not overlap
	Pad    int // places that windows reach over each edge, at most half of Size
}

// Forward implements [Layer].
func (l MaxPool[T]) Forward(_ *Pass[T], x *grad.Tensor[T]) *grad.Tensor[T] {
	pool := grad.MaxPool2D[T]
	if len(x.Shape()) == 3 {
		pool = grad.MaxPool1D[T]
	}
	return pool(x, l.Size, cmp.Or(l.Stride, l.Size), l.Pad)
}

// MeanPool is the mean of windows, as [MaxPool] has them, where places over the edge count as 0.
// With Size 0 it is the mean over all axes after the second: [batch, channels] from [batch,
// channels, ...].
type MeanPool[T vec.Float] struct{ Size, Stride, Pad int }

// Forward implements [Layer].
func (l MeanPool[T]) Forward(_ *Pass[T], x *grad.Tensor[T]) *grad.Tensor[T] {
	if l.Size == 0 {
		return grad.Mean(grad.Reshape(x, x.Dim(0), x.Dim(1), -1), 2)
	}
	pool := grad.AvgPool2D[T]
	if len(x.Shape()) == 3 {
		pool = grad.AvgPool1D[T]
	}
	return pool(x, l.Size, cmp.Or(l.Stride, l.Size), l.Pad)
}
