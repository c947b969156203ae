package grad

import (
	"math"

	"github.com/godescent/descent/vec"
)

// MSE returns the mean of (x - target)^2. As in all losses of two tensors here, shapes that differ are
// broadcast: [n] and [n 1] have n^2 differences.
func MSE[T vec.Float](x, target *Tensor[T]) *Tensor[T] { return Mean(Square(Sub(x, target))) }

// Huber returns the mean of h(x - target), where h(r) is r^2/2 if |r| <= eps and
// eps |r| - eps^2/2 elsewhere (Huber 1964).
func Huber[T vec.Float](x, target *Tensor[T], eps T) *Tensor[T] {
	if t := ready("Huber", x, target); t != nil && !(eps > 0) {
		return t.fail("Huber", "eps = %v: want a positive number", eps)
	}
	return Mean(mapped(Sub(x, target), huber[T]{}, eps, 0))
}

// BCEWithLogits returns the mean of -target log(s) - (1 - target) log(1 - s), where s is
// the sigmoid of logits, computed without overflow; targets are between 0 and 1.
func BCEWithLogits[T vec.Float](logits, target *Tensor[T]) *Tensor[T] {
	return Mean(Sub(Softplus(logits), Mul(logits, target)))
}

// huber: dr = r dy limited to [-eps, eps], with eps = a.
type huber[T vec.Float] struct{}

func (huber[T]) name() string { return "Huber" }

func (huber[T]) eval(y, x []T, n *Tensor[T]) {
	eps := n.a
	for i, r := range x[:len(y)] {
		if r = T(math.Abs(float64(r))); r <= eps {
			y[i] = r * r / 2
		} else {
			y[i] = eps*r - eps*eps/2
		}
	}
}

func (huber[T]) slope(g, x, _ []T, n *Tensor[T]) {
	for i, r := range x[:len(g)] {
		g[i] *= min(max(r, -n.a), n.a)
	}
}

func (huber[T]) deriv(n *Tensor[T]) *Tensor[T] { return Clamp(n.in[0], -n.a, n.a) }
