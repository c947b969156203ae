package rule

import (
	"github.com/godescent/descent/linalg"
	"github.com/godescent/descent/vec"
)

// A Part is what a rule updates at once: some of the parameters, a block of them, or all, as
// its scope asks. Slices are parts of the whole, and a rule must not keep them.
type Part[T vec.Float] struct {
	X, G   []T       // parameters and their gradient
	V      [][]T     // the rule's vectors
	S      []float64 // its scalars
	Extra  [][]T     // its numbers of each block
	H      []T       // estimate of the Hessian's diagonal at X, nil in a step that has no new one
	Blocks []Block   // one for a rule of blocks
	K      int       // counts steps from 1
	LR     float64   // learning rate
	Oracle *Oracle[T]

	stride int // scalars of a block
	at     int // number of the first block
	fresh  []T // memory of H

	pool  [][]T
	used  int
	under *Part[T] // as a wrapped rule sees it

	rule  Rule
	parts []*Part[T]
	body  func(i int)
	wide  []float64 // scratch in float64
	table []T       // constants that a rule has computed for the block
	alone bool      // is itself one of parts that run in parallel

	advanced bool // the scalars of a rule of elements are those of this step
}

// portion is how many parameters a part of a rule of elements has.
const portion = 1 << 15

// Scratch returns n numbers for the rest of the step. They are not remembered, and hold anything.
func (p *Part[T]) Scratch(n int) []T {
	if p.used == len(p.pool) {
		p.pool = append(p.pool, nil)
	}
	if cap(p.pool[p.used]) < n {
		p.pool[p.used] = make([]T, n)
	}
	p.used++
	return p.pool[p.used-1][:n]
}

// apply runs a rule on a part, on its blocks or on portions of it, as its scope is.
func (p *Part[T]) apply(r Rule) {
	switch scope := NeedsOf(r).Scope; {
	case scope == Elements:
		if !p.advanced {
			advance(r, p.S, p.K, p.LR)
			p.advanced = true
		}
		if n := len(p.X); n > portion && !p.alone {
			p.spread(r, (n+portion-1)/portion, false)
			return
		}
		p.run(r)
	case scope == Blocks && len(p.Blocks) > 1:
		p.spread(r, len(p.Blocks), true)
	default:
		p.run(r)
	}
}

// run runs a rule on a part at once.
func (p *Part[T]) run(r Rule) {
	p.used = 0
	switch p := any(p).(type) {
	case *Part[float32]:
		r.Step32(p)
	case *Part[float64]:
		r.Step64(p)
	}
}

// spread runs a rule on parts of a part, in parallel if the part is not itself one of those.
func (p *Part[T]) spread(r Rule, count int, blocks bool) {
	if p.body == nil {
		p.body = func(i int) { p.parts[i].run(p.rule) }
	}
	for len(p.parts) < count {
		p.parts = append(p.parts, &Part[T]{alone: true})
	}
	p.rule = r
	lo := 0
	for i := range count {
		hi := min(len(p.X), lo+portion)
		if blocks {
			hi = lo + p.Blocks[i].Size()
		}
		p.parts[i].take(p, lo, hi)
		if blocks {
			p.parts[i].takeBlock(p, i)
		}
		lo = hi
	}
	if p.alone {
		for i := range count {
			p.body(i)
		}
	} else {
		linalg.Parts(count, p.body)
	}
}

// take makes c the elements lo to hi of p.
func (c *Part[T]) take(p *Part[T], lo, hi int) {
	c.X, c.G, c.S, c.Extra, c.Blocks = p.X[lo:hi], p.G[lo:hi], p.S, p.Extra, p.Blocks
	c.K, c.LR, c.Oracle, c.stride, c.H, c.advanced = p.K, p.LR, p.Oracle, p.stride, nil, true
	c.V = c.V[:0]
	for _, v := range p.V {
		c.V = append(c.V, v[lo:hi])
	}
	if p.H != nil {
		c.H = p.H[lo:hi]
	}
}

// takeBlock gives c what is remembered of block i of p alone.
func (c *Part[T]) takeBlock(p *Part[T], i int) {
	c.Blocks, c.Extra, c.at, c.advanced = p.Blocks[i:i+1], p.Extra[i:i+1], p.at+i, false
	if len(p.S) > 0 {
		c.S = p.S[i*p.stride:]
	}
}

// wrapped returns p as a wrapped rule sees it: without the first vectors and scalars, which
// are those of the rule that wraps it.
func (p *Part[T]) wrapped(vectors, scalars int) *Part[T] {
	if p.under == nil {
		p.under = &Part[T]{}
	}
	c := p.under
	c.X, c.G, c.H, c.V, c.S = p.X, p.G, p.H, p.V[vectors:], p.S[min(scalars, len(p.S)):]
	c.Extra, c.Blocks, c.K, c.LR, c.Oracle, c.stride, c.at, c.alone = p.Extra, p.Blocks, p.K, p.LR, p.Oracle, p.stride, p.at, p.alone
	c.advanced = p.advanced
	c.used = 0
	return c
}

// rows returns the size of the first axis of a block: 1 for one of fewer than two axes.
func (p *Part[T]) rows() int {
	if s := p.Blocks[0].Shape; len(s) > 1 {
		return s[0]
	}
	return 1
}

// matrix reports whether a block has two axes or more: a matrix of its first axis.
func (p *Part[T]) matrix() bool { return len(p.Blocks[0].Shape) > 1 }

// eachRow calls f with the ends of each row of each block of two or more axes, and of each other block.
func (p *Part[T]) eachRow(f func(lo, hi int, matrix bool)) {
	lo := 0
	for _, b := range p.Blocks {
		rows, matrix := 1, len(b.Shape) > 1
		if matrix {
			rows = b.Shape[0]
		}
		n := b.Size() / rows
		for range rows {
			f(lo, lo+n, matrix)
			lo += n
		}
	}
}

// wideScratch is scratch in float64, for one use in a step.
func (p *Part[T]) wideScratch(n int) []float64 {
	if cap(p.wide) < n {
		p.wide = make([]float64, n)
	}
	return p.wide[:n]
}
