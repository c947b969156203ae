package linalg

import "math"

// ColStats are statistics of each column of a matrix.
type ColStats struct {
	NNZ    []int     // elements other than 0
	Sum    []float64 // sum_i w_i a_ij
	SumSq  []float64 // sum_i w_i a_ij^2
	MaxAbs []float64 // largest absolute value, NaN if the column holds one
}

func newColStats(cols int) ColStats {
	return ColStats{make([]int, cols), make([]float64, cols), make([]float64, cols), make([]float64, cols)}
}

func (s ColStats) add(j int, v, w float64) {
	if v == 0 {
		return
	}
	s.NNZ[j]++
	s.Sum[j] += w * v
	s.SumSq[j] += w * v * v
	s.MaxAbs[j] = max(s.MaxAbs[j], math.Abs(v))
}

// ColStats returns the statistics of the columns with row weights w; nil means ones.
// The weights act on the sums only. One pass over the entries, on one goroutine.
func (a *CSR) ColStats(w []float64) ColStats {
	checkWeights(w, a.Rows)
	s := newColStats(a.Cols)
	for i := range a.Rows {
		wi := weight(w, i)
		for p := a.Ptr[i]; p < a.Ptr[i+1]; p++ {
			s.add(int(a.Idx[p]), entry(a.Val, p), wi)
		}
	}
	return s
}

// ColStats is as for CSR.
func (a *CSC) ColStats(w []float64) ColStats {
	checkWeights(w, a.Rows)
	s := newColStats(a.Cols)
	for j := range a.Cols {
		for p := a.Ptr[j]; p < a.Ptr[j+1]; p++ {
			s.add(j, entry(a.Val, p), weight(w, int(a.Idx[p])))
		}
	}
	return s
}

// ColStats is as for CSR.
func (a *Dense) ColStats(w []float64) ColStats {
	checkWeights(w, a.Rows)
	s := newColStats(a.Cols)
	for i := range a.Rows {
		wi := weight(w, i)
		for j, v := range a.Row(i) {
			s.add(j, v, wi)
		}
	}
	return s
}

// entry is the value of stored entry p: 1 in a matrix without values.
func entry(val []float64, p int) float64 {
	if val == nil {
		return 1
	}
	return val[p]
}

func weight(w []float64, i int) float64 {
	if w == nil {
		return 1
	}
	return w[i]
}

func checkWeights(w []float64, rows int) {
	if w != nil {
		checkLen(w, rows, nil, 0)
	}
}
