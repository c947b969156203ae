// Package rule has update rules for parameters: how a gradient changes x, given what the rule
// remembers. A rule is a value with options, whose zero value is the documented default; what
// it remembers is a [State], which the caller keeps, saves and restores. Rules know neither
// batches nor schedules: those belong to the method that calls them, with a learning rate
// for each step.
//
// Each rule is one pass over the parameters, in float32 or float64, and allocates nothing.
package rule

import (
	"fmt"
	"math"

	"github.com/godescent/descent/linalg"
	"github.com/godescent/descent/vec"
)

// A Rule is an update rule.
type Rule interface {
	// Check returns an error unless all options are in their ranges.
	Check() error
	// Rate returns the learning rate that is a good first guess.
	Rate() float64
	// Vectors returns how many vectors, each as long as x, the rule remembers.
	Vectors() int
	// Step32 and Step64 change x, and the vectors of the state, by one step with the
	// gradient g and the learning rate lr. All are equally long parts of the whole; k counts
	// steps from 1.
	Step32(x, g []float32, vectors [][]float32, k int, lr float64)
	Step64(x, g []float64, vectors [][]float64, k int, lr float64)
}

// A State is what a rule remembers about the parameters of one run: the number of steps and
// its vectors. Save and restore both, and a run goes on as if it had not stopped.
type State[T vec.Float] struct {
	K       int
	Vectors [][]T

	work *work[T]
}

// NewState returns the state of a rule before the first step on n parameters.
func NewState[T vec.Float](r Rule, n int) *State[T] {
	s := &State[T]{Vectors: make([][]T, r.Vectors())}
	for i := range s.Vectors {
		s.Vectors[i] = make([]T, n)
	}
	return s
}

// Step changes x by one step of the rule with the gradient g and the learning rate lr. Its
// parts may run in parallel; as each parameter is updated alone, the bits do not depend on
// how many.
func Step[T vec.Float](r Rule, x, g []T, s *State[T], lr float64) {
	if len(g) != len(x) || len(s.Vectors) != r.Vectors() {
		panic(fmt.Sprintf("rule: %d parameters, a gradient of %d and %d vectors: want equal lengths and %d vectors", len(x), len(g), len(s.Vectors), r.Vectors()))
	}
	if s.work == nil {
		s.work = newWork(s, len(x))
	}
	s.K++
	w := s.work
	w.rule, w.x, w.g, w.k, w.lr = r, x, g, s.K, lr
	linalg.Parts(len(w.vectors), w.body)
}

// work is a step in parts, with its memory.
type work[T vec.Float] struct {
	rule    Rule
	x, g    []T
	vectors [][][]T // parts of them
	k       int
	lr      float64
	body    func(part int)
}

// portion is how many parameters a part has.
const portion = 1 << 15

func newWork[T vec.Float](s *State[T], n int) *work[T] {
	w := &work[T]{vectors: make([][][]T, (n+portion-1)/portion)}
	for part := range w.vectors {
		for _, v := range s.Vectors {
			w.vectors[part] = append(w.vectors[part], v[part*portion:min(n, (part+1)*portion)])
		}
	}
	w.body = w.part
	return w
}

func (w *work[T]) part(i int) {
	lo, hi := i*portion, min(len(w.x), (i+1)*portion)
	switch x := any(w).(type) {
	case *work[float32]:
		w.rule.Step32(x.x[lo:hi], x.g[lo:hi], x.vectors[i], w.k, w.lr)
	case *work[float64]:
		w.rule.Step64(x.x[lo:hi], x.g[lo:hi], x.vectors[i], w.k, w.lr)
	}
}

// within returns an error unless lo <= v < hi.
func within(rule, option string, v, lo, hi float64) error {
	if !(v >= lo && v < hi) {
		if math.IsInf(hi, 1) {
			return fmt.Errorf("%s: %s = %v: want a finite number >= %v", rule, option, v, lo)
		}
		return fmt.Errorf("%s: %s = %v: want at least %v and less than %v", rule, option, v, lo, hi)
	}
	return nil
}

// or returns v, or the default where v is 0.
func or(v, def float64) float64 {
	if v == 0 {
		return def
	}
	return v
}
