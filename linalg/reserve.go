package linalg

import (
	"slices"

	"github.com/godescent/descent/vec"
)

// Reserve makes room for factors of n x n matrices, so that Factor allocates nothing.
func (c *Cholesky) Reserve(n int) {
	ld := (n + vec.PanelCols - 1) / vec.PanelCols * vec.PanelCols
	c.u = slices.Grow(c.u[:0], ld*ld)
	c.plain, c.minus = slices.Grow(c.plain[:0], cholBlock*ld), slices.Grow(c.minus[:0], cholBlock*ld)
}
