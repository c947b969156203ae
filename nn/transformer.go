package nn

import (
	"fmt"
	"math"

	"github.com/godescent/descent/grad"
	"github.com/godescent/descent/vec"
)

// TransformerOptions describes a character-level language model.
type TransformerOptions struct {
	Vocabulary int     // tokens are 0 to Vocabulary-1; required
	Context    int     // the longest sequence; default 64
	Width      int     // of the vectors; default 64
	Layers     int     // default 2
	Heads      int     // default 4
	Dropout    float64 // after the embedding and in each block, in [0, 1)
}

// Transformer is a causal transformer that predicts the next token at each position of
// sequences, in the manner of GPT-2 (Radford et al. 2019): learned positions, normalization
// before each part, weights drawn with deviation 0.02, less where they end a residual part,
// and the embedding tied to the output. It maps tokens [batch, time] to logits [batch, time,
// Vocabulary]. Blocks: wte, wpe, layers.0.attn.q and so on, ln_f.
type Transformer[T vec.Float] struct {
	tokens    *Embedding[T]
	positions Slot
	blocks    Chain[T]
	o         TransformerOptions
	layout    *Layout
}

// NewTransformer returns the model, or an error that names the option to change.
func NewTransformer[T vec.Float](o TransformerOptions) (*Transformer[T], error) {
	orDefault(&o.Context, 64)
	orDefault(&o.Width, 64)
	orDefault(&o.Layers, 2)
	orDefault(&o.Heads, 4)
	b := NewBuilder[T]().With(Normal(0.02))
	checkDropout(b, o.Dropout)
	if o.Layers < 1 {
		b.Fail("transformer of %d layers: want at least 1", o.Layers)
	}
	m := &Transformer[T]{o: o, tokens: NewEmbedding(b, "wte", o.Vocabulary, o.Width, 0.02)}
	m.positions = b.In("wpe").Param("weight", Normal(0.02), o.Context, o.Width)
	residual := Normal(0.02 / math.Sqrt(float64(2*max(1, o.Layers))))
	m.blocks = Chain[T]{Dropout[T]{o.Dropout}}
	for i := range o.Layers {
		m.blocks = append(m.blocks, NewTransformerBlock(b, fmt.Sprintf("layers.%d", i), o.Width, o.Heads, true, o.Dropout, residual))
	}
	m.blocks = append(m.blocks, NewLayerNorm(b, "ln_f", o.Width))
	var err error
	m.layout, err = b.Layout()
	return m, err
}

// Layout implements [Model].
func (m *Transformer[T]) Layout() *Layout { return m.layout }

// Tokens implements [Vocabulary].
func (m *Transformer[T]) Tokens() int { return m.o.Vocabulary }

// Forward implements [Model].
func (m *Transformer[T]) Forward(p *Pass[T], b *Batch[T]) *grad.Tensor[T] {
	where := p.Param(m.positions)
	if b.Context < m.o.Context {
		where = grad.Slice(where, 0, 0, b.Context)
	}
	h := grad.Reshape(m.tokens.Lookup(p, b.Tokens), b.N, b.Context, m.o.Width)
	h = m.blocks.Forward(p, grad.Add(h, where))
	return grad.MatMulT(h, p.Param(m.tokens.Weight), false, true)
}
