package neural

import (
	"errors"
	"fmt"
	"hash/crc64"
	"math"
	"slices"

	"github.com/godescent/descent"
	"github.com/godescent/descent/grad"
	"github.com/godescent/descent/nn"
	"github.com/godescent/descent/rng"
	"github.com/godescent/descent/rule"
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
	apart   *nn.Samples[T]
	out     []T // of them
	signs   []T // of an estimate of curvatures
	octets  *[256][8]T

	adversary *adversary[T] // nil: none

	pass   *nn.Pass[T]
	batch  nn.Batch[T]
	state  []T
	stream rng.Stream

	cut nn.Batch[T] // views of all, chunk by chunk

	at, atState []T // where Value was last asked
	value       float64
}

// BatchOptions of [Batches]. The zero value is the plain mean loss.
type BatchOptions struct {
	Augment   nn.Augment
	Adversary nn.Adversary
	Seed      uint64 // of dropout and augmentation
}

// Keep keeps samples apart: no gradient sees them, and [Batches.Apart] evaluates them.
func (f *Batches[T]) Keep(apart *nn.Samples[T]) error {
	f.apart = apart
	return try(f.pass, f.model, apart, f.loss)
}

// HasApart reports whether there are samples kept apart.
func (f *Batches[T]) HasApart() bool { return f.apart != nil }

// Apart returns the mean loss at x of the samples kept apart, and the share of labels that get the
// largest output, or the R^2 of the outputs where there are targets. It evaluates as Value does.
func (f *Batches[T]) Apart(x []T) (loss, score float64, err error) {
	if n := f.Dim(); len(x) != n || f.apart == nil {
		return 0, 0, fmt.Errorf("neural: %d parameters, samples kept apart: %v: want %d, and some", len(x), f.apart != nil, n)
	}
	f.out = f.out[:0]
	if loss, err = f.evaluate(f.apart, x, &f.out); err != nil {
		return 0, 0, err
	}
	if f.apart.Labels != nil {
		score, err = nn.Accuracy(f.out, f.apart.Labels)
	} else {
		score, err = nn.R2(f.out, f.apart.Targets)
	}
	return loss, score, err
}

var (
	_ BatchGradient[float32] = (*Batches[float32])(nil)
	_ Stateful[float32]      = (*Batches[float32])(nil)
	_ descent.Objective      = (*Batches[float32])(nil)
	_ descent.Identifier     = (*Batches[float32])(nil)
)

// NewBatches checks that model, samples and loss fit each other, as [New] does.
func NewBatches[T vec.Float](m nn.Model[T], s *nn.Samples[T], loss nn.Loss[T], o BatchOptions) (*Batches[T], error) {
	if m == nil || s == nil || loss == nil {
		return nil, fmt.Errorf("neural: nil model, samples or loss: want all three")
	}
	if err := errors.Join(o.Augment.Check(s.Shape), o.Adversary.Check(s.Shape)); err != nil {
		return nil, err
	}
	f := &Batches[T]{model: m, samples: s, loss: loss, o: o, pass: nn.NewPass[T](m.Layout()), stream: rng.New(o.Seed, "neural.Batches")}
	_, f.state = nn.Start[T](m.Layout(), 0)
	if o.Adversary != (nn.Adversary{}) {
		f.adversary = newAdversary(m.Layout(), s)
	}
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
	r, err := f.fill(len(x), len(g), batch, step)
	if err != nil {
		return nan, err
	}
	clear(g)
	if f.adversary != nil {
		loss, err := f.adversarial(g, x, batch, step, r)
		if err != nil {
			return nan, err
		}
		return loss, nil
	}
	f.pass.Begin(x, g, f.state, nn.Train, r)
	loss := f.mean()
	if err := f.pass.Tape.Backward(loss); err != nil {
		return nan, err
	}
	return loss.Value(), nil
}

// fill makes f.batch the examples of a batch as a step sees them, and returns what the step draws from. It checks what an
// oracle was given.
func (f *Batches[T]) fill(x, g int, batch []int, step uint64) (rng.Stream, error) {
	if n := f.Dim(); x != n || g != n || len(batch) == 0 {
		return rng.Stream{}, fmt.Errorf("neural: %d parameters, a gradient of %d, a batch of %d: want %d, %d and at least 1", x, g, len(batch), n, n)
	}
	for _, i := range batch {
		if i < 0 || i >= f.samples.Len() {
			return rng.Stream{}, fmt.Errorf("neural: batch with example %d: want 0 to %d", i, f.samples.Len()-1)
		}
	}
	r := f.stream.Split(step)
	images := r.Split(1)
	f.samples.Fill(&f.batch, batch)
	nn.AugmentBatch(f.o.Augment, &f.batch, &images)
	return r, nil
}

// losses records those of f.batch.
func (f *Batches[T]) losses() *grad.Tensor[T] {
	return f.loss.Losses(f.pass, f.model.Forward(f.pass, &f.batch), &f.batch)
}

// mean records the mean loss of f.batch.
func (f *Batches[T]) mean() *grad.Tensor[T] { return grad.Mean(f.losses()) }

// ExampleMoments stores, for each example of a batch, the squared norm at x of the gradient of its loss
// in squares, and its inner product with v in products, unless that is nil. Examples see what they do in
// BatchGradient, whose result is the mean of these gradients, but no gradient is stored. It costs two of
// BatchGradient at most. With an adversary it is an error.
func (f *Batches[T]) ExampleMoments(squares, products, x, v []T, batch []int, step uint64) error {
	n, b := f.model.Layout().Dim(), len(batch)
	if len(v) != n || len(squares) != b || products != nil && len(products) != b {
		return fmt.Errorf("neural: a direction of %d, %d squares and %d products for a batch of %d: want %d, and as many as the batch", len(v), len(squares), len(products), b, n)
	}
	if f.adversary != nil {
		return fmt.Errorf("neural: gradients of single examples of losses with an adversary: want batches that do not grow")
	}
	if len(f.state) > 0 {
		return fmt.Errorf("neural: the model learns statistics of whole batches, so that its examples have no gradients of their own: want it without batch normalization")
	}
	r, err := f.fill(len(x), n, batch, step)
	if err != nil {
		return err
	}
	f.signs = slices.Grow(f.signs[:0], n)[:n] // where a gradient would be: nothing is stored there
	f.pass.Begin(x, f.signs, f.state, nn.Train, r)
	losses := f.losses()
	if err := f.pass.Tape.ExampleNorms(losses, squares); err != nil || products == nil {
		return err
	}
	along := f.pass.Tape.JVP(losses, f.pass.Params(), f.pass.Tangents(v))
	copy(products, along.Data())
	return f.pass.Tape.Err()
}

// BatchCurvature stores u (H u) in h for random signs u: an estimate of the diagonal of the Hessian
// H of the mean loss of the batch, without dropout (Hutchinson 1990). It costs a
// Hessian-vector product. With an adversary it is an error.
func (f *Batches[T]) BatchCurvature(h, x []T, batch []int, step uint64) error {
	if f.adversary != nil {
		return fmt.Errorf("neural: curvatures of losses with an adversary: want a rule that needs none")
	}
	n := f.model.Layout().Dim()
	if len(x) != n || len(h) != n || len(batch) == 0 {
		return fmt.Errorf("neural: %d parameters, curvatures of %d, a batch of %d: want %d, %d and at least 1", len(x), len(h), len(batch), n, n)
	}
	r := f.stream.Split(step)
	r = r.Split(2)
	signs := f.randomSigns(n, &r)
	f.samples.Fill(&f.batch, batch)
	clear(h)
	p := f.pass
	p.Begin(x, h, nil, nn.Plain, rng.Stream{})
	loss := f.mean()
	if err := p.Tape.Backward(p.Tape.JVP(loss, p.Params(), p.Tangents(signs))); err != nil {
		return err
	}
	vec.MulTo(h, h, signs)
	return nil
}

// randomSigns returns n signs, which stay until the next call. A bit a sign in turn would take half as long as
// the product with the Hessian of a few examples; a table has the signs of 8 bits.
func (f *Batches[T]) randomSigns(n int, r *rng.Stream) []T {
	if f.octets == nil {
		f.octets = new([256][8]T)
		for bits := range f.octets {
			for i := range 8 {
				f.octets[bits][i] = T(1 - 2*(bits>>i&1))
			}
		}
	}
	padded := (n + 7) / 8 * 8
	f.signs = slices.Grow(f.signs[:0], padded)[:padded]
	bits := uint64(0)
	for i := 0; i < padded; i += 8 {
		if i%64 == 0 {
			bits = r.Uint64()
		}
		*(*[8]T)(f.signs[i:]) = f.octets[bits&255]
		bits >>= 8
	}
	return f.signs[:n]
}

// BatchGaussNewton stores N g^2 in h, where g is the gradient of the mean loss of the batch with its N labels
// or targets replaced by random ones of the model itself: an estimate of the diagonal of the Gauss-Newton matrix
// of that loss, without dropout, which is never negative (Liu et al. 2024, Algorithm 2). It costs a gradient. With an
// adversary it is an error.
func (f *Batches[T]) BatchGaussNewton(h, x []T, batch []int, step uint64) error {
	if f.adversary != nil {
		return fmt.Errorf("neural: curvatures of losses with an adversary: want a rule that needs none")
	}
	n := f.model.Layout().Dim()
	if len(x) != n || len(h) != n || len(batch) == 0 {
		return fmt.Errorf("neural: %d parameters, curvatures of %d, a batch of %d: want %d, %d and at least 1", len(x), len(h), len(batch), n, n)
	}
	loss, ok := f.loss.(nn.Likelihood[T])
	if !ok {
		return fmt.Errorf("neural: curvatures by random labels with the loss %T: want one that is a likelihood, as cross-entropy and squares are", f.loss)
	}
	r := f.stream.Split(step)
	r = r.Split(3)
	f.samples.Fill(&f.batch, batch)
	clear(h)
	p := f.pass
	p.Begin(x, h, nil, nn.Plain, rng.Stream{})
	out := f.model.Forward(p, &f.batch)
	if err := p.Tape.Err(); err != nil {
		return err
	}
	terms := T(loss.Sample(out, &f.batch, &r))
	if err := p.Tape.Backward(grad.Mean(loss.Losses(p, out, &f.batch))); err != nil {
		return err
	}
	vec.MulTo(h, h, h)
	vec.Scal(terms, h)
	return nil
}

// Blocks returns the blocks of the parameters, as rules of blocks want them: those of the model's layout, and with an adversary
// those of its normalizations, called adversary.*.
func (f *Batches[T]) Blocks() []rule.Block {
	params := f.model.Layout().Params
	out := make([]rule.Block, len(params))
	for i, b := range params {
		out[i] = rule.Block{Name: b.Name, Shape: b.Shape}
	}
	if f.adversary != nil {
		for _, b := range f.adversary.norms {
			out = append(out, rule.Block{Name: "adversary." + b.Name, Shape: b.Shape})
		}
	}
	return out
}

// Value returns the mean loss of all examples at x, in the mode nn.Predict: a pass over them
// that [descent.Solve] takes when it measures. NaN where the model cannot evaluate them.
func (f *Batches[T]) Value(x []float64) float64 {
	same := len(f.at) == len(x) && slices.Equal(f.atState, f.state)
	f.at, f.atState = slices.Grow(f.at[:0], len(x))[:len(x)], append(f.atState[:0], f.state...)
	for i, v := range x {
		same = same && f.at[i] == T(v)
		f.at[i] = T(v)
	}
	if same {
		return f.value
	}
	var err error
	if f.value, err = f.evaluate(f.samples, f.at, nil); err != nil {
		f.value = math.NaN()
	}
	return f.value
}

// evaluate returns the mean loss of samples, and appends the outputs to out if it is not nil.
func (f *Batches[T]) evaluate(s *nn.Samples[T], x []T, out *[]T) (float64, error) {
	n, sum := s.Len(), 0.0
	for lo := 0; lo < n; lo += evaluateChunk {
		hi := min(lo+evaluateChunk, n)
		s.Cut(&f.cut, lo, hi)
		f.pass.Begin(x, nil, f.state, nn.Predict, rng.Stream{})
		y := f.model.Forward(f.pass, &f.cut)
		loss := grad.Mean(f.loss.Losses(f.pass, y, &f.cut))
		if err := f.pass.Tape.Err(); err != nil {
			return 0, err
		}
		if out != nil {
			*out = append(*out, y.Data()...)
		}
		sum += float64(loss.Value()) * float64(hi-lo) / float64(n)
	}
	return sum, nil
}

// Identity implements [descent.Identifier]: a checksum of model, samples, loss and options.
func (f *Batches[T]) Identity() string {
	h := crc64.New(crc64.MakeTable(crc64.ECMA))
	fmt.Fprintf(h, "%T%+v {Augment:%+v Seed:%d}", f.loss, f.loss, f.o.Augment, f.o.Seed)
	if f.adversary != nil {
		fmt.Fprintf(h, "%+v", f.o.Adversary)
	}
	for _, b := range f.model.Layout().Params {
		fmt.Fprint(h, b.Name, b.Shape)
	}
	for _, s := range []*nn.Samples[T]{f.samples, f.apart} {
		if s != nil {
			s.Hash(h)
		}
	}
	return fmt.Sprintf("checksum %016x", h.Sum64())
}

// Problem returns the training of the model as a problem, for stochastic.Train, the method of mini-batches.
func (f *Batches[T]) Problem(name string) *descent.Problem {
	return &descent.Problem{Name: name, Dim: f.Dim(), Objective: f}
}
