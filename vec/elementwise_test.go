package vec

import (
	"math"
	"slices"
	"testing"
)

// special has numbers of all kinds between ordinary ones.
func special[T Float](n int, seed uint64) []T {
	x := sample[T](n, seed)
	kinds := []T{0, T(math.Copysign(0, -1)), T(math.Inf(1)), T(math.Inf(-1)), T(math.NaN()), T(math.SmallestNonzeroFloat32), -T(math.SmallestNonzeroFloat32)}
	for i := range x {
		if i%3 == int(seed)%3 {
			x[i] = kinds[i/3%len(kinds)]
		}
	}
	return x
}

// sameBits tells +0 from -0; all NaN are equal.
func sameBits[T Float](a, b T) bool {
	return a == b && math.Signbit(float64(a)) == math.Signbit(float64(b)) || a != a && b != b
}

func TestElementwise(t *testing.T) {
	paths(t, func(t *testing.T) {
		testElementwise[float32](t)
		testElementwise[float64](t)
	})
}

// testElementwise compares each function with its definition, onto itself and at all lengths.
func testElementwise[T Float](t *testing.T) {
	for n := range 150 {
		x, y := special[T](n, 1), special[T](n, 2)
		for name, f := range map[string]struct {
			to   func(x []T)
			want func(x, y T) T
		}{
			"Fill":      {func(x []T) { Fill(x, 3) }, func(_, _ T) T { return 3 }},
			"MulTo":     {func(x []T) { MulTo(x, x, y) }, func(x, y T) T { return x * y }},
			"ReluTo":    {func(x []T) { ReluTo(x, x) }, func(x, _ T) T { return max(x, 0) }},
			"ShiftTo":   {func(x []T) { ShiftTo(x, x, 0.5, 3) }, func(x, _ T) T { return (x + 0.5) * 3 }},
			"MaskZeros": {func(x []T) { MaskZeros(x, y) }, maskZero[T]},
		} {
			got := append(slices.Clone(x), 7)
			f.to(got[:n])
			for i := range x {
				if want := f.want(x[i], y[i]); !sameBits(got[i], want) {
					t.Fatalf("%s of %v and %v at %d of %d is %v, want %v", name, x[i], y[i], i, n, got[i], want)
				}
			}
			if got[n] != 7 {
				t.Fatalf("%s wrote beyond %d elements", name, n)
			}
		}
	}
}

// TestMulAdd: products may be rounded or not.
func TestMulAdd(t *testing.T) {
	paths(t, func(t *testing.T) {
		testMulAdd[float32](t, 0x1p-22)
		testMulAdd[float64](t, 0x1p-51)
	})
}

func testMulAdd[T Float](t *testing.T, eps float64) {
	for n := range 150 {
		x, y, z := sample[T](n, 1), sample[T](n, 2), append(sample[T](n, 3), 7)
		old := slices.Clone(z)
		MulAdd(z[:n], x, y)
		for i := range x {
			p := float64(x[i]) * float64(y[i])
			if want := float64(old[i]) + p; !(math.Abs(float64(z[i])-want) <= eps*(math.Abs(p)+math.Abs(want))) {
				t.Fatalf("%v + %v * %v at %d of %d is %v", old[i], x[i], y[i], i, n, z[i])
			}
		}
		if z[n] != 7 {
			t.Fatalf("MulAdd wrote beyond %d elements", n)
		}
	}
}

func TestLargest(t *testing.T) {
	paths(t, func(t *testing.T) {
		testLargest[float32](t)
		testLargest[float64](t)
	})
}

func testLargest[T Float](t *testing.T) {
	for n := range 150 {
		x, y := special[T](n, 1), sample[T](n, 2)
		for i := range x {
			if x[i] = min(x[i], 5); i%4 == 0 {
				x[i] = T(math.NaN())
			}
		}
		if got, want := Largest(x), largestGo(x); !sameBits(got, want) && got != want {
			t.Fatalf("the largest of %v is %v, want %v", x, got, want)
		}
		for i := range y { // wherever it is
			y[i] -= 100
			if got := Largest(y); got != largestGo(y) {
				t.Fatalf("the largest of %d is %v, want %v", n, got, largestGo(y))
			}
		}
	}
}

func maskZero[T Float](x, y T) T {
	if y == 0 {
		return 0
	}
	return x
}

func TestMatrixRows(t *testing.T) {
	paths(t, func(t *testing.T) {
		testMatrixRows[float32](t)
		testMatrixRows[float64](t)
	})
}

func testMatrixRows[T Float](t *testing.T) {
	for n := range 70 {
		for _, rows := range []int{0, 1, 2, 5} {
			ldd, lds := n+3, n+rows%2
			src, old := sample[T](rows*lds, 1), sample[T](rows*ldd+1, 2)
			copied, added := slices.Clone(old), slices.Clone(old)
			CopyRows(copied, ldd, src, lds, n, rows)
			AddRows(added, ldd, src, lds, n, rows)
			for i, v := range old {
				c, a := v, v
				if r, j := i/ldd, i%ldd; r < rows && j < n {
					c, a = src[r*lds+j], v+src[r*lds+j]
				}
				if copied[i] != c || added[i] != a {
					t.Fatalf("%d rows of %d: element %d is %v and %v, want %v and %v", rows, n, i, copied[i], added[i], c, a)
				}
			}
		}
	}
	for _, f := range []func(){
		func() { CopyRows(make([]T, 9), 5, make([]T, 10), 5, 5, 2) },
		func() { AddRows(make([]T, 10), 5, make([]T, 9), 5, 5, 2) },
		func() { AddRows(make([]T, 10), 4, make([]T, 10), 5, 5, 2) },
	} {
		func() {
			defer func() {
				if recover() == nil {
					t.Error("rows beyond the slice: want a panic")
				}
			}()
			f()
		}()
	}
}

func TestMaxPairs(t *testing.T) {
	paths(t, func(t *testing.T) {
		testMaxPairs[float32](t)
		testMaxPairs[float64](t)
	})
}

// testMaxPairs compares with the definition, on numbers of which many are equal.
func testMaxPairs[T Float](t *testing.T) {
	for n := range 40 {
		w := 2*n + n%3
		x := sample[T](w+2*n, uint64(n))
		for i := range x {
			x[i] = T(math.Round(2 * float64(x[i])))
		}
		y, index := append(make([]T, n), 7), append(make([]int, n), 7)
		if !MaxPairs(y[:n], index[:n], x, w, 100) {
			t.Fatalf("%d windows: a NaN where there is none", n)
		}
		for i := range n {
			best := 2 * i
			for _, k := range []int{2*i + 1, w + 2*i, w + 2*i + 1} {
				if x[k] > x[best] {
					best = k
				}
			}
			if y[i] != x[best] || index[i] != 100+best {
				t.Fatalf("window %d of %d: %v at %d, want %v at %d", i, n, y[i], index[i], x[best], 100+best)
			}
		}
		if y[n] != 7 || index[n] != 7 {
			t.Fatalf("MaxPairs wrote beyond %d windows", n)
		}
		for k := range 4 * n {
			if k >= 2*n {
				k += w - 2*n
			}
			old := x[k]
			x[k] = T(math.NaN())
			if MaxPairs(y[:n], index[:n], x, w, 0) {
				t.Fatalf("%d windows: the NaN at %d is missed", n, k)
			}
			x[k] = old
		}
	}
	defer func() {
		if recover() == nil {
			t.Error("rows beyond the slice: want a panic")
		}
	}()
	MaxPairs(make([]T, 2), make([]int, 2), make([]T, 7), 4, 0)
}
