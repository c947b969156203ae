package vec

import "math"

// The updates below are one pass over memory each: what a gradient g changes in x and in
// what is remembered from the steps before. All slices have one length, and none may
// overlap another. NaN stays in its own element.

// Axpby stores a x + b y in y.
func Axpby[T Float](a T, x []T, b T, y []T) {
	match(len(x), len(y))
	axpby(&[2]T{a, b}, x, y)
}

// Momentum are the numbers of a step along a sum v of gradients that forgets.
type Momentum[T Float] struct {
	Old, New T // v = Old v + New d
	Decay    T // d = g + Decay x
	Rate     T // x = x - Rate v
}

// Step makes the step.
func (c *Momentum[T]) Step(x, v, g []T) {
	match(len(x), len(v))
	match(len(x), len(g))
	momentumStep(c, x, v, g)
}

// Nesterov makes the step along d + Old v, with the new v.
func (c *Momentum[T]) Nesterov(x, v, g []T) {
	match(len(x), len(v))
	match(len(x), len(g))
	nesterovStep(c, x, v, g)
}

// Moments are the numbers of a step along an average m of gradients, divided by the root
// of an average v of squares.
type Moments[T Float] struct {
	Old1, New1 T // m = Old1 m + New1 d
	Old2, New2 T // v = Old2 v + New2 d^2
	Decay      T // d = g + Decay x
	Shrink     T
	Rate       T // x = Shrink x - Rate m / (Root sqrt(v) + Eps)
	Root, Eps  T
	Add        T // what Deviation adds to v
}

// Step makes the step.
func (c *Moments[T]) Step(x, m, v, g []T) {
	match(len(x), len(m))
	match(len(x), len(v))
	match(len(x), len(g))
	momentStep(c, x, m, v, g)
}

// Deviation makes the step with squares of the deviation from the new average,
// v = Old2 v + New2 (d - m)^2 + Add.
func (c *Moments[T]) Deviation(x, m, v, g []T) {
	match(len(x), len(m))
	match(len(x), len(v))
	match(len(x), len(g))
	deviationStep(c, x, m, v, g)
}

// Signs are the numbers of a step of the same length along each element.
type Signs[T Float] struct {
	Old1, New1   T // u = Old1 m + New1 g
	Old2, New2   T // m = Old2 m + New2 g
	Shrink, Rate T // x = Shrink x - Rate sign(u), with sign(0) = 0
}

// Step makes the step.
func (c *Signs[T]) Step(x, m, g []T) {
	match(len(x), len(m))
	match(len(x), len(g))
	signStep(c, x, m, g)
}

// Clipped are the numbers of a step along an average of gradients over curvatures h, no
// longer than Rate along each element.
type Clipped[T Float] struct {
	Old, New     T // m = Old m + New g
	Scale, Least T
	Shrink, Rate T // x = Shrink x - Rate clip(m / max(Scale h, Least)), within -1 and 1
}

// Step makes the step.
func (c *Clipped[T]) Step(x, m, h, g []T) {
	match(len(x), len(m))
	match(len(x), len(h))
	match(len(x), len(g))
	clippedStep(c, x, m, h, g)
}

// The portable twins.

func axpbyGo[T Float](c *[2]T, x, y []T) {
	a, b := c[0], c[1]
	for i, v := range x {
		y[i] = b*y[i] + a*v
	}
}

func momentumStepGo[T Float](c *Momentum[T], x, v, g []T) {
	k := *c // in registers
	for i, d := range g {
		d += k.Decay * x[i]
		v[i] = k.Old*v[i] + k.New*d
		x[i] -= k.Rate * v[i]
	}
}

func nesterovStepGo[T Float](c *Momentum[T], x, v, g []T) {
	k := *c // in registers
	for i, d := range g {
		d += k.Decay * x[i]
		v[i] = k.Old*v[i] + k.New*d
		x[i] -= k.Rate * (d + k.Old*v[i])
	}
}

func momentStepGo[T Float](c *Moments[T], x, m, v, g []T) {
	k := *c // in registers
	for i, d := range g {
		d += k.Decay * x[i]
		m[i] = k.Old1*m[i] + k.New1*d
		v[i] = k.Old2*v[i] + k.New2*(d*d)
		x[i] = k.Shrink*x[i] - k.Rate*(m[i]/(k.Root*sqrt(v[i])+k.Eps))
	}
}

func deviationStepGo[T Float](c *Moments[T], x, m, v, g []T) {
	k := *c // in registers
	for i, d := range g {
		d += k.Decay * x[i]
		m[i] = k.Old1*m[i] + k.New1*d
		d -= m[i]
		v[i] = k.Old2*v[i] + k.New2*(d*d) + k.Add
		x[i] = k.Shrink*x[i] - k.Rate*(m[i]/(k.Root*sqrt(v[i])+k.Eps))
	}
}

func signStepGo[T Float](c *Signs[T], x, m, g []T) {
	k := *c // in registers
	for i, d := range g {
		u := k.Old1*m[i] + k.New1*d
		m[i] = k.Old2*m[i] + k.New2*d
		if u > 0 {
			u = 1
		} else if u < 0 {
			u = -1
		}
		x[i] = k.Shrink*x[i] - k.Rate*u
	}
}

func clippedStepGo[T Float](c *Clipped[T], x, m, h, g []T) {
	k := *c // in registers
	for i, d := range g {
		m[i] = k.Old*m[i] + k.New*d
		x[i] = k.Shrink*x[i] - k.Rate*min(1, max(-1, m[i]/max(k.Scale*h[i], k.Least)))
	}
}

func sqrt[T Float](v T) T { return T(math.Sqrt(float64(v))) }
