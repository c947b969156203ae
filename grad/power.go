package grad

import (
	"math"

	"github.com/godescent/descent/vec"
)

// Square returns x^2.
func Square[T vec.Float](x *Tensor[T]) *Tensor[T] { return mapped(x, square[T]{}, 0, 0) }

// Sqrt returns the square root of x: NaN below 0. The derivative at 0 is infinite.
func Sqrt[T vec.Float](x *Tensor[T]) *Tensor[T] { return mapped(x, root[T]{}, 0, 0) }

// Pow returns x^p for a constant p, with the special cases of math.Pow.
func Pow[T vec.Float](x *Tensor[T], p T) *Tensor[T] { return mapped(x, pow[T]{}, p, 0) }

// Abs returns |x|. The derivative at 0 is 0.
func Abs[T vec.Float](x *Tensor[T]) *Tensor[T] { return mapped(x, abs[T]{}, 0, 0) }

// square: dx = 2 x dy.
type square[T vec.Float] struct{}

func (square[T]) name() string { return "Square" }

func (square[T]) eval(y, x []T, _ *Tensor[T]) {
	x = x[:len(y)]
	for i := range y {
		y[i] = x[i] * x[i]
	}
}

func (square[T]) slope(g, x, _ []T, _ *Tensor[T]) {
	x = x[:len(g)]
	for i := range g {
		g[i] *= 2 * x[i]
	}
}

func (square[T]) curve(g, _, _ []T) { vec.Scal(2, g) }

func (square[T]) deriv(n *Tensor[T]) *Tensor[T] { return Scale(n.in[0], 2) }

// root: dx = dy / (2 y).
type root[T vec.Float] struct{}

func (root[T]) name() string { return "Sqrt" }

func (root[T]) eval(y, x []T, _ *Tensor[T]) {
	x = x[:len(y)]
	for i := range y {
		y[i] = T(math.Sqrt(float64(x[i])))
	}
}

func (root[T]) slope(g, _, y []T, _ *Tensor[T]) {
	y = y[:len(g)]
	for i := range g {
		g[i] /= 2 * y[i]
	}
}

func (root[T]) deriv(n *Tensor[T]) *Tensor[T] { return Scale(Pow(n, -1), 0.5) }

// pow: dx = p x^(p-1) dy, with p = a.
type pow[T vec.Float] struct{}

func (pow[T]) name() string { return "Pow" }

func (pow[T]) eval(y, x []T, n *Tensor[T]) { powTo(y, x, n.a) }

func (pow[T]) slope(g, x, _ []T, n *Tensor[T]) {
	p := n.a
	if p == 0 { // also where 1/x is infinite
		clear(g)
		return
	}
	for i, v := range x[:len(g)] {
		g[i] *= p * power(v, p-1)
	}
}

func (pow[T]) deriv(n *Tensor[T]) *Tensor[T] {
	if n.a == 0 {
		return n.tape.Scalar(0)
	}
	return Scale(Pow(n.in[0], n.a-1), n.a)
}

func powTo[T vec.Float](y, x []T, p T) {
	for i, v := range x[:len(y)] {
		y[i] = power(v, p)
	}
}

func power[T vec.Float](x, p T) T {
	switch p {
	case -1:
		return 1 / x
	case 0:
		return 1
	case 1:
		return x
	case 2:
		return x * x
	}
	return T(math.Pow(float64(x), float64(p)))
}

// abs: dx = sign(x) dy.
type abs[T vec.Float] struct{}

func (abs[T]) name() string { return "Abs" }

func (abs[T]) eval(y, x []T, _ *Tensor[T]) {
	for i, v := range x[:len(y)] {
		y[i] = T(math.Abs(float64(v)))
	}
}

func (abs[T]) slope(g, x, _ []T, _ *Tensor[T]) {
	for i, v := range x[:len(g)] {
		switch {
		case v > 0:
		case v < 0:
			g[i] = -g[i]
		default:
			g[i] *= v // 0, or NaN
		}
	}
}

func (abs[T]) bends() {}

func (abs[T]) deriv(n *Tensor[T]) *Tensor[T] { return steps(n) }
