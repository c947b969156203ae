package data

// A chunks grows like a slice but never copies what it holds: when a chunk is
// full, the next one is begun. With the right hint there is one chunk, and
// building the slice costs nothing; without, it needs twice the memory once.
type chunks[T any] struct {
	done [][]T
	cur  []T
	n    int // elements in done
}

const (
	firstChunk = 1 << 10
	lastChunk  = 1 << 19
)

// hinted returns chunks whose first one holds hint elements.
func hinted[T any](hint int) chunks[T] {
	return chunks[T]{cur: make([]T, 0, hint)}
}

func (c *chunks[T]) len() int { return c.n + len(c.cur) }

// grow begins a chunk with room for at least k elements.
func (c *chunks[T]) grow(k int) {
	if len(c.cur) > 0 {
		c.done = append(c.done, c.cur)
		c.n += len(c.cur)
	}
	c.cur = make([]T, 0, max(k, firstChunk, min(2*cap(c.cur), lastChunk)))
}

func (c *chunks[T]) push(v T) {
	if len(c.cur) == cap(c.cur) {
		c.grow(1)
	}
	c.cur = append(c.cur, v)
}

// pushAll appends a row without splitting it.
func (c *chunks[T]) pushAll(row []T) {
	if len(c.cur)+len(row) > cap(c.cur) {
		c.grow(len(row))
	}
	c.cur = append(c.cur, row...)
}

// slice returns the elements as one slice and empties c.
func (c *chunks[T]) slice() []T {
	if len(c.done) == 0 && cap(c.cur) <= 2*len(c.cur)+firstChunk {
		s := c.cur
		c.cur = nil
		return s
	}
	s := make([]T, 0, c.len())
	for i, d := range c.done {
		s = append(s, d...)
		c.done[i] = nil // free it before the next is copied, should memory be short
	}
	s = append(s, c.cur...)
	*c = chunks[T]{}
	return s
}
