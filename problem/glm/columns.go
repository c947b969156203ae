package glm

import (
	"math"
	"slices"

	"github.com/godescent/descent/linalg"
	"github.com/godescent/descent/vec"
)

// columns is the data by columns, as methods for sparse coefficients walk it: in
// compressed columns, or whole where most entries are stored anyway.
type columns struct {
	n, d  int
	csc   *linalg.CSC
	dense []float64     // column j is dense[j*n:(j+1)*n]; nil for csc
	t     *linalg.Dense // the transpose of dense, which shares its memory
}

// denseShare is the share of stored entries above which a sparse matrix is kept in whole
// columns: contiguous products are then cheaper than gathers.
const denseShare = 0.5

func newColumns(x rows) *columns {
	n, d := x.Dims()
	c := &columns{n: n, d: d}
	switch a := x.(type) {
	case *linalg.Dense:
		c.t = a.Columns()
	case *linalg.CSR:
		if float64(len(a.Idx)) <= denseShare*float64(n)*float64(d) {
			c.csc = a.Columns()
			return c
		}
		c.t = &linalg.Dense{Rows: d, Cols: n, Data: make([]float64, n*d)}
		for i := range n {
			for p := a.Ptr[i]; p < a.Ptr[i+1]; p++ {
				v := 1.0
				if a.Val != nil {
					v = a.Val[p]
				}
				c.t.Data[int(a.Idx[p])*n+i] = v
			}
		}
	}
	c.dense = c.t.Data
	return c
}

// columns returns the data by columns, which are made when they are first needed.
func (m *Model) columns() *columns {
	if m.cols == nil {
		m.cols = newColumns(m.x)
	}
	return m.cols
}

// dot returns column j times u.
func (c *columns) dot(j int, u []float64) float64 {
	if c.dense != nil {
		return vec.Dot(c.dense[j*c.n:(j+1)*c.n], u)
	}
	return c.csc.ColDot(j, u)
}

// axpy adds a times column j to z.
func (c *columns) axpy(a float64, j int, z []float64) {
	if c.dense != nil {
		vec.Axpy(a, c.dense[j*c.n:(j+1)*c.n], z)
		return
	}
	c.csc.ColAxpy(a, j, z)
}

// size returns the number of stored entries of column j.
func (c *columns) size(j int) int {
	if c.dense != nil {
		return c.n
	}
	return c.csc.Ptr[j+1] - c.csc.Ptr[j]
}

// entries returns the number of stored entries.
func (c *columns) entries() int {
	if c.dense != nil {
		return len(c.dense)
	}
	return len(c.csc.Idx)
}

// gram stores X_J' diag(w) X_J in the first len(cols) rows and columns of h, whose rows
// have the length ld, but for the first from rows and columns, which are there.
func (c *columns) gram(h []float64, ld int, cols []int32, from int, w []float64) {
	if c.dense != nil {
		linalg.GramDenseColumns(h, ld, c.dense, c.n, cols, from, w)
		return
	}
	linalg.GramColumns(h, ld, c.csc, cols, from, w)
}

// mulT stores X'u in g: one dot product a column, in parallel.
func (c *columns) mulT(g, u []float64) {
	if c.dense != nil {
		c.t.MulVec(g, u)
		return
	}
	c.csc.MulVecT(g, u)
}

// mulSparse stores Xw in z from the columns with w_j != 0, if these are few, and
// reports whether they were.
func (c *columns) mulSparse(z, w []float64) bool {
	work := 0
	for j, v := range w {
		if v != 0 {
			work += c.size(j)
		}
	}
	if 4*work > c.entries() {
		return false
	}
	clear(z)
	for j, v := range w {
		if v != 0 {
			c.axpy(v, j, z)
		}
	}
	return true
}

// HessianBlock stores the rows and columns idx of the Hessian of f at x in h, row-major
// with rows of length len(idx). It costs no more than the Hessian of a model that has
// these columns only.
func (m *Model) HessianBlock(h []float64, idx []int, x []float64) {
	m.readyBlocks()
	switch {
	case m.Quadratic():
		m.constantBlock(h, idx)
	case len(idx) == m.Dim():
		m.Hessian(h, x) // skips samples without curvature
	default:
		m.move(x)
		m.curvedBlock(h, idx)
	}
}

func (m *Model) readyBlocks() {
	if m.place != nil {
		return
	}
	m.place, m.picked, m.slots = make([]int, 0, m.d), make([]int32, 0, m.d), make([]int, 0, m.d)
	m.columns()
	if few := min(m.d, 512); m.kept == nil && m.moments == nil && (m.k == 1 || m.Quadratic()) {
		m.small = make([]float64, few*few)
	}
}

// constantBlock is the block of a quadratic, the same everywhere.
func (m *Model) constantBlock(h []float64, idx []int) {
	if m.moments != nil {
		m.moments.block(h, idx)
	} else {
		m.curvature()
		m.outputsBlock(h, idx, 1, 0)
	}
	m.addRidge(h, idx)
}

// curvedBlock is the block at the cached point.
func (m *Model) curvedBlock(h []float64, idx []int) {
	if m.k > 1 {
		m.softmaxBlock(h, idx)
	} else {
		m.curvature()
		m.scalarBlock(h, idx)
	}
	m.addRidge(h, idx)
}

func (m *Model) addRidge(h []float64, idx []int) {
	for a, j := range idx {
		if j < m.k*m.d {
			h[a*len(idx)+a] += m.spec.L2
		}
	}
}

// scalarBlock is the block of a model with one output, without the ridge term.
func (m *Model) scalarBlock(h []float64, idx []int) {
	w, inv := len(idx), 1/float64(m.n)
	m.picked, m.place = m.picked[:0], m.place[:0]
	free := -1
	for a, j := range idx {
		if j == m.d {
			free = a
			continue
		}
		m.picked, m.place = append(m.picked, int32(j)), append(m.place, a)
	}
	g, ld, slots := m.productsOf(m.picked)
	if m.border == nil {
		m.border = make([]float64, m.d)
	}
	sum := 0.0
	if free >= 0 || m.mid != nil {
		sum = vec.Sum(m.curve)
		for _, j := range m.picked {
			m.border[j] = m.columns().dot(int(j), m.curve)
		}
	}
	for p, a := range m.place {
		i, row := int(m.picked[p]), g[slots[p]*ld:]
		for q, b := range m.place {
			j := int(m.picked[q])
			e := row[slots[q]]
			if m.mid != nil {
				e += sum*m.mid[i]*m.mid[j] - (m.border[i]*m.mid[j] + m.mid[i]*m.border[j])
			}
			h[a*w+b] = e * (m.mulAt(i) * m.mulAt(j)) * inv
		}
	}
	if free < 0 {
		return
	}
	for _, a := range m.place {
		j := idx[a]
		e := m.border[j]
		if m.mid != nil {
			e -= sum * m.mid[j]
		}
		e *= m.mulAt(j) * inv
		h[a*w+free], h[free*w+a] = e, e
	}
	h[free*w+free] = sum * inv
}

// outputsBlock stores the products X'^T diag(curve) X'/n of the variables idx in h, times own
// within an output and times other between two. The products of the columns that some output
// has in idx serve all of them.
func (m *Model) outputsBlock(h []float64, idx []int, own, other float64) {
	if m.k == 1 && own == 1 {
		m.scalarBlock(h, idx)
		return
	}
	if m.task == nil {
		m.task = &tasks{at: make([]int, m.d+1), cols: make([]int, 0, m.d+1)}
	}
	t, w := m.task, len(idx)
	t.cols = t.cols[:0]
	clear(t.at)
	for _, j := range idx {
		_, col := m.output(j)
		t.at[col] = 1
	}
	for col, used := range t.at {
		if used > 0 {
			t.at[col] = len(t.cols)
			t.cols = append(t.cols, col)
		}
	}
	v := len(t.cols)
	t.h = slices.Grow(t.h[:0], v*v)[:v*v]
	m.scalarBlock(t.h, t.cols)
	for a, j := range idx {
		k, col := m.output(j)
		row := t.h[t.at[col]*v:]
		for b, i := range idx {
			l, with := m.output(i)
			c := other
			if l == k {
				c = own
			}
			h[a*w+b] = c * row[t.at[with]]
		}
	}
}

// tasks is scratch of outputsBlock: columns (d for the intercept), their places, their block.
type tasks struct {
	at, cols []int
	h        []float64
}

// output returns the output of variable j and its column, d for an intercept.
func (m *Model) output(j int) (k, col int) {
	if nw := m.k * m.d; j >= nw {
		return j - nw, m.d
	}
	return j / m.d, j % m.d
}

// softmaxBlock is the block of a multinomial model: entry (k, j), (l, i) is
// (1/n) sum_s w_s p_ks (1{k=l} - p_ls) x_sj x_si.
func (m *Model) softmaxBlock(h []float64, idx []int) {
	w, inv := len(idx), 1/float64(m.n)
	t := m.zv[:m.n]
	for a, j := range idx {
		k, col := m.output(j)
		last, sum := -1, 0.0
		for b := 0; b <= a; b++ {
			l, other := m.output(idx[b])
			if l != last { // t = the curvature of outputs (k, l) times column col
				last = l
				for s := range t {
					c := -m.prob(l, s)
					if k == l {
						c++
					}
					t[s] = m.weight(s) * m.prob(k, s) * c
				}
				if col < m.d {
					m.scaleBy(t, col)
				}
				sum = vec.Sum(t)
			}
			e := sum
			if other < m.d {
				e = m.columns().dot(other, t)
				if m.mid != nil {
					e -= m.mid[other] * sum
				}
				e *= m.mulAt(other)
			}
			h[a*w+b], h[b*w+a] = e*inv, e*inv
		}
	}
}

// scaleBy multiplies t by the scaled and centered column j.
func (m *Model) scaleBy(t []float64, j int) {
	x, mid, mul := m.wideColumn(), 0.0, m.mulAt(j)
	clear(x)
	m.columns().axpy(1, j, x)
	if m.mid != nil {
		mid = m.mid[j]
	}
	for s := range t {
		t[s] *= (x[s] - mid) * mul
	}
}

func (m *Model) wideColumn() []float64 {
	if m.column == nil {
		m.column = make([]float64, m.n)
	}
	return m.column
}

// byColumns reports whether products go by columns: where the penalties make coefficients
// zero, and where sparse data have more columns than rows, so that X'u by rows would
// scatter into vectors longer than what it reads. Whether they do must not depend on what ran before.
func (m *Model) byColumns() bool {
	s := &m.spec
	if s.L1 > 0 || s.Nonconvex != nil || s.GroupL1 > 0 || s.TaskL1 > 0 || s.NonNeg || s.Lower != nil || s.Upper != nil {
		return true
	}
	_, ok := m.x.(*linalg.CSR)
	return ok && m.d > m.n
}

// RootEntries returns the number of entries of the columns idx of sparse data, and the rows;
// 0 and 0 for dense data, several outputs, and models that keep products of columns.
func (m *Model) RootEntries(idx []int) (entries, rows int) {
	if m.k > 1 || m.moments != nil || m.kept != nil || m.columns().dense != nil {
		return 0, 0
	}
	for _, j := range idx {
		if j < m.d {
			entries += m.columns().size(j)
		}
	}
	return entries, m.n
}

// HessianRoot stores B in b, one column for each of the coordinates idx, with their block of
// the Hessian of f at x being B'B + diag(ridge): a pass over their entries.
func (m *Model) HessianRoot(b *linalg.ShiftedColumns, ridge []float64, idx []int, x []float64) {
	m.move(x)
	m.curvature()
	entries, _ := m.RootEntries(idx)
	b.Reset(m.n, entries)
	b.W = slices.Grow(b.W[:0], m.n)[:m.n]
	for i, c := range m.curve {
		b.W[i] = math.Sqrt(c / float64(m.n))
	}
	csc := m.columns().csc
	for a, j := range idx {
		if j == m.d { // the intercept is a column of ones
			ridge[a] = 0
			b.Append(nil, nil, 1, -1)
			continue
		}
		ridge[a] = m.spec.L2
		shift := 0.0
		if m.mid != nil {
			shift = m.mid[j] * m.mul[j]
		}
		rows, values := csc.Column(j)
		for p, v := range b.Append(rows, values, m.mulAt(j), shift) {
			b.Val[b.Ptr[a]+p] = v * b.W[rows[p]]
		}
	}
}
