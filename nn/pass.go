package nn

import (
	"github.com/godescent/descent/grad"
	"github.com/godescent/descent/rng"
	"github.com/godescent/descent/vec"
)

// A Mode says what layers do that behave differently while a model is trained.
type Mode int

const (
	// Predict: no dropout; batch normalization uses its running statistics.
	Predict Mode = iota
	// Train: dropout; batch normalization uses the batch's statistics, and the running ones
	// follow them.
	Train
	// Plain: no dropout; batch normalization uses the batch's statistics and leaves the running
	// ones alone. So a loss is a function of parameters and batch, as methods want it.
	Plain
)

// A Pass is one evaluation of a model after the other: a tape with the parameters recorded on
// it. It belongs to one goroutine at a time.
type Pass[T vec.Float] struct {
	Tape *grad.Tape[T]
	Mode Mode

	layout *Layout
	params []*grad.Tensor[T] // by slot - 1
	tans   []*grad.Tensor[T]
	state  []T
	steps  []*grad.Tensor[T] // what a recurrent layer collects
	inputs []T               // gradient in a batch's numbers that no model has taken yet
}

// NewPass returns a pass for models of a layout.
func NewPass[T vec.Float](l *Layout) *Pass[T] {
	n := len(l.Params)
	return &Pass[T]{Tape: grad.NewTape[T](), layout: l, params: make([]*grad.Tensor[T], n), tans: make([]*grad.Tensor[T], n)}
}

// Begin forgets the last evaluation and records the parameters x, in the order of the layout,
// with the gradient g: Tape.Backward adds to it. A nil g is for values alone. state is the
// vector of what is not trained; the mode Plain needs none. Dropout draws from r. A vector of
// another length than the layout's is a failure of the tape.
func (p *Pass[T]) Begin(x, g, state []T, mode Mode, r rng.Stream) {
	p.Tape.Reset()
	p.Tape.Rand, p.Mode, p.state, p.inputs = r, mode, state, nil
	for i := range p.params {
		b := &p.layout.Params[i]
		p.params[i] = p.Tape.Param(part(x, b), part(g, b), b.Shape...)
	}
}

// WatchInput has the evaluation that Begin began add the gradient in the numbers of its batch to g, which is as long as these.
// A model that does not take them by Input makes no use of it: see InputTaken.
func (p *Pass[T]) WatchInput(g []T) { p.inputs = g }

// Input records the numbers of a batch: models take them from here.
func (p *Pass[T]) Input(b *Batch[T]) *grad.Tensor[T] {
	g := p.inputs
	p.inputs = nil
	return p.Tape.Param(b.X, g, b.Shape...)
}

// InputTaken reports whether no gradient waits for a model to take its numbers by Input.
func (p *Pass[T]) InputTaken() bool { return p.inputs == nil }

// part returns the numbers of a block, nil if x ends before it.
func part[T vec.Float](x []T, b *Block) []T {
	if n := b.Offset + b.Len(); len(x) >= n {
		return x[b.Offset:n]
	}
	return nil
}

// Param returns the parameters of a slot; nil for none.
func (p *Pass[T]) Param(s Slot) *grad.Tensor[T] {
	if s == 0 {
		return nil
	}
	return p.params[s-1]
}

// State returns the numbers of a slot that are not trained; nil if Begin got too few.
func (p *Pass[T]) State(s Slot) []T {
	if s == 0 {
		return nil
	}
	return part(p.state, &p.layout.States[s-1])
}

// Params returns all parameters in the order of the layout, which is that of the flat vector.
func (p *Pass[T]) Params() []*grad.Tensor[T] { return p.params }

// Tangents records the flat vector v as velocities of all parameters, for Tape.JVP.
func (p *Pass[T]) Tangents(v []T) []*grad.Tensor[T] {
	for i := range p.tans {
		b := &p.layout.Params[i]
		p.tans[i] = p.Tape.Input(part(v, b), b.Shape...)
	}
	return p.tans
}
