package rule

import (
	"github.com/godescent/descent/vec"
)

// Decay wraps a rule that has no decay of its own:
//
//	x <- (1 - lr Weight) x before the step; Fixed: (1 - Weight) x
//	Coupled: g <- g + Weight x, the gradient of Weight |x|^2/2
//
// Memory: that of the rule.
//
// Loshchilov and Hutter, Decoupled weight decay regularization, ICLR 2019, arXiv:1711.05101.
type Decay struct {
	Rule    Rule
	Weight  float64 // >= 0
	Coupled bool
	Fixed   bool // not scaled by the learning rate
}

// Check implements [Rule].
func (r Decay) Check() error {
	return checkWrapped("decay", r.Rule, positive("weight", r.Weight))
}

// Rate returns that of the rule.
func (r Decay) Rate() float64 { return r.Rule.Rate() }

// Vectors implements [Rule].
func (r Decay) Vectors() int { return r.Rule.Vectors() }

func (r Decay) inner() (rule Rule, vectors, scalars int) { return r.Rule, 0, 0 }

// Step32 implements [Rule].
func (r Decay) Step32(p *Part[float32]) { decay(r, p) }

// Step64 implements [Rule].
func (r Decay) Step64(p *Part[float64]) { decay(r, p) }

func decay[T vec.Float](r Decay, p *Part[T]) {
	c := p.wrapped(0, 0)
	switch {
	case r.Coupled:
		c.G = p.Scratch(len(p.G))
		vec.AxpyTo(c.G, T(r.Weight), p.X, p.G)
	case r.Fixed:
		vec.Scal(T(1-r.Weight), p.X)
	default:
		vec.Scal(T(1-p.LR*r.Weight), p.X)
	}
	c.apply(r.Rule)
}
