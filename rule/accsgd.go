package rule

import (
	"math"

	"github.com/godescent/descent/vec"
)

// AccSGD is SGD accelerated for least squares, from a slow and a fast sequence:
//
//	alpha = 1 - Xi c^2/Kappa,  w <- alpha w + (1 - alpha)(x - lr Kappa/c g),  w_0 = x_0
//	x <- z (x - lr g) + (1 - z) w,  z = c/(c + 1 - alpha)
//
// Memory: 1 vector.
//
// Jain, Kakade, Kidambi, Netrapalli, Sidford, Accelerating stochastic gradient descent for least
// squares regression, COLT 2018, arXiv:1704.08227, Algorithm 1; Kidambi et al., ICLR 2018, arXiv:1803.05591.
type AccSGD struct {
	Kappa float64 // long step over short step, >= 1; default 1000
	Xi    float64 // statistical advantage, in [1, sqrt(Kappa)]; default 10
	C     float64 // in (0, 1); default 0.7
}

// Check implements [Rule].
func (r AccSGD) Check() error {
	return check("accsgd", limit{"kappa", or(r.Kappa, 1000), 1, math.Inf(1), false}, limit{"xi", or(r.Xi, 10), 1, math.Sqrt(or(r.Kappa, 1000)), true}, unit("c", r.C))
}

// Rate returns 1e-3.
func (r AccSGD) Rate() float64 { return 1e-3 }

// Vectors implements [Rule].
func (r AccSGD) Vectors() int { return 1 }

// Step32 implements [Rule].
func (r AccSGD) Step32(p *Part[float32]) { accsgd(r, p) }

// Step64 implements [Rule].
func (r AccSGD) Step64(p *Part[float64]) { accsgd(r, p) }

func accsgd[T vec.Float](r AccSGD, p *Part[T]) {
	kappa, c := or(r.Kappa, 1000), or(r.C, 0.7)
	alpha := 1 - or(r.Xi, 10)*c*c/kappa
	z := c / (c + 1 - alpha)
	w := p.V[0]
	if p.K == 1 {
		copy(w, p.X)
	}
	for i, g := range p.G {
		w[i] = T(alpha)*w[i] + T(1-alpha)*(p.X[i]-T(p.LR*kappa/c)*g)
		p.X[i] = T(z)*(p.X[i]-T(p.LR)*g) + T(1-z)*w[i]
	}
}
