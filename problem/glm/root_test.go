package glm

import (
	"math"
	"testing"

	"github.com/godescent/descent/linalg"
	"github.com/godescent/descent/rng"
)

// B'B + diag(ridge) is the block of the Hessian, for all losses of one output, scalings and
// weights; data without zeros and models that keep products have no root.
func TestHessianRoot(t *testing.T) {
	dense, sparse, real, signs, counts, classes, weights := small()
	thin := &linalg.CSR{Rows: sparse.Rows, Cols: sparse.Cols, Ptr: []int{0}}
	for i := range sparse.Rows {
		for p := sparse.Ptr[i]; p < sparse.Ptr[i+1]; p++ {
			if (i+p)%3 > 0 {
				thin.Idx, thin.Val = append(thin.Idx, sparse.Idx[p]), append(thin.Val, sparse.Val[p])
			}
		}
		thin.Ptr = append(thin.Ptr, len(thin.Idx))
	}
	r := rng.New(4, "glm.root")
	tried := 0
	for name, l := range losses() {
		for _, spec := range []Spec{{}, {L1: 0.1, Intercept: true}, {L2: 0.3, Intercept: true, Scale: ScaleStd, Weights: weights}, {L1: 0.1, Scale: ScaleMaxAbs}} {
			spec.Loss = l
			m, err := New(name, thin, target(l, real, signs, counts, classes), spec)
			if err != nil {
				t.Fatal(err)
			}
			if _, rows := m.RootEntries(nil); rows == 0 {
				if m.k == 1 {
					t.Errorf("%s with %+v: no root", name, spec)
				}
				continue
			}
			at := make([]float64, m.Dim())
			var idx []int
			for j := range at {
				if at[j] = 0.3 * r.Norm(); j != 1 {
					idx = append(idx, j)
				}
			}
			w := len(idx)
			h, ridge := make([]float64, w*w), make([]float64, w)
			m.HessianBlock(h, idx, at)
			var b linalg.ShiftedColumns
			m.HessianRoot(&b, ridge, idx, at)
			if entries, rows := m.RootEntries(idx); entries != len(b.Idx) || rows != b.Rows || b.Cols() != w {
				t.Errorf("%s: %d entries in %d rows and %d columns, announced %d in %d", name, len(b.Idx), b.Rows, b.Cols(), entries, rows)
			}
			full := make([][]float64, w)
			for a := range full {
				full[a] = make([]float64, b.Rows)
				rows, values := b.Column(a)
				for p, i := range rows {
					full[a][i] = values[p]
				}
				for i := range full[a] {
					full[a][i] -= b.M[a] * b.W[i]
				}
			}
			for a := range w {
				for c := range w {
					got := 0.0
					for i, v := range full[a] {
						got += v * full[c][i]
					}
					if a == c {
						got += ridge[a]
					}
					if want := h[a*w+c]; math.Abs(got-want) > 1e-12*(1+math.Abs(want)) {
						t.Fatalf("%s with %+v: element (%d, %d) of B'B is %v, of the Hessian %v", name, spec, idx[a], idx[c], got, want)
					}
				}
			}
			tried++
		}
	}
	if tried != 24 {
		t.Errorf("%d models tried: want 24", tried)
	}
	for name, x := range map[string]linalg.Matrix{"dense data": dense, "kept products": thin} {
		m, err := New(name, x, real, Spec{L1: 0.1})
		if err != nil {
			t.Fatal(err)
		}
		if name == "kept products" {
			m.Keep()
		}
		if _, rows := m.RootEntries([]int{0}); rows != 0 {
			t.Errorf("%s: a root is announced", name)
		}
	}
}
