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

// The copies are the same code in AVX2 and AVX-512.

func gemmPackRows[T Float](dst, src []T, ld, width, n, k int) {
	var z T
	switch {
	case level == portable || n < width:
		gemmPackRowsGo(dst, src, ld, width, n, k)
	case unsafe.Sizeof(z) == 4:
		gemmPackRowsF32AVX2(f32(dst), f32(src), ld, width, k)
	default:
		gemmPackRowsF64AVX2(f64(dst), f64(src), ld, width, k)
	}
}

func gemmPackColumns[T Float](dst, src []T, ld, width, n, k int) {
	var z T
	j := 0
	if level != portable {
		for ; j+2 <= n; j += 2 {
			to, from := dst[j:], src[j*ld:]
			switch four := j+4 <= n; {
			case four && unsafe.Sizeof(z) == 4:
				gemmPackFourF32AVX2(f32(to), f32(from), ld, width, k)
				j += 2
			case four:
				gemmPackFourF64AVX2(f64(to), f64(from), ld, width, k)
				j += 2
			case unsafe.Sizeof(z) == 4:
				gemmPackTwoF32AVX2(f32(to), f32(from), ld, width, k)
			default:
				gemmPackTwoF64AVX2(f64(to), f64(from), ld, width, k)
			}
		}
	}
	gemmPackColumnsGo(dst, src, ld, width, j, n, k)
}
