package grad

import "github.com/godescent/descent/vec"

// Reshape returns x with another shape of the same size; one axis may be -1 and is found.
// The data are not copied.
func Reshape[T vec.Float](x *Tensor[T], shape ...int) *Tensor[T] {
	t := ready("Reshape", x)
	if t == nil {
		return none(x)
	}
	if len(shape) > maxRank {
		return t.fail("Reshape", "%d axes: want at most %d", len(shape), maxRank)
	}
	s, ok := inferred(shape, len(x.data))
	if !ok {
		return t.fail("Reshape", "shape %s to %s: want %d elements, and at most one size -1", list(x.shape), list(shape), len(x.data))
	}
	if !t.checkShape("Reshape", s.shape()) {
		return t.bad
	}
	return t.view(reshapeOp[T]{}, x.data, s.shape(), x)
}

// inferred returns shape with the axis of size -1 such that it has n elements.
func inferred(shape []int, n int) (dims, bool) {
	s, free, known := dimsOf(shape), -1, 1
	for i, d := range shape {
		switch {
		case d >= 0:
			known *= d
		case d == -1 && free < 0:
			free = i
		default:
			return s, false
		}
	}
	if free < 0 {
		return s, known == n
	}
	if known == 0 || n%known != 0 {
		return s, false
	}
	s.d[free] = n / known
	return s, true
}

// reshapeOp: dx = dy.
type reshapeOp[T vec.Float] struct{}

func (reshapeOp[T]) name() string     { return "Reshape" }
func (reshapeOp[T]) vjp(y *Tensor[T]) { y.in[0].give(y.adj) }

func (reshapeOp[T]) jvp(y *Tensor[T]) *Tensor[T] { return Reshape(y.in[0].tangent(), y.shape...) }

// BroadcastTo repeats x to a shape by NumPy's rules.
func BroadcastTo[T vec.Float](x *Tensor[T], shape ...int) *Tensor[T] {
	t := ready("BroadcastTo", x)
	if t == nil {
		return none(x)
	}
	if equal(x.shape, shape) {
		return x
	}
	if !t.checkShape("BroadcastTo", shape) {
		return t.bad
	}
	if s, ok := broadcast(x.shape, shape); !ok || !equal(s.shape(), shape) {
		return t.fail("BroadcastTo", "shape %s to %s: want, from the last axis on, equal sizes or 1 in the first", list(x.shape), list(shape))
	}
	y := t.record(broadcastOp[T]{}, shape, x)
	clear(y.data)
	addBroadcast(y.data, y.shape, x.data, x.shape)
	return y
}

// broadcastOp: dx = sum of dy over the axes that were repeated.
type broadcastOp[T vec.Float] struct{}

func (broadcastOp[T]) name() string { return "BroadcastTo" }

func (broadcastOp[T]) vjp(y *Tensor[T]) {
	x := y.in[0]
	addReduced(x.toAdd(), x.shape, y.adj, y.shape)
}

func (broadcastOp[T]) jvp(y *Tensor[T]) *Tensor[T] { return BroadcastTo(y.in[0].tangent(), y.shape...) }

// StopGradient returns x as a constant: no derivative passes.
func StopGradient[T vec.Float](x *Tensor[T]) *Tensor[T] {
	t := ready("StopGradient", x)
	if t == nil {
		return none(x)
	}
	return t.leaf("StopGradient", x.data, nil, x.shape)
}
