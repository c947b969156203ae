package glm_test

import (
	"context"
	"math"
	"testing"

	"github.com/godescent/descent"
	"github.com/godescent/descent/linalg"
	"github.com/godescent/descent/method/coordinate"
	"github.com/godescent/descent/problem/glm"
	"github.com/godescent/descent/rng"
)

// At every accuracy the zeros that the gap proves are zeros of the minimum; at the minimum
// they are all that are not at the edge; on the way there are some.
func TestSafeZeros(t *testing.T) {
	const n, d = 60, 90
	r := rng.New(8, "safe zeros")
	x, err := linalg.NewDense(n, d, nil)
	if err != nil {
		t.Fatal(err)
	}
	real, signs, classes, weights := make([]float64, n), make([]float64, n), make([]float64, n), make([]float64, n)
	for i := range n {
		for j := range d {
			x.Data[i*d+j] = r.Norm()
		}
		real[i] = x.Data[i*d] - 2*x.Data[i*d+1] + 0.3*r.Norm()
		signs[i], classes[i], weights[i] = math.Copysign(1, real[i]), float64(r.Intn(3)), 0.5+r.Float64()
	}
	tried, early := 0, 0
	for name, c := range map[string]struct {
		spec glm.Spec
		y    []float64
	}{
		"squared":       {glm.Spec{L1: 0.3}, real},
		"elastic net":   {glm.Spec{L1: 0.3, L2: 0.1, Intercept: true, Scale: glm.ScaleStd}, real},
		"weighted":      {glm.Spec{L1: 0.2, Intercept: true, Weights: weights}, real},
		"logistic":      {glm.Spec{Loss: glm.Logistic{}, L1: 0.07, Intercept: true}, signs},
		"squared hinge": {glm.Spec{Loss: glm.SquaredHinge{}, L1: 0.3}, signs},
		"huber":         {glm.Spec{Loss: glm.Huber{Epsilon: 0.5}, L1: 0.1}, real},
		"multinomial":   {glm.Spec{Loss: glm.Multinomial{K: 3}, L1: 0.06, Intercept: true}, classes},
		"free":          {glm.Spec{L1: 0.3, L2: 0.01, Free: []int{4}}, real},
	} {
		m, err := glm.New(name, x, c.y, c.spec)
		if err != nil {
			t.Fatal(err)
		}
		p := m.Problem()
		best := solve(t, p, descent.Options{Tol: 1e-13, MaxIter: 200})
		zero, g := make([]bool, p.Dim), make([]float64, p.Dim)
		for _, iters := range []int{1, 2, 4, 200} {
			at := solve(t, p, descent.Options{Tol: 1e-13, MaxIter: iters}).X
			count, ok := m.SafeZeros(zero, at)
			if !ok {
				t.Fatalf("%s: no zeros are proved", name)
			}
			marked := 0
			for j, z := range zero {
				if z {
					marked++
				}
				if z && math.Abs(best.X[j]) > 1e-9 {
					t.Errorf("%s: after %d iterations x[%d] is proved zero, and is %v", name, iters, j, best.X[j])
				}
			}
			if marked != count {
				t.Errorf("%s: %d are marked, %d counted", name, marked, count)
			}
			if iters < 200 {
				early += count
				continue
			}
			m.Gradient(g, at)
			coefficients := d
			if l, ok := c.spec.Loss.(glm.Multinomial); ok {
				coefficients *= l.K
			}
			for j, v := range g[:coefficients] {
				inside := best.X[j] == 0 && math.Abs(v) < 0.999*c.spec.L1 && !(name == "free" && j == 4)
				if inside && !zero[j] {
					t.Errorf("%s: x[%d] is 0 with a partial derivative of %v of l1, and not proved", name, j, math.Abs(v)/c.spec.L1)
				}
			}
		}
		tried++
	}
	if tried != 8 || early < 100 {
		t.Errorf("%d models tried, %d zeros proved on the way: want 8 and 100", tried, early)
	}
	for name, spec := range map[string]glm.Spec{
		"ridge": {L2: 1}, "poisson": {Loss: glm.Poisson{}, L1: 0.1}, "bounds": {L1: 0.1, NonNeg: true}, "no gap": {L1: 0.1, Free: []int{0}},
	} {
		m, err := glm.New(name, x, classes, spec)
		if err != nil {
			t.Fatal(err)
		}
		if count, ok := m.SafeZeros(make([]bool, m.Dim()), make([]float64, m.Dim())); ok || count > 0 {
			t.Errorf("%s: %d zeros proved, %v", name, count, ok)
		}
	}
}

func solve(t *testing.T, p *descent.Problem, opt descent.Options) *descent.Result {
	t.Helper()
	r, err := descent.Solve(context.Background(), p, coordinate.ProxNewton{}, make([]float64, p.Dim), opt)
	if err != nil {
		t.Fatal(err)
	}
	return r
}
