package rule

import "github.com/godescent/descent/vec"

// An Answerer is a rule whose answer is not the x at which it wants gradients: an average of
// them, for example. It stores the answer in dst.
type Answerer interface {
	Answer32(dst []float32, p *Part[float32])
	Answer64(dst []float64, p *Part[float64])
}

// grouped is a rule that has rules for blocks.
type grouped interface{ of(b Block) (Rule, float64) }

// Answer stores in dst what the rule recommends after the steps so far: x itself for most rules.
// dst must not overlap x.
func Answer[T vec.Float](r Rule, dst, x []T, s *State[T]) {
	copy(dst, x)
	if s.K == 0 {
		return
	}
	if s.root == nil { // restored, and no step since
		s.root = newRoot(r, s, len(x))
	}
	p := s.root
	p.V, p.S, p.Extra = s.Vectors, s.Scalars, s.Extra // which may have been restored since
	p.X, p.G, p.K = x, x, s.K                         // there is no gradient
	answerOf(r, dst, p)
}

// answerOf stores the answer of a rule, of one that it wraps, or of the rules of its groups, in dst, which has x.
func answerOf[T vec.Float](r Rule, dst []T, p *Part[T]) {
	switch r := r.(type) {
	case Answerer:
		answer(r, dst, p)
	case wrapper:
		in, vectors, scalars := r.inner()
		answerOf(in, dst, p.wrapped(vectors, scalars))
	case grouped:
		lo := 0
		for i, b := range p.Blocks {
			hi := lo + b.Size()
			c := &Part[T]{}
			c.take(p, lo, hi)
			c.takeBlock(p, i)
			in, _ := r.of(b)
			answerOf(in, dst[lo:hi], c)
			lo = hi
		}
	}
}

func answer[T vec.Float](a Answerer, dst []T, p *Part[T]) {
	switch p := any(p).(type) {
	case *Part[float32]:
		a.Answer32(any(dst).([]float32), p)
	case *Part[float64]:
		a.Answer64(any(dst).([]float64), p)
	}
}
