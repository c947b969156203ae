package rule

import (
	"math"

	"github.com/godescent/descent/vec"
)

// Grams takes the sizes of steps from Adam and their signs from the gradient:
//
//	m and v are averages of g and g^2 with Beta1 and Beta2
//	x <- x - lr sign(g) |m^|/(sqrt(v^) + Eps)
//
// Memory: 2 vectors.
//
// Cao, Li, Song, Grams: gradient descent with adaptive momentum scaling, 2024, arXiv:2412.17107, Definition 4.1.
type Grams struct {
	Beta1     float64 // in (0, 1); default 0.9
	Beta2     float64 // in (0, 1); default 0.999
	Eps       float64 // > 0; default 1e-6
	reference bool    // as the implementation of the trajectories has it; see Replay
}

// Check implements [Rule].
func (r Grams) Check() error {
	return check("grams", unit("beta1", r.Beta1), unit("beta2", r.Beta2), positive("eps", r.Eps))
}

// Rate returns 1e-3.
func (r Grams) Rate() float64 { return 1e-3 }

// Vectors implements [Rule].
func (r Grams) Vectors() int { return 2 }

// Step32 implements [Rule].
func (r Grams) Step32(p *Part[float32]) { grams(r, p) }

// Step64 implements [Rule].
func (r Grams) Step64(p *Part[float64]) { grams(r, p) }

func grams[T vec.Float](r Grams, p *Part[T]) {
	beta1, beta2, eps := or(r.Beta1, 0.9), or(r.Beta2, 0.999), T(or(r.Eps, 1e-6))
	a1, c1, a2, c2 := T(beta1), T(1-beta1), T(beta2), T(1-beta2)
	rate, root := T(p.LR/bias(beta1, p.K)), T(1/math.Sqrt(bias(beta2, p.K)))
	if r.reference { // beta1 weighs the new gradient, and the correction of v has a root too many
		a1, c1, root = c1, a1, sqrt(root)
	}
	m, v := p.V[0], p.V[1]
	for i, g := range p.G {
		m[i] = a1*m[i] + c1*g
		v[i] = a2*v[i] + c2*g*g
		p.X[i] -= rate * sign(g) * abs(m[i]) / (root*sqrt(v[i]) + eps)
	}
}
