package rule

import (
	"math"

	"github.com/godescent/descent/vec"
)

// TAM is momentum that new gradients enter by how much they agree with it, by block:
//
//	c = m/|m| g/|g| in each element,  s <- Gamma s + (1 - Gamma) c
//	m <- Momentum m + ((1 + s)/2 + Eps) g,  m_0 = g_1
//	x <- x - lr m
//
// Norms are over the first axis, as in the authors' code. Memory: 2 vectors.
//
// Malviya, Mordido, Baratin, Harikandeh, Dziugaite, Pascanu, Chandar, Torque-aware momentum, 2024,
// arXiv:2412.18790, Algorithm 1.
type TAM struct {
	Momentum float64 // in (0, 1); default 0.9
	Gamma    float64 // in (0, 1); default 0.9
	Eps      float64 // > 0; default 1e-8
}

// Check implements [Rule].
func (r TAM) Check() error {
	return check("tam", unit("momentum", r.Momentum), unit("gamma", r.Gamma), positive("eps", r.Eps))
}

// Rate returns 1e-2.
func (r TAM) Rate() float64 { return 1e-2 }

// Vectors implements [Rule].
func (r TAM) Vectors() int { return 2 }

// Needs implements [Needer].
func (r TAM) Needs() Needs { return Needs{Scope: Blocks} }

// Step32 implements [Rule].
func (r TAM) Step32(p *Part[float32]) { tam(r, p) }

// Step64 implements [Rule].
func (r TAM) Step64(p *Part[float64]) { tam(r, p) }

func tam[T vec.Float](r TAM, p *Part[T]) {
	m, s := p.V[0], p.V[1]
	if p.K == 1 {
		copy(m, p.G)
	}
	agree(p, s, m, or(r.Gamma, 0.9))
	mu, eps, rate := T(or(r.Momentum, 0.9)), T(or(r.Eps, 1e-8)), T(p.LR)
	for i, g := range p.G {
		m[i] = mu*m[i] + ((1+s[i])/2+eps)*g
		p.X[i] -= rate * m[i]
	}
}

// agree averages the elements of the cosine of m and the gradient, along the first axis, in s.
func agree[T vec.Float](p *Part[T], s, m []T, gamma float64) {
	cols := 1 // of one axis, which is the first
	if p.matrix() {
		cols = len(p.X) / p.rows()
	}
	sums := p.wideScratch(2 * cols)
	clear(sums)
	for i := 0; i < len(m); i += cols {
		for j := range cols {
			a, b := float64(m[i+j]), float64(p.G[i+j])
			sums[2*j] += a * a
			sums[2*j+1] += b * b
		}
	}
	scales := p.Scratch(cols)
	for j := range cols {
		scales[j] = T((1 - gamma) / (max(math.Sqrt(sums[2*j]), 1e-12) * max(math.Sqrt(sums[2*j+1]), 1e-12)))
	}
	for i := 0; i < len(m); i += cols {
		for j, c := range scales {
			s[i+j] = T(gamma)*s[i+j] + c*m[i+j]*p.G[i+j]
		}
	}
}
