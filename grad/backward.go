package grad

import "github.com/godescent/descent/vec"

// Backward adds the gradient of the scalar y to the slices of all parameters and watched
// tensors that y depends on, in one sweep over the tape from y back to the first. It
// returns the tape's failure if there was one, and then touches no gradient. It may be
// called several times, for the same or other tensors of the tape.
//
// Source: Linnainmaa 1970; Griewank and Walther, Evaluating Derivatives, 2nd ed., 2008,
// chapter 3.
func (t *Tape[T]) Backward(y *Tensor[T]) error {
	if err := t.target("Backward", y); err != nil {
		return err
	}
	if len(y.data) != 1 {
		t.fail("Backward", "the tensor has shape %s: want one number; BackwardWith takes weights for more", list(y.shape))
		return t.err
	}
	return t.BackwardWith(y, []T{1})
}

// BackwardWith adds the gradient of the sum of weights[i] y[i] as Backward does: the
// product of weights and the Jacobian.
func (t *Tape[T]) BackwardWith(y *Tensor[T], weights []T) error {
	if err := t.target("BackwardWith", y); err != nil {
		return err
	}
	if len(weights) != len(y.data) {
		t.fail("BackwardWith", "%d weights for a tensor of shape %s: want %d", len(weights), list(y.shape), len(y.data))
		return t.err
	}
	if err := t.idle("BackwardWith"); err != nil {
		return err
	}
	t.wantAll(y)
	t.sweep(y, weights)
	return t.err
}

// idle checks that no derivative is under way.
func (t *Tape[T]) idle(op string) error {
	if t.sweeping || t.moving > 0 {
		t.fail(op, "another derivative of this tape is under way: want it neither in a segment of Checkpoint nor in a Function")
	}
	return t.err
}

// begin begins a pass.
func (t *Tape[T]) begin() {
	t.passes++
	t.pass = t.passes
}

// target checks that y may be differentiated.
func (t *Tape[T]) target(op string, y *Tensor[T]) error {
	if t.err != nil {
		return t.err
	}
	if y == nil || y.tape != t || y.id < 0 || y.id >= t.n {
		t.fail(op, "the tensor is not of this tape and step: want one recorded after the last Reset")
	}
	return t.err
}

// wantAll begins a pass for the gradients of all parameters and watched tensors.
func (t *Tape[T]) wantAll(y *Tensor[T]) {
	t.begin()
	t.sweeping, t.sinks = true, true
	for _, x := range t.nodes[:y.id+1] {
		x.adj = nil
		if x.need {
			x.mark = t.pass
		}
		if x.op == nil && x.need {
			x.adj = x.sink
		}
	}
}

// wantOnly begins a pass for the adjoint of z alone.
func (t *Tape[T]) wantOnly(z, y *Tensor[T]) {
	t.begin()
	t.sweeping, t.sinks = true, false
	for _, x := range t.nodes[:y.id+1] {
		x.adj = nil
	}
	z.mark = t.pass
	for _, x := range t.nodes[z.id+1 : y.id+1] {
		for _, u := range x.in {
			if u.wanted() {
				x.mark = t.pass
			}
		}
	}
}

// wanted reports whether the present pass wants the adjoint of x.
func (x *Tensor[T]) wanted() bool { return x != nil && x.mark == x.tape.pass }

// sweep runs the pass that wantAll or wantOnly has begun, and gives back the memory.
func (t *Tape[T]) sweep(y *Tensor[T], weights []T) {
	at := t.values.mark()
	t.descend(y, weights, 0)
	t.values.release(at)
	t.sweeping = false
}

// descend carries weights from y back to all nodes from number first on.
func (t *Tape[T]) descend(y *Tensor[T], weights []T, first int) {
	if !y.wanted() {
		return
	}
	add(weights, y.toAdd())
	for i := y.id; i >= first && t.err == nil; i-- {
		x := t.nodes[i]
		if x.op == nil || x.adj == nil || !x.wanted() {
			continue
		}
		if x.sink != nil && t.sinks {
			add(x.adj, x.sink)
		}
		if t.ex.on && t.ex.visit(x) {
			continue
		}
		x.op.vjp(x)
	}
}

// toAdd returns the adjoint of x, made of zeros if it is new.
func (x *Tensor[T]) toAdd() []T {
	if x.adj == nil {
		x.adj = x.tape.values.alloc(len(x.data))
		clear(x.adj)
	}
	return x.adj
}

// toGemm returns the adjoint of x and Gemm's beta: 0 if it is new and has no values yet.
func (x *Tensor[T]) toGemm() ([]T, T) {
	if x.adj == nil {
		x.adj = x.tape.values.alloc(len(x.data))
		return x.adj, 0
	}
	return x.adj, 1
}

// give adds g to the adjoint of x. g belongs to x's tape and is not used by the caller
// any more, so it may become that adjoint.
func (x *Tensor[T]) give(g []T) {
	if x.adj == nil {
		x.adj = g
		return
	}
	add(g, x.adj)
}

// add adds x to y.
func add[T vec.Float](x, y []T) { vec.Axpy(1, x, y) }

// JVP records the tangent of y: the derivative of y along the direction that moves each
// xs[i] with velocity dxs[i], which is the product of the Jacobian and the dxs. It has the
// shape of y. It is a tensor like any other: Backward gives its gradient and JVP its
// tangent, so that
//
//	t.Backward(t.JVP(loss, params, v)) // adds the Hessian times v
//	ux := t.JVP(u, x, ones); uxx := t.JVP(ux, x, ones)
//
// are second derivatives. dxs are constants or any other tensors. The tangent costs about
// twice what computing y did.
func (t *Tape[T]) JVP(y *Tensor[T], xs, dxs []*Tensor[T]) *Tensor[T] {
	if t.target("JVP", y) != nil {
		return t.bad
	}
	if len(xs) != len(dxs) {
		return t.fail("JVP", "%d variables and %d velocities: want equal numbers", len(xs), len(dxs))
	}
	if len(xs) == 0 {
		return t.Fill(0, y.shape...)
	}
	first := t.n
	for i, x := range xs {
		if ready("JVP", y, x, dxs[i]) == nil {
			return t.bad
		}
		if !equal(x.shape, dxs[i].shape) {
			return t.fail("JVP", "variable %d has shape %s, its velocity %s: want equal shapes", i, list(x.shape), list(dxs[i].shape))
		}
		first = min(first, x.id)
	}
	outer := t.pass
	var saved []*Tensor[T] // tangents of another JVP, which computes a segment or a Function's tangent now
	if t.moving > 0 {
		saved = t.refs.alloc(t.n - first)
		for i := range saved {
			saved[i] = t.nodes[first+i].tangent()
		}
	}
	t.begin()
	t.moving++
	for i, x := range xs {
		if x.tanPass == t.pass {
			t.fail("JVP", "variable %d is given twice: want different ones", i)
		}
		x.tan, x.tanPass = dxs[i], t.pass
	}
	dy := t.tangents(first, y)
	t.moving--
	t.pass = outer
	for i, d := range saved {
		if d != nil {
			t.nodes[first+i].tan, t.nodes[first+i].tanPass = d, outer
		}
	}
	if dy != nil {
		return dy
	}
	return t.Fill(0, y.shape...)
}

// behind marks the nodes from number first on that y depends on in the present pass. A
// checkpoint may depend on all before it, as its segment may use constants from outside.
func (t *Tape[T]) behind(first int, y *Tensor[T]) {
	y.up = t.pass
	all := false
	for i := y.id; i >= first; i-- {
		x := t.nodes[i]
		if all {
			x.up = t.pass
		}
		if x.up != t.pass {
			continue
		}
		if _, ok := x.op.(checkpointOp[T]); ok {
			all = true
		}
		for _, u := range x.in {
			if u != nil {
				u.up = t.pass
			}
		}
	}
}

// tangents records the tangents of the nodes from number first on that y depends on in the
// present pass, and returns that of y, nil for zero.
func (t *Tape[T]) tangents(first int, y *Tensor[T]) *Tensor[T] {
	if t.err != nil {
		return t.bad
	}
	t.behind(first, y)
	for i := first; i <= y.id; i++ {
		x := t.nodes[i]
		if x.up != t.pass || x.tanPass == t.pass || x.op == nil {
			continue
		}
		x.tan, x.tanPass = nil, t.pass
		_, moves := x.op.(checkpointOp[T]) // perhaps by what its segment uses from outside
		for _, u := range x.in {
			moves = moves || u.tangent() != nil
		}
		if moves {
			x.tan = x.op.jvp(x)
		}
		if t.err != nil {
			return t.bad
		}
	}
	return y.tangent()
}

// tangent returns the tangent of x in the present pass, nil for zero.
func (x *Tensor[T]) tangent() *Tensor[T] {
	if x == nil || x.tanPass != x.tape.pass {
		return nil
	}
	return x.tan
}

// plus adds tangents, of which nil is zero.
func plus[T vec.Float](a, b *Tensor[T]) *Tensor[T] {
	switch {
	case a == nil:
		return b
	case b == nil:
		return a
	}
	return Add(a, b)
}

// GaussNewton adds to the parameters' gradients the product of the Gauss-Newton matrix
// J^T H J and the direction that moves xs with velocities dxs: J is the Jacobian of z (a
// model's outputs) and H the Hessian of the scalar loss with respect to z. It costs about
// 5/3 of a gradient of a deep model.
//
// Source: Schraudolph, Fast curvature matrix-vector products for second-order gradient
// descent, Neural Computation 14, 2002.
func (t *Tape[T]) GaussNewton(loss, z *Tensor[T], xs, dxs []*Tensor[T]) error {
	if err := t.target("GaussNewton", loss); err != nil {
		return err
	}
	if err := t.idle("GaussNewton"); err != nil {
		return err
	}
	dz := StopGradient(t.JVP(z, xs, dxs))
	dl := t.JVP(loss, []*Tensor[T]{z}, []*Tensor[T]{dz})
	if t.err != nil {
		return t.err
	}
	if len(loss.data) != 1 {
		t.fail("GaussNewton", "the loss has shape %s: want one number", list(loss.shape))
		return t.err
	}
	if !z.need || !dl.need {
		return nil // z depends on no parameter, or the loss not on z
	}
	h := t.values.alloc(len(z.data)) // H dz
	clear(h)
	t.wantOnly(z, dl)
	at := t.values.mark()
	z.adj = h
	t.descend(dl, []T{1}, z.id+1)
	t.values.release(at)
	t.sweeping = false
	return t.BackwardWith(z, h)
}
