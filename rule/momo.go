package rule

import (
	"math"

	"github.com/godescent/descent/vec"
)

// MoMo is momentum with Polyak's step, from averages of the losses and of the gradients' linear models, and at most lr:
//
//	F <- Beta F + (1 - Beta) f,  y <- Beta y + (1 - Beta) <g, x>,  m <- Beta m + (1 - Beta) g,  and F = f, ... at first
//	c = 1 + lr Decay,  tau = min(lr, max(0, c (F - Least - y) + <m, x>)/|m|^2)
//	x <- x/c - tau m
//
// It needs losses, and a lower bound of them. Memory: 1 vector and 2 numbers.
//
// Schaipp, Ohana, Eickenberg, Defazio, Gower, MoMo: momentum models for adaptive learning rates, ICML 2024, arXiv:2305.07583,
// Algorithm 1.
type MoMo struct {
	Beta  float64 // in (0, 1); default 0.9
	Least float64 // lower bound of the losses, at least 0
	Decay float64 // weight of |x|^2/2, >= 0
}

// MoMoAdam is [MoMo] in the metric of [Adam]:
//
//	v <- Beta2 v + (1 - Beta2) g^2,  D = Eps + sqrt(v/(1 - Beta2^k)),  b = 1 - Beta1^k
//	F, y, m with Beta1, from 0;  c = 1 + lr Decay,  tau = min(lr/b, max(0, c (F - b Least - y) + <m, x>)/<m, m/D>)
//	x <- x/c - tau m/D
//
// Memory: 2 vectors and 2 numbers.
//
// Schaipp, Ohana, Eickenberg, Defazio, Gower, MoMo: momentum models for adaptive learning rates, ICML 2024, arXiv:2305.07583,
// Algorithm 2.
type MoMoAdam struct {
	Beta1 float64 // in (0, 1); default 0.9
	Beta2 float64 // in (0, 1); default 0.999
	Eps   float64 // > 0; default 1e-8
	Least float64 // lower bound of the losses, at least 0
	Decay float64 // weight of |x|^2/2, >= 0
}

// Check implements [Rule].
func (r MoMo) Check() error {
	return check("momo", unit("beta", r.Beta), positive("least", r.Least), positive("decay", r.Decay))
}

// Check implements [Rule].
func (r MoMoAdam) Check() error {
	return check("momo-adam", unit("beta1", r.Beta1), unit("beta2", r.Beta2), positive("eps", r.Eps), positive("least", r.Least), positive("decay", r.Decay))
}

// Rate returns 1.
func (r MoMo) Rate() float64 { return 1 }

// Rate returns 1e-2.
func (r MoMoAdam) Rate() float64 { return 1e-2 }

// Vectors implements [Rule].
func (r MoMo) Vectors() int { return 1 }

// Vectors implements [Rule].
func (r MoMoAdam) Vectors() int { return 2 }

// Needs implements [Needer].
func (r MoMo) Needs() Needs { return Needs{Scope: Whole, Scalars: 2, Loss: true} }

// Needs implements [Needer].
func (r MoMoAdam) Needs() Needs { return Needs{Scope: Whole, Scalars: 2, Loss: true} }

// Step32 implements [Rule].
func (r MoMo) Step32(p *Part[float32]) { momo(r, p) }

// Step64 implements [Rule].
func (r MoMo) Step64(p *Part[float64]) { momo(r, p) }

// Step32 implements [Rule].
func (r MoMoAdam) Step32(p *Part[float32]) { momoadam(r, p) }

// Step64 implements [Rule].
func (r MoMoAdam) Step64(p *Part[float64]) { momoadam(r, p) }

func momo[T vec.Float](r MoMo, p *Part[T]) {
	beta := or(r.Beta, 0.9)
	if p.K == 1 {
		beta = 0
	}
	m := p.V[0]
	p.models(beta)
	c := 1 + p.LR*r.Decay
	tau := polyak(p.LR, c*(p.S[0]-r.Least-p.S[1])+dot(m, p.X), dot(m, m))
	vec.Axpby(T(-tau), m, T(1/c), p.X)
}

func momoadam[T vec.Float](r MoMoAdam, p *Part[T]) {
	beta1, beta2, eps := or(r.Beta1, 0.9), or(r.Beta2, 0.999), or(r.Eps, 1e-8)
	m, v, d := p.V[0], p.V[1], p.Scratch(len(p.X))
	p.models(beta1)
	a2, c2, root, add := T(beta2), T(1-beta2), T(1/bias(beta2, p.K)), T(eps)
	for i, g := range p.G {
		v[i] = a2*v[i] + c2*g*g
		d[i] = m[i] / (add + sqrt(v[i]*root))
	}
	c, b := 1+p.LR*r.Decay, bias(beta1, p.K)
	tau := polyak(p.LR/b, c*(p.S[0]-b*r.Least-p.S[1])+dot(m, p.X), dot(m, d))
	vec.Axpby(T(-tau), d, T(1/c), p.X)
}

// models averages losses and inner products in the first two scalars, and gradients in the first vector.
func (p *Part[T]) models(beta float64) {
	p.S[0] = beta*p.S[0] + (1-beta)*p.Oracle.Loss
	p.S[1] = beta*p.S[1] + (1-beta)*dot(p.G, p.X)
	vec.Axpby(T(1-beta), p.G, T(beta), p.V[0])
}

// polyak is Polyak's step: what is to gain over the square of the slope, at most most.
func polyak(most, gain, square float64) float64 {
	if square == 0 {
		return 0
	}
	return min(most, math.Max(0, gain)/square)
}
