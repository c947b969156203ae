package rule

import (
	"math"

	"github.com/godescent/descent/vec"
)

// AdamP is [AdamW] that takes the part along x from the step of a block of two or more axes whose
// gradient is nearly orthogonal to it, as if the loss did not depend on its scale:
//
//	u = m/(sqrt(v/(1 - Beta2^k)) + Eps), with Nesterov Beta1 m + (1 - Beta1) g for m
//	rows, then the whole, as w: if max |cos(g, w)| < Delta/sqrt(length of w): u <- u - w <u,w>/|w|^2
//	x <- (1 - lr Decay Ratio) x, with Ratio 1 where nothing was taken,  x <- x - lr/(1 - Beta1^k) u
//
// Memory: 2 vectors.
//
// Heo, Chun, Oh, Han, Yun, Kim, Uh, Ha, AdamP: slowing down the slowdown for momentum optimizers on scale-invariant
// weights, ICLR 2021, arXiv:2006.08217, Algorithm 2 and (12).
type AdamP struct {
	Beta1    float64 // in (0, 1); default 0.9
	Beta2    float64 // in (0, 1); default 0.999
	Eps      float64 // > 0; default 1e-8
	Delta    float64 // > 0; default 0.1
	Ratio    float64 // of decay, in [0, 1]; default 0.1, negative: 0
	Decay    float64 // decoupled, >= 0
	Nesterov bool
}

// Check implements [Rule].
func (r AdamP) Check() error {
	return check("adamp", unit("beta1", r.Beta1), unit("beta2", r.Beta2), positive("eps", r.Eps), positive("delta", r.Delta),
		fraction("ratio", max(r.Ratio, 0)), positive("decay", r.Decay))
}

// Rate returns 1e-3.
func (r AdamP) Rate() float64 { return 1e-3 }

// Vectors implements [Rule].
func (r AdamP) Vectors() int { return 2 }

// Needs implements [Needer].
func (r AdamP) Needs() Needs { return Needs{Scope: Blocks} }

// Step32 implements [Rule].
func (r AdamP) Step32(p *Part[float32]) { adamp(r, p) }

// Step64 implements [Rule].
func (r AdamP) Step64(p *Part[float64]) { adamp(r, p) }

func adamp[T vec.Float](r AdamP, p *Part[T]) {
	beta1, beta2, eps := or(r.Beta1, 0.9), or(r.Beta2, 0.999), T(or(r.Eps, 1e-8))
	a1, c1, a2, c2 := T(beta1), T(1-beta1), T(beta2), T(1-beta2)
	m, v, u := p.V[0], p.V[1], p.Scratch(len(p.G))
	root := T(1 / math.Sqrt(bias(beta2, p.K)))
	for i, g := range p.G {
		m[i] = a1*m[i] + c1*g
		v[i] = a2*v[i] + c2*g*g
		u[i] = m[i]
		if r.Nesterov {
			u[i] = a1*m[i] + c1*g
		}
		u[i] /= root*sqrt(v[i]) + eps
	}
	ratio := tangent(p, u, or(r.Delta, 0.1), orNone(r.Ratio, 0.1), or(r.Eps, 1e-8))
	vec.Axpby(T(-p.LR/bias(beta1, p.K)), u, T(1-p.LR*r.Decay*ratio), p.X)
}

// tangent takes the part along x from u where the gradient is nearly orthogonal to x, by rows or for
// the whole block, and returns the ratio of decay, 1 where it took nothing.
func tangent[T vec.Float](p *Part[T], u []T, delta, ratio, eps float64) float64 {
	if !p.matrix() {
		return 1
	}
	for _, rows := range []int{p.rows(), 1} {
		n := len(u) / rows
		worst := 0.0
		for i := range rows {
			x, g := p.X[i*n:(i+1)*n], p.G[i*n:(i+1)*n]
			worst = max(worst, math.Abs(dot(x, g))/max(norm(x)*norm(g), eps))
		}
		if !(worst < delta/math.Sqrt(float64(n))) {
			continue
		}
		for i := range rows {
			x, d := p.X[i*n:(i+1)*n], u[i*n:(i+1)*n]
			size := norm(x) + eps
			vec.Axpy(T(-dot(x, d)/(size*size)), x, d)
		}
		return ratio
	}
	return 1
}
