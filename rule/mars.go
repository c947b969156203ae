package rule

import (
	"math"

	"github.com/godescent/descent/vec"
)

// MARS is AdamW on gradients that are corrected for variance by the change from the last one:
//
//	c = g + Gamma Beta1/(1 - Beta1)(g - g'),  c <- c/max(1, |c|) by block
//	m <- Beta1 m + (1 - Beta1) c,  v <- Beta2 v + (1 - Beta2) c^2
//	x <- x - lr m^ sqrt(1 - Beta2^k)/(sqrt(v + EpsRoot) + Eps),  m^ = m/(1 - Beta1^k)
//
// Blocks of one axis take AdamW's step with its own betas and Ratio lr, unless All. g' is the last gradient, of the last
// batch (MARS-approx). Memory: 3 vectors.
//
// Yuan, Liu, Wu, Zhou, Gu, MARS: unleashing the power of variance reduction for training large models, ICML 2025,
// arXiv:2411.10438, Algorithm 2.
type MARS struct {
	Beta1     float64 // in (0, 1); default 0.95
	Beta2     float64 // in (0, 1); default 0.99
	Eps       float64 // > 0; default 1e-8
	EpsRoot   float64 // added to v inside of the root, >= 0
	Gamma     float64 // >= 0; default 0.025, negative: none
	All       bool    // blocks of one axis too
	Beta1Axis float64 // of blocks of one axis, in (0, 1); default 0.9
	Beta2Axis float64 // of blocks of one axis, in (0, 1); default 0.95
	Ratio     float64 // of learning rates, of blocks of one axis, > 0; default 0.3
}

// Check implements [Rule].
func (r MARS) Check() error {
	return check("mars", unit("beta1", r.Beta1), unit("beta2", r.Beta2), positive("eps", r.Eps), positive("eps-root", r.EpsRoot),
		positive("gamma", max(r.Gamma, 0)), unit("beta1-axis", r.Beta1Axis), unit("beta2-axis", r.Beta2Axis), positive("ratio", r.Ratio))
}

// Rate returns 3e-3.
func (r MARS) Rate() float64 { return 3e-3 }

// Vectors implements [Rule].
func (r MARS) Vectors() int { return 3 }

// Needs implements [Needer].
func (r MARS) Needs() Needs { return Needs{Scope: Blocks} }

// Step32 implements [Rule].
func (r MARS) Step32(p *Part[float32]) { mars(r, p) }

// Step64 implements [Rule].
func (r MARS) Step64(p *Part[float64]) { mars(r, p) }

func mars[T vec.Float](r MARS, p *Part[T]) {
	beta1, beta2, lr := or(r.Beta1, 0.95), or(r.Beta2, 0.99), p.LR
	m, v, prev, c := p.V[0], p.V[1], p.V[2], p.Scratch(len(p.G))
	copy(c, p.G)
	if p.matrix() || r.All {
		w := T(orNone(r.Gamma, 0.025) * beta1 / (1 - beta1))
		for i, g := range p.G {
			c[i] = g + w*(g-prev[i])
		}
		if size := norm(c); size > 1 {
			vec.Scal(T(1/size), c)
		}
	} else {
		beta1, beta2, lr = or(r.Beta1Axis, 0.9), or(r.Beta2Axis, 0.95), lr*or(r.Ratio, 0.3)
	}
	copy(prev, p.G)
	a1, c1, a2, c2 := T(beta1), T(1-beta1), T(beta2), T(1-beta2)
	rate, root, eps, inside := T(lr/bias(beta1, p.K)), T(1/math.Sqrt(bias(beta2, p.K))), T(or(r.Eps, 1e-8)), T(r.EpsRoot)
	for i, d := range c {
		m[i] = a1*m[i] + c1*d
		v[i] = a2*v[i] + c2*d*d
		p.X[i] -= rate * m[i] / (root * (sqrt(v[i]+inside) + eps))
	}
}
