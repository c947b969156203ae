package vec

import (
	"fmt"
	"math"
	"testing"
)

// lengths are all short ones, which reach every tail, and some long ones.
func lengths() []int {
	var ns []int
	for n := range 131 {
		ns = append(ns, n)
	}
	return append(ns, 1000, 4099)
}

// indices returns n distinct indices below 3n + 1, increasing.
func indices(n int) []int32 {
	idx := make([]int32, n)
	for k := range idx {
		idx[k] = int32(3*k + k*k%3)
	}
	return idx
}

// guarded returns a copy of x at an odd place among NaNs.
func guarded[T Float](x []T, offset int) (whole, part []T) {
	whole = make([]T, len(x)+40)
	for i := range whole {
		whole[i] = T(math.NaN())
	}
	part = whole[offset : offset+len(x) : offset+len(x)]
	copy(part, x)
	return whole, part
}

// intact checks that the NaNs around a part are there.
func intact[T Float](t *testing.T, what string, whole []T, offset, n int) {
	t.Helper()
	for i, v := range whole {
		if (i < offset || i >= offset+n) && v == v {
			t.Fatalf("%s of length %d wrote outside its slice", what, n)
		}
	}
}

// sameKernels compares the kernels with their portable twins, and checks that
// nothing outside the slices is read or written.
func sameKernels[T Float](t *testing.T, tol float64) (compared int) {
	for _, n := range lengths() {
		for _, offset := range []int{0, 1, 3, 7} {
			name := fmt.Sprintf(" of length %d at %d", n, offset)
			_, x := guarded(sample[T](n, 1), offset)
			_, y := guarded(sample[T](n, 2), offset+1)
			near(t, "Dot"+name, Dot(x, y), dotGo(x, y), tol)
			near(t, "Sum"+name, Sum(x), sumGo(x), tol)
			near(t, "Asum"+name, Asum(x), asumGo(x), tol)
			near(t, "NrmInf"+name, NrmInf(x), nrmInfGo(x), 0)
			near(t, "Nrm2"+name, Nrm2(x), T(math.Sqrt(float64(dotGo(x, x)))), tol)

			whole, got := guarded(y, offset)
			want := append([]T(nil), y...)
			Axpy(1.5, x, got)
			axpyGo(1.5, x, want)
			for i := range got {
				near(t, "Axpy"+name, got[i], want[i], tol)
			}
			intact(t, "Axpy", whole, offset, n)
			axpyToGo(want, -0.4, x, y)
			AxpyTo(got, -0.4, x, y)
			for i := range got {
				near(t, "AxpyTo"+name, got[i], want[i], tol)
			}
			intact(t, "AxpyTo", whole, offset, n)
			AxpyTo(got, 0.4, x, got) // onto itself
			for i := range got {
				near(t, "AxpyTo onto itself"+name, got[i], y[i], tol)
			}
			copy(want, got)
			Scal(-0.3, got)
			scalGo(-0.3, want)
			for i := range got {
				near(t, "Scal"+name, got[i], want[i], tol)
			}
			intact(t, "Scal", whole, offset, n)

			idx := append([]int32{1 << 30, 1 << 30, 1 << 30}[:offset&3], indices(n)...)[offset&3:]
			_, at := guarded(sample[T](3*n+1, 3), offset)
			near(t, "SparseDot"+name, SparseDot(x, idx, at), sparseDotGo(x, idx, at), tol)
			near(t, "SparseSum"+name, SparseSum(idx, at), sparseSumGo(idx, at), tol)
			whole, got = guarded(at, offset)
			want = append(want[:0], at...)
			SparseAxpy(1.5, x, idx, got)
			sparseAxpyGo(1.5, x, idx, want)
			SparseAdd(-0.7, idx, got)
			sparseAddGo(-0.7, idx, want)
			for i := range got {
				near(t, "SparseAxpy and SparseAdd"+name, got[i], want[i], tol)
			}
			intact(t, "SparseAxpy and SparseAdd", whole, offset, 3*n+1)
			compared++
		}
	}
	// A NaN or an infinity anywhere comes through.
	for _, n := range []int{1, 5, 15, 16, 64, 67, 130} {
		for i := range n {
			for _, bad := range []float64{math.NaN(), math.Inf(1)} {
				x, ones := make([]T, n), make([]T, n)
				for k := range x {
					x[k], ones[k] = 1, 1
				}
				x[i] = T(bad)
				idx := make([]int32, n)
				for k := range idx {
					idx[k] = int32(k)
				}
				for what, got := range map[string]T{"Dot": Dot(x, ones), "Sum": Sum(x), "Asum": Asum(x), "SparseDot": SparseDot(ones, idx, x), "SparseSum": SparseSum(idx, x), "Nrm2": Nrm2(x), "NrmInf": NrmInf(x)} {
					if g := float64(got); g != bad && !(g != g && bad != bad) {
						t.Fatalf("%s of %v at %d of %d is %v", what, bad, i, n, got)
					}
				}
				compared++
			}
		}
	}
	return compared
}

func TestKernels(t *testing.T) {
	paths(t, func(t *testing.T) {
		if n := sameKernels[float64](t, 1e-13) + sameKernels[float32](t, 3e-5); n < 2000 {
			t.Errorf("only %d comparisons", n)
		}
	})
}

// rowsOf returns pointers of rows with lengths 0 to 40, some of them repeated, and
// entries in 130 columns; the first three entries belong to no row.
func rowsOf() (ptr []int, idx []int32) {
	ptr, idx = []int{3}, []int32{1 << 30, 1 << 30, 1 << 30}
	for k := range 200 {
		for j := range k * k % 41 {
			idx = append(idx, int32(3*j+k%7))
		}
		ptr = append(ptr, len(idx))
	}
	return ptr, append(idx, 1<<30, 1<<30)
}

func TestCSR(t *testing.T) {
	ptr, idx := rowsOf()
	rows, cols := len(ptr)-1, 130
	paths(t, func(t *testing.T) {
		for _, val := range [][]float64{sample[float64](len(idx), 1), nil} {
			x, got, want := sample[float64](cols, 2), make([]float64, rows), make([]float64, rows)
			CSRMulVec(got, ptr, idx, val, x)
			csrMulVecGo(want, ptr, idx, val, x)
			for i := range got {
				near(t, fmt.Sprintf("product with row %d", i), got[i], want[i], 1e-13)
			}

			c := sample[float64](rows, 3)
			c[5], c[40] = 0, math.Copysign(0, -1)
			y, ref := sample[float64](cols, 4), sample[float64](cols, 4)
			CSRMulVecT(y, ptr, idx, val, c)
			csrMulVecTGo(ref, ptr, idx, val, c)
			for j := range y {
				near(t, fmt.Sprintf("column %d", j), y[j], ref[j], 1e-13)
			}

			copy(ref, y)
			CSRSquaresT(y, ptr, idx, val, c)
			for i, ci := range c {
				for k := ptr[i]; k < ptr[i+1]; k++ {
					if val == nil {
						ref[idx[k]] += ci
					} else {
						ref[idx[k]] += ci * val[k] * val[k]
					}
				}
			}
			for j := range y {
				near(t, fmt.Sprintf("squares of column %d", j), y[j], ref[j], 1e-13)
			}

			h, g := sample[float64](cols*cols+5*cols, 4), sample[float64](cols*cols+5*cols, 4)
			CSRGram(h, cols+5, ptr, idx, val, c)
			csrGramGo(g, cols+5, ptr, idx, val, c)
			for j := range h {
				near(t, fmt.Sprintf("element (%d, %d)", j/(cols+5), j%(cols+5)), h[j], g[j], 1e-13)
			}

			// Zero coefficients skip rows, NaN ones do not.
			clear(c)
			y[0] = math.Inf(1)
			CSRMulVecT(y, ptr, idx, val, c)
			if !math.IsInf(y[0], 1) {
				t.Errorf("a zero coefficient made %v of infinity", y[0])
			}
			h[0] = math.Inf(1)
			CSRGram(h, cols+5, ptr, idx, val, c)
			if !math.IsInf(h[0], 1) {
				t.Errorf("a zero weight made %v of infinity", h[0])
			}
			c[7] = math.NaN()
			CSRMulVecT(y, ptr, idx, val, c)
			for _, j := range idx[ptr[7]:ptr[8]] {
				if y[j] == y[j] {
					t.Errorf("NaN did not come through to column %d", j)
				}
			}
			CSRGram(h, cols+5, ptr, idx, val, c)
			for k, i := range idx[ptr[7]:ptr[8]] {
				for _, j := range idx[ptr[7]+k : ptr[8]] {
					if v := h[int(i)*(cols+5)+int(j)]; v == v {
						t.Errorf("NaN did not come through to element (%d, %d)", i, j)
					}
				}
			}
		}
		CSRMulVec(nil, []int{0}, nil, nil, nil)
		CSRMulVecT(nil, []int{0}, nil, nil, nil)
		CSRMulVec(make([]float64, 2), []int{0, 0, 0}, nil, nil, nil)
		CSRMulVecT(nil, []int{0, 0, 0}, nil, nil, []float64{1, 0})
		CSRGram(nil, 0, []int{0}, nil, nil, nil)
		CSRGram(nil, 0, []int{0, 0, 0}, nil, nil, []float64{1, 0})
	})
}

func TestRows(t *testing.T) {
	paths(t, func(t *testing.T) {
		for _, cols := range append(lengths()[:80], 1000) {
			for _, rows := range []int{0, 1, 2, 3, 4, 5, 7, 8, 40, 1030} {
				a, x, c := sample[float64](rows*cols, 1), sample[float64](cols, 2), sample[float64](rows, 3)
				got, want := make([]float64, rows+1), make([]float64, rows)
				got[rows] = 77
				RowsMulVec(got[:rows], a, x)
				rowsMulVecGo(want, a, x)
				for i, v := range want {
					near(t, fmt.Sprintf("product %d of %d rows with %d columns", i, rows, cols), got[i], v, 1e-12)
				}
				y, ref := sample[float64](cols+1, 4), sample[float64](cols, 4)
				y[cols] = 77
				RowsMulVecT(y[:cols], a, cols, c)
				rowsMulVecTGo(ref, a, cols, c)
				if cols > 2 { // the same in a part of the columns
					RowsMulVecT(y[1:cols-1], a[min(1, len(a)):], cols, c)
					for j := 1; j < cols-1; j++ {
						for i, v := range c {
							ref[j] += v * a[i*cols+j]
						}
					}
				}
				for j, v := range ref {
					near(t, fmt.Sprintf("column %d of %d, of %d rows", j, cols, rows), y[j], v, 1e-12)
				}
				RowsSquaresT(y[:cols], a, cols, c)
				rowsSquaresTGo(ref, a, cols, c)
				for j, v := range ref {
					near(t, fmt.Sprintf("squares of column %d of %d, of %d rows", j, cols, rows), y[j], v, 1e-12)
				}
				if got[rows] != 77 || y[cols] != 77 {
					t.Fatalf("%d rows of %d columns: wrote outside its slice", rows, cols)
				}
			}
		}
		// Bits of a row do not depend on the rows around it, and NaN comes through.
		a, x := sample[float64](7*29, 1), sample[float64](29, 2)
		all, one := make([]float64, 7), make([]float64, 1)
		a[3*29+28] = math.NaN()
		RowsMulVec(all, a, x)
		for i, v := range all {
			RowsMulVec(one, a[i*29:(i+1)*29], x)
			if one[0] != v && i != 3 || (v != v) != (i == 3) {
				t.Errorf("row %d is %v alone and %v among others", i, one[0], v)
			}
		}
		RowsMulVecT(x, a, 29, all)
		if x[28] == x[28] {
			t.Error("NaN did not come through")
		}
	})
}

func TestCSRPanics(t *testing.T) {
	for name, f := range map[string]func(){
		"too few pointers":   func() { CSRMulVec(make([]float64, 2), []int{0, 1}, []int32{0}, nil, []float64{1}) },
		"entries past idx":   func() { CSRMulVec(make([]float64, 1), []int{0, 2}, []int32{0}, nil, []float64{1}) },
		"entries before idx": func() { CSRMulVecT(make([]float64, 1), []int{-1, 1}, []int32{0}, nil, []float64{1}) },
		"dense rows":         func() { RowsMulVec(make([]float64, 2), make([]float64, 5), make([]float64, 3)) },
		"strided rows":       func() { RowsMulVecT(make([]float64, 2), make([]float64, 5), 4, make([]float64, 2)) },
		"values":             func() { CSRMulVecT(make([]float64, 1), []int{0, 1}, []int32{0}, []float64{1, 2}, []float64{1}) },
	} {
		func() {
			defer func() {
				if recover() == nil {
					t.Errorf("%s: no panic", name)
				}
			}()
			f()
		}()
	}
}

func TestNoAllocations(t *testing.T) {
	paths(t, func(t *testing.T) {
		x, y, idx := sample[float64](100, 1), sample[float64](100, 2), indices(30)
		ptr, h := []int{0, 9, 30}, make([]float64, 10000)
		if n := testing.AllocsPerRun(10, func() {
			Axpy(Dot(x, y), x, y)
			Scal(Sum(x)/Asum(y), x)
			AxpyTo(x, NrmInf(x), x, y)
			Axpy(SparseDot(x[:30], idx, y), x, y)
			Axpy(SparseSum(idx, y), x, y)
			CSRMulVec(x[:2], ptr, idx, x[:30], y)
			CSRMulVecT(y, ptr, idx, x[:30], x[:2])
			CSRSquaresT(y, ptr, idx, x[:30], x[:2])
			RowsSquaresT(x[:3], y[:30], 3, y[:10])
			CSRGram(h, 100, ptr, idx, x[:30], x[:2])
			RowsMulVec(x[:3], y[:30], y[:10])
			RowsMulVecT(x[:3], y[:30], 3, y[:10])
			ExpTo(x, y)
			SoftplusSigmoid(x, y, x)
		}); n != 0 {
			t.Errorf("%v allocations", n)
		}
	})
}

func BenchmarkDense(b *testing.B) {
	benchPaths(b, func(b *testing.B) {
		for _, n := range []int{4, 8, 12, 16, 32, 1000, 100000} {
			x, y := sample[float64](n, 1), sample[float64](n, 2)
			for _, k := range []struct {
				name  string
				bytes int
				f     func()
			}{
				{"Dot", 16, func() { Dot(x, y) }}, {"Axpy", 24, func() { Axpy(1e-9, x, y) }}, {"Scal", 16, func() { Scal(-1, x) }},
				{"AxpyTo", 24, func() { AxpyTo(y, -1, x, y) }}, {"NrmInf", 8, func() { NrmInf(x) }}, {"Sum", 8, func() { Sum(x) }}, {"Asum", 8, func() { Asum(x) }},
			} {
				b.Run(fmt.Sprintf("op=%s/n=%d", k.name, n), func(b *testing.B) {
					b.SetBytes(int64(k.bytes * n))
					for b.Loop() {
						k.f()
					}
				})
			}
		}
	})
}

func BenchmarkRows(b *testing.B) {
	benchPaths(b, func(b *testing.B) {
		for _, cols := range []int{4, 12, 54, 500} {
			rows := 100_000 / cols
			a, x, c := sample[float64](rows*cols, 1), sample[float64](cols, 2), sample[float64](rows, 3)
			for name, f := range map[string]func(){"RowsMulVec": func() { RowsMulVec(c, a, x) }, "RowsMulVecT": func() { RowsMulVecT(x, a, cols, c) }} {
				b.Run(fmt.Sprintf("op=%s/n=%d", name, cols), func(b *testing.B) {
					b.SetBytes(int64(8 * len(a)))
					for b.Loop() {
						f()
					}
				})
			}
		}
	})
}

func BenchmarkSparse(b *testing.B) {
	benchPaths(b, func(b *testing.B) {
		for _, n := range []int{4, 6, 8, 10, 14, 20, 80} {
			x, val, idx := sample[float64](62000, 1), sample[float64](n, 2), make([]int32, n)
			for k := range idx {
				idx[k] = int32(62000 / n * k)
			}
			for name, f := range map[string]func(){
				"SparseDot": func() { SparseDot(val, idx, x) }, "SparseSum": func() { SparseSum(idx, x) },
				"SparseAxpy": func() { SparseAxpy(1e-9, val, idx, x) }, "SparseAdd": func() { SparseAdd(1e-9, idx, x) },
			} {
				b.Run(fmt.Sprintf("op=%s/n=%d", name, n), func(b *testing.B) {
					for b.Loop() {
						f()
					}
					b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/float64(n), "ns/entry")
				})
			}
		}
	})
}
