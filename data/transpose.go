package data

import (
	"bufio"
	"cmp"
	"container/heap"
	"encoding/binary"
	"io"
	"os"
	"slices"
)

// The columns of a matrix that is larger than memory are made by an external merge sort:
// as many entries as fit are taken by rows, sorted by column, keeping the order of rows,
// and written as a run; the runs are merged. An entry comes after those of its column in
// earlier runs, as its row does.

// A record is an entry on its way from rows to columns.
type record struct {
	col, row int32
	val      float64
}

const recordSize = 16

// runs are sorted runs of records in a temporary file. They have 8 bytes a record if all
// values are 1, else 16.
type runs struct {
	s    *spool
	ones bool
	list []run
	room []record // of the converter
}

// A run is a range of records, by number.
type run struct{ lo, hi int64 }

func (r *runs) size() int64 {
	if r.ones {
		return recordSize / 2
	}
	return recordSize
}

func (r *runs) append(b []byte, x record) []byte {
	b = binary.LittleEndian.AppendUint32(b, uint32(x.col))
	b = binary.LittleEndian.AppendUint32(b, uint32(x.row))
	if !r.ones {
		b = appendFloat64(b, x.val)
	}
	return b
}

func (r *runs) at(b []byte) record {
	if r.ones {
		return record{int32At(b), int32At(b[4:]), 1}
	}
	return record{int32At(b), int32At(b[4:]), float64At(b[8:])}
}

// put appends to the file. Its records may be of half the size that put is for.
func (r *runs) put(x []record) error {
	for part := range slices.Chunk(x, cap(r.s.buf)/recordSize) {
		b := r.s.buf[:0]
		for _, e := range part {
			b = r.append(b, e)
		}
		if _, err := r.s.w.Write(b); err != nil {
			return err
		}
	}
	return nil
}

// sortRuns reads the spooled rows once and writes the runs.
func (c *converter) sortRuns() (*runs, error) {
	s, err := c.spoolOf(nil, nil)
	if err != nil {
		return nil, err
	}
	r := &runs{s: s, ones: c.h.has(flagOnes), room: make([]record, min(int64(c.records), 2*c.h.nnz))}
	half := len(r.room) / 2
	ptr, err := c.ptr.reader()
	if err != nil {
		return nil, err
	}
	idx, err := c.idx.reader()
	if err != nil {
		return nil, err
	}
	var val *bufio.Reader
	if !r.ones {
		if val, err = c.val.reader(); err != nil {
			return nil, err
		}
	}
	var word [8]byte
	row, end := int32(-1), int64(0)
	next := func() error { // the first pointer is the start of row 0
		_, err := io.ReadFull(ptr, word[:])
		end = int64(binary.LittleEndian.Uint64(word[:]))
		return err
	}
	if err := next(); err != nil {
		return nil, err
	}
	var ib [4 * 512]byte
	var vb [8 * 512]byte
	batch := r.room[:0:half]
	for done := int64(0); done < c.h.nnz; {
		if err := c.report("sorting", done, c.h.nnz); err != nil {
			return nil, err
		}
		n := int(min(512, c.h.nnz-done, int64(half-len(batch))))
		if _, err := io.ReadFull(idx, ib[:4*n]); err != nil {
			return nil, err
		}
		if val != nil {
			if _, err := io.ReadFull(val, vb[:8*n]); err != nil {
				return nil, err
			}
		}
		for k := range n {
			for done == end {
				if err := next(); err != nil {
					return nil, err
				}
				row++
			}
			e := record{int32At(ib[4*k:]), row, 1}
			if val != nil {
				e.val = float64At(vb[8*k:])
			}
			batch = append(batch, e)
			done++
		}
		if len(batch) == half || done == c.h.nnz {
			if err := r.put(sortRecords(batch, r.room[half:])); err != nil {
				return nil, err
			}
			r.list = append(r.list, run{done - int64(len(batch)), done})
			batch = batch[:0]
		}
	}
	return r, nil
}

// sortRecords sorts a by column, keeping the order within each, by counting the values of
// one 16-bit digit after the other. The result is a or the front of room.
func sortRecords(a, room []record) []record {
	room = room[:len(a)]
	most := int32(0)
	for _, e := range a {
		most = max(most, e.col)
	}
	for shift := 0; shift < 32 && most>>shift > 0; shift += 16 {
		var start [1<<16 + 1]int32
		for _, e := range a {
			start[e.col>>shift&0xffff+1]++
		}
		for d := range 1 << 16 {
			start[d+1] += start[d]
		}
		for _, e := range a {
			d := e.col >> shift & 0xffff
			room[start[d]] = e
			start[d]++
		}
		a, room = room, a
	}
	return a
}

// writeColumns merges the runs into the columns of the output.
func (c *converter) writeColumns(r *runs) error {
	for len(r.list) > c.fan {
		s, err := c.spoolOf(nil, nil)
		if err != nil {
			return err
		}
		next := &runs{s: s, ones: r.ones, room: r.room}
		for group := range slices.Chunk(r.list, c.fan) {
			if err := c.merge("merging", r, group, next.put); err != nil {
				return err
			}
			next.list = append(next.list, run{group[0].lo, group[len(group)-1].hi})
		}
		if err := c.remove(r.s.f); err != nil {
			return err
		}
		r = next
	}
	ptr, idx, val := c.section(colPtr), c.section(colIdx), c.section(colVal)
	col, done := int32(0), 0
	err := put(ptr, []int{0}, appendInt)
	upTo := func(j int32) {
		for ; col < j && err == nil; col++ {
			err = put(ptr, []int{done}, appendInt)
		}
	}
	merge := c.merge("columns", r, r.list, func(x []record) error {
		for _, e := range x {
			upTo(e.col)
			idx.buf, val.buf = appendInt32(idx.buf, e.row), appendFloat64(val.buf, e.val)
			if done++; len(val.buf)+8 > cap(val.buf) {
				err = cmp.Or(err, flush(idx, !r.ones, val))
			}
		}
		return err
	})
	if merge != nil {
		return merge
	}
	upTo(int32(c.h.cols))
	for _, e := range []error{err, flush(idx, !r.ones, val), ptr.w.Flush(), idx.w.Flush(), val.w.Flush()} {
		if e != nil {
			return e
		}
	}
	return c.remove(r.s.f)
}

// flush writes the buffers of the entries.
func flush(idx *spool, valued bool, val *spool) error {
	_, err := idx.w.Write(idx.buf)
	if err == nil && valued {
		_, err = val.w.Write(val.buf)
	}
	idx.buf, val.buf = idx.buf[:0], val.buf[:0]
	return err
}

// section returns a writer of a section of the output.
func (c *converter) section(i int) *spool {
	return &spool{w: bufio.NewWriterSize(io.NewOffsetWriter(c.file, c.at[i].off), 1<<15), buf: make([]byte, 0, 1<<12)}
}

// merge gives the records of the runs to emit in the order of columns and, within them,
// of the runs.
func (c *converter) merge(stage string, r *runs, list []run, emit func([]record) error) error {
	if err := r.s.w.Flush(); err != nil {
		return err
	}
	h := make(heads, 0, len(list))
	for i, run := range list {
		part := len(r.room) / len(list)
		s := &head{order: i, run: run, room: r.room[i*part : (i+1)*part]}
		if err := s.fill(r); err != nil {
			return err
		}
		h = append(h, s)
	}
	heap.Init(&h)
	done := int64(0)
	for len(h) > 0 {
		s := h[0]
		n := len(s.rest)
		if len(h) > 1 { // only what shares the column is known to be next
			for n = 1; n < len(s.rest) && s.rest[n].col == s.rest[0].col; n++ {
			}
		}
		if err := emit(s.rest[:n]); err != nil {
			return err
		}
		s.rest = s.rest[n:]
		if len(s.rest) == 0 {
			done += int64(len(s.room))
			if err := c.report(stage, min(done, c.h.nnz), c.h.nnz); err != nil {
				return err
			}
			if err := s.fill(r); err != nil {
				return err
			}
		}
		if len(s.rest) == 0 {
			heap.Pop(&h)
		} else {
			heap.Fix(&h, 0)
		}
	}
	return nil
}

// A head is a run that is being merged: its next records are in memory.
type head struct {
	order int
	run   run // still in the file
	room  []record
	rest  []record // of room
}

// fill reads more records when rest is empty.
func (s *head) fill(r *runs) error {
	n := int(min(int64(len(s.room)), s.run.hi-s.run.lo))
	size := int(r.size())
	b := r.s.buf[:cap(r.s.buf)]
	for k := 0; k < n; {
		m := min(n-k, len(b)/size)
		if err := readAt(r.s.f, b[:m*size], (s.run.lo+int64(k))*int64(size)); err != nil {
			return err
		}
		for i := range m {
			s.room[k+i] = r.at(b[i*size:])
		}
		k += m
	}
	s.run.lo += int64(n)
	s.rest = s.room[:n]
	return nil
}

func readAt(f *os.File, b []byte, off int64) error {
	n, err := f.ReadAt(b, off)
	if n == len(b) {
		return nil
	}
	if err == io.EOF {
		err = io.ErrUnexpectedEOF
	}
	return err
}

// heads is a heap by column and order.
type heads []*head

func (h heads) Len() int { return len(h) }
func (h heads) Less(i, j int) bool {
	a, b := h[i].rest[0].col, h[j].rest[0].col
	return a < b || a == b && h[i].order < h[j].order
}
func (h heads) Swap(i, j int) { h[i], h[j] = h[j], h[i] }
func (h *heads) Push(x any)   { *h = append(*h, x.(*head)) }
func (h *heads) Pop() any {
	last := (*h)[len(*h)-1]
	*h = (*h)[:len(*h)-1]
	return last
}
