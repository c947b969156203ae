package rule

import (
	"math"

	"github.com/godescent/descent/vec"
)

// NAdam is Adam with Nesterov's momentum, whose weight warms up:
//
//	mu_k = Beta1 (1 - 0.96^(k Warm)/2),  v <- Beta2 v + (1 - Beta2) g^2
//	m <- Beta1 m + (1 - Beta1) g
//	m^ = mu_{k+1} m/(1 - mu_1...mu_{k+1}) + (1 - mu_k) g/(1 - mu_1...mu_k)
//	x <- x - lr m^/(sqrt(v/(1 - Beta2^k)) + Eps)
//
// Memory: 2 vectors and a number.
//
// Dozat, Incorporating Nesterov momentum into Adam, ICLR 2016 workshop, with the schedule of
// the author's report.
type NAdam struct {
	Beta1 float64 // in (0, 1); default 0.9
	Beta2 float64 // in (0, 1); default 0.999
	Eps   float64 // > 0; default 1e-8
	Warm  float64 // speed of the warming up, > 0; default 0.004

	reference bool // as the implementation of the trajectories has it; see Replay
}

// Check implements [Rule].
func (r NAdam) Check() error {
	return check("nadam", unit("beta1", r.Beta1), unit("beta2", r.Beta2), positive("eps", r.Eps), positive("warm", r.Warm))
}

// Rate returns 2e-3.
func (r NAdam) Rate() float64 { return 2e-3 }

// Vectors implements [Rule].
func (r NAdam) Vectors() int { return 2 }

// Needs implements [Needer].
func (r NAdam) Needs() Needs { return Needs{Scalars: 1} }

// Advance implements [Advancer]: the product mu_1...mu_k.
func (r NAdam) Advance(s []float64, k int, _ float64) {
	if k == 1 {
		s[0] = 1
	}
	s[0] *= r.mu(k)
}

func (r NAdam) mu(k int) float64 {
	return or(r.Beta1, 0.9) * (1 - 0.5*math.Pow(0.96, float64(k)*or(r.Warm, 0.004)))
}

// Step32 implements [Rule].
func (r NAdam) Step32(p *Part[float32]) { nadam(r, p) }

// Step64 implements [Rule].
func (r NAdam) Step64(p *Part[float64]) { nadam(r, p) }

func nadam[T vec.Float](r NAdam, p *Part[T]) {
	beta1, beta2, eps := or(r.Beta1, 0.9), or(r.Beta2, 0.999), T(or(r.Eps, 1e-8))
	mu, next, product := r.mu(p.K), r.mu(p.K+1), p.S[0]
	a1, c1, a2, c2 := T(beta1), T(1-beta1), T(beta2), T(1-beta2)
	fresh, old, root := T(p.LR*(1-mu)/(1-product)), T(p.LR*next/(1-product*next)), T(1/bias(beta2, p.K))
	if r.reference {
		old = T(p.LR * next / (1 - product*mu*next))
	}
	m, v := p.V[0], p.V[1]
	for i, g := range p.G {
		m[i] = a1*m[i] + c1*g
		v[i] = a2*v[i] + c2*g*g
		p.X[i] -= (fresh*g + old*m[i]) / (sqrt(v[i]*root) + eps)
	}
}
