package data

import (
	"bufio"
	"bytes"
	"compress/bzip2"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"hash"
	"io"
	"os"

	"github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/zstd"
)

// An input is a stream that is hashed as stored and read decompressed.
type input struct {
	name string
	r    *bufio.Reader // decompressed
	raw  io.Reader     // as stored, hashed on the way
	hash hash.Hash
	file *os.File // an uncompressed regular file, which can be read again; else nil
}

// sampleSize bounds what format detection looks at.
const sampleSize = 1 << 16

// newInput peels one layer of compression off r, by its first bytes.
func newInput(r io.Reader, file *os.File, name string) (*input, error) {
	in := &input{name: name, hash: sha256.New()}
	raw := bufio.NewReaderSize(io.TeeReader(r, in.hash), sampleSize)
	in.raw = raw
	magic, err := raw.Peek(4)
	if err != nil && err != io.EOF {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	has := func(s string) bool { return bytes.HasPrefix(magic, []byte(s)) }
	var z io.Reader
	switch {
	case has("\x1f\x8b"):
		z, err = gzip.NewReader(raw)
	case has("BZh"):
		z, err = bzip2.NewReader(raw), nil
	case has("\x28\xb5\x2f\xfd"):
		// One goroutine's worth of memory, whatever the machine; the window
		// limit keeps a hostile header from reserving gigabytes.
		z, err = zstd.NewReader(raw, zstd.WithDecoderConcurrency(1), zstd.WithDecoderMaxWindow(128<<20))
	default:
		in.r, in.file = raw, file
		return in, nil
	}
	if err != nil {
		return nil, in.ioError(err, 0, 0, 0)
	}
	in.r = bufio.NewReaderSize(z, sampleSize)
	return in, nil
}

// sum returns the SHA-256 of the stored bytes, reading what is left of them.
func (in *input) sum() (string, error) {
	if _, err := io.Copy(io.Discard, in.raw); err != nil {
		return "", in.ioError(err, 0, 0, 0)
	}
	return hex.EncodeToString(in.hash.Sum(nil)), nil
}

// count says how often each byte of chars occurs in the input, and rewinds it.
// It returns nil if the input can only be read once.
func (in *input) count(chars string) ([]int, error) {
	if in.file == nil {
		return nil, nil
	}
	if _, err := in.file.Seek(0, io.SeekStart); err != nil {
		return nil, err
	}
	in.hash.Reset()
	n := make([]int, len(chars))
	buf := make([]byte, 1<<18)
	for {
		k, err := in.file.Read(buf)
		in.hash.Write(buf[:k])
		for i := range chars {
			n[i] += bytes.Count(buf[:k], []byte(chars[i:i+1]))
		}
		if err == io.EOF {
			break
		}
		if err != nil {
			return nil, err
		}
	}
	if _, err := in.file.Seek(0, io.SeekStart); err != nil {
		return nil, err
	}
	in.r.Reset(in.file) // the second pass need not be hashed
	return n, nil
}

// size returns the length of an uncompressed regular file, else -1.
func (in *input) size() int64 {
	if in.file == nil {
		return -1
	}
	st, err := in.file.Stat()
	if err != nil {
		return -1
	}
	return st.Size()
}

// ioError gives a read error its place; line 0 means a binary format.
func (in *input) ioError(err error, line, col int, offset int64) error {
	msg := err.Error()
	var damaged bzip2.StructuralError
	switch {
	case errors.Is(err, io.ErrUnexpectedEOF):
		msg = "the compressed data ends early (truncated file?)"
	case errors.Is(err, gzip.ErrHeader), errors.Is(err, gzip.ErrChecksum), errors.As(err, &damaged):
		msg = "damaged compressed data: " + msg
	}
	return &SyntaxError{File: in.name, Line: line, Col: col, Offset: offset, Msg: msg}
}

// A blockReader cuts text into blocks of whole lines.
type blockReader struct {
	in   *input
	buf  []byte
	end  int  // buf[:end] is data
	blk  int  // buf[:blk] is the block handed out last
	eof  bool // the last block has been handed out, or will be next
	line int  // number of the line at the start of the block; kept by the caller
}

const (
	blockSize = 1 << 18
	maxRun    = 1 << 16 // longest run of bytes without any delimiter
)

func newBlockReader(in *input) *blockReader {
	return &blockReader{in: in, buf: make([]byte, blockSize), line: 1}
}

// next returns a block that starts after the first used bytes of the last one
// and ends with a newline (supplied after the last line of the input). It is
// longer than what was left of the last block unless the input ends there.
// At the end of the input it returns io.EOF. The block may be overwritten by
// the next call.
func (br *blockReader) next(used int) ([]byte, error) {
	seen := br.blk - used
	br.end = copy(br.buf, br.buf[used:br.end])
	for {
		if err := br.fill(); err != nil {
			// The place is where the data ended.
			line := br.line + bytes.Count(br.buf[:br.end], []byte("\n"))
			return nil, br.in.ioError(err, line, br.end-bytes.LastIndexByte(br.buf[:br.end], '\n'), 0)
		}
		if br.eof {
			if br.end == 0 {
				return nil, io.EOF
			}
			if br.buf[br.end-1] != '\n' {
				br.buf[br.end] = '\n' // fill leaves room
				br.end++
			}
			br.blk = br.end
			return br.buf[:br.blk], nil
		}
		if i := bytes.LastIndexByte(br.buf[seen:br.end], '\n'); i >= 0 {
			br.blk = seen + i + 1
			return br.buf[:br.blk], nil
		}
		if br.end > maxRun && !bytes.ContainsAny(br.buf[br.end-maxRun:br.end], " \t,;:") {
			return nil, &SyntaxError{File: br.in.name, Line: br.line, Col: 1,
				Msg: fmt.Sprintf("%d bytes without a delimiter; want text with one row per line", maxRun)}
		}
		br.buf = append(br.buf, make([]byte, len(br.buf))...)
	}
}

// fill reads until the buffer is full but for one byte, or the input ends.
func (br *blockReader) fill() error {
	for idle := 0; !br.eof && br.end < len(br.buf)-1; {
		n, err := br.in.r.Read(br.buf[br.end : len(br.buf)-1])
		br.end += n
		switch {
		case err == io.EOF:
			br.eof = true
		case err != nil:
			return err
		case n > 0:
			idle = 0
		case idle > 100:
			return io.ErrNoProgress
		default:
			idle++
		}
	}
	return nil
}

// ReadText returns the decompressed bytes of a file, or of standard input for "-", and the SHA-256 of
// the bytes as stored.
func ReadText(path string, stdin io.Reader) (text []byte, sha256 string, err error) {
	var r io.Reader = stdin
	if path == "-" {
		path = "<stdin>"
	} else {
		f, err := os.Open(path)
		if err != nil {
			return nil, "", err
		}
		defer f.Close()
		r = f
	}
	in, err := newInput(r, nil, path)
	if err != nil {
		return nil, "", err
	}
	if text, err = io.ReadAll(in.r); err != nil {
		return nil, "", in.ioError(err, 0, 0, 0)
	}
	sha256, err = in.sum()
	return text, sha256, err
}
