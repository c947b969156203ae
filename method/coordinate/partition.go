package coordinate

import (
	"cmp"
	"fmt"
	"slices"

	"github.com/godescent/descent"
)

// partition returns the fixed blocks of the method.
func (s *bcdRun) partition(m BCD) ([][]int, error) {
	order := identity(s.n)
	key := s.l
	switch m.Partition {
	case "given":
		return m.Blocks, checkBlocks(m.Blocks, s.n)
	case "red-black", "tree":
		rows, err := s.graph()
		if err != nil {
			return nil, err
		}
		if m.Partition == "tree" {
			return treePartition(rows, s.n), nil
		}
		diagonal := make([]float64, s.n)
		for i := range diagonal {
			diagonal[i] = hessianAt(rows, i, i)
		}
		return colourPartition(rows, diagonal), nil
	case "hsort", "havg":
		o, err := descent.Require[RowSums](s.p)
		if err != nil {
			return nil, err
		}
		key = make([]float64, s.n)
		o.RowSums(key)
	}
	if m.Partition != "order" {
		slices.SortStableFunc(order, func(i, j int) int { return cmp.Compare(key[i], key[j]) })
	}
	if m.Partition == "avg" || m.Partition == "havg" {
		order = interleave(order)
	}
	return slices.Collect(slices.Chunk(order, s.tau)), nil // the last block may be short
}

// interleave returns the first, the last, the second, the last but one, ...
func interleave(x []int) []int {
	out := make([]int, 0, len(x))
	for i, j := 0, len(x)-1; i <= j; i, j = i+1, j-1 {
		if out = append(out, x[i]); i < j {
			out = append(out, x[j])
		}
	}
	return out
}

// checkBlocks returns an error unless each of n indices is in one block, once.
func checkBlocks(blocks [][]int, n int) error {
	in := make([]int, n)
	for k, b := range blocks {
		if len(b) == 0 {
			return fmt.Errorf("bcd: Blocks[%d] is empty: want at least one index in each", k)
		}
		for _, i := range b {
			if i < 0 || i >= n {
				return fmt.Errorf("bcd: Blocks[%d] holds the index %d: want 0 to %d", k, i, n-1)
			}
			if in[i] > 0 {
				return fmt.Errorf("bcd: index %d is in Blocks[%d] and Blocks[%d]: want each in one block, once", i, in[i]-1, k)
			}
			in[i] = k + 1
		}
	}
	for i, k := range in {
		if k == 0 {
			return fmt.Errorf("bcd: index %d is in none of %d Blocks: want each in one", i, len(blocks))
		}
	}
	return nil
}

// identity returns the list 0, ..., n-1.
func identity(n int) []int {
	x := make([]int, n)
	for i := range x {
		x[i] = i
	}
	return x
}
