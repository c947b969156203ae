package rule

import (
	"math"

	"github.com/godescent/descent/vec"
)

// PNM amplifies the noise of gradients: it keeps two averages, of the gradients of odd and of even
// steps, and steps along a difference of them:
//
//	m <- Beta1^2 m + (1 - Beta1^2) g for the m of this parity, m' is the other
//	x <- x - lr ((1 + Beta0) m - Beta0 m')/sqrt((1 + Beta0)^2 + Beta0^2)
//
// Memory: 2 vectors.
//
// Xie, Yuan, Zhu, Sugiyama, Positive-negative momentum: manipulating stochastic gradient noise to
// improve generalization, ICML 2021, arXiv:2103.17182, Algorithm 2.
type PNM struct {
	Beta1 float64 // in (0, 1); default 0.9
	Beta0 float64 // weight of the negative average, >= 0; default 1
}

// Check implements [Rule].
func (r PNM) Check() error {
	return check("pnm", unit("beta1", r.Beta1), positive("beta0", r.Beta0))
}

// Rate returns 1e-3.
func (r PNM) Rate() float64 { return 1e-3 }

// Vectors implements [Rule].
func (r PNM) Vectors() int { return 2 }

// Step32 implements [Rule].
func (r PNM) Step32(p *Part[float32]) { pnm(r, p) }

// Step64 implements [Rule].
func (r PNM) Step64(p *Part[float64]) { pnm(r, p) }

func pnm[T vec.Float](r PNM, p *Part[T]) {
	plus, minus := pair(p)
	beta, b := or(r.Beta1, 0.9)*or(r.Beta1, 0.9), or(r.Beta0, 1)
	a, c := T(beta), T(1-beta)
	size := math.Sqrt((1+b)*(1+b) + b*b)
	up, down := T(p.LR*(1+b)/size), T(p.LR*b/size)
	for i, g := range p.G {
		plus[i] = a*plus[i] + c*g
		p.X[i] -= up*plus[i] - down*minus[i]
	}
}

// pair returns the first two vectors, in an order that changes at every step.
func pair[T vec.Float](p *Part[T]) (plus, minus []T) {
	if p.K%2 == 1 {
		return p.V[0], p.V[1]
	}
	return p.V[1], p.V[0]
}
