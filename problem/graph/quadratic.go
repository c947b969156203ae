// Package graph has objectives whose Hessian is the sparse matrix of a graph, with the
// oracles of block coordinate methods: quadratics, label propagation on lattices and
// nearest-neighbour graphs, and edge-preserving smoothing, whose Hessian depends on x.
package graph

import (
	"fmt"
	"math"
	"slices"

	"github.com/godescent/descent"
	"github.com/godescent/descent/linalg"
	"github.com/godescent/descent/vec"
)

// Quadratic is f(x) = x.Ax/2 - c.x with a sparse symmetric A with diagonal >= 0. Its
// tracked state is the gradient Ax - c, so a step on the block x_b costs the rows of b.
// It belongs to one run at a time.
type Quadratic struct {
	a *linalg.CSR
	c []float64

	ax    []float64
	place []int32 // of an index in the block of the last call, -1 elsewhere
	slope float64 // of the last Line: f(x + t d) - f(x) = t slope + t^2 curve / 2
	curve float64
}

// NewQuadratic checks that A is square, symmetric and finite with diagonal >= 0, and fits c.
func NewQuadratic(a *linalg.CSR, c []float64) (*Quadratic, error) {
	n := a.Rows
	if a.Cols != n || len(c) != n || n == 0 {
		return nil, fmt.Errorf("graph: %d x %d matrix and %d linear terms: want a square matrix with a term for each row, at least one", a.Rows, a.Cols, len(c))
	}
	if a.Val == nil && a.NNZ() > 0 {
		a = &linalg.CSR{Rows: n, Cols: n, Ptr: a.Ptr, Idx: a.Idx, Val: slices.Repeat([]float64{1}, a.NNZ())}
	}
	for i := range n {
		for p := a.Ptr[i]; p < a.Ptr[i+1]; p++ {
			j, v := int(a.Idx[p]), a.Val[p]
			switch {
			case v-v != 0:
				return nil, fmt.Errorf("graph: A[%d, %d] is %v: want a finite number", i, j, v)
			case i == j && v < 0:
				return nil, fmt.Errorf("graph: A[%d, %d] is %v: want a diagonal >= 0", i, i, v)
			case a.At(j, i) != v:
				return nil, fmt.Errorf("graph: A[%d, %d] is %v and A[%d, %d] is %v: want a symmetric matrix", i, j, v, j, i, a.At(j, i))
			}
		}
		if c[i]-c[i] != 0 {
			return nil, fmt.Errorf("graph: c[%d] is %v: want a finite number", i, c[i])
		}
	}
	return &Quadratic{a: a, c: c, ax: make([]float64, n), place: slices.Repeat([]int32{-1}, n)}, nil
}

// Problem returns min f under a name.
func (q *Quadratic) Problem(name string) *descent.Problem {
	return &descent.Problem{Name: name, Dim: len(q.c), Objective: q}
}

// Matrix returns A, and Linear c; neither must be changed.
func (q *Quadratic) Matrix() *linalg.CSR { return q.a }

// Linear returns c.
func (q *Quadratic) Linear() []float64 { return q.c }

// Quadratic says that the Hessian is the same everywhere.
func (q *Quadratic) Quadratic() bool { return true }

// Value implements [descent.Objective].
func (q *Quadratic) Value(x []float64) float64 { return q.Gradient(q.ax, x) }

// Gradient implements [descent.Smooth].
func (q *Quadratic) Gradient(g, x []float64) float64 {
	q.a.MulVec(g, x)
	v := vec.Dot(g, x)/2 - vec.Dot(q.c, x)
	vec.Axpy(-1, q.c, g)
	return v
}

// HessVec implements [descent.HessianVector].
func (q *Quadratic) HessVec(hv, _, v []float64) { q.a.MulVec(hv, v) }

// CoordinateLipschitz stores the diagonal of A.
func (q *Quadratic) CoordinateLipschitz(l []float64) {
	for i := range l {
		l[i] = q.a.At(i, i)
	}
}

// HessianRow returns row i of A.
func (q *Quadratic) HessianRow(i int) (idx []int32, val []float64) {
	lo, hi := q.a.Ptr[i], q.a.Ptr[i+1]
	return q.a.Idx[lo:hi], q.a.Val[lo:hi]
}

// RowSums stores sum_j |A_ij|.
func (q *Quadratic) RowSums(d []float64) {
	for i := range d {
		_, val := q.HessianRow(i)
		d[i] = vec.Asum(val)
	}
}

// StateLen is n: the tracked state is the gradient.
func (q *Quadratic) StateLen() int { return len(q.c) }

// Track stores the gradient at x.
func (q *Quadratic) Track(w, x []float64) { q.Gradient(w, x) }

// Shift adds A U_b d to the gradient. O(sum of the degrees).
func (q *Quadratic) Shift(w []float64, b []int, d []float64) {
	for i, j := range b {
		idx, val := q.HessianRow(j)
		vec.SparseAxpy(d[i], val, idx, w)
	}
}

// Partials copies the partial derivatives by x_b.
func (q *Quadratic) Partials(g, w []float64, b []int) {
	for i, j := range b {
		g[i] = w[j]
	}
}

// AllPartials copies the gradient.
func (q *Quadratic) AllPartials(g, w []float64) { copy(g, w) }

// Line readies Rise: slope and curvature along d.
func (q *Quadratic) Line(w []float64, b []int, d []float64) {
	q.enter(b)
	q.slope, q.curve = 0, 0
	for i, j := range b {
		q.slope += w[j] * d[i]
		idx, val := q.HessianRow(j)
		for p, k := range idx {
			if q.place[k] >= 0 {
				q.curve += d[i] * val[p] * d[q.place[k]]
			}
		}
	}
	q.leave(b)
}

// Rise returns f(x + t U_b d) - f(x).
func (q *Quadratic) Rise(_ []float64, t float64) float64 { return t * (q.slope + t/2*q.curve) }

// BlockBound stores A_bb.
func (q *Quadratic) BlockBound(h []float64, b []int) {
	clear(h)
	q.enter(b)
	for i, j := range b {
		idx, val := q.HessianRow(j)
		for p, k := range idx {
			if q.place[k] >= 0 {
				h[i*len(b)+int(q.place[k])] = val[p]
			}
		}
	}
	q.leave(b)
}

// BlockHessian stores A_bb.
func (q *Quadratic) BlockHessian(h, _ []float64, b []int) { q.BlockBound(h, b) }

// BoundProduct stores A U_b d.
func (q *Quadratic) BoundProduct(hd []float64, b []int, d []float64) {
	clear(hd)
	q.Shift(hd, b, d)
}

// BoundNorm returns the largest sum of |A_ij| over a row, a bound on the largest eigenvalue.
func (q *Quadratic) BoundNorm() float64 {
	q.RowSums(q.ax)
	return vec.NrmInf(q.ax)
}

// ThirdBounds stores zeros.
func (q *Quadratic) ThirdBounds(m []float64) { clear(m) }

// Lipschitz returns a bound on the largest eigenvalue of a positive semidefinite A.
func (q *Quadratic) Lipschitz() float64 { return q.BoundNorm() }

func (q *Quadratic) enter(b []int) {
	for i, j := range b {
		q.place[j] = int32(i)
	}
}

func (q *Quadratic) leave(b []int) {
	for _, j := range b {
		q.place[j] = -1
	}
}

// finite is the check of a weight or label.
func finite(v float64) bool { return !math.IsNaN(v) && !math.IsInf(v, 0) }
