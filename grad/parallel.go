package grad

import (
	"github.com/godescent/descent/linalg"
	"github.com/godescent/descent/vec"
)

// A kernel computes the part [lo, hi) of a loop. Parts run in parallel and must write
// different memory. Like ops, kernels have size 0 and find what they need in a node.
type kernel[T vec.Float] interface {
	loop(y *Tensor[T], part, lo, hi int)
}

// job is the loop that runs now.
type job[T vec.Float] struct {
	k        kernel[T]
	y        *Tensor[T]
	n, parts int
}

// grain is how many elements a part of an elementwise loop has at least.
const grain = 1 << 14

// each runs a loop over n elements of an elementwise operation.
func (y *Tensor[T]) each(k kernel[T], n int) { y.split(k, n, (n+grain-1)/grain) }

// split runs a loop over n items in the given number of parts, which must not depend on
// the number of workers.
func (y *Tensor[T]) split(k kernel[T], n, parts int) {
	if parts <= 1 {
		k.loop(y, 0, 0, n)
		return
	}
	t := y.tape
	t.job = job[T]{k, y, n, parts}
	linalg.Parts(parts, t.body)
	t.job = job[T]{}
}

func (t *Tape[T]) work(part int) {
	j := &t.job
	j.k.loop(j.y, part, j.n*part/j.parts, j.n*(part+1)/j.parts)
}
