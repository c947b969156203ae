package linalg

import (
	"math"
	"strings"
	"testing"

	"gonum.org/v1/gonum/mat"

	"github.com/godescent/descent/rng"
)

// random returns a sparse matrix, also with all values one, and the same dense.
func random(rows, cols int, density float64, ones bool) (*CSR, *Dense) {
	r := rng.New(uint64(rows*1000+cols), "linalg")
	d := &Dense{Rows: rows, Cols: cols, Data: make([]float64, rows*cols)}
	a := &CSR{Rows: rows, Cols: cols, Ptr: make([]int, 1, rows+1)}
	for i := range rows {
		for j := range cols {
			if r.Float64() >= density {
				continue
			}
			v := 1.0
			if !ones {
				v = r.Norm()
				a.Val = append(a.Val, v)
			}
			a.Idx = append(a.Idx, int32(j))
			d.Data[i*cols+j] = v
		}
		a.Ptr = append(a.Ptr, len(a.Idx))
	}
	return a, d
}

func vector(n int, seed uint64) []float64 {
	r := rng.New(seed, "linalg.vector")
	x := make([]float64, n)
	for i := range x {
		x[i] = r.Norm()
	}
	return x
}

// naive is the definition of the product.
func naive(d *Dense, x []float64, trans bool) []float64 {
	y := make([]float64, d.Rows)
	if trans {
		y = make([]float64, d.Cols)
	}
	for i := range d.Rows {
		for j := range d.Cols {
			if trans {
				y[j] += d.Data[i*d.Cols+j] * x[i]
			} else {
				y[i] += d.Data[i*d.Cols+j] * x[j]
			}
		}
	}
	return y
}

func near(t *testing.T, what string, got, want []float64) {
	t.Helper()
	for i := range want {
		if !(math.Abs(got[i]-want[i]) <= 1e-11*(1+math.Abs(want[i]))) {
			t.Fatalf("%s: element %d is %v, want %v", what, i, got[i], want[i])
		}
	}
}

var shapes = []struct {
	rows, cols int
	density    float64
}{{1, 1, 1}, {7, 3, 0.5}, {3, 7, 0.5}, {40, 17, 0.2}, {5, 4, 0}, {900, 120, 0.9}, {3000, 60, 0.5}, {300, 270, 0.6}, {60, 3000, 0.5}}

func TestProducts(t *testing.T) {
	full := 0
	for _, s := range shapes {
		for _, ones := range []bool{false, true} {
			a, d := random(s.rows, s.cols, s.density, ones)
			x, u, w := vector(s.cols, 1), vector(s.rows, 2), vector(s.rows, 3)
			for name, m := range map[string]Matrix{"CSR": a, "CSC": a.CSC(), "CSC.CSR": a.CSC().CSR(), "Dense": d} {
				y, z := make([]float64, s.rows), make([]float64, s.cols)
				m.MulVec(y, x)
				m.MulVecT(z, u)
				near(t, name+" A x", y, naive(d, x, false))
				near(t, name+" A^T u", z, naive(d, u, true))
			}
			sq := &Dense{Rows: s.rows, Cols: s.cols, Data: append([]float64(nil), d.Data...)}
			for k, v := range sq.Data {
				sq.Data[k] = v * v
			}
			for name, m := range map[string]interface{ SquaresT(dst, x []float64) }{"CSR": a, "Dense": d} {
				z := make([]float64, s.cols)
				m.SquaresT(z, u)
				near(t, name+" squares", z, naive(sq, u, true))
			}
			if s.cols > 1000 {
				continue
			}
			want, wd := make([]float64, s.cols*s.cols), &Dense{Rows: s.rows, Cols: s.cols, Data: append([]float64(nil), d.Data...)}
			for i := range s.rows {
				for j := range s.cols {
					wd.Data[i*s.cols+j] *= w[i]
				}
			}
			var g mat.Dense
			g.Mul(d.Mat().T(), wd.Mat())
			copy(want, g.RawMatrix().Data)
			for name, m := range map[string]interface{ Gram(h, d []float64) }{"CSR": a, "Dense": d} {
				h := make([]float64, s.cols*s.cols)
				m.Gram(h, w)
				near(t, name+" Gram", h, want)
			}
			if a.plan().full {
				full++
			}
		}
	}
	if full != 4 {
		t.Errorf("Gram made dense blocks of %d sparse matrices, want 4", full)
	}
}

// byColumns is a CSC where a Gram matrix is asked for as well.
type byColumns struct {
	*CSC
	rows *CSR
}

func (b byColumns) Gram(h, d []float64) { b.rows.Gram(h, d) }

// The same bits for any number of workers, and no allocation.
func TestWorkersDoNotMatter(t *testing.T) {
	defer SetWorkers(0)
	a, d := random(3000, 120, 0.6, false)
	type ops interface {
		Matrix
		Gram(h, d []float64)
	}
	narrow, _ := random(3000, 120, 0.1, false)
	for name, m := range map[string]ops{"CSR": a, "narrow CSR": narrow, "Dense": d, "CSC": byColumns{a.CSC(), a}} {
		x, u := vector(120, 1), vector(3000, 2)
		var first []float64
		for _, n := range []int{1, 2, 3, 8} {
			SetWorkers(n)
			out := make([]float64, 3000+120+120*120)
			m.MulVec(out[:3000], x)
			m.MulVecT(out[3000:3120], u)
			m.Gram(out[3120:], u)
			if first == nil {
				first = out
			}
			for i, v := range out {
				if math.Float64bits(v) != math.Float64bits(first[i]) {
					t.Fatalf("%s: %d workers change element %d from %v to %v", name, n, i, first[i], v)
				}
			}
			if k := testing.AllocsPerRun(20, func() { m.MulVec(out[:3000], x); m.MulVecT(out[3000:3120], u); m.Gram(out[3120:], u) }); k > 0 {
				t.Errorf("%s: %v allocations with %d workers", name, k, n)
			}
		}
	}
	if len(a.plan().acc) < 3 {
		t.Errorf("%d accumulators: the test reaches no parallel sum", len(a.plan().acc)-1)
	}
}

func TestFromTriplets(t *testing.T) {
	row := []int32{2, 0, 2, 0, 2, 0}
	col := []int32{1, 3, 0, 1, 1, 3}
	a, err := FromTriplets(3, 4, row, col, []float64{5, 1, 4, 2, 6, -1})
	if err != nil {
		t.Fatal(err)
	}
	want := [][]float64{{0, 2, 0, 0}, {0, 0, 0, 0}, {4, 11, 0, 0}}
	for i, r := range want {
		for j, v := range r {
			if a.At(i, j) != v {
				t.Errorf("element (%d, %d) is %v, want %v", i, j, a.At(i, j), v)
			}
		}
	}
	if _, err := NewCSR(a.Rows, a.Cols, a.Ptr, a.Idx, a.Val); err != nil {
		t.Error(err)
	}
	// Long unsorted rows take the merge path; ones stay ones unless they add up.
	r, c := make([]int32, 500), make([]int32, 500)
	s := rng.New(5, "perm")
	perm := make([]int, 500)
	for i := range perm {
		perm[i] = i
	}
	s.Shuffle(perm)
	for k, p := range perm {
		c[k] = int32(p)
	}
	b, err := FromTriplets(1, 500, r, c, nil)
	if err != nil || b.Val != nil || b.NNZ() != 500 {
		t.Fatalf("%v: %d entries, values %v", err, b.NNZ(), b.Val)
	}
	if _, err := NewCSR(1, 500, b.Ptr, b.Idx, nil); err != nil {
		t.Error(err)
	}
	c[0] = c[1]
	if b, _ = FromTriplets(1, 500, r, c, nil); b.NNZ() != 499 || b.At(0, int(c[1])) != 2 {
		t.Errorf("duplicate ones: %d entries, value %v", b.NNZ(), b.At(0, int(c[1])))
	}
}

func TestSelectRowsAndRowOperations(t *testing.T) {
	for _, ones := range []bool{false, true} {
		a, d := random(20, 9, 0.4, ones)
		rows := []int{3, 3, 19, 0}
		sa, sd := a.SelectRows(rows), d.SelectRows(rows)
		if _, err := NewCSR(4, 9, sa.Ptr, sa.Idx, sa.Val); err != nil {
			t.Error(err)
		}
		x := vector(9, 1)
		for k, i := range rows {
			near(t, "RowDot", []float64{sa.RowDot(k, x), sd.RowDot(k, x)}, []float64{a.RowDot(i, x), a.RowDot(i, x)})
			near(t, "RowNrm2Sq", []float64{sa.RowNrm2Sq(k)}, []float64{d.RowNrm2Sq(i)})
			y, z := vector(9, 2), vector(9, 2)
			sa.RowAxpy(-2, k, y)
			d.RowAxpy(-2, i, z)
			near(t, "RowAxpy", y, z)
		}
	}
}

func TestBadMatrices(t *testing.T) {
	for want, f := range map[string]func() error{
		"no negative":   func() error { _, err := NewCSR(-1, 2, []int{0}, nil, nil); return err },
		"32 bits":       func() error { _, err := NewCSR(0, 1<<31, []int{0}, nil, nil); return err },
		"pointers for":  func() error { _, err := NewCSR(2, 2, []int{0, 1}, []int32{0}, nil); return err },
		"pointers run":  func() error { _, err := NewCSR(1, 2, []int{0, 2}, []int32{0}, nil); return err },
		"increase":      func() error { _, err := NewCSR(2, 2, []int{0, 2, 1}, []int32{0}, nil); return err },
		"values for":    func() error { _, err := NewCSR(1, 2, []int{0, 1}, []int32{0}, []float64{1, 2}); return err },
		"after 1":       func() error { _, err := NewCSR(1, 2, []int{0, 2}, []int32{1, 0}, nil); return err },
		"below 2":       func() error { _, err := NewCSC(2, 1, []int{0, 1}, []int32{2}, nil); return err },
		"triplet 0":     func() error { _, err := FromTriplets(2, 2, []int32{2}, []int32{0}, nil); return err },
		"equal numbers": func() error { _, err := FromTriplets(2, 2, []int32{1}, []int32{0, 1}, nil); return err },
		"want at most":  func() error { _, err := NewDense(1<<32, 1<<32, nil); return err },
		"elements for":  func() error { _, err := NewDense(2, 2, make([]float64, 3)); return err },
	} {
		if err := f(); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("error %v, want %q", err, want)
		}
	}
}

func TestGonum(t *testing.T) {
	a, d := random(6, 4, 0.5, false)
	if !mat.Equal(a, d.Mat()) || !mat.Equal(a.T(), d.Mat().T()) {
		t.Error("CSR differs from Dense as a gonum matrix")
	}
	d.Mat().Set(1, 2, 42)
	if d.Data[1*4+2] != 42 {
		t.Error("Mat copies")
	}
	if c := DenseFrom(a); !mat.Equal(c.Mat(), a) {
		t.Error("DenseFrom differs")
	}
}

func BenchmarkCSR(b *testing.B) {
	for _, s := range []struct {
		name       string
		rows, cols int
		perRow     int
	}{{"a9a", 32561, 123, 14}, {"news20", 16000, 62000, 80}} {
		a := &CSR{Rows: s.rows, Cols: s.cols, Ptr: make([]int, 1, s.rows+1)}
		r := rng.New(1, "bench")
		for range s.rows {
			j := -1
			for k := range s.perRow {
				j += 1 + r.Intn(2*(s.cols-j-1)/(s.perRow-k+1)+1)
				if j >= s.cols {
					break
				}
				a.Idx, a.Val = append(a.Idx, int32(j)), append(a.Val, r.Norm())
			}
			a.Ptr = append(a.Ptr, len(a.Idx))
		}
		x, u := vector(s.cols, 1), vector(s.rows, 2)
		for _, n := range []int{1, 2} {
			SetWorkers(n)
			run := func(name string, f func()) {
				b.Run(s.name+"/op="+name+"/workers="+string(rune('0'+n)), func(b *testing.B) {
					b.ReportAllocs()
					for b.Loop() {
						f()
					}
					b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/float64(a.NNZ()), "ns/nnz")
				})
			}
			run("MulVec", func() { a.MulVec(u, x) })
			run("MulVecT", func() { a.MulVecT(x, u) })
			if s.cols < 1000 {
				h := make([]float64, s.cols*s.cols)
				run("Gram", func() { a.Gram(h, u) })
			}
		}
	}
	SetWorkers(0)
}

func TestColumnsAreKept(t *testing.T) {
	a, err := FromTriplets(3, 2, []int32{0, 1, 2, 2}, []int32{1, 0, 0, 1}, []float64{1, 2, 3, 4})
	if err != nil {
		t.Fatal(err)
	}
	c := a.Columns()
	if a.Columns() != c {
		t.Error("a second call makes the columns again")
	}
	if got := c.ColDot(0, []float64{1, 1, 1}); got != 5 {
		t.Errorf("column 0 sums to %v: want 5", got)
	}
	other := a.CSC()
	if err := a.SetColumns(other); err != nil || a.Columns() != other {
		t.Errorf("SetColumns: %v", err)
	}
	if err := a.SetColumns(&CSC{Rows: 3, Cols: 3, Ptr: []int{0, 0, 0, 0}}); err == nil {
		t.Error("columns of another shape are taken")
	}
}

func TestDenseColumns(t *testing.T) {
	a, err := NewDense(3, 40, nil)
	if err != nil {
		t.Fatal(err)
	}
	for k := range a.Data {
		a.Data[k] = float64(k)
	}
	c := a.Columns()
	if a.Columns() != c || c.Rows != 40 || c.Cols != 3 {
		t.Fatalf("%d x %d, kept: %v", c.Rows, c.Cols, a.Columns() == c)
	}
	for i := range 3 {
		for j := range 40 {
			if c.Row(j)[i] != a.Row(i)[j] {
				t.Fatalf("element (%d, %d) is %v, want %v", i, j, c.Row(j)[i], a.Row(i)[j])
			}
		}
	}
}
