package rule

import (
	"math"

	"github.com/godescent/descent/vec"
)

// Aida is [AdaBelief] with the deviation of two vectors that m and g are projected to, K times each
// on the other, by block:
//
//	m <- Beta1 m + (1 - Beta1) g;  a = g, b = m, then K times
//	a, b <- <a,b>/|a|^2 a, <a,b>/|b|^2 b
//	r <- Beta2 r + (1 - Beta2)(b - a)^2 + Eps
//	x <- x - lr m^ sqrt(1 - Beta2^k)/(sqrt(r + EpsRoot) + Eps)
//
// Memory: 2 vectors.
//
// Zhang, Niwa, Kleijn, On exploiting layerwise gradient statistics for effective training of deep
// neural networks, 2022, arXiv:2203.13273.
type Aida struct {
	Beta1   float64 // in (0, 1); default 0.9
	Beta2   float64 // in (0, 1); default 0.999
	Eps     float64 // > 0; default 1e-8
	EpsRoot float64 // added to r inside of the root, >= 0
	K       int     // default 2
	Xi      float64 // added to |a|^2 and |b|^2, > 0; default 1e-20
}

// Check implements [Rule].
func (r Aida) Check() error {
	return check("aida", unit("beta1", r.Beta1), unit("beta2", r.Beta2), positive("eps", r.Eps), positive("eps-root", r.EpsRoot),
		positive("k", float64(r.K)), positive("xi", r.Xi))
}

// Rate returns 1e-3.
func (r Aida) Rate() float64 { return 1e-3 }

// Vectors implements [Rule].
func (r Aida) Vectors() int { return 2 }

// Needs implements [Needer].
func (r Aida) Needs() Needs { return Needs{Scope: Blocks} }

// Step32 implements [Rule].
func (r Aida) Step32(p *Part[float32]) { aida(r, p) }

// Step64 implements [Rule].
func (r Aida) Step64(p *Part[float64]) { aida(r, p) }

func aida[T vec.Float](r Aida, p *Part[T]) {
	beta1, beta2, eps := or(r.Beta1, 0.9), or(r.Beta2, 0.999), T(or(r.Eps, 1e-8))
	a1, c1, a2, c2 := T(beta1), T(1-beta1), T(beta2), T(1-beta2)
	m, s, xi := p.V[0], p.V[1], or(r.Xi, 1e-20)
	for i, g := range p.G {
		m[i] = a1*m[i] + c1*g
	}
	// a and b stay multiples of g and m.
	gg, mm, gm := dot(p.G, p.G), dot(m, m), dot(p.G, m)
	ca, cb := 1.0, 1.0
	for range int(or(float64(r.K), 2)) {
		ab := ca * cb * gm
		ca, cb = ca*ab/(ca*ca*gg+xi), cb*ab/(cb*cb*mm+xi)
	}
	rate, root, inside := T(p.LR/bias(beta1, p.K)), T(1/math.Sqrt(bias(beta2, p.K))), T(r.EpsRoot)
	for i, g := range p.G {
		d := T(cb)*m[i] - T(ca)*g
		s[i] = a2*s[i] + c2*d*d + eps
		p.X[i] -= rate * m[i] / (root * (sqrt(s[i]+inside) + eps))
	}
}
