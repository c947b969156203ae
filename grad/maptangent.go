package grad

import "github.com/godescent/descent/vec"

// A curver is a mapper that knows its second derivative; then its tangent is one operation.
type curver[T vec.Float] interface {
	curve(g, x, y []T) // g *= f''(x)
}

// A bender is a mapper whose derivative is piecewise constant: the second one is 0.
type bender interface{ bends() }

// mapTangentOp is f'(x) dx. Its operands are x, dx and the mapper's result y, which has the
// function and what it keeps. With the adjoint g, that of dx is f'(x) g, of x f”(x) dx g.
type mapTangentOp[T vec.Float] struct{}

func (mapTangentOp[T]) name() string { return "Map'" }

// mapTangent records the tangent of y.
func mapTangent[T vec.Float](y, dx *Tensor[T]) *Tensor[T] {
	if y.tape.err != nil {
		return y.tape.bad
	}
	z := y.tape.record(mapTangentOp[T]{}, y.shape, y.in[0], dx, y)
	if _, ok := y.fn.(curver[T]); !ok {
		z.need = dx.need // nothing flows to x
	}
	z.each(mapTangentForward[T]{}, len(z.data))
	return z
}

// slopeTo multiplies g by f'(x) at elements lo to hi of the mapper's result y.
func (y *Tensor[T]) slopeTo(g []T, lo, hi int) {
	if y.keep != nil {
		mulBy(g, y.keep[lo:hi])
		return
	}
	y.fn.(sloper[T]).slope(g, y.in[0].data[lo:hi], y.data[lo:hi], y)
}

// mapBlock is how many elements stay in the first level cache between two loops.
const mapBlock = 2048

type mapTangentForward[T vec.Float] struct{}

func (mapTangentForward[T]) loop(z *Tensor[T], _, lo, hi int) {
	for ; lo < hi; lo += mapBlock {
		end := min(lo+mapBlock, hi)
		copy(z.data[lo:end], z.in[1].data[lo:end])
		z.in[2].slopeTo(z.data[lo:end], lo, end)
	}
}

func (mapTangentOp[T]) vjp(z *Tensor[T]) {
	x, dx, y := z.in[0], z.in[1], z.in[2]
	if _, ok := y.fn.(curver[T]); ok && x.wanted() {
		z.keep = z.tape.values.alloc(len(z.adj))
		z.each(mapTangentCurve[T]{}, len(z.adj))
		x.give(z.keep)
		z.keep = nil
	}
	if dx.wanted() {
		z.each(mapTangentSlope[T]{}, len(z.adj))
		dx.give(z.adj)
	}
}

type mapTangentCurve[T vec.Float] struct{}

func (mapTangentCurve[T]) loop(z *Tensor[T], _, lo, hi int) {
	x, y, f := z.in[0], z.in[2], z.in[2].fn.(curver[T])
	for ; lo < hi; lo += mapBlock {
		end := min(lo+mapBlock, hi)
		vec.MulTo(z.keep[lo:end], z.adj[lo:end], z.in[1].data[lo:end])
		f.curve(z.keep[lo:end], x.data[lo:end], y.data[lo:end])
	}
}

type mapTangentSlope[T vec.Float] struct{}

func (mapTangentSlope[T]) loop(z *Tensor[T], _, lo, hi int) { z.in[2].slopeTo(z.adj[lo:hi], lo, hi) }

func (mapTangentOp[T]) jvp(z *Tensor[T]) *Tensor[T] {
	first, y := z.tape.n, z.in[2]
	return z.tape.tangents(first, Mul(y.fn.deriv(y), z.in[1]))
}
