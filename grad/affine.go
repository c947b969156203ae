package grad

import "github.com/godescent/descent/vec"

// Scale returns a x.
func Scale[T vec.Float](x *Tensor[T], a T) *Tensor[T] { return mapped(x, affine[T]{}, a, 0) }

// AddScalar returns x + b.
func AddScalar[T vec.Float](x *Tensor[T], b T) *Tensor[T] { return mapped(x, affine[T]{}, 1, b) }

// Neg returns -x.
func Neg[T vec.Float](x *Tensor[T]) *Tensor[T] { return mapped(x, affine[T]{}, -1, 0) }

// affine: y = a x + b.
type affine[T vec.Float] struct{}

func (affine[T]) name() string { return "Scale" }

func (affine[T]) eval(y, x []T, n *Tensor[T]) {
	a, b := n.a, n.b
	x = x[:len(y)]
	for i := range y {
		y[i] = a*x[i] + b
	}
}

func (affine[T]) slope(g, _, _ []T, n *Tensor[T]) {
	if n.a != 1 {
		vec.Scal(n.a, g)
	}
}

func (affine[T]) deriv(n *Tensor[T]) *Tensor[T] { return n.tape.Scalar(n.a) }
