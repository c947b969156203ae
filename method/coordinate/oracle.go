package coordinate

// Tracker is the oracle of block coordinate methods: f with a state w from which values
// and partial derivatives follow cheaply while x changes a block at a time. For f(x) = h(Ax)
// w is Ax; for a quadratic it is the gradient. The method owns w, which is a part of its
// checkpoint. b is a list of different coordinates, d their changes.
type Tracker interface {
	// StateLen returns the length of w.
	StateLen() int
	// Track stores the state at x in w, from scratch.
	Track(w, x []float64)
	// Shift changes w to the state after x_b has grown by d.
	Shift(w []float64, b []int, d []float64)
	// Partials stores the partial derivatives by x_b in g, of length len(b).
	Partials(g, w []float64, b []int)
	// AllPartials stores the gradient in g, of length n.
	AllPartials(g, w []float64)
	// Line readies Rise for the direction d of x_b at the state w.
	Line(w []float64, b []int, d []float64)
	// Rise returns f(x + t U_b d) - f(x) for the last Line, at a cost that does not depend
	// on the number of columns.
	Rise(w []float64, t float64) float64
}

// BlockBound is the oracle of matrix updates: it stores H_b, a bound on the Hessian of f
// by x_b at every x, in h, len(b) x len(b) row-major.
type BlockBound interface {
	BlockBound(h []float64, b []int)
}

// BlockHessian stores the Hessian by x_b at the state w in h, len(b) x len(b) row-major.
type BlockHessian interface {
	BlockHessian(h, w []float64, b []int)
}

// RowSums stores sum_j |H_ij| in d_i, for a bound H on the Hessian at every x: by
// Gershgorin diag(d) bounds the Hessian too.
type RowSums interface {
	RowSums(d []float64)
}

// BoundProduct multiplies by a bound H on the Hessian at every x.
type BoundProduct interface {
	// BoundProduct stores H U_b d in hd, of length n.
	BoundProduct(hd []float64, b []int, d []float64)
	// BoundNorm returns the largest eigenvalue of H, or a bound on it.
	BoundNorm() float64
}

// SparseHessian is a quadratic f with a sparse Hessian whose tracked state w is its
// gradient: a step on x_b changes only the partial derivatives of its neighbours.
type SparseHessian interface {
	// HessianRow returns the columns and values of row i, diagonal included.
	HessianRow(i int) (idx []int32, val []float64)
}

// PairwiseHessian is an f with a sparse Hessian that depends on x: a sum of functions of
// pairs of coordinates. Where the graph of a block is a forest, its Newton system is solved
// by elimination.
type PairwiseHessian interface {
	// BoundRow returns the columns of row i, those where it is not zero at some x, increasing,
	// diagonal included, and bounds on the absolute values.
	BoundRow(i int) (idx []int32, val []float64)
	// RowAt returns the values of row i at the state w in these columns. They are valid until
	// the next call.
	RowAt(i int, w []float64) []float64
}

// ThirdBounds stores bounds on the third derivatives along each coordinate in m.
type ThirdBounds interface {
	ThirdBounds(m []float64)
}
