package grad

import "github.com/godescent/descent/vec"

// A mapper is an elementwise function of one tensor. n is the node of its result; its
// numbers a and b are parameters of the function.
type mapper[T vec.Float] interface {
	name() string
	eval(y, x []T, n *Tensor[T])     // y = f(x)
	slope(g, x, y []T, n *Tensor[T]) // g *= f'(x)
	deriv(n *Tensor[T]) *Tensor[T]   // records f'(x)
}

// mapped records f(x).
func mapped[T vec.Float](x *Tensor[T], f mapper[T], a, b T) *Tensor[T] {
	t := ready(f.name(), x)
	if t == nil {
		return none(x)
	}
	y := t.record(mapOp[T]{}, x.shape, x)
	y.fn, y.a, y.b = f, a, b
	y.each(mapForward[T]{}, len(y.data))
	return y
}

type mapForward[T vec.Float] struct{}

func (mapForward[T]) loop(y *Tensor[T], lo, hi int) { y.fn.eval(y.data[lo:hi], y.in[0].data[lo:hi], y) }

type mapBackward[T vec.Float] struct{}

func (mapBackward[T]) loop(y *Tensor[T], lo, hi int) {
	y.fn.slope(y.adj[lo:hi], y.in[0].data[lo:hi], y.data[lo:hi], y)
}

// mapOp: dx = f'(x) * dy.
type mapOp[T vec.Float] struct{}

func (mapOp[T]) name() string { return "Map" }

func (mapOp[T]) vjp(y *Tensor[T]) {
	y.each(mapBackward[T]{}, len(y.adj))
	y.in[0].give(y.adj)
}

func (mapOp[T]) jvp(y *Tensor[T]) *Tensor[T] { return Mul(y.fn.deriv(y), y.in[0].tangent()) }

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
	fill(c.data, 1)
	if n.tape.err == nil {
		n.fn.slope(c.data, n.in[0].data, n.data, n)
	}
	return c
}

// mulBy multiplies g by x.
func mulBy[T vec.Float](g, x []T) {
	x = x[:len(g)]
	for i := range g {
		g[i] *= x[i]
	}
}
