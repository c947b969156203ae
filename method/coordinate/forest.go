package coordinate

import (
	"cmp"
	"slices"
)

// hessianAt returns the element (i, j) of a sparse Hessian.
func hessianAt(a hessianRows, i, j int) float64 {
	idx, val := a.HessianRow(i)
	if p, ok := slices.BinarySearch(idx, int32(j)); ok {
		return val[p]
	}
	return 0
}

// colourPartition is a red-black partition: nodes by decreasing L take the least used
// colour that none of their neighbours has, a new one where there is none. The Hessian of
// a colour is diagonal.
func colourPartition(a hessianRows, l []float64) [][]int {
	order := identity(len(l))
	slices.SortStableFunc(order, func(i, j int) int { return cmp.Compare(l[j], l[i]) })
	colour := slices.Repeat([]int{-1}, len(l))
	var blocks [][]int
	for _, i := range order {
		taken := make([]bool, len(blocks))
		idx, val := a.HessianRow(i)
		for p, j := range idx {
			if k := colour[j]; k >= 0 && val[p] != 0 {
				taken[k] = true
			}
		}
		best := len(blocks)
		for k, b := range blocks {
			if !taken[k] && (best == len(blocks) || len(b) < len(blocks[best])) {
				best = k
			}
		}
		if best == len(blocks) {
			blocks = append(blocks, nil)
		}
		blocks[best] = append(blocks[best], i)
		colour[i] = best
	}
	return blocks
}

// treePartition puts each node, in order, into the first block that stays a forest.
func treePartition(a hessianRows, n int) [][]int {
	var forests []*forest
	for i := range n {
		k := 0
		for k < len(forests) && !forests[k].accept(a, i) {
			k++
		}
		if k == len(forests) {
			f := newForest(n)
			f.accept(a, i)
			forests = append(forests, f)
		}
	}
	var blocks [][]int
	for _, f := range forests {
		blocks = append(blocks, f.nodes)
	}
	return blocks
}

// forest grows a set of nodes whose graph has no cycle: union-find with path halving.
type forest struct {
	parent []int32 // of the union-find; -1 outside of the forest
	mark   []int   // the last question in which a root came up
	asked  int
	nodes  []int
}

func newForest(n int) *forest {
	f := &forest{parent: make([]int32, n), mark: make([]int, n), nodes: make([]int, 0, n)}
	f.reset()
	return f
}

func (f *forest) reset() {
	f.nodes = f.nodes[:0]
	for i := range f.parent {
		f.parent[i] = -1
	}
}

func (f *forest) root(i int32) int32 {
	for f.parent[i] != i {
		f.parent[i] = f.parent[f.parent[i]]
		i = f.parent[i]
	}
	return i
}

// accept adds node i if its neighbours in the forest are all in different trees, and
// reports whether they are.
func (f *forest) accept(a hessianRows, i int) bool {
	idx, val := a.HessianRow(i)
	f.asked++
	for p, j := range idx {
		if val[p] == 0 || f.parent[j] < 0 {
			continue
		}
		r := f.root(j)
		if f.mark[r] == f.asked {
			return false
		}
		f.mark[r] = f.asked
	}
	me := int32(i)
	for p, j := range idx {
		if val[p] != 0 && f.parent[j] >= 0 {
			f.parent[f.root(j)] = me
		}
	}
	f.parent[i] = me
	f.nodes = append(f.nodes, i)
	return true
}
