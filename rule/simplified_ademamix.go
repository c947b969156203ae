package rule

import (
	"math"

	"github.com/godescent/descent/vec"
)

// SimplifiedAdEMAMix is Adam with momentum that is not an average, and a weight of the new gradient:
//
//	m <- Beta1 m + g,  v <- Beta2 v + (1 - Beta2) g^2
//	x <- x - lr (m + Alpha g)/(sqrt(v/(1 - Beta2^k)) + Eps)
//
// Over the first Warm steps the half-life of the momentum grows from that of 0.9 to that of Beta1.
// Its learning rates are 1 - Beta1 times those of Adam. Memory: 2 vectors.
//
// Morwani, Vyas, Zhang, Kakade, Connections between schedule-free optimizers, AdEMAMix, and accelerated SGD
// variants, 2025, arXiv:2502.02431, Algorithm 2.
type SimplifiedAdEMAMix struct {
	Beta1     float64 // in (0, 1); default 0.99
	Beta2     float64 // in (0, 1); default 0.95
	Eps       float64 // > 0; default 1e-8
	Alpha     float64 // >= 0
	Warm      int     // steps; default none
	reference bool    // as the implementation of the trajectories has it; see Replay
}

// Check implements [Rule].
func (r SimplifiedAdEMAMix) Check() error {
	return check("simplified-ademamix", unit("beta1", r.Beta1), unit("beta2", r.Beta2), positive("eps", r.Eps), positive("alpha", r.Alpha),
		positive("warm", float64(r.Warm)))
}

// Rate returns 1e-4.
func (r SimplifiedAdEMAMix) Rate() float64 { return 1e-4 }

// Vectors implements [Rule].
func (r SimplifiedAdEMAMix) Vectors() int { return 2 }

// Step32 implements [Rule].
func (r SimplifiedAdEMAMix) Step32(p *Part[float32]) { simplifiedademamix(r, p) }

// Step64 implements [Rule].
func (r SimplifiedAdEMAMix) Step64(p *Part[float64]) { simplifiedademamix(r, p) }

func simplifiedademamix[T vec.Float](r SimplifiedAdEMAMix, p *Part[T]) {
	beta1, beta2, eps := or(r.Beta1, 0.99), or(r.Beta2, 0.95), T(or(r.Eps, 1e-8))
	if p.K < r.Warm { // f(beta) is the half-life in steps, less one
		f := func(beta float64) float64 { return math.Log(0.5)/math.Log(beta+1e-8) - 1 }
		part := float64(p.K) / float64(r.Warm)
		beta1 = math.Pow(0.5, 1/((1-part)*f(0.9)+part*f(beta1)+1))
	}
	a1, a2, c1, c2 := T(beta1), T(beta2), T(1), T(1-beta2)
	rate, root, alpha := T(p.LR), T(1/math.Sqrt(bias(beta2, p.K))), T(r.Alpha)
	if r.reference { // an average, and the correction upside down
		c1, rate = T(1-beta1), rate*root*root
	}
	m, v := p.V[0], p.V[1]
	for i, g := range p.G {
		m[i] = a1*m[i] + c1*g
		v[i] = a2*v[i] + c2*g*g
		p.X[i] -= rate * (m[i] + alpha*g) / (root*sqrt(v[i]) + eps)
	}
}
