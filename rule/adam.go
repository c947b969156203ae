package rule

import (
	"math"

	"github.com/godescent/descent/vec"
)

// Adam has steps of about lr along each parameter, from averages of the gradient and its square:
//
//	g <- g + Decay x
//	m <- Beta1 m + (1 - Beta1) g,  v <- Beta2 v + (1 - Beta2) g^2
//	x <- x - lr m^ / (sqrt(v^) + Eps),  m^ = m/(1 - Beta1^k),  v^ = v/(1 - Beta2^k)
//
// With AMSGrad the largest v so far takes the place of v. Memory: 2 vectors, 3 with AMSGrad.
//
// Kingma and Ba, Adam: a method for stochastic optimization, ICLR 2015, arXiv:1412.6980.
// Reddi, Kale, Kumar, On the convergence of Adam and beyond, ICLR 2018, arXiv:1904.09237.
type Adam struct {
	Beta1   float64 // in (0, 1); default 0.9
	Beta2   float64 // in (0, 1); default 0.999
	Eps     float64 // > 0; default 1e-8
	Decay   float64 // weight of |x|^2/2 in the objective, >= 0
	AMSGrad bool    // never lets the step along a parameter grow by itself
}

// AdamW is Adam with decoupled weight decay: x <- (1 - lr Decay) x before the step.
//
// Loshchilov and Hutter, Decoupled weight decay regularization, ICLR 2019, arXiv:1711.05101.
type AdamW struct {
	Beta1   float64 // in (0, 1); default 0.9
	Beta2   float64 // in (0, 1); default 0.999
	Eps     float64 // > 0; default 1e-8
	Decay   float64 // >= 0; default 0.01, negative: none
	AMSGrad bool    // as in Adam
}

// Check implements [Rule].
func (r Adam) Check() error {
	return check("adam", unit("beta1", r.Beta1), unit("beta2", r.Beta2), positive("eps", r.Eps), positive("decay", r.Decay))
}

// Check implements [Rule].
func (r AdamW) Check() error {
	return check("adamw", unit("beta1", r.Beta1), unit("beta2", r.Beta2), positive("eps", r.Eps), positive("decay", max(r.Decay, 0)))
}

// Rate returns 1e-3.
func (r Adam) Rate() float64 { return 1e-3 }

// Rate returns 1e-3.
func (r AdamW) Rate() float64 { return 1e-3 }

// Vectors implements [Rule].
func (r Adam) Vectors() int {
	if r.AMSGrad {
		return 3
	}
	return 2
}

// Vectors implements [Rule].
func (r AdamW) Vectors() int { return Adam{AMSGrad: r.AMSGrad}.Vectors() }

// Step32 implements [Rule].
func (r Adam) Step32(p *Part[float32]) { adam(r, 0, p) }

// Step64 implements [Rule].
func (r Adam) Step64(p *Part[float64]) { adam(r, 0, p) }

// Step32 implements [Rule].
func (r AdamW) Step32(p *Part[float32]) { adam(r.adam(), orNone(r.Decay, 0.01), p) }

// Step64 implements [Rule].
func (r AdamW) Step64(p *Part[float64]) { adam(r.adam(), orNone(r.Decay, 0.01), p) }

func (r AdamW) adam() Adam {
	return Adam{Beta1: r.Beta1, Beta2: r.Beta2, Eps: r.Eps, AMSGrad: r.AMSGrad}
}

func adam[T vec.Float](r Adam, decoupled float64, p *Part[T]) {
	beta1, beta2 := or(r.Beta1, 0.9), or(r.Beta2, 0.999)
	c := vec.Moments[T]{
		Old1: T(beta1), New1: T(1 - beta1), Old2: T(beta2), New2: T(1 - beta2),
		Decay: T(r.Decay), Shrink: T(1 - p.LR*decoupled),
		Rate: T(p.LR / bias(beta1, p.K)), Root: T(1 / math.Sqrt(bias(beta2, p.K))), Eps: T(or(r.Eps, 1e-8)),
	}
	m, v := p.V[0], p.V[1]
	if !r.AMSGrad {
		c.Step(p.X, m, v, p.G)
		return
	}
	top := p.V[2]
	for i, g := range p.G {
		g += c.Decay * p.X[i]
		m[i] = c.Old1*m[i] + c.New1*g
		v[i] = c.Old2*v[i] + c.New2*g*g
		top[i] = max(top[i], v[i])
		p.X[i] = c.Shrink*p.X[i] - c.Rate*m[i]/(c.Root*sqrt(top[i])+c.Eps)
	}
}
