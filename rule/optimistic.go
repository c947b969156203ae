package rule

import (
	"math"

	"github.com/godescent/descent/vec"
)

// OptimisticMD is optimistic online mirror descent in the Euclidean metric, in the ball B of diameter Diameter around x_0: each
// step moves an auxiliary point y by the gradient that has come, and goes on by the gradient that is expected, the last one:
//
//	eta_t = lr Diameter/sqrt(Delta + 4 G^2 + |g_1 - g_0|^2 + ... + |g_{t-1} - g_{t-2}|^2),  g_0 = 0
//	y_{t+1} = Proj_B(y_t - eta_t g_t),  x_{t+1} = Proj_B(y_{t+1} - eta_{t+1} g_t),  y_1 = x_1 = x_0
//
// and eta_t = 2 lr/(Strong t) with Strong. The learning rate is a factor, 1. For convex losses the regret is of the order of the root
// of the summed variances and variations of the gradients, without a horizon: between that of random and of adversarial losses.
// The answer is x, the point to play next. Memory: 3 vectors and 3 numbers.
//
// Chen, Zhang, Tu, Zhao, Zhang, Optimistic online mirror descent for bridging stochastic and adversarial online convex
// optimization, JMLR 2024, arXiv:2302.04552.
type OptimisticMD struct {
	Diameter float64 // > 0; default 20
	Bound    float64 // G, of the gradients' norms, > 0; default the largest so far
	Delta    float64 // > 0; default 1
	Strong   float64 // strong convexity of the losses, >= 0; 0: convex
}

// Check implements [Rule].
func (r OptimisticMD) Check() error {
	return check("optimistic-md", positive("diameter", r.Diameter), positive("bound", r.Bound), positive("delta", r.Delta), positive("strong", r.Strong))
}

// Rate returns 1.
func (r OptimisticMD) Rate() float64 { return 1 }

// Vectors implements [Rule].
func (r OptimisticMD) Vectors() int { return 3 }

// Needs implements [Needer].
func (r OptimisticMD) Needs() Needs { return Needs{Scope: Whole, Scalars: 3} }

// Step32 implements [Rule].
func (r OptimisticMD) Step32(p *Part[float32]) { optimistic(r, p) }

// Step64 implements [Rule].
func (r OptimisticMD) Step64(p *Part[float64]) { optimistic(r, p) }

func optimistic[T vec.Float](r OptimisticMD, p *Part[T]) {
	start, y, expected := p.V[0], p.V[1], p.V[2]
	variation, bound, eta := &p.S[0], &p.S[1], &p.S[2]
	*bound = or(r.Bound, max(*bound, norm(p.G)))
	if p.K == 1 {
		copy(start, p.X)
		copy(y, p.X)
		*eta = r.eta(1, *variation, *bound)
	}
	d := p.Scratch(len(p.X))
	vec.AxpyTo(d, -1, expected, p.G)
	*variation += dot(d, d)
	copy(expected, p.G)

	radius := or(r.Diameter, 20) / 2
	vec.Axpy(T(-p.LR**eta), p.G, y)
	intoBall(y, start, radius, d)
	*eta = r.eta(p.K+1, *variation, *bound)
	vec.AxpyTo(p.X, T(-p.LR**eta), p.G, y)
	intoBall(p.X, start, radius, d)
}

// eta is the step of round t, of which nothing has been seen.
func (r OptimisticMD) eta(t int, variation, bound float64) float64 {
	if r.Strong > 0 {
		return 2 / (r.Strong * float64(t))
	}
	return or(r.Diameter, 20) / math.Sqrt(or(r.Delta, 1)+4*bound*bound+variation)
}

// intoBall projects x onto the ball of a radius around a center. d is scratch.
func intoBall[T vec.Float](x, center []T, radius float64, d []T) {
	vec.AxpyTo(d, -1, center, x)
	if size := norm(d); size > radius {
		vec.AxpyTo(x, T(radius/size), d, center)
	}
}
