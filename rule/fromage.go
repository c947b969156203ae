package rule

import (
	"math"

	"github.com/godescent/descent/vec"
)

// Fromage steps by lr relative to the norm of each block, and shrinks the blocks so that they do not grow:
//
//	x <- (x - lr |x|/|g| g)/sqrt(1 + lr^2)
//
// Where |x| or |g| is 0 the step is lr g. Memory: none.
//
// Bernstein, Vahdat, Yue, Liu, On the distance between two neural networks and the stability of learning, NeurIPS 2020,
// arXiv:2002.03432, Algorithm 1.
type Fromage struct{}

// Check implements [Rule].
func (r Fromage) Check() error {
	return check("fromage")
}

// Rate returns 1e-2.
func (r Fromage) Rate() float64 { return 1e-2 }

// Vectors implements [Rule].
func (r Fromage) Vectors() int { return 0 }

// Needs implements [Needer].
func (r Fromage) Needs() Needs { return Needs{Scope: Blocks} }

// Step32 implements [Rule].
func (r Fromage) Step32(p *Part[float32]) { fromage(r, p) }

// Step64 implements [Rule].
func (r Fromage) Step64(p *Part[float64]) { fromage(r, p) }

func fromage[T vec.Float](r Fromage, p *Part[T]) {
	size := 1.0
	if x, g := norm(p.X), norm(p.G); x > 0 && g > 0 {
		size = x / g
	}
	shrink := 1 / math.Sqrt(1+p.LR*p.LR)
	vec.Axpby(T(-p.LR*size*shrink), p.G, T(shrink), p.X)
}
