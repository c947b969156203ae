package rule

import (
	"errors"
	"math"

	"github.com/godescent/descent/vec"
)

// AdaBelief is Adam with the deviation of gradients from their average in place of gradients:
// steps are long where gradients are as expected:
//
//	m <- Beta1 m + (1 - Beta1) g,  s <- Beta2 s + (1 - Beta2)(g - m)^2 + Eps
//	x <- x - lr m^/(sqrt(s^) + Eps),  m^ = m/(1 - Beta1^k),  s^ = s/(1 - Beta2^k)
//
// m is the new average. With AMSGrad the largest s so far takes the place of s; with Rectify steps
// are those of RAdam for rho_k >= 5, with sqrt(s) + Eps below. Memory: 2 vectors, 3 with
// AMSGrad. For Eps, the square of Adam's is right.
//
// Zhuang et al., AdaBelief optimizer: adapting stepsizes by the belief in observed gradients,
// NeurIPS 2020, arXiv:2010.07468, Algorithm 2.
type AdaBelief struct {
	Beta1   float64 // in (0, 1); default 0.9
	Beta2   float64 // in (0, 1); default 0.999
	Eps     float64 // > 0; default 1e-16
	AMSGrad bool    // not with Rectify
	Rectify bool
}

// Check implements [Rule].
func (r AdaBelief) Check() error {
	if r.AMSGrad && r.Rectify {
		return errors.New("adabelief: amsgrad and rectify: want one of them")
	}
	return check("adabelief", unit("beta1", r.Beta1), unit("beta2", r.Beta2), positive("eps", r.Eps))
}

// Rate returns 1e-3.
func (r AdaBelief) Rate() float64 { return 1e-3 }

// Vectors implements [Rule].
func (r AdaBelief) Vectors() int {
	if r.AMSGrad {
		return 3
	}
	return 2
}

// Step32 implements [Rule].
func (r AdaBelief) Step32(p *Part[float32]) { adabelief(r, p) }

// Step64 implements [Rule].
func (r AdaBelief) Step64(p *Part[float64]) { adabelief(r, p) }

func adabelief[T vec.Float](r AdaBelief, p *Part[T]) {
	beta1, beta2, eps := or(r.Beta1, 0.9), or(r.Beta2, 0.999), or(r.Eps, 1e-16)
	c := vec.Moments[T]{
		Old1: T(beta1), New1: T(1 - beta1), Old2: T(beta2), New2: T(1 - beta2), Add: T(eps), Shrink: 1,
		Rate: T(p.LR / bias(beta1, p.K)), Root: T(1 / math.Sqrt(bias(beta2, p.K))), Eps: T(eps),
	}
	if length, factor := rectified(beta2, p.K); r.Rectify && length >= 5 {
		c.Root, c.Rate = 1, T(p.LR*factor*math.Sqrt(bias(beta2, p.K))/bias(beta1, p.K))
	} else if r.Rectify {
		c.Root, c.Eps = 0, 1 // x <- x - lr m^
	}
	m, s := p.V[0], p.V[1]
	if !r.AMSGrad {
		c.Deviation(p.X, m, s, p.G)
		return
	}
	top := p.V[2]
	for i, g := range p.G {
		m[i] = c.Old1*m[i] + c.New1*g
		s[i] = c.Old2*s[i] + c.New2*(g-m[i])*(g-m[i]) + c.Add
		top[i] = max(top[i], s[i])
		p.X[i] -= c.Rate * m[i] / (c.Root*sqrt(top[i]) + c.Eps)
	}
}
