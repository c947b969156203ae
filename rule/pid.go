package rule

import (
	"github.com/godescent/descent/vec"
)

// PID is momentum with a term of the change of gradients, as of a controller:
//
//	v <- Momentum v + (1 - Dampening) g,  d <- Momentum d + (1 - Momentum)(g - g'),  d_1 = 0
//	x <- x - lr (g + Integral v + Derivative d)
//
// with g' the last gradient. Memory: 3 vectors.
//
// An, Wang, Sun, Xu, Dai, Zhang, A PID controller approach for stochastic optimization of deep
// networks, CVPR 2018, (13).
type PID struct {
	Momentum   float64 // in (0, 1); default 0.9
	Dampening  float64 // in [0, 1)
	Integral   float64 // >= 0; default 5, negative: 0
	Derivative float64 // >= 0; default 10, negative: 0
	reference  bool    // as the implementation of the trajectories has it; see Replay
}

// Check implements [Rule].
func (r PID) Check() error {
	return check("pid", unit("momentum", r.Momentum), unit("dampening", r.Dampening), positive("integral", max(r.Integral, 0)), positive("derivative", max(r.Derivative, 0)))
}

// Rate returns 1e-3.
func (r PID) Rate() float64 { return 1e-3 }

// Vectors implements [Rule].
func (r PID) Vectors() int { return 3 }

// Step32 implements [Rule].
func (r PID) Step32(p *Part[float32]) { pid(r, p) }

// Step64 implements [Rule].
func (r PID) Step64(p *Part[float64]) { pid(r, p) }

func pid[T vec.Float](r PID, p *Part[T]) {
	mu, rate := or(r.Momentum, 0.9), T(p.LR)
	a, c, fresh := T(mu), T(1-mu), T(1-r.Dampening)
	integral, derivative := T(orNone(r.Integral, 5)), T(orNone(r.Derivative, 10))
	v, d, prev := p.V[0], p.V[1], p.V[2]
	if p.K == 1 && !r.reference { // which takes the gradient before the second step for 0
		copy(prev, p.G)
	}
	for i, g := range p.G {
		v[i] = a*v[i] + fresh*g
		if p.K > 1 {
			d[i] = a*d[i] + c*(g-prev[i])
			prev[i] = g
		}
		p.X[i] -= rate * (g + integral*v[i] + derivative*d[i])
	}
}
