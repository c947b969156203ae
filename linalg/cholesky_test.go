package linalg

import (
	"fmt"
	"math"
	"testing"
)

// definite returns a positive definite n x n matrix.
func definite(n int) []float64 {
	_, d := random(n+10, n, 1, false)
	h, w := make([]float64, n*n), make([]float64, n+10)
	fill(w, 1)
	d.Gram(h, w)
	for i := range n {
		h[i*n+i] += 1
	}
	return h
}

func TestCholesky(t *testing.T) {
	defer SetWorkers(0)
	for _, n := range []int{0, 1, 2, 7, 8, 9, 30, 31, 32, 33, 63, 64, 65, 100, 301, 333} {
		a := definite(n)
		x, b := vector(n, 1), make([]float64, n)
		(&Dense{Rows: n, Cols: n, Data: a}).MulVec(b, x)
		var c, d Cholesky
		SetWorkers(1)
		if !c.Factor(a, n) {
			t.Fatalf("n = %d: not positive definite", n)
		}
		SetWorkers(3)
		for i := range n { // it reads the upper triangle alone
			for j := range i {
				a[i*n+j] = math.NaN()
			}
		}
		if !d.Factor(a, n) {
			t.Fatalf("n = %d: not positive definite with other workers", n)
		}
		for i := range n {
			for j := i; j < n; j++ {
				s := 0.0
				for k := range i + 1 {
					s += c.u[k*c.ld+i] * c.u[k*c.ld+j]
				}
				if math.Abs(s-a[i*n+j]) > 1e-12*float64(n)*10 {
					t.Fatalf("n = %d: element (%d, %d) of U'U is %v, want %v", n, i, j, s, a[i*n+j])
				}
				if c.u[i*c.ld+j] != d.u[i*d.ld+j] {
					t.Fatalf("n = %d: workers change bits", n)
				}
			}
		}
		r := make([]float64, n)
		c.Solve(r, b)
		for i := range x {
			if math.Abs(r[i]-x[i]) > 1e-9 {
				t.Fatalf("n = %d: element %d of the solution is %v, want %v", n, i, r[i], x[i])
			}
		}
		c.Solve(b, b) // in place
		near(t, "solution in place", b, r)
	}
}

// A smaller matrix reuses storage, and what is not positive definite or not finite,
// wherever it is so, is refused.
func TestCholeskyRefuses(t *testing.T) {
	var c Cholesky
	const n = 77
	a := definite(n)
	for i := range n {
		for _, bad := range []float64{math.NaN(), math.Inf(1), math.Inf(-1), 0, -1} {
			old := a[i*n+i]
			a[i*n+i] = bad
			if c.Factor(a, n) {
				t.Errorf("%v in place %d of the diagonal was accepted", bad, i)
			}
			a[i*n+i] = old
		}
		for _, bad := range []float64{math.NaN(), math.Inf(1), math.Inf(-1), 1e9} {
			if i == 0 {
				continue
			}
			old := a[i]
			a[i] = bad
			if c.Factor(a, n) {
				t.Errorf("%v in column %d of the first row was accepted", bad, i)
			}
			a[i] = old
		}
	}
	if !c.Factor(a, n) || !c.Factor(definite(5), 5) {
		t.Error("a good matrix was refused after bad ones")
	}
	if k := testing.AllocsPerRun(10, func() { c.Factor(a, n); c.Solve(a[:n], a[:n]) }); k > 0 {
		t.Errorf("%v allocations", k)
	}
}

func BenchmarkCholesky(b *testing.B) {
	for _, n := range []int{12, 54, 123, 300, 500, 1000} {
		_, d := random(2*n, n, 1, false)
		h, w, x := make([]float64, n*n), make([]float64, 2*n), vector(n, 2)
		fill(w, 1)
		d.Gram(h, w)
		var c Cholesky
		b.Run(fmt.Sprintf("op=Factor/n=%d", n), func(b *testing.B) {
			for b.Loop() {
				if !c.Factor(h, n) {
					b.Fatal("not positive definite")
				}
			}
			b.ReportMetric(float64(b.N)*float64(n)*float64(n)*float64(n)/3/float64(b.Elapsed().Nanoseconds()), "GFLOPS")
		})
		b.Run(fmt.Sprintf("op=Solve/n=%d", n), func(b *testing.B) {
			for b.Loop() {
				c.Solve(x, x)
			}
		})
	}
}
