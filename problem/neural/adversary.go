package neural

import (
	"fmt"
	"slices"

	"github.com/godescent/descent/grad"
	"github.com/godescent/descent/nn"
	"github.com/godescent/descent/rng"
	"github.com/godescent/descent/vec"
)

// An adversary is what Batches has for changed inputs. Their branch has the parameters of the model but for the
// normalizations, whose own ones follow those of the model in x.
type adversary[T vec.Float] struct {
	low, high   T          // least and largest number of the samples
	norms       []nn.Block // of the model
	x, g, state []T        // of the branch; no answer depends on its state

	dx, inputs []T    // gradient in the inputs, and inputs that are changed
	batch      []int  // for which
	step       uint64 // and when
}

func newAdversary[T vec.Float](l *nn.Layout, s *nn.Samples[T]) *adversary[T] {
	a := &adversary[T]{low: slices.Min(s.X), high: slices.Max(s.X), norms: l.Normalizations(), x: make([]T, l.Dim()), g: make([]T, l.Dim())}
	_, a.state = nn.Start[T](l, 0)
	return a
}

// own visits the parameters of normalizations: the place of a block in the model, its length, and that of the branch's in x.
func (a *adversary[T]) own(visit func(at, n, own int)) {
	end := len(a.x)
	for i := range a.norms {
		n := a.norms[i].Len()
		visit(a.norms[i].Offset, n, end)
		end += n
	}
}

// Dim returns the number of parameters of training: those of the model, and with an adversary one more for each of a batch
// normalization.
func (f *Batches[T]) Dim() int {
	n := f.model.Layout().Dim()
	if f.adversary != nil {
		f.adversary.own(func(_, more, _ int) { n += more })
	}
	return n
}

// Start returns where training starts if the model does at x. The parameters of the model come first.
func (f *Batches[T]) Start(x []T) []T {
	x = slices.Clone(x)
	if f.adversary != nil {
		f.adversary.own(func(at, n, _ int) { x = append(x, x[at:at+n]...) })
	}
	return x
}

// Adversary returns the delay of the adversary, and whether there is one.
func (f *Batches[T]) Adversary() (delay int, any bool) {
	return f.o.Adversary.Delay, f.adversary != nil
}

// Attack changes the inputs of a batch against parameters x, for the [Batches.BatchGradient] of that batch and step. It costs
// a pass, and allocates nothing once the largest batch has been seen.
func (f *Batches[T]) Attack(x []T, batch []int, step uint64) error {
	a := f.adversary
	if a == nil {
		return fmt.Errorf("neural: an attack without an adversary: want BatchOptions with one")
	}
	r, err := f.fill(len(x), len(x), batch, step)
	if err != nil {
		return err
	}
	a.batch = a.batch[:0] // not before the attack is whole
	a.branch(x)
	a.dx = slices.Grow(a.dx[:0], len(f.batch.X))[:len(f.batch.X)]
	clear(a.dx)
	p := f.pass
	p.Begin(a.x, nil, a.state, nn.Train, r)
	p.WatchInput(a.dx)
	loss := f.mean()
	if !p.InputTaken() {
		return fmt.Errorf("neural: an adversary of a %T: want a model that takes its numbers by Pass.Input", f.model)
	}
	if err := p.Tape.Backward(loss); err != nil {
		return err
	}
	if f.o.Adversary.Random {
		r = r.Split(4)
		vec.MulTo(a.dx, a.dx, f.randomSigns(len(a.dx), &r))
	}
	a.inputs = append(a.inputs[:0], f.batch.X...)
	radius := T(f.o.Adversary.Radius)
	for i, v := range a.inputs {
		switch d := a.dx[i]; { // zeros and NaN change nothing
		case d > 0:
			a.inputs[i] = max(v, min(v+radius, a.high))
		case d < 0:
			a.inputs[i] = min(v, max(v-radius, a.low))
		}
	}
	a.batch, a.step = append(a.batch, batch...), step
	return nil
}

// branch makes a.x the parameters of the branch of changed inputs.
func (a *adversary[T]) branch(x []T) {
	copy(a.x, x)
	a.own(func(at, n, own int) { copy(a.x[at:at+n], x[own:own+n]) })
}

// adversarial stores the gradient of the mean of both losses of f.batch in g, which is 0.
func (f *Batches[T]) adversarial(g, x []T, batch []int, step uint64, r rng.Stream) (T, error) {
	a := f.adversary
	if a.step != step || !slices.Equal(a.batch, batch) {
		return 0, fmt.Errorf("neural: the gradient of step %d with an adversary: want an attack on the same batch in the same step before", step)
	}
	f.pass.Begin(x, g, f.state, nn.Train, r)
	loss := grad.Scale(f.mean(), 0.5)
	if err := f.pass.Tape.Backward(loss); err != nil {
		return 0, err
	}
	sum := loss.Value()
	a.branch(x)
	clear(a.g)
	clean := f.batch.X
	f.batch.X = a.inputs
	f.pass.Begin(a.x, a.g, a.state, nn.Train, r)
	loss = grad.Scale(f.mean(), 0.5)
	err := f.pass.Tape.Backward(loss)
	f.batch.X = clean
	if err != nil {
		return 0, err
	}
	a.own(func(at, n, own int) {
		copy(g[own:own+n], a.g[at:at+n])
		clear(a.g[at : at+n])
	})
	vec.Axpy(1, a.g, g[:len(a.g)])
	return sum + loss.Value(), nil
}
