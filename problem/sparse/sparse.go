// Package sparse has losses of linear predictors Ax with a sparse A, as sums and not as
// means and without regularizer, with the oracles of block coordinate methods, and the
// generated problems that these methods are compared on.
package sparse

import (
	"errors"
	"fmt"
	"slices"

	"github.com/godescent/descent/linalg"
	"github.com/godescent/descent/vec"
)

// design is A by rows and by columns, and scratch for directions.
type design struct {
	rows *linalg.CSR
	cols *linalg.CSC
	sq   []float64 // |A_j|^2

	v       []float64 // A_b d of the last line, by row
	touched []int32   // the rows where v may differ from 0
	in      []bool    // whether a row is touched
	wide    []float64 // a column, spread over the rows; zeros between calls
	absSums []float64 // of absGram, nil before its first call
}

func newDesign(a *linalg.CSR, y []float64) (*design, error) {
	n, d := a.Dims()
	if n == 0 || d == 0 || len(y) != n {
		return nil, fmt.Errorf("sparse: %d x %d matrix with %d targets: want a target for each row, and at least one row and column", n, d, len(y))
	}
	if a.Val == nil {
		return nil, errors.New("sparse: matrix without values: want one for each entry")
	}
	for i := range n {
		for p := a.Ptr[i]; p < a.Ptr[i+1]; p++ {
			if v := a.Val[p]; v-v != 0 {
				return nil, fmt.Errorf("sparse: A[%d, %d] is %v: want a finite number", i, a.Idx[p], v)
			}
		}
		if y[i]-y[i] != 0 {
			return nil, fmt.Errorf("sparse: y[%d] is %v: want a finite number", i, y[i])
		}
	}
	c := a.CSC()
	t := &design{rows: a, cols: c, sq: make([]float64, d), v: make([]float64, n), touched: make([]int32, 0, n), in: make([]bool, n), wide: make([]float64, n)}
	for j := range t.sq {
		_, val := t.column(j)
		t.sq[j] = vec.Dot(val, val)
	}
	return t, nil
}

func (t *design) column(j int) (idx []int32, val []float64) {
	lo, hi := t.cols.Ptr[j], t.cols.Ptr[j+1]
	return t.cols.Idx[lo:hi], t.cols.Val[lo:hi]
}

// touch marks the rows of column j.
func (t *design) touch(j int) {
	idx, _ := t.column(j)
	for _, i := range idx {
		if !t.in[i] {
			t.in[i] = true
			t.touched = append(t.touched, i)
		}
	}
}

// release forgets the touched rows, of which v has k numbers each.
func (t *design) release(v []float64, k int) {
	for _, i := range t.touched {
		t.in[i] = false
		clear(v[int(i)*k : (int(i)+1)*k])
	}
	t.touched = t.touched[:0]
}

// line stores A_b d in v on the touched rows.
func (t *design) line(b []int, d []float64) {
	t.release(t.v, 1)
	for i, j := range b {
		t.touch(j)
		t.cols.ColAxpy(d[i], j, t.v)
	}
}

// gram stores A_b' diag(weight) A_b in h; a nil weight means ones.
func (t *design) gram(h []float64, b []int, weight []float64) {
	for i, j := range b {
		idx, val := t.column(j)
		for p, r := range idx {
			t.wide[r] = val[p]
			if weight != nil {
				t.wide[r] *= weight[r]
			}
		}
		for k := range i + 1 {
			e := t.cols.ColDot(b[k], t.wide)
			h[i*len(b)+k], h[k*len(b)+i] = e, e
		}
		for _, r := range idx {
			t.wide[r] = 0
		}
	}
}

// absGram stores sum_k |A_j'A_k| in d_j: the work of the products of all entries with the
// rows that they are in.
func (t *design) absGram(d []float64) {
	if t.absSums != nil {
		copy(d, t.absSums)
		return
	}
	n := len(t.sq)
	row, in, list := make([]float64, n), make([]bool, n), make([]int32, 0, n)
	for j := range d {
		idx, val := t.column(j)
		for p, i := range idx {
			lo, hi := t.rows.Ptr[i], t.rows.Ptr[i+1]
			for q, k := range t.rows.Idx[lo:hi] {
				if !in[k] {
					in[k] = true
					list = append(list, k)
				}
				row[k] += val[p] * t.rows.Val[lo+q]
			}
		}
		d[j] = 0
		for _, k := range list {
			d[j] += max(row[k], -row[k])
			row[k], in[k] = 0, false
		}
		list = list[:0]
	}
	t.absSums = slices.Clone(d)
}
