package rule

import (
	"github.com/godescent/descent/vec"
)

// Adagrad divides the gradient by the root of the sum of all its squares:
//
//	s <- s + g^2,  s_0 = Initial
//	x <- x - lr/(1 + (k-1) RateDecay) g/(sqrt(s) + Eps)
//
// Memory: 1 vector.
//
// Duchi, Hazan, Singer, Adaptive subgradient methods for online learning and stochastic
// optimization, JMLR 12, 2011, with the diagonal of section 1.1.
type Adagrad struct {
	RateDecay float64 // >= 0
	Initial   float64 // of the sum of squares, >= 0
	Eps       float64 // > 0; default 1e-10
}

// Check implements [Rule].
func (r Adagrad) Check() error {
	return check("adagrad", positive("rate-decay", r.RateDecay), positive("initial", r.Initial), positive("eps", r.Eps))
}

// Rate returns 1e-2.
func (r Adagrad) Rate() float64 { return 1e-2 }

// Vectors implements [Rule].
func (r Adagrad) Vectors() int { return 1 }

// Step32 implements [Rule].
func (r Adagrad) Step32(p *Part[float32]) { adagrad(r, p) }

// Step64 implements [Rule].
func (r Adagrad) Step64(p *Part[float64]) { adagrad(r, p) }

func adagrad[T vec.Float](r Adagrad, p *Part[T]) {
	rate, eps := T(p.LR/(1+float64(p.K-1)*r.RateDecay)), T(or(r.Eps, 1e-10))
	s := p.V[0]
	if p.K == 1 {
		fill(s, T(r.Initial))
	}
	for i, g := range p.G {
		s[i] += g * g
		p.X[i] -= rate * g / (sqrt(s[i]) + eps)
	}
}
