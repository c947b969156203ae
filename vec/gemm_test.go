package vec

import (
	"fmt"
	"math"
	"testing"
)

// gemmCase is a product with its operands; strides exceed widths by pad.
type gemmCase struct {
	transA, transB bool
	m, n, k, pad   int
	alpha, beta    float64
}

func (c gemmCase) String() string {
	return fmt.Sprintf("transA=%v transB=%v m=%d n=%d k=%d pad=%d alpha=%v beta=%v", c.transA, c.transB, c.m, c.n, c.k, c.pad, c.alpha, c.beta)
}

// matrices returns A, B and C of the case with their strides.
func matrices[T Float](g gemmCase) (a []T, lda int, b []T, ldb int, c []T, ldc int) {
	stored := func(rows, cols int, trans bool, seed uint64) ([]T, int) {
		if trans {
			rows, cols = cols, rows
		}
		ld := cols + g.pad
		return sample[T](max(0, (rows-1)*ld+cols), seed), ld
	}
	a, lda = stored(g.m, g.k, g.transA, 1)
	b, ldb = stored(g.k, g.n, g.transB, 2)
	c, ldc = stored(g.m, g.n, false, 3)
	return a, lda, b, ldb, c, ldc
}

// checkGemm compares with sums in float64 and a bound of rounding errors: n operations,
// each of which errs by half a unit (Higham 2002, section 3.1).
func checkGemm[T Float](t *testing.T, g gemmCase) {
	t.Helper()
	a, lda, b, ldb, c, ldc := matrices[T](g)
	old := append([]T(nil), c...)
	if g.beta == 0 {
		for i := range c {
			c[i] = T(math.NaN())
		}
	}
	want := append([]T(nil), c...)
	Gemm(g.transA, g.transB, g.m, g.n, g.k, T(g.alpha), a, lda, b, ldb, T(g.beta), c, ldc)
	eps := 0x1p-52
	if _, ok := any(old).([]float32); ok {
		eps = 0x1p-23
	}
	x, y := operand(a, lda, g.transA), operand(b, ldb, g.transB)
	for i := range g.m {
		for j := range g.n {
			s, size := 0.0, 0.0
			for p := range g.k {
				v := float64(x.at[i*x.row+p*x.col]) * float64(y.at[p*y.row+j*y.col])
				s += v
				size += math.Abs(v)
			}
			at := i*ldc + j
			s, size = float64(T(g.alpha))*s, math.Abs(g.alpha)*size
			if g.beta != 0 {
				v := float64(T(g.beta)) * float64(old[at])
				s, size = s+v, size+math.Abs(v)
			}
			if bound := float64(g.k+8) * eps * size; !(math.Abs(float64(c[at])-s) <= bound) {
				t.Fatalf("%v: element (%d, %d) is %v, want %v within %v", g, i, j, c[at], s, bound)
			}
			want[at] = c[at]
		}
	}
	for i := range c {
		if c[i] != want[i] && want[i] == want[i] {
			t.Fatalf("%v: element %d behind a row was written", g, i)
		}
	}
}

func TestGemm(t *testing.T) {
	paths(t, func(t *testing.T) {
		shapes := [][3]int{{1, 1, 1}, {2, 3, 4}, {5, 7, 11}, {12, 32, 5}, {13, 33, 17}, {11, 31, 9}, {6, 16, 300}, {7, 9, 513}, {25, 65, 40}, {61, 130, 23}, {1, 100, 40}, {100, 1, 40}, {3, 70, 600}, {300, 5, 7}}
		count := 0
		for _, s := range shapes {
			for trans := range 4 {
				for i, ab := range [][2]float64{{1, 0}, {1, 1}, {-0.7, 0.3}} {
					g := gemmCase{trans&1 != 0, trans&2 != 0, s[0], s[1], s[2], i * 3, ab[0], ab[1]}
					checkGemm[float64](t, g)
					checkGemm[float32](t, g)
					count += 2
				}
			}
		}
		t.Logf("%d products", count)
	})
}

func BenchmarkGemm(b *testing.B) {
	benchPaths(b, func(b *testing.B) {
		for _, s := range [][3]int{{1024, 1024, 1024}, {128, 512, 784}, {128, 512, 512}, {128, 10, 512}, {1, 512, 512}, {16, 512, 512}} {
			for trans := range 4 {
				benchGemm[float32](b, gemmCase{trans&1 != 0, trans&2 != 0, s[0], s[1], s[2], 0, 1, 0})
				benchGemm[float64](b, gemmCase{trans&1 != 0, trans&2 != 0, s[0], s[1], s[2], 0, 1, 0})
			}
		}
	})
}

func benchGemm[T Float](b *testing.B, g gemmCase) {
	m, lda, n, ldb, c, ldc := matrices[T](g)
	op := func(t bool) string {
		if t {
			return "T"
		}
		return "N"
	}
	b.Run(fmt.Sprintf("type=%T/shape=%dx%dx%d/op=%s%s", c[0], g.m, g.n, g.k, op(g.transA), op(g.transB)), func(b *testing.B) {
		for b.Loop() {
			Gemm(g.transA, g.transB, g.m, g.n, g.k, T(g.alpha), m, lda, n, ldb, T(g.beta), c, ldc)
		}
		b.ReportMetric(2*float64(g.m*g.n*g.k)/float64(b.Elapsed().Nanoseconds())*float64(b.N), "Gflop/s")
	})
}
