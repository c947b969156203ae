package rule

import (
	"math"

	"github.com/godescent/descent/vec"
)

// Adan is Adam with Nesterov's momentum through an average of differences of gradients:
//
//	m <- Beta1 m + (1 - Beta1) g,  d <- Beta2 d + (1 - Beta2)(g - g')
//	n <- Beta3 n + (1 - Beta3)(g + Beta2 (g - g'))^2
//	x <- (x - lr (m/(1 - Beta1^k) + Beta2 d/(1 - Beta2^k)) / (sqrt(n/(1 - Beta3^k)) + Eps))/(1 + lr Decay)
//
// with g' the last gradient. The betas are one minus those of the paper. With Before the decay is
// a factor 1 - lr Decay of x before the step. Memory: 4 vectors.
//
// Xie, Zhou, Li, Lin, Yan, Adan: adaptive Nesterov momentum algorithm for faster optimizing deep
// models, IEEE TPAMI 2024, arXiv:2208.06677, Algorithm 1.
type Adan struct {
	Beta1  float64 // in (0, 1); default 0.98
	Beta2  float64 // in (0, 1); default 0.92
	Beta3  float64 // in (0, 1); default 0.99
	Eps    float64 // > 0; default 1e-8
	Decay  float64 // proximal, >= 0; default 0.02, negative: none
	Before bool
}

// Check implements [Rule].
func (r Adan) Check() error {
	return check("adan", unit("beta1", r.Beta1), unit("beta2", r.Beta2), positive("eps", r.Eps), unit("beta3", r.Beta3), positive("decay", max(r.Decay, 0)))
}

// Rate returns 1e-3.
func (r Adan) Rate() float64 { return 1e-3 }

// Vectors implements [Rule].
func (r Adan) Vectors() int { return 4 }

// Step32 implements [Rule].
func (r Adan) Step32(p *Part[float32]) { adan(r, p) }

// Step64 implements [Rule].
func (r Adan) Step64(p *Part[float64]) { adan(r, p) }

func adan[T vec.Float](r Adan, p *Part[T]) {
	beta1, beta2, eps := or(r.Beta1, 0.98), or(r.Beta2, 0.92), T(or(r.Eps, 1e-8))
	a1, c1, a2, c2 := T(beta1), T(1-beta1), T(beta2), T(1-beta2)
	beta3, decay := or(r.Beta3, 0.99), p.LR*orNone(r.Decay, 0.02)
	a3, c3, root := T(beta3), T(1-beta3), T(1/math.Sqrt(bias(beta3, p.K)))
	before, after := T(1), T(1/(1+decay))
	if r.Before {
		before, after = T(1-decay), 1
	}
	first, second := T(p.LR/bias(beta1, p.K)), T(p.LR*beta2/bias(beta2, p.K))
	m, d, n, prev := p.V[0], p.V[1], p.V[2], p.V[3]
	if p.K == 1 {
		copy(prev, p.G)
	}
	for i, g := range p.G {
		diff := g - prev[i]
		m[i] = a1*m[i] + c1*g
		d[i] = a2*d[i] + c2*diff
		u := g + a2*diff
		n[i] = a3*n[i] + c3*u*u
		p.X[i] = (before*p.X[i] - (first*m[i]+second*d[i])/(root*sqrt(n[i])+eps)) * after
		prev[i] = g
	}
}
