package linalg

import "slices"

// Reserve makes room for factors of n x n matrices, so that Factor allocates nothing.
func (c *Cholesky) Reserve(n int) { c.u = slices.Grow(c.u[:0], n*n) }
