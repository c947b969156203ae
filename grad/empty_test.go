package grad

import (
	"fmt"
	"testing"
)

// TestEmptyAxes: every operation takes axes of size 0 and 1, alone and with those of the same size, or says
// what it wants instead; what it takes has derivatives of all orders.
func TestEmptyAxes(t *testing.T) {
	taken := 0
	for _, c := range opCases() {
		for _, set := range axisSets(c.shapes) {
			for _, to := range []int{0, 1} {
				var shapes []s
				k := 0
				for _, shape := range c.shapes {
					shape = append(s(nil), shape...)
					for i := range shape {
						if set[k] {
							shape[i] = to
						}
						k++
					}
					shapes = append(shapes, shape)
				}
				if c.empty(t, shapes) {
					taken++
				}
			}
		}
	}
	if taken < 200 {
		t.Errorf("%d cases were taken: want at least 200", taken)
	}
}

// axisSets has, of all axes of all shapes, each alone, those of each size, and the first ones.
func axisSets(shapes []s) (sets []map[int]bool) {
	first, k := map[int]bool{}, 0
	same := map[int]map[int]bool{}
	for _, shape := range shapes {
		first[k] = len(shape) > 1
		for _, d := range shape {
			if same[d] == nil {
				same[d] = map[int]bool{}
				sets = append(sets, same[d])
			}
			same[d][k] = true
			sets = append(sets, map[int]bool{k: true})
			k++
		}
	}
	return append(sets, first)
}

// empty differentiates a case with other shapes. It reports whether the case takes them.
func (c *opCase) empty(t *testing.T, shapes []s) bool {
	defer func() {
		if r := recover(); r != nil {
			t.Errorf("%s %v: panic: %v", c.op, shapes, r)
		}
	}()
	tape := NewTape[float64]()
	var x, dx []*Tensor[float64]
	for i, shape := range shapes {
		data := normals(fmt.Sprint(c.op, i), size(shape))
		x = append(x, tape.Param(data, make([]float64, len(data)), shape...))
		dx = append(dx, tape.Input(data, shape...))
	}
	y := c.f64(tape, x)
	if tape.Err() != nil {
		return false
	}
	shape := append(s(nil), y.shape...)
	for order := range 3 {
		if err := tape.Backward(Sum(y)); err != nil {
			t.Errorf("%s %v: derivative of order %d: %v", c.op, shapes, order+1, err)
			return true
		}
		if y = tape.JVP(y, x, dx); tape.Err() != nil || !equal(y.shape, shape) {
			t.Errorf("%s %v: tangent %d: %v %v: want shape %v", c.op, shapes, order+1, y, tape.Err(), shape)
			return true
		}
	}
	return true
}
