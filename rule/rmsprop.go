package rule

import "github.com/godescent/descent/vec"

// RMSProp divides the gradient by a running root mean square of it:
//
//	g <- g + Decay x,  v <- Alpha v + (1 - Alpha) g^2
//	centered:  a <- Alpha a + (1 - Alpha) g,  and v - a^2 in place of v
//	b <- Momentum b + g/(sqrt(v) + Eps),  x <- x - lr b
//
// Memory: 1 vector, 1 more each with momentum and if centered.
//
// Tieleman and Hinton, Lecture 6.5: rmsprop, Neural networks for machine learning, 2012.
// Centered: Graves, Generating sequences with recurrent neural networks, 2013, arXiv:1308.0850.
type RMSProp struct {
	Alpha    float64 // in (0, 1); default 0.99
	Eps      float64 // > 0; default 1e-8
	Momentum float64 // in [0, 1)
	Centered bool
	Decay    float64 // weight of |x|^2/2 in the objective, >= 0
}

// Check implements [Rule].
func (r RMSProp) Check() error {
	return check("rmsprop", unit("alpha", r.Alpha), positive("eps", r.Eps), unit("momentum", r.Momentum), positive("decay", r.Decay))
}

// Rate returns 1e-3.
func (r RMSProp) Rate() float64 { return 1e-3 }

// Vectors implements [Rule].
func (r RMSProp) Vectors() int {
	n := 1
	if r.Momentum > 0 {
		n++
	}
	if r.Centered {
		n++
	}
	return n
}

// Step32 implements [Rule].
func (r RMSProp) Step32(p *Part[float32]) { rmsprop(r, p) }

// Step64 implements [Rule].
func (r RMSProp) Step64(p *Part[float64]) { rmsprop(r, p) }

func rmsprop[T vec.Float](r RMSProp, p *Part[T]) {
	alpha := or(r.Alpha, 0.99)
	if r.Momentum == 0 && !r.Centered {
		c := vec.Roots[T]{Old: T(alpha), New: T(1 - alpha), Decay: T(r.Decay), Rate: T(p.LR), Eps: T(or(r.Eps, 1e-8))}
		c.Step(p.X, p.V[0], p.G)
		return
	}
	a, c, eps, mu, decay, rate := T(alpha), T(1-alpha), T(or(r.Eps, 1e-8)), T(r.Momentum), T(r.Decay), T(p.LR)
	v := p.V[0]
	b, mean := v, v // not used
	if r.Momentum > 0 {
		b = p.V[1]
	}
	if r.Centered {
		mean = p.V[len(p.V)-1]
	}
	for i, d := range p.G {
		d += decay * p.X[i]
		v[i] = a*v[i] + c*d*d
		s := v[i]
		if r.Centered {
			mean[i] = a*mean[i] + c*d
			s = max(0, s-mean[i]*mean[i]) // rounding takes it below
		}
		d /= sqrt(s) + eps
		if r.Momentum > 0 {
			b[i] = mu*b[i] + d
			d = b[i]
		}
		p.X[i] -= rate * d
	}
}
