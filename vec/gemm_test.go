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
		shapes := [][3]int{{1, 1, 1}, {2, 3, 4}, {5, 7, 11}, {12, 32, 5}, {13, 33, 17}, {11, 31, 9}, {6, 16, 300}, {7, 9, 513}, {25, 65, 40}, {61, 130, 23}, {1, 300, 40}, {100, 1, 40}, {3, 70, 600}, {300, 5, 7}, {150, 10, 290}, {140, 1, 33}, {131, 3, 5}, {1, 50, 3}, {1, 37, 522}, {1, 16, 8}, {1, 33, 1}}
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
		for _, g := range []gemmCase{{false, true, 135, 1100, 257, 1, 2, 0.5}, {true, false, 250, 70, 513, 0, 1, 1}} { // more than one block
			checkGemm[float64](t, g)
			checkGemm[float32](t, g)
			count += 2
		}
		t.Logf("%d products", count)
	})
}

// TestGemmBias: a product with a bias has the bits of one that is added to a C of its rows.
func TestGemmBias(t *testing.T) {
	paths(t, func(t *testing.T) {
		testGemmBias[float64](t)
		testGemmBias[float32](t)
	})
}

func testGemmBias[T Float](t *testing.T) {
	for _, s := range [][3]int{{1, 70, 9}, {13, 33, 17}, {61, 130, 600}, {300, 5, 7}, {140, 1, 33}, {5, 7, 0}, {31, 45, 1}, {25, 1100, 257}} {
		for trans := range 4 {
			g := gemmCase{trans&1 != 0, trans&2 != 0, s[0], s[1], s[2], trans, 0.5, 1}
			a, lda, b, ldb, c, ldc := matrices[T](g)
			want, bias := append([]T(nil), c...), sample[T](g.n, 4)
			for i := range g.m {
				copy(want[i*ldc:], bias)
			}
			Gemm(g.transA, g.transB, g.m, g.n, g.k, T(g.alpha), a, lda, b, ldb, 1, want, ldc)
			GemmBias(g.transA, g.transB, g.m, g.n, g.k, T(g.alpha), a, lda, b, ldb, bias, c, ldc)
			for i := range c {
				if c[i] != want[i] {
					t.Fatalf("%v: element %d is %v with a bias, %v added to rows of it", g, i, c[i], want[i])
				}
			}
		}
	}
}

// Every part of a product has the bits it has in the whole, whatever is beside it, and
// however its operands are stored.
func testGemmParts[T Float](t *testing.T) {
	for _, k := range []int{301, 1} {
		testGemmPartsOf[T](t, k)
	}
}

func testGemmPartsOf[T Float](t *testing.T, k int) {
	const m, n = 53, 391
	a, b := sample[T](m*k, 1), sample[T](k*n, 2)
	at, bt := transpose(a, m, k), transpose(b, k, n)
	whole := make([]T, m*n)
	Gemm(false, false, m, n, k, 0.5, a, k, b, n, 0, whole, n)
	parts := 0
	for _, rows := range [][2]int{{0, m}, {0, 1}, {3, 4}, {1, 6}, {10, 23}, {29, 53}} {
		for _, cols := range [][2]int{{0, n}, {0, 1}, {5, 8}, {1, 18}, {16, 49}, {33, 390}, {100, 103}} {
			for trans := range 4 {
				i, j := rows[0], cols[0]
				x, lda, y, ldb := a[i*k:], k, b[j:], n
				if trans&1 != 0 {
					x, lda = at[i:], m
				}
				if trans&2 != 0 {
					y, ldb = bt[j*k:], k
				}
				h, w := rows[1]-i, cols[1]-j
				c := make([]T, h*w)
				Gemm(trans&1 != 0, trans&2 != 0, h, w, k, 0.5, x, lda, y, ldb, 0, c, w)
				for p := range c {
					if want := whole[(i+p/w)*n+j+p%w]; c[p] != want {
						t.Fatalf("rows %v, columns %v, transposed %d: element %d is %v, want %v", rows, cols, trans, p, c[p], want)
					}
				}
				parts++
			}
		}
	}
	t.Logf("%d parts", parts)
}

func transpose[T Float](x []T, rows, cols int) []T {
	y := make([]T, len(x))
	for i := range rows {
		for j := range cols {
			y[j*rows+i] = x[i*cols+j]
		}
	}
	return y
}

func TestGemmParts(t *testing.T) {
	paths(t, func(t *testing.T) {
		testGemmParts[float64](t)
		testGemmParts[float32](t)
	})
}

// With integers no sum is rounded: kernels and their twins must agree to the bit. With
// other numbers they may differ by what k products and sums are rounded.
func testGemmTwins[T Float](t *testing.T) {
	rows, cols := gemmTile[T]()
	eps := 0x1p-52
	if _, ok := any(T(0)).(float32); ok {
		eps = 0x1p-23
	}
	for _, whole := range []bool{true, false} {
		for m := 1; m <= 2*rows+1; m++ {
			for n := 1; n <= cols; n++ {
				k := 1 + (m*n)%19
				at, b := sample[T](3*(rows+2)*(k+1), 1), sample[T](k*(cols+1), 2)
				if whole {
					round(at)
					round(b)
				}
				ldc := n + m%3
				for _, a := range []gemmTiles[T]{{at, 1, rows, rows * k}, {at, k + 1, 1, rows * (k + 1)}, {at, 1, 3 * rows, rows}} {
					c := sample[T](m*ldc, 3)
					want := append([]T(nil), c...)
					keep := (m+n)%2 == 0
					var bias []T
					if (m+n)%3 == 0 {
						bias = sample[T](n, 4)
					}
					gemmPanel(rows, c, ldc, a, b, cols+1, m, n, k, 2, keep, bias)
					gemmPanelGo(rows, want, ldc, a, b, cols+1, m, n, k, 2, keep, bias)
					for i := range c {
						bound := float64(2*k) * eps * 30 // no product is above 5 * 5
						if whole {
							bound = eps * math.Abs(float64(want[i])) // of adding to C
						}
						if !(math.Abs(float64(c[i]-want[i])) <= bound) {
							t.Fatalf("%d x %d of %d products, whole %v, strides %d %d: element %d is %v, the twin's %v", m, n, k, whole, a.row, a.col, i, c[i], want[i])
						}
					}
				}
			}
		}
	}
}

func round[T Float](x []T) {
	for i := range x {
		x[i] = T(math.Round(float64(4 * x[i])))
	}
}

func testGemmPackTwins[T Float](t *testing.T) {
	rows, cols := gemmTile[T]()
	for _, width := range []int{rows, cols} {
		for n := 1; n <= width; n++ {
			for _, k := range []int{1, 2, 3, 4, 5, 7, 8, 9, 17, 70, 131} {
				src, ld := sample[T](max(n, k)*(max(n, k)+3), 1), max(n, k)+3
				for _, columns := range []bool{true, false} {
					got, want := sample[T](k*width+16, 2), make([]T, k*width)
					if columns {
						copy(want, got)
						gemmTranspose(got, src, ld, width, n, k)
						gemmTransposeGo(want, src, ld, width, 0, n, k)
					} else {
						gemmPackRows(got, src, ld, width, n, k)
						gemmPackRowsGo(want, src, ld, width, n, k)
					}
					want = append(want, sample[T](k*width+16, 2)[k*width:]...) // nothing is written behind
					for i := range want {
						if got[i] != want[i] {
							t.Fatalf("width %d, %d of %d, columns %v: element %d is %v, want %v", width, n, k, columns, i, got[i], want[i])
						}
					}
				}
			}
		}
	}
}

func TestGemmTwins(t *testing.T) {
	paths(t, func(t *testing.T) {
		testGemmTwins[float64](t)
		testGemmTwins[float32](t)
		testGemmPackTwins[float64](t)
		testGemmPackTwins[float32](t)
	})
}

// NaN and infinities reach the elements whose sums they belong to, and no others: what
// kernels read behind the operands' edges must not matter.
func TestGemmSpecials(t *testing.T) {
	inf, nan := math.Inf(1), math.NaN()
	paths(t, func(t *testing.T) {
		for trans := range 4 {
			g := gemmCase{transA: trans&1 != 0, transB: trans&2 != 0, m: 15, n: 37, k: 9, pad: 5, alpha: 1}
			a, lda, b, ldb, c, ldc := matrices[float64](g)
			x, y := operand(a, lda, g.transA), operand(b, ldb, g.transB)
			x.at[2*x.row+3*x.col] = nan
			y.at[4*y.row+7*y.col] = inf
			y.at[5*y.row+8*y.col], y.at[6*y.row+8*y.col] = inf, -inf
			x.at[4*x.row+5*x.col], x.at[4*x.row+6*x.col] = 1, 1 // inf - inf
			x.at[13*x.row+4*x.col] = 0                          // 0 inf
			spoil := func(v []float64, rows, cols, ld int) {
				for i := range v {
					if i%ld >= cols {
						v[i] = nan
					}
				}
			}
			ra, ca := g.m, g.k
			if g.transA {
				ra, ca = ca, ra
			}
			rb, cb := g.k, g.n
			if g.transB {
				rb, cb = cb, rb
			}
			spoil(a, ra, ca, lda)
			spoil(b, rb, cb, ldb)
			Gemm(g.transA, g.transB, g.m, g.n, g.k, 1, a, lda, b, ldb, 0, c, ldc)
			reached := 0
			for i := range g.m {
				for j := range g.n {
					got := c[i*ldc+j]
					switch {
					case i == 2 || j == 7 && i == 13 || j == 8 && i == 4:
						reached++
						if got == got {
							t.Errorf("element (%d, %d) is %v, want NaN", i, j, got)
						}
					case j == 7:
						if want := inf * x.at[i*x.row+4*x.col]; got != want {
							t.Errorf("element (%d, %d) is %v, want %v", i, j, got, want)
						}
					case j == 8: // infinite or NaN
						if got-got == 0 {
							t.Errorf("element (%d, %d) is %v, want none finite", i, j, got)
						}
					case got-got != 0:
						t.Errorf("element (%d, %d) is %v, want it finite", i, j, got)
					}
				}
			}
			if reached != g.n+2 {
				t.Errorf("%d elements were to be NaN, want %d", reached, g.n+2)
			}
		}
	})
}

// Without work A and B are not read, and C is still scaled.
func TestGemmEmpty(t *testing.T) {
	nan := math.NaN()
	paths(t, func(t *testing.T) {
		c := []float64{1, 2, 3}
		Gemm(false, true, 0, 3, 1, 1, nil, 1, c, 1, 0, nil, 3)
		Gemm(false, false, 3, 0, 1, 1, c, 1, nil, 0, 0, nil, 0)
		for _, s := range []struct {
			k           int
			alpha, beta float64
			want        [3]float64
		}{{0, 1, 1, [3]float64{1, 2, 3}}, {0, 1, 2, [3]float64{2, 4, 6}}, {1, 0, -1, [3]float64{-1, -2, -3}}, {0, 1, 0, [3]float64{}}, {1, 0, 0, [3]float64{}}} {
			c := []float64{1, 2, 3}
			if s.beta == 0 {
				c = []float64{nan, nan, nan}
			}
			Gemm(false, false, 1, 3, s.k, s.alpha, []float64{nan}, 1, []float64{nan, nan, nan}, 3, s.beta, c, 3)
			if [3]float64(c) != s.want {
				t.Errorf("k = %d, alpha = %v, beta = %v: %v, want %v", s.k, s.alpha, s.beta, c, s.want)
			}
		}
		c = []float64{nan}
		Gemm(false, false, 1, 1, 1, 1, []float64{1}, 1, []float64{1}, 1, 1, c, 1)
		if c[0] == c[0] {
			t.Errorf("NaN + 1 is %v", c[0])
		}
	})
}

func TestGemmPanics(t *testing.T) {
	x := make([]float64, 6)
	for want, f := range map[string]func(){
		"vec: Gemm with m, n, k = 1, -1, 2: want none below 0":                           func() { Gemm(false, false, 1, -1, 2, 1, x, 2, x, 2, 0, x, 2) },
		"vec: Gemm: A has 2 rows of 3 columns, 2 apart, in 6 elements":                   func() { Gemm(false, false, 2, 1, 3, 1, x, 2, x, 1, 0, x, 1) },
		"vec: Gemm: A has 3 rows of 2 columns, 3 apart, in 6 elements":                   func() { Gemm(true, false, 2, 1, 3, 1, x, 3, x, 1, 0, x, 1) },
		"vec: Gemm: B has 3 rows of 1 columns, 3 apart, in 6 elements":                   func() { Gemm(false, false, 2, 1, 3, 1, x, 3, x, 3, 0, x, 1) },
		"vec: Gemm: B has 7 rows of 1 columns, 1 apart, in 6 elements":                   func() { Gemm(false, true, 2, 7, 1, 1, x, 1, x, 1, 0, make([]float64, 14), 7) },
		"vec: Gemm: C has 2 rows of 1 columns, 6 apart, in 6 elements":                   func() { Gemm(false, false, 2, 1, 3, 1, x, 3, x, 1, 0, x, 6) },
		"vec: Gemm: B has 4 rows of 2 columns, 4611686018427387904 apart, in 6 elements": func() { Gemm(false, false, 1, 2, 4, 1, x, 4, x, 1<<62, 0, x, 2) },
		"vec: Gemm: C has 1 rows of 2 columns, -1 apart, in 6 elements":                  func() { Gemm(false, false, 1, 2, 3, 1, x, 3, x, 2, 0, x, -1) },
	} {
		func() {
			defer func() {
				if got := recover(); got != want {
					t.Errorf("panic %v, want %s", got, want)
				}
			}()
			f()
		}()
	}
}

func TestGemmAllocates(t *testing.T) {
	paths(t, func(t *testing.T) {
		a, c := sample[float64](70*70, 1), make([]float64, 70*70)
		if n := testing.AllocsPerRun(20, func() { Gemm(true, true, 70, 70, 70, 1, a, 70, a, 70, 0, c, 70) }); n > 0 {
			t.Errorf("%v allocations", n)
		}
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
