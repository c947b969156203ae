package rule

import (
	"github.com/godescent/descent/vec"
)

// Sophia divides an average of gradients by one of curvatures, and clips the quotient:
//
//	m <- Beta1 m + (1 - Beta1) g
//	h <- Beta2 h + (1 - Beta2) h^ at step 1 and at every Every-th after it
//	x <- (1 - lr Decay) x - lr clip(m/max(Gamma h, Eps), 1)
//
// h^ is an estimate of the Hessian's diagonal: u (H u) with random u (Sophia-H, Hutchinson); or, with GaussNewton,
// the squares of a gradient with labels that are drawn from the model, times their number (Sophia-G,
// Gauss-Newton-Bartlett). The driver makes it, of a part of the batch if it so chooses. Where h is
// not positive the step is lr sign(m). h starts at 0 and is not corrected, so that the first steps are larger
// than later ones: raise the learning rate from 0. Memory: 2 vectors.
//
// Liu, Li, Hall, Liang, Ma, Sophia: a scalable stochastic second-order optimizer for language model
// pre-training, ICLR 2024, arXiv:2305.14342, Algorithm 3.
type Sophia struct {
	Beta1 float64 // in (0, 1); default 0.96
	Beta2 float64 // in (0, 1); default 0.99
	Gamma float64 // > 0; default 0.01, with GaussNewton 0.05
	Eps   float64 // > 0; default 1e-12
	Decay float64 // decoupled, >= 0; default 0.2, negative: none
	Every int     // steps between estimates; default 10

	GaussNewton bool // estimates by random labels

	reference bool // as the implementation of the trajectories has it; see Replay
}

// Check implements [Rule].
func (r Sophia) Check() error {
	return check("sophia", unit("beta1", r.Beta1), unit("beta2", r.Beta2), positive("gamma", r.Gamma), positive("eps", r.Eps),
		positive("decay", max(r.Decay, 0)), positive("every", float64(r.Every)))
}

// Rate returns 1e-3.
func (r Sophia) Rate() float64 { return 1e-3 }

// Vectors implements [Rule].
func (r Sophia) Vectors() int { return 2 }

// Needs implements [Needer].
func (r Sophia) Needs() Needs {
	return Needs{Curvature: int(or(float64(r.Every), 10)), GaussNewton: r.GaussNewton}
}

// Step32 implements [Rule].
func (r Sophia) Step32(p *Part[float32]) { sophia(r, p) }

// Step64 implements [Rule].
func (r Sophia) Step64(p *Part[float64]) { sophia(r, p) }

func sophia[T vec.Float](r Sophia, p *Part[T]) {
	beta1, beta2, gamma := or(r.Beta1, 0.96), or(r.Beta2, 0.99), or(r.Gamma, 0.01)
	if r.GaussNewton {
		gamma = or(r.Gamma, 0.05)
	}
	m, h := p.V[0], p.V[1]
	if p.H != nil {
		vec.Axpby(T(1-beta2), p.H, T(beta2), h)
	}
	c := vec.Clipped[T]{
		Old: T(beta1), New: T(1 - beta1), Scale: T(gamma), Least: T(or(r.Eps, 1e-12)),
		Shrink: T(1 - p.LR*orNone(r.Decay, 0.2)), Rate: T(p.LR),
	}
	if !r.reference {
		c.Step(p.X, m, h, p.G)
		return
	}
	for i, g := range p.G { // which adds Eps
		m[i] = c.Old*m[i] + c.New*g
		p.X[i] = c.Shrink*p.X[i] - c.Rate*min(1, max(-1, m[i]/(c.Scale*h[i]+c.Least)))
	}
}
