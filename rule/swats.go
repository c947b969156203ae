package rule

import (
	"math"

	"github.com/godescent/descent/vec"
)

// SWATS starts as Adam and switches to SGD, for good, when the learning rate that SGD would need for
// Adam's step has settled:
//
//	m <- Beta1 m + (1 - Beta1) g,  v <- Beta2 v + (1 - Beta2) g^2
//	d = -lr sqrt(1 - Beta2^k)/(1 - Beta1^k) m/(sqrt(v) + Eps),  x <- x + d
//	gamma = |d|^2/(-<d, g>),  l <- Beta2 l + (1 - Beta2) gamma
//	switch if k > 1 and |l/(1 - Beta2^k) - gamma| < Settle, with the learning rate l/(1 - Beta2^k)
//	from then on: u <- Beta1 u + g,  x <- x - (1 - Beta1) l u
//
// A schedule of the learning rate goes on after the switch, as a factor. Memory: 3 vectors and 3 numbers.
//
// Keskar and Socher, Improving generalization performance by switching from Adam to SGD, 2017,
// arXiv:1712.07628, Algorithm 1.
type SWATS struct {
	Beta1    float64 // in (0, 1); default 0.9
	Beta2    float64 // in (0, 1); default 0.999
	Eps      float64 // > 0; default 1e-6
	EpsRoot  float64 // added to v inside of the root, >= 0
	Settle   float64 // > 0; default 1e-9
	Nesterov bool    // after the switch

	reference bool // as the implementation of the trajectories has it; see Replay
}

// Check implements [Rule].
func (r SWATS) Check() error {
	return check("swats", unit("beta1", r.Beta1), unit("beta2", r.Beta2), positive("eps", r.Eps), positive("eps-root", r.EpsRoot), positive("settle", r.Settle))
}

// Rate returns 1e-3.
func (r SWATS) Rate() float64 { return 1e-3 }

// Vectors implements [Rule].
func (r SWATS) Vectors() int { return 3 }

// Needs implements [Needer].
func (r SWATS) Needs() Needs { return Needs{Scope: Whole, Scalars: 3} }

// Step32 implements [Rule].
func (r SWATS) Step32(p *Part[float32]) { swats(r, p) }

// Step64 implements [Rule].
func (r SWATS) Step64(p *Part[float64]) { swats(r, p) }

func swats[T vec.Float](r SWATS, p *Part[T]) {
	beta1, beta2, eps := or(r.Beta1, 0.9), or(r.Beta2, 0.999), T(or(r.Eps, 1e-6))
	a1, c1, a2, c2 := T(beta1), T(1-beta1), T(beta2), T(1-beta2)
	m, v, u := p.V[0], p.V[1], p.V[2]
	average, lr, begun := &p.S[0], &p.S[1], &p.S[2] // lr > 0 after the switch, begun is the rate then
	if *lr > 0 {
		rate := T(*lr * p.LR / *begun * (1 - beta1))
		if r.Nesterov {
			rate = T(*lr * p.LR / *begun)
		}
		for i, g := range p.G {
			u[i] = a1*u[i] + g
			if r.Nesterov {
				p.X[i] -= rate * (c1*u[i] + a1*u[i])
			} else {
				p.X[i] -= rate * u[i]
			}
		}
		return
	}
	rate, inside := T(p.LR*math.Sqrt(bias(beta2, p.K))/bias(beta1, p.K)), T(r.EpsRoot)
	var square, along float64
	for i, g := range p.G {
		m[i] = a1*m[i] + c1*g
		v[i] = a2*v[i] + c2*g*g
		d := -rate * m[i] / (sqrt(v[i]+inside) + eps)
		p.X[i] += d
		square, along = square+float64(d*d), along+float64(d*g)
	}
	if along == 0 {
		return
	}
	gamma := square / -along
	*average = beta2**average + (1-beta2)*gamma
	settle := or(r.Settle, 1e-9)
	if r.reference {
		settle = 1e-8 + or(r.Eps, 1e-6)*math.Abs(gamma)
	}
	if l := *average / bias(beta2, p.K); p.K > 1 && l > 0 && math.Abs(l-gamma) < settle {
		*lr, *begun = l, p.LR
	}
}
