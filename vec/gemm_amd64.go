package vec

import "unsafe"

// gemmTile returns the shape of the tiles of C that registers hold.
func gemmTile[T Float]() (rows, cols int) {
	var z T
	words := 8 / int(unsafe.Sizeof(z)) // elements in 8 bytes
	switch level {
	case portable:
		return gemmGoRows, gemmGoCols
	case avx2:
		return 6, 8 * words
	}
	return 12, 16 * words
}

func gemmPanel[T Float](rows int, c []T, ldc int, a gemmTiles[T], b []T, ldb, m, n, k int, alpha T, keep bool, bias []T) {
	add := 0
	if keep || bias != nil {
		add = 1
	}
	switch {
	case level == portable:
		gemmPanelGo(rows, c, ldc, a, b, ldb, m, n, k, alpha, keep, bias)
	case unsafe.Sizeof(alpha) == 4 && level == avx2:
		gemmPanelF32AVX2(f32(c), ldc, f32(a.at), a.row, a.col, a.next, f32(b), ldb, m, n, k, float32(alpha), add, f32(bias))
	case unsafe.Sizeof(alpha) == 4:
		gemmPanelF32AVX512(f32(c), ldc, f32(a.at), a.row, a.col, a.next, f32(b), ldb, m, n, k, float32(alpha), add, f32(bias))
	case level == avx2:
		gemmPanelF64AVX2(f64(c), ldc, f64(a.at), a.row, a.col, a.next, f64(b), ldb, m, n, k, float64(alpha), add, f64(bias))
	default:
		gemmPanelF64AVX512(f64(c), ldc, f64(a.at), a.row, a.col, a.next, f64(b), ldb, m, n, k, float64(alpha), add, f64(bias))
	}
}

// gemmTurned returns how many of n columns gemmRow can read in place where op(B) is the
// transposition.
func gemmTurned(n int) int {
	if level == portable {
		return 0
	}
	return n &^ 15
}

// gemmRow computes what it can of one row of C and the columns of B that are in place: all
// of them if op(B) is the transposition. It returns how many it has computed.
func gemmRow[T Float](c []T, a gemmTiles[T], b gemmOperand[T], n, k int, alpha T, keep bool) int {
	if level == portable {
		return 0
	}
	add := 0
	if keep {
		add = 1
	}
	if b.col > 1 {
		for j := 0; j < n; j += 16 {
			if unsafe.Sizeof(alpha) == 4 {
				gemmRowTF32AVX2(f32(c[j:]), f32(a.at), a.col, f32(b.at[j*b.col:]), b.col, k, float32(alpha), add)
			} else {
				gemmRowTF64AVX2(f64(c[j:]), f64(a.at), a.col, f64(b.at[j*b.col:]), b.col, k, float64(alpha), add)
			}
		}
		return n
	}
	_, cols := gemmTile[T]()
	j := 0
	for wide := 4 * cols; j+wide <= n; j += wide {
		to, from := c[j:], b.at[j:]
		switch {
		case unsafe.Sizeof(alpha) == 4 && level == avx2:
			gemmRowF32AVX2(f32(to), f32(a.at), a.col, f32(from), b.row, k, float32(alpha), add)
		case unsafe.Sizeof(alpha) == 4:
			gemmRowF32AVX512(f32(to), f32(a.at), a.col, f32(from), b.row, k, float32(alpha), add)
		case level == avx2:
			gemmRowF64AVX2(f64(to), f64(a.at), a.col, f64(from), b.row, k, float64(alpha), add)
		default:
			gemmRowF64AVX512(f64(to), f64(a.at), a.col, f64(from), b.row, k, float64(alpha), add)
		}
	}
	return j
}

// The copies of full panels are the same code in AVX2 and AVX-512.

func gemmPackRows[T Float](dst, src []T, ld, width, n, k int) {
	var z T
	_, cols := gemmTile[T]()
	switch {
	case level == portable || n < width && width != cols:
		gemmPackRowsGo(dst, src, ld, width, n, k)
	case n < width && unsafe.Sizeof(z) == 4 && level == avx2:
		gemmPackPartF32AVX2(f32(dst), f32(src), ld, n, k)
	case n < width && unsafe.Sizeof(z) == 4:
		gemmPackPartF32AVX512(f32(dst), f32(src), ld, n, k)
	case n < width && level == avx2:
		gemmPackPartF64AVX2(f64(dst), f64(src), ld, n, k)
	case n < width:
		gemmPackPartF64AVX512(f64(dst), f64(src), ld, n, k)
	case unsafe.Sizeof(z) == 4:
		gemmPackRowsF32AVX2(f32(dst), f32(src), ld, width, k)
	default:
		gemmPackRowsF64AVX2(f64(dst), f64(src), ld, width, k)
	}
}

// gemmPackDepth is how many rows of a panel stay in the first level cache while they are
// filled, a few columns at a time.
const gemmPackDepth = 64

func gemmTranspose[T Float](dst, src []T, ld, width, n, k int) {
	whole := n &^ 1 // columns that kernels fill
	if level == portable {
		whole = 0
	}
	for p := 0; p < k && whole > 0; p += gemmPackDepth {
		gemmPackPairs(dst[p*width:], src[p:], ld, width, whole, min(gemmPackDepth, k-p))
	}
	gemmTransposeGo(dst, src, ld, width, whole, n, k)
}

// gemmPackPairs is gemmTranspose to an even number of columns.
func gemmPackPairs[T Float](dst, src []T, ld, width, n, k int) {
	var z T
	single := unsafe.Sizeof(z) == 4
	for j := 0; j < n; {
		to, from, left := dst[j:], src[j*ld:], n-j
		switch {
		case left >= 8 && single:
			gemmPackEightF32AVX2(f32(to), f32(from), ld, width, k)
			j += 8
		case left >= 4 && single:
			gemmPackFourF32AVX2(f32(to), f32(from), ld, width, k)
			j += 4
		case left >= 4:
			gemmPackFourF64AVX2(f64(to), f64(from), ld, width, k)
			j += 4
		case single:
			gemmPackTwoF32AVX2(f32(to), f32(from), ld, width, k)
			j += 2
		default:
			gemmPackTwoF64AVX2(f64(to), f64(from), ld, width, k)
			j += 2
		}
	}
}

// gemmOuter stores a b in c, or adds it. Assembly adds without rounding the products, for
// any length: bits must not depend on it.
func gemmOuter[T Float](c []T, a T, b []T, keep bool) {
	n := len(c)
	switch {
	case !keep:
		shiftTo(c, b, 0, a)
	case level == portable:
		axpyGo(a, b, c)
	case unsafe.Sizeof(a) == 4 && level == avx2:
		axpyF32AVX2(float32(a), f32(b), f32(c), n)
	case unsafe.Sizeof(a) == 4:
		axpyF32AVX512(float32(a), f32(b), f32(c), n)
	case level == avx2:
		axpyF64AVX2(float64(a), f64(b), f64(c), n)
	default:
		axpyF64AVX512(float64(a), f64(b), f64(c), n)
	}
}
