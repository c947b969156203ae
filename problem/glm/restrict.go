package glm

import (
	"errors"

	"github.com/godescent/descent/linalg"
)

// Restrict returns the model of some columns alone, which increase, and at least one: what
// is left of m where the coefficients of all others are zero. Its variables are those of
// the columns, output by output, then the intercepts. It costs a copy of the columns' entries,
// and shares scratch with m: one of them at a time. Groups and bounds are not carried over: models with them
// are refused.
func (m *Model) Restrict(cols []int) (*Model, error) {
	if m.norms != nil || m.lower != nil {
		return nil, errors.New("glm: a model with groups, tasks or bounds is not restricted to columns: want l1, l2 or a penalty that is not convex")
	}
	if len(cols) == 0 {
		return nil, errors.New("glm: a model restricted to no column: want at least one")
	}
	c := *m
	c.d, c.lip, c.free = len(cols), 0, nil
	x, byColumn := m.columns().pick(cols)
	c.x = x
	c.mul, c.mid = picked(m.mul, cols), picked(m.mid, cols)
	c.spec.Free = nil
	for a, j := range cols {
		if m.free != nil && m.free[j] {
			c.spec.Free = append(c.spec.Free, a)
		}
	}
	if err := c.penalize(); err != nil {
		return nil, err
	}
	c.memory = c.newMemory()
	c.cols = byColumn
	m.readyBlocks()
	c.place, c.picked, c.slots, c.small = m.place, m.picked, m.slots, m.small
	return &c, nil
}

func picked(v []float64, idx []int) []float64 {
	if v == nil {
		return nil
	}
	p := make([]float64, len(idx))
	for a, j := range idx {
		p[a] = v[j]
	}
	return p
}

// pick returns the matrix of some columns, by rows and by columns.
func (c *columns) pick(cols []int) (rows, *columns) {
	p := &columns{n: c.n, d: len(cols)}
	if c.dense != nil {
		p.dense = make([]float64, 0, len(cols)*c.n)
		for _, j := range cols {
			p.dense = append(p.dense, c.dense[j*c.n:(j+1)*c.n]...)
		}
		p.t = &linalg.Dense{Rows: p.d, Cols: c.n, Data: p.dense}
		return p.t.Columns(), p
	}
	p.csc = &linalg.CSC{Rows: c.n, Cols: p.d, Ptr: make([]int, 1, p.d+1)}
	for _, j := range cols {
		rows, values := c.csc.Column(j)
		p.csc.Idx, p.csc.Val = append(p.csc.Idx, rows...), append(p.csc.Val, values...)
		p.csc.Ptr = append(p.csc.Ptr, len(p.csc.Idx))
	}
	return p.csc.CSR(), p
}
