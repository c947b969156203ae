package data

import (
	"archive/zip"
	"bytes"
	"compress/gzip"
	"encoding/binary"
	"errors"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/klauspost/compress/zstd"
	"github.com/parquet-go/parquet-go"
)

// npy builds an NPY file; values is written little-endian unless it is bytes.
func npy(descr, order, shape string, values any) []byte {
	head := fmt.Sprintf("{'descr': '%s', 'fortran_order': %s, 'shape': %s, }", descr, order, shape)
	head += strings.Repeat(" ", 63-(10+len(head))%64) + "\n"
	b := []byte("\x93NUMPY\x01\x00")
	b = binary.LittleEndian.AppendUint16(b, uint16(len(head)))
	b = append(b, head...)
	if raw, ok := values.([]byte); ok {
		return append(b, raw...)
	}
	b, err := binary.Append(b, binary.LittleEndian, values)
	if err != nil {
		panic(err)
	}
	return b
}

func npzOf(members map[string][]byte, order ...string) []byte {
	var b bytes.Buffer
	z := zip.NewWriter(&b)
	for _, n := range order {
		w, err := z.Create(n + ".npy")
		if err == nil {
			_, err = w.Write(members[n])
		}
		if err != nil {
			panic(err)
		}
	}
	if err := z.Close(); err != nil {
		panic(err)
	}
	return b.Bytes()
}

func TestNPY(t *testing.T) {
	none := Options{Target: "none"}
	cases := []struct {
		name string
		b    []byte
		opt  Options
		x, y string
	}{
		{"f8", npy("<f8", "False", "(2, 3)", []float64{1, 2, 3, 4, 5, 6}), Options{}, "1 2\n4 5\n", "[3 6]"},
		{"fortran", npy("<f8", "True", "(2, 3)", []float64{1, 4, 2, 5, 3, 6}), Options{}, "1 2\n4 5\n", "[3 6]"},
		{"target and weights", npy("<f8", "False", "(2, 3)", []float64{1, 2, 3, 4, 5, 6}), Options{Target: "1", Weights: "3"}, "2\n5\n", "[1 4]"},
		{"f4", npy("<f4", "False", "(1, 2)", []float32{1.5, -2}), none, "1.5 -2\n", "[]"},
		{"big-endian i2", npy(">i2", "False", "(1, 2L)", []byte{0xff, 0xfe, 0, 3}), none, "-2 3\n", "[]"},
		{"i1", npy("|i1", "False", "(2,)", []int8{-1, 2}), none, "-1\n2\n", "[]"},
		{"i4", npy("<i4", "False", "(2,)", []int32{-1 << 31, 2}), none, "-2.147483648e+09\n2\n", "[]"},
		{"i8", npy("<i8", "False", "(2,)", []int64{-7, 2}), none, "-7\n2\n", "[]"},
		{"u1", npy("|u1", "False", "(2,)", []byte{255, 2}), none, "255\n2\n", "[]"},
		{"u2", npy("<u2", "False", "(1,)", []uint16{65535}), none, "65535\n", "[]"},
		{"u4", npy("<u4", "False", "(1,)", []uint32{1 << 31}), none, "2.147483648e+09\n", "[]"},
		{"u8", npy("<u8", "False", "(1,)", []uint64{1 << 63}), none, "9.223372036854776e+18\n", "[]"},
		{"b1", npy("|b1", "False", "(2,)", []byte{1, 0}), none, "1\n0\n", "[]"},
		{"images", npy("|u1", "False", "(2, 2, 2)", []byte{1, 2, 3, 4, 5, 6, 7, 8}), Options{}, "1 2 3 4\n5 6 7 8\n", "[]"},
		{"npz", npzOf(map[string][]byte{"X": npy("<f8", "False", "(2, 1)", []float64{1, 2}), "y": npy("<i8", "False", "(2,)", []int64{5, 6})}, "y", "X"), Options{}, "1\n2\n", "[5 6]"},
		{"npz target", npzOf(map[string][]byte{"data": npy("<f8", "False", "(2, 1)", []float64{1, 2}), "age": npy("<i8", "False", "(2,)", []int64{5, 6})}, "data", "age"), Options{Target: "age"}, "1\n2\n", "[5 6]"},
		{"npz alone", npzOf(map[string][]byte{"a": npy("<f8", "False", "(2, 2)", []float64{1, 2, 3, 4})}, "a"), Options{}, "1\n3\n", "[2 4]"},
		{"scipy csr", npzOf(sparseMembers("csr"), "indices", "indptr", "format", "shape", "data"), Options{}, "0 7 0\n0 0 0\n9 0 8\n", "[]"},
		{"scipy csc", npzOf(sparseMembers("csc"), "indices", "indptr", "format", "shape", "data"), Options{}, "0 7 0\n0 0 0\n9 0 8\n", "[]"},
		{"scipy coo", npzOf(sparseMembers("coo"), "row", "col", "format", "shape", "data"), Options{}, "0 7 0\n0 0 0\n9 0 8\n", "[]"},
		{"idx", append([]byte{0, 0, 8, 3, 0, 0, 0, 2, 0, 0, 0, 1, 0, 0, 0, 2}, 1, 2, 3, 255), Options{}, "1 2\n3 255\n", "[]"},
		{"idx f4", []byte{0, 0, 0xd, 1, 0, 0, 0, 1, 0x3f, 0xc0, 0, 0}, Options{}, "1.5\n", "[]"},
	}
	for _, c := range cases {
		// Once as a stream, once as a file, once compressed.
		file := filepath.Join(t.TempDir(), "x")
		if err := os.WriteFile(file, c.b, 0o644); err != nil {
			t.Fatal(err)
		}
		stream, err := Read(bytes.NewReader(c.b), "t", c.opt)
		if err != nil {
			t.Errorf("%s: %v", c.name, err)
			continue
		}
		loaded, err := Load(file, c.opt)
		if err != nil {
			t.Errorf("%s: %v", c.name, err)
			continue
		}
		zipped, err := Read(bytes.NewReader(gz(c.b)), "t", c.opt)
		if err != nil {
			t.Errorf("%s: %v", c.name, err)
			continue
		}
		if stream.SHA256 != hexSum(c.b) || loaded.SHA256 != hexSum(c.b) || zipped.SHA256 != hexSum(gz(c.b)) {
			t.Errorf("%s: wrong checksum", c.name)
		}
		for _, s := range []*Set{stream, loaded, zipped} {
			if err := consistent(s); err != nil {
				t.Errorf("%s: %v", c.name, err)
			}
			if got := dense(s.X); got != c.x || fmt.Sprint(s.Y) != c.y {
				t.Errorf("%s: y %v, X =\n%swant %s\n%s", c.name, s.Y, got, c.y, c.x)
			}
		}
	}
}

// sparseMembers is the matrix (0 7 0; 0 0 0; 9 0 8) as scipy stores it.
func sparseMembers(format string) map[string][]byte {
	m := map[string][]byte{
		"format": npy("|S3", "False", "()", []byte(format)),
		"shape":  npy("<i8", "False", "(2,)", []int64{3, 3}),
		"data":   npy("<f8", "False", "(3,)", []float64{7, 8, 9}), // the last row unsorted
	}
	i4 := func(v ...int32) []byte { return npy("<i4", "False", fmt.Sprintf("(%d,)", len(v)), v) }
	switch format {
	case "csr":
		m["indices"], m["indptr"] = i4(1, 2, 0), i4(0, 1, 1, 3)
	case "csc":
		m["data"] = npy("<f8", "False", "(3,)", []float64{9, 7, 8})
		m["indices"], m["indptr"] = i4(2, 0, 2), i4(0, 1, 2, 3)
	case "coo":
		m["row"], m["col"] = i4(0, 2, 2), i4(1, 2, 0)
	}
	return m
}

func gz(b []byte) []byte {
	var out bytes.Buffer
	w := gzip.NewWriter(&out)
	w.Write(b)
	w.Close()
	return out.Bytes()
}

func TestBinaryErrors(t *testing.T) {
	f8 := func(shape string) []byte { return npy("<f8", "False", shape, []float64{1, 2}) }
	bad := func(csr map[string][]byte, name string, b []byte) []byte {
		csr[name] = b
		return npzOf(csr, "data", "indices", "indptr", "shape", "format")
	}
	cases := []struct {
		b    []byte
		want string
	}{
		{f8("(3,)"), "t: byte 144: the input ends in element 1 of 3"},
		{f8("(1,)"), "t: byte 136: bytes after the last element"},
		{f8("(99999999999, 99999999)"), "want a matrix that is not empty and fits a file"},
		{f8("(281474976710655,)"), "shape: size"},
		{f8("(100000000000,)"), "the input ends in element 1 of 100000000000"},
		{f8("(0, 2)"), "want a matrix that is not empty"},
		{f8("()"), "a single number; want an array"},
		{f8("(-1,)"), `shape: size "-1"; want`},
		{f8("(1,,2)"), `shape: size ""`},
		{npy("<c16", "False", "(1,)", []float64{1, 2}), `elements of type "<c16"; want bool, integers`},
		{npy("|O", "False", "(1,)", []byte{}), `elements of type "|O"`},
		{npy("<f8", "Maybe", "(1,)", []float64{1}), "fortran_order: want True or False"},
		{npy("<f8", "True", "(1,1,1)", []float64{1}), "3 dimensions in Fortran order"},
		{npy("<f8", "False", "(2,)", []float64{1, math.NaN()}), "t: byte 136: element 2 is NaN; want a finite number"},
		{npy("<f4", "False", "(1,)", []float32{float32(math.Inf(-1))}), "t: byte 128: element 1 is -Inf"},
		{[]byte("\x93NUMPY\x01\x00"), "t: byte 8: the input ends in the header"},
		{[]byte("\x93NUMPY\x09\x00\x00\x00"), "t: byte 6: version 9 of the format"},
		{[]byte("\x93NUMPY\x02\x00\xff\xff\xff\xff"), "a header of 4294967295 bytes; want at most 65536"},
		{[]byte("\x93NUMPY\x01\x00\x05\x00{'a':"), `header: key "a"; want descr`},
		{[]byte("\x93NUMPY\x01\x00\x02\x00{}"), "header: want descr, fortran_order and shape"},
		{[]byte("PK\x03\x04junk"), "t: byte 0: zip archive: "},
		{npzOf(map[string][]byte{"a": f8("(2,)"), "b": f8("(2,)")}, "a", "b"), "t: arrays a, b; want X (or data) and y (or target)"},
		{npzOf(map[string][]byte{"X": f8("(3,)"), "y": f8("(2,)")}, "X", "y"), "t:X.npy: byte 144: the input ends in element"},
		{npzOf(map[string][]byte{"X": npy("<f8", "False", "(1,)", []float64{1}), "y": f8("(2,)")}, "X", "y"), "array y is 2 x 1; want one column of 1 rows"},
		{bad(sparseMembers("csr"), "shape", npy("<i8", "False", "(2,)", []int64{3, 2})), "t:indices.npy: element 2 is 2; want a whole number from 0 to 1"},
		{bad(sparseMembers("csr"), "shape", npy("<i8", "False", "(2,)", []int64{4, 3})), "t:indptr.npy: want 5 increasing numbers from 0 to 3"},
		{bad(sparseMembers("csr"), "indptr", npy("<i4", "False", "(4,)", []int32{0, 2, 1, 3})), "t:indptr.npy: want 4 increasing numbers"},
		{bad(sparseMembers("csr"), "indices", npy("<i4", "False", "(2,)", []int32{1, 2})), "t: 2 indices for 3 values"},
		{bad(sparseMembers("csr"), "format", npy("|S3", "False", "()", []byte("bsr"))), `sparse format "bsr"; want csr, csc or coo`},
		{[]byte{0, 0, 8, 1, 0, 0, 0, 3, 1, 2}, "t: byte 10: the input ends in element 1 of 3"},
		{[]byte{0, 0, 8, 1, 0, 0, 0, 1, 1, 2}, "t: byte 9: bytes after the last element"},
		{[]byte{0, 0, 8, 4, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255}, "want a matrix that is not empty and fits a file"},
		{[]byte{0, 0, 8, 2, 255, 255}, "t: byte 6: the input ends in the header"},
		{[]byte("PAR1\x15\x04"), "6 bytes; want at least 12"},
		{[]byte("PAR1........\xff\xff\xff\xffPAR1"), "a footer of 4294967295 bytes in a file of 20"},
		{[]byte("PAR1........\x04\x00\x00\x00PAR1"), "t"},
	}
	for i, c := range cases {
		_, err := Read(bytes.NewReader(c.b), "t", Options{})
		if err == nil || !strings.HasPrefix(err.Error(), "t:") || !strings.Contains(err.Error(), c.want) {
			t.Errorf("case %d: got %v\nwant %s", i, err, c.want)
		}
	}
}

// TestLabels joins images and labels kept in two files.
func TestLabels(t *testing.T) {
	dir := t.TempDir()
	write := func(name string, b ...byte) string {
		file := filepath.Join(dir, name)
		if err := os.WriteFile(file, b, 0o644); err != nil {
			t.Fatal(err)
		}
		return file
	}
	images := write("images", 0, 0, 8, 2, 0, 0, 0, 2, 0, 0, 0, 1, 10, 20)
	labels := write("labels.gz", gz([]byte{0, 0, 8, 1, 0, 0, 0, 2, 7, 3})...)
	three := write("three", 0, 0, 8, 1, 0, 0, 0, 3, 7, 3, 1)
	s, err := Load(images, Options{Labels: labels})
	if err != nil || fmt.Sprint(s.Y) != "[7 3]" || dense(s.X) != "10\n20\n" {
		t.Errorf("%v, %+v", err, s)
	}
	if _, err = Load(images, Options{Labels: three}); err == nil || !strings.Contains(err.Error(), "3 x 1 labels for the 2 rows of") {
		t.Errorf("three labels: %v", err)
	}
	if _, err = Load("iris", Options{Labels: three}); err == nil {
		t.Error("labels that do not fit were joined to a table")
	}
	if _, err = Load("heart-scale", Options{Labels: three}); err == nil || !strings.Contains(err.Error(), "it has a target already") {
		t.Errorf("labels for LIBSVM: %v", err)
	}
}

type parquetRow struct {
	A   float64 `parquet:"a"`
	B   int32   `parquet:"b"`
	C   bool    `parquet:"c"`
	S   string  `parquet:"s,dict"`
	U   uint32  `parquet:"u"`
	F   float32 `parquet:"f"`
	Opt *int64  `parquet:"opt,optional,zstd"`
}

func parquetOf[T any](rows []T) []byte {
	var b bytes.Buffer
	w := parquet.NewGenericWriter[T](&b, parquet.MaxRowsPerRowGroup(2))
	if _, err := w.Write(rows); err != nil {
		panic(err)
	}
	if err := w.Close(); err != nil {
		panic(err)
	}
	return b.Bytes()
}

func parquetSeed() []byte {
	n := int64(9)
	return parquetOf([]parquetRow{{1, 2, true, "x", 3e9, .5, &n}, {3, -4, false, "w", 0, -1, &n}, {5, 6, true, "x", 1, 2, &n}})
}

func TestParquet(t *testing.T) {
	b := parquetSeed()
	s, err := Read(bytes.NewReader(b), "t", Options{Drop: []string{"s"}, Target: "b"})
	if err != nil {
		t.Fatal(err)
	}
	if got, want := dense(s.X), "1 1 3e+09 0.5 9\n3 0 0 -1 9\n5 1 1 2 9\n"; got != want {
		t.Errorf("X =\n%swant\n%s", got, want)
	}
	if fmt.Sprintf("%v %v %s %s", s.Y, s.Features, s.Target, s.Format) != "[2 -4 6] [a c u f opt] b parquet" {
		t.Errorf("%v %v %s %s", s.Y, s.Features, s.Target, s.Format)
	}
	s, err = Read(bytes.NewReader(b), "t", Options{Drop: []string{"a", "b", "c", "f", "opt"}, Target: "none", Weights: "u", Categorical: true})
	if err != nil {
		t.Fatal(err)
	}
	if fmt.Sprint(s.Features, s.Weights) != "[s=w s=x] [3e+09 0 1]" || dense(s.X) != "0 1\n1 0\n0 1\n" {
		t.Errorf("%v %v %s", s.Features, s.Weights, dense(s.X))
	}
	s, err = Read(bytes.NewReader(b), "t", Options{Target: "s"})
	if err != nil || fmt.Sprint(s.Y, s.Classes) != "[1 0 1] [w x]" {
		t.Errorf("%v %+v", err, s)
	}
	type nested struct {
		A []float64 `parquet:"a"`
		Y float64   `parquet:"y"`
	}
	for _, c := range []struct {
		b    []byte
		opt  Options
		want string
	}{
		{b, Options{}, "t: column 4 (s) is text; want numbers: one-hot encode it with the categorical option or drop the column"},
		{b, Options{Target: "z", Drop: []string{"s"}}, `t: target "z": no such column; want a number from 1 to 7`},
		{parquetOf([]parquetRow{{}, {}, {}}), Options{Drop: []string{"s"}, Target: "a"}, "t: row 1, column 7 (opt): null; fill it in"},
		{parquetOf([]parquetRow{{}, {}, {A: math.NaN()}}), Options{Drop: []string{"s"}}, "t: row 3, column 1 (a): NaN; want a finite number"},
		{parquetOf([]nested{{[]float64{1}, 2}}), Options{}, "t: column 1 (a) is nested or repeated"},
		{b[:len(b)-9], Options{}, "t: byte"},
	} {
		if _, err := Read(bytes.NewReader(c.b), "t", c.opt); err == nil || !strings.HasPrefix(err.Error(), c.want) {
			t.Errorf("got %v\nwant %s", err, c.want)
		}
	}
}

func TestCompression(t *testing.T) {
	const text = "1,2,3\n4,5,6\n"
	enc, err := zstd.NewWriter(nil)
	if err != nil {
		t.Fatal(err)
	}
	zst := enc.EncodeAll([]byte(text), nil)
	// The text above, by bzip2: the standard library has no encoder.
	bz, err := os.ReadFile("testdata/table.csv.bz2")
	if err != nil {
		t.Fatal(err)
	}
	long := gz([]byte(strings.Repeat(text, 50000)))
	bomb := gz(make([]byte, 1<<24))
	for name, b := range map[string][]byte{"gzip": gz([]byte(text)), "two members": append(gz([]byte(text[:6])), gz([]byte(text[6:]))...), "zstd": zst, "bzip2": bz} {
		s, err := Read(bytes.NewReader(b), "t", Options{})
		if err != nil || dense(s.X) != "1 2\n4 5\n" || s.SHA256 != hexSum(b) {
			t.Errorf("%s: %v, %+v", name, err, s)
		}
		// Cut anywhere, it is an error with a place; never a shorter table.
		for n := 4; n < len(b); n++ {
			if name == "two members" && n == len(gz([]byte(text[:6]))) {
				continue // a whole file by itself
			}
			_, err := Read(bytes.NewReader(b[:n]), "t", Options{})
			var se *SyntaxError
			if !errors.As(err, &se) {
				t.Errorf("%s cut after %d bytes: %v", name, n, err)
			}
		}
	}
	_, err = Read(bytes.NewReader(long[:len(long)/2]), "t", Options{})
	if err == nil || !strings.Contains(err.Error(), "the compressed data ends early (truncated file?)") || strings.HasPrefix(err.Error(), "t:1:") {
		t.Errorf("long: %v", err)
	}
	var stored bytes.Buffer
	w, _ := gzip.NewWriterLevel(&stored, gzip.NoCompression)
	w.Write([]byte(text))
	w.Close()
	cut := stored.Bytes()[:10+5+8] // header, block header, one line and two bytes
	if _, err = Read(bytes.NewReader(cut), "t", Options{Format: "csv"}); err == nil || !strings.HasPrefix(err.Error(), "t:2:3: ") {
		t.Errorf("cut in line 2: %v", err)
	}
	damaged := bytes.Clone(long)
	damaged[len(damaged)-6] ^= 1
	if _, err = Read(bytes.NewReader(damaged), "t", Options{}); err == nil || !strings.Contains(err.Error(), "damaged compressed data: gzip: invalid checksum") {
		t.Errorf("damaged: %v", err)
	}
	if _, err = Read(bytes.NewReader(bomb), "t", Options{}); err == nil {
		t.Error("zeros were read as a table")
	}
}

func FuzzNPY(f *testing.F) {
	f.Add(npy("<f8", "False", "(2, 3)", []float64{1, 2, 3, 4, 5, 6}))
	f.Add(npy(">i2", "True", "(2, 2)", []byte{1, 2, 3, 4, 5, 6, 7, 8}))
	f.Fuzz(func(t *testing.T, b []byte) { check(t, b, Options{Format: "npy"}) })
}

func FuzzNPZ(f *testing.F) {
	for _, format := range []string{"csr", "csc", "coo"} {
		f.Add(npzOf(sparseMembers(format), "indices", "indptr", "row", "col", "format", "shape", "data"))
	}
	f.Add(npzOf(map[string][]byte{"X": npy("<f8", "False", "(2, 1)", []float64{1, 2}), "y": npy("<i8", "False", "(2,)", []int64{5, 6})}, "X", "y"))
	f.Fuzz(func(t *testing.T, b []byte) { check(t, b, Options{Format: "npz"}) })
}

// FuzzSparse fuzzes the arrays of a scipy archive, past the checksums of zip.
func FuzzSparse(f *testing.F) {
	f.Add("csr", []byte{1, 2, 0}, []byte{0, 1, 1, 3}, []byte{3, 3}, []byte{7, 8, 9})
	f.Add("csc", []byte{2, 0, 2}, []byte{0, 1, 2, 3}, []byte{3, 3}, []byte{9, 7, 8})
	f.Add("coo", []byte{0, 2, 2}, []byte{1, 2, 0}, []byte{3, 3}, []byte{7, 8, 9})
	f.Fuzz(func(t *testing.T, format string, a, p, shape, v []byte) {
		u1 := func(v []byte) []byte { return npy("|i1", "False", fmt.Sprintf("(%d,)", len(v)), v) }
		m := map[string][]byte{"format": npy("|S3", "False", "()", []byte(format)), "shape": u1(shape), "data": u1(v)}
		names := [2]string{"indices", "indptr"}
		if format == "coo" {
			names = [2]string{"row", "col"}
		}
		m[names[0]], m[names[1]] = u1(a), u1(p)
		check(t, npzOf(m, "format", "shape", "data", names[0], names[1]), Options{})
	})
}

func FuzzParquet(f *testing.F) {
	f.Add(parquetSeed(), true)
	f.Fuzz(func(t *testing.T, b []byte, categorical bool) {
		check(t, b, Options{Format: "parquet", Categorical: categorical})
	})
}

func FuzzIDX(f *testing.F) {
	f.Add([]byte{0, 0, 8, 3, 0, 0, 0, 2, 0, 0, 0, 1, 0, 0, 0, 2, 1, 2, 3, 4})
	f.Add([]byte{0, 0, 0xd, 1, 0, 0, 0, 1, 0x3f, 0xc0, 0, 0})
	f.Fuzz(func(t *testing.T, b []byte) { check(t, b, Options{Format: "idx"}) })
}

// FuzzDetect fuzzes what stands before every format: compression and detection.
func FuzzDetect(f *testing.F) {
	f.Add(gz([]byte("1,2\n3,4\n")))
	f.Add([]byte("1 1:1 2:2\n"))
	f.Add([]byte{0, 0, 8, 1, 0, 0, 0, 1, 7})
	f.Fuzz(func(t *testing.T, b []byte) { check(t, b, Options{Target: "none"}) })
}
