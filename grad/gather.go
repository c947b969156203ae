package grad

import "github.com/godescent/descent/vec"

// Gather returns the rows index of x: the element [i, ...] of the result is
// x[index[i], ...]. The tape does not copy index.
func Gather[T vec.Float](x *Tensor[T], index []int) *Tensor[T] { return gathered("Gather", x, index) }

// Embedding returns the vectors of tokens from a table: [len(tokens), width] from
// [vocabulary, width]. Reshape the result to [batch, time, width]. The tape does not copy
// tokens.
func Embedding[T vec.Float](table *Tensor[T], tokens []int) *Tensor[T] {
	return gathered("Embedding", table, tokens)
}

func gathered[T vec.Float](name string, x *Tensor[T], index []int) *Tensor[T] {
	t := ready(name, x)
	if t == nil {
		return none(x)
	}
	if len(x.shape) == 0 {
		return t.fail(name, "a scalar: want at least one axis")
	}
	if !t.checkIndex(name, index, x.shape[0]) {
		return t.bad
	}
	shape := dimsOf(x.shape)
	shape.d[0] = len(index)
	y := t.record(gatherOp[T]{}, shape.shape(), x)
	y.index = index
	n := size(x.shape[1:])
	for i, k := range index {
		copy(y.data[i*n:(i+1)*n], x.data[k*n:])
	}
	return y
}

func (t *Tape[T]) checkIndex(op string, index []int, n int) bool {
	for i, k := range index {
		if k < 0 || k >= n {
			t.fail(op, "index %d is %d: want 0 to %d", i, k, n-1)
			return false
		}
	}
	return true
}

// gatherOp: dx[index[i]] += dy[i].
type gatherOp[T vec.Float] struct{}

func (gatherOp[T]) name() string { return "Gather" }

func (gatherOp[T]) vjp(y *Tensor[T]) {
	dx, n := y.in[0].toAdd(), size(y.shape[1:])
	for i, k := range y.index {
		add(y.adj[i*n:(i+1)*n], dx[k*n:(k+1)*n])
	}
}

func (gatherOp[T]) jvp(y *Tensor[T]) *Tensor[T] { return Gather(y.in[0].tangent(), y.index) }

// ScatterAdd returns the sums of the rows of x that have the same index: row k of the
// result, of rows rows, is the sum of all x[i, ...] with index[i] = k. The tape does not copy
// index.
func ScatterAdd[T vec.Float](x *Tensor[T], index []int, rows int) *Tensor[T] {
	t := ready("ScatterAdd", x)
	if t == nil {
		return none(x)
	}
	if len(x.shape) == 0 || len(index) != x.shape[0] || rows < 0 {
		return t.fail("ScatterAdd", "shape %s to %d rows with %d indices: want one index for each row", list(x.shape), rows, len(index))
	}
	if !t.checkIndex("ScatterAdd", index, rows) {
		return t.bad
	}
	shape := dimsOf(x.shape)
	shape.d[0] = rows
	y := t.record(scatterOp[T]{}, shape.shape(), x)
	y.index = index
	clear(y.data)
	n := size(x.shape[1:])
	for i, k := range index {
		add(x.data[i*n:(i+1)*n], y.data[k*n:(k+1)*n])
	}
	return y
}

// scatterOp: dx[i] = dy[index[i]].
type scatterOp[T vec.Float] struct{}

func (scatterOp[T]) name() string { return "ScatterAdd" }

func (scatterOp[T]) vjp(y *Tensor[T]) {
	dx, n := y.in[0].toAdd(), size(y.shape[1:])
	for i, k := range y.index {
		add(y.adj[k*n:(k+1)*n], dx[i*n:(i+1)*n])
	}
}

func (scatterOp[T]) jvp(y *Tensor[T]) *Tensor[T] {
	return ScatterAdd(y.in[0].tangent(), y.index, y.shape[0])
}

// take records the elements index of x, all axes taken as one, in a shape.
func take[T vec.Float](x *Tensor[T], index, shape []int) *Tensor[T] {
	y := x.tape.record(takeOp[T]{}, shape, x)
	y.index = index
	for i, k := range index {
		y.data[i] = x.data[k]
	}
	return y
}

// takeOp: dx[index[i]] += dy[i].
type takeOp[T vec.Float] struct{}

func (takeOp[T]) name() string { return "Take" }

func (takeOp[T]) vjp(y *Tensor[T]) {
	dx := y.in[0].toAdd()
	for i, k := range y.index {
		dx[k] += y.adj[i]
	}
}

func (takeOp[T]) jvp(y *Tensor[T]) *Tensor[T] { return take(y.in[0].tangent(), y.index, y.shape) }

// Where returns a where mask is true and b elsewhere. The shapes of a and b are equal, and
// mask has as many elements. The tape keeps a copy of mask.
func Where[T vec.Float](mask []bool, a, b *Tensor[T]) *Tensor[T] {
	t := ready("Where", a, b)
	if t == nil {
		return none(a, b)
	}
	if !equal(a.shape, b.shape) || len(mask) != len(a.data) {
		return t.fail("Where", "%d conditions, shapes %s and %s: want equal shapes and one condition for each element", len(mask), list(a.shape), list(b.shape))
	}
	index := t.ints.alloc(len(mask))
	for i, m := range mask {
		index[i] = 1
		if m {
			index[i] = 0
		}
	}
	return selected(index, a, b)
}

// selected records a where index is 0 and b where it is 1.
func selected[T vec.Float](index []int, a, b *Tensor[T]) *Tensor[T] {
	y := a.tape.record(whereOp[T]{}, a.shape, a, b)
	y.index = index
	for i, k := range index {
		y.data[i] = y.in[k].data[i]
	}
	return y
}

// whereOp: each of the operands has dy where it was taken.
type whereOp[T vec.Float] struct{}

func (whereOp[T]) name() string { return "Where" }

func (whereOp[T]) vjp(y *Tensor[T]) {
	for side, x := range y.in {
		if !x.wanted() {
			continue
		}
		dx := x.toAdd()
		for i, k := range y.index {
			if k == side {
				dx[i] += y.adj[i]
			}
		}
	}
}

func (whereOp[T]) jvp(y *Tensor[T]) *Tensor[T] {
	da, db := y.in[0].tangent(), y.in[1].tangent()
	if da == nil {
		da = y.tape.Fill(0, y.shape...)
	}
	if db == nil {
		db = y.tape.Fill(0, y.shape...)
	}
	if ready("Where", da, db) == nil {
		return y.tape.bad
	}
	return selected(y.index, da, db)
}
