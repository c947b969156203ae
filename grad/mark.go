package grad

// A Mark is a state of a tape to go back to.
type Mark struct {
	nodes, params                     int
	values, ints, refs, geoms, slices mark
	last                              any // the last tensor, nil if there is none
	born                              int // and its number
}

// Mark returns the present state of the tape.
func (t *Tape[T]) Mark() Mark {
	m := Mark{nodes: t.n, params: t.params, values: t.values.mark(), ints: t.ints.mark(), refs: t.refs.mark(), geoms: t.geoms.mark(), slices: t.slices.mark()}
	if t.n > 0 {
		m.last, m.born = t.nodes[t.n-1], t.nodes[t.n-1].born
	}
	return m
}

// Rewind forgets the tensors that were recorded after m, a mark of this tape since its last Reset, and keeps
// those before and a failure. A mark whose tensors were forgotten, by Reset or by a Rewind to an earlier one,
// is a failure. So one record of a function serves many products with its Hessian, each
// of which then costs a forward pass less:
//
//	m := t.Mark() // after the loss was recorded
//	for _, v := range directions {
//		err := t.Backward(t.JVP(loss, params, v))
//		t.Rewind(m)
//	}
func (t *Tape[T]) Rewind(m Mark) {
	if n := m.nodes; n > t.n || n > 0 && (m.last != any(t.nodes[n-1]) || m.born != t.nodes[n-1].born) {
		t.fail("Rewind", "the mark is not of this tape, or what it marks was forgotten: want one since the last Reset and after no Rewind to an earlier one")
		return
	}
	for _, x := range t.nodes[m.nodes:t.n] {
		for _, u := range x.in {
			if u != nil {
				u.uses--
			}
		}
	}
	t.n, t.params = m.nodes, m.params
	t.values.release(m.values)
	t.ints.release(m.ints)
	t.refs.release(m.refs)
	t.geoms.release(m.geoms)
	t.slices.release(m.slices)
}
