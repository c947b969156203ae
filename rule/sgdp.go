package rule

import (
	"github.com/godescent/descent/vec"
)

// SGDP is SGD with momentum that projects its step as [AdamP] does:
//
//	v <- Momentum v + (1 - Dampening) g,  u = v, with Nesterov g + Momentum v, projected
//	x <- (1 - lr Decay Ratio/(1 - Momentum)) x - lr u
//
// Memory: 1 vector.
//
// Heo et al., AdamP, ICLR 2021, arXiv:2006.08217, Algorithm 1.
type SGDP struct {
	Momentum  float64 // in [0, 1); default 0.9, negative: none
	Dampening float64 // in [0, 1)
	Nesterov  bool
	Eps       float64 // > 0; default 1e-8
	Delta     float64 // > 0; default 0.1
	Ratio     float64 // of decay, in [0, 1]; default 0.1, negative: 0
	Decay     float64 // decoupled, >= 0
}

// Check implements [Rule].
func (r SGDP) Check() error {
	return check("sgdp", unit("momentum", max(r.Momentum, 0)), unit("dampening", r.Dampening), positive("eps", r.Eps),
		positive("delta", r.Delta), fraction("ratio", max(r.Ratio, 0)), positive("decay", r.Decay))
}

// Rate returns 0.1.
func (r SGDP) Rate() float64 { return 0.1 }

// Vectors implements [Rule].
func (r SGDP) Vectors() int { return 1 }

// Needs implements [Needer].
func (r SGDP) Needs() Needs { return Needs{Scope: Blocks} }

// Step32 implements [Rule].
func (r SGDP) Step32(p *Part[float32]) { sgdp(r, p) }

// Step64 implements [Rule].
func (r SGDP) Step64(p *Part[float64]) { sgdp(r, p) }

func sgdp[T vec.Float](r SGDP, p *Part[T]) {
	mu, v, u := orNone(r.Momentum, 0.9), p.V[0], p.Scratch(len(p.G))
	vec.Axpby(T(1-r.Dampening), p.G, T(mu), v)
	copy(u, v)
	if r.Nesterov {
		vec.Axpby(1, p.G, T(mu), u)
	}
	ratio := tangent(p, u, or(r.Delta, 0.1), orNone(r.Ratio, 0.1), or(r.Eps, 1e-8))
	vec.Axpby(T(-p.LR), u, T(1-p.LR*r.Decay*ratio/(1-mu)), p.X)
}
