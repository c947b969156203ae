package rule

import (
	"errors"
	"fmt"
)

// A wrapper is a rule that wraps one. What it does not say about needs, extra numbers, scalars and
// answers is as of the wrapped rule, whose vectors and scalars come after its own.
type wrapper interface {
	inner() (rule Rule, vectors, scalars int)
}

// checkWrapped checks the options of a rule that wraps r, and those of r.
func checkWrapped(rule string, r Rule, options ...limit) error {
	if r == nil {
		return fmt.Errorf("%s: wraps no rule: want one", rule)
	}
	return errors.Join(check(rule, options...), r.Check())
}

// NeedsOf returns what a rule needs.
func NeedsOf(r Rule) Needs {
	if n, ok := r.(Needer); ok {
		return n.Needs()
	}
	if w, ok := r.(wrapper); ok {
		in, _, _ := w.inner()
		return NeedsOf(in)
	}
	return Needs{}
}

// advance takes the scalars of a rule of elements to step k.
func advance(r Rule, s []float64, k int, rate float64) {
	if a, ok := r.(Advancer); ok {
		a.Advance(s, k, rate)
	} else if w, ok := r.(wrapper); ok {
		in, _, own := w.inner()
		advance(in, s[min(own, len(s)):], k, rate)
	}
}

// scalarsOf returns how many scalars a rule remembers in all: those of each block if it runs on blocks, or one that it
// wraps does.
func scalarsOf(r Rule, blocks int) int {
	n := NeedsOf(r).Scalars
	for in := r; ; {
		if NeedsOf(in).Scope == Blocks {
			return n * blocks
		}
		w, ok := in.(wrapper)
		if !ok {
			return n
		}
		in, _, _ = w.inner()
	}
}

// extraOf returns how many numbers a rule remembers of a block.
func extraOf(r Rule, shape []int) int {
	if s, ok := r.(Shaper); ok {
		return s.Extra(shape)
	}
	if w, ok := r.(wrapper); ok {
		in, _, _ := w.inner()
		return extraOf(in, shape)
	}
	return 0
}
