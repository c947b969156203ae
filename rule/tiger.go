package rule

import (
	"github.com/godescent/descent/vec"
)

// Tiger is Lion with one average: a step by the sign of it, with decoupled decay:
//
//	m <- Beta m + (1 - Beta) g,  x <- (1 - lr Decay) x - lr sign(m)
//
// Memory: 1 vector.
//
// Su, Tiger: a tight-fisted optimizer, 2023, github.com/bojone/tiger.
type Tiger struct {
	Beta  float64 // in (0, 1); default 0.965
	Decay float64 // decoupled, >= 0; default 0.01, negative: none
}

// Check implements [Rule].
func (r Tiger) Check() error {
	return check("tiger", unit("beta", r.Beta), positive("decay", max(r.Decay, 0)))
}

// Rate returns 1e-3.
func (r Tiger) Rate() float64 { return 1e-3 }

// Vectors implements [Rule].
func (r Tiger) Vectors() int { return 1 }

// Step32 implements [Rule].
func (r Tiger) Step32(p *Part[float32]) { tiger(r, p) }

// Step64 implements [Rule].
func (r Tiger) Step64(p *Part[float64]) { tiger(r, p) }

func tiger[T vec.Float](r Tiger, p *Part[T]) {
	beta := or(r.Beta, 0.965)
	c := vec.Signs[T]{
		Old1: T(beta), New1: T(1 - beta), Old2: T(beta), New2: T(1 - beta),
		Shrink: T(1 - p.LR*orNone(r.Decay, 0.01)), Rate: T(p.LR),
	}
	c.Step(p.X, p.V[0], p.G)
}
