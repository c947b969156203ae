package rule

import (
	"errors"
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
	return errors.Join(checkAverages("adam", r.Beta1, r.Beta2, r.Eps), within("adam", "decay", r.Decay, 0, math.Inf(1)))
}

// Check implements [Rule].
func (r AdamW) Check() error {
	return errors.Join(checkAverages("adamw", r.Beta1, r.Beta2, r.Eps), within("adamw", "decay", max(r.Decay, 0), 0, math.Inf(1)))
}

func checkAverages(rule string, beta1, beta2, eps float64) error {
	return errors.Join(within(rule, "beta1", beta1, 0, 1), within(rule, "beta2", beta2, 0, 1), within(rule, "eps", eps, 0, math.Inf(1)))
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
func (r Adam) Step32(x, g []float32, v [][]float32, k int, lr float64) { adam(r, 0, x, g, v, k, lr) }

// Step64 implements [Rule].
func (r Adam) Step64(x, g []float64, v [][]float64, k int, lr float64) { adam(r, 0, x, g, v, k, lr) }

// Step32 implements [Rule].
func (r AdamW) Step32(x, g []float32, v [][]float32, k int, lr float64) {
	adam(r.adam(), r.decay(), x, g, v, k, lr)
}

// Step64 implements [Rule].
func (r AdamW) Step64(x, g []float64, v [][]float64, k int, lr float64) {
	adam(r.adam(), r.decay(), x, g, v, k, lr)
}

func (r AdamW) adam() Adam {
	return Adam{Beta1: r.Beta1, Beta2: r.Beta2, Eps: r.Eps, AMSGrad: r.AMSGrad}
}

func (r AdamW) decay() float64 { return max(0, or(r.Decay, 0.01)) }

func adam[T vec.Float](r Adam, decoupled float64, x, g []T, vectors [][]T, k int, lr float64) {
	beta1, beta2, eps := or(r.Beta1, 0.9), or(r.Beta2, 0.999), T(or(r.Eps, 1e-8))
	step := T(lr / (1 - math.Pow(beta1, float64(k))))
	root := T(math.Sqrt(1 - math.Pow(beta2, float64(k))))
	b1, c1, b2, c2 := T(beta1), T(1-beta1), T(beta2), T(1-beta2)
	coupled, shrink := T(r.Decay), T(1-lr*decoupled)
	m, v := vectors[0], vectors[1]
	top := v
	if r.AMSGrad {
		top = vectors[2]
	}
	for i, d := range g {
		d += coupled * x[i]
		m[i] = b1*m[i] + c1*d
		v[i] = b2*v[i] + c2*d*d
		if r.AMSGrad {
			top[i] = max(top[i], v[i])
		}
		x[i] = shrink*x[i] - step*m[i]/(T(math.Sqrt(float64(top[i])))/root+eps)
	}
}
