package rule

import (
	"math"

	"github.com/godescent/descent/vec"
)

// Noise adds noise to gradients that decreases:
//
//	g <- g + z,  z normal with the variance Eta/(1 + t)^Gamma after t steps
//
// The paper clips gradients before, as Clip around Noise does; Clip inside of it cuts the noise too. The noise
// is that of the oracle, or of Seed and t: it needs no memory. Memory: that of the rule.
//
// Neelakantan et al., Adding gradient noise improves learning for very deep networks, 2015, arXiv:1511.06807, (1).
type Noise struct {
	Rule  Rule
	Eta   float64 // > 0; default 0.3
	Gamma float64 // > 0; default 0.55
	Seed  uint64
}

// Check implements [Rule].
func (r Noise) Check() error {
	return checkWrapped("noise", r.Rule, positive("eta", r.Eta), positive("gamma", r.Gamma))
}

// Rate returns that of the rule.
func (r Noise) Rate() float64 { return r.Rule.Rate() }

// Vectors implements [Rule].
func (r Noise) Vectors() int { return r.Rule.Vectors() }

func (r Noise) inner() (rule Rule, vectors, scalars int) { return r.Rule, 0, 0 }

// Needs implements [Needer].
func (r Noise) Needs() Needs { return Needs{Scope: Whole}.and(NeedsOf(r.Rule)) }

// Step32 implements [Rule].
func (r Noise) Step32(p *Part[float32]) { noise(r, p) }

// Step64 implements [Rule].
func (r Noise) Step64(p *Part[float64]) { noise(r, p) }

func noise[T vec.Float](r Noise, p *Part[T]) {
	c := p.wrapped(0, 0)
	c.G = p.Scratch(len(p.G))
	normals(p, c.G, r.Seed, "gradient noise")
	// p.K = 1 + t
	deviation := math.Sqrt(or(r.Eta, 0.3) / math.Pow(float64(p.K), or(r.Gamma, 0.55)))
	vec.Axpby(1, p.G, T(deviation), c.G)
	c.apply(r.Rule)
}
