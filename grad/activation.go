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

func (tanh[T]) curve(g, _, y []T) {
	y = y[:len(g)]
	for i, v := range y {
		g[i] *= 2 * v * (v*v - 1)
	}
}

func (tanh[T]) deriv(n *Tensor[T]) *Tensor[T] { return mapped(n, parabola[T]{}, -1, 0) }

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

func (sigmoid[T]) curve(g, _, y []T) {
	y = y[:len(g)]
	for i, v := range y {
		g[i] *= v * (1 - v) * (1 - 2*v)
	}
}

func (sigmoid[T]) deriv(n *Tensor[T]) *Tensor[T] { return mapped(n, parabola[T]{}, 0, 1) }

// parabola is the derivative of tanh, 1 - y^2 (a = -1, b = 0), and of sigmoid, y - y^2 (a = 0,
// b = 1), as a function of their value y: b y - y^2 - a.
type parabola[T vec.Float] struct{}

func (parabola[T]) name() string { return "Parabola" }

func (parabola[T]) eval(y, x []T, n *Tensor[T]) {
	a, b := n.a, n.b
	x = x[:len(y)]
	for i := range y {
		y[i] = x[i]*(b-x[i]) - a
	}
}

func (parabola[T]) slope(g, x, _ []T, n *Tensor[T]) {
	b := n.b
	x = x[:len(g)]
	for i := range g {
		g[i] *= b - 2*x[i]
	}
}

func (parabola[T]) deriv(n *Tensor[T]) *Tensor[T] { return mapped(n.in[0], affine[T]{}, -2, n.b) }

// relu: dx = dy where x > 0, else 0.
type relu[T vec.Float] struct{}

func (relu[T]) name() string                    { return "ReLU" }
func (relu[T]) eval(y, x []T, _ *Tensor[T])     { vec.ReluTo(y, x[:len(y)]) }
func (relu[T]) slope(g, _, y []T, _ *Tensor[T]) { vec.MaskZeros(g, y) }

func (relu[T]) bends()                        {}
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

func (leaky[T]) bends() {}

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

func (clamp[T]) bends() {}

func (clamp[T]) deriv(n *Tensor[T]) *Tensor[T] { return steps(n) }

// Softplus returns log(1 + exp(x)), without overflow.
func Softplus[T vec.Float](x *Tensor[T]) *Tensor[T] { return mapped(x, softplus[T]{}, 0, 0) }

// softplus: dx = sigmoid(x) dy, which is kept.
type softplus[T vec.Float] struct{}

func (softplus[T]) name() string { return "Softplus" }

func (softplus[T]) eval(y, x []T, _ *Tensor[T]) {
	for i, v := range x[:len(y)] {
		y[i] = T(softplus1(float64(v)))
	}
}

func (f softplus[T]) evalSlope(y, d, x []T) {
	f.eval(y, x, nil)
	vec.SigmoidTo(d, x)
}

func softplus1(x float64) float64 { return max(x, 0) + math.Log1p(math.Exp(-math.Abs(x))) }

func (softplus[T]) deriv(n *Tensor[T]) *Tensor[T] { return Sigmoid(n.in[0]) }

// SiLU returns x sigmoid(x) (Elfwing, Uchibe and Doya 2018).
func SiLU[T vec.Float](x *Tensor[T]) *Tensor[T] { return mapped(x, silu[T]{}, 0, 0) }

// silu: with s = sigmoid(x), dx = s (1 + x (1 - s)) dy, which is kept.
type silu[T vec.Float] struct{}

func (silu[T]) name() string { return "SiLU" }

func (silu[T]) eval(y, x []T, _ *Tensor[T]) {
	vec.SigmoidTo(y, x)
	mulBy(y, x)
}

func (silu[T]) evalSlope(y, d, x []T) {
	vec.SigmoidTo(d, x)
	d, x = d[:len(y)], x[:len(y)]
	for i, s := range d {
		y[i] = x[i] * s
		d[i] = s * (1 + x[i]*(1-s))
	}
}

func (silu[T]) curve(g, x, _ []T) { siluSlope[T]{}.slope(g, x, nil, nil) }

func (silu[T]) deriv(n *Tensor[T]) *Tensor[T] { return kept(n, siluSlope[T]{}) }

// siluSlope is the derivative of SiLU. With s = sigmoid(x), its own is s (1 - s) (2 + x (1 - 2 s)).
type siluSlope[T vec.Float] struct{}

func (siluSlope[T]) name() string { return "SiLU'" }

func (siluSlope[T]) eval(y, x []T, _ *Tensor[T]) {
	vec.SigmoidTo(y, x)
	for i, s := range y {
		y[i] = s * (1 + x[i]*(1-s))
	}
}

func (siluSlope[T]) slope(g, x, _ []T, _ *Tensor[T]) {
	var buf [256]T
	for len(g) > 0 {
		n := min(len(g), len(buf))
		vec.SigmoidTo(buf[:n], x[:n])
		for i, s := range buf[:n] {
			g[i] *= s * (1 - s) * (2 + x[i]*(1-2*s))
		}
		g, x = g[n:], x[n:]
	}
}

func (siluSlope[T]) deriv(n *Tensor[T]) *Tensor[T] {
	x := n.in[0]
	s := Sigmoid(x)
	return Mul(mapped(s, parabola[T]{}, 0, 1), AddScalar(Mul(x, mapped(s, affine[T]{}, -2, 1)), 2))
}

// GELU returns x Phi(x), with Phi the standard normal distribution function (Hendrycks and
// Gimpel 2016), by the error function.
func GELU[T vec.Float](x *Tensor[T]) *Tensor[T] { return mapped(x, gelu[T]{}, 0, 0) }

// gelu: dx = (Phi(x) + x phi(x)) dy, with the density phi, which is kept.
type gelu[T vec.Float] struct{}

func (gelu[T]) name() string { return "GELU" }

func (gelu[T]) eval(y, x []T, _ *Tensor[T]) {
	var d [256]T
	for len(y) > 0 {
		n := min(len(y), len(d))
		vec.GeluTo(y[:n], d[:n], x[:n])
		y, x = y[n:], x[n:]
	}
}

func (gelu[T]) evalSlope(y, d, x []T) { vec.GeluTo(y, d, x) }

func (gelu[T]) curve(g, x, _ []T) { geluSlope[T]{}.slope(g, x, nil, nil) }

func (gelu[T]) deriv(n *Tensor[T]) *Tensor[T] { return kept(n, geluSlope[T]{}) }

// geluSlope is the derivative of GELU. Its own is phi(x) (2 - x^2).
type geluSlope[T vec.Float] struct{}

func (geluSlope[T]) name() string { return "GELU'" }

func (geluSlope[T]) eval(y, x []T, _ *Tensor[T]) {
	var buf [256]T
	for len(y) > 0 {
		n := min(len(y), len(buf))
		vec.GeluTo(buf[:n], y[:n], x[:n])
		y, x = y[n:], x[n:]
	}
}

func (geluSlope[T]) slope(g, x, _ []T, _ *Tensor[T]) {
	var buf [256]T
	for len(g) > 0 {
		n := min(len(g), len(buf))
		for i, v := range x[:n] {
			buf[i] = -0.5 * v * v
		}
		vec.ExpTo(buf[:n], buf[:n])
		for i, v := range x[:n] {
			g[i] *= (1 / (math.Sqrt2 * math.SqrtPi)) * buf[i] * (2 - v*v)
		}
		g, x = g[n:], x[n:]
	}
}

func (geluSlope[T]) deriv(n *Tensor[T]) *Tensor[T] {
	q := Square(n.in[0])
	return Mul(Exp(Scale(q, -0.5)), mapped(q, affine[T]{}, -1/(math.Sqrt2*math.SqrtPi), math.Sqrt2/math.SqrtPi))
}
