package data

import (
	"archive/zip"
	"bytes"
	"cmp"
	"fmt"
	"io"
	"maps"
	"math"
	"slices"
	"strings"

	"github.com/godescent/descent/linalg"
)

// An npz is a zip archive of NPY files.
type npz struct {
	file    string
	members map[string]*zip.File // by array name
}

// readNPZ reads a NumPy archive: the arrays X or data (or arr_0) with y or
// target (or arr_1), a single array of any name, or a matrix stored by
// scipy.sparse (CSR, CSC, COO). Options.Target names another array, Options.Targets several.
func readNPZ(in *input, opt Options) (*Set, error) {
	ra, size, err := in.readerAt()
	if err != nil {
		return nil, err
	}
	bad := func(err error) error {
		return &SyntaxError{File: in.name, Msg: "zip archive: " + err.Error()}
	}
	zr, err := zip.NewReader(ra, size)
	if err != nil {
		return nil, bad(err)
	}
	z := &npz{file: in.name, members: map[string]*zip.File{}}
	for _, f := range zr.File {
		if name, ok := strings.CutSuffix(f.Name, ".npy"); ok {
			z.members[name] = f
		}
	}
	if z.has("data", "indices", "indptr", "shape") || z.has("data", "row", "col", "shape") {
		if opt.Target != "" && opt.Target != "none" || len(opt.Targets) > 0 || opt.Weights != "" || len(opt.Drop) > 0 {
			return nil, fmt.Errorf("%s: a sparse matrix has no columns to name as target, weights or drop; the target can be a file of its own (labels)", in.name)
		}
		x, err := z.sparse()
		if err != nil {
			return nil, err
		}
		return &Set{X: x}, nil
	}
	names := slices.Sorted(maps.Keys(z.members))
	find := func(candidates ...string) string {
		for _, c := range candidates {
			if z.has(c) {
				return c
			}
		}
		return ""
	}
	xName := find("X", "x", "data", "arr_0")
	if xName == "" && len(names) == 1 {
		xName = names[0]
	}
	if xName == "" {
		return nil, fmt.Errorf("%s: arrays %s; want X (or data) and y (or target)", in.name, cmp.Or(strings.Join(names, ", "), "none"))
	}
	var targets []string // arrays
	switch {
	case opt.Target == "none":
	case opt.Target != "" && len(names) > 1:
		targets = []string{opt.Target}
	case len(opt.Targets) > 0 && len(names) > 1:
		targets = opt.Targets
	case opt.Labels == "":
		if y := find("y", "Y", "target", "labels", "arr_1"); y != "" {
			targets = []string{y}
		}
	}
	for k, y := range targets {
		if !z.has(y) || y == xName || slices.Contains(targets[:k], y) {
			return nil, fmt.Errorf("%s: target %q: no such array beside %s; it has %s, each to be named once", in.name, y, strings.Join(append([]string{xName}, targets[:k]...), ", "), strings.Join(names, ", "))
		}
	}
	x, shape, err := z.array(xName)
	if err != nil {
		return nil, err
	}
	rest := opt
	if len(names) > 1 {
		rest.Target, rest.Targets = "none", nil // targets are arrays of their own
	}
	s, err := arraySet(in.name, x, shape, rest)
	if err != nil || targets == nil {
		return s, err
	}
	named := opt.Target != "" || len(opt.Targets) > 0
	return s, z.targets(s, xName, targets, named)
}

// targets reads arrays as the targets of s. Only where they are named may an array have
// several columns: a target each.
func (z *npz) targets(s *Set, xName string, arrays []string, named bool) error {
	rows, _ := s.X.Dims()
	var names []string
	for _, name := range arrays {
		y, _, err := z.array(name)
		switch {
		case err != nil:
			return err
		case y.Rows != rows || y.Cols < 1:
			return fmt.Errorf("%s: array %s is %d x %d; want one column of %d rows, as %s has", z.file, name, y.Rows, y.Cols, rows, xName)
		case y.Cols > 1 && !named:
			return fmt.Errorf("%s: array %s is %d x %d; want one column of %d rows, as %s has; named as the target, its columns are as many targets", z.file, name, y.Rows, y.Cols, rows, xName)
		case y.Cols == 1:
			names = append(names, name)
		default:
			for k := range y.Cols {
				names = append(names, fmt.Sprintf("%s[%d]", name, k+1))
			}
		}
		s.Y = append(s.Y, byTarget(y.Data, y.Cols)...)
	}
	if s.Targets = names; len(names) == 1 {
		s.Target, s.Targets = names[0], nil
	}
	return nil
}

func (z *npz) has(names ...string) bool {
	for _, n := range names {
		if z.members[n] == nil {
			return false
		}
	}
	return true
}

// open calls read on one member; z.members holds its name.
func (z *npz) open(name string, read func(r *binReader) error) error {
	file := z.file + ":" + name + ".npy"
	f, err := z.members[name].Open()
	if err != nil {
		return &SyntaxError{File: file, Msg: "zip archive: " + err.Error()}
	}
	defer f.Close()
	r := &binReader{file: file, r: f, left: -1}
	if err := read(r); err != nil {
		return err
	}
	return r.end() // this checks the checksum, too
}

func (z *npz) array(name string) (a *linalg.Dense, shape []int, err error) {
	err = z.open(name, func(r *binReader) (err error) {
		a, shape, err = r.npy()
		return err
	})
	return a, shape, err
}

// integers reads an array of whole numbers from 0 to most.
func (z *npz) integers(name string, most int) ([]int, error) {
	a, _, err := z.array(name)
	if err != nil {
		return nil, err
	}
	v := make([]int, len(a.Data))
	for i, x := range a.Data {
		if x != math.Trunc(x) || x < 0 || x > float64(most) {
			return nil, fmt.Errorf("%s:%s.npy: element %d is %v; want a whole number from 0 to %d", z.file, name, i+1, x, most)
		}
		v[i] = int(x)
	}
	return v, nil
}

func (z *npz) indices(name string, most int) ([]int32, error) {
	v, err := z.integers(name, most)
	out := make([]int32, len(v))
	for i, x := range v {
		out[i] = int32(x)
	}
	return out, err
}

// format returns the text of the member format, a string of no dimension.
func (z *npz) format() (text string, err error) {
	err = z.open("format", func(r *binReader) error {
		h, err := r.npyHeader()
		if err != nil {
			return err
		}
		var b []byte
		if b, err = io.ReadAll(io.LimitReader(r.r, 64)); err != nil {
			return r.fail(r.off, "%v", err)
		}
		if len(h.shape) != 0 {
			return r.fail(r.off, "an array; want one of csr, csc, coo")
		}
		text = strings.ReplaceAll(string(b), "\x00", "") // UTF-32 or bytes
		return nil
	})
	return text, err
}

// sparse reads the arrays that scipy.sparse.save_npz writes.
func (z *npz) sparse() (*linalg.CSR, error) {
	format := "csr"
	if z.has("row") {
		format = "coo"
	}
	if z.has("format") {
		var err error
		if format, err = z.format(); err != nil {
			return nil, err
		}
	}
	shape, err := z.integers("shape", math.MaxInt32)
	if err != nil {
		return nil, err
	}
	if len(shape) != 2 {
		return nil, fmt.Errorf("%s:shape.npy: %d sizes; want 2", z.file, len(shape))
	}
	rows, cols := shape[0], shape[1]
	val, _, err := z.array("data")
	if err != nil {
		return nil, err
	}
	v := val.Data
	var is, js []int32
	switch {
	case format == "coo" && z.has("row", "col"):
		if is, err = z.indices("row", rows-1); err != nil {
			return nil, err
		}
		if js, err = z.indices("col", cols-1); err != nil {
			return nil, err
		}
	case (format == "csr" || format == "csc") && z.has("indices", "indptr"):
		major, minor := rows, cols
		if format == "csc" {
			major, minor = cols, rows
		}
		ptr, err := z.integers("indptr", len(v))
		if err != nil {
			return nil, err
		}
		if len(ptr) != major+1 || ptr[0] != 0 || ptr[major] != len(v) || !slices.IsSorted(ptr) {
			return nil, fmt.Errorf("%s:indptr.npy: want %d increasing numbers from 0 to %d", z.file, major+1, len(v))
		}
		idx, err := z.indices("indices", minor-1)
		if err != nil {
			return nil, err
		}
		if len(idx) != len(v) {
			return nil, fmt.Errorf("%s: %d indices for %d values", z.file, len(idx), len(v))
		}
		long := make([]int32, len(v)) // the major index of each entry
		for i := range major {
			for k := ptr[i]; k < ptr[i+1]; k++ {
				long[k] = int32(i)
			}
		}
		if is, js = long, idx; format == "csc" {
			is, js = idx, long
		}
	default:
		return nil, fmt.Errorf("%s: sparse format %q; want csr, csc or coo", z.file, format)
	}
	if rows > 1<<20+64*len(v) {
		return nil, fmt.Errorf("%s:shape.npy: %d rows for %d entries; it cannot be right", z.file, rows, len(v))
	}
	if len(is) != len(v) || len(js) != len(v) {
		return nil, fmt.Errorf("%s: %d rows and %d columns for %d values", z.file, len(is), len(js), len(v))
	}
	a, err := fromTriplets(rows, cols, is, js, v)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", z.file, err)
	}
	return a, nil
}

// readerAt gives random access to the decompressed input; a stream is read
// into memory for it.
func (in *input) readerAt() (io.ReaderAt, int64, error) {
	if in.file != nil {
		return in.file, in.size(), nil
	}
	b, err := io.ReadAll(in.r)
	if err != nil {
		return nil, 0, in.ioError(err, 0, 0, int64(len(b)))
	}
	return bytes.NewReader(b), int64(len(b)), nil
}
