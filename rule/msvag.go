package rule

import (
	"math"

	"github.com/godescent/descent/vec"
)

// MSVAG multiplies momentum by an estimate of its signal to noise, element by element:
//
//	m <- Beta m + (1 - Beta) g,  v <- Beta v + (1 - Beta) g^2,  both corrected to m^ and v^
//	rho = (1 - Beta)(1 + Beta^k)/((1 + Beta)(1 - Beta^k)),  s = (v^ - m^2)/(1 - rho)
//	x <- x - lr m^2/(m^2 + rho s) m^
//
// with the corrected m and v in the fraction. Memory: 2 vectors.
//
// Balles and Hennig, Dissecting Adam: the sign, magnitude and variance of stochastic gradients, ICML 2018,
// arXiv:1705.07774, Algorithm 3.
type MSVAG struct {
	Beta      float64 // in (0, 1); default 0.9
	reference bool    // as the implementation of the trajectories has it; see Replay
}

// Check implements [Rule].
func (r MSVAG) Check() error {
	return check("msvag", unit("beta", r.Beta))
}

// Rate returns 1e-2.
func (r MSVAG) Rate() float64 { return 1e-2 }

// Vectors implements [Rule].
func (r MSVAG) Vectors() int { return 2 }

// Step32 implements [Rule].
func (r MSVAG) Step32(p *Part[float32]) { msvag(r, p) }

// Step64 implements [Rule].
func (r MSVAG) Step64(p *Part[float64]) { msvag(r, p) }

func msvag[T vec.Float](r MSVAG, p *Part[T]) {
	beta := or(r.Beta, 0.9)
	power := math.Pow(beta, float64(p.K))
	correct, rho := 1/(1-power), (1-beta)*(1+power)/((1+beta)*(1-power))
	if r.reference { // divides by beta^k, and has other powers in rho
		correct, rho = 1/power, (1-power*power)*(1-beta)/((1-power)*(1-power))
	}
	rho = min(rho, 0.9999)
	a, c, rate := T(beta), T(1-beta), T(p.LR)
	m, v := p.V[0], p.V[1]
	for i, g := range p.G {
		m[i] = a*m[i] + c*g
		v[i] = a*v[i] + c*g*g
		mean := m[i] * T(correct)
		square := mean * mean
		s := (v[i]*T(correct) - square) / T(1-rho)
		factor := square / (square + T(rho)*s)
		if square == 0 && s == 0 {
			factor = 0
		}
		p.X[i] -= rate * mean * min(1, max(0, factor))
	}
}
