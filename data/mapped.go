package data

import (
	"bytes"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"math"
	"os"
	"runtime"
	"runtime/debug"
	"slices"
	"strconv"
	"sync"
	"time"
	"unsafe"

	"github.com/godescent/descent/linalg"
)

// A mapping is a .dsc file in the address space. It lives until [Set.Close], or as long
// as the program: slices of it do not keep it alive, so no cleanup of the garbage
// collector may end it.
type mapping struct {
	bytes []byte
	name  string
	stat  os.FileInfo // when it was opened
}

// mappings are those in use, for Changed.
var mappings struct {
	sync.Mutex
	open []*mapping
}

// Close gives back the address space of a mapped set; X must not be used any more. Of
// other sets it does nothing. Without it the mapping lives as long as the program.
func (s *Set) Close() error {
	m := s.mapping
	if m == nil {
		return nil
	}
	s.mapping = nil
	mappings.Lock()
	mappings.open = slices.DeleteFunc(mappings.open, func(o *mapping) bool { return o == m })
	mappings.Unlock()
	return unmapFile(m.bytes)
}

// Changed returns an error if a mapped file that is in use has been written to or
// truncated since it was opened: what was computed from it is then void. Replacing the
// file by renaming another one onto it, as Convert does, is no change.
func Changed() error {
	mappings.Lock()
	defer mappings.Unlock()
	for _, m := range mappings.open {
		st, err := os.Stat(m.name)
		if err == nil && os.SameFile(st, m.stat) && (st.Size() != m.stat.Size() || !st.ModTime().Equal(m.stat.ModTime())) {
			return fmt.Errorf("%s: it was changed at %s, while it was in use: no result of this run counts; run it again",
				m.name, st.ModTime().Format(time.DateTime))
		}
	}
	return nil
}

// readMapped opens a .dsc file. A regular file is mapped where the system can do that;
// from other inputs it is read into memory. It reads and verifies the header, the
// pointers, the names, the targets and the weights, and reads all indices once, in
// order: kernels trust indices, so a damaged one must not get past here. Values are not
// read, nor is the digest verified: see Check. Only O(rows + cols) bytes are allocated
// for a mapped file.
func readMapped(in *input, opt Options) (s *Set, err error) {
	if opt.Weights != "" || len(opt.Drop) > 0 {
		return nil, fmt.Errorf("%s: a converted file has its columns and weights inside; give --weights and --drop to descent data convert", in.name)
	}
	var m *mapping
	var b []byte
	if size := in.size(); size >= 0 {
		if m, err = newMapping(in, size); err != nil {
			return nil, fmt.Errorf("%s: %w", in.name, err)
		}
		b = m.bytes
	} else if b, err = readAll(in.r); err != nil {
		return nil, fmt.Errorf("%s: %w", in.name, err)
	}
	if s, err = decodeGuarded(b, opt); err != nil {
		return nil, fmt.Errorf("%s: %w", in.name, errors.Join(err, (&Set{mapping: m}).Close()))
	}
	s.mapping = m
	return s, nil
}

// decodeGuarded is decode with an error, not a crash, if another program truncates the
// file while it is read, or if its disk fails.
func decodeGuarded(b []byte, opt Options) (s *Set, err error) {
	defer func() {
		if e := recover(); e != nil {
			s, err = nil, fault(e)
		}
	}()
	defer debug.SetPanicOnFault(debug.SetPanicOnFault(true))
	return decode(b, opt)
}

// fault turns what a read of a vanished page panics with into an error, and panics with
// anything else.
func fault(e any) error {
	if err, ok := e.(interface {
		runtime.Error
		Addr() uintptr
	}); ok {
		return fmt.Errorf("the file cannot be read, or was truncated while it was read: %v", err)
	}
	panic(e)
}

func newMapping(in *input, size int64) (*mapping, error) {
	st, err := in.file.Stat()
	if err != nil {
		return nil, err
	}
	first, err := in.r.Peek(int(min(size, headerSize)))
	if err != nil {
		return nil, err
	}
	if _, err := decodeHeader(first, size); err != nil { // before anything of that size is asked for
		return nil, err
	}
	b, err := mapFile(in.file, int(size))
	if err != nil {
		return nil, err
	}
	m := &mapping{b, in.name, st}
	mappings.Lock()
	mappings.open = append(mappings.open, m)
	mappings.Unlock()
	return m, nil
}

// readAll reads a .dsc file from a stream. It asks for memory as the bytes come: a
// header may promise anything.
func readAll(r io.Reader) ([]byte, error) {
	var b bytes.Buffer
	if _, err := io.CopyN(&b, r, headerSize); err != nil && err != io.EOF {
		return nil, err
	}
	h, err := decodeHeader(b.Bytes(), -1)
	if err != nil {
		return nil, err
	}
	_, size := h.layout()
	if _, err := io.CopyN(&b, r, size-headerSize+1); err != nil && err != io.EOF {
		return nil, err
	}
	return b.Bytes(), nil
}

// decode makes a set of the bytes of a .dsc file; X shares memory with b if it can.
func decode(b []byte, opt Options) (*Set, error) {
	h, err := decodeHeader(b, int64(len(b)))
	if err != nil {
		return nil, err
	}
	at, _ := h.layout()
	part := func(i int) []byte { return b[at[i].off:][:at[i].len] }
	n, err := decodeNames(part(texts), h)
	if err != nil {
		return nil, err
	}
	s := &Set{SHA256: hex.EncodeToString(h.digest[:]), Features: n.features, Warnings: n.warnings}
	if h.has(flagWeights) {
		s.Weights = slices.Clone(float64s(part(weights)))
		for i, w := range s.Weights {
			if !(w >= 0) || math.IsInf(w, 0) {
				return nil, fmt.Errorf("row %d: weight %v; want a finite number >= 0", i+1, w)
			}
		}
	}
	if h.has(flagTarget) {
		s.Y, s.Classes = slices.Clone(float64s(part(targets))), n.classes
		if n.target != nil {
			s.Target = n.target[0]
		}
		if err := checkTargets(s, h); err != nil {
			return nil, err
		}
	}
	if h.has(flagSparse) {
		s.X, err = decodeSparse(h, part, opt)
	} else {
		s.X = &linalg.Dense{Rows: int(h.rows), Cols: int(h.cols), Data: float64s(part(rowVal))}
	}
	if err != nil {
		return nil, err
	}
	return s, s.retarget(opt)
}

// retarget refuses targets other than the file's own; none leaves it out.
func (s *Set) retarget(opt Options) error {
	switch opt.Target {
	case "", s.Target:
	case "none":
		s.Y, s.Target, s.Classes = nil, "", nil
	default:
		return fmt.Errorf("target %q: a converted file has its target inside (%s); give --target to descent data convert", opt.Target, describeTarget(s))
	}
	return nil
}

func describeTarget(s *Set) string {
	switch {
	case s.Y == nil:
		return "it has none"
	case s.Target == "":
		return "without a name"
	}
	return strconv.Quote(s.Target)
}

func checkTargets(s *Set, h *header) error {
	integers := true
	for i, y := range s.Y {
		if y-y != 0 {
			return fmt.Errorf("row %d: target %v; want a finite number", i+1, y)
		}
		integers = integers && y == math.Trunc(y)
		if s.Classes != nil && !(y >= 0 && y < float64(len(s.Classes)) && y == math.Trunc(y)) {
			return fmt.Errorf("row %d: target %v; want an index of the %d classes", i+1, y, len(s.Classes))
		}
	}
	if integers != h.has(flagIntegers) {
		return errors.New("the flag of whole targets contradicts the targets")
	}
	return nil
}

func decodeSparse(h *header, part func(int) []byte, opt Options) (linalg.Matrix, error) {
	rows, cols, nnz := int(h.rows), int(h.cols), int(h.nnz)
	rp, err := pointers("row", part(rowPtr), nnz)
	if err != nil {
		return nil, err
	}
	cp, err := pointers("column", part(colPtr), nnz)
	if err != nil {
		return nil, err
	}
	x := &linalg.CSR{Rows: rows, Cols: cols, Ptr: rp, Idx: view(part(rowIdx), int32At)}
	c := &linalg.CSC{Rows: rows, Cols: cols, Ptr: cp, Idx: view(part(colIdx), int32At)}
	if !h.has(flagOnes) {
		x.Val, c.Val = float64s(part(rowVal)), float64s(part(colVal))
	}
	if err := errors.Join(checkIndices("row", x.Ptr, x.Idx, cols), checkIndices("column", c.Ptr, c.Idx, rows)); err != nil {
		return nil, err
	}
	if extra := opt.Cols - cols; extra > 0 && !h.has(flagFeatures) { // as for LIBSVM files
		if opt.Cols > math.MaxInt32 {
			return nil, fmt.Errorf("%d columns: want at most %d", opt.Cols, math.MaxInt32)
		}
		x.Cols, c.Cols = opt.Cols, opt.Cols
		c.Ptr = append(slices.Clip(c.Ptr), slices.Repeat([]int{nnz}, extra)...)
	}
	return x, x.SetColumns(c)
}

// checkIndices wants the indices of each line to increase, from 0 on and below limit.
func checkIndices(what string, ptr []int, idx []int32, limit int) error {
	for i := range len(ptr) - 1 {
		last := int32(-1)
		ok := true
		for _, j := range idx[ptr[i]:ptr[i+1]] {
			ok = ok && j > last
			last = j
		}
		if !ok || int(last) >= limit {
			return fmt.Errorf("damaged indices of %s %d: want them to increase, from 1 to at most %d", what, i+1, limit)
		}
	}
	return nil
}

// littleEndian says that numbers in memory look as they do in the file.
var littleEndian = binary.NativeEndian.Uint16([]byte{1, 0}) == 1

// view returns the numbers that b holds: b itself seen as a slice of them, or decoded
// where the machine's numbers look different.
func view[T any](b []byte, at func([]byte) T) []T {
	var zero T
	size := int(unsafe.Sizeof(zero))
	n := len(b) / size
	if n == 0 {
		return []T{}
	}
	if p := unsafe.Pointer(&b[0]); littleEndian && uintptr(p)%unsafe.Alignof(zero) == 0 {
		return unsafe.Slice((*T)(p), n)
	}
	out := make([]T, n)
	for i := range out {
		out[i] = at(b[i*size:])
	}
	return out
}

func int32At(b []byte) int32     { return int32(binary.LittleEndian.Uint32(b)) }
func float64At(b []byte) float64 { return math.Float64frombits(binary.LittleEndian.Uint64(b)) }
func intAt(b []byte) int         { return int(binary.LittleEndian.Uint64(b)) }

func float64s(b []byte) []float64 { return view(b, float64At) }

// pointers returns 64-bit pointers that run from 0 to nnz without falling.
func pointers(what string, b []byte, nnz int) ([]int, error) {
	last := uint64(0)
	for i := 0; i < len(b); i += 8 {
		p := binary.LittleEndian.Uint64(b[i:])
		if p < last || p > uint64(nnz) || i == 0 && p != 0 || i == len(b)-8 && p != uint64(nnz) {
			return nil, fmt.Errorf("damaged pointers: that of %s %d is %d after %d; want them to run from 0 to %d, the number of entries", what, i/8+1, p, last, nnz)
		}
		last = p
	}
	if strconv.IntSize == 64 {
		return view(b, intAt), nil
	}
	out := make([]int, len(b)/8)
	for i := range out {
		out[i] = intAt(b[8*i:])
	}
	return out, nil
}
