package grad

import "github.com/godescent/descent/vec"

// Permute returns x with its axes in another order: axis i of the result is axis axes[i]
// of x.
func Permute[T vec.Float](x *Tensor[T], axes ...int) *Tensor[T] {
	t := ready("Permute", x)
	if t == nil {
		return none(x)
	}
	n := len(x.shape)
	var perm, shape dims
	seen := 0
	for _, a := range axes {
		k, ok := axisOf(a, n)
		if !ok || len(axes) != n || seen&(1<<k) != 0 {
			return t.fail("Permute", "axes %s of shape %s: want each of the %d axes once", list(axes), list(x.shape), n)
		}
		seen |= 1 << k
		perm.add(k)
		shape.add(x.shape[k])
	}
	if len(axes) != n {
		return t.fail("Permute", "axes %s of shape %s: want each of the %d axes once", list(axes), list(x.shape), n)
	}
	y := t.record(permuteOp[T]{}, shape.shape(), x)
	y.index = t.ints.alloc(n)
	copy(y.index, perm.shape())
	y.move(y.data, x.data, false)
	return y
}

// Transpose returns x with its last two axes exchanged.
func Transpose[T vec.Float](x *Tensor[T]) *Tensor[T] {
	t := ready("Transpose", x)
	if t == nil {
		return none(x)
	}
	n := len(x.shape)
	if n < 2 {
		return t.fail("Transpose", "shape %s: want at least 2 axes", list(x.shape))
	}
	axes := dims{n: n}
	for i := range n {
		axes.d[i] = i
	}
	axes.d[n-1], axes.d[n-2] = n-2, n-1
	return Permute(x, axes.shape()...)
}

// move copies src, in the order of the operand, to dst in that of the result y; with back it
// adds dst's counterpart the other way: src is in the order of y and added to dst.
func (y *Tensor[T]) move(dst, src []T, back bool) {
	if len(y.data) == 0 {
		return
	}
	n := len(y.shape)
	var stride, at [maxRank]int // steps in the operand for the axes of y
	for i, a := range y.index {
		stride[i] = size(y.in[0].shape[a+1:])
	}
	width, step := 1, 1
	if n > 0 {
		width, step = y.shape[n-1], stride[n-1]
	}
	for to, from := 0, 0; to < len(y.data); to += width {
		switch {
		case back && step == 1:
			add(src[to:to+width], dst[from:from+width])
		case back:
			p := from
			for _, v := range src[to : to+width] {
				dst[p] += v
				p += step
			}
		case step == 1:
			copy(dst[to:to+width], src[from:])
		default:
			p := from
			row := dst[to : to+width]
			for i := range row {
				row[i] = src[p]
				p += step
			}
		}
		for i := n - 2; i >= 0; i-- {
			at[i]++
			from += stride[i]
			if at[i] < y.shape[i] {
				break
			}
			from -= at[i] * stride[i]
			at[i] = 0
		}
	}
}

// permuteOp: dx = dy with the axes in their former order.
type permuteOp[T vec.Float] struct{}

func (permuteOp[T]) name() string     { return "Permute" }
func (permuteOp[T]) vjp(y *Tensor[T]) { y.move(y.in[0].toAdd(), y.adj, true) }

func (permuteOp[T]) jvp(y *Tensor[T]) *Tensor[T] { return Permute(y.in[0].tangent(), y.index...) }
