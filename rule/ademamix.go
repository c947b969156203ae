package rule

import (
	"math"

	"github.com/godescent/descent/vec"
)

// AdEMAMix is Adam with a second, slow average of gradients:
//
//	m1 <- Beta1 m1 + (1 - Beta1) g,  m2 <- beta3_k m2 + (1 - beta3_k) g,  v <- Beta2 v + (1 - Beta2) g^2
//	x <- x - lr (m1/(1 - Beta1^k) + alpha_k m2)/(sqrt(v/(1 - Beta2^k)) + Eps)
//
// Over the first Warm steps alpha_k grows from 0 to Alpha, and the half-life of beta3_k from that of
// Beta1 to that of Beta3. Memory: 3 vectors.
//
// Pagliardini, Ablin, Grangier, The AdEMAMix optimizer: better, faster, older, ICLR 2025, arXiv:2409.03137,
// Algorithm 1, (1) and (2).
type AdEMAMix struct {
	Beta1     float64 // in (0, 1); default 0.9
	Beta2     float64 // in (0, 1); default 0.999
	Eps       float64 // > 0; default 1e-8
	Beta3     float64 // in (0, 1); default 0.9999
	Alpha     float64 // >= 0; default 5
	Warm      int     // steps; default none
	reference bool    // as the implementation of the trajectories has it; see Replay
}

// Check implements [Rule].
func (r AdEMAMix) Check() error {
	return check("ademamix", unit("beta1", r.Beta1), unit("beta2", r.Beta2), positive("eps", r.Eps), unit("beta3", r.Beta3),
		positive("alpha", r.Alpha), positive("warm", float64(r.Warm)))
}

// Rate returns 1e-3.
func (r AdEMAMix) Rate() float64 { return 1e-3 }

// Vectors implements [Rule].
func (r AdEMAMix) Vectors() int { return 3 }

// Step32 implements [Rule].
func (r AdEMAMix) Step32(p *Part[float32]) { ademamix(r, p) }

// Step64 implements [Rule].
func (r AdEMAMix) Step64(p *Part[float64]) { ademamix(r, p) }

func ademamix[T vec.Float](r AdEMAMix, p *Part[T]) {
	beta1, beta2, eps := or(r.Beta1, 0.9), or(r.Beta2, 0.999), T(or(r.Eps, 1e-8))
	a1, c1, a2, c2 := T(beta1), T(1-beta1), T(beta2), T(1-beta2)
	beta3, alpha := r.warmed(p.K)
	a3, c3 := T(beta3), T(1-beta3)
	rate, root := T(p.LR/bias(beta1, p.K)), T(1/math.Sqrt(bias(beta2, p.K)))
	slow := T(p.LR * alpha)
	if r.reference {
		slow = rate * T(alpha)
	}
	m1, m2, v := p.V[0], p.V[1], p.V[2]
	for i, g := range p.G {
		m1[i] = a1*m1[i] + c1*g
		m2[i] = a3*m2[i] + c3*g
		v[i] = a2*v[i] + c2*g*g
		p.X[i] -= (rate*m1[i] + slow*m2[i]) / (root*sqrt(v[i]) + eps)
	}
}

// warmed returns Beta3 and Alpha at step k.
func (r AdEMAMix) warmed(k int) (beta3, alpha float64) {
	beta3, alpha = or(r.Beta3, 0.9999), or(r.Alpha, 5)
	if k >= r.Warm {
		return beta3, alpha
	}
	part := float64(k) / float64(r.Warm)
	l1, l3 := math.Log(or(r.Beta1, 0.9)), math.Log(beta3)
	return min(beta3, math.Exp(l1*l3/((1-part)*l3+part*l1))), part * alpha
}
