package grad

import (
	"math"

	"github.com/godescent/descent/vec"
)

// CrossEntropy returns the mean of CrossEntropies.
func CrossEntropy[T vec.Float](logits *Tensor[T], labels []int) *Tensor[T] {
	return Mean(CrossEntropies(logits, labels))
}

// CrossEntropies returns -log(softmax(logits)[label]) of each row of logits [..., classes]
// with its label, fused: [...]. The tape does not copy labels.
func CrossEntropies[T vec.Float](logits *Tensor[T], labels []int) *Tensor[T] {
	t := ready("CrossEntropy", logits)
	if t == nil {
		return none(logits)
	}
	n := len(logits.shape)
	if n == 0 || logits.shape[n-1] == 0 || size(logits.shape[:n-1]) != len(labels) {
		return t.fail("CrossEntropy", "logits %s with %d labels: want [... classes] and one label for each row", list(logits.shape), len(labels))
	}
	classes := logits.shape[n-1]
	for i, k := range labels {
		if k < 0 || k >= classes {
			return t.fail("CrossEntropy", "label of row %d is %d: want 0 to %d, a column of logits %s", i, k, classes-1, list(logits.shape))
		}
	}
	y := t.record(crossEntropyOp[T]{}, logits.shape[:n-1], logits)
	y.index, y.keep = labels, t.values.alloc(len(logits.data))
	y.split(crossEntropyForward[T]{}, len(labels), (len(logits.data)+grain-1)/grain)
	return y
}

type crossEntropyForward[T vec.Float] struct{}

func (crossEntropyForward[T]) loop(y *Tensor[T], _, lo, hi int) {
	n := y.in[0].Dim(-1)
	for i := lo; i < hi; i++ {
		x := cutMat(y.in[0].data, i, n)
		top, sum := softmaxRow(cutMat(y.keep, i, n), x)
		y.data[i] = top - x[y.index[i]] + T(math.Log(float64(sum)))
	}
}

// crossEntropyOp: dx = dy (softmax(x) - onehot(label)). keep: softmax(x).
type crossEntropyOp[T vec.Float] struct{}

func (crossEntropyOp[T]) name() string { return "CrossEntropy" }

func (crossEntropyOp[T]) vjp(y *Tensor[T]) {
	_, y.a = y.in[0].toGemm()
	y.split(crossEntropyBackward[T]{}, len(y.adj), (len(y.keep)+grain-1)/grain)
}

type crossEntropyBackward[T vec.Float] struct{}

func (crossEntropyBackward[T]) loop(y *Tensor[T], _, lo, hi int) {
	x := y.in[0]
	n := x.Dim(-1)
	for i := lo; i < hi; i++ {
		g, row := y.adj[i], cutMat(x.adj, i, n)
		if y.a == 0 {
			vec.ShiftTo(row, cutMat(y.keep, i, n), 0, g)
		} else {
			vec.Axpy(g, cutMat(y.keep, i, n), row)
		}
		row[y.index[i]] -= g
	}
}

func (crossEntropyOp[T]) jvp(y *Tensor[T]) *Tensor[T] {
	x := y.in[0]
	p := Softmax(x)
	hot := constant(x)
	if y.tape.err != nil {
		return y.tape.bad
	}
	clear(hot.data)
	for i, k := range y.index {
		hot.data[i*x.Dim(-1)+k] = 1
	}
	return Sum(Mul(Sub(p, hot), x.tangent()), -1)
}
