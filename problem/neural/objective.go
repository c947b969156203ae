// Package neural makes networks of package nn problems of the library: the flat vector of
// parameters is x.
package neural

import (
	"fmt"
	"math"
	"slices"

	"github.com/godescent/descent"
	"github.com/godescent/descent/grad"
	"github.com/godescent/descent/nn"
	"github.com/godescent/descent/rng"
	"github.com/godescent/descent/vec"
)

// Objective is the loss of a model over all samples, as a function of its parameters:
//
//	f(x) = (1/N) sum_i loss(model_x(input_i), label_i) + (L2/2) |x|^2
//
// in the mode nn.Plain: without dropout, and with batch normalization over the examples that
// are evaluated together. It answers values, gradients, Hessian-vector products (forward over
// reverse) and mini-batches of terms; each costs passes over at most Chunk examples at a time,
// whose number bounds the memory. It is not convex. NaN values of a network that diverges are
// values like others. It belongs to one run at a time.
type Objective struct {
	model   nn.Model[float64]
	samples *nn.Samples[float64]
	loss    nn.Loss[float64]
	o       Options

	pass  *nn.Pass[float64]
	batch nn.Batch[float64] // copies of chosen examples
	cut   nn.Batch[float64] // views of all, chunk by chunk
	err   error

	record record // of the last product with the Hessian

	out, shape []int // of the model's outputs for an example, and for a batch
}

// A record is the loss of all examples at x on a tape of its own, for products with its Hessian.
type record struct {
	pass  *nn.Pass[float64]
	all   nn.Batch[float64]
	x, hv []float64
	loss  *grad.Tensor[float64] // nil: none
	mark  grad.Mark
}

// Options of an objective. The zero value is the plain mean loss.
type Options struct {
	L2    float64 // weight of |x|^2/2, all parameters alike; >= 0
	Chunk int     // examples in a pass; 0 is 1024. With batch normalization, all are in one
}

var (
	_ descent.Objective     = (*Objective)(nil)
	_ descent.Smooth        = (*Objective)(nil)
	_ descent.HessianVector = (*Objective)(nil)
	_ descent.FiniteSum     = (*Objective)(nil)
)

// New checks that model, samples and loss fit each other: the model is tried on the first
// example, and every label or target is looked at. The error names the first bad sample.
func New(m nn.Model[float64], s *nn.Samples[float64], loss nn.Loss[float64], o Options) (*Objective, error) {
	if !(o.L2 >= 0) || math.IsInf(o.L2, 1) || o.Chunk < 0 {
		return nil, fmt.Errorf("neural: L2 = %v, Chunk = %d: want a finite number >= 0, and at least 1 or 0 for 1024", o.L2, o.Chunk)
	}
	if m == nil || s == nil || loss == nil {
		return nil, fmt.Errorf("neural: nil model, samples or loss: want all three")
	}
	f := &Objective{model: m, samples: s, loss: loss, o: o}
	if f.o.Chunk == 0 {
		f.o.Chunk = 1024
	}
	if m.Layout().StateDim() > 0 {
		f.o.Chunk = s.Len()
	}
	f.pass = nn.NewPass[float64](m.Layout())
	return f, try(f.pass, m, s, loss)
}

// try evaluates a model on the first example and checks all samples against its outputs.
func try[T vec.Float](p *nn.Pass[T], m nn.Model[T], s *nn.Samples[T], loss nn.Loss[T]) error {
	if v, ok := m.(nn.Vocabulary); ok {
		for i, k := range s.Tokens {
			if k >= v.Tokens() {
				return fmt.Errorf("neural: sample %d: token %d is %d: want 0 to %d, those of the model", i/s.Context, i%s.Context, k, v.Tokens()-1)
			}
		}
	}
	var b nn.Batch[T]
	s.Cut(&b, 0, 1)
	x, _ := nn.Start[T](m.Layout(), 0)
	p.Begin(x, nil, nil, nn.Plain, rng.Stream{})
	out := m.Forward(p, &b)
	if err := p.Tape.Err(); err != nil {
		return fmt.Errorf("neural: the model does not fit the samples: %w", err)
	}
	if shape := out.Shape(); len(shape) == 0 || shape[0] != 1 {
		return fmt.Errorf("neural: the model's outputs for one example have shape %v: want [1, ...]", shape)
	}
	if err := loss.Check(s, out.Shape()[1:]); err != nil {
		return err
	}
	loss.Losses(p, out, &b)
	return p.Tape.Err()
}

// Problem returns min f under a name.
func (f *Objective) Problem(name string) *descent.Problem {
	return &descent.Problem{Name: name, Dim: f.model.Layout().Dim(), Objective: f}
}

// Err returns the first failure of an evaluation, which returned NaN: of a model that cannot
// evaluate some numbers of examples.
func (f *Objective) Err() error { return f.err }

// Value implements [descent.Objective].
func (f *Objective) Value(x []float64) float64 { return f.all(nil, x, nil) }

// Gradient implements [descent.Smooth].
func (f *Objective) Gradient(g, x []float64) float64 {
	clear(g)
	return f.all(g, x, nil)
}

// HessVec implements [descent.HessianVector]. Where one pass takes all examples, it keeps the record of the
// model at x, and products with further v at the same x cost a forward pass less each.
func (f *Objective) HessVec(hv, x, v []float64) {
	clear(hv)
	n, r := f.samples.Len(), &f.record
	if n > f.o.Chunk {
		f.all(hv, x, v)
		return
	}
	if r.loss == nil || !slices.Equal(r.x, x) {
		if r.pass == nil {
			*r = record{pass: nn.NewPass[float64](f.model.Layout()), x: make([]float64, len(x)), hv: make([]float64, len(x))}
		}
		copy(r.x, x)
		f.samples.Cut(&r.all, 0, n)
		r.loss = f.begin(r.pass, &r.all, 1, r.x, r.hv)
		r.mark = r.pass.Tape.Mark()
	}
	clear(r.hv)
	if !f.derive(r.pass, r.loss, r.hv, v) {
		r.loss = nil
	}
	r.pass.Tape.Rewind(r.mark)
	copy(hv, r.hv)
	f.penalty(hv, x, v)
}

// Terms implements [descent.FiniteSum].
func (f *Objective) Terms() int { return f.samples.Len() }

// TermGradient implements [descent.FiniteSum]. Each term has the whole of the penalty.
func (f *Objective) TermGradient(g, x []float64, idx []int) float64 {
	clear(g)
	return f.some(g, x, nil, idx)
}

// TermHessVec stores the product of v and the Hessian at x of the mean of the terms idx in hv.
func (f *Objective) TermHessVec(hv, x, v []float64, idx []int) {
	clear(hv)
	f.some(hv, x, v, idx)
}

// some adds the gradient of the mean of the terms idx to g, or the product of its Hessian and v, and returns the mean.
func (f *Objective) some(g, x, v []float64, idx []int) float64 {
	sum := 0.0
	for lo := 0; lo < len(idx); lo += f.o.Chunk {
		part := idx[lo:min(lo+f.o.Chunk, len(idx))]
		f.samples.Fill(&f.batch, part)
		sum += f.one(&f.batch, float64(len(part))/float64(len(idx)), g, x, v)
	}
	return sum + f.penalty(g, x, v)
}

// all adds the gradient of f to g, or the product of its Hessian and v, and returns f(x).
func (f *Objective) all(g, x, v []float64) float64 {
	n, sum := f.samples.Len(), 0.0
	for lo := 0; lo < n; lo += f.o.Chunk {
		hi := min(lo+f.o.Chunk, n)
		f.samples.Cut(&f.cut, lo, hi)
		sum += f.one(&f.cut, float64(hi-lo)/float64(n), g, x, v)
	}
	return sum + f.penalty(g, x, v)
}

// one does so for share times the mean loss of a batch.
func (f *Objective) one(b *nn.Batch[float64], share float64, g, x, v []float64) float64 {
	loss := f.begin(f.pass, b, share, x, g)
	if !f.derive(f.pass, loss, g, v) {
		return math.NaN()
	}
	return loss.Value()
}

// begin records share times the mean loss of a batch at x, whose derivatives go to g.
func (f *Objective) begin(p *nn.Pass[float64], b *nn.Batch[float64], share float64, x, g []float64) *grad.Tensor[float64] {
	p.Begin(x, g, nil, nn.Plain, rng.Stream{})
	return grad.Scale(grad.Mean(f.loss.Losses(p, f.model.Forward(p, b), b)), share)
}

// derive adds the gradient of loss, or the product of its Hessian and v, to g. A failure makes g NaN.
func (f *Objective) derive(p *nn.Pass[float64], loss *grad.Tensor[float64], g, v []float64) bool {
	y := loss
	if v != nil {
		y = p.Tape.JVP(loss, p.Params(), p.Tangents(v))
	}
	err := p.Tape.Err()
	if err == nil && g != nil {
		err = p.Tape.Backward(y)
	}
	if err == nil {
		return true
	}
	if f.err == nil {
		f.err = err
	}
	for i := range g {
		g[i] = math.NaN()
	}
	return false
}

// penalty adds the derivatives of (L2/2) |x|^2 and returns it.
func (f *Objective) penalty(g, x, v []float64) float64 {
	if f.o.L2 == 0 {
		return 0
	}
	if v != nil {
		vec.Axpy(f.o.L2, v, g)
	} else if g != nil {
		vec.Axpy(f.o.L2, x, g)
	}
	return f.o.L2 / 2 * vec.Dot(x, x)
}
