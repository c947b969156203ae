package rule

import (
	"math"

	"github.com/godescent/descent/vec"
)

// Yogi is Adam whose average of squares moves towards a new square by a part of that square, so
// that it never forgets fast:
//
//	m <- Beta1 m + (1 - Beta1) g,  v <- v - (1 - Beta2) sign(v - g^2) g^2,  m_0 = v_0 = Initial
//	x <- x - lr m^/(sqrt(v^) + Eps),  m^ = m/(1 - Beta1^k),  v^ = v/(1 - Beta2^k)
//
// Memory: 2 vectors.
//
// Zaheer, Reddi, Sachan, Kale, Kumar, Adaptive methods for nonconvex optimization, NeurIPS 2018,
// Algorithm 2. The correction of m and v is that of Adam; the paper has none.
type Yogi struct {
	Beta1   float64 // in (0, 1); default 0.9
	Beta2   float64 // in (0, 1); default 0.999
	Eps     float64 // > 0; default 1e-3
	Initial float64 // of m and v, >= 0; default 1e-6, negative: 0
}

// Check implements [Rule].
func (r Yogi) Check() error {
	return check("yogi", unit("beta1", r.Beta1), unit("beta2", r.Beta2), positive("eps", r.Eps), positive("initial", max(r.Initial, 0)))
}

// Rate returns 1e-2.
func (r Yogi) Rate() float64 { return 1e-2 }

// Vectors implements [Rule].
func (r Yogi) Vectors() int { return 2 }

// Step32 implements [Rule].
func (r Yogi) Step32(p *Part[float32]) { yogi(r, p) }

// Step64 implements [Rule].
func (r Yogi) Step64(p *Part[float64]) { yogi(r, p) }

func yogi[T vec.Float](r Yogi, p *Part[T]) {
	beta1, beta2, eps := or(r.Beta1, 0.9), or(r.Beta2, 0.999), T(or(r.Eps, 1e-3))
	a1, c1, c2 := T(beta1), T(1-beta1), T(1-beta2)
	rate, root := T(p.LR/bias(beta1, p.K)), T(1/math.Sqrt(bias(beta2, p.K)))
	m, v := p.V[0], p.V[1]
	if p.K == 1 {
		fill(m, T(orNone(r.Initial, 1e-6)))
		fill(v, T(orNone(r.Initial, 1e-6)))
	}
	for i, g := range p.G {
		m[i] = a1*m[i] + c1*g
		v[i] -= c2 * sign(v[i]-g*g) * g * g
		p.X[i] -= rate * m[i] / (root*sqrt(v[i]) + eps)
	}
}
