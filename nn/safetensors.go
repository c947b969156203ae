package nn

import (
	"bytes"
	"cmp"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"
	"math/bits"
	"slices"
	"strconv"
	"unicode/utf8"
	"unsafe"

	"github.com/godescent/descent/vec"
)

// The safetensors format: 8 bytes with the length of the header, little-endian, a header in
// JSON that gives for each array its type, shape and place, and the data, without holes.

// maxHeader is the format's limit of the header's length.
const maxHeader = 100_000_000

// An Entry describes an array of a safetensors file.
type Entry struct {
	Name       string
	DType      string // F32 or F64
	Shape      []int
	Begin, End uint64 // place of its bytes in the data
}

// A Header describes a safetensors file. Entries are in the order of their places.
type Header struct {
	Metadata map[string]string
	Entries  []Entry
}

// ReadHeader reads the head of a safetensors file and checks all that it says: entries must
// have type F32 or F64, lengths as their shapes say, places that fill the data without holes
// and overlaps, and names of their own. Whether the data are all there shows when they are read.
func ReadHeader(r io.Reader) (*Header, error) {
	var word [8]byte
	if _, err := io.ReadFull(r, word[:]); err != nil {
		return nil, fmt.Errorf("safetensors: file of less than 8 bytes: want the length of a header: %w", whole(err))
	}
	n := binary.LittleEndian.Uint64(word[:])
	if n > maxHeader {
		return nil, fmt.Errorf("safetensors: header of %d bytes: want at most %d; is it a safetensors file?", n, maxHeader)
	}
	text, err := io.ReadAll(io.LimitReader(r, int64(n))) // grows with what is there, not with n
	if err != nil {
		return nil, fmt.Errorf("safetensors: header: %w", err)
	}
	if uint64(len(text)) < n {
		return nil, fmt.Errorf("safetensors: header of %d bytes in a file that has %d after the first 8: it is cut off, or no safetensors file", n, len(text))
	}
	h, err := parseHeader(text)
	if err != nil {
		return nil, fmt.Errorf("safetensors: header: %w", err)
	}
	return h, nil
}

// whole makes the end of a file in the middle of something what it is.
func whole(err error) error {
	if errors.Is(err, io.EOF) {
		return io.ErrUnexpectedEOF
	}
	return err
}

func parseHeader(text []byte) (*Header, error) {
	if !utf8.Valid(text) {
		return nil, errors.New("text that is not UTF-8")
	}
	h := &Header{}
	d := json.NewDecoder(bytes.NewReader(text))
	d.UseNumber()
	seen := map[string]bool{}
	err := object(d, func(name string) (err error) {
		if seen[name] {
			return fmt.Errorf("two entries %q: want each name once", name)
		}
		seen[name] = true
		if name == "__metadata__" {
			h.Metadata, err = parseMetadata(d)
			return err
		}
		e, err := parseEntry(d, name)
		h.Entries = append(h.Entries, e)
		return err
	})
	if err != nil {
		return nil, err
	}
	if rest := bytes.TrimRight(text[d.InputOffset():], " \t\r\n"); len(rest) > 0 {
		return nil, fmt.Errorf("%d bytes after the object: want blanks only", len(rest))
	}
	return h, h.places()
}

// places sorts entries by place and checks that nothing is between or in common.
func (h *Header) places() error {
	slices.SortFunc(h.Entries, func(a, b Entry) int {
		return cmp.Or(cmp.Compare(a.Begin, b.Begin), cmp.Compare(a.End, b.End), cmp.Compare(a.Name, b.Name))
	})
	at := uint64(0)
	for _, e := range h.Entries {
		if e.Begin != at {
			return fmt.Errorf("entry %q: data_offsets begin at %d: want %d, where the entry before ends, as entries neither overlap nor leave holes", e.Name, e.Begin, at)
		}
		at = e.End
	}
	return nil
}

// object reads a JSON object; value reads what follows each key.
func object(d *json.Decoder, value func(key string) error) error {
	if err := delimiter(d, '{'); err != nil {
		return err
	}
	for d.More() {
		t, err := d.Token()
		if err != nil {
			return whole(err)
		}
		if err := value(t.(string)); err != nil {
			return err
		}
	}
	return delimiter(d, '}')
}

func delimiter(d *json.Decoder, want json.Delim) error {
	t, err := d.Token()
	if err != nil {
		return whole(err)
	}
	if t != want {
		return fmt.Errorf("byte %d: %v: want %v", d.InputOffset(), t, want)
	}
	return nil
}

func parseMetadata(d *json.Decoder) (map[string]string, error) {
	m := map[string]string{}
	err := object(d, func(key string) error {
		if _, ok := m[key]; ok {
			return fmt.Errorf("__metadata__ has %q twice", key)
		}
		t, err := d.Token()
		if err != nil {
			return whole(err)
		}
		s, ok := t.(string)
		if !ok {
			return fmt.Errorf("__metadata__: %q is %v: want a string", key, t)
		}
		m[key] = s
		return nil
	})
	return m, err
}

func parseEntry(d *json.Decoder, name string) (e Entry, err error) {
	e.Name = name
	seen := map[string]bool{}
	var shape, place []uint64
	err = object(d, func(key string) error {
		if seen[key] {
			return fmt.Errorf("entry %q has %q twice", name, key)
		}
		seen[key] = true
		var err error
		switch key {
		case "dtype":
			err = d.Decode(&e.DType)
		case "shape":
			shape, err = numbers(d)
		case "data_offsets":
			place, err = numbers(d)
		default:
			return fmt.Errorf("entry %q has %q: want dtype, shape and data_offsets", name, key)
		}
		if err != nil {
			return fmt.Errorf("entry %q: %s: %w", name, key, whole(err))
		}
		return nil
	})
	if err != nil {
		return e, err
	}
	if !seen["dtype"] || !seen["shape"] || len(place) != 2 {
		return e, fmt.Errorf("entry %q: want dtype, shape and two data_offsets", name)
	}
	e.Begin, e.End, e.Shape = place[0], place[1], make([]int, len(shape))
	for i, d := range shape {
		e.Shape[i] = int(d)
	}
	return e, e.check()
}

// numbers reads an array of integers from 0 to 2^53, which every JSON reader has exactly.
func numbers(d *json.Decoder) ([]uint64, error) {
	if err := delimiter(d, '['); err != nil {
		return nil, err
	}
	var x []uint64
	for d.More() {
		t, err := d.Token()
		if err != nil {
			return nil, whole(err)
		}
		n, _ := t.(json.Number)
		v, err := strconv.ParseUint(n.String(), 10, 64)
		if err != nil || v > 1<<53 {
			return nil, fmt.Errorf("%v: want integers from 0 to 2^53", t)
		}
		x = append(x, v)
	}
	return x, delimiter(d, ']')
}

// check compares the length of an entry's place with its type and shape.
func (e *Entry) check() error {
	if e.DType != "F32" && e.DType != "F64" {
		return fmt.Errorf("entry %q has dtype %q: want F32 or F64", e.Name, e.DType)
	}
	n := uint64(4)
	if e.DType == "F64" {
		n = 8
	}
	for _, d := range e.Shape {
		over, low := bits.Mul64(n, uint64(d))
		if over != 0 {
			return fmt.Errorf("entry %q has shape %v: want no more numbers than a file can hold", e.Name, e.Shape)
		}
		n = low
	}
	if e.End < e.Begin || e.End-e.Begin != n {
		return fmt.Errorf("entry %q has data_offsets [%d, %d]: want %d bytes for %s of shape %v", e.Name, e.Begin, e.End, n, e.DType, e.Shape)
	}
	return nil
}

// Load reads the parameters and the state of a model from a safetensors file, all blocks by
// their names and nothing else. F32 may be read as float64; F64 as float32 is refused, since
// bits would be lost. NaN and infinities are numbers like others.
func Load[T vec.Float](r io.Reader, l *Layout) (x, state []T, metadata map[string]string, err error) {
	h, err := ReadHeader(r)
	if err != nil {
		return nil, nil, nil, err
	}
	if err := fits[T](h, l); err != nil {
		return nil, nil, nil, fmt.Errorf("safetensors: %w", err)
	}
	x, state = make([]T, l.Dim()), make([]T, l.StateDim())
	buf := make([]byte, 1<<16)
	for _, e := range h.Entries {
		b, isState, _ := l.find(e.Name)
		dst := x
		if isState {
			dst = state
		}
		if err := readArray(r, e.DType, dst[b.Offset:b.Offset+b.Len()], buf); err != nil {
			return nil, nil, nil, fmt.Errorf("safetensors: entry %q: %w", e.Name, err)
		}
	}
	if n, _ := r.Read(buf[:1]); n > 0 {
		return nil, nil, nil, errors.New("safetensors: the file goes on after the last entry: want no other data")
	}
	return x, state, h.Metadata, nil
}

// find returns the block of that name and whether it is one of the state.
func (l *Layout) find(name string) (b *Block, state, ok bool) {
	for k, blocks := range [][]Block{l.Params, l.States} {
		for i := range blocks {
			if blocks[i].Name == name {
				return &blocks[i], k == 1, true
			}
		}
	}
	return nil, false, false
}

// fits checks that a file has the blocks of a layout.
func fits[T vec.Float](h *Header, l *Layout) error {
	have := map[string]bool{}
	for _, e := range h.Entries {
		b, _, ok := l.find(e.Name)
		switch {
		case !ok:
			return fmt.Errorf("entry %q is no block of the model: want %s", e.Name, names(append(l.Params[:len(l.Params):len(l.Params)], l.States...)))
		case !slices.Equal(b.Shape, e.Shape):
			return fmt.Errorf("entry %q has shape %v: the model has %v", e.Name, e.Shape, b.Shape)
		case e.DType == "F64" && dtype[T]() == "F32":
			return fmt.Errorf("entry %q has dtype F64: want F32 for a model of float32", e.Name)
		}
		have[e.Name] = true
	}
	for _, blocks := range [][]Block{l.Params, l.States} {
		for i := range blocks {
			if !have[blocks[i].Name] {
				return fmt.Errorf("no entry %q: the model has a block of that name", blocks[i].Name)
			}
		}
	}
	return nil
}

func dtype[T vec.Float]() string {
	if unsafe.Sizeof(T(0)) == 4 {
		return "F32"
	}
	return "F64"
}

func readArray[T vec.Float](r io.Reader, dtype string, x []T, buf []byte) error {
	width := 4
	if dtype == "F64" {
		width = 8
	}
	for len(x) > 0 {
		n := min(len(x), len(buf)/width)
		if _, err := io.ReadFull(r, buf[:n*width]); err != nil {
			return fmt.Errorf("the file ends before its data: %w", whole(err))
		}
		for i := range x[:n] {
			if width == 4 {
				x[i] = T(math.Float32frombits(binary.LittleEndian.Uint32(buf[4*i:])))
			} else {
				x[i] = T(math.Float64frombits(binary.LittleEndian.Uint64(buf[8*i:])))
			}
		}
		x = x[n:]
	}
	return nil
}

// Save writes the parameters and the state of a model as a safetensors file: F32 or F64 as T
// is, blocks by their names, and metadata if there are any.
func Save[T vec.Float](w io.Writer, l *Layout, x, state []T, metadata map[string]string) error {
	if len(x) != l.Dim() || len(state) != l.StateDim() {
		return fmt.Errorf("safetensors: %d parameters and a state of %d numbers: the model has %d and %d", len(x), len(state), l.Dim(), l.StateDim())
	}
	head, err := header[T](l, metadata)
	if err != nil {
		return fmt.Errorf("safetensors: %w", err)
	}
	if _, err := w.Write(binary.LittleEndian.AppendUint64(nil, uint64(len(head)))); err != nil {
		return err
	}
	if _, err := w.Write(head); err != nil {
		return err
	}
	for _, v := range [][]T{x, state} { // blocks follow each other without holes
		if err := writeArray(w, v); err != nil {
			return err
		}
	}
	return nil
}

// header returns the JSON text, padded with blanks so that the data are aligned.
func header[T vec.Float](l *Layout, metadata map[string]string) ([]byte, error) {
	out := []byte("{")
	add := func(name string, v any) error {
		key, err := json.Marshal(name)
		if err != nil {
			return err
		}
		text, err := json.Marshal(v)
		if len(out) > 1 {
			out = append(out, ',')
		}
		out = append(append(append(out, key...), ':'), text...)
		return err
	}
	if len(metadata) > 0 {
		if err := add("__metadata__", metadata); err != nil {
			return nil, err
		}
	}
	width, at := int(unsafe.Sizeof(T(0))), 0
	for _, blocks := range [][]Block{l.Params, l.States} {
		for i := range blocks {
			b := &blocks[i]
			if b.Name == "__metadata__" || !utf8.ValidString(b.Name) {
				return nil, fmt.Errorf("block %q: want a name in UTF-8 other than __metadata__", b.Name)
			}
			end := at + b.Len()*width
			err := add(b.Name, struct {
				DType string `json:"dtype"`
				Shape []int  `json:"shape"`
				Place [2]int `json:"data_offsets"`
			}{dtype[T](), append([]int{}, b.Shape...), [2]int{at, end}})
			if err != nil {
				return nil, err
			}
			at = end
		}
	}
	out = append(out, '}')
	for len(out)%8 != 0 {
		out = append(out, ' ')
	}
	return out, nil
}

func writeArray[T vec.Float](w io.Writer, x []T) error {
	buf := make([]byte, 0, 1<<16)
	for chunk := range slices.Chunk(x, 1<<13) {
		buf = buf[:0]
		for _, v := range chunk {
			if unsafe.Sizeof(v) == 4 {
				buf = binary.LittleEndian.AppendUint32(buf, math.Float32bits(float32(v)))
			} else {
				buf = binary.LittleEndian.AppendUint64(buf, math.Float64bits(float64(v)))
			}
		}
		if _, err := w.Write(buf); err != nil {
			return err
		}
	}
	return nil
}
