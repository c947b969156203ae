package data

import (
	"bytes"
	"io"
	"path/filepath"
	"strings"
)

// detect finds the format by the first bytes; the extension decides between
// the text formats where the content fits more than one.
func detect(in *input) (string, error) {
	b, err := in.r.Peek(sampleSize)
	if err != nil && err != io.EOF {
		return "", in.ioError(err, 1, 1, 0)
	}
	if len(b) == 0 {
		return "", &SyntaxError{File: in.name, Line: 1, Col: 1, Msg: "the input is empty; want one of " + formats()}
	}
	has := func(s string) bool { return bytes.HasPrefix(b, []byte(s)) }
	switch {
	case has(mappedMagic):
		return "dsc", nil
	case has("\x93NUMPY"):
		return "npy", nil
	case has("PK\x03\x04"), has("PK\x05\x06"):
		return "npz", nil
	case has("PAR1"):
		return "parquet", nil
	case has("%%MatrixMarket"):
		return "mtx", nil
	case len(b) >= 4 && b[0] == 0 && b[1] == 0 && idxTypes[b[2]].size != 0 && 0 < b[3] && b[3] < 8:
		return "idx", nil
	case has("\xff\xfe"), has("\xfe\xff"):
		return "", &SyntaxError{File: in.name, Line: 1, Col: 1, Msg: "UTF-16 text; want UTF-8"}
	}
	if i := bytes.IndexByte(b, 0); i >= 0 {
		return "", &SyntaxError{File: in.name, Offset: int64(i), Msg: "binary data in no known format; want one of " + formats()}
	}
	if looksLikeLIBSVM(b) {
		return "libsvm", nil
	}
	switch extension(in.name) {
	case ".svm", ".libsvm", ".svmlight":
		return "libsvm", nil
	case ".tsv":
		return "tsv", nil
	case ".mtx":
		return "mtx", nil
	}
	return "csv", nil
}

// extension is that of the name without the extension of the compression.
func extension(name string) string {
	name = strings.ToLower(name)
	ext := filepath.Ext(name)
	switch ext {
	case ".gz", ".bz2", ".zst":
		ext = filepath.Ext(strings.TrimSuffix(name, ext))
	}
	return ext
}

// looksLikeLIBSVM reports whether the first line of b that has two or more
// words begins with a number and then index:value.
func looksLikeLIBSVM(b []byte) bool {
	b = b[skipBOM(b):]
	for len(b) > 0 {
		line, rest, _ := bytes.Cut(b, []byte("\n"))
		b = rest
		if i := bytes.IndexByte(line, '#'); i >= 0 {
			line = line[:i]
		}
		w := bytes.Fields(line)
		if len(w) == 0 {
			continue
		}
		if len(w) == 1 && isNumber(string(w[0])) {
			continue // a row without entries, or a table of one column
		}
		index, _, colon := bytes.Cut(w[len(w)-1], []byte(":"))
		if !colon {
			return false
		}
		return string(index) == "qid" || len(bytes.Trim(index, "-0123456789")) == 0
	}
	return false
}
