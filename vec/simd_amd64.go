package vec

import (
	"math"
	"os"
	"slices"
	"unsafe"

	"golang.org/x/sys/cpu"
)

//go:generate go -C internal/asmgen run .

// The instruction sets, in order.
const (
	portable = iota
	avx2     // and FMA
	avx512   // F, DQ, VL, and BMI2
)

// level is the instruction set in use. Only init and tests set it.
var level = detect(os.Getenv("DESCENT_SIMD"))

// detect returns the best instruction set of the processor that limit allows: "off",
// "avx2" or "avx512". Anything else is no limit.
func detect(limit string) int {
	x := &cpu.X86
	best := portable
	if x.HasAVX2 && x.HasFMA {
		best = avx2
		if x.HasAVX512F && x.HasAVX512DQ && x.HasAVX512VL && x.HasBMI2 {
			best = avx512
		}
	}
	switch limit {
	case "off":
		return portable
	case "avx2":
		return min(best, avx2)
	}
	return best
}

// Below these lengths a call of assembly, which is never inlined, costs more than it
// saves.
const (
	minDense  = 12
	minSparse = 8
)

func f64[T Float](x []T) *float64 { return (*float64)(unsafe.Pointer(unsafe.SliceData(x))) }
func f32[T Float](x []T) *float32 { return (*float32)(unsafe.Pointer(unsafe.SliceData(x))) }

// The assembly checks no index: those who build sparse matrices validate them once.

// In the generic functions below the size of T is a constant of each instance: the
// compiler drops the other type's branches.

func dot[T Float](x, y []T) (s T) {
	n := len(x)
	switch {
	case n < minDense || level == portable:
		return dotGo(x, y)
	case unsafe.Sizeof(s) == 4 && level == avx2:
		return T(dotF32AVX2(f32(x), f32(y), n))
	case unsafe.Sizeof(s) == 4:
		return T(dotF32AVX512(f32(x), f32(y), n))
	case level == avx2:
		return T(dotF64AVX2(f64(x), f64(y), n))
	}
	return T(dotF64AVX512(f64(x), f64(y), n))
}

func axpy[T Float](a T, x, y []T) {
	n := len(x)
	switch {
	case n < minDense || level == portable:
		axpyGo(a, x, y)
	case unsafe.Sizeof(a) == 4 && level == avx2:
		axpyF32AVX2(float32(a), f32(x), f32(y), n)
	case unsafe.Sizeof(a) == 4:
		axpyF32AVX512(float32(a), f32(x), f32(y), n)
	case level == avx2:
		axpyF64AVX2(float64(a), f64(x), f64(y), n)
	default:
		axpyF64AVX512(float64(a), f64(x), f64(y), n)
	}
}

func axpyTo[T Float](dst []T, a T, x, y []T) {
	n := len(dst)
	switch {
	case n < minDense || level == portable:
		axpyToGo(dst, a, x, y)
	case unsafe.Sizeof(a) == 4 && level == avx2:
		axpyToF32AVX2(f32(dst), float32(a), f32(x), f32(y), n)
	case unsafe.Sizeof(a) == 4:
		axpyToF32AVX512(f32(dst), float32(a), f32(x), f32(y), n)
	case level == avx2:
		axpyToF64AVX2(f64(dst), float64(a), f64(x), f64(y), n)
	default:
		axpyToF64AVX512(f64(dst), float64(a), f64(x), f64(y), n)
	}
}

// nrmInf has a kernel for float64 alone.
func nrmInf[T Float](x []T) (m T) {
	n := len(x)
	if n < minDense || level == portable || unsafe.Sizeof(m) == 4 {
		return nrmInfGo(x)
	}
	var top [8]uint64
	if level == avx2 {
		nrmInfF64AVX2(&top[0], f64(x), n)
	} else {
		nrmInfF64AVX512(&top[0], f64(x), n)
	}
	return T(math.Float64frombits(slices.Max(top[:])))
}

func scal[T Float](a T, x []T) {
	n := len(x)
	switch {
	case n < minDense || level == portable:
		scalGo(a, x)
	case unsafe.Sizeof(a) == 4 && level == avx2:
		scalF32AVX2(float32(a), f32(x), n)
	case unsafe.Sizeof(a) == 4:
		scalF32AVX512(float32(a), f32(x), n)
	case level == avx2:
		scalF64AVX2(float64(a), f64(x), n)
	default:
		scalF64AVX512(float64(a), f64(x), n)
	}
}

func sum[T Float](x []T) (s T) {
	n := len(x)
	switch {
	case n < minDense || level == portable:
		return sumGo(x)
	case unsafe.Sizeof(s) == 4 && level == avx2:
		return T(sumF32AVX2(f32(x), n))
	case unsafe.Sizeof(s) == 4:
		return T(sumF32AVX512(f32(x), n))
	case level == avx2:
		return T(sumF64AVX2(f64(x), n))
	}
	return T(sumF64AVX512(f64(x), n))
}

func asum[T Float](x []T) (s T) {
	n := len(x)
	switch {
	case n < minDense || level == portable:
		return asumGo(x)
	case unsafe.Sizeof(s) == 4 && level == avx2:
		return T(asumF32AVX2(f32(x), n))
	case unsafe.Sizeof(s) == 4:
		return T(asumF32AVX512(f32(x), n))
	case level == avx2:
		return T(asumF64AVX2(f64(x), n))
	}
	return T(asumF64AVX512(f64(x), n))
}

func sparseDot[T Float](val []T, idx []int32, x []T) (s T) {
	n, j := len(idx), unsafe.SliceData(idx)
	switch {
	case n < minSparse || level == portable:
		return sparseDotGo(val, idx, x)
	case unsafe.Sizeof(s) == 4 && level == avx2:
		return T(sparseDotF32AVX2(f32(val), j, n, f32(x)))
	case unsafe.Sizeof(s) == 4:
		return T(sparseDotF32AVX512(f32(val), j, n, f32(x)))
	case level == avx2:
		return T(sparseDotF64AVX2(f64(val), j, n, f64(x)))
	}
	return T(sparseDotF64AVX512(f64(val), j, n, f64(x)))
}

func sparseSum[T Float](idx []int32, x []T) (s T) {
	n, j := len(idx), unsafe.SliceData(idx)
	switch {
	case n < minSparse || level == portable:
		return sparseSumGo(idx, x)
	case unsafe.Sizeof(s) == 4 && level == avx2:
		return T(sparseSumF32AVX2(j, n, f32(x)))
	case unsafe.Sizeof(s) == 4:
		return T(sparseSumF32AVX512(j, n, f32(x)))
	case level == avx2:
		return T(sparseSumF64AVX2(j, n, f64(x)))
	}
	return T(sparseSumF64AVX512(j, n, f64(x)))
}

// The scatters are for float64 alone, and the same code serves AVX-512.

func sparseAxpy[T Float](a T, val []T, idx []int32, y []T) {
	if n := len(idx); n < minSparse || level == portable || unsafe.Sizeof(a) == 4 {
		sparseAxpyGo(a, val, idx, y)
	} else {
		sparseAxpyF64AVX2(float64(a), f64(val), unsafe.SliceData(idx), n, f64(y))
	}
}

func sparseAdd[T Float](a T, idx []int32, y []T) {
	if n := len(idx); n < minSparse || level == portable || unsafe.Sizeof(a) == 4 {
		sparseAddGo(a, idx, y)
	} else {
		sparseAddF64AVX2(float64(a), unsafe.SliceData(idx), n, f64(y))
	}
}

func csrMulVec(dst []float64, ptr []int, idx []int32, val, x []float64) {
	rows := len(dst)
	if level == portable {
		csrMulVecGo(dst, ptr, idx, val, x)
		return
	}
	j, v := unsafe.SliceData(idx[ptr[0]:]), f64(val)
	if val != nil {
		v = f64(val[ptr[0]:])
	}
	switch {
	case level == avx2 && val == nil:
		csrMulVecOnesF64AVX2(f64(dst), unsafe.SliceData(ptr), rows, j, f64(x))
	case level == avx2:
		csrMulVecF64AVX2(f64(dst), unsafe.SliceData(ptr), rows, j, v, f64(x))
	case val == nil:
		csrMulVecOnesF64AVX512(f64(dst), unsafe.SliceData(ptr), rows, j, f64(x))
	default:
		csrMulVecF64AVX512(f64(dst), unsafe.SliceData(ptr), rows, j, v, f64(x))
	}
}

func csrMulVecT(y []float64, ptr []int, idx []int32, val, c []float64) {
	rows := len(c)
	if level == portable {
		csrMulVecTGo(y, ptr, idx, val, c)
		return
	}
	j, v := unsafe.SliceData(idx[ptr[0]:]), f64(val)
	if val != nil {
		v = f64(val[ptr[0]:])
	}
	switch {
	case level == avx2 && val == nil:
		csrMulVecTOnesF64AVX2(f64(y), unsafe.SliceData(ptr), rows, j, f64(c))
	case level == avx2:
		csrMulVecTF64AVX2(f64(y), unsafe.SliceData(ptr), rows, j, v, f64(c))
	case val == nil:
		csrMulVecTOnesF64AVX512(f64(y), unsafe.SliceData(ptr), rows, j, f64(c))
	default:
		csrMulVecTF64AVX512(f64(y), unsafe.SliceData(ptr), rows, j, v, f64(c))
	}
}

// Like the functions of elementary_amd64.go, it has no shortest length.
func softplusSigmoid(sp, sg, z []float64) {
	switch level {
	case portable:
		softplusSigmoidGo(sp, sg, z)
	case avx2:
		softplusSigmoidF64AVX2(f64(sp), f64(sg), f64(z), len(z))
	default:
		softplusSigmoidF64AVX512(f64(sp), f64(sg), f64(z), len(z))
	}
}

func packPanel(b, a, x []float64, ld, n, cols int, c []float64) {
	switch {
	case level == portable:
		packPanelGo(b, a, x, ld, n, cols, c)
	case level == avx2 && c == nil:
		panelPackF64AVX2(f64(b), f64(x), ld, n, cols)
	case level == avx2:
		panelPackWeightedF64AVX2(f64(b), f64(a), f64(x), ld, n, cols, f64(c))
	case c == nil:
		panelPackF64AVX512(f64(b), f64(x), ld, n, cols)
	default:
		panelPackWeightedF64AVX512(f64(b), f64(a), f64(x), ld, n, cols, f64(c))
	}
}

func interleave(b []float64, x [][]float64, n int) {
	whole := n &^ 3
	if level == portable || whole == 0 {
		interleaveGo(b, x, n)
		return
	}
	var at [PanelCols]*float64
	for j := range at {
		at[j] = f64(x[j])
	}
	panelInterleaveF64AVX2(f64(b), &at[0], whole)
	for k := whole; k < n; k++ {
		for j, v := range x {
			b[PanelCols*k+j] = v[k]
		}
	}
}

func panelTiles(h []float64, ld int, a, b []float64, v int) {
	if level == portable {
		panelTilesGo(h, ld, a, b, v)
		return
	}
	for n := len(a) / PanelCols; v > 0; {
		step := 1
		switch {
		case level == avx2:
			panelTile1F64AVX2(f64(h), ld, f64(a), f64(b), n)
		case v >= 3:
			step = 3
			panelTile3F64AVX512(f64(h), ld, f64(a), f64(b), n)
		case v == 2:
			step = 2
			panelTile2F64AVX512(f64(h), ld, f64(a), f64(b), n)
		default:
			panelTile1F64AVX512(f64(h), ld, f64(a), f64(b), n)
		}
		if v -= step; v > 0 {
			h, b = h[step*PanelCols:], b[step*len(a):]
		}
	}
}

func rowsMulVec(dst, a, x []float64) {
	switch level {
	case portable:
		rowsMulVecGo(dst, a, x)
	case avx2:
		rowsMulVecF64AVX2(f64(dst), f64(a), len(dst), len(x), f64(x))
	default:
		rowsMulVecF64AVX512(f64(dst), f64(a), len(dst), len(x), f64(x))
	}
}

func rowsMulVecT(y, a []float64, ld int, c []float64) {
	switch {
	case len(y) == 0 || len(c) == 0:
	case level == portable:
		rowsMulVecTGo(y, a, ld, c)
	case level == avx2:
		rowsMulVecTF64AVX2(f64(y), f64(a), ld, len(c), len(y), f64(c))
	default:
		rowsMulVecTF64AVX512(f64(y), f64(a), ld, len(c), len(y), f64(c))
	}
}

func csrGram(h []float64, ld int, ptr []int, idx []int32, val, c []float64) {
	rows := len(c)
	if level == portable {
		csrGramGo(h, ld, ptr, idx, val, c)
		return
	}
	j, v := unsafe.SliceData(idx[ptr[0]:]), f64(val)
	if val != nil {
		v = f64(val[ptr[0]:])
	}
	switch {
	case level == avx2 && val == nil:
		csrGramOnesF64AVX2(f64(h), ld, unsafe.SliceData(ptr), rows, j, f64(c))
	case level == avx2:
		csrGramF64AVX2(f64(h), ld, unsafe.SliceData(ptr), rows, j, v, f64(c))
	case val == nil:
		csrGramOnesF64AVX512(f64(h), ld, unsafe.SliceData(ptr), rows, j, f64(c))
	default:
		csrGramF64AVX512(f64(h), ld, unsafe.SliceData(ptr), rows, j, v, f64(c))
	}
}

func csrSquaresT(y []float64, ptr []int, idx []int32, val, c []float64) {
	if level == portable {
		csrSquaresTGo(y, ptr, idx, val, c)
		return
	}
	j, v := unsafe.SliceData(idx[ptr[0]:]), f64(val[ptr[0]:])
	if level == avx2 {
		csrSquaresTF64AVX2(f64(y), unsafe.SliceData(ptr), len(c), j, v, f64(c))
	} else {
		csrSquaresTF64AVX512(f64(y), unsafe.SliceData(ptr), len(c), j, v, f64(c))
	}
}

func rowsSquaresT(y, a []float64, ld int, c []float64) {
	switch {
	case len(y) == 0 || len(c) == 0:
	case level == portable:
		rowsSquaresTGo(y, a, ld, c)
	case level == avx2:
		rowsSquaresTF64AVX2(f64(y), f64(a), ld, len(c), len(y), f64(c))
	default:
		rowsSquaresTF64AVX512(f64(y), f64(a), ld, len(c), len(y), f64(c))
	}
}
