package linalg

import (
	"math"
	"testing"

	"gonum.org/v1/gonum/mat"
)

func TestColStats(t *testing.T) {
	for _, s := range shapes {
		for _, ones := range []bool{false, true} {
			a, d := random(s.rows, s.cols, s.density, ones)
			for _, w := range [][]float64{nil, vector(s.rows, 5)} {
				want := newColStats(s.cols)
				for j := range s.cols {
					for i := range s.rows {
						v, wi := d.Data[i*d.Cols+j], 1.0
						if w != nil {
							wi = w[i]
						}
						if v != 0 {
							want.NNZ[j]++
						}
						want.Sum[j] += wi * v
						want.SumSq[j] += wi * v * v
						want.MaxAbs[j] = max(want.MaxAbs[j], math.Abs(v))
					}
				}
				for _, got := range []ColStats{a.ColStats(w), a.CSC().ColStats(w), d.ColStats(w)} {
					for j := range want.NNZ {
						if got.NNZ[j] != want.NNZ[j] {
							t.Fatalf("column %d has %d elements other than 0, want %d", j, got.NNZ[j], want.NNZ[j])
						}
					}
					near(t, "Sum", got.Sum, want.Sum)
					near(t, "SumSq", got.SumSq, want.SumSq)
					near(t, "MaxAbs", got.MaxAbs, want.MaxAbs)
				}
			}
		}
	}
	d := &Dense{Rows: 3, Cols: 1, Data: []float64{1, math.NaN(), 2}}
	if m := d.ColStats(nil).MaxAbs[0]; m == m {
		t.Errorf("the largest absolute value of a column with NaN is %v, want NaN", m)
	}
}

// opaque hides everything but products.
type opaque struct{ Matrix }

func TestNormEst(t *testing.T) {
	reached := 0
	for _, s := range shapes {
		if s.rows > 1000 || s.cols > 1000 {
			continue
		}
		a, d := random(s.rows, s.cols, s.density, false)
		for _, scale := range [][]float64{nil, vector(s.cols, 9)} {
			b := mat.DenseCopyOf(d.Mat())
			b.Apply(func(_, j int, v float64) float64 {
				if scale == nil {
					return v
				}
				return v * scale[j]
			}, b)
			var svd mat.SVD
			if !svd.Factorize(b, mat.SVDNone) {
				t.Fatal("no singular values")
			}
			want := svd.Values(nil)[0]
			want *= want
			for _, m := range []Matrix{a, a.CSC(), d, opaque{a}} {
				reached++
				got := NormEst(m, scale, 0)
				if got < want*(1-1e-12) {
					t.Errorf("%d x %d %T: %v is no bound of %v", s.rows, s.cols, m, got, want)
				}
				if got > 1.07*want {
					t.Errorf("%d x %d %T: %v is far above %v", s.rows, s.cols, m, got, want)
				}
			}
		}
	}
	if reached != 56 {
		t.Errorf("%d cases were reached, want 56", reached)
	}
	if got := NormEst(&Dense{Rows: 0, Cols: 5, Data: nil}, nil, 0); got != 0 {
		t.Errorf("an empty matrix has norm %v", got)
	}
	if got := NormEst(&Dense{Rows: 1, Cols: 2, Data: []float64{1, math.NaN()}}, nil, 0); got == got {
		t.Errorf("a matrix with NaN has norm %v, want NaN", got)
	}
	// With two steps only the sum of squares is a bound.
	d := &Dense{Rows: 4, Cols: 4, Data: []float64{1, 0, 0, 0, 0, 2, 0, 0, 0, 0, 3, 0, 0, 0, 0, 4}}
	if got := NormEst(d, nil, 2); math.Abs(got-30) > 1e-6 {
		t.Errorf("after two steps the bound is %v, want 30", got)
	}
	if got := NormEst(d, []float64{1, 2, -1, 0}, 2); math.Abs(got-26) > 1e-6 {
		t.Errorf("after two steps the bound of the scaled matrix is %v, want 26", got)
	}
}
