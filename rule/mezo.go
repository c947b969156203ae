package rule

import (
	"github.com/godescent/descent/rng"
	"github.com/godescent/descent/vec"
)

// MeZO is SGD without gradients: from the values at two points along a random direction z:
//
//	d = (f(x + Eps z) - f(x - Eps z))/(2 Eps),  x <- x - lr d z,  z normal
//
// Both values are of one batch. The directions are those of the oracle, or of Seed and k: they need no memory.
//
// Malladi, Gao, Nichani, Damian, Lee, Chen, Arora, Fine-tuning language models with just forward passes,
// NeurIPS 2023, arXiv:2305.17333, Algorithm 1; Spall, IEEE Trans. Autom. Control 37(3), 1992.
type MeZO struct {
	Eps  float64 // > 0; default 1e-3
	Seed uint64
}

// Check implements [Rule].
func (r MeZO) Check() error {
	return check("mezo", positive("eps", r.Eps))
}

// Rate returns 1e-6.
func (r MeZO) Rate() float64 { return 1e-6 }

// Vectors implements [Rule].
func (r MeZO) Vectors() int { return 0 }

// Needs implements [Needer].
func (r MeZO) Needs() Needs { return Needs{Scope: Whole, Values: true} }

// Step32 implements [Rule].
func (r MeZO) Step32(p *Part[float32]) { mezo(r, p) }

// Step64 implements [Rule].
func (r MeZO) Step64(p *Part[float64]) { mezo(r, p) }

func mezo[T vec.Float](r MeZO, p *Part[T]) {
	eps, z, y := or(r.Eps, 1e-3), p.Scratch(len(p.X)), p.Scratch(len(p.X))
	normals(p, z, r.Seed, "mezo")
	vec.AxpyTo(y, T(eps), z, p.X)
	up := p.Oracle.Value(y)
	vec.AxpyTo(y, T(-eps), z, p.X)
	down := p.Oracle.Value(y)
	vec.Axpy(T(-p.LR*(up-down)/(2*eps)), z, p.X)
}

// normals fills z with standard normal numbers of step k: those of the oracle, or of a seed.
func normals[T vec.Float](p *Part[T], z []T, seed uint64, name string) {
	if p.Oracle != nil && p.Oracle.Direction != nil {
		p.Oracle.Direction(z, p.K)
		return
	}
	root := rng.New(seed, name)
	s := root.Split(uint64(p.K))
	for i := range z {
		z[i] = T(s.Norm())
	}
}
