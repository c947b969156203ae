package rule

import (
	"math"

	"github.com/godescent/descent/vec"
)

// FTRL-proximal is Adagrad with l1 and l2 penalties, in closed form, so that x has zeros:
//
//	s = (n + g^2)^Power - n^Power,  z <- z + g - s/lr x,  n <- n + g^2
//	x <- 0 where |z| <= L1, else (sign(z) L1 - z)/((Beta + sqrt(n))/lr + L2)
//
// x_0 is forgotten at the first step, but for s. A step with the learning rate 0 changes nothing. Memory: 2 vectors.
//
// McMahan et al., Ad click prediction: a view from the trenches, KDD 2013, Algorithm 1.
type FTRL struct {
	L1    float64 // >= 0
	L2    float64 // >= 0
	Beta  float64 // >= 0; default 1, negative: 0
	Power float64 // in (0, 1); default 1/2
}

// Check implements [Rule].
func (r FTRL) Check() error {
	return check("ftrl", positive("l1", r.L1), positive("l2", r.L2), positive("beta", max(r.Beta, 0)), unit("power", r.Power))
}

// Rate returns 0.1.
func (r FTRL) Rate() float64 { return 0.1 }

// Vectors implements [Rule].
func (r FTRL) Vectors() int { return 2 }

// Step32 implements [Rule].
func (r FTRL) Step32(p *Part[float32]) { ftrl(r, p) }

// Step64 implements [Rule].
func (r FTRL) Step64(p *Part[float64]) { ftrl(r, p) }

func ftrl[T vec.Float](r FTRL, p *Part[T]) {
	if p.LR == 0 {
		return
	}
	l1, l2, beta, power, rate := T(r.L1), T(r.L2), T(orNone(r.Beta, 1)), or(r.Power, 0.5), T(1/p.LR)
	z, n := p.V[0], p.V[1]
	for i, g := range p.G {
		old, fresh := float64(n[i]), float64(n[i]+g*g)
		change := math.Sqrt(fresh) - math.Sqrt(old)
		if power != 0.5 {
			change = math.Pow(fresh, power) - math.Pow(old, power)
		}
		z[i] += g - T(change)*rate*p.X[i]
		n[i] = T(fresh)
		if abs(z[i]) <= l1 {
			p.X[i] = 0
		} else {
			p.X[i] = (sign(z[i])*l1 - z[i]) / ((beta+sqrt(n[i]))*rate + l2)
		}
	}
}
