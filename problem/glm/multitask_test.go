package glm

import (
	"context"
	"math"
	"slices"
	"strings"
	"testing"

	"github.com/godescent/descent"
	"github.com/godescent/descent/descenttest"
	"github.com/godescent/descent/method/proximal"
)

// Multi-task least squares is the sum of the fits of its outputs, with one output the fit.
func TestMultiSquaredIsASum(t *testing.T) {
	_, sparse, real, signs, counts, _, weights := small()
	targets := [][]float64{real, signs, counts}
	spec := Spec{L2: 0.2, Intercept: true, Scale: ScaleStd, Weights: weights}
	fit := func(y []float64, l Loss) *Model {
		s := spec
		s.Loss = l
		m, err := New("sum", sparse, y, s)
		if err != nil {
			t.Fatal(err)
		}
		return m
	}
	all := fit(slices.Concat(targets...), MultiSquared{3})
	d := all.d
	for _, x := range descenttest.Points(4, all.Dim(), 1) {
		g := make([]float64, all.Dim())
		value, sum := all.Gradient(g, x), 0.0
		for k, y := range targets {
			for _, l := range []Loss{Squared{}, MultiSquared{1}} {
				one := fit(y, l)
				at, gk := append(slices.Clone(x[k*d:(k+1)*d]), x[3*d+k]), make([]float64, d+1)
				v := one.Gradient(gk, at)
				if l == (Squared{}) {
					sum += v
				}
				for j, u := range append(slices.Clone(g[k*d:(k+1)*d]), g[3*d+k]) {
					if math.Abs(gk[j]-u) > 1e-13*(1+math.Abs(u)) {
						t.Errorf("%T: element %d of the gradient of output %d is %v, of all outputs %v", l, j, k, gk[j], u)
					}
				}
			}
		}
		if math.Abs(value-sum) > 1e-13*sum {
			t.Errorf("value %v, sum of the outputs %v", value, sum)
		}
	}
}

// A single output makes rows single coefficients, and task l1 the lasso.
func TestTaskL1OfOneOutputIsTheLasso(t *testing.T) {
	_, sparse, real, _, _, _, _ := small()
	solve := func(s Spec) *descent.Result {
		s.Intercept = true
		m, err := New("one", sparse, real, s)
		if err != nil {
			t.Fatal(err)
		}
		r, err := descent.Solve(context.Background(), m.Problem(), proximal.FISTA{}, make([]float64, m.Dim()), descent.Options{Tol: 1e-12, MaxIter: 10_000})
		if err != nil || r.Status != descent.Converged {
			t.Fatal(r, err)
		}
		return r
	}
	a, b := solve(Spec{L1: 0.2}), solve(Spec{Loss: MultiSquared{1}, TaskL1: 0.2})
	if math.Abs(a.Value-b.Value) > 1e-12*a.Value {
		t.Errorf("lasso %v, task l1 %v", a.Value, b.Value)
	}
}

// The best intercepts of targets far from 0 leave digits to the certificate, and the threshold
// is where the first row leaves zero.
func TestMultiTaskIntercepts(t *testing.T) {
	_, sparse, real, signs, _, _, weights := small()
	y := slices.Concat(real, signs)
	for i := range y {
		y[i] += 100
	}
	m, err := New("far", sparse, y, Spec{Loss: MultiSquared{2}, TaskL1: 1, Intercept: true, Weights: weights})
	if err != nil {
		t.Fatal(err)
	}
	x := make([]float64, m.Dim())
	if err := m.FitIntercepts(x); err != nil {
		t.Fatal(err)
	}
	top, err := m.Threshold(x)
	if err != nil {
		t.Fatal(err)
	}
	for share, zero := range map[float64]bool{1.0001: true, 0.9: false} {
		s, err := New("far", sparse, y, Spec{Loss: MultiSquared{2}, TaskL1: share * top, Intercept: true, Weights: weights})
		if err != nil {
			t.Fatal(err)
		}
		c, ok := s.Certify(x)
		if !ok || (c.Value <= 1e-9) != zero {
			t.Errorf("zero coefficients at %v times the threshold: %v, %v", share, c, ok)
		}
	}
}

func TestMultiTaskTargets(t *testing.T) {
	dense, _, real, _, _, _, _ := small()
	for want, y := range map[string][]float64{"40 targets for 40 rows and 2 outputs": real, "120 targets": slices.Concat(real, real, real)} {
		if _, err := New("bad", dense, y, Spec{Loss: MultiSquared{2}}); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%v, want %q", err, want)
		}
	}
}
