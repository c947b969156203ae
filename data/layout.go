package data

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"hash/crc32"
	"math"
	"math/bits"
)

// The layout of a .dsc file, which docs/data-format.md gives byte by byte.
const (
	mappedMagic   = "\x89DSC\r\n\x1a\n" // not text, and changed by every conversion of line ends
	mappedVersion = 1
	headerSize    = 256
	digestAt      = 192 // offset of the digest in the header
	sectionAlign  = 64
)

const (
	flagSparse     = 1 << iota // CSR and CSC, else dense rows
	flagOnes                   // no values are stored: all are 1
	flagTarget                 // there are targets
	flagIntegers               // all targets are whole numbers
	flagWeights                // there are sample weights
	flagFeatures               // columns have names
	flagClasses                // targets are indices of class names
	flagTargetName             // the target has a name
	allFlags       = 1<<iota - 1
)

// The sections, in the order of the file.
const (
	rowPtr = iota // CSR: int64, rows+1
	rowIdx        // CSR: int32, nnz
	rowVal        // CSR: float64, nnz; dense: rows*cols by rows
	colPtr        // CSC: int64, cols+1
	colIdx        // CSC: int32, nnz
	colVal        // CSC: float64, nnz
	targets
	weights
	texts
	sections
)

// A header has what the fixed header of a .dsc file has, less what follows from it.
type header struct {
	flags      uint32
	rows, cols int64
	nnz        int64 // stored entries; rows*cols in a dense file
	textLen    int64
	digest     [32]byte
}

func (h *header) has(flag uint32) bool { return h.flags&flag != 0 }

// A span is the place of a section in the file. An absent section has length 0.
type span struct{ off, len int64 }

// layout returns the place of each section and the size of the file.
func (h *header) layout() (at [sections]span, size int64) {
	if h.has(flagSparse) {
		at[rowPtr].len, at[colPtr].len = 8*(h.rows+1), 8*(h.cols+1)
		at[rowIdx].len, at[colIdx].len = 4*h.nnz, 4*h.nnz
		if !h.has(flagOnes) {
			at[rowVal].len, at[colVal].len = 8*h.nnz, 8*h.nnz
		}
	} else {
		at[rowVal].len = 8 * h.nnz
	}
	if h.has(flagTarget) {
		at[targets].len = 8 * h.rows
	}
	if h.has(flagWeights) {
		at[weights].len = 8 * h.rows
	}
	at[texts].len = h.textLen
	size = headerSize
	for i := range at {
		at[i].off = size
		size = (size + at[i].len + sectionAlign - 1) / sectionAlign * sectionAlign
	}
	return at, size
}

// encode returns the header as stored.
func (h *header) encode() []byte {
	at, size := h.layout()
	b := append(make([]byte, 0, headerSize), mappedMagic...)
	b = binary.LittleEndian.AppendUint32(b, mappedVersion)
	b = binary.LittleEndian.AppendUint32(b, h.flags)
	for _, v := range []int64{h.rows, h.cols, h.nnz, size} {
		b = binary.LittleEndian.AppendUint64(b, uint64(v))
	}
	for _, s := range at {
		b = binary.LittleEndian.AppendUint64(b, uint64(s.off))
		b = binary.LittleEndian.AppendUint64(b, uint64(s.len))
	}
	b = append(b, h.digest[:]...)
	b = append(b, make([]byte, headerSize-4-len(b))...)
	return binary.LittleEndian.AppendUint32(b, headerCRC(b))
}

func headerCRC(b []byte) uint32 {
	return crc32.Checksum(b[:headerSize-4], crc32.MakeTable(crc32.Castagnoli))
}

// decodeHeader reads the header at the start of b, of a file of that size (-1 if it is
// not known), and refuses all that encode would not write.
func decodeHeader(b []byte, fileSize int64) (*header, error) {
	u32 := func(i int) uint32 { return binary.LittleEndian.Uint32(b[i:]) }
	i64 := func(i int) int64 { return int64(binary.LittleEndian.Uint64(b[i:])) }
	switch {
	case len(b) < headerSize:
		return nil, fmt.Errorf("%d bytes; want a header of %d (truncated file?)", len(b), headerSize)
	case string(b[:len(mappedMagic)]) != mappedMagic:
		return nil, fmt.Errorf("it does not begin with %q; want a file of descent data convert", mappedMagic)
	case headerCRC(b) != u32(headerSize-4):
		return nil, fmt.Errorf("damaged header: its checksum is %08x, it states %08x", headerCRC(b), u32(headerSize-4))
	case u32(8) != mappedVersion:
		return nil, fmt.Errorf("version %d of the format; this program reads version %d: convert the data again", u32(8), mappedVersion)
	}
	h := &header{flags: u32(12), rows: i64(16), cols: i64(24), nnz: i64(32), textLen: i64(digestAt - 8)}
	copy(h.digest[:], b[digestAt:])
	if err := h.check(); err != nil {
		return nil, err
	}
	if _, size := h.layout(); fileSize >= 0 && size != fileSize {
		return nil, fmt.Errorf("the file has %d bytes; its header wants %d (truncated file?)", fileSize, size)
	}
	if !bytes.Equal(b[:headerSize], h.encode()) {
		return nil, fmt.Errorf("the header contradicts itself: the sections of a %d x %d matrix with %d entries lie elsewhere", h.rows, h.cols, h.nnz)
	}
	return h, nil
}

// check refuses counts and flags that no file can have, so that no sum of lengths
// overflows and every count fits an int.
func (h *header) check() error {
	const most = 1 << 56 // entries; 24 bytes for each, and all else, stay below 2^63
	area, product := bits.Mul64(uint64(h.rows), uint64(h.cols))
	switch {
	case h.flags&^allFlags != 0:
		return fmt.Errorf("unknown flags %#x", h.flags&^allFlags)
	case h.rows < 0 || h.rows > most || h.cols < 0 || h.cols > math.MaxInt32 || h.nnz < 0 || h.nnz > most || h.textLen < 0 || h.textLen > most:
		return fmt.Errorf("a matrix of %d x %d with %d entries and %d bytes of names: want at most 2^56 rows and entries, and %d columns", h.rows, h.cols, h.nnz, h.textLen, math.MaxInt32)
	case h.has(flagSparse) && h.rows > math.MaxInt32:
		return fmt.Errorf("%d rows of a sparse matrix; want at most %d, as indices have 32 bits", h.rows, math.MaxInt32)
	case !h.has(flagSparse) && (h.rows == 0 || h.cols == 0 || area != 0 || product != uint64(h.nnz)):
		return fmt.Errorf("a dense matrix of %d x %d with %d entries; want as many as there are places, and at least one", h.rows, h.cols, h.nnz)
	case h.has(flagOnes) && !h.has(flagSparse):
		return fmt.Errorf("a dense matrix without values")
	case h.has(flagIntegers|flagClasses|flagTargetName) && !h.has(flagTarget):
		return fmt.Errorf("flags %#x say something of targets, and that there are none", h.flags)
	}
	if _, size := h.layout(); size > math.MaxInt {
		return fmt.Errorf("a file of %d bytes: want at most %d on this machine", size, math.MaxInt)
	}
	return nil
}

// names are the strings of a .dsc file.
type names struct {
	target   []string // one if the target has a name
	features []string
	classes  []string
	warnings []string
	origin   []string // format and SHA-256 of the converted file
}

func (n *names) lists() []*[]string {
	return []*[]string{&n.target, &n.features, &n.classes, &n.warnings, &n.origin}
}

// encode writes each list as its length and its strings, each string as its length
// and its bytes; lengths have 4 bytes.
func (n *names) encode() []byte {
	var b []byte
	for _, list := range n.lists() {
		b = binary.LittleEndian.AppendUint32(b, uint32(len(*list)))
		for _, s := range *list {
			b = binary.LittleEndian.AppendUint32(b, uint32(len(s)))
			b = append(b, s...)
		}
	}
	return b
}

func decodeNames(b []byte, h *header) (*names, error) {
	n := &names{}
	damaged := func(what string) error { return fmt.Errorf("damaged names: %s", what) }
	length := func() (int, error) {
		if len(b) < 4 {
			return 0, damaged("they end early")
		}
		k := binary.LittleEndian.Uint32(b)
		b = b[4:]
		if uint64(k) > uint64(len(b)) { // no string and no list of strings is longer than its bytes
			return 0, damaged("a length exceeds the section")
		}
		return int(k), nil
	}
	for _, list := range n.lists() {
		count, err := length()
		if err != nil {
			return nil, err
		}
		if count > len(b)/4 {
			return nil, damaged("a list is longer than the section")
		}
		*list = make([]string, count)
		for i := range *list {
			k, err := length()
			if err != nil {
				return nil, err
			}
			(*list)[i], b = string(b[:k]), b[k:]
		}
	}
	optional := func(list *[]string, flag uint32, want int) bool {
		if h.has(flag) {
			return len(*list) == want
		}
		ok := len(*list) == 0
		*list = nil
		return ok
	}
	classes := max(1, len(n.classes)) // any number but 0
	switch {
	case len(b) != 0:
		return nil, damaged(fmt.Sprintf("%d bytes after them", len(b)))
	case !optional(&n.features, flagFeatures, int(h.cols)):
		return nil, damaged(fmt.Sprintf("%d for %d columns", len(n.features), h.cols))
	case !optional(&n.target, flagTargetName, 1), !optional(&n.classes, flagClasses, classes), len(n.origin) != 2:
		return nil, damaged("the flags contradict them")
	}
	return n, nil
}
