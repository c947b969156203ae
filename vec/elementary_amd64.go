package vec

import "unsafe"

// The functions of elements have no shortest length: an element's result must not
// depend on how many come with it.

func expTo[T Float](dst, x []T) {
	n := len(x)
	switch {
	case level == portable:
		expGo(dst, x)
	case unsafe.Sizeof(dst[0]) == 4 && level == avx2:
		expF32AVX2(f32(dst), f32(x), n)
	case unsafe.Sizeof(dst[0]) == 4:
		expF32AVX512(f32(dst), f32(x), n)
	case level == avx2:
		expF64AVX2(f64(dst), f64(x), n)
	default:
		expF64AVX512(f64(dst), f64(x), n)
	}
}

func logTo[T Float](dst, x []T) {
	n := len(x)
	switch {
	case level == portable:
		logGo(dst, x)
	case unsafe.Sizeof(dst[0]) == 4 && level == avx2:
		logF32AVX2(f32(dst), f32(x), n)
	case unsafe.Sizeof(dst[0]) == 4:
		logF32AVX512(f32(dst), f32(x), n)
	case level == avx2:
		logF64AVX2(f64(dst), f64(x), n)
	default:
		logF64AVX512(f64(dst), f64(x), n)
	}
}

func tanhTo[T Float](dst, x []T) {
	n := len(x)
	switch {
	case level == portable:
		tanhGo(dst, x)
	case unsafe.Sizeof(dst[0]) == 4 && level == avx2:
		tanhF32AVX2(f32(dst), f32(x), n)
	case unsafe.Sizeof(dst[0]) == 4:
		tanhF32AVX512(f32(dst), f32(x), n)
	case level == avx2:
		tanhF64AVX2(f64(dst), f64(x), n)
	default:
		tanhF64AVX512(f64(dst), f64(x), n)
	}
}

func sigmoidTo[T Float](dst, x []T) {
	n := len(x)
	switch {
	case level == portable:
		sigmoidGo(dst, x)
	case unsafe.Sizeof(dst[0]) == 4 && level == avx2:
		sigmoidF32AVX2(f32(dst), f32(x), n)
	case unsafe.Sizeof(dst[0]) == 4:
		sigmoidF32AVX512(f32(dst), f32(x), n)
	case level == avx2:
		sigmoidF64AVX2(f64(dst), f64(x), n)
	default:
		sigmoidF64AVX512(f64(dst), f64(x), n)
	}
}

func erfTo[T Float](dst, x []T) {
	n := len(x)
	switch {
	case level == portable:
		erfGo(dst, x)
	case unsafe.Sizeof(dst[0]) == 4 && level == avx2:
		erfF32AVX2(f32(dst), f32(x), n)
	case unsafe.Sizeof(dst[0]) == 4:
		erfF32AVX512(f32(dst), f32(x), n)
	case level == avx2:
		erfF64AVX2(f64(dst), f64(x), n)
	default:
		erfF64AVX512(f64(dst), f64(x), n)
	}
}

// geluTo has a kernel for float32 alone.
func geluTo[T Float](y, d, x []T) {
	n := len(x)
	switch {
	case level == portable:
		geluGo(y, d, x)
	case unsafe.Sizeof(T(0)) == 8:
		geluParts(y, d, x)
	case level == avx2:
		geluF32AVX2(f32(y), f32(d), f32(x), n)
	default:
		geluF32AVX512(f32(y), f32(d), f32(x), n)
	}
}
