package grad

import (
	"github.com/godescent/descent/rng"
	"github.com/godescent/descent/vec"
)

// A Segment computes one tensor from others.
type Segment[T vec.Float] func(in []*Tensor[T]) *Tensor[T]

// Checkpoint returns f(in), and forgets what f has recorded in between: the derivative
// computes it again, with the same bits. So the memory of a chain of n segments falls from
// n to about sqrt(n) for the price of one more forward pass (Chen et al. 2016,
// arXiv:1604.06174). f must record the same operations whenever it is called. It may use
// parameters and constants from outside; other tensors must be among in. Parameters must
// be recorded before. There must be at least one input. Each JVP computes the segment once more.
// f may call JVP itself, but not Backward or its like.
func Checkpoint[T vec.Float](f Segment[T], in ...*Tensor[T]) *Tensor[T] {
	t := ready("Checkpoint", in...)
	if t == nil {
		return none(in...)
	}
	state, before := t.Rand, t.Mark()
	y := f(t.copyRefs(in))
	if y == nil {
		return t.fail("Checkpoint", "the segment gave nil: want a tensor")
	}
	if ready("Checkpoint", in[0], y) == nil || !t.closed(before.nodes, in) {
		return t.bad
	}
	need := y.need
	shape, data := dimsOf(y.shape), y.data
	t.Rewind(before)
	z := t.record(checkpointOp[T]{}, shape.shape(), in...)
	copy(z.data, data) // they may overlap: the memory was given back, and this is its first use
	z.need, z.ext = need, f
	z.index = t.ints.alloc(2)
	z.index[0], z.index[1] = int(state.Hi), int(state.Lo)
	return z
}

func (t *Tape[T]) copyRefs(in []*Tensor[T]) []*Tensor[T] {
	c := t.refs.alloc(len(in))
	copy(c, in)
	return c
}

// closed checks that the nodes from number first on use no variable from before except
// parameters and in.
func (t *Tape[T]) closed(first int, in []*Tensor[T]) bool {
	for _, x := range t.nodes[first:t.n] {
		if x.op == nil && x.need {
			t.fail("Checkpoint", "the segment records a parameter: want parameters recorded before")
			return false
		}
		for _, u := range x.in {
			if u == nil || u.id >= first || u.op == nil || !u.need {
				continue
			}
			known := false
			for _, v := range in {
				known = known || u == v
			}
			if !known {
				t.fail("Checkpoint", "the segment uses %s, which is not one of its inputs: want it passed as one", u.String())
				return false
			}
		}
	}
	return true
}

// replay records the segment of y again, with the random numbers that it had.
func (y *Tensor[T]) replay() *Tensor[T] {
	t := y.tape
	now := t.Rand
	t.Rand = rng.Stream{Hi: uint64(y.index[0]), Lo: uint64(y.index[1])}
	t.replays++
	z := y.ext.(Segment[T])(y.in)
	t.replays--
	t.Rand = now
	if t.err == nil && (z == nil || !equal(z.shape, y.shape)) {
		return t.fail("Checkpoint", "the segment gave %s at first and %s when computed again: want it to record the same operations each time", list(y.shape), z)
	}
	return z
}

// checkpointOp records the segment again and takes its derivative.
type checkpointOp[T vec.Float] struct{}

func (checkpointOp[T]) name() string { return "Checkpoint" }

func (checkpointOp[T]) vjp(y *Tensor[T]) {
	t := y.tape
	for _, x := range y.in {
		if x.wanted() {
			x.toAdd() // before the place to go back to
		}
	}
	before := t.Mark()
	z := y.replay()
	if t.err != nil {
		return
	}
	for _, x := range t.nodes[before.nodes:t.n] {
		if t.ex.on && x.parameter() != nil {
			continue // a view: operations that use it are asked for each example
		}
		for _, u := range x.in {
			if u.wanted() || t.ex.on && u.parameter() != nil {
				x.mark = t.pass
			}
		}
	}
	t.descend(z, y.adj, before.nodes)
	t.Rewind(before)
}

func (checkpointOp[T]) jvp(y *Tensor[T]) *Tensor[T] {
	t := y.tape
	first := t.n
	z := y.replay()
	if t.err != nil {
		return t.bad
	}
	return t.tangents(first, z)
}
