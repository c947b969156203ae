package rule

import (
	"math"

	"github.com/godescent/descent/vec"
)

// AdaBound is Adam whose step sizes are clipped to bounds that close in on one, as of SGD:
//
//	m <- Beta1 m + (1 - Beta1) g,  v <- Beta2 v + (1 - Beta2) g^2
//	eta = clip(lr sqrt(1 - Beta2^k)/(1 - Beta1^k) / (sqrt(v) + Eps), low, high)
//	low = lr Final (1 - 1/(Gamma k + 1)),  high = lr Final (1 + 1/(Gamma k))
//	x <- x - eta m
//
// With AMSBound the largest v so far takes the place of v. Memory: 2 vectors, 3 with AMSBound.
//
// Luo, Xiong, Liu, Sun, Adaptive gradient methods with dynamic bound of learning rate, ICLR 2019,
// arXiv:1902.09843; bounds and correction as in the authors' code.
type AdaBound struct {
	Beta1    float64 // in (0, 1); default 0.9
	Beta2    float64 // in (0, 1); default 0.999
	Eps      float64 // > 0; default 1e-8
	Final    float64 // step size at the end over the learning rate, > 0; default 100
	Gamma    float64 // speed of the bounds, > 0; default 1e-3
	AMSBound bool
}

// Check implements [Rule].
func (r AdaBound) Check() error {
	return check("adabound", unit("beta1", r.Beta1), unit("beta2", r.Beta2), positive("eps", r.Eps), positive("final", r.Final), positive("gamma", r.Gamma))
}

// Rate returns 1e-3.
func (r AdaBound) Rate() float64 { return 1e-3 }

// Vectors implements [Rule].
func (r AdaBound) Vectors() int {
	if r.AMSBound {
		return 3
	}
	return 2
}

// Step32 implements [Rule].
func (r AdaBound) Step32(p *Part[float32]) { adabound(r, p) }

// Step64 implements [Rule].
func (r AdaBound) Step64(p *Part[float64]) { adabound(r, p) }

func adabound[T vec.Float](r AdaBound, p *Part[T]) {
	beta1, beta2, eps := or(r.Beta1, 0.9), or(r.Beta2, 0.999), T(or(r.Eps, 1e-8))
	a1, c1, a2, c2 := T(beta1), T(1-beta1), T(beta2), T(1-beta2)
	final, speed := p.LR*or(r.Final, 100), or(r.Gamma, 1e-3)*float64(p.K)
	low, high := T(final*(1-1/(speed+1))), T(final*(1+1/speed))
	rate := T(p.LR * math.Sqrt(bias(beta2, p.K)) / bias(beta1, p.K))
	m, v := p.V[0], p.V[1]
	top := v
	if r.AMSBound {
		top = p.V[2]
	}
	for i, g := range p.G {
		m[i] = a1*m[i] + c1*g
		v[i] = a2*v[i] + c2*g*g
		top[i] = max(top[i], v[i])
		p.X[i] -= min(high, max(low, rate/(sqrt(top[i])+eps))) * m[i]
	}
}
