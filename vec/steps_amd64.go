package vec

import "unsafe"

// Like the functions of elementary_amd64.go, the steps have no shortest length. Their
// assembly reads the numbers of a step in the order of the struct's fields.

func first64[C any](c *C) *float64 { return (*float64)(unsafe.Pointer(c)) }
func first32[C any](c *C) *float32 { return (*float32)(unsafe.Pointer(c)) }

func axpby[T Float](c *[2]T, x, y []T) {
	n := len(x)
	switch {
	case level == portable:
		axpbyGo(c, x, y)
	case unsafe.Sizeof(x[0]) == 4 && level == avx2:
		axpbyF32AVX2(first32(c), f32(x), f32(y), n)
	case unsafe.Sizeof(x[0]) == 4:
		axpbyF32AVX512(first32(c), f32(x), f32(y), n)
	case level == avx2:
		axpbyF64AVX2(first64(c), f64(x), f64(y), n)
	default:
		axpbyF64AVX512(first64(c), f64(x), f64(y), n)
	}
}

func momentumStep[T Float](c *Momentum[T], x, v, g []T) {
	n := len(x)
	switch {
	case level == portable:
		momentumStepGo(c, x, v, g)
	case unsafe.Sizeof(x[0]) == 4 && level == avx2:
		momentumStepF32AVX2(first32(c), f32(x), f32(v), f32(g), n)
	case unsafe.Sizeof(x[0]) == 4:
		momentumStepF32AVX512(first32(c), f32(x), f32(v), f32(g), n)
	case level == avx2:
		momentumStepF64AVX2(first64(c), f64(x), f64(v), f64(g), n)
	default:
		momentumStepF64AVX512(first64(c), f64(x), f64(v), f64(g), n)
	}
}

func nesterovStep[T Float](c *Momentum[T], x, v, g []T) {
	n := len(x)
	switch {
	case level == portable:
		nesterovStepGo(c, x, v, g)
	case unsafe.Sizeof(x[0]) == 4 && level == avx2:
		nesterovStepF32AVX2(first32(c), f32(x), f32(v), f32(g), n)
	case unsafe.Sizeof(x[0]) == 4:
		nesterovStepF32AVX512(first32(c), f32(x), f32(v), f32(g), n)
	case level == avx2:
		nesterovStepF64AVX2(first64(c), f64(x), f64(v), f64(g), n)
	default:
		nesterovStepF64AVX512(first64(c), f64(x), f64(v), f64(g), n)
	}
}

func momentStep[T Float](c *Moments[T], x, m, v, g []T) {
	n := len(x)
	switch {
	case level == portable:
		momentStepGo(c, x, m, v, g)
	case unsafe.Sizeof(x[0]) == 4 && level == avx2:
		momentStepF32AVX2(first32(c), f32(x), f32(m), f32(v), f32(g), n)
	case unsafe.Sizeof(x[0]) == 4:
		momentStepF32AVX512(first32(c), f32(x), f32(m), f32(v), f32(g), n)
	case level == avx2:
		momentStepF64AVX2(first64(c), f64(x), f64(m), f64(v), f64(g), n)
	default:
		momentStepF64AVX512(first64(c), f64(x), f64(m), f64(v), f64(g), n)
	}
}

func deviationStep[T Float](c *Moments[T], x, m, v, g []T) {
	n := len(x)
	switch {
	case level == portable:
		deviationStepGo(c, x, m, v, g)
	case unsafe.Sizeof(x[0]) == 4 && level == avx2:
		deviationStepF32AVX2(first32(c), f32(x), f32(m), f32(v), f32(g), n)
	case unsafe.Sizeof(x[0]) == 4:
		deviationStepF32AVX512(first32(c), f32(x), f32(m), f32(v), f32(g), n)
	case level == avx2:
		deviationStepF64AVX2(first64(c), f64(x), f64(m), f64(v), f64(g), n)
	default:
		deviationStepF64AVX512(first64(c), f64(x), f64(m), f64(v), f64(g), n)
	}
}

func signStep[T Float](c *Signs[T], x, m, g []T) {
	n := len(x)
	switch {
	case level == portable:
		signStepGo(c, x, m, g)
	case unsafe.Sizeof(x[0]) == 4 && level == avx2:
		signStepF32AVX2(first32(c), f32(x), f32(m), f32(g), n)
	case unsafe.Sizeof(x[0]) == 4:
		signStepF32AVX512(first32(c), f32(x), f32(m), f32(g), n)
	case level == avx2:
		signStepF64AVX2(first64(c), f64(x), f64(m), f64(g), n)
	default:
		signStepF64AVX512(first64(c), f64(x), f64(m), f64(g), n)
	}
}

func clippedStep[T Float](c *Clipped[T], x, m, h, g []T) {
	n := len(x)
	switch {
	case level == portable:
		clippedStepGo(c, x, m, h, g)
	case unsafe.Sizeof(x[0]) == 4 && level == avx2:
		clippedStepF32AVX2(first32(c), f32(x), f32(m), f32(h), f32(g), n)
	case unsafe.Sizeof(x[0]) == 4:
		clippedStepF32AVX512(first32(c), f32(x), f32(m), f32(h), f32(g), n)
	case level == avx2:
		clippedStepF64AVX2(first64(c), f64(x), f64(m), f64(h), f64(g), n)
	default:
		clippedStepF64AVX512(first64(c), f64(x), f64(m), f64(h), f64(g), n)
	}
}
