package linalg

import (
	"slices"

	"github.com/godescent/descent/vec"
)

// A panels is a run of the blocked symmetric product H = X^T diag(c) X of n rows and w
// columns, on panels of 8 columns (see package vec). It finds the elements (i, j) with
// max(i, j) >= from. The rows go in blocks that fit in the cache; each block is
// packed, then every tile of H is updated by it.
//
// What is shared among workers depends on n, w and from alone: small products are cut
// into ranges of rows with a sum of H each, large ones into columns of tiles.
type panels struct {
	n, w, from int
	c          []float64 // weights of rows, nil for ones
	h          []float64
	ld         int

	// Where the columns come from: one of these.
	rows  *Dense
	dense [][]float64
	csr   *CSR // narrow ones only
	csc   *CSC
	cols  []int32 // of csc

	shared       bool
	count, first int // panels, and the first with an element to find
	parts, block int // ranges of rows, and rows packed at a time
	group        int // panels of a column of tiles
	lo, hi       int // the rows of the block, where its columns are shared out
	sums, store  []float64
}

const (
	panelCache = 1 << 14 // elements of packed panels that stay in a core's cache
	panelWide  = 256     // columns from which on tiles are shared out instead of rows
	panelWork  = 1 << 19 // products worth a range of rows, or sharing at all
)

var panelSpares spares[panels]

// run stores the elements in both triangles of h, whose rows are ld apart.
func (p *panels) run(h []float64, ld int) {
	const s = vec.PanelCols
	p.h, p.ld = h, ld
	p.count, p.first = (p.w+s-1)/s, p.from/s
	wide, fresh := p.count*s, (p.count-p.first)*s
	work := p.n * wide * fresh
	p.parts, p.group = 1, 3
	p.shared = p.w >= panelWide && work >= panelWork
	if p.shared {
		p.block, p.group = 256, min(3, max(1, fresh/(4*s)))
	} else {
		p.block = min(max(panelCache/max(1, wide)&^7, 128), max(p.n, 1), 256)
		p.parts = max(1, min(4, p.n/p.block, work/max(panelWork, 8*wide*fresh)))
	}
	p.sums = grow(p.sums, p.parts*wide*fresh)
	clear(p.sums)
	p.store = grow(p.store, p.parts*2*wide*p.block)

	j := jobs.get()
	j.panels = p
	groups := (p.count - p.first + p.group - 1) / p.group
	if !p.shared {
		j.run(panelRange, p.parts)
	} else {
		for p.lo = 0; p.lo < p.n; p.lo = p.hi {
			p.hi = min(p.n, p.lo+p.block)
			j.run(panelPack, p.count)
			j.run(panelGroup, groups)
		}
	}
	if work < panelWork {
		for q := range p.count - p.first {
			panelStore(j, q)
		}
	} else {
		j.run(panelStore, p.count-p.first)
	}
	j.free()
	clear(p.dense)
	p.c, p.h, p.rows, p.dense, p.csr, p.csc, p.cols = nil, nil, nil, p.dense[:0], nil, nil, nil
	panelSpares.put(p)
}

func grow(x []float64, n int) []float64 { return slices.Grow(x[:0], n)[:n] }

// panelRange does everything for one range of rows.
func panelRange(j *job, part int) {
	p := j.panels
	lo, end := cut(p.n, p.parts, part)
	for lo < end {
		hi := min(end, lo+p.block)
		if p.csr != nil {
			p.packRows(part, lo, hi)
		}
		for q := 0; q < p.count && p.csr == nil; q++ {
			p.pack(part, q, lo, hi)
		}
		for q := p.first; q < p.count; q += p.group {
			p.tiles(part, q, hi-lo)
		}
		lo = hi
	}
}

func panelPack(j *job, q int) {
	p := j.panels
	p.pack(0, q, p.lo, p.hi)
}

// panelGroup begins with the longest columns of tiles.
func panelGroup(j *job, g int) {
	p := j.panels
	groups := (p.count - p.first + p.group - 1) / p.group
	p.tiles(0, p.first+(groups-1-g)*p.group, p.hi-p.lo)
}

// panel returns the storage of panel q of a part, plain and weighted: the same without
// weights.
func (p *panels) panel(part, q, rows int) (b, a []float64) {
	const s = vec.PanelCols
	size := p.count * s * p.block
	b = p.store[2*part*size+q*s*rows:][:s*rows]
	if p.c == nil {
		return b, b
	}
	return b, p.store[(2*part+1)*size+q*s*rows:][:s*rows]
}

// pack makes panel q of the rows lo to hi.
func (p *panels) pack(part, q, lo, hi int) {
	const s = vec.PanelCols
	from := q * s
	cols := min(s, p.w-from)
	b, a := p.panel(part, q, hi-lo)
	var c []float64
	if p.c != nil {
		c = p.c[lo:hi]
	}
	switch {
	case p.rows != nil:
		vec.PackPanel(b, a, p.rows.Data[lo*p.w+from:], p.w, cols, c)
	case p.csc != nil:
		p.packColumns(b, a, p.cols[from:from+cols], lo, hi)
	default:
		var x [s][]float64
		for j := range cols {
			x[j] = p.dense[from+j][lo:hi]
		}
		vec.PackPanelT(b, a, x[:cols], c)
	}
}

// packColumns scatters sparse columns.
func (p *panels) packColumns(b, a []float64, cols []int32, lo, hi int) {
	clear(b)
	if p.c != nil {
		clear(a)
	}
	m := p.csc
	for j, col := range cols {
		end := m.Ptr[col+1]
		k, _ := slices.BinarySearch(m.Idx[m.Ptr[col]:end], int32(lo))
		for k += m.Ptr[col]; k < end && int(m.Idx[k]) < hi; k++ {
			i, v := int(m.Idx[k]), entry(m.Val, k)
			at := (i-lo)*vec.PanelCols + j
			b[at] = v
			if p.c != nil {
				a[at] = p.c[i] * v
			}
		}
	}
}

// packRows scatters sparse rows to all panels.
func (p *panels) packRows(part, lo, hi int) {
	const s = vec.PanelCols
	rows, size, m := hi-lo, p.count*s*p.block, p.csr
	b := p.store[2*part*size:][:p.count*s*rows]
	a := p.store[(2*part+1)*size:][:len(b)]
	clear(b)
	clear(a)
	for i := lo; i < hi; i++ {
		for k := m.Ptr[i]; k < m.Ptr[i+1]; k++ {
			col, v := int(m.Idx[k]), entry(m.Val, k)
			at := (col/s*rows+i-lo)*s + col%s
			b[at], a[at] = v, p.c[i]*v
		}
	}
}

// tiles adds the packed rows to the tiles above and on the diagonal in the columns of
// panels q to q+group.
func (p *panels) tiles(part, q, rows int) {
	const s = vec.PanelCols
	fresh := (p.count - p.first) * s
	sums := p.sums[part*p.count*s*fresh:][:p.count*s*fresh]
	end := min(p.count, q+p.group)
	for r := range end {
		left := max(q, r)
		b, _ := p.panel(part, left, rows)
		b = b[: (end-left)*s*rows : cap(b)]
		_, a := p.panel(part, r, rows)
		vec.PanelTiles(sums[r*s*fresh+(left-p.first)*s:], fresh, a, b)
	}
}

// panelStore adds the sums of a panel of columns and stores them in h.
func panelStore(j *job, q int) {
	const s = vec.PanelCols
	p := j.panels
	fresh := (p.count - p.first) * s
	for col := max(p.from, (p.first+q)*s); col < min(p.w, (p.first+q+1)*s); col++ {
		for i := range col + 1 {
			v := 0.0
			for part := range p.parts {
				v += p.sums[(part*p.count*s+i)*fresh+col-p.first*s]
			}
			p.h[i*p.ld+col], p.h[col*p.ld+i] = v, v
		}
	}
}
