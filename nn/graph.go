package nn

import (
	"fmt"
	"math"

	"github.com/godescent/descent/grad"
	"github.com/godescent/descent/linalg"
	"github.com/godescent/descent/vec"
)

// GraphConv is A x W' + b for features x [nodes, in] of the nodes of a graph with the constant
// sparse matrix A (Kipf and Welling 2017, arXiv:1609.02907): blocks weight [out, in] and bias
// [out].
type GraphConv[T vec.Float] struct {
	Linear[T]
	a *linalg.CSR
}

// NewGraphConv adds a graph convolution of that name. A is square, usually from
// [NormalizedAdjacency].
func NewGraphConv[T vec.Float](b *Builder[T], name string, a *linalg.CSR, in, out int) *GraphConv[T] {
	if a == nil || a.Rows != a.Cols {
		b.Fail("graph convolution %s: want a square matrix of the graph", b.prefix+name)
	}
	return &GraphConv[T]{*NewLinear(b, name, in, out), a}
}

// Forward implements [Layer]. The product with A comes where the features are fewer.
func (l *GraphConv[T]) Forward(p *Pass[T], x *grad.Tensor[T]) *grad.Tensor[T] {
	w := p.Param(l.Weight)
	if w.Dim(0) > w.Dim(1) {
		return l.Linear.Forward(p, grad.SparseMatMul(l.a, x))
	}
	return grad.Add(grad.SparseMatMul(l.a, grad.MatMulT(x, w, false, true)), p.Param(l.Bias))
}

// NormalizedAdjacency returns D^-1/2 (A + I) D^-1/2 of an undirected graph of n nodes, where
// edges holds pairs of different nodes, each pair once in either order, and D has the row sums
// of A + I.
func NormalizedAdjacency(n int, edges [][2]int) (*linalg.CSR, error) {
	if n < 1 || n > math.MaxInt32 {
		return nil, fmt.Errorf("nn: graph of %d nodes: want 1 to %d", n, math.MaxInt32)
	}
	degree := make([]float64, n)
	for i := range degree {
		degree[i] = 1
	}
	seen := make(map[[2]int]bool, len(edges))
	for i, e := range edges {
		u, v := min(e[0], e[1]), max(e[0], e[1])
		if u < 0 || v >= n || u == v || seen[[2]int{u, v}] {
			return nil, fmt.Errorf("nn: edge %d is %v: want two different nodes 0 to %d, each pair once", i, e, n-1)
		}
		seen[[2]int{u, v}] = true
		degree[u]++
		degree[v]++
	}
	var row, col []int32
	var val []float64
	add := func(u, v int) {
		row, col = append(row, int32(u)), append(col, int32(v))
		val = append(val, 1/math.Sqrt(degree[u]*degree[v]))
	}
	for i := range n {
		add(i, i)
	}
	for _, e := range edges {
		add(e[0], e[1])
		add(e[1], e[0])
	}
	return linalg.FromTriplets(n, n, row, col, val)
}
