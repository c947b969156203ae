package rule

import (
	"math"

	"github.com/godescent/descent/vec"
)

// AdagradNorm is SGD whose step adapts to the norms of all gradients so far:
//
//	s <- s + |g|^2,  s_0 = B^2,  x <- x - lr g/sqrt(s)
//
// Memory: a number.
//
// Ward, Wu, Bottou, AdaGrad stepsizes: sharp convergence over nonconvex landscapes, JMLR 21, 2020, arXiv:1806.01811,
// Algorithm 1; with batches that grow: Lau, Liu, Kolar, AdAdaGrad, 2024, arXiv:2402.11215.
type AdagradNorm struct {
	B float64 // > 0; default 0.1
}

// Check implements [Rule].
func (r AdagradNorm) Check() error {
	return check("adagrad-norm", positive("b", r.B))
}

// Rate returns 1.
func (r AdagradNorm) Rate() float64 { return 1 }

// Vectors implements [Rule].
func (r AdagradNorm) Vectors() int { return 0 }

// Needs implements [Needer].
func (r AdagradNorm) Needs() Needs { return Needs{Scope: Whole, Scalars: 1} }

// Step32 implements [Rule].
func (r AdagradNorm) Step32(p *Part[float32]) { adagradNorm(r, p) }

// Step64 implements [Rule].
func (r AdagradNorm) Step64(p *Part[float64]) { adagradNorm(r, p) }

func adagradNorm[T vec.Float](r AdagradNorm, p *Part[T]) {
	s := &p.S[0]
	if p.K == 1 {
		*s = or(r.B, 0.1) * or(r.B, 0.1)
	}
	*s += dot(p.G, p.G)
	vec.Axpy(T(-p.LR/math.Sqrt(*s)), p.G, p.X)
}
