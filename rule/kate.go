package rule

import (
	"github.com/godescent/descent/vec"
)

// Kate is Adagrad without its root, which makes it invariant to the scales of features:
//
//	b^2 <- b^2 + g^2 + Eps,  m^2 <- m^2 + Eta g^2 + g^2/b^2
//	x <- x - lr m g/b^2
//
// Memory: 2 vectors, of m and b.
//
// Choudhury, Tupitsa, Loizou, Horváth, Takáč, Gorbunov, Remove that square root: a new efficient
// scale-invariant version of AdaGrad, NeurIPS 2024, arXiv:2403.02648, Algorithm 1; Eps, which the paper does not have, is
// added in each step.
type Kate struct {
	Eta float64 // >= 0
	Eps float64 // > 0; default 1e-8
}

// Check implements [Rule].
func (r Kate) Check() error {
	return check("kate", positive("eta", r.Eta), positive("eps", r.Eps))
}

// Rate returns 1e-3.
func (r Kate) Rate() float64 { return 1e-3 }

// Vectors implements [Rule].
func (r Kate) Vectors() int { return 2 }

// Step32 implements [Rule].
func (r Kate) Step32(p *Part[float32]) { kate(r, p) }

// Step64 implements [Rule].
func (r Kate) Step64(p *Part[float64]) { kate(r, p) }

func kate[T vec.Float](r Kate, p *Part[T]) {
	eta, eps, rate := T(r.Eta), T(or(r.Eps, 1e-8)), T(p.LR)
	m, b := p.V[0], p.V[1]
	for i, g := range p.G {
		square := b[i]*b[i] + g*g + eps
		m[i] = sqrt(m[i]*m[i] + eta*g*g + g*g/square)
		p.X[i] -= rate * m[i] * g / square
		b[i] = sqrt(square)
	}
}
