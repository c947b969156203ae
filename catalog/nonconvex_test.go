package catalog

import (
	"context"
	"fmt"
	"math"
	"testing"

	"github.com/godescent/descent"
	"github.com/godescent/descent/data"
	"github.com/godescent/descent/problem/glm"
	"github.com/godescent/descent/prox"
)

// The default for penalties that are not convex is prox-newton, and it ends where F is
// stationary for every loss on dense and sparse data, from weak to strong concavity.
func TestDefaultForNonconvexPenalties(t *testing.T) {
	cases := 0
	for _, name := range []string{"diabetes", "breast-cancer", "heart-scale"} {
		set, err := data.Load(name, data.Options{})
		if err != nil {
			t.Fatal(err)
		}
		signs, counts := make([]float64, len(set.Y)), make([]float64, len(set.Y))
		half := 0.5
		if name == "diabetes" {
			half = 140
		}
		for i, v := range set.Y {
			signs[i] = -1
			if v > half {
				signs[i] = 1
			}
			counts[i] = max(0, math.Floor(v/half))
		}
		for _, spec := range []glm.Spec{{Loss: glm.Squared{}}, {Loss: glm.Huber{Epsilon: 1.35}}, {Loss: glm.Logistic{}}, {Loss: glm.SquaredHinge{}}, {Loss: glm.Poisson{}}} {
			y := set.Y
			switch spec.Loss.(type) {
			case glm.Logistic, glm.SquaredHinge:
				y = signs
			case glm.Poisson:
				y = counts
			}
			spec.Intercept, spec.Scale = true, glm.ScaleStd
			null, err := glm.New("null", set.X, y, spec)
			if err != nil {
				t.Fatal(err)
			}
			x := make([]float64, null.Dim())
			if err := null.FitIntercepts(x); err != nil {
				t.Fatal(err)
			}
			top, err := null.Threshold(x)
			if err != nil {
				t.Fatal(err)
			}
			for _, share := range []float64{0.5, 0.1, 0.01, 0.001} {
				l := share * top
				for _, h := range []descent.Regularizer{
					prox.MCP{Lambda: l, Gamma: 3}, prox.MCP{Lambda: l, Gamma: 1.1}, prox.SCAD{Lambda: l}, prox.SCAD{Lambda: l, A: 2.1},
					prox.LogSum{Lambda: l / 10, Eps: 0.1}, prox.LogSum{Lambda: l / 1000, Eps: 0.001},
				} {
					cases++
					spec.Nonconvex = h
					m, err := glm.New(fmt.Sprintf("%s, %T, %T%v", name, spec.Loss, h, h), set.X, y, spec)
					if err != nil {
						t.Fatal(err)
					}
					p := m.Problem()
					e, _, err := Default(p)
					if err != nil || e.ID != "prox-newton" {
						t.Fatalf("%s: default %s, %v", p.Name, e.ID, err)
					}
					r, err := descent.Solve(context.Background(), p, e.New(), make([]float64, p.Dim), descent.Options{MaxIter: 300})
					if err != nil {
						t.Fatal(err)
					}
					if r.Status != descent.Converged || r.Certificate.Kind != descent.SubdiffCertificate {
						t.Errorf("%s: %s after %d iterations, %v, %q", p.Name, r.Status, r.Iterations, r.Certificate, r.Diagnosis)
					}
				}
			}
		}
	}
	if cases != 3*5*4*6 {
		t.Errorf("%d cases", cases)
	}
}
