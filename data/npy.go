package data

import (
	"encoding/binary"
	"fmt"
	"strconv"
	"strings"

	"github.com/godescent/descent/linalg"
)

// An npyHeader is what an NPY file says about its array.
type npyHeader struct {
	descr   string
	fortran bool
	shape   []int
}

// readNPY reads a NumPy array: bool, integer or real of 4 or 8 bytes, in C or
// Fortran order. One dimension is a column; above two, all but the first are
// flattened. Integers beyond 2^53 are rounded to float64.
func readNPY(in *input, opt Options) (*Set, error) {
	r := newBinReader(in)
	a, shape, err := r.npy()
	if err != nil {
		return nil, err
	}
	if err := r.end(); err != nil {
		return nil, err
	}
	return arraySet(in.name, a, shape, opt)
}

// arraySet makes a Set of one array of a shape; the last column of one with two dimensions is
// the target by default.
func arraySet(file string, a *linalg.Dense, shape []int, opt Options) (*Set, error) {
	rs, err := roles(file, nil, a.Cols, opt, len(shape) == 2)
	if err != nil {
		return nil, err
	}
	s := &Set{}
	s.nameTargets(nil, rs)
	s.X, s.Y, s.Weights = split(a, rs)
	if _, d := s.X.Dims(); len(shape) > 2 && d == a.Cols {
		s.Shape = shape[1:]
	}
	return s, badWeight(file, s.Weights)
}

// npy reads a header and its array as a matrix, and says which shape the array had.
func (r *binReader) npy() (a *linalg.Dense, shape []int, err error) {
	h, err := r.npyHeader()
	if err != nil {
		return nil, nil, err
	}
	at := r.off
	t, err := npyType(h.descr)
	if err != nil {
		return nil, nil, r.fail(at, "%v", err)
	}
	dims := len(h.shape)
	if dims == 0 {
		return nil, nil, r.fail(at, "a single number; want an array")
	}
	if h.fortran && dims > 2 {
		return nil, nil, r.fail(at, "%d dimensions in Fortran order; want C order", dims)
	}
	if !h.fortran || dims == 1 {
		a, err = r.matrix(h.shape, t)
		return a, h.shape, err
	}
	rows, cols := h.shape[0], h.shape[1]
	b, err := r.matrix([]int{cols, rows}, t)
	if err != nil {
		return nil, nil, err
	}
	a = &linalg.Dense{Rows: rows, Cols: cols, Data: make([]float64, len(b.Data))}
	for j := range cols {
		for i, v := range b.Data[j*rows : (j+1)*rows] {
			a.Data[i*cols+j] = v
		}
	}
	return a, h.shape, nil
}

// npyHeader reads the magic number, the version and the header, a Python
// dictionary such as {'descr': '<f8', 'fortran_order': False, 'shape': (3, 4), }.
func (r *binReader) npyHeader() (npyHeader, error) {
	var h npyHeader
	var b [8]byte
	start := r.off
	if err := r.full(b[:], "the magic number"); err != nil {
		return h, err
	}
	if string(b[:6]) != "\x93NUMPY" {
		return h, r.fail(start, "magic number %q; want \\x93NUMPY", b[:6])
	}
	size := 2
	switch b[6] {
	case 1:
	case 2, 3:
		size = 4
	default:
		return h, r.fail(start+6, "version %d of the format; want 1, 2 or 3", b[6])
	}
	var l [4]byte
	if err := r.full(l[:size], "the header"); err != nil {
		return h, err
	}
	n := binary.LittleEndian.Uint32(l[:])
	const most = 1 << 16
	if n > most {
		return h, r.fail(r.off, "a header of %d bytes; want at most %d", n, most)
	}
	text := make([]byte, n)
	if err := r.full(text, "the header"); err != nil {
		return h, err
	}
	if err := h.parse(string(text)); err != nil {
		return h, r.fail(r.off-int64(n), "header: %v", err)
	}
	return h, nil
}

func (h *npyHeader) parse(s string) error {
	s, ok := strings.CutPrefix(strings.TrimSpace(s), "{")
	if !ok {
		return fmt.Errorf("want a dictionary with descr, fortran_order and shape")
	}
	seen := map[string]bool{}
	for {
		s = strings.TrimLeft(s, " ,")
		if s == "}" {
			break
		}
		key, rest, err := pyString(s)
		if err != nil {
			return err
		}
		s, ok = strings.CutPrefix(strings.TrimLeft(rest, " "), ":")
		if !ok || seen[key] {
			return fmt.Errorf("key %.20q: want each key once, with a colon", key)
		}
		seen[key] = true
		s = strings.TrimLeft(s, " ")
		switch key {
		case "descr":
			if strings.HasPrefix(s, "[") {
				return fmt.Errorf("a structured type; want plain numbers")
			}
			if h.descr, s, err = pyString(s); err != nil {
				return err
			}
		case "fortran_order":
			if s, ok = strings.CutPrefix(s, "True"); ok {
				h.fortran = true
			} else if s, ok = strings.CutPrefix(s, "False"); !ok {
				return fmt.Errorf("fortran_order: want True or False")
			}
		case "shape":
			list, rest, ok := strings.Cut(s, ")")
			if !ok || !strings.HasPrefix(list, "(") {
				return fmt.Errorf("shape: want a tuple such as (3, 4)")
			}
			s = rest
			for _, f := range strings.Split(strings.TrimSuffix(strings.TrimSpace(list[1:]), ","), ",") {
				if f = strings.TrimSuffix(strings.TrimSpace(f), "L"); f == "" && len(h.shape) == 0 {
					break // ()
				}
				n, err := strconv.ParseInt(f, 10, 48)
				if err != nil || n < 0 || len(h.shape) == 32 {
					return fmt.Errorf("shape: size %.24q; want up to 32 whole numbers", f)
				}
				h.shape = append(h.shape, int(n))
			}
		default:
			return fmt.Errorf("key %.20q; want descr, fortran_order and shape", key)
		}
	}
	if len(seen) != 3 {
		return fmt.Errorf("want descr, fortran_order and shape")
	}
	return nil
}

// pyString reads a quoted string without escapes.
func pyString(s string) (text, rest string, err error) {
	if s == "" || s[0] != '\'' && s[0] != '"' {
		return "", "", fmt.Errorf("%.20q; want a quoted string", s)
	}
	text, rest, ok := strings.Cut(s[1:], s[:1])
	if !ok {
		return "", "", fmt.Errorf("%.20q; want a closing quote", s)
	}
	return text, rest, nil
}

// npyType understands descr such as <f8, >i2, |u1 and |b1.
func npyType(descr string) (dtype, error) {
	t := dtype{order: binary.LittleEndian}
	d := descr
	if d != "" {
		switch d[0] {
		case '>':
			t.order = binary.BigEndian
			d = d[1:]
		case '<', '|', '=':
			d = d[1:]
		}
	}
	switch d {
	case "f4", "f8", "i1", "i2", "i4", "i8", "u1", "u2", "u4", "u8", "b1":
		t.kind, t.size = d[0], int(d[1]-'0')
		return t, nil
	}
	return t, fmt.Errorf("elements of type %.20q; want bool, integers, or reals of 4 or 8 bytes (b1, i1..i8, u1..u8, f4, f8)", descr)
}
