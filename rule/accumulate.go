package rule

import (
	"fmt"

	"github.com/godescent/descent/vec"
)

// Accumulate steps with the mean of the gradients of Every steps, in the last of them; x stays in the others.
//
// Memory: 1 vector more than the rule. It wraps no rule that needs an oracle, as that would answer for the last batch alone.
type Accumulate struct {
	Rule  Rule
	Every int // >= 1; default 2
}

// Check implements [Rule].
func (r Accumulate) Check() error {
	if r.Rule != nil {
		if n := NeedsOf(r.Rule); n.String() != "nothing" {
			return fmt.Errorf("accumulate: %T needs %s: want a rule of gradients alone", r.Rule, n)
		}
	}
	return checkWrapped("accumulate", r.Rule, positive("every", float64(r.Every)))
}

// Rate returns that of the rule.
func (r Accumulate) Rate() float64 { return r.Rule.Rate() }

// Vectors implements [Rule].
func (r Accumulate) Vectors() int { return r.Rule.Vectors() + 1 }

func (r Accumulate) inner() (rule Rule, vectors, scalars int) { return r.Rule, 1, 0 }

// Advance implements [Advancer].
func (r Accumulate) Advance(s []float64, k int, rate float64) {
	if k%r.every() == 0 {
		advance(r.Rule, s, k/r.every(), rate)
	}
}

func (r Accumulate) every() int { return int(or(float64(r.Every), 2)) }

// Step32 implements [Rule].
func (r Accumulate) Step32(p *Part[float32]) { accumulate(r, p) }

// Step64 implements [Rule].
func (r Accumulate) Step64(p *Part[float64]) { accumulate(r, p) }

func accumulate[T vec.Float](r Accumulate, p *Part[T]) {
	every, sum := r.every(), p.V[0]
	vec.Axpy(T(1/float64(every)), p.G, sum)
	if p.K%every != 0 {
		return
	}
	c := p.wrapped(1, 0)
	c.G, c.K = sum, p.K/every
	c.apply(r.Rule)
	clear(sum)
}
