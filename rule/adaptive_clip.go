package rule

import (
	"github.com/godescent/descent/vec"
)

// AdaptiveClip bounds the norms of gradients by those of parameters, for each row of a block of two or more axes and for
// other blocks at once:
//
//	where |g| > m = Ratio max(|x|, Eps): g <- m/|g| g
//
// Memory: that of the rule.
//
// Brock, De, Smith, Simonyan, High-performance large-scale image recognition without normalization, ICML 2021,
// arXiv:2102.06171, (3).
type AdaptiveClip struct {
	Rule  Rule
	Ratio float64 // > 0; default 0.01
	Eps   float64 // > 0; default 1e-3
}

// Check implements [Rule].
func (r AdaptiveClip) Check() error {
	return checkWrapped("adaptive-clip", r.Rule, positive("ratio", r.Ratio), positive("eps", r.Eps))
}

// Rate returns that of the rule.
func (r AdaptiveClip) Rate() float64 { return r.Rule.Rate() }

// Vectors implements [Rule].
func (r AdaptiveClip) Vectors() int { return r.Rule.Vectors() }

func (r AdaptiveClip) inner() (rule Rule, vectors, scalars int) { return r.Rule, 0, 0 }

// Needs implements [Needer].
func (r AdaptiveClip) Needs() Needs { return Needs{Scope: Blocks}.and(NeedsOf(r.Rule)) }

// Step32 implements [Rule].
func (r AdaptiveClip) Step32(p *Part[float32]) { adaptiveClip(r, p) }

// Step64 implements [Rule].
func (r AdaptiveClip) Step64(p *Part[float64]) { adaptiveClip(r, p) }

func adaptiveClip[T vec.Float](r AdaptiveClip, p *Part[T]) {
	c := p.wrapped(0, 0)
	c.G = p.Scratch(len(p.G))
	copy(c.G, p.G)
	p.eachRow(func(lo, hi int, _ bool) {
		most, size := or(r.Ratio, 0.01)*max(norm(p.X[lo:hi]), or(r.Eps, 1e-3)), norm(p.G[lo:hi])
		if size > most {
			vec.Scal(T(most/size), c.G[lo:hi])
		}
	})
	c.apply(r.Rule)
}
