package linalg

import "slices"

// ShiftedColumns is the matrix V - w m' of n rows: sparse columns V_j, each less a
// multiple m_j of one vector w. So the centered, scaled and weighted columns of sparse data
// keep their zeros. Column j has the rows Idx[p] and values Val[p], Ptr[j] <= p < Ptr[j+1].
type ShiftedColumns struct {
	Rows int
	Ptr  []int
	Idx  []int32
	Val  []float64
	W    []float64 // length n
	M    []float64 // one number a column
}

// Cols returns the number of columns.
func (b *ShiftedColumns) Cols() int { return len(b.M) }

// Column returns the rows and values of V_j.
func (b *ShiftedColumns) Column(j int) ([]int32, []float64) {
	lo, hi := b.Ptr[j], b.Ptr[j+1]
	return b.Idx[lo:hi], b.Val[lo:hi]
}

// Reset empties b, to which Append then adds columns of the given number of entries in all.
func (b *ShiftedColumns) Reset(rows, entries int) {
	b.Rows = rows
	b.Ptr, b.M = append(b.Ptr[:0], 0), b.M[:0]
	b.Idx, b.Val = slices.Grow(b.Idx[:0], entries), slices.Grow(b.Val[:0], entries)
}

// Append adds the column s v - m w, v having the given rows and values, nil for ones, and
// returns s v, to change.
func (b *ShiftedColumns) Append(rows []int32, values []float64, s, m float64) []float64 {
	from := len(b.Idx)
	b.Idx = append(b.Idx, rows...)
	for p := range rows {
		b.Val = append(b.Val, s*entry(values, p))
	}
	b.Ptr, b.M = append(b.Ptr, len(b.Idx)), append(b.M, m)
	return b.Val[from:]
}
