package grad

import (
	"fmt"
	"math"

	"github.com/godescent/descent/rng"
)

// An Array has the values of a tensor for Check.
type Array struct {
	Shape []int
	Data  []float64
}

// Check compares derivatives of f at the point x with central differences, and returns an
// error that names the entry with the largest error: those of the gradient of f, and of its
// product with the Hessian for one direction. f records on t, from variables of the shapes
// of x, one tensor; if it is not a scalar, fixed random weights make it one. It must be smooth
// near x, and give the same value whenever it is called: the tape's Rand is set before each
// call.
//
// Entries agree if their difference is below 1e-5 times the larger of 1, both values and the
// largest entry of the same tensor. The check costs two evaluations for each number in x, and
// four gradients in all.
func Check(f func(t *Tape[float64], x []*Tensor[float64]) *Tensor[float64], x ...Array) error {
	c := checker{f: f, tape: NewTape[float64]()}
	s := rng.New(1, "grad.Check")
	for i, a := range x {
		if size(a.Shape) != len(a.Data) {
			return fmt.Errorf("grad.Check: tensor %d: %d numbers for shape %s: want %d", i, len(a.Data), list(a.Shape), size(a.Shape))
		}
		c.x = append(c.x, Array{a.Shape, append([]float64(nil), a.Data...)})
		v := make([]float64, len(a.Data))
		for j := range v {
			v[j] = s.Norm()
		}
		c.v = append(c.v, v)
		c.g = append(c.g, make([]float64, len(v)))
	}
	if err := c.gradient(); err != nil {
		return err
	}
	return c.hessian()
}

// checkTolerance bounds relative errors; differences with checkStep have about 1e-9.
const (
	checkTolerance = 1e-5
	checkStep      = 1e-5
)

type checker struct {
	f    func(t *Tape[float64], x []*Tensor[float64]) *Tensor[float64]
	tape *Tape[float64]
	x    []Array
	v, g [][]float64
}

// record evaluates f at the present point.
func (c *checker) record() (y *Tensor[float64], vars []*Tensor[float64], err error) {
	t := c.tape
	t.Reset()
	t.Rand = rng.New(1, "grad.Check: Rand")
	for i, a := range c.x {
		vars = append(vars, t.Param(a.Data, c.g[i], a.Shape...))
	}
	y = c.f(t, vars)
	if err := t.target("Check", y); err != nil {
		return nil, nil, err
	}
	if len(y.data) != 1 || len(y.shape) > 0 {
		s := rng.New(1, "grad.Check: weights")
		w := t.Fill(0, y.shape...)
		for i := range w.data {
			w.data[i] = s.Norm()
		}
		y = Sum(Mul(y, w))
	}
	return y, vars, t.err
}

// derive evaluates f and stores in g the gradient, or the Hessian's product with v.
func (c *checker) derive(second bool) (float64, error) {
	y, vars, err := c.record()
	if err != nil {
		return 0, err
	}
	for _, g := range c.g {
		clear(g)
	}
	if second {
		var v []*Tensor[float64]
		for i, a := range c.x {
			v = append(v, c.tape.Input(c.v[i], a.Shape...))
		}
		y = c.tape.JVP(y, vars, v)
	}
	return y.Value(), c.tape.Backward(y)
}

// gradient compares the gradient with differences of values, and the tangent with the
// gradient.
func (c *checker) gradient() error {
	if _, err := c.derive(false); err != nil {
		return err
	}
	g := clones(c.g)
	var w worst
	err := c.each(func(i, j int) error {
		up, down, err := 0.0, 0.0, error(nil)
		c.moved(i, j, checkStep, func() { up, err = c.value() })
		if err == nil {
			c.moved(i, j, -checkStep, func() { down, err = c.value() })
		}
		w.add(i, j, g[i][j], (up-down)/(2*checkStep), g[i])
		return err
	})
	if err == nil {
		err = w.report("gradient", c.x)
	}
	if err != nil {
		return err
	}
	slope := 0.0
	for i := range g {
		for j := range g[i] {
			slope += g[i][j] * c.v[i][j]
		}
	}
	tangent, err := c.derive(true)
	if err == nil && !(math.Abs(tangent-slope) <= checkTolerance*max(1, math.Abs(slope))) {
		err = fmt.Errorf("grad.Check: the derivative along a direction is %.9g by JVP and %.9g by the gradient", tangent, slope)
	}
	return err
}

// hessian compares the Hessian's product with v, which derive has left in g, with the
// difference of gradients along v.
func (c *checker) hessian() error {
	hv := clones(c.g)
	x := make([][]float64, len(c.x))
	norm := 0.0
	for i, v := range c.v {
		x[i] = append([]float64(nil), c.x[i].Data...)
		for _, e := range v {
			norm = max(norm, math.Abs(e))
		}
	}
	step := checkStep / max(norm, 1e-300)
	at := func(h float64) error {
		for i, v := range c.v {
			for j := range v {
				c.x[i].Data[j] = x[i][j] + h*v[j]
			}
		}
		_, err := c.derive(false)
		return err
	}
	if err := at(step); err != nil {
		return err
	}
	up := clones(c.g)
	if err := at(-step); err != nil {
		return err
	}
	var w worst
	err := c.each(func(i, j int) error {
		w.add(i, j, hv[i][j], (up[i][j]-c.g[i][j])/(2*step), hv[i])
		return nil
	})
	if err != nil {
		return err
	}
	return w.report("Hessian-vector product", c.x)
}

func (c *checker) each(f func(i, j int) error) error {
	for i, a := range c.x {
		for j := range a.Data {
			if err := f(i, j); err != nil {
				return err
			}
		}
	}
	return nil
}

func (c *checker) value() (float64, error) {
	y, _, err := c.record()
	if err != nil {
		return 0, err
	}
	return y.Value(), nil
}

// moved calls f while one number is moved by h.
func (c *checker) moved(i, j int, h float64, f func()) {
	v := c.x[i].Data[j]
	c.x[i].Data[j] = v + h
	f()
	c.x[i].Data[j] = v
}

func clones(x [][]float64) [][]float64 {
	c := make([][]float64, len(x))
	for i := range x {
		c[i] = append([]float64(nil), x[i]...)
	}
	return c
}

// worst is the entry with the largest relative error.
type worst struct {
	found     bool
	i, j      int
	have, ref float64
	err       float64
}

func (w *worst) add(i, j int, have, ref float64, all []float64) {
	scale := max(1, math.Abs(have), math.Abs(ref))
	for _, v := range all {
		scale = max(scale, math.Abs(v))
	}
	e := math.Abs(have-ref) / scale
	if math.IsNaN(e) {
		e = math.Inf(1)
	}
	if !w.found || e > w.err {
		*w = worst{true, i, j, have, ref, e}
	}
}

func (w *worst) report(what string, x []Array) error {
	if !w.found || w.err <= checkTolerance {
		return nil
	}
	index := make([]int, len(x[w.i].Shape))
	rest := w.j
	for k := len(index) - 1; k >= 0; k-- {
		index[k] = rest % x[w.i].Shape[k]
		rest /= x[w.i].Shape[k]
	}
	return fmt.Errorf("grad.Check: %s, tensor %d (shape %s), element %s: %.9g, by central differences %.9g (relative error %.1e, want at most %.0e)",
		what, w.i, list(x[w.i].Shape), list(index), w.have, w.ref, w.err, checkTolerance)
}
