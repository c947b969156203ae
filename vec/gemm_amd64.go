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

func gemmPanel[T Float](rows int, c []T, ldc int, a gemmTiles[T], b []T, ldb, m, n, k int, alpha T, keep bool) {
	add := 0
	if keep {
		add = 1
	}
	switch {
	case level == portable:
		gemmPanelGo(rows, c, ldc, a, b, ldb, m, n, k, alpha, keep)
	case unsafe.Sizeof(alpha) == 4 && level == avx2:
		gemmPanelF32AVX2(f32(c), ldc, f32(a.at), a.row, a.col, a.next, f32(b), ldb, m, n, k, float32(alpha), add)
	case unsafe.Sizeof(alpha) == 4:
		gemmPanelF32AVX512(f32(c), ldc, f32(a.at), a.row, a.col, a.next, f32(b), ldb, m, n, k, float32(alpha), add)
	case level == avx2:
		gemmPanelF64AVX2(f64(c), ldc, f64(a.at), a.row, a.col, a.next, f64(b), ldb, m, n, k, float64(alpha), add)
	default:
		gemmPanelF64AVX512(f64(c), ldc, f64(a.at), a.row, a.col, a.next, f64(b), ldb, m, n, k, float64(alpha), add)
	}
}

// gemmRowCols is how many columns gemmRow takes; 0 if there is no such kernel.
func gemmRowCols[T Float]() int {
	if level == portable {
		return 0
	}
	_, cols := gemmTile[T]()
	return 4 * cols
}

func gemmRow[T Float](c []T, a gemmTiles[T], b []T, ldb, k int, alpha T, keep bool) {
	add := 0
	if keep {
		add = 1
	}
	switch {
	case unsafe.Sizeof(alpha) == 4 && level == avx2:
		gemmRowF32AVX2(f32(c), f32(a.at), a.col, f32(b), ldb, k, float32(alpha), add)
	case unsafe.Sizeof(alpha) == 4:
		gemmRowF32AVX512(f32(c), f32(a.at), a.col, f32(b), ldb, k, float32(alpha), add)
	case level == avx2:
		gemmRowF64AVX2(f64(c), f64(a.at), a.col, f64(b), ldb, k, float64(alpha), add)
	default:
		gemmRowF64AVX512(f64(c), f64(a.at), a.col, f64(b), ldb, k, float64(alpha), add)
	}
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

func gemmPackColumns[T Float](dst, src []T, ld, width, n, k int) {
	whole := n &^ 1 // columns that kernels fill
	if level == portable {
		whole = 0
	}
	for p := 0; p < k && whole > 0; p += gemmPackDepth {
		gemmPackPairs(dst[p*width:], src[p:], ld, width, whole, min(gemmPackDepth, k-p))
	}
	gemmPackColumnsGo(dst, src, ld, width, whole, n, k)
}

// gemmPackPairs is gemmPackColumns of an even number of columns.
func gemmPackPairs[T Float](dst, src []T, ld, width, n, k int) {
	var z T
	for j := 0; j < n; j += 4 {
		to, from := dst[j:], src[j*ld:]
		switch four := j+4 <= n; {
		case four && unsafe.Sizeof(z) == 4:
			gemmPackFourF32AVX2(f32(to), f32(from), ld, width, k)
		case four:
			gemmPackFourF64AVX2(f64(to), f64(from), ld, width, k)
		case unsafe.Sizeof(z) == 4:
			gemmPackTwoF32AVX2(f32(to), f32(from), ld, width, k)
		default:
			gemmPackTwoF64AVX2(f64(to), f64(from), ld, width, k)
		}
	}
}
