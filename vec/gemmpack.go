package vec

import (
	"sync"
	"unsafe"
)

// A gemmTiles is rows of op(A), in tiles one below the other: element (i, j) of a tile is
// at i*row + j*col, and next is from one tile to the next.
type gemmTiles[T Float] struct {
	at             []T
	row, col, next int
}

// packA copies the first m rows and k columns of op(A) if enough columns of C need them,
// unless its tiles are small and each in one piece already.
func (g *gemm[T]) packA(w *gemmSpace[T], a gemmOperand[T], m, n, k int) gemmTiles[T] {
	if together := a.col == 1 && a.row == k && k*int(unsafe.Sizeof(g.alpha)) <= gemmRowA; together || n <= gemmFewA*g.cols {
		return gemmTiles[T]{a.at, a.row, a.col, g.rows * a.row}
	}
	size := k * g.rows
	w.a = grown(w.a, (m+g.rows-1)/g.rows*size)
	for i, at := 0, 0; i < m; i, at = i+g.rows, at+size {
		gemmPack(w.a[at:], g.rows, a.from(i, 0), min(g.rows, m-i), k)
	}
	return gemmTiles[T]{w.a, 1, g.rows, size}
}

// A gemmPanels is columns of op(B). Those before column inPlace are read where they are,
// the others were packed into panels as wide as a tile.
type gemmPanels[T Float] struct {
	b       gemmOperand[T]
	copies  []T
	inPlace int
}

// packB packs those of the first k rows and n columns of op(B) that cannot be read in
// place, or that enough rows of C need. Whole panels whose rows are together can be, and
// columns that only one row of C needs.
func (g *gemm[T]) packB(w *gemmSpace[T], b gemmOperand[T], n, k int) gemmPanels[T] {
	p := gemmPanels[T]{b: b}
	switch {
	case b.col == 1 && g.m <= gemmFewB*g.rows:
		p.inPlace = n / g.cols * g.cols
	case b.col > 1 && g.m == 1:
		p.inPlace = gemmTurned(n)
	}
	size := k * g.cols
	w.b = grown(w.b, (n-p.inPlace+g.cols-1)/g.cols*size)
	p.copies = w.b
	for j, at := p.inPlace, 0; j < n; j, at = j+g.cols, at+size {
		x := b.from(0, j)
		gemmPack(w.b[at:], g.cols, gemmOperand[T]{x.at, x.col, x.row}, min(g.cols, n-j), k)
	}
	return p
}

// panel returns the panel of column j and the distance of its rows.
func (p *gemmPanels[T]) panel(j, k, cols int) ([]T, int) {
	if j < p.inPlace {
		return p.b.at[j:], p.b.row
	}
	return p.copies[(j-p.inPlace)*k:], cols
}

// gemmPack stores k columns of the first n rows of x as k rows of width elements, with
// zeros behind the nth.
func gemmPack[T Float](dst []T, width int, x gemmOperand[T], n, k int) {
	if x.row == 1 {
		gemmPackRows(dst, x.at, x.col, width, n, k)
		return
	}
	gemmTranspose(dst, x.at, x.row, width, n, k)
	if n < width {
		for p := range k {
			clear(dst[p*width+n : (p+1)*width])
		}
	}
}

// A gemmSpace is room for panels, and for a product that is computed transposed.
type gemmSpace[T Float] struct{ a, b, c []T }

func grown[T Float](x []T, n int) []T {
	if n > cap(x) {
		return make([]T, n)
	}
	return x[:n]
}

// A gemmPool keeps space for reuse. Unlike a sync.Pool it outlives garbage collections,
// so that the steady state allocates nothing.
type gemmPool[T Float] struct {
	mu   sync.Mutex
	free []*gemmSpace[T]
}

func (p *gemmPool[T]) get() *gemmSpace[T] {
	p.mu.Lock()
	defer p.mu.Unlock()
	n := len(p.free) - 1
	if n < 0 {
		return new(gemmSpace[T])
	}
	w := p.free[n]
	p.free = p.free[:n]
	return w
}

func (p *gemmPool[T]) put(w *gemmSpace[T]) {
	p.mu.Lock()
	p.free = append(p.free, w)
	p.mu.Unlock()
}

var (
	gemmPool32 gemmPool[float32]
	gemmPool64 gemmPool[float64]
)

func gemmSpares[T Float]() *gemmPool[T] {
	if p, ok := any(&gemmPool32).(*gemmPool[T]); ok {
		return p
	}
	return any(&gemmPool64).(*gemmPool[T])
}
