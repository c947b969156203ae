package grad

// A Mark is a state of a tape to go back to.
type Mark struct {
	nodes, params                     int
	values, ints, refs, geoms, slices mark
}

// Mark returns the present state of the tape.
func (t *Tape[T]) Mark() Mark {
	return Mark{t.n, t.params, t.values.mark(), t.ints.mark(), t.refs.mark(), t.geoms.mark(), t.slices.mark()}
}

// Rewind forgets the tensors that were recorded after m, a mark of this tape since its last Reset, and keeps
// those before and a failure. So one record of a function serves many products with its Hessian, each
// of which then costs a forward pass less:
//
//	m := t.Mark() // after the loss was recorded
//	for _, v := range directions {
//		err := t.Backward(t.JVP(loss, params, v))
//		t.Rewind(m)
//	}
func (t *Tape[T]) Rewind(m Mark) {
	t.n, t.params = m.nodes, m.params
	t.values.release(m.values)
	t.ints.release(m.ints)
	t.refs.release(m.refs)
	t.geoms.release(m.geoms)
	t.slices.release(m.slices)
}
