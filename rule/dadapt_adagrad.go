package rule

import (
	"math"

	"github.com/godescent/descent/vec"
)

// DAdaptAdagrad is Adagrad as dual averaging, with an estimate d of the distance to a minimizer, in
// the infinity norm, in place of the learning rate, which is a factor, 1:
//
//	l = lr d,  a <- a + g^2,  a_0 = 1e-6,  s <- s + l g,  with weights 1/(sqrt(a) + Eps)
//	w <- w + change of the sum of s^2 weighted,  n <- n + l^2 times the sum of g^2 weighted
//	d <- max(d, min((w - n)/|s|_1, Growth d))
//	x <- Momentum x + (1 - Momentum)(x_0 - s/(sqrt(a) + Eps))
//
// Memory: 3 vectors and 3 numbers.
//
// Defazio and Mishchenko, Learning-rate-free learning by D-adaptation, ICML 2023, arXiv:2301.07733, Algorithm 3.
type DAdaptAdagrad struct {
	Momentum float64 // in [0, 1)
	Eps      float64 // > 0; default 1e-6
	D0       float64 // first estimate of the distance, > 0; default 1e-6
	Growth   float64 // largest factor from step to step, > 1; default none
}

// Check implements [Rule].
func (r DAdaptAdagrad) Check() error {
	return check("dadapt-adagrad", unit("momentum", r.Momentum), positive("eps", r.Eps), positive("d0", r.D0), limit{"growth", or(r.Growth, 2), 1, math.Inf(1), false})
}

// Rate returns 1.
func (r DAdaptAdagrad) Rate() float64 { return 1 }

// Vectors implements [Rule].
func (r DAdaptAdagrad) Vectors() int { return 3 }

// Needs implements [Needer].
func (r DAdaptAdagrad) Needs() Needs { return Needs{Scope: Whole, Scalars: 3} }

// Step32 implements [Rule].
func (r DAdaptAdagrad) Step32(p *Part[float32]) { dadaptadagrad(r, p) }

// Step64 implements [Rule].
func (r DAdaptAdagrad) Step64(p *Part[float64]) { dadaptadagrad(r, p) }

func dadaptadagrad[T vec.Float](r DAdaptAdagrad, p *Part[T]) {
	a, s, start, d, w, n := p.V[0], p.V[1], p.V[2], &p.S[0], &p.S[1], &p.S[2]
	if p.K == 1 {
		copy(start, p.X)
		fill(a, 1e-6)
		*d = or(r.D0, 1e-6)
	}
	l, eps, mu := *d*p.LR, T(or(r.Eps, 1e-6)), T(r.Momentum)
	var squares, change, size float64
	for i, g := range p.G {
		change -= float64(s[i] * s[i] / (sqrt(a[i]) + eps))
		a[i] += g * g
		den := sqrt(a[i]) + eps
		squares += float64(g * g / den)
		s[i] += T(l) * g
		change += float64(s[i] * s[i] / den)
		size += math.Abs(float64(s[i]))
	}
	if size == 0 {
		return
	}
	*w += change
	*n += l * l * squares
	*d = grown(*d, (*w-*n)/size, r.Growth)
	for i := range p.X {
		p.X[i] = mu*p.X[i] + (1-mu)*(start[i]-s[i]/(sqrt(a[i])+eps))
	}
}
