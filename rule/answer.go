package rule

import "github.com/godescent/descent/vec"

// An Answerer is a rule whose answer is not the x at which it wants gradients: an average of
// them, for example. It stores the answer in dst.
type Answerer interface {
	Answer32(dst []float32, p *Part[float32])
	Answer64(dst []float64, p *Part[float64])
}

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
	p.X, p.K = x, s.K
	for {
		if a, ok := r.(Answerer); ok {
			answer(a, dst, p)
			return
		}
		w, ok := r.(wrapper)
		if !ok {
			return
		}
		in, vectors, scalars := w.inner()
		r, p = in, p.wrapped(vectors, scalars)
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
