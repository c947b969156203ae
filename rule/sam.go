package rule

import (
	"fmt"
	"path"

	"github.com/godescent/descent/vec"
)

// SAM steps with the gradient at the point, within a ball, where the loss is largest to first order:
//
//	e = Rho T^2 g/(|T g| + Eps),  g <- grad f(x + e) on the same batch,  then the rule at x
//	T = I, with Adaptive (ASAM) T = |x| + Eta, and I for blocks whose names Pattern does not match
//
// Two gradients a step. Memory: that of the rule.
//
// Foret, Kleiner, Mobahi, Neyshabur, Sharpness-aware minimization for efficiently improving generalization, ICLR 2021,
// arXiv:2010.01412; Kwon, Kim, Park, Choi, ASAM, ICML 2021, arXiv:2102.11600, (5).
type SAM struct {
	Rule     Rule
	Rho      float64 // > 0; default 0.05, 0.5 if adaptive
	Adaptive bool
	Eta      float64 // >= 0
	Pattern  string  // of names of blocks, as in path.Match; default all
	Eps      float64 // > 0; default 1e-12
}

// Check implements [Rule].
func (r SAM) Check() error {
	if _, err := path.Match(r.Pattern, ""); err != nil {
		return fmt.Errorf("sam: pattern = %q: %w", r.Pattern, err)
	}
	return checkWrapped("sam", r.Rule, positive("rho", r.Rho), positive("eta", r.Eta), positive("eps", r.Eps))
}

// Rate returns that of the rule.
func (r SAM) Rate() float64 { return r.Rule.Rate() }

// Vectors implements [Rule].
func (r SAM) Vectors() int { return r.Rule.Vectors() }

func (r SAM) inner() (rule Rule, vectors, scalars int) { return r.Rule, 0, 0 }

// Needs implements [Needer].
func (r SAM) Needs() Needs { return Needs{Scope: Whole, Gradients: true}.and(NeedsOf(r.Rule)) }

// Step32 implements [Rule].
func (r SAM) Step32(p *Part[float32]) { sam(r, p) }

// Step64 implements [Rule].
func (r SAM) Step64(p *Part[float64]) { sam(r, p) }

func sam[T vec.Float](r SAM, p *Part[T]) {
	rho := or(r.Rho, 0.05)
	e, g := p.Scratch(len(p.X)), p.Scratch(len(p.X))
	copy(e, p.G)
	if r.Adaptive {
		rho = or(r.Rho, 0.5)
		r.scale(p.Blocks, func(i int) { e[i] *= abs(p.X[i]) + T(r.Eta) })
	}
	size := norm(e)
	if r.Adaptive {
		r.scale(p.Blocks, func(i int) { e[i] *= abs(p.X[i]) + T(r.Eta) })
	}
	vec.Scal(T(rho/(size+or(r.Eps, 1e-12))), e)
	vec.Axpy(1, p.X, e)
	p.Oracle.Gradient(g, e)
	c := p.wrapped(0, 0)
	c.G = g
	c.apply(r.Rule)
}

// scale runs f for the elements of the blocks that the pattern matches.
func (r SAM) scale(blocks []Block, f func(i int)) {
	at := 0
	for _, b := range blocks {
		if ok, _ := path.Match(r.Pattern, b.Name); ok || r.Pattern == "" {
			for i := at; i < at+b.Size(); i++ {
				f(i)
			}
		}
		at += b.Size()
	}
}
