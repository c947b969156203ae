package rule

import (
	"math"

	"github.com/godescent/descent/vec"
)

// Rprop steps by the sign of the gradient along each parameter; the step grows while the sign
// stays, and shrinks when it changes:
//
//	g g' > 0: s <- min(Grow s, Max),  g g' < 0: s <- max(Shrink s, Min) and g <- 0
//	x <- x - s sign(g),  g' <- g,  s_0 = lr
//
// It is for full batches: noise in gradients changes their signs. The learning rate that counts is the
// first that is not 0. Memory: 2 vectors.
//
// Riedmiller and Braun, A direct adaptive method for faster backpropagation learning: the RPROP
// algorithm, ICNN 1993; without weight-backtracking, as in Igel and Hüsken 2000 (iRprop-).
type Rprop struct {
	Shrink float64 // in (0, 1); default 0.5
	Grow   float64 // > 1; default 1.2
	Min    float64 // least step, > 0; default 1e-6
	Max    float64 // largest step, >= Min; default 50
}

// Check implements [Rule].
func (r Rprop) Check() error {
	return check("rprop", unit("shrink", r.Shrink), limit{"grow", or(r.Grow, 1.2), 1, math.Inf(1), false},
		limit{"min", or(r.Min, 1e-6), 0, or(r.Max, 50), true}, limit{"max", or(r.Max, 50), 0, math.Inf(1), false})
}

// Rate returns 1e-2.
func (r Rprop) Rate() float64 { return 1e-2 }

// Vectors implements [Rule].
func (r Rprop) Vectors() int { return 2 }

// Step32 implements [Rule].
func (r Rprop) Step32(p *Part[float32]) { rprop(r, p) }

// Step64 implements [Rule].
func (r Rprop) Step64(p *Part[float64]) { rprop(r, p) }

func rprop[T vec.Float](r Rprop, p *Part[T]) {
	shrink, grow, low, high := T(or(r.Shrink, 0.5)), T(or(r.Grow, 1.2)), T(or(r.Min, 1e-6)), T(or(r.Max, 50))
	prev, s := p.V[0], p.V[1]
	for i, g := range p.G {
		if s[i] == 0 {
			s[i] = T(p.LR)
		}
		switch {
		case g*prev[i] > 0:
			s[i] = min(grow*s[i], high)
		case g*prev[i] < 0:
			s[i], g = max(shrink*s[i], low), 0
		}
		p.X[i] -= s[i] * sign(g)
		prev[i] = g
	}
}
