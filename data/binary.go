package data

import (
	"encoding/binary"
	"fmt"
	"io"
	"math"
	"math/bits"
)

// A binReader reads a binary format and knows where it is.
type binReader struct {
	file string
	r    io.Reader
	off  int64 // bytes read
	left int64 // bytes that are known to follow, -1 if that is not known
}

func (r *binReader) fail(off int64, format string, args ...any) error {
	return &SyntaxError{File: r.file, Offset: off, Msg: fmt.Sprintf(format, args...)}
}

// full fills b; what names it in messages.
func (r *binReader) full(b []byte, what string) error {
	for n := 0; n < len(b); {
		k, err := r.r.Read(b[n:])
		n += k
		r.off += int64(k)
		if n == len(b) || k > 0 && err == nil {
			continue
		}
		if err == io.EOF {
			return r.fail(r.off, "the input ends in %s", what)
		}
		if err != nil {
			return (&input{name: r.file}).ioError(err, 0, 0, r.off)
		}
	}
	if r.left >= 0 {
		r.left -= int64(len(b))
	}
	return nil
}

// end makes sure that nothing follows.
func (r *binReader) end() error {
	var b [1]byte
	for {
		n, err := r.r.Read(b[:])
		if n > 0 {
			return r.fail(r.off, "bytes after the last element")
		}
		if err == io.EOF {
			return nil
		}
		if err != nil {
			return (&input{name: r.file}).ioError(err, 0, 0, r.off)
		}
	}
}

// A dtype says how to read one element.
type dtype struct {
	kind  byte // 'f', 'i', 'u' or 'b'
	size  int
	order binary.ByteOrder
}

// decode turns len(dst) elements of b into float64.
func (t dtype) decode(dst []float64, b []byte) {
	for i := range dst {
		e := b[i*t.size:]
		var u uint64
		switch t.size {
		case 1:
			u = uint64(e[0])
		case 2:
			u = uint64(t.order.Uint16(e))
		case 4:
			u = uint64(t.order.Uint32(e))
		case 8:
			u = t.order.Uint64(e)
		}
		switch t.kind {
		case 'f':
			if t.size == 4 {
				dst[i] = float64(math.Float32frombits(uint32(u)))
			} else {
				dst[i] = math.Float64frombits(u)
			}
		case 'i':
			shift := 64 - 8*t.size
			dst[i] = float64(int64(u<<shift) >> shift)
		default:
			dst[i] = float64(u)
		}
	}
}

// elements reads n elements, all finite. It allocates as data arrives, at once
// only if n elements are known to follow.
func (r *binReader) elements(n int, t dtype) ([]float64, error) {
	const batch = 1 << 13
	var v chunks[float64]
	if r.left >= 0 && r.left/int64(t.size) >= int64(n) {
		v = hinted[float64](n)
	}
	raw, vals := make([]byte, batch*t.size), make([]float64, batch)
	for k := 0; k < n; {
		m := min(batch, n-k)
		at := r.off
		if err := r.full(raw[:m*t.size], fmt.Sprintf("element %d of %d", k+1, n)); err != nil {
			return nil, err
		}
		t.decode(vals[:m], raw)
		for i, x := range vals[:m] {
			if x-x != 0 {
				return nil, r.fail(at+int64(i*t.size), "element %d is %v; want a finite number", k+i+1, x)
			}
		}
		v.pushAll(vals[:m])
		k += m
	}
	return v.slice(), nil
}

// product multiplies sizes; ok is false if the result is above 2^48, more than
// any file holds.
func product(dims []int) (n int, ok bool) {
	n = 1
	for _, d := range dims {
		hi, lo := bits.Mul64(uint64(n), uint64(d))
		if d < 0 || hi != 0 || lo > 1<<48 {
			return 0, false
		}
		n = int(lo)
	}
	return n, true
}

func newBinReader(in *input) *binReader {
	return &binReader{file: in.name, r: in.r, left: in.size()}
}
