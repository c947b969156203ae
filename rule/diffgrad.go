package rule

import (
	"math"

	"github.com/godescent/descent/vec"
)

// DiffGrad is Adam with steps that are shorter, up to a half, where the gradient changes little:
//
//	m <- Beta1 m + (1 - Beta1) g,  v <- Beta2 v + (1 - Beta2) g^2
//	xi = 1/(1 + exp(-|g' - g|)),  g' <- g
//	x <- x - lr xi m^/(sqrt(v^) + Eps)
//
// With EarlyEps the step is lr sqrt(1 - Beta2^k)/(1 - Beta1^k) xi m/(sqrt(v) + Eps), as in the
// authors' code. Memory: 3 vectors.
//
// Dubey et al., diffGrad: an optimization method for convolutional neural networks, IEEE TNNLS 31(11), 2020,
// arXiv:1909.11015. The first code of the authors let g' alias g, so that xi was 1/2 from step 2 on.
type DiffGrad struct {
	Beta1    float64 // in (0, 1); default 0.9
	Beta2    float64 // in (0, 1); default 0.999
	Eps      float64 // > 0; default 1e-8
	EarlyEps bool    // Eps before the correction

	reference bool // as the first code of the authors, which Replay recognizes
}

// Check implements [Rule].
func (r DiffGrad) Check() error {
	return check("diffgrad", unit("beta1", r.Beta1), unit("beta2", r.Beta2), positive("eps", r.Eps))
}

// Rate returns 1e-3.
func (r DiffGrad) Rate() float64 { return 1e-3 }

// Vectors implements [Rule].
func (r DiffGrad) Vectors() int { return 3 }

// Step32 implements [Rule].
func (r DiffGrad) Step32(p *Part[float32]) { diffgrad(r, p) }

// Step64 implements [Rule].
func (r DiffGrad) Step64(p *Part[float64]) { diffgrad(r, p) }

func diffgrad[T vec.Float](r DiffGrad, p *Part[T]) {
	beta1, beta2 := or(r.Beta1, 0.9), or(r.Beta2, 0.999)
	a1, c1, a2, c2 := T(beta1), T(1-beta1), T(beta2), T(1-beta2)
	rate, root, eps := T(p.LR/bias(beta1, p.K)), math.Sqrt(bias(beta2, p.K)), or(r.Eps, 1e-8)
	if r.EarlyEps {
		eps /= root
	}
	grow, add := T(1/root), T(eps)
	m, v, prev := p.V[0], p.V[1], p.V[2]
	xi := p.Scratch(len(v))
	for i, g := range p.G {
		xi[i] = abs(prev[i] - g)
	}
	if r.reference && p.K > 1 {
		clear(xi)
	}
	vec.SigmoidTo(xi, xi)
	copy(prev, p.G)
	for i, g := range p.G {
		m[i] = a1*m[i] + c1*g
		v[i] = a2*v[i] + c2*g*g
		p.X[i] -= rate * xi[i] * m[i] / (grow*sqrt(v[i]) + add)
	}
}
