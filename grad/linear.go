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
	t := ready("Linear", x, w, b)
	if t == nil {
		return none(x, w, b)
	}
	n := len(x.shape)
	if n < 1 || len(w.shape) != 2 || x.shape[n-1] != w.shape[0] || len(b.shape) != 1 || b.shape[0] != w.shape[1] {
		return t.fail("Linear", "input %s, weights %s, bias %s: want [... in], [in out] and [out]", list(x.shape), list(w.shape), list(b.shape))
	}
	in, out := w.shape[0], w.shape[1]
	shape := dimsOf(x.shape)
	shape.d[n-1] = out
	y := t.record(linearOp[T]{}, shape.shape(), x, w, b)
	rows := size(x.shape[:n-1])
	linalg.GemmBias(false, false, rows, out, in, 1, x.data, max(1, in), w.data, max(1, out), b.data, y.data, max(1, out))
	return y
}

// linearOp: dx = dy w', dw = x' dy, db = sum of dy over rows.
type linearOp[T vec.Float] struct{}

func (linearOp[T]) name() string { return "Linear" }

func (linearOp[T]) vjp(y *Tensor[T]) {
	x, w, b := y.in[0], y.in[1], y.in[2]
	in, out := w.shape[0], w.shape[1]
	rows := size(x.shape[:len(x.shape)-1])
	if x.wanted() {
		dx, beta := x.toGemm()
		gemm(false, true, rows, in, out, y.adj, w.data, beta, dx)
	}
	if w.wanted() {
		dw, beta := w.toGemm()
		gemm(true, false, in, out, rows, x.data, y.adj, beta, dw)
	}
	if b.wanted() {
		addReduced(b.toAdd(), b.shape, y.adj, y.shape)
	}
}

func (linearOp[T]) jvp(y *Tensor[T]) *Tensor[T] {
	x, w := y.in[0], y.in[1]
	dx, dw, db := x.tangent(), w.tangent(), y.in[2].tangent()
	switch {
	case dx == nil && dw == nil:
		return BroadcastTo(db, y.shape...)
	case dw == nil:
		return Linear(dx, w, db)
	case dx == nil:
		return Linear(x, dw, db)
	}
	return Add(MatMul(dx, w), Linear(x, dw, db))
}
