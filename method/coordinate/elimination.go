package coordinate

import "fmt"

// elimination solves A_bb d = r where the graph of A_bb is a forest, in O(degrees of b):
// message passing, from the leaves of each tree to its root and back. It is Gaussian
// belief propagation in one sweep, exact on trees. A pivot that is at most tol times its
// diagonal element counts as none: its node stays.
type elimination struct {
	a         hessianRows
	tol       float64
	in        []bool    // whether an index is in b
	place     []int     // its place in b
	parent    []int     // place of the parent, -1 for roots
	weight    []float64 // A_vp of node and parent
	diagonal  []float64
	pivot     []float64
	order     []int // places, parents before children
	unordered []bool
}

func newElimination(a hessianRows, tol float64, n, tau int) *elimination {
	return &elimination{
		a: a, tol: tol, in: make([]bool, n), place: make([]int, n), parent: make([]int, tau), weight: make([]float64, tau),
		diagonal: make([]float64, tau), pivot: make([]float64, tau), order: make([]int, 0, tau), unordered: make([]bool, tau),
	}
}

// solve overwrites r with d. The error of a block with a cycle names an edge of it.
func (e *elimination) solve(b []int, r []float64) error {
	for v, i := range b {
		e.in[i], e.place[i], e.unordered[v] = true, v, true
	}
	err := e.root(b)
	for _, i := range b {
		e.in[i] = false
	}
	if err != nil {
		return err
	}
	for k := len(e.order) - 1; k >= 0; k-- { // leaves to roots
		v := e.order[k]
		if p := e.parent[v]; p >= 0 && !e.flat(v) {
			e.pivot[p] -= e.weight[v] * e.weight[v] / e.pivot[v]
			r[p] -= e.weight[v] * r[v] / e.pivot[v]
		}
	}
	for _, v := range e.order { // roots to leaves
		if p := e.parent[v]; p >= 0 {
			r[v] -= e.weight[v] * r[p]
		}
		if e.flat(v) {
			r[v] = 0
			continue
		}
		r[v] /= e.pivot[v]
	}
	return nil
}

// mustSolve is solve on blocks that are known to be forests at every x.
func (e *elimination) mustSolve(b []int, r []float64) {
	if e.solve(b, r) != nil {
		panic("bcd: a cycle in a block that was a forest: the graph of the Hessian has changed")
	}
}

// flat reports whether node v has no curvature left, given those below it.
func (e *elimination) flat(v int) bool {
	return e.pivot[v] == 0 || e.tol > 0 && e.pivot[v] <= e.tol*e.diagonal[v]
}

// root orders the nodes of each tree from a root on, breadth first, and reads the matrix.
func (e *elimination) root(b []int) error {
	e.order = e.order[:0]
	for seed := range b {
		if !e.unordered[seed] {
			continue
		}
		e.parent[seed], e.weight[seed], e.unordered[seed] = -1, 0, false
		next := len(e.order)
		for e.order = append(e.order, seed); next < len(e.order); next++ {
			v := e.order[next]
			idx, val := e.a.HessianRow(b[v])
			for p, j := range idx {
				u := e.place[j]
				switch {
				case !e.in[j] || val[p] == 0:
				case u == v:
					e.diagonal[v], e.pivot[v] = val[p], val[p]
				case u == e.parent[v]:
				case !e.unordered[u]:
					return fmt.Errorf("bcd: the Hessian of a block of %d has a cycle through x[%d] and x[%d]: want a forest, as the partitions tree, red-black and forest make them", len(b), b[v], j)
				default:
					e.parent[u], e.weight[u], e.unordered[u] = v, val[p], false
					e.order = append(e.order, u)
				}
			}
		}
	}
	return nil
}
