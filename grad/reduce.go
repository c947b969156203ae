package grad

import (
	"math"

	"github.com/godescent/descent/vec"
)

// Sum returns the sums over some axes, which disappear; over all if none is given.
func Sum[T vec.Float](x *Tensor[T], axes ...int) *Tensor[T] {
	return drop(sumKeep("Sum", x, axes), axes)
}

// Mean returns the means over some axes, which disappear; over all if none is given.
func Mean[T vec.Float](x *Tensor[T], axes ...int) *Tensor[T] {
	return drop(meanKeep("Mean", x, axes), axes)
}

// Variance returns the mean squared deviations from the mean over some axes, which disappear;
// over all if none is given. The sum is divided by the number of elements.
func Variance[T vec.Float](x *Tensor[T], axes ...int) *Tensor[T] {
	d := Sub(x, meanKeep("Variance", x, axes))
	return drop(meanKeep("Variance", Square(d), axes), axes)
}

// LogSumExp returns log(sum(exp(x))) over some axes, which disappear; over all if none is
// given. It does not overflow.
func LogSumExp[T vec.Float](x *Tensor[T], axes ...int) *Tensor[T] {
	t := ready("LogSumExp", x)
	if t == nil {
		return none(x)
	}
	kept, ok := t.kept("LogSumExp", x, axes)
	if !ok {
		return t.bad
	}
	top := t.leaf("LogSumExp", t.values.alloc(kept.size()), nil, kept.shape())
	vec.Fill(top.data, T(math.Inf(-1)))
	maxReduced(top.data, top.shape, x.data, x.shape)
	for i, v := range top.data {
		if math.IsInf(float64(v), 0) { // exp(v - v) would be NaN
			top.data[i] = 0
		}
	}
	return drop(Add(Log(sumKeep("LogSumExp", Exp(Sub(x, top)), axes)), top), axes)
}

func maxReduced[T vec.Float](dst []T, xs []int, y []T, ys []int) {
	for r := runsOf(ys, xs, xs); r.next(); {
		p := r.a
		for _, v := range y[r.y : r.y+r.len] {
			dst[p] = max(dst[p], v)
			p += r.da
		}
	}
}

func (s *dims) size() int { return size(s.shape()) }

// kept returns x's shape with size 1 for the axes of a reduction.
func (t *Tape[T]) kept(op string, x *Tensor[T], axes []int) (dims, bool) {
	s := dimsOf(x.shape)
	if len(axes) == 0 {
		fill1(s.shape())
	}
	seen := 0
	for _, a := range axes {
		k, ok := axisOf(a, s.n)
		if !ok || seen&(1<<k) != 0 {
			t.fail(op, "axes %s of shape %s: want different axes from -%d to %d", list(axes), list(x.shape), s.n, s.n-1)
			return s, false
		}
		seen |= 1 << k
		s.d[k] = 1
	}
	return s, true
}

func fill1(x []int) {
	for i := range x {
		x[i] = 1
	}
}

// sumKeep returns sums over axes, which stay with size 1.
func sumKeep[T vec.Float](op string, x *Tensor[T], axes []int) *Tensor[T] {
	t := ready(op, x)
	if t == nil {
		return none(x)
	}
	s, ok := t.kept(op, x, axes)
	if !ok {
		return t.bad
	}
	y := t.record(sumOp[T]{}, s.shape(), x)
	clear(y.data)
	addReduced(y.data, y.shape, x.data, x.shape)
	y.index = t.ints.alloc(len(axes))
	copy(y.index, axes)
	return y
}

// meanKeep returns means over axes, which stay with size 1.
func meanKeep[T vec.Float](op string, x *Tensor[T], axes []int) *Tensor[T] {
	y := sumKeep(op, x, axes)
	if ready(op, y) == nil {
		return y
	}
	return Scale(y, T(len(y.data))/T(len(x.data)))
}

// drop removes axes of size 1, all if none is given.
func drop[T vec.Float](x *Tensor[T], axes []int) *Tensor[T] {
	if ready("Reshape", x) == nil {
		return x
	}
	var gone [maxRank]bool
	for _, a := range axes {
		k, _ := axisOf(a, len(x.shape))
		gone[k] = true
	}
	var s dims
	for i, d := range x.shape {
		if len(axes) > 0 && !gone[i] {
			s.add(d)
		}
	}
	return Reshape(x, s.shape()...)
}

// sumOp: dx = dy, repeated.
type sumOp[T vec.Float] struct{}

func (sumOp[T]) name() string { return "Sum" }

func (sumOp[T]) vjp(y *Tensor[T]) {
	x := y.in[0]
	addBroadcast(x.toAdd(), x.shape, y.adj, y.shape)
}

func (sumOp[T]) jvp(y *Tensor[T]) *Tensor[T] { return sumKeep("Sum", y.in[0].tangent(), y.index) }

// Max returns the largest elements over some axes, which disappear; over all if none is
// given. NaN is the largest of all. The derivative goes to the first of equal elements.
func Max[T vec.Float](x *Tensor[T], axes ...int) *Tensor[T] {
	t := ready("Max", x)
	if t == nil {
		return none(x)
	}
	s, ok := t.kept("Max", x, axes)
	if !ok {
		return t.bad
	}
	if len(x.data) == 0 {
		return t.fail("Max", "shape %s: want at least one element", list(x.shape))
	}
	index := t.ints.alloc(s.size())
	fillInts(index, -1)
	for r := runsOf(x.shape, s.shape(), s.shape()); r.next(); {
		p := r.a
		for i := r.y; i < r.y+r.len; i++ {
			if b := index[p]; b < 0 || x.data[i] > x.data[b] || x.data[i] != x.data[i] && x.data[b] == x.data[b] {
				index[p] = i
			}
			p += r.da
		}
	}
	return drop(take(x, index, s.shape()), axes)
}

func fillInts(x []int, v int) {
	for i := range x {
		x[i] = v
	}
}
