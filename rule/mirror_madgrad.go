package rule

import (
	"math"

	"github.com/godescent/descent/vec"
)

// MirrorMADGRAD is [MADGRAD] as mirror descent, which forgets x_0:
//
//	v <- sqrt((k-1)/k) v + g^2,  z <- z - (lr + Eps) k^(1/3) g/(v^(1/3) + Eps),  z_0 = x_0
//	x <- Momentum x + (1 - Momentum) z
//
// Where v = 0 and Eps is none, z stays. Memory: 2 vectors.
//
// Defazio and Jelassi, JMLR 23, 2022, arXiv:2101.11075; in this form in the authors' code.
type MirrorMADGRAD struct {
	Momentum float64 // in [0, 1); default 0.9, negative: none
	Eps      float64 // >= 0; default none
}

// Check implements [Rule].
func (r MirrorMADGRAD) Check() error {
	return check("mirror-madgrad", unit("momentum", max(r.Momentum, 0)), positive("eps", r.Eps))
}

// Rate returns 1e-2.
func (r MirrorMADGRAD) Rate() float64 { return 1e-2 }

// Vectors implements [Rule].
func (r MirrorMADGRAD) Vectors() int { return 2 }

// Step32 implements [Rule].
func (r MirrorMADGRAD) Step32(p *Part[float32]) { mirrormadgrad(r, p) }

// Step64 implements [Rule].
func (r MirrorMADGRAD) Step64(p *Part[float64]) { mirrormadgrad(r, p) }

func mirrormadgrad[T vec.Float](r MirrorMADGRAD, p *Part[T]) {
	eps, mu, k := T(r.Eps), T(orNone(r.Momentum, 0.9)), float64(p.K)
	keep, step := T(math.Sqrt((k-1)/k)), T((p.LR+r.Eps)*math.Cbrt(k))
	z, v := p.V[0], p.V[1]
	if p.K == 1 {
		copy(z, p.X)
	}
	for i, g := range p.G {
		v[i] = keep*v[i] + g*g
		if size := cbrt(v[i]) + eps; size != 0 {
			z[i] -= step * g / size
		}
		p.X[i] = mu*p.X[i] + (1-mu)*z[i]
	}
}
