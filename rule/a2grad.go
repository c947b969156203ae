package rule

import (
	"fmt"
	"math"
	"slices"

	"github.com/godescent/descent/vec"
)

// A2Grad is an accelerated method whose steps adapt to the noise of gradients, by block:
//
//	gamma_k = 2 Lips/k,  d = g - mean of the gradients so far,  alpha_k = 2/(k + 1)
//	exp: u <- Rho u + (1 - Rho)|d|^2,  v <- max(v, u),  h = sqrt(k v)
//	uni: v <- v + |d|^2,  h = sqrt(v)      inc: v <- v ((k-1)/k)^2 + |d|^2,  h = sqrt(v)
//	y <- y - g/(gamma_k + Beta h),  y_0 = x_0
//	x <- (1 - alpha_{k+1}) x + alpha_{k+1} y - (1 - alpha_{k+1}) alpha_k g/(gamma_k + Beta h)
//
// It has no learning rate: the one given is not used. Memory: 2 vectors and 2 numbers of a block.
//
// Deng, Cheng, Lan, Optimal adaptive and accelerated stochastic gradient descent, 2018, arXiv:1810.00553.
type A2Grad struct {
	Lips  float64 // Lipschitz constant of the gradient, > 0; default 10
	Beta  float64 // weight of the noise, > 0; default 10
	Rho   float64 // in (0, 1); default 0.5
	Noise string  // exp, uni or inc; default exp
}

// Check implements [Rule].
func (r A2Grad) Check() error {
	if !slices.Contains([]string{"", "exp", "uni", "inc"}, r.Noise) {
		return fmt.Errorf("a2grad: noise = %q: want exp, uni or inc", r.Noise)
	}
	return check("a2grad", positive("lips", r.Lips), positive("beta", r.Beta), unit("rho", r.Rho))
}

// Rate returns 1.
func (r A2Grad) Rate() float64 { return 1 }

// Vectors implements [Rule].
func (r A2Grad) Vectors() int { return 2 }

// Needs implements [Needer].
func (r A2Grad) Needs() Needs { return Needs{Scope: Blocks, Scalars: 2} }

// Step32 implements [Rule].
func (r A2Grad) Step32(p *Part[float32]) { a2grad(r, p) }

// Step64 implements [Rule].
func (r A2Grad) Step64(p *Part[float64]) { a2grad(r, p) }

func a2grad[T vec.Float](r A2Grad, p *Part[T]) {
	k, rho, mean, y := float64(p.K), or(r.Rho, 0.5), p.V[0], p.V[1]
	if p.K == 1 {
		copy(y, p.X)
	}
	square := 0.0
	for i, g := range p.G {
		mean[i] += (g - mean[i]) / T(k)
		d := float64(g - mean[i])
		square += d * d
	}
	v := &p.S[0]
	h := 0.0
	switch r.Noise {
	case "uni":
		*v += square
		h = math.Sqrt(*v)
	case "inc":
		*v = *v*(k-1)*(k-1)/(k*k) + square
		h = math.Sqrt(*v)
	default:
		u := &p.S[1]
		*u = rho**u + (1-rho)*square
		if p.K == 1 {
			*u = square
		}
		*v = max(*v, *u)
		h = math.Sqrt(k * *v)
	}
	step := 1 / (2*or(r.Lips, 10)/k + or(r.Beta, 10)*h)
	alpha, next := 2/(k+1), 2/(k+2)
	if p.K == 1 {
		alpha = 1
	}
	for i, g := range p.G {
		y[i] -= T(step) * g
		p.X[i] += T(next)*(y[i]-p.X[i]) - T((1-next)*alpha*step)*g
	}
}
