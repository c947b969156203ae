package grad

import "github.com/godescent/descent/vec"

// A mapper is an elementwise function of one tensor: a sloper or a keeper. n is the node
// of its result; its numbers a and b are parameters of the function.
type mapper[T vec.Float] interface {
	name() string
	eval(y, x []T, n *Tensor[T])   // y = f(x)
	deriv(n *Tensor[T]) *Tensor[T] // records f'(x)
}

// A sloper finds f' from x and y when it is wanted.
type sloper[T vec.Float] interface {
	slope(g, x, y []T, n *Tensor[T]) // g *= f'(x)
}

// A keeper finds f' together with f, for little more, and keeps it.
type keeper[T vec.Float] interface {
	evalSlope(y, d, x []T) // y = f(x), d = f'(x)
}

// mapped records f(x).
func mapped[T vec.Float](x *Tensor[T], f mapper[T], a, b T) *Tensor[T] {
	t := ready(f.name(), x)
	if t == nil {
		return none(x)
	}
	y := t.record(mapOp[T]{}, x.shape, x)
	y.fn, y.a, y.b = f, a, b
	if _, ok := f.(keeper[T]); ok && x.need {
		y.keep = t.values.alloc(len(y.data))
	}
	y.each(mapForward[T]{}, len(y.data))
	return y
}

type mapForward[T vec.Float] struct{}

func (mapForward[T]) loop(y *Tensor[T], _, lo, hi int) {
	x := y.in[0].data[lo:hi]
	if y.keep != nil {
		y.fn.(keeper[T]).evalSlope(y.data[lo:hi], y.keep[lo:hi], x)
		return
	}
	y.fn.eval(y.data[lo:hi], x, y)
}

type mapBackward[T vec.Float] struct{}

func (mapBackward[T]) loop(y *Tensor[T], _, lo, hi int) { y.slopeTo(y.adj[lo:hi], lo, hi) }

// mapOp: dx = f'(x) dy.
type mapOp[T vec.Float] struct{}

func (mapOp[T]) name() string { return "Map" }

func (mapOp[T]) vjp(y *Tensor[T]) {
	y.each(mapBackward[T]{}, len(y.adj))
	y.in[0].give(y.adj)
}

func (mapOp[T]) jvp(y *Tensor[T]) *Tensor[T] {
	dx := y.in[0].tangent()
	_, curved := y.fn.(curver[T])
	_, bent := y.fn.(bender)
	_, slope := y.fn.(sloper[T])
	if (curved || bent) && (slope || y.keep != nil) {
		return mapTangent(y, dx)
	}
	return Mul(y.fn.deriv(y), dx)
}

// kept records the derivative that the node n of a keeper has kept, as the function slope of
// n's operand.
func kept[T vec.Float](n *Tensor[T], slope mapper[T]) *Tensor[T] {
	if n.keep == nil || n.tape.err != nil {
		return mapped(n.in[0], slope, 0, 0)
	}
	y := n.tape.view(mapOp[T]{}, n.keep, n.shape, n.in[0])
	y.fn = slope
	return y
}

// constant records a constant of x's shape, for mappers whose derivative is piecewise
// constant; its elements are not set.
func constant[T vec.Float](x *Tensor[T]) *Tensor[T] {
	t := x.tape
	if t.err != nil {
		return t.bad
	}
	return t.leaf("constant", t.values.alloc(len(x.data)), nil, x.shape)
}

// steps records f'(x) of a mapper whose derivative is piecewise constant.
func steps[T vec.Float](n *Tensor[T]) *Tensor[T] {
	c := constant(n)
	vec.Fill(c.data, 1)
	if n.tape.err == nil {
		n.fn.(sloper[T]).slope(c.data, n.in[0].data, n.data, n)
	}
	return c
}

// mulBy multiplies g by x.
func mulBy[T vec.Float](g, x []T) { vec.MulTo(g, g, x[:len(g)]) }
