package glm_test

import (
	"math"
	"testing"

	"github.com/godescent/descent/linalg"
	"github.com/godescent/descent/problem/glm"
	"github.com/godescent/descent/rng"
)

// regression returns n samples of d columns with large means, and targets.
func regression(n, d int, mean float64) (*linalg.Dense, []float64) {
	r := rng.New(11, "share test")
	x, _ := linalg.NewDense(n, d, nil)
	y := make([]float64, n)
	for i := range n {
		y[i] = 3 + r.Norm()
		for j := range d {
			x.Data[i*d+j] = mean*float64(j%3) + r.Norm()
			y[i] += x.Data[i*d+j] / float64(j+2)
		}
	}
	return x, y
}

func differ(a, b, scale float64) bool { return !(math.Abs(a-b) <= 1e-9*math.Max(1, scale)) }

// A model that keeps second moments, one that keeps products of columns, and one that
// shares the data of another penalty answer as a model from scratch does.
func TestKeptAnswers(t *testing.T) {
	for _, shape := range [][2]int{{80, 6}, {20, 30}} {
		n, d := shape[0], shape[1]
		for name, spec := range map[string]glm.Spec{
			"plain":   {},
			"center":  {Intercept: true},
			"scaled":  {Intercept: true, Scale: glm.ScaleStd},
			"weights": {Intercept: true, Weights: ramp(n), Scale: glm.ScaleMaxAbs},
			"nonneg":  {NonNeg: true},
		} {
			x, y := regression(n, d, 4)
			spec.L1 = 1
			shared, err := glm.New(name, x, y, spec)
			if err != nil {
				t.Fatal(err)
			}
			shared.Keep()
			r := rng.New(3, "points")
			for _, l := range [][2]float64{{0.5, 0}, {0.1, 0.3}, {0.01, 0.001}} {
				kept, err := shared.WithPenalty(l[0], l[1], 0, 0)
				if err != nil {
					t.Fatal(err)
				}
				spec.L1, spec.L2 = l[0], l[1]
				fresh, err := glm.New(name, x, y, spec)
				if err != nil {
					t.Fatal(err)
				}
				for range 3 {
					at := make([]float64, fresh.Dim())
					for j := range at {
						if j%2 == 0 {
							at[j] = math.Abs(r.Norm()) / 4
						}
					}
					compare(t, name, fresh, kept, at)
					compare(t, name+", forked", fresh, kept.Fork(), at)
				}
				kept.Forget()
			}
		}
	}
}

func ramp(n int) []float64 {
	w := make([]float64, n)
	for i := range w {
		w[i] = float64(i % 5)
	}
	return w
}

func compare(t *testing.T, name string, want, got *glm.Model, at []float64) {
	t.Helper()
	n := want.Dim()
	g, h := make([]float64, n), make([]float64, n)
	f := want.Gradient(g, at)
	if v := got.Gradient(h, at); differ(v, f, f) || differ(got.Value(at), f, f) || differ(got.MeanLoss(at), want.MeanLoss(at), f) {
		t.Errorf("%s: value %.15g, want %.15g", name, v, f)
	}
	idx := []int{0, 1, 3, n - 1}
	a, b := make([]float64, 16), make([]float64, 16)
	want.HessianBlock(a, idx, at)
	got.HessianBlock(b, idx, at)
	for i := range a {
		if differ(a[i], b[i], math.Abs(a[0])) {
			t.Errorf("%s: Hessian element %d is %.15g, want %.15g", name, i, b[i], a[i])
		}
	}
	for j := range g {
		if differ(g[j], h[j], math.Abs(f)) {
			t.Errorf("%s: partial derivative %d is %.15g, want %.15g", name, j, h[j], g[j])
		}
	}
	c, ok := want.Certify(at)
	k, ok2 := got.Certify(at)
	if ok != ok2 || ok && differ(c.Value, k.Value, c.Value) || c.Kind != k.Kind {
		t.Errorf("%s: %v, want %v", name, k, c)
	}
}

// Where nearly all of the sums would cancel the data are looked at: a perfect fit has the
// value 0, not its rounding errors.
func TestMomentsOfAPerfectFit(t *testing.T) {
	x, _ := regression(60, 5, 0)
	y := make([]float64, 60)
	for i := range y {
		y[i] = 1e6 * (x.Row(i)[0] - 2*x.Row(i)[3])
	}
	m, err := glm.New("exact", x, y, glm.Spec{L1: 1e-9})
	if err != nil {
		t.Fatal(err)
	}
	m.Keep()
	if v := m.Value([]float64{1e6, 0, 0, -2e6, 0}); v > 1e-16 {
		t.Errorf("value %v, want 0", v)
	}
}

// Columns whose means exceed their deviations by far are not summed up, constant ones are.
func TestMomentsOfLargeMeans(t *testing.T) {
	for _, mean := range []float64{1e5, 1e9} {
		x, y := regression(60, 6, mean)
		for i := range 60 {
			x.Row(i)[5] = 7
		}
		spec := glm.Spec{L1: 0.1, Intercept: true, Scale: glm.ScaleStd}
		m, err := glm.New("large means", x, y, spec)
		if err != nil {
			t.Fatal(err)
		}
		fresh, err := glm.New("large means", x, y, spec)
		if err != nil {
			t.Fatal(err)
		}
		m.Keep()
		at := []float64{0.5, 0, 1, 0, 0, 0, 2}
		if a, b := m.Value(at), fresh.Value(at); math.Abs(a-b) > 1e-9*b {
			t.Errorf("mean %v: value %.15g, want %.15g", mean, a, b)
		}
	}
}

// FitIntercepts ends where the slopes sum to zero, and says where it cannot.
func TestFitIntercepts(t *testing.T) {
	x, _ := regression(30, 2, 0)
	y := make([]float64, 30)
	for i := range y {
		y[i] = float64(i % 3)
	}
	for _, l := range []glm.Loss{glm.Squared{}, glm.Poisson{}, glm.Huber{Epsilon: 0.3}, glm.Multinomial{K: 3}} {
		m, err := glm.New("null", x, y, glm.Spec{Loss: l, Intercept: true, L1: 1, Weights: ramp(30)})
		if err != nil {
			t.Fatal(err)
		}
		at := make([]float64, m.Dim())
		if err := m.FitIntercepts(at); err != nil {
			t.Fatal(err)
		}
		g := make([]float64, m.Dim())
		m.Gradient(g, at)
		k := m.Dim() - m.Dim()/3
		for _, v := range g[k:] {
			if math.Abs(v) > 1e-12 {
				t.Errorf("%s: the mean slope is %v", l.Name(), v)
			}
		}
	}
	zero, err := glm.New("zero", x, make([]float64, 30), glm.Spec{Loss: glm.Poisson{}, Intercept: true, L1: 1})
	if err != nil {
		t.Fatal(err)
	}
	if err := zero.FitIntercepts(make([]float64, 3)); err == nil {
		t.Error("counts of zero have a finite intercept")
	}
}
