package grad

import (
	"math"

	"github.com/godescent/descent/vec"
)

// Softmax returns exp(x) / sum(exp(x)) over the last axis.
func Softmax[T vec.Float](x *Tensor[T]) *Tensor[T] {
	return overRows("Softmax", x, softmaxOp[T]{}, softmaxForward[T]{})
}

// LogSoftmax returns x - log(sum(exp(x))) over the last axis.
func LogSoftmax[T vec.Float](x *Tensor[T]) *Tensor[T] {
	return overRows("LogSoftmax", x, logSoftmaxOp[T]{}, logSoftmaxForward[T]{})
}

// overRows records an operation on rows of the last axis.
func overRows[T vec.Float](name string, x *Tensor[T], o op[T], k kernel[T]) *Tensor[T] {
	t := ready(name, x)
	if t == nil {
		return none(x)
	}
	if len(x.shape) == 0 || x.Dim(-1) == 0 {
		return t.fail(name, "shape %s: want a last axis with at least one element", list(x.shape))
	}
	y := t.record(o, x.shape, x)
	y.rows(k)
	return y
}

// rows runs a loop over the rows of y's last axis.
func (y *Tensor[T]) rows(k kernel[T]) {
	n := y.Dim(-1)
	y.split(k, len(y.data)/n, (len(y.data)+grain-1)/grain)
}

type softmaxForward[T vec.Float] struct{}

func (softmaxForward[T]) loop(y *Tensor[T], _, lo, hi int) {
	n := y.Dim(-1)
	for i := lo; i < hi; i++ {
		softmaxRow(cutMat(y.data, i, n), cutMat(y.in[0].data, i, n))
	}
}

// softmaxRow stores the softmax of x in p, and returns the largest x and the sum of
// exp(x - largest).
func softmaxRow[T vec.Float](p, x []T) (top, sum T) {
	top = vec.Largest(x)
	vec.ShiftTo(p, x, -top, 1)
	vec.ExpTo(p, p)
	sum = vec.Sum(p)
	vec.Scal(1/sum, p)
	return top, sum
}

// softmaxOp: dx = y (dy - sum(y dy)).
type softmaxOp[T vec.Float] struct{}

func (softmaxOp[T]) name() string { return "Softmax" }

func (softmaxOp[T]) vjp(y *Tensor[T]) {
	y.rows(softmaxBackward[T]{})
	y.in[0].give(y.adj)
}

type softmaxBackward[T vec.Float] struct{}

func (softmaxBackward[T]) loop(y *Tensor[T], _, lo, hi int) {
	n := y.Dim(-1)
	for i := lo; i < hi; i++ {
		softmaxSlope(cutMat(y.adj, i, n), cutMat(y.data, i, n))
	}
}

// softmaxSlope turns the adjoint of a row p of a softmax into that of its argument.
func softmaxSlope[T vec.Float](g, p []T) {
	vec.ShiftTo(g, g, -vec.Dot(g, p), 1)
	vec.MulTo(g, g, p)
}

func (softmaxOp[T]) jvp(y *Tensor[T]) *Tensor[T] { return softmaxTangent(y, y.in[0].tangent()) }

// softmaxTangent is y (dx - sum(y dx)), the tangent of a softmax y.
func softmaxTangent[T vec.Float](y, dx *Tensor[T]) *Tensor[T] {
	d := Mul(y, dx)
	return Sub(d, Mul(y, sumKeep("Softmax", d, []int{-1})))
}

type logSoftmaxForward[T vec.Float] struct{}

func (logSoftmaxForward[T]) loop(y *Tensor[T], _, lo, hi int) {
	n := y.Dim(-1)
	for i := lo; i < hi; i++ {
		x, z := cutMat(y.in[0].data, i, n), cutMat(y.data, i, n)
		top, sum := softmaxRow(z, x)
		c := top + T(math.Log(float64(sum)))
		for j, v := range x {
			z[j] = v - c
		}
	}
}

// logSoftmaxOp: dx = dy - exp(y) sum(dy).
type logSoftmaxOp[T vec.Float] struct{}

func (logSoftmaxOp[T]) name() string { return "LogSoftmax" }

func (logSoftmaxOp[T]) vjp(y *Tensor[T]) {
	y.keep = y.tape.values.alloc(len(y.data))
	y.rows(logSoftmaxBackward[T]{})
	y.in[0].give(y.keep)
	y.keep = nil
}

type logSoftmaxBackward[T vec.Float] struct{}

func (logSoftmaxBackward[T]) loop(y *Tensor[T], _, lo, hi int) {
	n := y.Dim(-1)
	for i := lo; i < hi; i++ {
		g, dy := cutMat(y.keep, i, n), cutMat(y.adj, i, n)
		vec.ExpTo(g, cutMat(y.data, i, n))
		vec.Scal(-vec.Sum(dy), g)
		add(dy, g)
	}
}

func (logSoftmaxOp[T]) jvp(y *Tensor[T]) *Tensor[T] {
	dx := y.in[0].tangent()
	return Sub(dx, sumKeep("LogSoftmax", Mul(Exp(y), dx), []int{-1}))
}
