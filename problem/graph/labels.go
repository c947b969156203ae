package graph

import (
	"fmt"
	"math"
	"slices"

	"github.com/godescent/descent/linalg"
	"github.com/godescent/descent/rng"
)

// An Edge joins two nodes with a weight >= 0.
type Edge struct {
	I, J   int
	Weight float64
}

// check returns an error unless edge k joins two of the nodes with a finite weight >= 0.
func (e Edge) check(k, nodes int) error {
	if e.I < 0 || e.J < 0 || e.I >= nodes || e.J >= nodes || e.I == e.J || !(e.Weight >= 0) || math.IsInf(e.Weight, 1) {
		return fmt.Errorf("graph: edge %d is (%d, %d) with weight %v: want two of %d nodes and a finite weight >= 0", k, e.I, e.J, e.Weight, nodes)
	}
	return nil
}

// Labels is label propagation: nodes of a weighted graph, some with given values y, the
// values x of the others minimizing
//
//	sum_ij w_ij (x_i - x_j)^2 / 2 - const = x.Ax/2 - c.x
//
// A_ii is the sum of the weights at i, A_ij = -w_ij, c_i the sum of w_ij y_j over labelled
// j (Zhu, Ghahramani, Lafferty, ICML 2003).
type Labels struct {
	*Quadratic
	Node []int // the node of each unknown, increasing
}

// NewLabels builds the quadratic of a graph of the given number of nodes. Edges between
// the same nodes add up; label maps nodes to values.
func NewLabels(nodes int, edges []Edge, label map[int]float64) (*Labels, error) {
	unknown, node := make([]int, nodes), []int(nil)
	for i := range nodes {
		if v, ok := label[i]; ok {
			if unknown[i] = -1; !finite(v) {
				return nil, fmt.Errorf("graph: the label of node %d is %v: want a finite number", i, v)
			}
			continue
		}
		unknown[i] = len(node)
		node = append(node, i)
	}
	if len(node) == 0 {
		return nil, fmt.Errorf("graph: %d labels on %d nodes: want a node without one", len(label), nodes)
	}
	var row, col []int32
	var val []float64
	c, diagonal := make([]float64, len(node)), make([]float64, len(node))
	for k, e := range edges {
		if err := e.check(k, nodes); err != nil {
			return nil, err
		}
		for _, end := range [2][2]int{{e.I, e.J}, {e.J, e.I}} {
			i, j := unknown[end[0]], unknown[end[1]]
			if i < 0 {
				continue
			}
			diagonal[i] += e.Weight
			if j < 0 {
				c[i] += e.Weight * label[end[1]]
				continue
			}
			row, col, val = append(row, int32(i)), append(col, int32(j)), append(val, -e.Weight)
		}
	}
	for i, v := range diagonal {
		row, col, val = append(row, int32(i)), append(col, int32(i)), append(val, v)
	}
	a, err := linalg.FromTriplets(len(node), len(node), row, col, val)
	if err != nil {
		return nil, err
	}
	q, err := NewQuadratic(a, c)
	return &Labels{q, node}, err
}

// Lattice is label propagation on the rows x cols grid: node (r, c) is c rows + r, edges
// have the weight 1e5, and so many nodes, drawn under seed, have labels from N(0, 10^2).
// With 50 x 50 and 100 labels it is problem D of Nutini, Laradji and Schmidt (JMLR 2022).
func Lattice(rows, cols, labels int, seed uint64) (*Labels, error) {
	if rows < 1 || cols < 1 || labels < 0 {
		return nil, fmt.Errorf("graph: %d x %d lattice with %d labels: want at least 1 x 1 and 0", rows, cols, labels)
	}
	var edges []Edge
	for c := range cols {
		for r := range rows {
			i := c*rows + r
			if r+1 < rows {
				edges = append(edges, Edge{i, i + 1, 1e5})
			}
			if c+1 < cols {
				edges = append(edges, Edge{i, i + rows, 1e5})
			}
		}
	}
	s := rng.New(seed, "graph.Lattice")
	label := map[int]float64{}
	for _, i := range subset(&s, rows*cols, labels) {
		label[i] = 10 * s.Norm()
	}
	return NewLabels(rows*cols, edges, label)
}

// Combs are two blocks of the unknowns of a rows x cols lattice whose Hessians are
// forests: the top row with the even columns but for their bottom nodes, and the bottom
// row with the odd columns but for their top nodes.
func (l *Labels) Combs(rows int) [][]int {
	blocks := make([][]int, 2)
	for i, node := range l.Node {
		r, c := node%rows, node/rows
		k := c % 2
		if r == 0 {
			k = 0
		} else if r == rows-1 {
			k = 1
		}
		blocks[k] = append(blocks[k], i)
	}
	return slices.DeleteFunc(blocks, func(b []int) bool { return len(b) == 0 })
}

// Checkers are the two colours of a chessboard on the unknowns of a lattice with that many
// rows: the smallest red-black partition.
func (l *Labels) Checkers(rows int) [][]int {
	blocks := make([][]int, 2)
	for i, node := range l.Node {
		k := (node%rows + node/rows) % 2
		blocks[k] = append(blocks[k], i)
	}
	return slices.DeleteFunc(blocks, func(b []int) bool { return len(b) == 0 })
}

// TwoMoons is label propagation on points of two interleaved half circles with normal
// noise of variance 0.04, each joined with its 5 nearest neighbours with weight 1; so many
// points, drawn under seed, have the number of their moon, 1 or 2, as label. With 2000
// points and 100 labels it is problem E of Nutini, Laradji and Schmidt (JMLR 2022).
func TwoMoons(points, labels int, seed uint64) (*Labels, error) {
	const neighbours = 5
	if points <= neighbours || labels < 0 {
		return nil, fmt.Errorf("graph: two moons of %d points with %d labels: want more than %d points and no negative number", points, labels, neighbours)
	}
	s := rng.New(seed, "graph.TwoMoons")
	x, y := make([]float64, points), make([]float64, points)
	for i := range points {
		t := math.Pi * s.Float64()
		x[i], y[i] = math.Cos(t), math.Sin(t)
		if i >= points/2 {
			x[i], y[i] = 1-x[i], 0.5-y[i]
		}
		x[i] += 0.2 * s.Norm()
		y[i] += 0.2 * s.Norm()
	}
	type pair [2]int
	joined := map[pair]bool{}
	var edges []Edge
	for i := range points {
		for _, j := range nearest(x, y, i, neighbours) {
			if e := (pair{min(i, j), max(i, j)}); !joined[e] {
				joined[e] = true
				edges = append(edges, Edge{e[0], e[1], 1})
			}
		}
	}
	label := map[int]float64{}
	for _, i := range subset(&s, points, labels) {
		label[i] = 1
		if i >= points/2 {
			label[i] = 2
		}
	}
	return NewLabels(points, edges, label)
}

// nearest returns the k points nearest to point i, nearest first, by insertion. O(n k).
func nearest(x, y []float64, i, k int) []int {
	near, far := make([]int, 0, k+1), make([]float64, 0, k+1)
	for j := range x {
		d := math.Hypot(x[i]-x[j], y[i]-y[j])
		if j == i || len(near) == k && d >= far[k-1] {
			continue
		}
		at, _ := slices.BinarySearch(far, d)
		for at < len(far) && far[at] == d { // the lower index first
			at++
		}
		near, far = slices.Insert(near, at, j), slices.Insert(far, at, d)
		near, far = near[:min(k, len(near))], far[:min(k, len(far))]
	}
	return near
}

// subset draws k different numbers below n, increasing; all of them if there are fewer.
func subset(s *rng.Stream, n, k int) []int {
	all := make([]int, n)
	for i := range all {
		all[i] = i
	}
	s.Shuffle(all)
	all = all[:min(k, n)]
	slices.Sort(all)
	return all
}
