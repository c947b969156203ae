package rule

import (
	"math"

	"github.com/godescent/descent/vec"
)

// DoWG is [DoG] with gradients weighted by the distance reached when they were taken; the learning rate given is a factor, 1:
//
//	r = max(r, |x - x_0|),  r_0 = First,  v <- v + r^2 |g|^2
//	x <- x - lr r^2/(sqrt(v) + Eps) g
//
// Its steps grow and shrink with the curvature of f along the way, without a bound on it. The average of iterates is to be
// preferred to x: see [Average]. Memory: 1 vector and 2 numbers.
//
// Khaled, Mishchenko, Jin, DoWG unleashed: an efficient universal parameter-free gradient descent method, NeurIPS 2023,
// arXiv:2305.16284, Algorithm 1.
type DoWG struct {
	First float64 // first distance, > 0; default 1e-2
	Eps   float64 // > 0; default 1e-4
}

// Check implements [Rule].
func (r DoWG) Check() error {
	return check("dowg", positive("first", r.First), positive("eps", r.Eps))
}

// Rate returns 1.
func (r DoWG) Rate() float64 { return 1 }

// Vectors implements [Rule].
func (r DoWG) Vectors() int { return 1 }

// Needs implements [Needer].
func (r DoWG) Needs() Needs { return Needs{Scope: Whole, Scalars: 2} }

// Step32 implements [Rule].
func (r DoWG) Step32(p *Part[float32]) { dowg(r, p) }

// Step64 implements [Rule].
func (r DoWG) Step64(p *Part[float64]) { dowg(r, p) }

func dowg[T vec.Float](r DoWG, p *Part[T]) {
	start, far, sum := p.V[0], &p.S[0], &p.S[1]
	if p.K == 1 {
		copy(start, p.X)
		*far = or(r.First, 1e-2)
	} else {
		d := p.Scratch(len(p.X))
		vec.AxpyTo(d, -1, start, p.X)
		*far = max(*far, norm(d))
	}
	square := *far * *far
	*sum += square * dot(p.G, p.G)
	vec.Axpy(T(-p.LR*square/(math.Sqrt(*sum)+or(r.Eps, 1e-4))), p.G, p.X)
}
