package nn

import (
	"encoding/binary"
	"fmt"
	"io"
	"math"
	"slices"

	"github.com/godescent/descent/vec"
)

// Samples are examples in memory. Inputs are numbers X, integers Tokens (sequences of tokens,
// or the numbers of nodes of a graph), or both; what is to be learned are integers Labels or
// numbers Targets. Each holds the same number of elements for every example, one example
// after the other.
type Samples[T vec.Float] struct {
	Shape   []int // of an example's X: [features], or [channels height width] of images
	X       []T
	Context int // tokens of an example
	Tokens  []int
	Labels  []int // 1 for each example, or as many for each (a label for each token, say)
	Targets []T   // alike

	n int
}

// NewSamples checks n examples: that lengths fit, that all numbers are finite, and that no
// token or label is negative. Errors name the first bad example. Labels are checked against a
// model's classes by [Loss].
func NewSamples[T vec.Float](n int, s Samples[T]) (*Samples[T], error) {
	s.n = n
	switch {
	case n < 1:
		return nil, fmt.Errorf("nn: %d samples: want at least 1", n)
	case s.X == nil && s.Tokens == nil:
		return nil, fmt.Errorf("nn: samples with neither X nor Tokens: want inputs")
	case len(s.X) != 0 && slices.ContainsFunc(s.Shape, func(d int) bool { return d < 1 }):
		return nil, fmt.Errorf("nn: samples of shape %v: want sizes of at least 1", s.Shape)
	case s.X != nil && len(s.X) != n*length(s.Shape):
		return nil, fmt.Errorf("nn: X has %d numbers: want %d for %d samples of shape %v", len(s.X), n*length(s.Shape), n, s.Shape)
	case len(s.Tokens) != n*s.Context:
		return nil, fmt.Errorf("nn: %d tokens: want %d for %d samples with %d each", len(s.Tokens), n*s.Context, n, s.Context)
	case len(s.Labels)%n != 0 || len(s.Targets)%n != 0:
		return nil, fmt.Errorf("nn: %d labels, %d targets: want multiples of %d, the number of samples", len(s.Labels), len(s.Targets), n)
	case (len(s.Labels) == 0) == (len(s.Targets) == 0):
		return nil, fmt.Errorf("nn: %d labels, %d targets: want one of the two", len(s.Labels), len(s.Targets))
	}
	if err := finite("input", s.X, s.Shape, n); err != nil {
		return nil, err
	}
	if err := finite("target", s.Targets, []int{len(s.Targets) / n}, n); err != nil {
		return nil, err
	}
	if err := positive("token", s.Tokens, n); err != nil {
		return nil, err
	}
	return &s, positive("label", s.Labels, n)
}

// finite names the first number that is not finite, with its place in its example.
func finite[T vec.Float](what string, x []T, shape []int, n int) error {
	for i, v := range x {
		if v-v != 0 {
			per := len(x) / n
			at, place := make([]int, len(shape)), i%per
			for k := len(shape) - 1; k >= 0; k-- {
				at[k], place = place%shape[k], place/shape[k]
			}
			return fmt.Errorf("nn: sample %d: %s %v is %v: want a finite number", i/per, what, at, v)
		}
	}
	return nil
}

func positive(what string, x []int, n int) error {
	for i, v := range x {
		if v < 0 {
			return fmt.Errorf("nn: sample %d: %s %d is %d: want at least 0", i/(len(x)/n), what, i%(len(x)/n), v)
		}
	}
	return nil
}

// Text makes samples of a text: windows of context tokens, stride apart, whose labels are the
// tokens one further on.
func Text[T vec.Float](tokens []int, context, stride int) (*Samples[T], error) {
	if context < 1 || stride < 1 || len(tokens) < context+1 {
		return nil, fmt.Errorf("nn: %d tokens in windows of %d, %d apart: want at least 1 for each, and a token more than a window", len(tokens), context, stride)
	}
	s := Samples[T]{Context: context}
	n := 0
	for at := 0; at+context < len(tokens); at += stride {
		s.Tokens = append(s.Tokens, tokens[at:at+context]...)
		s.Labels = append(s.Labels, tokens[at+1:at+context+1]...)
		n++
	}
	return NewSamples(n, s)
}

// Hash writes all that the samples are to h.
func (s *Samples[T]) Hash(h io.Writer) {
	fmt.Fprint(h, s.n, s.Shape, s.Context)
	buf := make([]byte, 0, 1<<16)
	put := func(n int, bits func(i int) uint64) {
		for i := range n {
			buf = binary.LittleEndian.AppendUint64(buf, bits(i))
			if len(buf) == cap(buf) || i == n-1 {
				h.Write(buf)
				buf = buf[:0]
			}
		}
		fmt.Fprint(h, n)
	}
	put(len(s.X), func(i int) uint64 { return math.Float64bits(float64(s.X[i])) })
	put(len(s.Targets), func(i int) uint64 { return math.Float64bits(float64(s.Targets[i])) })
	put(len(s.Tokens), func(i int) uint64 { return uint64(s.Tokens[i]) })
	put(len(s.Labels), func(i int) uint64 { return uint64(s.Labels[i]) })
}

// Len returns the number of examples.
func (s *Samples[T]) Len() int { return s.n }

// A Batch has some examples of [Samples], laid out alike.
type Batch[T vec.Float] struct {
	N       int
	Shape   []int // [N, ...], of X
	X       []T
	Context int
	Tokens  []int
	Labels  []int
	Targets []T
}

// Fill copies the examples idx to b, whose memory is used again. It allocates only where b
// was never so large. Indices must be those of examples.
func (s *Samples[T]) Fill(b *Batch[T], idx []int) {
	b.N, b.Context = len(idx), s.Context
	b.Shape = append(append(b.Shape[:0], len(idx)), s.Shape...)
	b.X = gather(b.X, s.X, s.n, idx)
	b.Tokens = gather(b.Tokens, s.Tokens, s.n, idx)
	b.Labels = gather(b.Labels, s.Labels, s.n, idx)
	b.Targets = gather(b.Targets, s.Targets, s.n, idx)
}

func gather[E any](dst, src []E, n int, idx []int) []E {
	per := len(src) / n
	dst = dst[:0]
	for _, i := range idx {
		dst = append(dst, src[i*per:(i+1)*per]...)
	}
	return dst
}

// Cut makes b the examples lo to hi-1 themselves, without a copy: b must not be changed, nor
// be filled later.
func (s *Samples[T]) Cut(b *Batch[T], lo, hi int) {
	b.N, b.Context = hi-lo, s.Context
	b.Shape = append(append(b.Shape[:0], hi-lo), s.Shape...)
	b.X, b.Tokens = slice(s.X, s.n, lo, hi), slice(s.Tokens, s.n, lo, hi)
	b.Labels, b.Targets = slice(s.Labels, s.n, lo, hi), slice(s.Targets, s.n, lo, hi)
}

func slice[E any](x []E, n, lo, hi int) []E {
	per := len(x) / n
	return x[lo*per : hi*per : hi*per]
}
