package rule

import (
	"math"

	"github.com/godescent/descent/vec"
)

// AdaSmooth forgets squares of gradients the faster the straighter a parameter moves:
//
//	s <- s + x - x',  n <- n + |x - x'|,  e = |s|/n
//	c = (Rho2 - Rho1) e + 1 - Rho2,  v <- (1 - c^2) v + c^2 g^2
//	x <- x - lr/sqrt(v + Eps) g
//
// with x' the x before the last step. Rho1 is the fast one: it is used on a straight way. Memory: 4 vectors.
//
// Lu, AdaSmooth: an adaptive learning rate method based on effective ratio, 2022, arXiv:2204.00825,
// Algorithm 1, with the window of all steps.
type AdaSmooth struct {
	Rho1      float64 // in (0, 1); default 0.5
	Rho2      float64 // in (0, 1); default 0.99
	Eps       float64 // > 0; default 1e-6
	reference bool    // as the implementation of the trajectories has it; see Replay
}

// Check implements [Rule].
func (r AdaSmooth) Check() error {
	return check("adasmooth", unit("rho1", r.Rho1), unit("rho2", r.Rho2), positive("eps", r.Eps))
}

// Rate returns 1e-3.
func (r AdaSmooth) Rate() float64 { return 1e-3 }

// Vectors implements [Rule].
func (r AdaSmooth) Vectors() int { return 4 }

// Needs implements [Needer].
func (r AdaSmooth) Needs() Needs {
	if r.reference {
		return Needs{Scope: Blocks}
	}
	return Needs{}
}

// Step32 implements [Rule].
func (r AdaSmooth) Step32(p *Part[float32]) { adasmooth(r, p) }

// Step64 implements [Rule].
func (r AdaSmooth) Step64(p *Part[float64]) { adasmooth(r, p) }

func adasmooth[T vec.Float](r AdaSmooth, p *Part[T]) {
	rho1, rho2, eps, rate := or(r.Rho1, 0.5), or(r.Rho2, 0.99), T(or(r.Eps, 1e-6)), T(p.LR)
	s, n, prev, v := p.V[0], p.V[1], p.V[2], p.V[3]
	if r.reference && p.K == 1 {
		copy(s, p.X) // the one ratio is that of x_0, for good
	}
	all := 0.0
	if r.reference {
		sum, size := 0.0, 0.0
		for _, x := range s {
			sum, size = sum+float64(x), size+math.Abs(float64(x))
		}
		all = math.Abs(sum) / size
	}
	for i, g := range p.G {
		e := T(all)
		if !r.reference && p.K > 1 {
			d := p.X[i] - prev[i]
			s[i] += d
			n[i] += abs(d)
			if n[i] != 0 {
				e = abs(s[i]) / n[i]
			}
		}
		prev[i] = p.X[i]
		c := T(rho2-rho1)*e + T(1-rho2)
		v[i] = (1-c*c)*v[i] + c*c*g*g
		p.X[i] -= rate * g / sqrt(v[i]+eps)
	}
}
