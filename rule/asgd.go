package rule

import (
	"math"

	"github.com/godescent/descent/vec"
)

// ASGD is SGD with a step that decreases and the average of the iterates:
//
//	eta_k = lr/(1 + Lambda lr (k-1))^Alpha
//	x <- (1 - Lambda eta_k) x - eta_k g
//	a <- a + (x - a)/max(1, k - 1 - Start)
//
// Its answer is a; see [Answer]. Memory: 1 vector.
//
// Polyak and Juditsky, Acceleration of stochastic approximation by averaging, SIAM J. Control
// Optim. 30(4), 1992; steps as in Bottou, Large-scale machine learning with stochastic gradient descent, 2010.
type ASGD struct {
	Lambda float64 // decay of x and of the step, >= 0; default 1e-4
	Alpha  float64 // power of the step, > 0; default 0.75
	Start  int     // step after which the average starts, >= 0; default 1000000
}

// Check implements [Rule].
func (r ASGD) Check() error {
	return check("asgd", positive("lambda", r.Lambda), positive("alpha", r.Alpha), positive("start", float64(r.Start)))
}

// Rate returns 1e-2.
func (r ASGD) Rate() float64 { return 1e-2 }

// Vectors implements [Rule].
func (r ASGD) Vectors() int { return 1 }

// Answer32 implements [Answerer].
func (r ASGD) Answer32(dst []float32, p *Part[float32]) { copy(dst, p.V[0]) }

// Answer64 implements [Answerer].
func (r ASGD) Answer64(dst []float64, p *Part[float64]) { copy(dst, p.V[0]) }

// Step32 implements [Rule].
func (r ASGD) Step32(p *Part[float32]) { asgd(r, p) }

// Step64 implements [Rule].
func (r ASGD) Step64(p *Part[float64]) { asgd(r, p) }

func asgd[T vec.Float](r ASGD, p *Part[T]) {
	lambda, start := or(r.Lambda, 1e-4), int(or(float64(r.Start), 1e6))
	eta := p.LR / math.Pow(1+lambda*p.LR*float64(p.K-1), or(r.Alpha, 0.75))
	shrink, step, weight := T(1-lambda*eta), T(eta), T(1/float64(max(1, p.K-1-start)))
	a := p.V[0]
	for i, g := range p.G {
		p.X[i] = shrink*p.X[i] - step*g
		if weight == 1 {
			a[i] = p.X[i]
		} else {
			a[i] += weight * (p.X[i] - a[i])
		}
	}
}
