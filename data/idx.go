package data

import (
	"encoding/binary"
	"fmt"

	"github.com/godescent/descent/linalg"
)

// idxTypes maps the type byte of an IDX file to the kind of its elements.
var idxTypes = [256]dtype{
	0x08: {'u', 1, binary.BigEndian},
	0x09: {'i', 1, binary.BigEndian},
	0x0b: {'i', 2, binary.BigEndian},
	0x0c: {'i', 4, binary.BigEndian},
	0x0d: {'f', 4, binary.BigEndian},
	0x0e: {'f', 8, binary.BigEndian},
}

// readIDX reads the IDX format of the MNIST files: two zero bytes, the type,
// the number of dimensions, the dimensions and the elements, all big-endian.
// The first dimension counts the rows; the others are flattened.
func readIDX(in *input, opt Options) (*Set, error) {
	if opt.Target != "" && opt.Target != "none" || opt.Weights != "" || len(opt.Drop) > 0 {
		return nil, fmt.Errorf("%s: IDX files have no columns to name as target, weights or drop; labels are a file of their own (labels)", in.name)
	}
	r := newBinReader(in)
	var head [4]byte
	if err := r.full(head[:], "the header"); err != nil {
		return nil, err
	}
	t := idxTypes[head[2]]
	if head[0] != 0 || head[1] != 0 || t.size == 0 {
		return nil, r.fail(0, "magic number %x; want 0000, a type (08, 09, 0b, 0c, 0d or 0e) and the number of dimensions", head)
	}
	if head[3] == 0 || head[3] > 8 {
		return nil, r.fail(3, "%d dimensions; want 1 to 8", head[3])
	}
	dims := make([]int, head[3])
	for i := range dims {
		if err := r.full(head[:], "the header"); err != nil {
			return nil, err
		}
		dims[i] = int(binary.BigEndian.Uint32(head[:]))
	}
	a, err := r.matrix(dims, t)
	if err != nil {
		return nil, err
	}
	s := &Set{X: a}
	if len(dims) > 2 {
		s.Shape = dims[1:]
	}
	return s, r.end()
}

// matrix reads an array in row-major order, all dimensions but the first
// flattened.
func (r *binReader) matrix(dims []int, t dtype) (*linalg.Dense, error) {
	n, ok := product(dims)
	cols, ok2 := product(dims[1:])
	if !ok || !ok2 || n == 0 {
		return nil, r.fail(r.off, "shape %v; want a matrix that is not empty and fits a file", dims)
	}
	x, err := r.elements(n, t)
	if err != nil {
		return nil, err
	}
	return &linalg.Dense{Rows: dims[0], Cols: cols, Data: x}, nil
}
