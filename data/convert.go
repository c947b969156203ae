package data

import (
	"bufio"
	"context"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"math"
	"os"
	"path/filepath"

	"github.com/godescent/descent/linalg"
)

// A Conversion says how Convert works. The zero value is the default.
type Conversion struct {
	Memory   int64                                // most bytes of buffers; 0 means DefaultMemory, else at least LeastMemory
	Progress func(stage string, fraction float64) // called now and then, on the same goroutine; nil for none
}

// The bounds of Conversion.Memory.
const (
	DefaultMemory = 256 << 20
	LeastMemory   = 1 << 20
)

// Convert reads the data set nameOrPath as [Load] does and writes it to out as a .dsc
// file, which Load maps into memory. The bytes of the file depend on those of the input
// and on opt only.
//
// LIBSVM text is converted out of core: whatever the size of the input, Convert holds
// its buffers and the longest line. Other formats, and sets whose labels are in a file of
// their own, are loaded first. The columns of a sparse matrix are made by an external
// merge sort: O(nnz log) work, all reads and writes in order.
//
// Temporary files are written beside out: at most 28 bytes for each stored entry, where
// the sparse output has 24, or 8 without values. They are removed at the end, also if ctx
// ends the conversion; then the error is that of ctx. out appears, or is replaced, only
// when it is complete.
func Convert(ctx context.Context, nameOrPath, out string, opt Options, how Conversion) (err error) {
	if how.Memory == 0 {
		how.Memory = DefaultMemory
	}
	if how.Memory < LeastMemory {
		return fmt.Errorf("memory of %d bytes: want at least %d (1 MB)", how.Memory, LeastMemory)
	}
	c := &converter{ctx: ctx, out: out, progress: how.Progress}
	// Half of the records are being sorted, half are room to sort; an eighth is for all other buffers.
	records := how.Memory / 8 * 7 / recordSize
	c.records = int(min(records, math.MaxInt32))
	c.fan = max(2, min(512, c.records/256))
	return c.convert(nameOrPath, opt)
}

// A converter is one run of Convert.
type converter struct {
	ctx      context.Context
	out      string
	progress func(stage string, fraction float64)
	records  int // that fit the buffers
	fan      int // runs merged at once

	temps []*os.File
	file  *os.File // becomes out
	h     header
	n     names
	at    [sections]span

	// The sections by rows, as they come; nil if absent.
	ptr, idx, val, y, w *spool
}

func (c *converter) convert(nameOrPath string, opt Options) (err error) {
	defer func() {
		err = errors.Join(err, c.clean())
		if err != nil && c.ctx.Err() != nil {
			err = c.ctx.Err() // and not what it led to
		}
	}()
	src, err := openSource(nameOrPath)
	if err != nil {
		return err
	}
	defer src.close()
	if c.file, err = c.temp(); err != nil {
		return err
	}
	in, opt, err := begin(&watched{c: c, r: src.r, size: src.size}, src.file, src.name, opt)
	if err != nil {
		return err
	}
	if opt.Format == "libsvm" && opt.Labels == "" {
		err = c.spoolLIBSVM(in, opt)
	} else {
		err = c.spoolSet(in, opt)
	}
	if err != nil {
		return err
	}
	if err := c.assemble(); err != nil {
		return err
	}
	return c.publish()
}

// report shows progress and returns the error of an ended context.
func (c *converter) report(stage string, done, all int64) error {
	if c.progress != nil && all > 0 {
		c.progress(stage, float64(done)/float64(all))
	}
	return c.ctx.Err()
}

// watched reports how much of a source was read, and ends with the context.
type watched struct {
	c          *converter
	r          io.Reader
	done, size int64
}

func (w *watched) Read(b []byte) (int, error) {
	if err := w.c.report("reading", w.done, w.size); err != nil {
		return 0, err
	}
	n, err := w.r.Read(b)
	w.done += int64(n)
	return n, err
}

// spoolSet spools a set that is loaded whole.
func (c *converter) spoolSet(in *input, opt Options) (err error) {
	s, err := in.set(opt)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, s.Close()) }()
	if s.Targets != nil {
		return fmt.Errorf("%s: %d targets: a .dsc file has room for one", in.name, len(s.Targets))
	}
	rows, cols := s.X.Dims()
	c.h.rows, c.h.cols = int64(rows), int64(cols)
	c.n = names{features: s.Features, classes: s.Classes, warnings: s.Warnings, origin: []string{s.Format, s.SHA256}}
	if s.Features != nil {
		c.h.flags |= flagFeatures
	}
	if s.Classes != nil {
		c.h.flags |= flagClasses
	}
	if s.Target != "" {
		c.h.flags |= flagTargetName
		c.n.target = []string{s.Target}
	}
	switch x := s.X.(type) {
	case *linalg.CSR:
		c.h.flags |= flagSparse
		c.h.nnz = int64(len(x.Idx))
		c.ptr, err = c.spoolOf(err, func(p *spool) error { return put(p, x.Ptr, appendInt) })
		c.idx, err = c.spoolOf(err, func(p *spool) error { return put(p, x.Idx, appendInt32) })
		if x.Val == nil {
			c.h.flags |= flagOnes
		} else {
			c.val, err = c.spoolOf(err, func(p *spool) error { return put(p, x.Val, appendFloat64) })
		}
	case *linalg.Dense:
		c.h.nnz = int64(len(x.Data))
		c.val, err = c.spoolOf(err, func(p *spool) error { return put(p, x.Data, appendFloat64) })
	}
	if s.Y != nil {
		c.h.flags |= flagTarget | flagIntegers
		c.y, err = c.spoolOf(err, func(p *spool) error { return c.putTargets(p, s.Y) })
	}
	if s.Weights != nil {
		c.h.flags |= flagWeights
		c.w, err = c.spoolOf(err, func(p *spool) error { return put(p, s.Weights, appendFloat64) })
	}
	if err != nil {
		return err
	}
	return c.h.check()
}

// putTargets appends to the targets, and drops the flag of whole ones if they are not.
func (c *converter) putTargets(p *spool, y []float64) error {
	for _, v := range y {
		if v != math.Trunc(v) {
			c.h.flags &^= flagIntegers
		}
	}
	return put(p, y, appendFloat64)
}

// spoolLIBSVM parses LIBSVM text and spools each block.
func (c *converter) spoolLIBSVM(in *input, opt Options) error {
	p, err := newSVMParser(in, opt)
	if err != nil {
		return err
	}
	c.h.flags = flagSparse | flagOnes
	c.ptr, err = c.spoolOf(nil, func(s *spool) error { return put(s, []int{0}, appendInt) })
	c.idx, err = c.spoolOf(err, nil)
	if opt.Target == "" {
		c.h.flags |= flagTarget | flagIntegers
		c.y, err = c.spoolOf(err, nil)
	}
	if err != nil {
		return err
	}
	err = p.parse(func() error { return c.drain(p) })
	if err != nil {
		return err
	}
	if c.h.rows == 0 {
		return p.noRows()
	}
	c.h.cols = int64(max(p.max+1, opt.Cols))
	sum, err := in.sum()
	if err != nil {
		return err
	}
	c.n.warnings = p.warnings(int(c.h.rows), int(c.h.cols))
	c.n.origin = []string{opt.Format, sum}
	return nil
}

// drain moves what p has parsed to the spools.
func (c *converter) drain(p *svmParser) error {
	if c.h.rows += int64(p.y.len()); c.h.rows > math.MaxInt32 {
		return fmt.Errorf("%s: more than %d rows; want at most that many, as indices have 32 bits", p.in.name, math.MaxInt32)
	}
	if !p.ones && c.val == nil { // the first value other than 1
		c.h.flags &^= flagOnes
		var err error
		if c.val, err = c.spoolOf(nil, func(s *spool) error { return putOnes(s, c.h.nnz) }); err != nil {
			return err
		}
	}
	c.h.nnz = int64(p.nnz)
	return errors.Join(
		p.ptr.drain(func(x []int) error { return put(c.ptr, x, appendInt) }),
		p.idx.drain(func(x []int32) error { return put(c.idx, x, appendInt32) }),
		p.val.drain(func(x []float64) error { return put(c.val, x, appendFloat64) }),
		p.y.drain(func(x []float64) error {
			if c.y == nil {
				return nil
			}
			return c.putTargets(c.y, x)
		}))
}

// putOnes appends n ones.
func putOnes(s *spool, n int64) error {
	one := appendFloat64(nil, 1)
	for range n {
		if _, err := s.w.Write(one); err != nil {
			return err
		}
	}
	return nil
}

// drain gives the elements to f, in pieces, and empties c; it keeps the last chunk's room.
func (c *chunks[T]) drain(f func([]T) error) error {
	for _, d := range append(c.done, c.cur) {
		if len(d) == 0 {
			continue
		}
		if err := f(d); err != nil {
			return err
		}
	}
	*c = chunks[T]{cur: c.cur[:0]}
	return nil
}

// assemble writes all of the output but its header.
func (c *converter) assemble() error {
	names := c.n.encode()
	c.h.textLen = int64(len(names))
	var size int64
	c.at, size = c.h.layout()
	if err := c.file.Truncate(size); err != nil { // the padding is zeros
		return err
	}
	if _, err := c.file.WriteAt(names, c.at[texts].off); err != nil {
		return err
	}
	var runs *runs
	if c.h.has(flagSparse) {
		var err error
		if runs, err = c.sortRuns(); err != nil {
			return err
		}
	}
	for i, s := range [...]*spool{rowPtr: c.ptr, rowIdx: c.idx, rowVal: c.val, targets: c.y, weights: c.w} {
		if s == nil {
			continue
		}
		if err := s.copyTo(c.file, c.at[i]); err != nil {
			return err
		}
		if err := c.remove(s.f); err != nil { // the merge needs the room
			return err
		}
	}
	if runs == nil {
		return nil
	}
	return c.writeColumns(runs)
}

// publish digests the output, writes its header and gives it its name.
func (c *converter) publish() error {
	_, size := c.h.layout()
	var err error
	if c.h.digest, err = digest(c.h.encode(), io.NewSectionReader(c.file, headerSize, size-headerSize), func(done int64) error {
		return c.report("checksum", done, size)
	}); err != nil {
		return err
	}
	if _, err := c.file.WriteAt(c.h.encode(), 0); err != nil {
		return err
	}
	if err := errors.Join(c.file.Sync(), c.file.Close()); err != nil {
		return err
	}
	if err := os.Rename(c.file.Name(), c.out); err != nil {
		return err
	}
	c.temps = c.temps[1:] // file was the first
	return nil
}

// digest is the SHA-256 of a .dsc file without its digest and what follows that in the
// header, which depends on it.
func digest(header []byte, rest io.Reader, report func(done int64) error) (sum [32]byte, err error) {
	h := sha256.New()
	h.Write(header[:digestAt])
	buf := make([]byte, 1<<20)
	for done := int64(0); ; {
		if err := report(done); err != nil {
			return sum, err
		}
		n, err := rest.Read(buf)
		h.Write(buf[:n])
		done += int64(n)
		if err == io.EOF {
			return [32]byte(h.Sum(nil)), nil
		}
		if err != nil {
			return sum, err
		}
	}
}

// temp makes a temporary file beside the output.
func (c *converter) temp() (*os.File, error) {
	for n := 1; ; n++ {
		name := filepath.Join(filepath.Dir(c.out), fmt.Sprintf(".%s.%d.tmp", filepath.Base(c.out), n))
		f, err := os.OpenFile(name, os.O_RDWR|os.O_CREATE|os.O_EXCL, 0o666) // not CreateTemp: out gets the usual mode
		if errors.Is(err, os.ErrExist) {
			continue // of another conversion
		}
		if err != nil {
			return nil, err
		}
		c.temps = append(c.temps, f)
		return f, nil
	}
}

// remove ends a temporary file early.
func (c *converter) remove(f *os.File) error {
	for i, t := range c.temps {
		if t == f {
			c.temps = append(c.temps[:i:i], c.temps[i+1:]...)
			break
		}
	}
	return errors.Join(f.Close(), os.Remove(f.Name()))
}

// clean removes the temporary files that are left.
func (c *converter) clean() (err error) {
	for _, f := range c.temps {
		if cerr := f.Close(); cerr != nil && !errors.Is(cerr, os.ErrClosed) {
			err = errors.Join(err, cerr)
		}
		err = errors.Join(err, os.Remove(f.Name()))
	}
	return err
}

// A spool is a temporary file that is written from start to end, and then read.
type spool struct {
	f   *os.File
	w   *bufio.Writer
	buf []byte
}

// spoolOf makes a spool and fills it, unless there was an error before.
func (c *converter) spoolOf(err error, fill func(*spool) error) (*spool, error) {
	if err != nil {
		return nil, err
	}
	f, err := c.temp()
	if err != nil {
		return nil, err
	}
	s := &spool{f: f, w: bufio.NewWriterSize(f, 1<<14), buf: make([]byte, 0, 1<<14)}
	if fill == nil {
		return s, nil
	}
	return s, fill(s)
}

// put appends x to s.
func put[T any](s *spool, x []T, enc func([]byte, T) []byte) error {
	for len(x) > 0 {
		b := s.buf[:0]
		n := min(len(x), cap(b)/8)
		for _, v := range x[:n] {
			b = enc(b, v)
		}
		if _, err := s.w.Write(b); err != nil {
			return err
		}
		x = x[n:]
	}
	return nil
}

func appendInt(b []byte, v int) []byte     { return binary.LittleEndian.AppendUint64(b, uint64(v)) }
func appendInt32(b []byte, v int32) []byte { return binary.LittleEndian.AppendUint32(b, uint32(v)) }
func appendFloat64(b []byte, v float64) []byte {
	return binary.LittleEndian.AppendUint64(b, math.Float64bits(v))
}

// reader reads s from the start.
func (s *spool) reader() (*bufio.Reader, error) {
	if err := s.w.Flush(); err != nil {
		return nil, err
	}
	_, err := s.f.Seek(0, io.SeekStart)
	return bufio.NewReaderSize(s.f, 1<<14), err
}

// copyTo copies all of s to its place in f.
func (s *spool) copyTo(f *os.File, to span) error {
	if err := s.w.Flush(); err != nil {
		return err
	}
	if _, err := s.f.Seek(0, io.SeekStart); err != nil {
		return err
	}
	if _, err := f.Seek(to.off, io.SeekStart); err != nil {
		return err
	}
	n, err := io.Copy(f, s.f)
	if err == nil && n != to.len {
		err = fmt.Errorf("%s has %d bytes: want %d (was it changed by another program?)", s.f.Name(), n, to.len)
	}
	return err
}
