// Package data loads a data set from a file, from standard input or from the
// small embedded collection.
//
// Formats: LIBSVM (svmlight) text, delimited text (CSV, TSV, semicolons or
// blanks), Matrix Market, NPY, NPZ, Parquet and IDX; each may be compressed
// with gzip, bzip2 or zstd. Format and compression are found by content; the
// file name only breaks ties. Every value must be a finite number: a missing
// value, NaN, an infinity or a malformed byte ends the load with a
// [*SyntaxError] that says where it is.
//
// A set larger than memory is turned into a .dsc file by [Convert], out of core.
// Load maps such a file into memory instead of reading it.
//
// A table with 32-bit indices holds at most 2^31-1 columns. Reading is one
// sequential pass; an uncompressed regular file is counted first so that its
// matrix is allocated once.
package data

import (
	"bytes"
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"

	"github.com/godescent/descent/linalg"
)

// Set is a data matrix X (one row per example) with its target.
type Set struct {
	Name string
	X    linalg.Matrix // *linalg.CSR (LIBSVM, sparse Matrix Market, one-hot columns, scipy.sparse) or *linalg.Dense

	Y        []float64 // target, one per row; nil if there is none; of several targets all of the first, then all of the second ...
	Weights  []float64 // sample weights >= 0; nil if none were asked for
	Features []string  // column names; nil means x1..xd, in LIBSVM files the index
	Target   string    // name of the target column; "" if it has none, or there are several
	Targets  []string  // names of several targets, in the order of Y; nil for at most one
	Shape    []int     // of an example, where X has the rows of an array of more than two dimensions; else nil
	Classes  []string  // sorted class names if the target was text (Y holds their index); else nil

	Format   string   // "libsvm", "csv", "tsv", "mtx", "npy", "npz", "parquet", "idx" or "dsc"
	SHA256   string   // of the bytes as stored, before decompression, in hex; of a .dsc file as it states it
	Warnings []string // what was accepted but deserves a look

	mapping *mapping // holds X, of a .dsc file that is mapped; else nil
}

// Feature returns the name of column j (0-based).
func (s *Set) Feature(j int) string {
	if s.Features != nil {
		return s.Features[j]
	}
	return fmt.Sprintf("x%d", j+1)
}

// Options says how to read a data set. The zero value detects the format and
// takes the format's own target: the label in LIBSVM files, the last column of
// tables (CSV, Parquet, two-dimensional NPY), the array y or target in NPZ
// archives, none in Matrix Market and IDX files.
type Options struct {
	// Format is "" to detect it, or one of "libsvm", "csv" (any delimiter),
	// "tsv", "mtx", "npy", "npz", "parquet", "idx", "dsc".
	Format string

	// Target is "" for the format's default, "none" for no target, a column
	// name or a 1-based column number. In NPZ archives it is an array name.
	Target string

	// Targets names several target columns, all of numbers, in place of Target; Y has
	// them in this order. Tables and NPZ archives only; of an archive, arrays. There an array
	// of several columns that Target or Targets names stands for as many targets.
	Targets []string

	// Labels is the path of a second file whose single column is the target,
	// for formats that keep it apart (IDX labels, a second NPY file).
	Labels string

	// Weights is the name or 1-based number of the column of sample weights;
	// "" for none. Tables only.
	Weights string

	// Drop lists columns to leave out, by name or 1-based number. Tables only.
	Drop []string

	// Categorical turns each text column into one 0/1 column per level, named
	// column=level, levels sorted, none left out; X is then a *linalg.CSR.
	// Without it text columns are refused. A column is text if its first
	// value is.
	Categorical bool

	// Header is "" to detect a header line in delimited text, "yes" or "no".
	Header string

	// Cols is the least number of columns of a LIBSVM matrix, so that a test
	// file matches the training file even if its last columns are empty.
	Cols int

	// ZeroBased says that the indices of a LIBSVM file start at 0.
	ZeroBased bool
}

// A SyntaxError is malformed input: where it is, what was found and what was
// expected. Text has a Line and a Col (both from 1, Col in bytes); for binary
// formats Line is 0 and Offset is the position in the decompressed stream.
type SyntaxError struct {
	File      string
	Line, Col int
	Offset    int64
	Msg       string
}

// Error returns "file:line:column: message" or "file: byte offset: message".
func (e *SyntaxError) Error() string {
	if e.Line == 0 {
		return fmt.Sprintf("%s: byte %d: %s", e.File, e.Offset, e.Msg)
	}
	return fmt.Sprintf("%s:%d:%d: %s", e.File, e.Line, e.Col, e.Msg)
}

// Load reads the embedded or downloaded set of that name (see [List], [Downloads]; '_' and '-' are the
// same), else the file at that path, or standard input if it is "-". Write
// ./iris for a file that has the name of an embedded set.
func Load(nameOrPath string, opt Options) (*Set, error) {
	if c, i := lookupDownload(nameOrPath); c != nil {
		return c.load(i, opt)
	}
	src, err := openSource(nameOrPath)
	if err != nil {
		return nil, err
	}
	defer src.close()
	s, err := read(src.r, src.file, src.name, opt)
	if err == nil && src.embedded != "" {
		s.Name = src.embedded
	}
	return s, err
}

// A source is an opened file, embedded set or standard input.
type source struct {
	name     string // for messages and the ties between formats
	embedded string // name of the embedded set, else ""
	r        io.Reader
	file     *os.File // a regular file, else nil
	size     int64    // in bytes, 0 if unknown
	close    func() error
}

func openSource(nameOrPath string) (*source, error) {
	nothing := func() error { return nil }
	if nameOrPath == "-" {
		return &source{name: "<stdin>", r: os.Stdin, close: nothing}, nil
	}
	if e := lookup(nameOrPath); e != nil {
		b, err := embedded.ReadFile("embedded/" + e.file)
		if err != nil {
			return nil, err
		}
		return &source{name: e.file, embedded: e.Name, r: bytes.NewReader(b), size: int64(len(b)), close: nothing}, nil
	}
	f, err := os.Open(nameOrPath)
	if os.IsNotExist(err) {
		return nil, fmt.Errorf("%s: no such file; embedded sets with a close name: %s",
			nameOrPath, strings.Join(closest(nameOrPath, 3), ", "))
	}
	if err != nil {
		return nil, err
	}
	st, err := f.Stat()
	if err == nil && st.IsDir() {
		err = fmt.Errorf("%s: is a directory; want a data file", nameOrPath)
	}
	if err != nil {
		return nil, errors.Join(err, f.Close())
	}
	src := &source{name: nameOrPath, r: f, close: f.Close}
	if st.Mode().IsRegular() {
		src.file, src.size = f, st.Size()
	}
	return src, nil
}

// Read reads a data set from r; name stands for the file in messages and its
// extension breaks ties between formats.
func Read(r io.Reader, name string, opt Options) (*Set, error) {
	return read(r, nil, name, opt)
}

// A reader turns an input of its format into a Set; Name, Format and SHA256
// are filled in by read.
type reader func(in *input, opt Options) (*Set, error)

var readers = map[string]reader{
	"libsvm":  readLIBSVM,
	"csv":     readCSV,
	"tsv":     readCSV,
	"mtx":     readMatrixMarket,
	"npy":     readNPY,
	"npz":     readNPZ,
	"parquet": readParquet,
	"idx":     readIDX,
	"dsc":     readMapped,
}

func formats() string {
	var names []string
	for f := range readers {
		names = append(names, f)
	}
	slices.Sort(names)
	return strings.Join(names, ", ")
}

func read(r io.Reader, file *os.File, name string, opt Options) (*Set, error) {
	in, opt, err := begin(r, file, name, opt)
	if err != nil {
		return nil, err
	}
	return in.set(opt)
}

// begin finds compression and format; it returns opt with the format.
func begin(r io.Reader, file *os.File, name string, opt Options) (*input, Options, error) {
	if opt.Format != "" && readers[opt.Format] == nil {
		return nil, opt, fmt.Errorf("format %q: want one of %s", opt.Format, formats())
	}
	in, err := newInput(r, file, name)
	if err == nil && opt.Format == "" {
		opt.Format, err = detect(in)
	}
	if err == nil && len(opt.Targets) > 0 {
		err = opt.checkTargets(name)
	}
	return in, opt, err
}

// checkTargets refuses several targets where there are no columns to take them from.
func (o *Options) checkTargets(file string) error {
	all := strings.Join(o.Targets, ", ")
	switch {
	case o.Target != "":
		return fmt.Errorf("%s: target %s and targets %s: want one of them", file, o.Target, all)
	case o.Labels != "":
		return fmt.Errorf("%s: targets %s and a labels file: want one of them", file, all)
	case slices.Contains([]string{"csv", "tsv", "parquet", "npy", "npz"}, o.Format):
		return nil
	case o.Format == "libsvm":
		return fmt.Errorf("%s: targets %s: LIBSVM rows begin with one label; several targets want a table (CSV, Parquet, NPY) or an NPZ archive", file, all)
	}
	return fmt.Errorf("%s: targets %s: files of format %s have no columns to name; several targets want a table (CSV, Parquet, NPY) or an NPZ archive", file, all, o.Format)
}

// set reads the data set, in the format that opt names.
func (in *input) set(opt Options) (*Set, error) {
	s, err := readers[opt.Format](in, opt)
	if err != nil {
		return nil, err
	}
	if opt.Format != "dsc" { // which has its checksum inside
		if s.SHA256, err = in.sum(); err != nil {
			return nil, err
		}
	}
	s.Name, s.Format = in.name, opt.Format
	if opt.Labels != "" {
		if err := s.join(opt.Labels); err != nil {
			return nil, err
		}
	}
	return s, nil
}

// join makes the single column of the file at path the target of s.
func (s *Set) join(path string) error {
	if s.Y != nil {
		return fmt.Errorf("%s: it has a target already (%s); a labels file needs the target none", s.Name, cmp.Or(s.Target, "its labels"))
	}
	l, err := Load(path, Options{Target: "none"})
	if err != nil {
		return err
	}
	r, c := l.X.Dims()
	if rows, _ := s.X.Dims(); c != 1 || r != rows {
		return fmt.Errorf("%s: %d x %d labels for the %d rows of %s; want one column with as many rows", path, r, c, rows, s.Name)
	}
	d, ok := l.X.(*linalg.Dense)
	if !ok {
		return fmt.Errorf("%s: a sparse matrix; want a dense column of labels", path)
	}
	s.Y, s.Target = d.Data, path
	return nil
}

// quote shows a piece of the input in a message, cut to a readable length.
func quote(b []byte) string {
	const most = 24
	if len(b) > most {
		return fmt.Sprintf("%.*q...", most, b)
	}
	return fmt.Sprintf("%q", b)
}

func hexSum(b []byte) string {
	h := sha256.Sum256(b)
	return hex.EncodeToString(h[:])
}
