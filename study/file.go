package study

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"sync"
	"time"
)

// A File is a Memory in one file of JSON lines, one record each, that only ever grows. A
// record is in the hands of the operating system when Add returns, so a program that is
// killed loses none; the file is synced at least every SyncEvery while it grows and when it
// is closed, so a machine that fails loses at most the records of that time. A line
// that was cut off is passed over. Of several records of a cell the last counts. Several programs
// may add to a file at a time, on a local disk; each finds what was there when it opened the file, and
// what it added.
//
// It holds the place of each record under its key in memory, and reads records when they are
// asked for.
type File struct {
	mu     sync.Mutex
	path   string
	file   *os.File
	index  map[string]span // by key
	torn   bool            // the last line has no end
	synced time.Time
	dirty  bool
}

var _ Memory = (*File)(nil)

// span is where a line is in the file.
type span struct {
	from   int64
	length int
}

// SyncEvery is the longest time between syncs of a [File] that grows.
const SyncEvery = 250 * time.Millisecond

// keyed is the start of every line: the key, so that an index needs no more.
const keyed = `{"key":"`

// keyLength is that of [Cell.Key].
const keyLength = 64

// OpenFile opens the file, or makes it with its folder if it is not there.
func OpenFile(path string) (*File, error) {
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		return nil, err
	}
	f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE|os.O_APPEND, 0o644)
	if err != nil {
		return nil, err
	}
	m := &File{path: path, file: f, index: map[string]span{}, synced: time.Now()}
	if err := m.read(); err != nil {
		return nil, errors.Join(err, f.Close())
	}
	return m, nil
}

// read makes the index.
func (m *File) read() error {
	r := bufio.NewReaderSize(m.file, 1<<20)
	at := int64(0)
	for n := 1; ; n++ {
		line, err := r.ReadBytes('\n')
		if err != nil && err != io.EOF {
			return fmt.Errorf("%s: %w", m.path, err)
		}
		start := bytes.TrimSuffix(line, []byte("\n"))
		start = start[:min(len(start), len(keyed))]
		switch {
		case len(start) == 0:
		case string(start) != keyed[:len(start)]:
			return fmt.Errorf("%s:%d: want a record, a line that begins with %s: the file is no memory of a study", m.path, n, keyed)
		case whole(line):
			m.index[string(line[len(keyed):][:keyLength])] = span{at, len(line)}
		}
		at += int64(len(line))
		if err == io.EOF {
			m.torn = len(line) > 0
			return nil
		}
	}
}

// whole reports whether a line was not cut off.
func whole(line []byte) bool {
	return len(line) > len(keyed)+keyLength && line[len(keyed)+keyLength] == '"' && bytes.HasSuffix(line, []byte("}\n"))
}

// Len returns the number of cells.
func (m *File) Len() int {
	m.mu.Lock()
	defer m.mu.Unlock()
	return len(m.index)
}

// Find implements [Memory].
func (m *File) Find(key string) (*Record, bool, error) {
	m.mu.Lock()
	at, ok := m.index[key]
	m.mu.Unlock()
	if !ok {
		return nil, false, nil
	}
	line := make([]byte, at.length)
	if _, err := m.file.ReadAt(line, at.from); err != nil {
		return nil, false, fmt.Errorf("%s: %w", m.path, err)
	}
	var l struct{ Record *Record }
	if err := json.Unmarshal(line, &l); err != nil {
		return nil, false, fmt.Errorf("%s: the record at byte %d: %w", m.path, at.from, err)
	}
	if l.Record == nil || l.Record.Key() != key {
		return nil, false, fmt.Errorf("%s: the record at byte %d is not that of its key: the file was changed", m.path, at.from)
	}
	return l.Record, true, nil
}

// Add implements [Memory].
func (m *File) Add(r *Record) error {
	key := r.Key()
	b, err := json.Marshal(r)
	if err != nil {
		return err
	}
	line := fmt.Appendf(nil, "%s%s\",\"record\":%s}\n", keyed, key, b)
	m.mu.Lock()
	defer m.mu.Unlock()
	begin := []byte{}
	if m.torn {
		begin = []byte{'\n'}
	}
	m.torn = true // until the line is whole
	if _, err := m.file.Write(append(begin, line...)); err != nil {
		return fmt.Errorf("%s: %w", m.path, err)
	}
	m.torn = false
	end, err := m.file.Seek(0, io.SeekCurrent) // behind what was appended, whoever else appends
	if err != nil {
		return fmt.Errorf("%s: %w", m.path, err)
	}
	m.index[key] = span{end - int64(len(line)), len(line)}
	m.dirty = true
	if time.Since(m.synced) >= SyncEvery {
		return m.sync()
	}
	return nil
}

func (m *File) sync() error {
	m.synced, m.dirty = time.Now(), false
	return m.file.Sync()
}

// Close syncs the file and closes it.
func (m *File) Close() error {
	m.mu.Lock()
	defer m.mu.Unlock()
	var err error
	if m.dirty {
		err = m.sync()
	}
	return errors.Join(err, m.file.Close())
}
