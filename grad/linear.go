package grad

import (
	"github.com/godescent/descent/linalg"
	"github.com/godescent/descent/vec"
)

// Linear returns x w + b: [..., in] times [in, out] plus [out] in each row, in one pass.
// A nil b is zero.
func Linear[T vec.Float](x, w, b *Tensor[T]) *Tensor[T] {
	if b == nil {
		return MatMul(x, w)
	}
	return linear("Linear", x, w, b, false)
}

// LinearT returns x w' + b: [..., in] times the transpose of [out, in] plus [out] in each
// row, in one pass. A nil b is zero.
func LinearT[T vec.Float](x, w, b *Tensor[T]) *Tensor[T] {
	if b == nil {
		return MatMulT(x, w, false, true)
	}
	return linear("LinearT", x, w, b, true)
}

func linear[T vec.Float](name string, x, w, b *Tensor[T], trans bool) *Tensor[T] {
	t := ready(name, x, w, b)
	if t == nil {
		return none(x, w, b)
	}
	n := len(x.shape)
	if n < 1 || len(w.shape) != 2 || len(b.shape) != 1 || x.shape[n-1] != w.shape[bit(trans)] || b.shape[0] != w.shape[1-bit(trans)] {
		weights := "[in out]"
		if trans {
			weights = "[out in]"
		}
		return t.fail(name, "input %s, weights %s, bias %s: want [... in], %s and [out]", list(x.shape), list(w.shape), list(b.shape), weights)
	}
	shape := dimsOf(x.shape)
	shape.d[n-1] = b.shape[0]
	y := t.record(linearOp[T]{}, shape.shape(), x, w, b)
	y.index = t.ints.alloc(1)
	y.index[0] = bit(trans)
	y.layer(w).forward(x.data, w.data, b.data, 0, y.data)
	return y
}

// A layer has the sizes of a linear one; its weights are stored transposed or not.
type layer[T vec.Float] struct {
	rows, in, out int
	trans         bool
}

func (y *Tensor[T]) layer(w *Tensor[T]) layer[T] {
	trans := y.index[0] == 1
	l := layer[T]{in: w.shape[y.index[0]], out: w.shape[1-y.index[0]], trans: trans}
	l.rows = size(y.shape[:len(y.shape)-1])
	return l
}

// forward is y = x op(w) + b, + beta y if b is nil.
func (l layer[T]) forward(x, w, b []T, beta T, y []T) {
	if b == nil {
		gemm(false, l.trans, l.rows, l.out, l.in, x, w, beta, y)
		return
	}
	ldb := l.out
	if l.trans {
		ldb = l.in
	}
	linalg.GemmBias(false, l.trans, l.rows, l.out, l.in, 1, x, max(1, l.in), w, max(1, ldb), b, y, max(1, l.out))
}

// input adds dy op(w)' to the adjoint of x.
func (l layer[T]) input(x *Tensor[T], w, dy []T) {
	dx, beta := x.toGemm()
	gemm(false, !l.trans, l.rows, l.in, l.out, dy, w, beta, dx)
}

// weights adds x' dy, or its transpose, to the adjoint of w.
func (l layer[T]) weights(w *Tensor[T], x, dy []T) {
	dw, beta := w.toGemm()
	if l.trans {
		gemm(true, false, l.out, l.in, l.rows, dy, x, beta, dw)
	} else {
		gemm(true, false, l.in, l.out, l.rows, x, dy, beta, dw)
	}
}

// linearOp: dx = dy w', dw = x' dy, db = sum of dy over rows; index: whether w is transposed.
type linearOp[T vec.Float] struct{}

func (linearOp[T]) name() string { return "Linear" }

func (linearOp[T]) vjp(y *Tensor[T]) {
	x, w, b := y.in[0], y.in[1], y.in[2]
	l := y.layer(w)
	if x.wanted() {
		l.input(x, w.data, y.adj)
	}
	if w.wanted() {
		l.weights(w, x.data, y.adj)
	}
	y.biasRows(b)
}

// biasRows adds the rows of dy to the adjoint of the bias, y's last operand, if it is wanted.
func (y *Tensor[T]) biasRows(b *Tensor[T]) {
	if b.wanted() {
		b.toAdd()
		y.split(biasBackward[T]{}, len(b.adj), min(len(b.adj)/64, len(y.adj)/grain))
	}
}

type biasBackward[T vec.Float] struct{}

func (biasBackward[T]) loop(y *Tensor[T], _, lo, hi int) {
	db := y.in[len(y.in)-1].adj
	for n, at := len(db), 0; at < len(y.adj); at += n {
		add(y.adj[at+lo:at+hi], db[lo:hi])
	}
}

func (linearOp[T]) jvp(y *Tensor[T]) *Tensor[T] {
	x, w := y.in[0], y.in[1]
	dx, dw, db := x.tangent(), w.tangent(), y.in[2].tangent()
	if dx == nil && dw == nil {
		return BroadcastTo(db, y.shape...)
	}
	return linearTangent(y, y.index[0], x, w, dx, dw, db)
}

// linearTangent records x dw + dx w + db, the tangent of a linear layer with the result y,
// whose weights are transposed if trans is 1; nil is zero, but one of dx and dw is not.
func linearTangent[T vec.Float](y *Tensor[T], trans int, x, w, dx, dw, db *Tensor[T]) *Tensor[T] {
	t := y.tape
	if t.err != nil {
		return t.bad
	}
	z := t.record(linearTangentOp[T]{}, y.shape, x, w, dx, dw, db)
	z.index = t.ints.alloc(1)
	z.index[0] = trans
	l, b, beta := z.layer(w), []T(nil), T(0)
	if db != nil {
		b = db.data
	}
	if dw != nil {
		l.forward(x.data, dw.data, b, 0, z.data)
		b, beta = nil, 1
	}
	if dx != nil {
		l.forward(dx.data, w.data, b, beta, z.data)
	}
	return z
}

// linearTangentOp: with the adjoint g, that of x is g dw', of w dx' g, of dx g w', of dw
// x' g, of db the sum of g over rows.
type linearTangentOp[T vec.Float] struct{}

func (linearTangentOp[T]) name() string { return "Linear'" }

func (linearTangentOp[T]) vjp(z *Tensor[T]) {
	x, w, dx, dw, db := z.in[0], z.in[1], z.in[2], z.in[3], z.in[4]
	l := z.layer(w)
	if dw != nil && x.wanted() {
		l.input(x, dw.data, z.adj)
	}
	if dx != nil && w.wanted() {
		l.weights(w, dx.data, z.adj)
	}
	if dx.wanted() {
		l.input(dx, w.data, z.adj)
	}
	if dw.wanted() {
		l.weights(dw, x.data, z.adj)
	}
	z.biasRows(db)
}

// The tangent is that of x dw and that of dx w.
func (linearTangentOp[T]) jvp(z *Tensor[T]) *Tensor[T] {
	x, w, dx, dw, db := z.in[0], z.in[1], z.in[2], z.in[3], z.in[4]
	var d *Tensor[T]
	if u, v := x.tangent(), dw.tangent(); dw != nil && (u != nil || v != nil) {
		d = linearTangent(z, z.index[0], x, dw, u, v, nil)
	}
	if u, v := dx.tangent(), w.tangent(); dx != nil && (u != nil || v != nil) {
		d = plus(d, linearTangent(z, z.index[0], dx, w, u, v, nil))
	}
	if b := db.tangent(); b != nil {
		d = plus(d, BroadcastTo(b, z.shape...))
	}
	return d
}
