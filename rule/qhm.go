package rule

import (
	"github.com/godescent/descent/vec"
)

// QHM steps along a mean of the gradient and its average:
//
//	m <- Beta m + (1 - Beta) g
//	x <- x - lr ((1 - Nu) g + Nu m)
//
// Nu = 0 is SGD, 1 is momentum, Beta Nesterov's (in the form with averages). Memory: 1 vector.
//
// Ma and Yarats, Quasi-hyperbolic momentum and Adam for deep learning, ICLR 2019, arXiv:1810.06801, (3) and (4).
type QHM struct {
	Beta float64 // in (0, 1); default 0.999
	Nu   float64 // in [0, 1]; default 0.7, negative: 0
}

// Check implements [Rule].
func (r QHM) Check() error {
	return check("qhm", unit("beta", r.Beta), fraction("nu", max(r.Nu, 0)))
}

// Rate returns 1.
func (r QHM) Rate() float64 { return 1 }

// Vectors implements [Rule].
func (r QHM) Vectors() int { return 1 }

// Step32 implements [Rule].
func (r QHM) Step32(p *Part[float32]) { qhm(r, p) }

// Step64 implements [Rule].
func (r QHM) Step64(p *Part[float64]) { qhm(r, p) }

func qhm[T vec.Float](r QHM, p *Part[T]) {
	beta, nu := or(r.Beta, 0.999), orNone(r.Nu, 0.7)
	a, c, old, fresh := T(beta), T(1-beta), T(p.LR*nu), T(p.LR*(1-nu))
	m := p.V[0]
	for i, g := range p.G {
		m[i] = a*m[i] + c*g
		p.X[i] -= old*m[i] + fresh*g
	}
}
