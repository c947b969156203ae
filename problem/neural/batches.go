package neural

import (
	"fmt"
	"math"

	"github.com/godescent/descent"
	"github.com/godescent/descent/grad"
	"github.com/godescent/descent/nn"
	"github.com/godescent/descent/rng"
	"github.com/godescent/descent/vec"
)

// BatchGradient is the oracle of training: mini-batches with what is random in a step.
type BatchGradient[T vec.Float] interface {
	// Terms returns the number of examples.
	Terms() int

	// BatchGradient stores the gradient of the mean loss of a batch of examples in g and returns
	// that loss. Dropout and augmentation are functions of step, so that a run which is resumed
	// sees what it would have seen. NaN is a value; an error says that the arguments do not fit.
	BatchGradient(g, x []T, batch []int, step uint64) (loss T, err error)
}

// Stateful is the oracle of models that learn numbers from the data on the way, without a
// gradient: a run that saves its x saves a copy of these too, and puts it back to resume.
type Stateful[T vec.Float] interface{ State() []T }

// Batches is the loss of a model on mini-batches, in the mode nn.Train: with dropout,
// augmentation, and the statistics of batch normalization. It belongs to one run at a time.
type Batches[T vec.Float] struct {
	model   nn.Model[T]
	samples *nn.Samples[T]
	loss    nn.Loss[T]
	o       BatchOptions

	pass   *nn.Pass[T]
	batch  nn.Batch[T]
	state  []T
	stream rng.Stream

	cut nn.Batch[T] // views of all, chunk by chunk
	at  []T
}

// BatchOptions of [Batches]. The zero value is the plain mean loss.
type BatchOptions struct {
	Augment nn.Augment
	Seed    uint64 // of dropout and augmentation
}

var (
	_ BatchGradient[float32] = (*Batches[float32])(nil)
	_ Stateful[float32]      = (*Batches[float32])(nil)
	_ descent.Objective      = (*Batches[float32])(nil)
)

// NewBatches checks that model, samples and loss fit each other, as [New] does.
func NewBatches[T vec.Float](m nn.Model[T], s *nn.Samples[T], loss nn.Loss[T], o BatchOptions) (*Batches[T], error) {
	if m == nil || s == nil || loss == nil {
		return nil, fmt.Errorf("neural: nil model, samples or loss: want all three")
	}
	if err := o.Augment.Check(s.Shape); err != nil {
		return nil, err
	}
	f := &Batches[T]{model: m, samples: s, loss: loss, o: o, pass: nn.NewPass[T](m.Layout()), stream: rng.New(o.Seed, "neural.Batches")}
	_, f.state = nn.Start[T](m.Layout(), 0)
	return f, try(f.pass, m, s, loss)
}

// Terms implements [BatchGradient].
func (f *Batches[T]) Terms() int { return f.samples.Len() }

// State implements [Stateful].
func (f *Batches[T]) State() []T { return f.state }

// BatchGradient implements [BatchGradient]. It allocates nothing once the largest batch has
// been seen.
func (f *Batches[T]) BatchGradient(g, x []T, batch []int, step uint64) (T, error) {
	nan := T(math.NaN())
	if n := f.model.Layout().Dim(); len(x) != n || len(g) != n || len(batch) == 0 {
		return nan, fmt.Errorf("neural: %d parameters, a gradient of %d, a batch of %d: want %d, %d and at least 1", len(x), len(g), len(batch), n, n)
	}
	for _, i := range batch {
		if i < 0 || i >= f.samples.Len() {
			return nan, fmt.Errorf("neural: batch with example %d: want 0 to %d", i, f.samples.Len()-1)
		}
	}
	r := f.stream.Split(step)
	images := r.Split(1)
	f.samples.Fill(&f.batch, batch)
	nn.AugmentBatch(f.o.Augment, &f.batch, &images)
	clear(g)
	p := f.pass
	p.Begin(x, g, f.state, nn.Train, r)
	loss := grad.Mean(f.loss.Losses(p, f.model.Forward(p, &f.batch), &f.batch))
	if err := p.Tape.Backward(loss); err != nil {
		return nan, err
	}
	return loss.Value(), nil
}

// Value returns the mean loss of all examples at x, in the mode nn.Predict: a pass over them
// that [descent.Solve] takes when it measures. NaN where the model cannot evaluate them.
func (f *Batches[T]) Value(x []float64) float64 {
	f.at = f.at[:0]
	for _, v := range x {
		f.at = append(f.at, T(v))
	}
	n, sum := f.samples.Len(), 0.0
	for lo := 0; lo < n; lo += evaluateChunk {
		hi := min(lo+evaluateChunk, n)
		f.samples.Cut(&f.cut, lo, hi)
		f.pass.Begin(f.at, nil, f.state, nn.Predict, rng.Stream{})
		loss := grad.Mean(f.loss.Losses(f.pass, f.model.Forward(f.pass, &f.cut), &f.cut))
		if f.pass.Tape.Err() != nil {
			return math.NaN()
		}
		sum += float64(loss.Value()) * float64(hi-lo) / float64(n)
	}
	return sum
}

// Problem returns the training of the model as a problem, for stochastic.Train, the method of mini-batches.
func (f *Batches[T]) Problem(name string) *descent.Problem {
	return &descent.Problem{Name: name, Dim: f.model.Layout().Dim(), Objective: f}
}
