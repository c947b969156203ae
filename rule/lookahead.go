package rule

import (
	"github.com/godescent/descent/vec"
)

// Lookahead takes the iterates of a rule back, every so many steps, to a point on the way:
//
//	every Every-th step: s <- s + Alpha (x - s),  x <- s,  s_0 = x_0
//
// Memory: 1 vector more than the rule.
//
// Zhang, Lucas, Hinton, Ba, Lookahead optimizer: k steps forward, 1 step back, NeurIPS 2019, arXiv:1907.08610.
type Lookahead struct {
	Rule  Rule
	Alpha float64 // in (0, 1]; default 0.5
	Every int     // default 6
}

// Check implements [Rule].
func (r Lookahead) Check() error {
	return checkWrapped("lookahead", r.Rule, fraction("alpha", r.Alpha), positive("every", float64(r.Every)))
}

// Rate returns that of the rule.
func (r Lookahead) Rate() float64 { return r.Rule.Rate() }

// Vectors implements [Rule].
func (r Lookahead) Vectors() int { return r.Rule.Vectors() + 1 }

func (r Lookahead) inner() (rule Rule, vectors, scalars int) { return r.Rule, 1, 0 }

// Step32 implements [Rule].
func (r Lookahead) Step32(p *Part[float32]) { lookahead(r, p) }

// Step64 implements [Rule].
func (r Lookahead) Step64(p *Part[float64]) { lookahead(r, p) }

func lookahead[T vec.Float](r Lookahead, p *Part[T]) {
	s := p.V[0]
	if p.K == 1 {
		copy(s, p.X)
	}
	p.wrapped(1, 0).apply(r.Rule)
	if p.K%int(or(float64(r.Every), 6)) == 0 {
		alpha := or(r.Alpha, 0.5)
		vec.Axpby(T(alpha), p.X, T(1-alpha), s)
		copy(p.X, s)
	}
}
