package rule

import (
	"github.com/godescent/descent/vec"
)

// LARS is SGD with momentum whose steps are relative to the norm of each block of two or more axes:
//
//	t = Trust |x|/(|g| + Decay |x|),  v <- Momentum v + t (g + Decay x),  x <- x - lr v
//
// Blocks of one axis have t = 1 and no decay; so do those where |x| or |g| is 0, but for the decay. Memory: 1 vector.
//
// You, Gitman, Ginsburg, Large batch training of convolutional networks, 2017, arXiv:1708.03888, Algorithm 1.
type LARS struct {
	Trust     float64 // > 0; default 1e-3
	Momentum  float64 // in [0, 1); default 0.9, negative: none
	Dampening float64 // in [0, 1)
	Nesterov  bool
	Decay     float64 // >= 0
	reference bool    // as the implementation of the trajectories has it; see Replay
}

// Check implements [Rule].
func (r LARS) Check() error {
	return check("lars", positive("trust", r.Trust), unit("momentum", max(r.Momentum, 0)), unit("dampening", r.Dampening), positive("decay", r.Decay))
}

// Rate returns 0.1.
func (r LARS) Rate() float64 { return 0.1 }

// Vectors implements [Rule].
func (r LARS) Vectors() int { return 1 }

// Needs implements [Needer].
func (r LARS) Needs() Needs { return Needs{Scope: Blocks} }

// Step32 implements [Rule].
func (r LARS) Step32(p *Part[float32]) { lars(r, p) }

// Step64 implements [Rule].
func (r LARS) Step64(p *Part[float64]) { lars(r, p) }

func lars[T vec.Float](r LARS, p *Part[T]) {
	v, mu, trust, decay := p.V[0], orNone(r.Momentum, 0.9), 1.0, 0.0
	if r.reference && p.K == 1 {
		copy(v, p.G) // once more than it should
	}
	if p.matrix() {
		decay = r.Decay
		if x, g := norm(p.X), norm(p.G); x > 0 && g > 0 {
			size := g + decay*x
			if r.reference {
				size = g
			}
			trust = or(r.Trust, 1e-3) * x / size
		}
	}
	c := vec.Momentum[T]{Old: T(mu), New: T((1 - r.Dampening) * trust), Decay: T(decay), Rate: T(p.LR)}
	if !r.Nesterov {
		c.Step(p.X, v, p.G)
		return
	}
	for i, g := range p.G {
		d := T(trust) * (g + c.Decay*p.X[i])
		v[i] = c.Old*v[i] + T(1-r.Dampening)*d
		p.X[i] -= c.Rate * (d + c.Old*v[i])
	}
}
