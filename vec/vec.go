// Package vec has the dense and sparse kernels of the module on slices of float32
// or float64: the only place for unrolled or assembly code. On amd64 the kernels
// run in AVX2 or AVX-512 where the processor has them; everywhere else, and with
// the environment variable DESCENT_SIMD=off, in portable Go (DESCENT_SIMD=avx2 leaves
// AVX-512 aside). The paths add in different orders, so sums may differ in their last
// bits between processors; on one path they are deterministic.
//
// Slices that a kernel reads or writes together must have the same length;
// kernels panic otherwise. They never allocate. Sparse kernels do not check each index
// (the portable ones do): pass only indices that were validated, as linalg does when it
// builds a matrix. One outside the vector reads or writes foreign memory.
package vec

import (
	"fmt"
	"math"
)

// Float is what kernels work on.
type Float interface{ float32 | float64 }

// match panics unless the lengths agree: a programming error.
func match(a, b int) {
	if a != b {
		panic(fmt.Sprintf("vec: lengths %d and %d differ", a, b))
	}
}

// Nrm2 returns the Euclidean norm, without overflow or underflow of the squares.
func Nrm2[T Float](x []T) T {
	s := Dot(x, x)
	if f := float64(s); f > tiny[T]() && f <= huge[T]() {
		return T(math.Sqrt(f))
	}
	top := float64(NrmInf(x))
	if top == 0 || math.IsInf(top, 0) || math.IsNaN(top) {
		return T(top)
	}
	q := 0.0
	for _, v := range x {
		r := float64(v) / top
		q += r * r
	}
	return T(top * math.Sqrt(q))
}

// tiny and huge bound the sums of squares that are sure to be accurate.
func tiny[T Float]() float64 {
	var z T
	if _, ok := any(z).(float32); ok {
		return 0x1p-100
	}
	return 0x1p-900
}

func huge[T Float]() float64 {
	var z T
	if _, ok := any(z).(float32); ok {
		return math.MaxFloat32
	}
	return math.MaxFloat64
}

// NrmInf returns the largest absolute value, NaN if x holds one, 0 for no elements.
func NrmInf[T Float](x []T) T { return nrmInf(x) }

// AllFinite reports whether x holds neither NaN nor an infinity.
func AllFinite[T Float](x []T) bool {
	var s, u T // v - v is NaN for both
	for len(x) >= 4 {
		s += x[0] - x[0] + (x[1] - x[1])
		u += x[2] - x[2] + (x[3] - x[3])
		x = x[4:]
	}
	for _, v := range x {
		s += v - v
	}
	return s+u == 0
}

// AxpyTo stores a x + y in dst, which may alias x or y.
func AxpyTo[T Float](dst []T, a T, x, y []T) {
	match(len(dst), len(x))
	match(len(dst), len(y))
	axpyTo(dst, a, x, y)
}
