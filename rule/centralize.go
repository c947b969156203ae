package rule

import (
	"github.com/godescent/descent/vec"
)

// Centralize takes the mean of each row from the gradients of blocks of two or more axes.
//
// Memory: that of the rule.
//
// Yong, Huang, Hua, Zhang, Gradient centralization: a new optimization technique for deep neural networks, ECCV 2020,
// arXiv:2004.01461.
type Centralize struct {
	Rule Rule
}

// Check implements [Rule].
func (r Centralize) Check() error {
	return checkWrapped("centralize", r.Rule)
}

// Rate returns that of the rule.
func (r Centralize) Rate() float64 { return r.Rule.Rate() }

// Vectors implements [Rule].
func (r Centralize) Vectors() int { return r.Rule.Vectors() }

func (r Centralize) inner() (rule Rule, vectors, scalars int) { return r.Rule, 0, 0 }

// Needs implements [Needer].
func (r Centralize) Needs() Needs { return Needs{Scope: Blocks}.and(NeedsOf(r.Rule)) }

// Step32 implements [Rule].
func (r Centralize) Step32(p *Part[float32]) { centralize(r, p) }

// Step64 implements [Rule].
func (r Centralize) Step64(p *Part[float64]) { centralize(r, p) }

func centralize[T vec.Float](r Centralize, p *Part[T]) {
	c := p.wrapped(0, 0)
	c.G = p.Scratch(len(p.G))
	copy(c.G, p.G)
	p.eachRow(func(lo, hi int, matrix bool) {
		if !matrix {
			return
		}
		mean := vec.Sum(c.G[lo:hi]) / T(hi-lo)
		for j := lo; j < hi; j++ {
			c.G[j] -= mean
		}
	})
	c.apply(r.Rule)
}
