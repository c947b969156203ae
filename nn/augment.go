package nn

import (
	"fmt"

	"github.com/godescent/descent/rng"
	"github.com/godescent/descent/vec"
)

// Augment changes images at random, so that a model learns what does not matter. The zero
// value changes nothing.
type Augment struct {
	Shift int  // each image moves by up to Shift pixels along both axes; zeros come in
	Flip  bool // each image is mirrored left to right with probability 1/2
}

// Check returns an error unless examples of that shape can be augmented.
func (a Augment) Check(shape []int) error {
	if a == (Augment{}) {
		return nil
	}
	if len(shape) != 3 || a.Shift < 0 || a.Shift >= min(shape[1], shape[2]) {
		return fmt.Errorf("nn: augmentation %+v of examples of shape %v: want [channels height width], and a shift smaller than an image", a, shape)
	}
	return nil
}

// AugmentBatch changes the images of b, [batch, channels, height, width], in place.
func AugmentBatch[T vec.Float](a Augment, b *Batch[T], s *rng.Stream) {
	if a == (Augment{}) {
		return
	}
	c, h, w := b.Shape[1], b.Shape[2], b.Shape[3]
	for i := range b.N {
		dy, dx := s.Intn(2*a.Shift+1)-a.Shift, s.Intn(2*a.Shift+1)-a.Shift
		flip := a.Flip && s.Uint64()>>63 == 1
		for k := i * c; k < (i+1)*c; k++ {
			plane := b.X[k*h*w : (k+1)*h*w]
			shift(plane, h, w, dy, dx)
			if flip {
				mirror(plane, w)
			}
		}
	}
}

// shift moves an image by dy rows down and dx columns to the right.
func shift[T vec.Float](x []T, h, w, dy, dx int) {
	for k := range h {
		i := k // rows are read before they are written
		if dy > 0 {
			i = h - 1 - k
		}
		row := x[i*w : (i+1)*w]
		if i-dy < 0 || i-dy >= h {
			clear(row)
			continue
		}
		from := x[(i-dy)*w : (i-dy+1)*w]
		copy(row[max(0, dx):], from[max(0, -dx):w-max(0, dx)])
		clear(row[:max(0, dx)])
		clear(row[w-max(0, -dx):])
	}
}

func mirror[T vec.Float](x []T, w int) {
	for at := 0; at < len(x); at += w {
		for i, j := at, at+w-1; i < j; i, j = i+1, j-1 {
			x[i], x[j] = x[j], x[i]
		}
	}
}
