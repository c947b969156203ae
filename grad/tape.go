package grad

import (
	"errors"
	"fmt"
	"math"
	"runtime"
	"strconv"
	"strings"

	"github.com/godescent/descent/rng"
	"github.com/godescent/descent/vec"
)

// A Tape records operations on tensors while they are computed, and differentiates
// what it has recorded. It owns the memory of its tensors, which lives until Reset. A
// Tape belongs to one goroutine at a time; kernels use up to linalg.Workers() of them.
// Make one with NewTape.
type Tape[T vec.Float] struct {
	// Rand is what Dropout draws from. Set it at the beginning of a step, for example
	// to a Split of the run's stream by the step's number.
	Rand rng.Stream

	values   arena[T]
	ints     arena[int]
	refs     arena[*Tensor[T]]
	geoms    arena[geometry]
	slices   arena[[]T]
	conv     convJob[T]
	norm     normJob[T]
	ridge    ridge[T]
	shapes   [][]int      // what the Shape of a Function is given
	scores   []T          // of the attention whose derivative runs now, for each part
	nodes    []*Tensor[T] // the first n are in use; all are used again after a reset
	n        int
	born     int
	err      error
	bad      *Tensor[T] // what a failed operation returns
	params   int        // numbers in parameters that have a gradient
	replays  int        // depth of segments that Checkpoint is computing again
	pass     int        // number of the present differentiation pass
	passes   int        // how many there have been
	moving   int        // depth of the tangents under way
	sweeping bool       // an adjoint pass is under way
	sinks    bool       // whether the pass adds to the gradients of watched tensors
	ex       examples[T]
	job      job[T]
	body     func(part int)
}

// A Tensor is a row-major, contiguous array of a shape on a tape: an input, a parameter
// or the result of an operation. A scalar has the shape []. It dies with the next Reset.
type Tensor[T vec.Float] struct {
	tape  *Tape[T]
	id    int   // place on the tape
	born  int   // number among all that the tape ever had
	op    op[T] // nil: a leaf
	shape []int
	data  []T
	in    []*Tensor[T]

	need bool // a gradient may flow through here
	uses int
	sink []T // the caller's memory for the gradient
	at   int // of a parameter: place of its gradient among those of all parameters

	mark    int        // pass that wants the adjoint
	adj     []T        // adjoint in the present pass; nil is zero
	tan     *Tensor[T] // tangent in pass tanPass
	tanPass int
	up      int // pass whose tensor depends on x

	shared   int // in a pass over examples, of a parameter: how many operations use it
	keepRows []T // and its gradients, if they are several

	// What operations keep; their files say for what.
	fn    mapper[T]
	a, b  T
	keep  []T
	index []int
	geom  *geometry
	ext   any
}

// An op is the derivative of an operation, forward and backward. Its methods find operands
// and what was kept in the operation's result y. Implementations have size 0, so that
// recording allocates nothing.
type op[T vec.Float] interface {
	name() string

	// vjp adds to the adjoints of y's inputs: J^T times y's adjoint, which it may destroy.
	vjp(y *Tensor[T])

	// jvp records J times the tangents of the inputs; it is not called if all are nil, but for
	// Checkpoint.
	jvp(y *Tensor[T]) *Tensor[T]
}

// NewTape returns an empty tape.
func NewTape[T vec.Float]() *Tape[T] {
	t := &Tape[T]{}
	t.bad = &Tensor[T]{tape: t, id: -1}
	t.body = t.work
	return t
}

// Reset forgets all tensors and a failure, and keeps the memory for the next step. Slices
// of Data and Shape must not be used any more.
func (t *Tape[T]) Reset() {
	for _, x := range t.nodes[:t.n] {
		*x = Tensor[T]{}
	}
	t.n, t.err, t.params = 0, nil, 0
	t.moving, t.sweeping = 0, false
	t.values.reset()
	t.ints.reset()
	t.refs.reset()
	t.geoms.reset()
	t.slices.reset()
}

// Err returns the first failure since the last reset: a shape that does not fit, a label
// out of range and the like. Operations after a failure do nothing.
func (t *Tape[T]) Err() error { return t.err }

// Peak returns the most memory, in numbers of type T, that values and adjoints have used
// since the last reset.
func (t *Tape[T]) Peak() int { return t.values.peak }

// Input records data as a constant: no gradient flows to it. The tape does not copy data.
func (t *Tape[T]) Input(data []T, shape ...int) *Tensor[T] { return t.leaf("Input", data, nil, shape) }

// Param records data as a variable whose gradient Backward adds to gradient, which is as
// long as data and not cleared by the tape. Both are usually parts of flat vectors that
// hold all parameters of a model; the tape copies neither. A nil gradient makes it an input.
func (t *Tape[T]) Param(data, gradient []T, shape ...int) *Tensor[T] {
	if gradient != nil && len(gradient) != len(data) {
		return t.fail("Param", "%d numbers and a gradient of %d: want equal lengths", len(data), len(gradient))
	}
	x := t.leaf("Param", data, gradient, shape)
	if gradient != nil && t.err == nil {
		x.need, x.at = true, t.params
		t.params += len(data)
	}
	return x
}

// Scalar records a constant scalar.
func (t *Tape[T]) Scalar(v T) *Tensor[T] { return t.Fill(v) }

// Fill records a constant of the given shape whose elements are all v.
func (t *Tape[T]) Fill(v T, shape ...int) *Tensor[T] {
	if t.err != nil || !t.checkShape("Fill", shape) {
		return t.bad
	}
	x := t.leaf("Fill", t.values.alloc(size(shape)), nil, shape)
	vec.Fill(x.data, v)
	return x
}

func (t *Tape[T]) leaf(op string, data, sink []T, shape []int) *Tensor[T] {
	if t.err != nil || !t.checkShape(op, shape) {
		return t.bad
	}
	if len(data) != size(shape) {
		return t.fail(op, "%d numbers for shape %s: want %d", len(data), list(shape), size(shape))
	}
	x := t.node(shape)
	x.data, x.sink = data, sink
	return x
}

func (t *Tape[T]) checkShape(op string, shape []int) bool {
	if len(shape) > maxRank {
		t.fail(op, "%d axes: want at most %d", len(shape), maxRank)
		return false
	}
	n := 1
	for _, d := range shape {
		if d < 0 {
			t.fail(op, "shape %s: want no negative size", list(shape))
			return false
		}
		if d > 0 && n > maxSize/d {
			t.fail(op, "shape %s: want at most %d elements", list(shape), maxSize)
			return false
		}
		n *= max(1, d)
	}
	return true
}

// node returns the next node with a copy of shape.
func (t *Tape[T]) node(shape []int) *Tensor[T] {
	if t.n == len(t.nodes) {
		block := make([]Tensor[T], 64)
		for i := range block {
			t.nodes = append(t.nodes, &block[i])
		}
	}
	x := t.nodes[t.n]
	t.born++
	*x = Tensor[T]{tape: t, id: t.n, born: t.born}
	x.shape = t.ints.alloc(len(shape))
	copy(x.shape, shape)
	t.n++
	return x
}

// record adds the result of an operation, with memory for its data.
func (t *Tape[T]) record(o op[T], shape []int, in ...*Tensor[T]) *Tensor[T] {
	y := t.view(o, nil, shape, in...)
	y.data = t.values.alloc(size(shape))
	return y
}

// view adds the result of an operation that has its data in memory already.
func (t *Tape[T]) view(o op[T], data []T, shape []int, in ...*Tensor[T]) *Tensor[T] {
	y := t.node(shape)
	y.op, y.data = o, data
	y.in = t.refs.alloc(len(in))
	copy(y.in, in)
	for _, x := range in {
		if x != nil {
			x.uses++
			y.need = y.need || x.need
		}
	}
	return y
}

// ready returns the tape on which an operation may go on with its operands, and nil where it
// may not: after a failure, or for operands that do not belong together, which is one.
func ready[T vec.Float](op string, in ...*Tensor[T]) *Tape[T] {
	var t *Tape[T]
	for _, x := range in {
		if x != nil && x.tape != nil {
			t = x.tape
			break
		}
	}
	if t == nil || t.err != nil {
		return nil
	}
	for i, x := range in {
		switch {
		case x == nil:
			t.fail(op, "operand %d is nil: want a tensor", i)
			return nil
		case x.tape == nil || x.tape == t && (x.id < 0 || x.id >= t.n):
			t.fail(op, "operand %d was recorded before the last Reset, or forgotten by Rewind: want a tensor of this step", i)
			return nil
		case x.tape != t:
			t.fail(op, "operand %d is of another tape: want tensors of one tape", i)
			x.tape.fail(op, "operand %d is of this tape, the first of another: want tensors of one tape", i)
			return nil
		}
	}
	return t
}

// none is the result of an operation that could not be recorded: its operands' tape's
// failed tensor.
func none[T vec.Float](in ...*Tensor[T]) *Tensor[T] {
	for _, x := range in {
		if x != nil && x.tape != nil {
			return x.tape.bad
		}
	}
	return nil
}

// fail makes a failure of the operation the tape's, unless there is one already, and
// returns the failed tensor.
func (t *Tape[T]) fail(op, format string, args ...any) *Tensor[T] {
	if t.err == nil {
		t.err = errors.New(caller() + "grad." + op + ": " + fmt.Sprintf(format, args...))
	}
	return t.bad
}

// caller returns where the user called this package, as "file.go:12: ".
func caller() string {
	var pc [32]uintptr
	frames := runtime.CallersFrames(pc[:runtime.Callers(2, pc[:])])
	for {
		f, more := frames.Next()
		inside := strings.Contains(f.Function, "descent/grad.") && !strings.HasSuffix(f.File, "_test.go")
		if !inside && f.File != "" {
			return f.File[strings.LastIndexByte(f.File, '/')+1:] + ":" + strconv.Itoa(f.Line) + ": "
		}
		if !more {
			return ""
		}
	}
}

// Shape returns the sizes of the axes, which must not be changed.
func (x *Tensor[T]) Shape() []int { return x.shape }

// Dim returns the size of an axis, counted from the end if negative; 1 for an axis that
// there is not, so that arithmetic with sizes goes on after a failure.
func (x *Tensor[T]) Dim(axis int) int {
	if axis < 0 {
		axis += len(x.shape)
	}
	if axis < 0 || axis >= len(x.shape) {
		return 1
	}
	return x.shape[axis]
}

// Size returns the number of elements.
func (x *Tensor[T]) Size() int { return len(x.data) }

// Data returns the elements, nil after a failure. They must not be changed.
func (x *Tensor[T]) Data() []T { return x.data }

// Value returns the only element of a tensor, and NaN if it has not exactly one.
func (x *Tensor[T]) Value() T {
	if len(x.data) != 1 {
		return T(math.NaN())
	}
	return x.data[0]
}

// Watch makes Backward add the derivative with respect to x, the result of an operation,
// to gradient. It must be called before x is used.
func (x *Tensor[T]) Watch(gradient []T) {
	t := ready("Watch", x)
	switch {
	case t == nil:
	case x.op == nil:
		t.fail("Watch", "an input: want the result of an operation; Param has the gradient of a leaf")
	case x.uses > 0:
		t.fail("Watch", "the tensor has been used already: want Watch before its first use")
	case len(gradient) != len(x.data):
		t.fail("Watch", "%d numbers for a gradient of shape %s: want %d", len(gradient), list(x.shape), len(x.data))
	default:
		x.sink, x.need = gradient, true
	}
}

// String describes the tensor: what made it, and its shape.
func (x *Tensor[T]) String() string {
	switch {
	case x == nil:
		return "<nil>"
	case x.id < 0:
		return "failed"
	case x.op == nil:
		return "leaf" + list(x.shape)
	}
	name := x.op.name()
	switch x.op.(type) {
	case mapOp[T]:
		name = x.fn.name()
	case pairOp[T]:
		name = pairNames[x.index[0]]
	}
	return name + list(x.shape)
}
