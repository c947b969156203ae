package vec

// The portable twins of the kernels of Gemm.

// The portable tile: 2 rows of it are what registers hold.
const (
	gemmGoRows = 4
	gemmGoCols = 4
)

// gemmPanelGo adds alpha times the product of the first m rows of a, in tiles of height
// rows, and the first n columns of b, whose rows are ldb apart, to C if keep, or stores
// it there; with a bias, it stores there the sum with this row. Rows of b are full: they
// have the width of a tile. Each element is summed in the order of k.
func gemmPanelGo[T Float](rows int, c []T, ldc int, a gemmTiles[T], b []T, ldb, m, n, k int, alpha T, keep bool, bias []T) {
	row := func(i int) []T { return a.at[i/rows*a.next+i%rows*a.row:] }
	for i := 0; i < m; i += 2 {
		x, y := row(i), row(min(i+1, m-1))
		for j := 0; j < n; j += gemmGoCols {
			s := gemmTwo(x, y, a.col, b[j:], ldb, k)
			for r := range min(2, m-i) {
				t := c[(i+r)*ldc+j:]
				for l := range min(gemmGoCols, n-j) {
					switch {
					case bias != nil:
						t[l] = bias[j+l] + alpha*s[r][l]
					case keep:
						t[l] += alpha * s[r][l]
					default:
						t[l] = alpha * s[r][l]
					}
				}
			}
		}
	}
}

// gemmTwo returns the sums of 2 rows of a tile.
func gemmTwo[T Float](x, y []T, col int, b []T, ldb, k int) (s [2][gemmGoCols]T) {
	var s0, s1, s2, s3, t0, t1, t2, t3 T
	for p := range k {
		r := b[p*ldb:][:gemmGoCols]
		u, v := x[p*col], y[p*col]
		s0 += u * r[0]
		s1 += u * r[1]
		s2 += u * r[2]
		s3 += u * r[3]
		t0 += v * r[0]
		t1 += v * r[1]
		t2 += v * r[2]
		t3 += v * r[3]
	}
	s[0] = [gemmGoCols]T{s0, s1, s2, s3}
	s[1] = [gemmGoCols]T{t0, t1, t2, t3}
	return s
}

// gemmPackRowsGo copies the first n elements of k rows to rows of width elements.
func gemmPackRowsGo[T Float](dst, src []T, ld, width, n, k int) {
	for p := range k {
		r := dst[p*width:][:width]
		copy(r, src[p*ld:p*ld+n])
		clear(r[n:])
	}
}

// gemmTransposeGo copies n rows of k elements, ld apart, to the first elements of k rows
// that are width apart, from the first-th on.
func gemmTransposeGo[T Float](dst, src []T, ld, width, first, n, k int) {
	for j := first; j < n; j++ {
		for p, v := range src[j*ld : j*ld+k] {
			dst[p*width+j] = v
		}
	}
}
