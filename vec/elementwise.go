package vec

import (
	"fmt"
	"math"
	"unsafe"
)

// Fill sets all elements of x to v.
func Fill[T Float](x []T, v T) { fill(x, v) }

// MulTo stores x_i y_i in dst, which may alias x or y.
func MulTo[T Float](dst, x, y []T) {
	match(len(dst), len(x))
	match(len(dst), len(y))
	mulTo(dst, x, y)
}

// MulAdd adds x_i y_i to dst_i.
func MulAdd[T Float](dst, x, y []T) {
	match(len(dst), len(x))
	match(len(dst), len(y))
	mulAdd(dst, x, y)
}

// ShiftTo stores (x_i + b) a in dst, which may alias x.
func ShiftTo[T Float](dst, x []T, b, a T) {
	match(len(dst), len(x))
	shiftTo(dst, x, b, a)
}

// Largest returns the largest element that is not NaN, -Inf if there is none.
func Largest[T Float](x []T) T { return largest(x) }

// ReluTo stores max(x_i, 0) in dst, which may alias x. NaN stays.
func ReluTo[T Float](dst, x []T) {
	match(len(dst), len(x))
	reluTo(dst, x)
}

// MaskZeros sets g_i to 0 where y_i is 0 or -0. Unlike a product it does so for infinities
// and NaN too.
func MaskZeros[T Float](g, y []T) {
	match(len(g), len(y))
	maskZeros(g, y)
}

// CopyRows copies the first n elements of rows of src, lds apart, to rows of dst, ldd
// apart. The matrices must not overlap.
func CopyRows[T Float](dst []T, ldd int, src []T, lds, n, rows int) {
	if checkRows(len(dst), ldd, len(src), lds, n, rows) {
		copyRows(dst, ldd, src, lds, n, rows)
	}
}

// AddRows is CopyRows that adds.
func AddRows[T Float](dst []T, ldd int, src []T, lds, n, rows int) {
	if checkRows(len(dst), ldd, len(src), lds, n, rows) {
		addRows(dst, ldd, src, lds, n, rows)
	}
}

// MaxPairs stores in y the largest elements of windows of 2 x 2 side by side, which begin at
// x[0], x[2], ... and reach to the row that is w elements behind, and in index their places,
// counted from base: the first in a window of equal ones. It reports false, with y and index
// undefined, if a window has a NaN; it may if one has infinities.
func MaxPairs[T Float](y []T, index []int, x []T, w, base int) bool {
	match(len(y), len(index))
	if n := len(y); n > 0 && (w < 2*n || w+2*n > len(x)) {
		panic(fmt.Sprintf("vec: %d windows in rows of %d, in %d elements", n, w, len(x)))
	}
	return maxPairs(y, index, x, w, base)
}

// checkRows reports whether there is something to do, and panics unless both slices hold
// the rows: a programming error.
func checkRows(lenDst, ldd, lenSrc, lds, n, rows int) bool {
	if n <= 0 || rows <= 0 {
		return false
	}
	if ldd < n || lds < n || (rows-1)*ldd+n > lenDst || (rows-1)*lds+n > lenSrc {
		panic(fmt.Sprintf("vec: %d rows of %d elements, %d apart in %d and %d apart in %d elements", rows, n, ldd, lenDst, lds, lenSrc))
	}
	return true
}

// The portable twins.

func fillGo[T Float](x []T, v T) {
	for i := range x {
		x[i] = v
	}
}

func mulToGo[T Float](dst, x, y []T) {
	x, y = x[:len(dst)], y[:len(dst)]
	for i := range dst {
		dst[i] = x[i] * y[i]
	}
}

func mulAddGo[T Float](dst, x, y []T) {
	x, y = x[:len(dst)], y[:len(dst)]
	for i := range dst {
		dst[i] += x[i] * y[i]
	}
}

func shiftToGo[T Float](dst, x []T, b, a T) {
	x = x[:len(dst)]
	for i := range dst {
		dst[i] = (x[i] + b) * a
	}
}

func largestGo[T Float](x []T) T {
	top := T(math.Inf(-1))
	for _, v := range x {
		if v > top {
			top = v
		}
	}
	return top
}

func reluToGo[T Float](dst, x []T) {
	x = x[:len(dst)]
	for i := range dst {
		dst[i] = max(x[i], 0)
	}
}

// maskZerosGo has no branches.
func maskZerosGo[T Float](g, y []T) {
	if unsafe.Sizeof(T(0)) == 4 {
		for i, v := range y {
			b := math.Float32bits(float32(v)) << 1
			g[i] = T(math.Float32frombits(math.Float32bits(float32(g[i])) & uint32(int32(b|-b)>>31)))
		}
		return
	}
	for i, v := range y {
		b := math.Float64bits(float64(v)) << 1
		g[i] = T(math.Float64frombits(math.Float64bits(float64(g[i])) & uint64(int64(b|-b)>>63)))
	}
}

func maxPairsGo[T Float](y []T, index []int, x []T, w, base int) bool {
	n := len(y)
	if n == 0 {
		return true
	}
	upper, lower := x[:2*n], x[w:][:2*n]
	index = index[:n]
	for i := range y {
		a, b, c, d := upper[2*i], upper[2*i+1], lower[2*i], lower[2*i+1]
		if s := a + b + c + d; s != s {
			return false
		}
		p, q := 0, w // two statements each, without branches
		if b > a {
			p = 1
		}
		if d > c {
			q = w + 1
		}
		a, c = max(a, b), max(c, d)
		if c > a {
			p = q
		}
		y[i], index[i] = max(a, c), base+2*i+p
	}
	return true
}

func copyRowsGo[T Float](dst []T, ldd int, src []T, lds, n, rows int) {
	for i := range rows {
		copy(dst[i*ldd:i*ldd+n], src[i*lds:])
	}
}

func addRowsGo[T Float](dst []T, ldd int, src []T, lds, n, rows int) {
	for i := range rows {
		axpyGo(1, src[i*lds:i*lds+n], dst[i*ldd:i*ldd+n])
	}
}
