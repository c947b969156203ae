package grad

import (
	"math"

	"github.com/godescent/descent/vec"
)

// Exp returns exp(x).
func Exp[T vec.Float](x *Tensor[T]) *Tensor[T] { return mapped(x, exp[T]{}, 0, 0) }

// Log returns the natural logarithm of x: -Inf at 0, NaN below.
func Log[T vec.Float](x *Tensor[T]) *Tensor[T] { return mapped(x, logarithm[T]{}, 0, 0) }

// Erf returns the error function of x.
func Erf[T vec.Float](x *Tensor[T]) *Tensor[T] { return mapped(x, erf[T]{}, 0, 0) }

// exp: dx = y dy.
type exp[T vec.Float] struct{}

func (exp[T]) name() string                    { return "Exp" }
func (exp[T]) eval(y, x []T, _ *Tensor[T])     { vec.ExpTo(y, x) }
func (exp[T]) slope(g, _, y []T, _ *Tensor[T]) { mulBy(g, y) }
func (exp[T]) curve(g, _, y []T)               { mulBy(g, y) }
func (exp[T]) deriv(n *Tensor[T]) *Tensor[T]   { return n }

// logarithm: dx = dy / x.
type logarithm[T vec.Float] struct{}

func (logarithm[T]) name() string                { return "Log" }
func (logarithm[T]) eval(y, x []T, _ *Tensor[T]) { vec.LogTo(y, x) }

func (logarithm[T]) slope(g, x, _ []T, _ *Tensor[T]) {
	for i := range g {
		g[i] /= x[i]
	}
}

func (logarithm[T]) deriv(n *Tensor[T]) *Tensor[T] { return Pow(n.in[0], -1) }

// erf: dx = 2/sqrt(pi) exp(-x^2) dy, which is kept.
type erf[T vec.Float] struct{}

func (erf[T]) name() string                { return "Erf" }
func (erf[T]) eval(y, x []T, _ *Tensor[T]) { vec.ErfTo(y, x) }

func (erf[T]) evalSlope(y, d, x []T) {
	vec.ErfTo(y, x)
	for i, v := range x[:len(d)] {
		d[i] = -v * v
	}
	vec.ExpTo(d, d)
	vec.Scal(2/math.SqrtPi, d)
}

func (erf[T]) deriv(n *Tensor[T]) *Tensor[T] {
	return Scale(Exp(Neg(Square(n.in[0]))), 2/math.SqrtPi)
}
