package grad

import (
	"math"

	"github.com/godescent/descent/vec"
)

// Tanh returns the hyperbolic tangent of x.
func Tanh[T vec.Float](x *Tensor[T]) *Tensor[T] { return mapped(x, tanh[T]{}, 0, 0) }

// Sigmoid returns 1/(1 + exp(-x)).
func Sigmoid[T vec.Float](x *Tensor[T]) *Tensor[T] { return mapped(x, sigmoid[T]{}, 0, 0) }

// ReLU returns max(x, 0). The derivative at 0 is 0.
func ReLU[T vec.Float](x *Tensor[T]) *Tensor[T] { return mapped(x, relu[T]{}, 0, 0) }

// LeakyReLU returns x where x > 0 and a x elsewhere.
func LeakyReLU[T vec.Float](x *Tensor[T], a T) *Tensor[T] { return mapped(x, leaky[T]{}, a, 0) }

// Clamp returns x limited to [lo, hi]. The derivative is 1 inside, ends included.
func Clamp[T vec.Float](x *Tensor[T], lo, hi T) *Tensor[T] {
	if t := ready("Clamp", x); t != nil && !(lo <= hi) {
		return t.fail("Clamp", "limits %v and %v: want the lower one first", lo, hi)
	}
	return mapped(x, clamp[T]{}, lo, hi)
}

// tanh: dx = (1 - y^2) dy.
type tanh[T vec.Float] struct{}

func (tanh[T]) name() string                { return "Tanh" }
func (tanh[T]) eval(y, x []T, _ *Tensor[T]) { vec.TanhTo(y, x) }

func (tanh[T]) slope(g, _, y []T, _ *Tensor[T]) {
	y = y[:len(g)]
	for i := range g {
		g[i] *= 1 - y[i]*y[i]
	}
}

func (tanh[T]) deriv(n *Tensor[T]) *Tensor[T] { return AddScalar(Neg(Square(n)), 1) }

// sigmoid: dx = y (1 - y) dy.
type sigmoid[T vec.Float] struct{}

func (sigmoid[T]) name() string                { return "Sigmoid" }
func (sigmoid[T]) eval(y, x []T, _ *Tensor[T]) { vec.SigmoidTo(y, x) }

func (sigmoid[T]) slope(g, _, y []T, _ *Tensor[T]) {
	y = y[:len(g)]
	for i := range g {
		g[i] *= y[i] * (1 - y[i])
	}
}

func (sigmoid[T]) deriv(n *Tensor[T]) *Tensor[T] { return Sub(n, Square(n)) }

// relu: dx = dy where x > 0, else 0.
type relu[T vec.Float] struct{}

func (relu[T]) name() string { return "ReLU" }

func (relu[T]) eval(y, x []T, _ *Tensor[T]) {
	x = x[:len(y)]
	for i := range y {
		y[i] = max(x[i], 0) // NaN stays
	}
}

func (relu[T]) slope(g, _, y []T, _ *Tensor[T]) {
	y = y[:len(g)]
	for i := range g {
		if y[i] == 0 {
			g[i] = 0
		}
	}
}

func (relu[T]) deriv(n *Tensor[T]) *Tensor[T] { return steps(n) }

// leaky: dx = dy where x > 0, else a dy.
type leaky[T vec.Float] struct{}

func (leaky[T]) name() string { return "LeakyReLU" }

func (leaky[T]) eval(y, x []T, n *Tensor[T]) {
	a := n.a
	for i, v := range x[:len(y)] {
		if v <= 0 {
			v *= a
		}
		y[i] = v
	}
}

func (leaky[T]) slope(g, x, _ []T, n *Tensor[T]) {
	a := n.a
	for i, v := range x[:len(g)] {
		if v <= 0 {
			g[i] *= a
		}
	}
}

func (leaky[T]) deriv(n *Tensor[T]) *Tensor[T] { return steps(n) }

// clamp: dx = dy where a <= x <= b, else 0.
type clamp[T vec.Float] struct{}

func (clamp[T]) name() string { return "Clamp" }

func (clamp[T]) eval(y, x []T, n *Tensor[T]) {
	for i, v := range x[:len(y)] {
		y[i] = min(max(v, n.a), n.b)
	}
}

func (clamp[T]) slope(g, x, _ []T, n *Tensor[T]) {
	for i, v := range x[:len(g)] {
		if v < n.a || v > n.b {
			g[i] = 0
		}
	}
}

func (clamp[T]) deriv(n *Tensor[T]) *Tensor[T] { return steps(n) }

// Softplus returns log(1 + exp(x)), without overflow.
func Softplus[T vec.Float](x *Tensor[T]) *Tensor[T] { return mapped(x, softplus[T]{}, 0, 0) }

// softplus: dx = sigmoid(x) dy.
type softplus[T vec.Float] struct{}

func (softplus[T]) name() string { return "Softplus" }

func (softplus[T]) eval(y, x []T, _ *Tensor[T]) {
	for i, v := range x[:len(y)] {
		y[i] = T(softplus1(float64(v)))
	}
}

func softplus1(x float64) float64 { return max(x, 0) + math.Log1p(math.Exp(-math.Abs(x))) }

func (softplus[T]) slope(g, x, _ []T, _ *Tensor[T]) {
	var s [256]T
	for len(g) > 0 {
		n := min(len(g), len(s))
		vec.SigmoidTo(s[:n], x[:n])
		mulBy(g[:n], s[:n])
		g, x = g[n:], x[n:]
	}
}

func (softplus[T]) deriv(n *Tensor[T]) *Tensor[T] { return Sigmoid(n.in[0]) }

// SiLU returns x sigmoid(x) (Elfwing, Uchibe and Doya 2018).
func SiLU[T vec.Float](x *Tensor[T]) *Tensor[T] { return mapped(x, silu[T]{}, 0, 0) }

// silu: with s = sigmoid(x), dx = s (1 + x (1 - s)) dy.
type silu[T vec.Float] struct{}

func (silu[T]) name() string { return "SiLU" }

func (silu[T]) eval(y, x []T, _ *Tensor[T]) {
	vec.SigmoidTo(y, x)
	mulBy(y, x)
}

func (silu[T]) slope(g, x, _ []T, _ *Tensor[T]) {
	var s [256]T
	for len(g) > 0 {
		n := min(len(g), len(s))
		vec.SigmoidTo(s[:n], x[:n])
		for i, v := range s[:n] {
			g[i] *= v * (1 + x[i]*(1-v))
		}
		g, x = g[n:], x[n:]
	}
}

func (silu[T]) deriv(n *Tensor[T]) *Tensor[T] {
	x := n.in[0]
	s := Sigmoid(x)
	return Mul(s, AddScalar(Mul(x, AddScalar(Neg(s), 1)), 1))
}

// GELU returns x Phi(x), with Phi the standard normal distribution function (Hendrycks and
// Gimpel 2016), by the error function.
func GELU[T vec.Float](x *Tensor[T]) *Tensor[T] { return mapped(x, gelu[T]{}, 0, 0) }

// gelu: dx = (Phi(x) + x phi(x)) dy, with the density phi.
type gelu[T vec.Float] struct{}

func (gelu[T]) name() string { return "GELU" }

func (gelu[T]) eval(y, x []T, _ *Tensor[T]) {
	normalTo(y, x)
	mulBy(y, x)
}

// normalTo stores Phi(x) in p.
func normalTo[T vec.Float](p, x []T) {
	for i, v := range x[:len(p)] {
		p[i] = v * (1 / math.Sqrt2)
	}
	vec.ErfTo(p, p)
	for i := range p {
		p[i] = 0.5*p[i] + 0.5
	}
}

func (gelu[T]) slope(g, x, _ []T, _ *Tensor[T]) {
	var p, e [256]T
	for len(g) > 0 {
		n := min(len(g), len(p))
		normalTo(p[:n], x[:n])
		for i, v := range x[:n] {
			e[i] = -0.5 * v * v
		}
		vec.ExpTo(e[:n], e[:n])
		for i, v := range x[:n] {
			g[i] *= p[i] + v*(1/(math.Sqrt2*math.SqrtPi))*e[i]
		}
		g, x = g[n:], x[n:]
	}
}

func (gelu[T]) deriv(n *Tensor[T]) *Tensor[T] {
	x := n.in[0]
	cdf := AddScalar(Scale(Erf(Scale(x, 1/math.Sqrt2)), 0.5), 0.5)
	density := Scale(Exp(Scale(Square(x), -0.5)), 1/(math.Sqrt2*math.SqrtPi))
	return Add(cdf, Mul(x, density))
}
