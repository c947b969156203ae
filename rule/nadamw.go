package rule

import "github.com/godescent/descent/vec"

// NAdamW is [AdamW] with Nesterov's momentum in its plain form, without the warming up of [NAdam]:
//
//	x <- (1 - lr Decay) x
//	m <- Beta1 m + (1 - Beta1) g,  v <- Beta2 v + (1 - Beta2) g^2
//	x <- x - lr n^/(sqrt(v/(1 - Beta2^k)) + Eps),  n^ = (Beta1 m + (1 - Beta1) g)/(1 - Beta1^k)
//
// Memory: 2 vectors.
//
// Dozat, Incorporating Nesterov momentum into Adam, ICLR 2016 workshop; Dahl et al., Benchmarking neural network training
// algorithms, 2023, arXiv:2306.07179, whose baseline it is.
type NAdamW struct {
	Beta1 float64 // in (0, 1); default 0.9
	Beta2 float64 // in (0, 1); default 0.999
	Eps   float64 // > 0; default 1e-8
	Decay float64 // >= 0; default 0.01, negative: none
}

// Check implements [Rule].
func (r NAdamW) Check() error {
	return check("nadamw", unit("beta1", r.Beta1), unit("beta2", r.Beta2), positive("eps", r.Eps), positive("decay", max(r.Decay, 0)))
}

// Rate returns 1e-3.
func (r NAdamW) Rate() float64 { return 1e-3 }

// Vectors implements [Rule].
func (r NAdamW) Vectors() int { return 2 }

// Step32 implements [Rule].
func (r NAdamW) Step32(p *Part[float32]) { nadamw(r, p) }

// Step64 implements [Rule].
func (r NAdamW) Step64(p *Part[float64]) { nadamw(r, p) }

func nadamw[T vec.Float](r NAdamW, p *Part[T]) {
	beta1, beta2, eps := or(r.Beta1, 0.9), or(r.Beta2, 0.999), T(or(r.Eps, 1e-8))
	a1, c1, a2, c2 := T(beta1), T(1-beta1), T(beta2), T(1-beta2)
	step, root, keep := T(p.LR/bias(beta1, p.K)), T(1/bias(beta2, p.K)), T(1-p.LR*orNone(r.Decay, 0.01))
	m, v := p.V[0], p.V[1]
	for i, g := range p.G {
		m[i] = a1*m[i] + c1*g
		v[i] = a2*v[i] + c2*g*g
		p.X[i] = keep*p.X[i] - step*(a1*m[i]+c1*g)/(sqrt(v[i]*root)+eps)
	}
}
