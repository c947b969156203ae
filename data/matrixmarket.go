package data

import (
	"bytes"
	"fmt"
	"io"
	"math"
	"strings"

	"github.com/godescent/descent/linalg"
)

// mtx reads a Matrix Market file (Boisvert, Pozo and Remington 1996): the
// coordinate and array formats of real, integer and pattern matrices, general,
// symmetric or skew-symmetric. Coordinate matrices become CSR, with entries in
// any order and entries at the same place added up; arrays become dense.
type mtx struct {
	in   *input
	br   *blockReader
	b    []byte // block
	i    int    // next byte in b
	line int    // of b[i]
	bol  int    // where that line begins in b

	rows, cols, entries int
	pattern             bool
	sign                float64 // of mirrored entries: 0 for general matrices
}

func readMatrixMarket(in *input, opt Options) (*Set, error) {
	if opt.Target != "" && opt.Target != "none" || opt.Weights != "" || len(opt.Drop) > 0 {
		return nil, fmt.Errorf("%s: Matrix Market files have no columns to name as target, weights or drop; the target can be a file of its own (labels)", in.name)
	}
	m := &mtx{in: in, br: newBlockReader(in)}
	array, err := m.header()
	if err != nil {
		return nil, err
	}
	var x linalg.Matrix
	if array {
		x, err = m.array()
	} else {
		x, err = m.coordinate()
	}
	if err != nil {
		return nil, err
	}
	ok, err := m.nextLine()
	if err != nil {
		return nil, err
	}
	if ok {
		return nil, m.fail(m.i, "more than the %d entries that the header promises", m.entries)
	}
	return &Set{X: x}, nil
}

func (m *mtx) fail(at int, format string, args ...any) error {
	return &SyntaxError{File: m.in.name, Line: max(m.line, 1), Col: at - m.bol + 1, Msg: fmt.Sprintf(format, args...)}
}

// nextLine moves to the first word of the next line that is not blank; false
// at the end of the input.
func (m *mtx) nextLine() (bool, error) {
	for {
		if m.i == len(m.b) {
			m.br.line = m.line + 1
			b, err := m.br.next(len(m.b))
			if err == io.EOF {
				m.b, m.i, m.bol = nil, 0, 0
				m.line++
				return false, nil
			}
			if err != nil {
				return false, err
			}
			m.b, m.i = b, 0
		}
		m.line++
		m.bol = m.i
		m.blanks()
		if m.b[m.i] != '\n' {
			return true, nil
		}
		m.i++
	}
}

func (m *mtx) blanks() {
	for m.b[m.i] == ' ' || m.b[m.i] == '\t' || m.b[m.i] == '\r' {
		m.i++
	}
}

// endLine moves past the newline, before which only blanks may stand.
func (m *mtx) endLine() error {
	m.blanks()
	if m.b[m.i] != '\n' {
		return m.fail(m.i, "%s; want the end of the line", quote(token(m.b, m.i)))
	}
	m.i++
	return nil
}

// header reads the banner, comments and sizes.
func (m *mtx) header() (array bool, err error) {
	const banner = "%%MatrixMarket matrix coordinate|array real|integer|pattern general|symmetric|skew-symmetric"
	ok, err := m.nextLine()
	if err != nil {
		return false, err
	}
	if !ok {
		m.line = 1
		return false, m.fail(0, "the input is empty; want %s", banner)
	}
	nl := bytes.IndexByte(m.b[m.i:], '\n') + m.i
	w := strings.Fields(strings.ToLower(string(m.b[m.i:min(nl, m.i+1024)])))
	if len(w) != 5 || w[0] != "%%matrixmarket" || w[1] != "matrix" {
		return false, m.fail(m.i, "%s; want %s", quote(m.b[m.i:nl]), banner)
	}
	switch w[2] {
	case "coordinate":
	case "array":
		array = true
	default:
		return false, m.fail(m.i, "format %q; want coordinate or array", w[2])
	}
	switch w[3] {
	case "real", "double", "integer":
	case "pattern":
		m.pattern = true
	default:
		return false, m.fail(m.i, "%s entries are not supported; want real, integer or pattern", w[3])
	}
	switch w[4] {
	case "general":
	case "symmetric":
		m.sign = 1
	case "skew-symmetric":
		m.sign = -1
	default:
		return false, m.fail(m.i, "symmetry %q is not supported; want general, symmetric or skew-symmetric", w[4])
	}
	if m.pattern && (array || m.sign < 0) {
		return false, m.fail(m.i, "pattern goes with coordinate and general or symmetric only")
	}
	m.i = nl + 1
	for {
		if ok, err = m.nextLine(); err != nil {
			return false, err
		}
		if !ok {
			return false, m.fail(m.i, "the input ends before the line of sizes")
		}
		if m.b[m.i] != '%' {
			break
		}
		m.i += bytes.IndexByte(m.b[m.i:], '\n') + 1
	}
	if m.rows, err = m.integer("rows", 0, math.MaxInt32); err != nil {
		return false, err
	}
	if m.cols, err = m.integer("columns", 0, math.MaxInt32); err != nil {
		return false, err
	}
	if m.sign != 0 && m.rows != m.cols {
		return false, m.fail(m.bol, "%d x %d; want a square matrix, as it is declared %s", m.rows, m.cols, w[4])
	}
	switch {
	case !array:
		if m.entries, err = m.integer("entries", 0, math.MaxInt); err != nil {
			return false, err
		}
	case m.sign == 0:
		m.entries = m.rows * m.cols // below 2^62
	case m.sign > 0:
		m.entries = m.rows * (m.rows + 1) / 2
	default:
		m.entries = m.rows * (m.rows - 1) / 2
	}
	return array, m.endLine()
}

// integer reads a whole number from lo to hi.
func (m *mtx) integer(what string, lo, hi int) (int, error) {
	m.blanks()
	at, n := m.i, 0
	for ; m.b[m.i]-'0' <= 9; m.i++ {
		d := int(m.b[m.i] - '0')
		if d > hi || n > (hi-d)/10 {
			return 0, m.fail(at, "%s %s; want at most %d", what, quote(token(m.b, at)), hi)
		}
		n = 10*n + d
	}
	if m.i == at || m.b[m.i] > ' ' {
		return 0, m.fail(at, "%s %s; want a whole number", what, quote(token(m.b, at)))
	}
	if n < lo {
		return 0, m.fail(at, "%s %d; want at least %d", what, n, lo)
	}
	return n, nil
}

func (m *mtx) value() (float64, error) {
	m.blanks()
	at := m.i
	x, end, ok := parseFloat(m.b, m.i)
	t := token(m.b, at)
	switch {
	case len(t) == 0:
		return 0, m.fail(at, "the line ends; want a value")
	case notFinite(t):
		return 0, m.fail(at, "value %s; want a finite number", quote(t))
	case !ok || end != at+len(t):
		return 0, m.fail(at, "value %s; want a number", quote(t))
	}
	m.i = end
	return x, nil
}

// entry moves to the line of entry k.
func (m *mtx) entry(k int) error {
	ok, err := m.nextLine()
	if err == nil && !ok {
		err = m.fail(m.i, "the input ends after %d entries; the header promises %d", k, m.entries)
	}
	return err
}

// array reads a dense matrix, stored by columns; of a symmetric one the lower
// triangle.
func (m *mtx) array() (*linalg.Dense, error) {
	var v chunks[float64] // grows with the data, whatever the header claims
	for k := range m.entries {
		if err := m.entry(k); err != nil {
			return nil, err
		}
		x, err := m.value()
		if err != nil {
			return nil, err
		}
		if err := m.endLine(); err != nil {
			return nil, err
		}
		v.push(x)
	}
	x := v.slice()
	if m.entries == 0 {
		// An empty matrix; a skew-symmetric 1 x 1 matrix is the zero.
		return &linalg.Dense{Rows: m.rows, Cols: m.cols, Data: make([]float64, min(1, m.rows*m.cols))}, nil
	}
	a := &linalg.Dense{Rows: m.rows, Cols: m.cols, Data: make([]float64, m.rows*m.cols)}
	k := 0
	for j := range m.cols {
		first := 0
		if m.sign != 0 {
			first = j
		}
		if m.sign < 0 {
			first++
		}
		for i := first; i < m.rows; i++ {
			a.Data[i*m.cols+j] = x[k]
			if m.sign != 0 {
				a.Data[j*m.cols+i] = x[k]
				if i != j {
					a.Data[j*m.cols+i] *= m.sign
				}
			}
			k++
		}
	}
	return a, nil
}

// coordinate reads triplets and sorts them into rows.
func (m *mtx) coordinate() (*linalg.CSR, error) {
	var is, js chunks[int32]
	var vs chunks[float64]
	for k := range m.entries {
		if err := m.entry(k); err != nil {
			return nil, err
		}
		at := m.i
		i, err := m.integer("row", 1, m.rows)
		if err != nil {
			return nil, err
		}
		j, err := m.integer("column", 1, m.cols)
		if err != nil {
			return nil, err
		}
		if m.sign != 0 && j > i {
			return nil, m.fail(at, "entry (%d, %d) above the diagonal; want only the lower triangle of a symmetric matrix", i, j)
		}
		if m.sign < 0 && i == j {
			return nil, m.fail(at, "entry (%d, %d) on the diagonal of a skew-symmetric matrix, which is zero", i, j)
		}
		is.push(int32(i - 1))
		js.push(int32(j - 1))
		mirrored := m.sign != 0 && i != j
		if mirrored {
			is.push(int32(j - 1))
			js.push(int32(i - 1))
		}
		if !m.pattern {
			v, err := m.value()
			if err != nil {
				return nil, err
			}
			vs.push(v)
			if mirrored {
				vs.push(m.sign * v)
			}
		}
		if err := m.endLine(); err != nil {
			return nil, err
		}
	}
	// A matrix much larger than what fills it is a damaged header: it would
	// cost memory that no data stands for.
	if m.rows > 1<<20+64*m.entries {
		m.line = 1
		return nil, m.fail(m.bol, "%d rows for %d entries; the sizes in the header cannot be right", m.rows, m.entries)
	}
	a, err := fromTriplets(m.rows, m.cols, is.slice(), js.slice(), vs.slice())
	if err != nil {
		return nil, m.fail(m.i, "%v", err)
	}
	return a, nil
}

// fromTriplets builds a matrix from entries in any order, those at the same
// place added up; v == nil means ones. It leaves out zeros, refuses sums that
// overflow and keeps no values if all are 1.
func fromTriplets(rows, cols int, is, js []int32, v []float64) (*linalg.CSR, error) {
	a, err := linalg.FromTriplets(rows, cols, is, js, v)
	if err != nil || a.Val == nil {
		return a, err
	}
	n, ones := 0, true
	for i := range rows {
		lo, hi := a.Ptr[i], a.Ptr[i+1]
		a.Ptr[i] = n
		for k := lo; k < hi; k++ {
			x := a.Val[k]
			if x-x != 0 {
				return nil, fmt.Errorf("the entries at row %d, column %d add up to %v; want a finite number", i+1, a.Idx[k]+1, x)
			}
			if x != 0 {
				a.Idx[n], a.Val[n] = a.Idx[k], x
				ones = ones && x == 1
				n++
			}
		}
	}
	a.Ptr[rows] = n
	a.Idx, a.Val = a.Idx[:n], a.Val[:n]
	if ones {
		a.Val = nil
	}
	return a, nil
}
