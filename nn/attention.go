package nn

import (
	"github.com/godescent/descent/grad"
	"github.com/godescent/descent/vec"
)

// SelfAttention is multi-head attention of a sequence [batch, time, width] to itself (Vaswani
// et al. 2017, arXiv:1706.03762): the linear layers q, k, v and out, all width to width.
type SelfAttention[T vec.Float] struct {
	Q, K, V, Out *Linear[T]
	heads        int
	causal       bool
}

// NewSelfAttention adds an attention with heads of width/heads each. With causal, a position
// sees itself and earlier ones alone. residual draws the weights of
// out, where nil is as the others.
func NewSelfAttention[T vec.Float](b *Builder[T], name string, width, heads int, causal bool, residual Init) *SelfAttention[T] {
	b = b.In(name)
	if heads < 1 || width%max(1, heads) != 0 {
		b.Fail("attention %s of width %d with %d heads: want a width in a multiple of the heads", b.prefix, width, heads)
	}
	return &SelfAttention[T]{
		Q: NewLinear(b, "q", width, width), K: NewLinear(b, "k", width, width), V: NewLinear(b, "v", width, width),
		Out: NewLinear(b.With(residual), "out", width, width), heads: heads, causal: causal,
	}
}

// Forward implements [Layer].
func (a *SelfAttention[T]) Forward(p *Pass[T], x *grad.Tensor[T]) *grad.Tensor[T] {
	y := grad.Attention(a.split(a.Q.Forward(p, x)), a.split(a.K.Forward(p, x)), a.split(a.V.Forward(p, x)), a.causal)
	return a.Out.Forward(p, grad.Reshape(grad.Permute(y, 0, 2, 1, 3), x.Dim(0), x.Dim(1), -1))
}

// split gives each head its part: [batch, heads, time, width/heads].
func (a *SelfAttention[T]) split(x *grad.Tensor[T]) *grad.Tensor[T] {
	return grad.Permute(grad.Reshape(x, x.Dim(0), x.Dim(1), a.heads, -1), 0, 2, 1, 3)
}

// NewTransformerBlock adds a block with normalization before each part (Xiong et al. 2020,
// arXiv:2002.04745): x + attn(ln1(x)), then x + out(gelu(in(ln2(x)))), whose hidden layer is
// four times as wide. residual draws the weights of the last layers of both
// parts, where nil is as the others.
func NewTransformerBlock[T vec.Float](b *Builder[T], name string, width, heads int, causal bool, dropout float64, residual Init) Layer[T] {
	b = b.In(name)
	attention := Chain[T]{NewLayerNorm(b, "ln1", width), NewSelfAttention(b, "attn", width, heads, causal, residual), Dropout[T]{dropout}}
	mlp := Chain[T]{
		NewLayerNorm(b, "ln2", width), NewLinear(b, "mlp.in", width, 4*width), NewActivation(b, "gelu"),
		NewLinear(b.With(residual), "mlp.out", 4*width, width), Dropout[T]{dropout},
	}
	return Chain[T]{Residual[T]{Body: attention}, Residual[T]{Body: mlp}}
}
