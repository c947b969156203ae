package grad

import "github.com/godescent/descent/vec"

// A Function is an operation whose derivative the user gives, for example of a solver's
// result by the implicit function theorem. x and dx have one slice for each operand.
type Function[T vec.Float] struct {
	Name string

	// Shape returns the shape of the result for those of the operands, which it must not
	// keep or change, or an error which says what fits.
	Shape func(in ...[]int) ([]int, error)

	// Forward stores the result in y.
	Forward func(y []T, x [][]T) error

	// Backward adds to each dx[i] that is not nil the product of dy and the Jacobian with
	// respect to x[i].
	Backward func(dx [][]T, dy, y []T, x [][]T) error

	// Tangent records the derivative of y along dx, of which nil is zero, for JVP, and may call
	// JVP itself; it may be nil if that is not used.
	Tangent func(y *Tensor[T], x, dx []*Tensor[T]) *Tensor[T]
}

// Apply records f of some tensors.
func Apply[T vec.Float](f *Function[T], in ...*Tensor[T]) *Tensor[T] {
	t := ready("Apply", in...)
	if t == nil {
		return none(in...)
	}
	if f == nil || f.Shape == nil || f.Forward == nil || f.Backward == nil {
		return t.fail("Apply", "the function lacks Shape, Forward or Backward: want all three")
	}
	t.shapes = t.shapes[:0]
	for _, x := range in {
		t.shapes = append(t.shapes, x.shape)
	}
	shape, err := f.Shape(t.shapes...)
	if err != nil {
		return t.fail("Apply", "%s: %v", f.Name, err)
	}
	if !t.checkShape("Apply", shape) {
		return t.bad
	}
	y := t.record(customOp[T]{}, shape, in...)
	y.ext = f
	clear(y.data)
	if err := f.Forward(y.data, t.dataOf(in)); err != nil {
		return t.fail("Apply", "%s: %v", f.Name, err)
	}
	return y
}

func (t *Tape[T]) dataOf(in []*Tensor[T]) [][]T {
	x := t.slices.alloc(len(in))
	for i, u := range in {
		x[i] = u.data
	}
	return x
}

// customOp calls the user's derivative.
type customOp[T vec.Float] struct{}

func (customOp[T]) name() string { return "Apply" }

func (customOp[T]) vjp(y *Tensor[T]) {
	t, f := y.tape, y.ext.(*Function[T])
	at := t.slices.mark()
	dx := t.slices.alloc(len(y.in))
	for i, x := range y.in {
		dx[i] = nil
		if x.wanted() {
			dx[i] = x.toAdd()
		}
	}
	if err := f.Backward(dx, y.adj, y.data, t.dataOf(y.in)); err != nil {
		t.fail("Backward", "%s: %v", f.Name, err)
	}
	t.slices.release(at)
}

func (customOp[T]) jvp(y *Tensor[T]) *Tensor[T] {
	f := y.ext.(*Function[T])
	if f.Tangent == nil {
		return y.tape.fail("JVP", "%s was given no Tangent: want one for derivatives of derivatives", f.Name)
	}
	dx := y.tape.refs.alloc(len(y.in))
	for i, x := range y.in {
		dx[i] = x.tangent()
	}
	dy := f.Tangent(y, y.in, dx)
	if t := ready("JVP", dy); t != nil && !equal(dy.shape, y.shape) {
		return t.fail("JVP", "%s: a tangent of shape %s for a result of shape %s: want equal shapes", f.Name, list(dy.shape), list(y.shape))
	}
	return dy
}
