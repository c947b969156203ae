package grad

import "github.com/godescent/descent/vec"

// Slice returns the elements lo to hi-1 of x along an axis. Where they are together, as along
// the first axis, they are not copied.
func Slice[T vec.Float](x *Tensor[T], axis, lo, hi int) *Tensor[T] {
	t := ready("Slice", x)
	if t == nil {
		return none(x)
	}
	k, ok := axisOf(axis, len(x.shape))
	if !ok {
		return t.fail("Slice", "axis %d of shape %s: want -%d to %d", axis, list(x.shape), len(x.shape), len(x.shape)-1)
	}
	if lo < 0 || lo > hi || hi > x.shape[k] {
		return t.fail("Slice", "elements %d to %d along axis %d of shape %s: want 0 <= lo <= hi <= %d", lo, hi, axis, list(x.shape), x.shape[k])
	}
	shape := dimsOf(x.shape)
	shape.d[k] = hi - lo
	rows, inner := size(x.shape[:k]), size(x.shape[k+1:])
	from, n, stride := lo*inner, (hi-lo)*inner, x.shape[k]*inner
	var y *Tensor[T]
	if rows == 1 {
		y = t.view(sliceOp[T]{}, x.data[from:from+n:from+n], shape.shape(), x)
	} else {
		y = t.record(sliceOp[T]{}, shape.shape(), x)
		if len(y.data) > 0 {
			vec.CopyRows(y.data, n, x.data[from:], stride, n, rows)
		}
	}
	y.index = t.ints.alloc(4)
	copy(y.index, []int{from, n, stride, k})
	return y
}

// sliceOp: dx = dy in the slice, 0 elsewhere. index: first element, elements of a row of the
// result and of the operand, axis.
type sliceOp[T vec.Float] struct{}

func (sliceOp[T]) name() string { return "Slice" }

func (sliceOp[T]) vjp(y *Tensor[T]) {
	y.in[0].toAdd()
	if n := y.index[1]; n == len(y.adj) {
		y.each(sliceBackward[T]{}, n)
	} else if len(y.adj) > 0 {
		y.split(sliceRowsBackward[T]{}, len(y.adj)/n, (len(y.adj)+grain-1)/grain)
	}
}

type sliceBackward[T vec.Float] struct{}

func (sliceBackward[T]) loop(y *Tensor[T], _, lo, hi int) {
	add(y.adj[lo:hi], y.in[0].adj[y.index[0]:][lo:hi])
}

type sliceRowsBackward[T vec.Float] struct{}

func (sliceRowsBackward[T]) loop(y *Tensor[T], _, lo, hi int) {
	from, n, stride := y.index[0], y.index[1], y.index[2]
	vec.AddRows(y.in[0].adj[from+lo*stride:], stride, y.adj[lo*n:], n, n, hi-lo)
}

func (sliceOp[T]) jvp(y *Tensor[T]) *Tensor[T] {
	k := y.index[3]
	lo := y.index[0] / max(1, size(y.shape[k+1:]))
	return Slice(y.in[0].tangent(), k, lo, lo+y.shape[k])
}

// Concat joins tensors along an axis; their other axes are equal.
func Concat[T vec.Float](axis int, xs ...*Tensor[T]) *Tensor[T] {
	t := ready("Concat", xs...)
	if t == nil {
		return none(xs...)
	}
	rank := len(xs[0].shape)
	k, ok := axisOf(axis, rank)
	if !ok {
		return t.fail("Concat", "axis %d of shape %s: want -%d to %d", axis, list(xs[0].shape), rank, rank-1)
	}
	shape := dimsOf(xs[0].shape)
	for i, x := range xs[1:] {
		if len(x.shape) != rank || !equal(x.shape[:k], shape.d[:k]) || !equal(x.shape[k+1:], shape.d[k+1:rank]) {
			return t.fail("Concat", "operand %d has shape %s, operand 0 %s: want equal sizes on all axes but %d", i+1, list(x.shape), list(xs[0].shape), k)
		}
		shape.d[k] += x.shape[k]
	}
	y := t.record(concatOp[T]{}, shape.shape(), xs...)
	y.index = t.ints.alloc(1)
	y.index[0] = k
	stride, at := size(y.shape[k:]), 0
	for _, x := range xs {
		n := size(x.shape[k:])
		for p, q := 0, at; p < len(x.data); p, q = p+n, q+stride {
			copy(y.data[q:q+n], x.data[p:])
		}
		at += n
	}
	return y
}

// Stack joins tensors of one shape along a new axis.
func Stack[T vec.Float](axis int, xs ...*Tensor[T]) *Tensor[T] {
	t := ready("Stack", xs...)
	if t == nil {
		return none(xs...)
	}
	rank := len(xs[0].shape)
	k, ok := axisOf(axis, rank+1)
	if !ok || rank == maxRank {
		return t.fail("Stack", "new axis %d beside shape %s: want -%d to %d, and at most %d axes", axis, list(xs[0].shape), rank+1, rank, maxRank)
	}
	part := t.refs.alloc(len(xs))
	for i, x := range xs {
		if !equal(x.shape, xs[0].shape) {
			return t.fail("Stack", "operand %d has shape %s, operand 0 %s: want equal shapes", i, list(x.shape), list(xs[0].shape))
		}
		var s dims
		for j := range rank + 1 {
			switch {
			case j == k:
				s.add(1)
			case j < k:
				s.add(x.shape[j])
			default:
				s.add(x.shape[j-1])
			}
		}
		part[i] = Reshape(x, s.shape()...)
	}
	return Concat(k, part...)
}

// concatOp: the adjoint of each operand is its part of dy.
type concatOp[T vec.Float] struct{}

func (concatOp[T]) name() string { return "Concat" }

func (concatOp[T]) vjp(y *Tensor[T]) {
	k := y.index[0]
	stride, at := size(y.shape[k:]), 0
	for _, x := range y.in {
		n := size(x.shape[k:])
		if x.wanted() {
			dx := x.toAdd()
			for p, q := 0, at; p < len(dx); p, q = p+n, q+stride {
				add(y.adj[q:q+n], dx[p:p+n])
			}
		}
		at += n
	}
}

func (concatOp[T]) jvp(y *Tensor[T]) *Tensor[T] {
	d := y.tape.refs.alloc(len(y.in))
	for i, x := range y.in {
		d[i] = x.tangent()
		if d[i] == nil {
			d[i] = y.tape.Fill(0, x.shape...)
		}
	}
	return Concat(y.index[0], d...)
}
