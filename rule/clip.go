package rule

import (
	"github.com/godescent/descent/vec"
)

// Clip bounds each element of the gradient by Value and then its norm, over all parameters, by Norm. Memory: that of the rule.
//
// Pascanu, Mikolov, Bengio, On the difficulty of training recurrent neural networks, ICML 2013, arXiv:1211.5063.
type Clip struct {
	Rule  Rule
	Value float64 // > 0; default none
	Norm  float64 // > 0; default none
}

// Check implements [Rule].
func (r Clip) Check() error {
	return checkWrapped("clip", r.Rule, positive("value", r.Value), positive("norm", r.Norm))
}

// Rate returns that of the rule.
func (r Clip) Rate() float64 { return r.Rule.Rate() }

// Vectors implements [Rule].
func (r Clip) Vectors() int { return r.Rule.Vectors() }

func (r Clip) inner() (rule Rule, vectors, scalars int) { return r.Rule, 0, 0 }

// Needs implements [Needer].
func (r Clip) Needs() Needs {
	if r.Norm > 0 {
		return Needs{Scope: Whole}.and(NeedsOf(r.Rule))
	}
	return NeedsOf(r.Rule)
}

// Step32 implements [Rule].
func (r Clip) Step32(p *Part[float32]) { clip(r, p) }

// Step64 implements [Rule].
func (r Clip) Step64(p *Part[float64]) { clip(r, p) }

func clip[T vec.Float](r Clip, p *Part[T]) {
	c := p.wrapped(0, 0)
	c.G = p.Scratch(len(p.G))
	copy(c.G, p.G)
	if r.Value > 0 {
		top := T(r.Value)
		for i, g := range c.G {
			c.G[i] = min(top, max(-top, g))
		}
	}
	if r.Norm > 0 {
		if size := norm(c.G); size > r.Norm {
			vec.Scal(T(r.Norm/size), c.G)
		}
	}
	c.apply(r.Rule)
}
