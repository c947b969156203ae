package nn

import (
	"fmt"
	"math"
	"slices"

	"github.com/godescent/descent/grad"
	"github.com/godescent/descent/rng"
	"github.com/godescent/descent/vec"
)

// A Loss compares a model's outputs with labels or targets.
type Loss[T vec.Float] interface {
	// Losses returns the loss of each example, [batch].
	Losses(p *Pass[T], out *grad.Tensor[T], b *Batch[T]) *grad.Tensor[T]

	// Check returns an error that names the first example whose labels or targets do not fit
	// a model with outputs of the shape out, of one example.
	Check(s *Samples[T], out []int) error
}

// A Likelihood is a loss that is a mean of -log of probabilities of labels or targets, up to constants.
type Likelihood[T vec.Float] interface {
	Loss[T]

	// Sample replaces the labels or targets of b by some that are drawn at random as a model with these
	// outputs has them, and returns how many there are.
	Sample(out *grad.Tensor[T], b *Batch[T], s *rng.Stream) int
}

// CrossEntropy is -log(softmax(out)[label]) for outputs [batch, ..., classes] with one label
// for each row; an example's loss is the mean over its rows.
type CrossEntropy[T vec.Float] struct{}

// Losses implements [Loss].
func (CrossEntropy[T]) Losses(_ *Pass[T], out *grad.Tensor[T], b *Batch[T]) *grad.Tensor[T] {
	return perExample(grad.CrossEntropies(out, b.Labels), b.N)
}

// Check implements [Loss].
func (CrossEntropy[T]) Check(s *Samples[T], out []int) error {
	if len(out) == 0 {
		return fmt.Errorf("nn: cross-entropy of a model with one number for each example: want [... classes]")
	}
	classes, rows := out[len(out)-1], length(out[:len(out)-1])
	if len(s.Labels) != s.n*rows {
		return fmt.Errorf("nn: %d labels for %d samples: the model's outputs %v want %d for each", len(s.Labels), s.n, out, rows)
	}
	for i, k := range s.Labels {
		if k >= classes {
			return fmt.Errorf("nn: sample %d: label %d is %d: want 0 to %d, as the model has %d classes", i/rows, i%rows, k, classes-1, classes)
		}
	}
	return nil
}

// Sample implements [Likelihood]: labels have the probabilities softmax(out).
func (CrossEntropy[T]) Sample(out *grad.Tensor[T], b *Batch[T], s *rng.Stream) int {
	classes := out.Dim(-1)
	for i := range b.Labels {
		row := out.Data()[i*classes : (i+1)*classes]
		top, sum := float64(slices.Max(row)), 0.0
		for _, v := range row {
			sum += math.Exp(float64(v) - top)
		}
		u, k := s.Float64()*sum, 0
		for ; k < classes-1; k++ {
			if u -= math.Exp(float64(row[k]) - top); u < 0 {
				break
			}
		}
		b.Labels[i] = k
	}
	return len(b.Labels)
}

// MSE is the mean of (out - target)^2 over an example's outputs.
type MSE[T vec.Float] struct{}

// Losses implements [Loss].
func (MSE[T]) Losses(p *Pass[T], out *grad.Tensor[T], b *Batch[T]) *grad.Tensor[T] {
	return perExample(grad.Square(grad.Sub(out, target(p, out, b))), b.N)
}

// Check implements [Loss].
func (MSE[T]) Check(s *Samples[T], out []int) error { return checkTargets(s, out) }

// Sample implements [Likelihood]: targets are normal around the outputs, with the variance 1/2.
func (MSE[T]) Sample(out *grad.Tensor[T], b *Batch[T], s *rng.Stream) int {
	for i, v := range out.Data() {
		b.Targets[i] = v + T(math.Sqrt(0.5)*s.Norm())
	}
	return len(b.Targets)
}

// Huber is the mean of h(out - target) over an example's outputs, with h(r) = r^2/2 for
// |r| <= Eps and Eps |r| - Eps^2/2 elsewhere (Huber 1964). The zero Eps is 1.
type Huber[T vec.Float] struct{ Eps T }

// Losses implements [Loss]. With c, r limited to [-Eps, Eps], h is c (r - c/2).
func (h Huber[T]) Losses(p *Pass[T], out *grad.Tensor[T], b *Batch[T]) *grad.Tensor[T] {
	eps := h.Eps
	if eps == 0 {
		eps = 1
	}
	r := grad.Sub(out, target(p, out, b))
	c := grad.Clamp(r, -eps, eps)
	return perExample(grad.Mul(c, grad.Sub(r, grad.Scale(c, 0.5))), b.N)
}

// Check implements [Loss].
func (h Huber[T]) Check(s *Samples[T], out []int) error {
	if !(h.Eps >= 0) {
		return fmt.Errorf("nn: Huber loss with Eps = %v: want a positive number, or 0 for 1", h.Eps)
	}
	return checkTargets(s, out)
}

// BCE is the mean of -t log(s) - (1-t) log(1-s) over an example's outputs, where s is the
// sigmoid of an output and t its target in [0, 1].
type BCE[T vec.Float] struct{}

// Losses implements [Loss].
func (BCE[T]) Losses(p *Pass[T], out *grad.Tensor[T], b *Batch[T]) *grad.Tensor[T] {
	return perExample(grad.Sub(grad.Softplus(out), grad.Mul(out, target(p, out, b))), b.N)
}

// Check implements [Loss].
func (BCE[T]) Check(s *Samples[T], out []int) error {
	if err := checkTargets(s, out); err != nil {
		return err
	}
	per := len(s.Targets) / s.n
	for i, v := range s.Targets {
		if v < 0 || v > 1 {
			return fmt.Errorf("nn: sample %d: target %d is %v: want 0 to 1 for a binary cross-entropy", i/per, i%per, v)
		}
	}
	return nil
}

// Sample implements [Likelihood]: targets are 1 with the probability s, else 0.
func (BCE[T]) Sample(out *grad.Tensor[T], b *Batch[T], s *rng.Stream) int {
	for i, v := range out.Data() {
		b.Targets[i] = 0
		if s.Float64() < 1/(1+math.Exp(-float64(v))) {
			b.Targets[i] = 1
		}
	}
	return len(b.Targets)
}

func target[T vec.Float](p *Pass[T], out *grad.Tensor[T], b *Batch[T]) *grad.Tensor[T] {
	return p.Tape.Input(b.Targets, out.Shape()...)
}

func checkTargets[T vec.Float](s *Samples[T], out []int) error {
	if n := length(out); len(s.Targets) != s.n*n {
		return fmt.Errorf("nn: %d targets for %d samples: the model's outputs %v want %d for each", len(s.Targets), s.n, out, n)
	}
	return nil
}

// perExample returns the mean of each example's losses.
func perExample[T vec.Float](losses *grad.Tensor[T], n int) *grad.Tensor[T] {
	return grad.Mean(grad.Reshape(losses, n, -1), 1)
}
