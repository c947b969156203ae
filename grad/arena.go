package grad

// arena hands out slices from few large chunks and takes all of them back at once.
// After a reset it is one chunk as large as the last round needed, so rounds of equal
// size allocate nothing. Slices come uninitialized and at multiples of line elements.
type arena[E any] struct {
	chunks [][]E
	at     mark
	used   int // elements handed out
	peak   int // the most that used has been since the last reset
}

// A mark is a place in an arena.
type mark struct{ chunk, off, used int }

const (
	line     = 16      // 64 bytes of float32
	minChunk = 1 << 12 // elements
)

func (a *arena[E]) alloc(n int) []E {
	size := (n + line - 1) / line * line
	a.used += size
	a.peak = max(a.peak, a.used)
	for a.at.chunk < len(a.chunks) {
		if c := a.chunks[a.at.chunk]; a.at.off+size <= len(c) {
			s := c[a.at.off : a.at.off+n : a.at.off+n]
			a.at.off += size
			return s
		}
		a.at.chunk++
		a.at.off = 0
	}
	grow := max(size, minChunk)
	if k := len(a.chunks); k > 0 {
		grow = max(grow, len(a.chunks[k-1]))
	}
	a.chunks = append(a.chunks, make([]E, grow))
	a.at.off = size
	return a.chunks[a.at.chunk][:n:n]
}

func (a *arena[E]) mark() mark { return mark{a.at.chunk, a.at.off, a.used} }

// release takes back what was handed out since m.
func (a *arena[E]) release(m mark) { a.at, a.used = m, m.used }

func (a *arena[E]) reset() {
	if len(a.chunks) > 1 {
		n := 0
		for _, c := range a.chunks {
			n += len(c)
		}
		a.chunks = append(a.chunks[:0:0], make([]E, n))
	}
	a.at, a.used, a.peak = mark{}, 0, 0
}
