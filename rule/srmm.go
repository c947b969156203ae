package rule

import (
	"math"

	"github.com/godescent/descent/vec"
)

// SRMM averages gradients and iterates with the same decreasing weights:
//
//	w = (1 + (k-1) mod Window)^(-Beta)
//	a <- (1 - w) a + w g,  x <- (1 - w) y + w x - lr a,  y <- x
//
// Memory: 2 vectors, of a and y.
//
// Lyu, Stochastic regularized majorization-minimization with weakly convex and multi-convex surrogates, JMLR 2024,
// arXiv:2201.01652.
type SRMM struct {
	Beta      float64 // in (0, 1]; default 0.5
	Window    int     // steps after which weights start again; default 100
	reference bool    // as the implementation of the trajectories has it; see Replay
}

// Check implements [Rule].
func (r SRMM) Check() error {
	return check("srmm", fraction("beta", r.Beta), positive("window", float64(r.Window)))
}

// Rate returns 1e-2.
func (r SRMM) Rate() float64 { return 1e-2 }

// Vectors implements [Rule].
func (r SRMM) Vectors() int { return 2 }

// Step32 implements [Rule].
func (r SRMM) Step32(p *Part[float32]) { srmm(r, p) }

// Step64 implements [Rule].
func (r SRMM) Step64(p *Part[float64]) { srmm(r, p) }

func srmm[T vec.Float](r SRMM, p *Part[T]) {
	k := p.K - 1
	if r.reference {
		k = p.K
	}
	w := T(math.Pow(float64(1+k%int(or(float64(r.Window), 100))), -or(r.Beta, 0.5)))
	a, y, rate := p.V[0], p.V[1], T(p.LR)
	for i, g := range p.G {
		a[i] = (1-w)*a[i] + w*g
		y[i] += w*(p.X[i]-y[i]) - rate*a[i]
		p.X[i] = y[i]
	}
}
