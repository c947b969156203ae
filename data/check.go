package data

import (
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"math"
	"os"

	"github.com/godescent/descent/linalg"
)

// A Checked is what Check has verified.
type Checked struct {
	*Set
	Size         int64  // of the file, in bytes
	OriginFormat string // of the file that was converted
	OriginSHA256 string
}

// Check verifies all of a .dsc file: what Load verifies on opening it, the digest of the
// whole file, that every value is finite, and that rows and columns hold the same matrix.
// It reads the file twice, and the columns of a matrix larger than memory out of order.
// Close the set that it returns.
func Check(ctx context.Context, path string, progress func(stage string, fraction float64)) (*Checked, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	k := &Checked{}
	report := func(stage string, done, all int64) error {
		if progress != nil && all > 0 {
			progress(stage, float64(done)/float64(all))
		}
		return ctx.Err()
	}
	wrap := func(err error) error { return fmt.Errorf("%s: %w", path, err) }
	h, n, err := readNames(f)
	if err != nil {
		return nil, wrap(err)
	}
	_, k.Size = h.layout()
	k.OriginFormat, k.OriginSHA256 = n.origin[0], n.origin[1]
	sum, err := digest(h.encode(), io.NewSectionReader(f, headerSize, k.Size-headerSize), func(done int64) error { return report("checksum", done, k.Size) })
	if err != nil {
		return nil, wrap(err)
	}
	if sum != h.digest {
		return nil, wrap(fmt.Errorf("damaged: its SHA-256 is %s, it states %s; convert the data again", hex.EncodeToString(sum[:]), hex.EncodeToString(h.digest[:])))
	}
	if k.Set, err = read(f, f, path, Options{Format: "dsc"}); err != nil {
		return nil, err
	}
	switch x := k.X.(type) {
	case *linalg.CSR:
		err = checkSparse(x, func(row int) error { return report("rows and columns", int64(row), int64(x.Rows)) })
	case *linalg.Dense:
		err = checkValues(x.Data)
	}
	if err != nil {
		return nil, errors.Join(wrap(err), k.Close())
	}
	return k, nil
}

// readNames reads the header and the names of a .dsc file.
func readNames(f *os.File) (*header, *names, error) {
	st, err := f.Stat()
	if err != nil {
		return nil, nil, err
	}
	b := make([]byte, headerSize)
	got, err := f.ReadAt(b, 0)
	if err != nil && err != io.EOF {
		return nil, nil, err
	}
	h, err := decodeHeader(b[:got], st.Size())
	if err != nil {
		return nil, nil, err
	}
	at, _ := h.layout()
	b = make([]byte, at[texts].len)
	if err := readAt(f, b, at[texts].off); err != nil {
		return nil, nil, err
	}
	n, err := decodeNames(b, h)
	return h, n, err
}

func checkValues(x []float64) error {
	for i, v := range x {
		if v-v != 0 {
			return fmt.Errorf("value %d is %v; want finite values", i+1, v)
		}
	}
	return nil
}

// checkSparse walks the rows with a cursor in each column.
func checkSparse(x *linalg.CSR, report func(row int) error) error {
	c := x.Columns()
	at := append([]int(nil), c.Ptr[:x.Cols]...)
	for i := range x.Rows {
		if i%(1<<16) == 0 {
			if err := report(i); err != nil {
				return err
			}
		}
		for p := x.Ptr[i]; p < x.Ptr[i+1]; p++ {
			j := x.Idx[p]
			q := at[j]
			at[j]++
			if q == c.Ptr[j+1] || c.Idx[q] != int32(i) || x.Val != nil && math.Float64bits(x.Val[p]) != math.Float64bits(c.Val[q]) {
				return fmt.Errorf("rows and columns differ at row %d, column %d; convert the data again", i+1, j+1)
			}
		}
	}
	return checkValues(x.Val)
}
