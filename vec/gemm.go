package vec

import (
	"fmt"
	"unsafe"
)

// Gemm stores alpha op(A) op(B) + beta C in C, where op(A) is m x k, op(B) is k x n and
// C is m x n, all row-major with rows lda, ldb and ldc apart. op is the transposition
// if transA or transB is true: A is then stored as k x m, B as n x k. C must not
// overlap A or B. With beta = 0 the former C is not read, NaN included; with alpha = 0
// or k = 0 neither A nor B is.
//
// The order in which an element of C is summed depends on k alone, not on m, n, the
// strides or the transpositions: on one path (see the package) any part of C computed
// alone has the same bits as in the whole. 2 m n k operations on one goroutine, which
// linalg.Gemm divides among several.
func Gemm[T Float](transA, transB bool, m, n, k int, alpha T, a []T, lda int, b []T, ldb int, beta T, c []T, ldc int) {
	CheckGemm(transA, transB, m, n, k, len(a), lda, len(b), ldb, len(c), ldc)
	if m == 0 || n == 0 {
		return
	}
	empty := k == 0 || alpha == 0
	if empty || beta != 0 {
		scaleRows(m, n, beta, c, ldc)
	}
	if empty {
		return
	}
	g := gemm[T]{m: m, n: n, alpha: alpha, keep: beta != 0, a: operand(a, lda, transA), b: operand(b, ldb, transB), c: c, ldc: ldc}
	g.product(k)
}

// GemmBias is Gemm that adds bias, of n elements, to each row: it stores alpha op(A) op(B)
// + bias in C, in one pass, with the bits that Gemm would add to such a C.
func GemmBias[T Float](transA, transB bool, m, n, k int, alpha T, a []T, lda int, b []T, ldb int, bias, c []T, ldc int) {
	CheckGemm(transA, transB, m, n, k, len(a), lda, len(b), ldb, len(c), ldc)
	match(n, len(bias))
	if m == 0 || n == 0 {
		return
	}
	g := gemm[T]{m: m, n: n, alpha: alpha, a: operand(a, lda, transA), b: operand(b, ldb, transB), c: c, ldc: ldc, bias: bias}
	g.rows, g.cols = gemmTile[T]()
	if empty := k == 0 || alpha == 0; empty || m == 1 || k == 1 || g.narrow() {
		for i := range m {
			copy(c[i*ldc:], bias)
		}
		if empty {
			return
		}
		g.bias, g.keep = nil, true
	}
	g.product(k)
}

// product computes what was checked and is not empty.
func (g *gemm[T]) product(k int) {
	g.rows, g.cols = gemmTile[T]()
	s := gemmSpares[T]()
	w := s.get()
	switch {
	case k == 1 && g.bias == nil:
		g.outer(w)
	case g.narrow():
		g.transposed(w, k)
	default:
		g.run(w, k)
	}
	s.put(w)
}

// outer computes the product of a column and a row, whose elements have one product each:
// it is all in the order in which C is written.
func (g *gemm[T]) outer(w *gemmSpace[T]) {
	b := g.b.at
	if g.b.col > 1 {
		w.b = grown(w.b, g.n)
		for j := range w.b {
			w.b[j] = b[j*g.b.col]
		}
		b = w.b
	}
	for i := range g.m {
		gemmOuter(g.c[i*g.ldc:][:g.n], g.alpha*g.a.at[i*g.a.row], b[:g.n], g.keep)
	}
}

// CheckGemm panics unless Gemm's operands, of lenA, lenB and lenC elements, hold the
// matrices: a programming error.
func CheckGemm(transA, transB bool, m, n, k, lenA, lda, lenB, ldb, lenC, ldc int) {
	if m < 0 || n < 0 || k < 0 {
		panic(fmt.Sprintf("vec: Gemm with m, n, k = %d, %d, %d: want none below 0", m, n, k))
	}
	checkMatrix("A", m, k, transA, lenA, lda)
	checkMatrix("B", k, n, transB, lenB, ldb)
	checkMatrix("C", m, n, false, lenC, ldc)
}

func checkMatrix(name string, rows, cols int, trans bool, have, ld int) {
	if trans {
		rows, cols = cols, rows
	}
	if rows == 0 || cols == 0 {
		return
	}
	if ld < cols || cols > have || rows-1 > (have-cols)/ld {
		panic(fmt.Sprintf("vec: Gemm: %s has %d rows of %d columns, %d apart, in %d elements", name, rows, cols, ld, have))
	}
}

// scaleRows multiplies C by beta.
func scaleRows[T Float](m, n int, beta T, c []T, ldc int) {
	for i := range m {
		switch row := c[i*ldc : i*ldc+n]; beta {
		case 1:
			return
		case 0:
			clear(row)
		default:
			Scal(beta, row)
		}
	}
}

// Products are computed as in Goto and van de Geijn 2008 (Anatomy of high-performance
// matrix multiplication) and BLIS (Van Zee and van de Geijn 2015): tiles of C stay in
// registers while a kernel walks over parts of k. What it reads again and again is packed
// into panels that it reads in order. A panel of B, gemmDepth x 32 float32, is to stay in
// the first or second level cache (16 to 64 KB), a block of A in the second (256 KB), one
// of B in the third (2 MB).
const (
	gemmDepth  = 512     // elements of k in a part
	gemmBlockA = 1 << 18 // bytes
	gemmBlockB = 1 << 21
	gemmRowA   = 1 << 11 // bytes of a row of A; a tile has up to 12
)

// Packing B pays if more tiles than this read it, packing A likewise.
const (
	gemmFewA = 2
	gemmFewB = 4
)

// A gemm is a product under way.
type gemm[T Float] struct {
	m, n       int
	alpha      T
	a, b       gemmOperand[T]
	c          []T
	ldc        int
	keep       bool // add to C, not overwrite
	bias       []T  // add to this row, not to C; nil: none
	rows, cols int  // of a tile
}

// A gemmOperand is op(A) or op(B): element (i, j) is at i*row + j*col.
type gemmOperand[T Float] struct {
	at       []T
	row, col int
}

func operand[T Float](x []T, ld int, trans bool) gemmOperand[T] {
	if trans {
		return gemmOperand[T]{x, 1, ld}
	}
	return gemmOperand[T]{x, ld, 1}
}

// from is the operand without the rows above i and the columns before j.
func (x gemmOperand[T]) from(i, j int) gemmOperand[T] {
	x.at = x.at[i*x.row+j*x.col:]
	return x
}

// run divides k into equal parts: their sums are rounded in the same places of every
// element.
func (g *gemm[T]) run(w *gemmSpace[T], k int) {
	parts := (k + gemmDepth - 1) / gemmDepth
	depth := (k + parts - 1) / parts
	for p := 0; p < k; p += depth {
		g.part(w, p, min(depth, k-p))
		g.keep, g.bias = true, nil
	}
}

// narrow reports whether C is so narrow that the vectors of its rows would be a third
// empty or more, but high enough for its columns to fill them.
func (g *gemm[T]) narrow() bool {
	vector := g.cols / 2
	whole := (g.n + vector - 1) / vector * vector
	return g.n < g.cols && 3*g.n <= 2*whole && g.m >= 4*g.cols
}

// transposed computes the transpose of C, op(B)^T op(A)^T, and copies it.
func (g *gemm[T]) transposed(w *gemmSpace[T], k int) {
	w.c = grown(w.c, g.m*g.n)
	if g.keep {
		gemmTranspose(w.c, g.c, g.ldc, g.m, g.m, g.n)
	}
	t := *g
	t.m, t.n, t.c, t.ldc = g.n, g.m, w.c, g.m
	t.a, t.b = gemmOperand[T]{g.b.at, g.b.col, g.b.row}, gemmOperand[T]{g.a.at, g.a.col, g.a.row}
	t.run(w, k)
	gemmTranspose(g.c, w.c, g.m, g.ldc, g.n, g.m)
}

// part adds the products of the k columns of A and rows of B from p on.
func (g *gemm[T]) part(w *gemmSpace[T], p, k int) {
	size := int(unsafe.Sizeof(g.alpha))
	high := max(1, gemmBlockA/(size*k*g.rows)) * g.rows
	wide := max(1, gemmBlockB/(size*k*g.cols)) * g.cols
	for j := 0; j < g.n; j += wide {
		n := min(wide, g.n-j)
		panels := g.packB(w, g.b.from(p, j), n, k)
		for i := 0; i < g.m; i += high {
			m := min(high, g.m-i)
			g.block(panels, g.packA(w, g.a.from(i, p), m, n, k), i, j, m, n, k)
		}
	}
}

// block computes an m x n block of C, from (i, j) on.
func (g *gemm[T]) block(b gemmPanels[T], a gemmTiles[T], i, j, m, n, k int) {
	q := 0
	if m == 1 {
		q = gemmRow(g.c[i*g.ldc+j:], a, b.b, b.inPlace, k, g.alpha, g.keep)
	}
	var bias []T
	for ; q < n; q += g.cols {
		x, ld := b.panel(q, k, g.cols)
		if g.bias != nil {
			bias = g.bias[j+q:]
		}
		gemmPanel(g.rows, g.c[i*g.ldc+j+q:], g.ldc, a, x, ld, m, min(g.cols, n-q), k, g.alpha, g.keep, bias)
	}
}
