package linalg

import (
	"fmt"
	"math"
	"testing"

	"github.com/godescent/descent/rng"
	"github.com/godescent/descent/vec"
)

func gemmSample[T vec.Float](n int, name string) []T {
	r, x := rng.New(5, name), make([]T, n)
	for i := range x {
		x[i] = T(r.Norm())
	}
	return x
}

// Products have the same bits on any number of workers, and those of one goroutine.
func testGemmBits[T vec.Float](t *testing.T) {
	defer SetWorkers(0)
	divided := 0
	pool := gemmSample[T](1<<20, "pool")
	for _, s := range [][3]int{{0, 5, 3}, {5, 0, 3}, {4, 5, 0}, {500, 10, 900}, {10, 700, 400}, {200, 200, 200}, {130, 257, 261}, {1, 1100, 900}, {1100, 1, 900}, {97, 611, 90}} {
		m, n, k := s[0], s[1], s[2]
		for trans := range 4 {
			transA, transB := trans&1 != 0, trans&2 != 0
			rowsA, lda, rowsB, ldb, ldc := m, k+1, k, n+2, n+3
			if transA {
				rowsA, lda = k, m+1
			}
			if transB {
				rowsB, ldb = n, k+2
			}
			cut := func(rows, ld, pad int) []T { return pool[:max(0, rows*ld-pad):max(0, rows*ld-pad)] } // nothing behind the last row
			a, b, c := cut(rowsA, lda, 1), cut(rowsB, ldb, 2), cut(m, ldc, 3)
			want := append([]T(nil), c...)
			vec.Gemm(transA, transB, m, n, k, 1.5, a, lda, b, ldb, -0.5, want, ldc)
			bias, biased := pool[:n], append([]T(nil), c...)
			vec.GemmBias(transA, transB, m, n, k, 1.5, a, lda, b, ldb, bias, biased, ldc)
			for _, w := range []int{1, 2, 3, 8} {
				SetWorkers(w)
				got := append([]T(nil), c...)
				Gemm(transA, transB, m, n, k, 1.5, a, lda, b, ldb, -0.5, got, ldc)
				for i := range got {
					if got[i] != want[i] {
						t.Fatalf("%v on %d workers, transposed %v %v: element %d is %v, want %v", s, w, transA, transB, i, got[i], want[i])
					}
				}
				GemmBias(transA, transB, m, n, k, 1.5, a, lda, b, ldb, bias, got, ldc)
				for i := range got {
					if got[i] != biased[i] {
						t.Fatalf("%v on %d workers with a bias: element %d is %v, want %v", s, w, i, got[i], biased[i])
					}
				}
				if down, across := gemmGrid(m, n, k, w); down*across > 1 {
					divided++
				}
			}
		}
	}
	if divided < 50 {
		t.Errorf("only %d products were divided", divided)
	}
}

func TestGemmBits(t *testing.T) {
	t.Run("float64", testGemmBits[float64])
	t.Run("float32", testGemmBits[float32])
}

// The parts of C cover it once.
func TestGemmGrid(t *testing.T) {
	for _, s := range [][3]int{{1, 1, 1}, {12, 32, 1 << 20}, {128, 10, 512}, {128, 512, 784}, {2048, 2048, 2048}, {5000, 3, 5000}, {7, 9000, 4000}} {
		for w := 1; w < 70; w++ {
			down, across := gemmGrid(s[0], s[1], s[2], w)
			if down < 1 || across < 1 || down*across > 4*w {
				t.Fatalf("%v for %d workers: %d x %d parts", s, w, down, across)
			}
			rows, cols := 0, 0
			for p := range down {
				from, length := share(s[0], gemmRows, p, down)
				if from != rows || length <= 0 {
					t.Fatalf("%v: part %d of %d begins at row %d, %d long, want %d", s, p, down, from, length, rows)
				}
				rows += length
			}
			for p := range across {
				from, length := share(s[1], gemmCols, p, across)
				if from != cols || length <= 0 {
					t.Fatalf("%v: part %d of %d begins at column %d, %d long, want %d", s, p, across, from, length, cols)
				}
				cols += length
			}
			if rows != s[0] || cols != s[1] {
				t.Fatalf("%v: the parts have %d rows and %d columns", s, rows, cols)
			}
		}
	}
	if down, across := gemmGrid(2048, 2048, 2048, 2); down*across != 8 {
		t.Errorf("2048 x 2048 on 2 workers: %d x %d parts, want 8", down, across)
	}
}

func TestGemmAllocates(t *testing.T) {
	defer SetWorkers(0)
	SetWorkers(2)
	a, c := gemmSample[float32](300*300, "a"), make([]float32, 300*300)
	if n := testing.AllocsPerRun(20, func() { Gemm(false, true, 300, 300, 300, 1, a, 300, a, 300, 0, c, 300) }); n > 0 {
		t.Errorf("%v allocations", n)
	}
}

func TestGemmPanics(t *testing.T) {
	defer SetWorkers(0)
	SetWorkers(2)
	c := []float64{math.Pi}
	defer func() {
		if want := "vec: Gemm: A has 300 rows of 300 columns, 300 apart, in 1 elements"; recover() != want || c[0] != math.Pi {
			t.Errorf("want a panic that says %q, and C as it was", want)
		}
	}()
	Gemm(false, false, 300, 300, 300, 1, make([]float64, 1), 300, make([]float64, 90000), 300, 0, c, 300)
}

func BenchmarkGemm(b *testing.B) {
	for _, n := range []int{256, 512, 1024} {
		a, c := gemmSample[float32](n*n, "a"), make([]float32, n*n)
		for _, w := range []int{1, 2} {
			b.Run(fmt.Sprintf("n=%d/workers=%d", n, w), func(b *testing.B) {
				defer SetWorkers(0)
				SetWorkers(w)
				for b.Loop() {
					Gemm(false, false, n, n, n, 1, a, n, a, n, 0, c, n)
				}
				b.ReportMetric(2*math.Pow(float64(n), 3)/float64(b.Elapsed().Nanoseconds())*float64(b.N), "Gflop/s")
			})
		}
	}
}
