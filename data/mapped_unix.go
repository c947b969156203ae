//go:build unix

package data

import (
	"fmt"
	"os"

	"golang.org/x/sys/unix"
)

// mapFile maps the first size > 0 bytes of f for reading. The mapping outlives f.
func mapFile(f *os.File, size int) ([]byte, error) {
	b, err := unix.Mmap(int(f.Fd()), 0, size, unix.PROT_READ, unix.MAP_SHARED)
	if err != nil {
		return nil, fmt.Errorf("it cannot be mapped into memory: %w (--data - reads it whole from standard input)", err)
	}
	return b, nil
}

func unmapFile(b []byte) error { return unix.Munmap(b) }
