package rule

import (
	"github.com/godescent/descent/vec"
)

// SignSGD steps by the sign of an average of gradients (Signum), or of the gradient if Momentum < 0:
//
//	m <- Momentum m + (1 - Momentum) g,  x <- x - lr sign(m)
//
// Memory: 1 vector, none without momentum.
//
// Bernstein, Wang, Azizzadenesheli, Anandkumar, signSGD: compressed optimisation for non-convex
// problems, ICML 2018, arXiv:1802.04434.
type SignSGD struct {
	Momentum float64 // in [0, 1); default 0.9, negative: none
}

// Check implements [Rule].
func (r SignSGD) Check() error {
	return check("signsgd", unit("momentum", max(r.Momentum, 0)))
}

// Rate returns 1e-4.
func (r SignSGD) Rate() float64 { return 1e-4 }

// Vectors implements [Rule].
func (r SignSGD) Vectors() int {
	if r.Momentum < 0 {
		return 0
	}
	return 1
}

// Step32 implements [Rule].
func (r SignSGD) Step32(p *Part[float32]) { signsgd(r, p) }

// Step64 implements [Rule].
func (r SignSGD) Step64(p *Part[float64]) { signsgd(r, p) }

func signsgd[T vec.Float](r SignSGD, p *Part[T]) {
	rate := T(p.LR)
	if r.Momentum < 0 {
		for i, g := range p.G {
			p.X[i] -= rate * sign(g)
		}
		return
	}
	mu := or(r.Momentum, 0.9)
	c := vec.Signs[T]{Old1: T(mu), New1: T(1 - mu), Old2: T(mu), New2: T(1 - mu), Shrink: 1, Rate: rate}
	c.Step(p.X, p.V[0], p.G)
}
