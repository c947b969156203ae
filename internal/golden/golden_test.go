package golden

import (
	"context"
	"math"
	"os"
	"testing"

	"github.com/godescent/descent"
	"github.com/godescent/descent/catalog"
	"github.com/godescent/descent/problem/glm"
)

// The default method reaches every optimum to 1e-9, with a certificate. Cases whose
// data are not embedded run where DESCENT_DATA names a folder that has them.
func TestOptima(t *testing.T) {
	cases, err := Cases()
	if err != nil {
		t.Fatal(err)
	}
	dir := os.Getenv("DESCENT_DATA")
	solved, elsewhere := 0, 0
	for _, c := range cases {
		spec, err := c.Spec()
		if err != nil {
			t.Fatal(err)
		}
		x, y, ok, err := c.Load(dir)
		if err != nil {
			t.Fatal(err)
		}
		if !ok {
			elsewhere++
			continue
		}
		solved++
		t.Run(c.ID, func(t *testing.T) {
			m, err := glm.New(c.ID, x, y, spec)
			if err != nil {
				t.Fatal(err)
			}
			if n, d := x.Dims(); n != c.N || d != c.D && c.Group != "quantile" {
				t.Fatalf("data are %d x %d, want %d x %d", n, d, c.N, c.D)
			}
			x0, tol := make([]float64, m.Dim()), 1e-11
			if l, ok := spec.Loss.(glm.Quantile); ok {
				x0, err = catalog.Anneal(context.Background(), func(width float64) (*glm.Model, error) {
					wide := spec
					wide.Loss = glm.Quantile{Q: l.Q, Smoothing: width}
					return glm.New(c.ID, x, y, wide)
				}, 10, Width)
				if err != nil {
					t.Fatal(err)
				}
				tol = 1e-8 // slopes are residuals over the width: their rounding errors are that large
			}
			r := fit(t, m, x0, tol)
			if err := math.Abs(r.Value-c.Optimum) / max(1, math.Abs(c.Optimum)); !(err <= 1e-9) {
				t.Errorf("value %.15g, optimum %.15g: off by %.2g, with %v", r.Value, c.Optimum, err, r.Certificate)
			}
			// One-hot columns are linearly dependent: there the minimizer is not unique.
			if spec.L1 > 0 && c.Data != "mushrooms" && c.Data != "phishing" {
				nnz := 0
				for _, v := range r.X {
					if v != 0 {
						nnz++
					}
				}
				if nnz != c.NNZ {
					t.Errorf("%d coefficients are not zero, want %d", nnz, c.NNZ)
				}
			}
			t.Logf("%d iterations, %v", r.Iterations, r.Certificate)
		})
	}
	if len(cases) != 64 || dir == "" && solved != 16 || dir != "" && elsewhere != 0 {
		t.Errorf("%d cases: %d solved, %d without data", len(cases), solved, elsewhere)
	}
}

func fit(t *testing.T, m *glm.Model, x0 []float64, tol float64) *descent.Result {
	t.Helper()
	p := m.Problem()
	e, _, err := catalog.Default(p)
	if err != nil {
		t.Fatal(err)
	}
	r, err := descent.Solve(context.Background(), p, e.New(), x0, descent.Options{Tol: tol})
	if err != nil {
		t.Fatal(err)
	}
	if r.Status != descent.Converged {
		t.Errorf("%s: %s after %d iterations with %v: %q", e.ID, r.Status, r.Iterations, r.Certificate, r.Diagnosis)
	}
	return r
}
