package vec

import (
	"math"
	"unsafe"
)

func fill[T Float](x []T, v T) {
	n := len(x)
	switch {
	case n < minDense || level == portable:
		fillGo(x, v)
	case unsafe.Sizeof(v) == 4 && level == avx2:
		fillF32AVX2(f32(x), float32(v), n)
	case unsafe.Sizeof(v) == 4:
		fillF32AVX512(f32(x), float32(v), n)
	case level == avx2:
		fillF64AVX2(f64(x), float64(v), n)
	default:
		fillF64AVX512(f64(x), float64(v), n)
	}
}

func mulTo[T Float](dst, x, y []T) {
	n := len(dst)
	switch {
	case n < minDense || level == portable:
		mulToGo(dst, x, y)
	case unsafe.Sizeof(T(0)) == 4 && level == avx2:
		mulToF32AVX2(f32(dst), f32(x), f32(y), n)
	case unsafe.Sizeof(T(0)) == 4:
		mulToF32AVX512(f32(dst), f32(x), f32(y), n)
	case level == avx2:
		mulToF64AVX2(f64(dst), f64(x), f64(y), n)
	default:
		mulToF64AVX512(f64(dst), f64(x), f64(y), n)
	}
}

func reluTo[T Float](dst, x []T) {
	n := len(dst)
	switch {
	case n < minDense || level == portable:
		reluToGo(dst, x)
	case unsafe.Sizeof(T(0)) == 4 && level == avx2:
		reluToF32AVX2(f32(dst), f32(x), n)
	case unsafe.Sizeof(T(0)) == 4:
		reluToF32AVX512(f32(dst), f32(x), n)
	case level == avx2:
		reluToF64AVX2(f64(dst), f64(x), n)
	default:
		reluToF64AVX512(f64(dst), f64(x), n)
	}
}

func maskZeros[T Float](g, y []T) {
	n := len(g)
	switch {
	case n < minDense || level == portable:
		maskZerosGo(g, y)
	case unsafe.Sizeof(T(0)) == 4 && level == avx2:
		maskZerosF32AVX2(f32(g), f32(y), n)
	case unsafe.Sizeof(T(0)) == 4:
		maskZerosF32AVX512(f32(g), f32(y), n)
	case level == avx2:
		maskZerosF64AVX2(f64(g), f64(y), n)
	default:
		maskZerosF64AVX512(f64(g), f64(y), n)
	}
}

func copyRows[T Float](dst []T, ldd int, src []T, lds, n, rows int) {
	switch {
	case level == portable:
		copyRowsGo(dst, ldd, src, lds, n, rows)
	case unsafe.Sizeof(T(0)) == 4 && level == avx2:
		copyRowsF32AVX2(f32(dst), ldd, f32(src), lds, n, rows)
	case unsafe.Sizeof(T(0)) == 4:
		copyRowsF32AVX512(f32(dst), ldd, f32(src), lds, n, rows)
	case level == avx2:
		copyRowsF64AVX2(f64(dst), ldd, f64(src), lds, n, rows)
	default:
		copyRowsF64AVX512(f64(dst), ldd, f64(src), lds, n, rows)
	}
}

func addRows[T Float](dst []T, ldd int, src []T, lds, n, rows int) {
	switch {
	case level == portable:
		addRowsGo(dst, ldd, src, lds, n, rows)
	case unsafe.Sizeof(T(0)) == 4 && level == avx2:
		addRowsF32AVX2(f32(dst), ldd, f32(src), lds, n, rows)
	case unsafe.Sizeof(T(0)) == 4:
		addRowsF32AVX512(f32(dst), ldd, f32(src), lds, n, rows)
	case level == avx2:
		addRowsF64AVX2(f64(dst), ldd, f64(src), lds, n, rows)
	default:
		addRowsF64AVX512(f64(dst), ldd, f64(src), lds, n, rows)
	}
}

func mulAdd[T Float](dst, x, y []T) {
	n := len(dst)
	switch {
	case n < minDense || level == portable:
		mulAddGo(dst, x, y)
	case unsafe.Sizeof(T(0)) == 4 && level == avx2:
		mulAddF32AVX2(f32(dst), f32(x), f32(y), n)
	case unsafe.Sizeof(T(0)) == 4:
		mulAddF32AVX512(f32(dst), f32(x), f32(y), n)
	case level == avx2:
		mulAddF64AVX2(f64(dst), f64(x), f64(y), n)
	default:
		mulAddF64AVX512(f64(dst), f64(x), f64(y), n)
	}
}

func shiftTo[T Float](dst, x []T, b, a T) {
	n := len(dst)
	switch {
	case n < minDense || level == portable:
		shiftToGo(dst, x, b, a)
	case unsafe.Sizeof(T(0)) == 4 && level == avx2:
		shiftToF32AVX2(f32(dst), f32(x), float32(b), float32(a), n)
	case unsafe.Sizeof(T(0)) == 4:
		shiftToF32AVX512(f32(dst), f32(x), float32(b), float32(a), n)
	case level == avx2:
		shiftToF64AVX2(f64(dst), f64(x), float64(b), float64(a), n)
	default:
		shiftToF64AVX512(f64(dst), f64(x), float64(b), float64(a), n)
	}
}

// largest has the elements of a vector to compare at the end.
func largest[T Float](x []T) T {
	var top [16]T
	n := len(x)
	if n < len(top) || level == portable {
		return largestGo(x)
	}
	fillGo(top[:], T(math.Inf(-1)))
	switch {
	case unsafe.Sizeof(T(0)) == 4 && level == avx2:
		largestF32AVX2(f32(top[:]), f32(x), n)
		return largestGo(top[:8])
	case unsafe.Sizeof(T(0)) == 4:
		largestF32AVX512(f32(top[:]), f32(x), n)
		return largestGo(top[:])
	case level == avx2:
		largestF64AVX2(f64(top[:]), f64(x), n)
		return largestGo(top[:4])
	}
	largestF64AVX512(f64(top[:]), f64(x), n)
	return largestGo(top[:8])
}

// maxPairs has a kernel for float32 alone. What is left behind its last 8 windows is computed
// with the 8 that end the row.
func maxPairs[T Float](y []T, index []int, x []T, w, base int) bool {
	n := len(y)
	if unsafe.Sizeof(T(0)) == 8 || level == portable || n < 8 {
		return maxPairsGo(y, index, x, w, base)
	}
	nan := maxPairsF32AVX2(f32(y), &index[0], f32(x), w, base, n&^7)
	if last := n - 8; n%8 > 0 {
		nan |= maxPairsF32AVX2(f32(y[last:]), &index[last], f32(x[2*last:]), w, base+2*last, 8)
	}
	return nan == 0
}
