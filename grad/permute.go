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
	y.permute(permuteForward[T]{})
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

// permute runs a loop over the rows of the last axis of y.
func (y *Tensor[T]) permute(k kernel[T]) {
	if len(y.data) > 0 {
		y.split(k, len(y.data)/y.Dim(-1), (len(y.data)+grain-1)/grain)
	}
}

// steps returns how far apart in the operand are neighbours along each axis of y.
func (y *Tensor[T]) steps() (stride [maxRank]int) {
	for i, a := range y.index {
		stride[i] = size(y.in[0].shape[a+1:])
	}
	return stride
}

type permuteForward[T vec.Float] struct{}

func (permuteForward[T]) loop(y *Tensor[T], _, lo, hi int) {
	w := walkRows(y.shape, y.steps(), lo)
	x, n, step := y.in[0].data, y.Dim(-1), w.last
	for r := lo; r < hi; r++ {
		row := cutMat(y.data, r, n)
		if step == 1 {
			copy(row, x[w.place:])
		} else {
			p := w.place
			for i := range row {
				row[i] = x[p]
				p += step
			}
		}
		w.next()
	}
}

type permuteBackward[T vec.Float] struct{}

func (permuteBackward[T]) loop(y *Tensor[T], _, lo, hi int) {
	w := walkRows(y.shape, y.steps(), lo)
	dx, n, step := y.in[0].adj, y.Dim(-1), w.last
	for r := lo; r < hi; r++ {
		row, p := cutMat(y.adj, r, n), w.place
		switch {
		case step == 1 && y.a == 0:
			copy(dx[p:p+n], row)
		case step == 1:
			add(row, dx[p:p+n])
		case y.a == 0:
			for _, v := range row {
				dx[p] = v
				p += step
			}
		default:
			for _, v := range row {
				dx[p] += v
				p += step
			}
		}
		w.next()
	}
}

// A rowWalk goes over the rows of the last axis of a shape, and knows where each begins in
// an array with other strides.
type rowWalk struct {
	n               int // axes before the last
	shape, step, at [maxRank]int
	place, last     int
}

func walkRows(shape []int, stride [maxRank]int, row int) rowWalk {
	w := rowWalk{n: max(0, len(shape)-1), step: stride, last: 1}
	copy(w.shape[:], shape)
	if len(shape) > 0 {
		w.last = stride[len(shape)-1]
	}
	for i := w.n - 1; i >= 0; i-- {
		w.at[i] = row % shape[i]
		row /= shape[i]
		w.place += w.at[i] * stride[i]
	}
	return w
}

func (w *rowWalk) next() {
	for i := w.n - 1; i >= 0; i-- {
		w.at[i]++
		w.place += w.step[i]
		if w.at[i] < w.shape[i] {
			return
		}
		w.place -= w.at[i] * w.step[i]
		w.at[i] = 0
	}
}

// permuteOp: dx = dy with the axes in their former order.
type permuteOp[T vec.Float] struct{}

func (permuteOp[T]) name() string { return "Permute" }

func (permuteOp[T]) vjp(y *Tensor[T]) {
	_, y.a = y.in[0].toGemm() // each element is set
	y.permute(permuteBackward[T]{})
}

func (permuteOp[T]) jvp(y *Tensor[T]) *Tensor[T] { return Permute(y.in[0].tangent(), y.index...) }
