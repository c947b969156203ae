package linalg

import (
	"math"
	"testing"

	"pgregory.net/rapid"
)

// drawn is a matrix from triplets, some at the same place, and their sum as a dense
// matrix.
func drawn(t *rapid.T) (*CSR, *Dense) {
	rows, cols := rapid.IntRange(1, 12).Draw(t, "rows"), rapid.IntRange(1, 12).Draw(t, "cols")
	n := rapid.IntRange(0, 60).Draw(t, "entries")
	row, col := make([]int32, n), make([]int32, n)
	var val []float64
	if rapid.Bool().Draw(t, "values") {
		val = make([]float64, n)
	}
	d := &Dense{Rows: rows, Cols: cols, Data: make([]float64, rows*cols)}
	for k := range n {
		row[k], col[k] = rapid.Int32Range(0, int32(rows-1)).Draw(t, "row"), rapid.Int32Range(0, int32(cols-1)).Draw(t, "col")
		v := 1.0
		if val != nil {
			v = float64(rapid.IntRange(-64, 64).Draw(t, "val")) / 4
			val[k] = v
		}
		d.Data[int(row[k])*cols+int(col[k])] += v
	}
	a, err := FromTriplets(rows, cols, row, col, val)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := NewCSR(rows, cols, a.Ptr, a.Idx, a.Val); err != nil {
		t.Fatalf("FromTriplets returned what NewCSR refuses: %v", err)
	}
	return a, d
}

func quarters(t *rapid.T, n int, name string) []float64 {
	x := make([]float64, n)
	for i := range x {
		x[i] = float64(rapid.IntRange(-64, 64).Draw(t, name)) / 4
	}
	return x
}

// Quarters make every sum exact, so that the order of additions does not show and
// equality is the test.
func TestSparseIsDense(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		a, d := drawn(t)
		x, u := quarters(t, d.Cols, "x"), quarters(t, d.Rows, "u")
		ax, atu := naive(d, x, false), naive(d, u, true)
		back := a.CSC().CSR()
		for i := range d.Rows {
			for j := range d.Cols {
				if v := d.Data[i*d.Cols+j]; a.At(i, j) != v || back.At(i, j) != v || a.T().At(j, i) != v {
					t.Fatalf("element (%d, %d) is %v, %v, %v, want %v", i, j, a.At(i, j), back.At(i, j), a.T().At(j, i), v)
				}
			}
		}
		for _, m := range []Matrix{a, a.CSC(), d, back} {
			y, z := make([]float64, d.Rows), make([]float64, d.Cols)
			m.MulVec(y, x)
			m.MulVecT(z, u)
			for i := range y {
				if y[i] != ax[i] {
					t.Fatalf("%T: (Ax)_%d is %v, want %v", m, i, y[i], ax[i])
				}
			}
			for j := range z {
				if z[j] != atu[j] {
					t.Fatalf("%T: (A'u)_%d is %v, want %v", m, j, z[j], atu[j])
				}
			}
			uax, xatu := 0.0, 0.0 // the adjoint
			for i := range y {
				uax += u[i] * y[i]
			}
			for j := range z {
				xatu += x[j] * z[j]
			}
			if uax != xatu {
				t.Fatalf("%T: u.Ax = %v, x.A'u = %v", m, uax, xatu)
			}
		}
	})
}

func TestGramIsDense(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		a, d := drawn(t)
		w, c := quarters(t, d.Rows, "w"), d.Cols
		hs, hd := make([]float64, c*c), make([]float64, c*c)
		a.Gram(hs, w)
		d.Gram(hd, w)
		for j := range c {
			for k := range c {
				want := 0.0
				for i := range d.Rows {
					want += w[i] * d.Data[i*c+j] * d.Data[i*c+k]
				}
				if math.Abs(hs[j*c+k]-want) > 1e-9 || math.Abs(hd[j*c+k]-want) > 1e-9 {
					t.Fatalf("h[%d,%d] is %v and %v, want %v", j, k, hs[j*c+k], hd[j*c+k], want)
				}
			}
		}
	})
}
