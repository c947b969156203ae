package nn

import (
	"github.com/godescent/descent/grad"
	"github.com/godescent/descent/vec"
)

// Linear is x W' + b on the last axis: [..., in] gives [..., out], with blocks weight
// [out, in] and bias [out].
type Linear[T vec.Float] struct {
	Weight, Bias Slot

	tract T // lambda of [TrAct]; 0: none
}

// NewLinear adds a linear layer of that name.
func NewLinear[T vec.Float](b *Builder[T], name string, in, out int, options ...Option) *Linear[T] {
	b = b.In(name)
	return &Linear[T]{Weight: b.Weight("weight", out, in), Bias: bias(b, out, options)}
}

// Forward implements [Layer].
func (l *Linear[T]) Forward(p *Pass[T], x *grad.Tensor[T]) *grad.Tensor[T] {
	w := p.Param(l.Weight)
	if l.tract > 0 && p.Mode == Train {
		w = grad.TrAct(x, w, l.tract, grad.Conv{})
	}
	return grad.LinearT(x, w, p.Param(l.Bias))
}

// Embedding is a table of vectors: weight [count, width], a row for each of the integers 0 to
// count-1.
type Embedding[T vec.Float] struct{ Weight Slot }

// NewEmbedding adds an embedding of that name, drawn from a standard normal distribution
// scaled by std.
func NewEmbedding[T vec.Float](b *Builder[T], name string, count, width int, std float64) *Embedding[T] {
	return &Embedding[T]{b.In(name).Param("weight", Normal(std), count, width)}
}

// Lookup returns the vectors of tokens: [len(tokens), width].
func (e *Embedding[T]) Lookup(p *Pass[T], tokens []int) *grad.Tensor[T] {
	return grad.Embedding(p.Param(e.Weight), tokens)
}
