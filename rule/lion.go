package rule

import "github.com/godescent/descent/vec"

// Lion steps by the sign of an average of gradients, the same length along each parameter:
//
//	x <- (1 - lr Decay) x - lr sign(Beta1 m + (1 - Beta1) g)
//	m <- Beta2 m + (1 - Beta2) g
//
// sign(0) is 0. Memory: 1 vector. Its learning rates are 3 to 10 times smaller than Adam's, and
// decays as many times larger.
//
// Chen et al., Symbolic discovery of optimization algorithms, NeurIPS 2023, arXiv:2302.06675.
type Lion struct {
	Beta1 float64 // in (0, 1); default 0.9
	Beta2 float64 // in (0, 1); default 0.99
	Decay float64 // decoupled, >= 0
}

// Check implements [Rule].
func (r Lion) Check() error {
	return check("lion", unit("beta1", r.Beta1), unit("beta2", r.Beta2), positive("decay", r.Decay))
}

// Rate returns 1e-4.
func (r Lion) Rate() float64 { return 1e-4 }

// Vectors implements [Rule].
func (r Lion) Vectors() int { return 1 }

// Step32 implements [Rule].
func (r Lion) Step32(p *Part[float32]) { lion(r, p) }

// Step64 implements [Rule].
func (r Lion) Step64(p *Part[float64]) { lion(r, p) }

func lion[T vec.Float](r Lion, p *Part[T]) {
	beta1, beta2 := or(r.Beta1, 0.9), or(r.Beta2, 0.99)
	c := vec.Signs[T]{Old1: T(beta1), New1: T(1 - beta1), Old2: T(beta2), New2: T(1 - beta2), Shrink: T(1 - p.LR*r.Decay), Rate: T(p.LR)}
	c.Step(p.X, p.V[0], p.G)
}
