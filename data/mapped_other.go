//go:build !unix

package data

import (
	"io"
	"os"
)

// mapFile reads the first size bytes of f: the same sets, for as much memory as the file
// has bytes.
func mapFile(f *os.File, size int) ([]byte, error) {
	b := make([]byte, size)
	_, err := f.ReadAt(b, 0)
	if err == io.EOF {
		err = io.ErrUnexpectedEOF
	}
	return b, err
}

func unmapFile([]byte) error { return nil }
