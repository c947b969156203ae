package grad

import (
	"testing"

	"github.com/godescent/descent/rng"
)

func normals(name string, n int) []float64 {
	s := rng.New(1, name)
	x := make([]float64, n)
	for i := range x {
		x[i] = s.Norm()
	}
	return x
}

func TestMLP(t *testing.T) {
	tape := NewTape[float64]()
	const B, D, H, C = 5, 7, 6, 3
	x, w := normals("x", B*D), normals("w", D*H+H+H*C+C)
	g := make([]float64, len(w))
	labels := []int{0, 2, 1, 1, 0}
	loss := func() *Tensor[float64] {
		tape.Reset()
		at := 0
		param := func(shape ...int) *Tensor[float64] {
			n := size(shape)
			at += n
			return tape.Param(w[at-n:at], g[at-n:at], shape...)
		}
		h := Tanh(Linear(tape.Input(x, B, D), param(D, H), param(H)))
		return CrossEntropy(Linear(h, param(H, C), param(C)), labels)
	}
	l := loss()
	if err := tape.Backward(l); err != nil {
		t.Fatal(err)
	}
	for i := range w {
		const h = 1e-6
		v := w[i]
		w[i] = v + h
		up := loss().Value()
		w[i] = v - h
		down := loss().Value()
		w[i] = v
		if d := (up-down)/(2*h) - g[i]; d > 1e-8 || d < -1e-8 {
			t.Errorf("gradient %d is %g, differences %g", i, g[i], (up-down)/(2*h))
		}
	}
	if n := testing.AllocsPerRun(10, func() { tape.Backward(loss()) }); n > 0 {
		t.Errorf("%v allocations per step", n)
	}
}
