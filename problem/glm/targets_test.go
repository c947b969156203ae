package glm

import (
	"math"
	"testing"

	"github.com/godescent/descent/rng"
)

// Losses and predictors put together are the terms.
func TestTargets(t *testing.T) {
	dense, sparse, real, signs, _, classes, weights := small()
	tasks := append(append([]float64{}, real...), signs...)
	for name, c := range map[string]struct {
		spec Spec
		y    []float64
	}{
		"logistic":  {Spec{Loss: Logistic{}, L2: 0.1, Intercept: true, Weights: weights}, signs},
		"softmax":   {Spec{Loss: Multinomial{K: 3}, Intercept: true, Scale: ScaleStd}, classes},
		"multitask": {Spec{Loss: MultiSquared{K: 2}, L2: 0.2}, tasks},
	} {
		m, err := New(name, sparse, c.y, c.spec)
		if err != nil {
			t.Fatal(err)
		}
		full, err := New(name, dense, c.y, c.spec)
		if err != nil {
			t.Fatal(err)
		}
		r, n, k := rng.New(2, name), m.Dim(), m.TargetSize()
		x, g, want := make([]float64, n), make([]float64, n), make([]float64, n)
		for j := range x {
			x[j] = r.Norm()
		}
		idx := []int{3, 7, 3, 0, 39}
		z, u := make([]float64, 5*k), make([]float64, 5*k)
		m.Targets(z, x, idx)
		value := m.TargetLoss(u, z, idx)
		for i := range u {
			u[i] /= 5
		}
		m.TargetsBack(g, u, x, idx)
		lambda, head := m.Ridge()
		for j, v := range x[:head] {
			g[j] += lambda * v
			value += lambda / 2 * v * v
		}
		if v := full.TermGradient(want, x, idx); math.Abs(v-value) > 1e-13 {
			t.Errorf("%s: %v, want %v", name, value, v)
		}
		for j := range g {
			if math.Abs(g[j]-want[j]) > 1e-13 {
				t.Errorf("%s: g[%d] = %v, want %v", name, j, g[j], want[j])
			}
		}
		bound := m.TargetLipschitz()
		if least := m.loss.bound(); !(bound >= least) || c.spec.Weights == nil && bound != least {
			t.Errorf("%s: bound %v, without weights %v", name, bound, least)
		}
	}
}
