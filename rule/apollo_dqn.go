package rule

import (
	"math"

	"github.com/godescent/descent/vec"
)

// ApolloDQN is a quasi-Newton method with a diagonal matrix B for each block, from the weak secant equation:
//
//	m <- m + a (g - m),  a = (1 - Beta)/(1 - Beta^k)
//	u = d/(|d|_4 + Eps/Low),  B <- B + (-a <(g - m_old)/(|d|_4 + Eps/Low), u> - <B, u^2>) u^2
//	d = m/max(|B|, Low),  x <- x - lr d
//
// with |.|_4 the norm of fourth powers. Over the first Warm steps the learning rate grows from First. Memory: 3 vectors.
//
// Ma, Apollo: an adaptive parameter-wise diagonal quasi-Newton method for nonconvex stochastic optimization, 2020,
// arXiv:2009.13586, Algorithm 1 (constant rebound).
type ApolloDQN struct {
	Beta      float64 // in (0, 1); default 0.9
	Eps       float64 // > 0; default 1e-4
	Low       float64 // least |B|, > 0; default 0.01
	Warm      int     // steps; default 500, negative: none
	First     float64 // learning rate from which it grows, > 0; default 1e-5
	reference bool    // as the implementation of the trajectories has it; see Replay
}

// Check implements [Rule].
func (r ApolloDQN) Check() error {
	return check("apollo-dqn", unit("beta", r.Beta), positive("eps", r.Eps), positive("low", r.Low), positive("first", r.First))
}

// Rate returns 1e-2.
func (r ApolloDQN) Rate() float64 { return 1e-2 }

// Vectors implements [Rule].
func (r ApolloDQN) Vectors() int { return 3 }

// Needs implements [Needer].
func (r ApolloDQN) Needs() Needs { return Needs{Scope: Blocks} }

// Step32 implements [Rule].
func (r ApolloDQN) Step32(p *Part[float32]) { apollodqn(r, p) }

// Step64 implements [Rule].
func (r ApolloDQN) Step64(p *Part[float64]) { apollodqn(r, p) }

func apollodqn[T vec.Float](r ApolloDQN, p *Part[T]) {
	beta, low := or(r.Beta, 0.9), or(r.Low, 0.01)
	eps, a := or(r.Eps, 1e-4)/low, (1-beta)/bias(beta, p.K)
	if r.reference { // divides once more from block to block
		eps *= math.Pow(low, -float64(p.at))
	}
	lr := p.LR
	if warm := int(orNone(float64(r.Warm), 500)); p.K < warm {
		first := or(r.First, 1e-5)
		lr = (p.LR-first)*float64(p.K)/float64(warm) + first
	}
	m, b, d := p.V[0], p.V[1], p.V[2]
	size := 0.0
	for _, v := range d {
		size += math.Pow(float64(v), 4)
	}
	scale := T(1 / (math.Pow(size, 0.25) + eps))
	var along, bend float64
	for i, g := range p.G {
		u, diff := d[i]*scale, g-m[i]
		along += float64(diff * scale * u)
		bend += float64(b[i] * u * u)
		m[i] += T(a) * diff
	}
	delta := T(-a*along - bend)
	for i := range p.X {
		u := d[i] * scale
		b[i] += delta * u * u
		d[i] = m[i] / max(abs(b[i]), T(low))
		p.X[i] -= T(lr) * d[i]
	}
}
