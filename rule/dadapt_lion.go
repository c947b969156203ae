package rule

import (
	"math"

	"github.com/godescent/descent/vec"
)

// DAdaptLion is Lion with an estimate d of the distance to a minimizer, in place of the learning rate,
// which is a factor, 1:
//
//	l = lr d,  u = sign(Beta1 m + (1 - Beta1) g),  q = sqrt(Beta2)
//	x <- (1 - l Decay) x - l u,  m <- Beta2 m + (1 - Beta2) l g
//	n <- q n + (1 - q) l <u, s>,  s <- q s + (1 - q) l u,  d <- max(d, n/((1 - q)|s|_1))
//
// Memory: 2 vectors and 2 numbers.
//
// Defazio and Mishchenko, Learning-rate-free learning by D-adaptation, ICML 2023, arXiv:2301.07733; in this form in
// the authors' code.
type DAdaptLion struct {
	Beta1 float64 // in (0, 1); default 0.9
	Beta2 float64 // in (0, 1); default 0.99
	D0    float64 // first estimate of the distance, > 0; default 1e-6
	Decay float64 // decoupled, >= 0
}

// Check implements [Rule].
func (r DAdaptLion) Check() error {
	return check("dadapt-lion", unit("beta1", r.Beta1), unit("beta2", r.Beta2), positive("d0", r.D0), positive("decay", r.Decay))
}

// Rate returns 1.
func (r DAdaptLion) Rate() float64 { return 1 }

// Vectors implements [Rule].
func (r DAdaptLion) Vectors() int { return 2 }

// Needs implements [Needer].
func (r DAdaptLion) Needs() Needs { return Needs{Scope: Whole, Scalars: 2} }

// Step32 implements [Rule].
func (r DAdaptLion) Step32(p *Part[float32]) { dadaptlion(r, p) }

// Step64 implements [Rule].
func (r DAdaptLion) Step64(p *Part[float64]) { dadaptlion(r, p) }

func dadaptlion[T vec.Float](r DAdaptLion, p *Part[T]) {
	m, s, d, n := p.V[0], p.V[1], &p.S[0], &p.S[1]
	if p.K == 1 {
		*d = or(r.D0, 1e-6)
	}
	beta1, beta2, l := or(r.Beta1, 0.9), or(r.Beta2, 0.99), *d*p.LR
	q := math.Sqrt(beta2)
	a1, c1, a2, c2, keep, fresh := T(beta1), T(1-beta1), T(beta2), T((1-beta2)*l), T(q), T((1-q)*l)
	step, shrink := T(l), T(1-l*r.Decay)
	var inner, size float64
	for i, g := range p.G {
		u := sign(a1*m[i] + c1*g)
		p.X[i] = shrink*p.X[i] - step*u
		m[i] = a2*m[i] + c2*g
		inner += float64(u * s[i])
		s[i] = keep*s[i] + fresh*u
		size += math.Abs(float64(s[i]))
	}
	if size > 0 {
		*n = q**n + (1-q)*l*inner
		*d = grown(*d, *n/((1-q)*size), 0)
	}
}
