package data

import (
	"bytes"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/godescent/descent/linalg"
)

// A table is delimited text: RFC 4180 with quotes and newlines in them, any of
// tab, semicolon, comma or blanks between fields, with or without a header
// line. Blank lines are skipped.
type table struct {
	in    *input
	opt   Options
	br    *blockReader
	delim byte // ' ' stands for runs of blanks and tabs

	line  int    // of the byte being read
	start int    // index in the block of that line's first byte
	text  []byte // unquoted text of the current field

	names  []string // from the header, else nil
	noName bool     // the header leaves the first column without a name
	ncols  int
	header int // line of the first record, which set ncols
	roles  []role
	hasW   bool               // some column holds the weights
	levels []map[string]int32 // per column: text -> code in order of appearance; nil for numbers

	row     []float64 // features of the current record
	targets []float64 // and its targets
	x       chunks[float64]
	y, w    chunks[float64] // y by records
	records int
}

// What field found.
type status uint8

const (
	whole     status = iota // the field ends inside the block
	open                    // a quote is still open at the end of the block
	malformed               // text after a closing quote
)

func readCSV(in *input, opt Options) (*Set, error) {
	if !slices.Contains([]string{"", "yes", "no"}, opt.Header) {
		return nil, fmt.Errorf("header %q: want yes, no or nothing to detect it", opt.Header)
	}
	n, err := in.count("\n\t;, ")
	if err != nil {
		return nil, err
	}
	t := &table{in: in, opt: opt, br: newBlockReader(in), line: 1}
	b, used, err := t.begin()
	if err != nil {
		return nil, err
	}
	if n != nil {
		// Blanks may pad the fields, but every field has its delimiter or
		// newline, so this is bounded by the size of the file.
		fields := n[0] + 1 + n[strings.IndexByte("\n\t;, ", t.delim)]
		if t.delim == ' ' {
			fields += n[1]
		}
		rows := min(n[0]+1, fields/t.ncols+1)
		t.x = hinted[float64](rows * cap(t.row))
		if k := len(t.targets); k > 0 {
			t.y = hinted[float64](rows * k)
		}
	}
	for {
		used, err = t.block(b, used)
		if err != nil {
			return nil, err
		}
		t.br.line = t.line
		if b, err = t.br.next(used); err == io.EOF {
			break
		}
		if err != nil {
			return nil, err
		}
		used = 0
	}
	if t.records == 0 {
		return nil, t.fail(t.line, 1, "no rows of data after the header")
	}
	return t.set(), nil
}

func (t *table) fail(line, col int, format string, args ...any) error {
	return &SyntaxError{File: t.in.name, Line: line, Col: col, Msg: fmt.Sprintf(format, args...)}
}

// begin reads the first records to find the delimiter, the header and the kind
// of each column. It returns the first block and the index of its first data.
func (t *table) begin() (b []byte, used int, err error) {
	var recs [][]string
	for n := 0; ; n = 0 {
		b, err = t.br.next(n)
		if err == io.EOF {
			return nil, 0, t.fail(1, 1, "the input is empty; want rows of numbers")
		}
		if err != nil {
			return nil, 0, err
		}
		used = skipBOM(b)
		t.detectDelimiter(b[used:])
		recs = t.sample(b[used:], 2)
		if len(recs) == 2 || t.br.eof || len(b) > maxRecord {
			break
		}
	}
	t.start = used
	if len(recs) == 0 {
		if i := t.skipBlank(b, used); i < len(b) {
			_, err = t.skipRecord(b, i)
			return nil, 0, err // an open or malformed quote in the first record
		}
		return nil, 0, t.fail(1, 1, "only blank lines; want rows of numbers")
	}
	first := recs[0]
	t.ncols = len(first)
	hasHeader := t.opt.Header == "yes" || t.opt.Header == "" && looksLikeHeader(recs)
	data := first
	if hasHeader {
		t.names = make([]string, t.ncols)
		for j, n := range first {
			if n = strings.TrimSpace(n); n == "" {
				n = fmt.Sprintf("x%d", j+1)
				t.noName = t.noName || j == 0
			}
			t.names[j] = n
		}
		data = nil
		if len(recs) > 1 {
			data = recs[1]
		}
	}
	if t.roles, err = roles(t.in.name, t.names, t.ncols, t.opt, true); err != nil {
		return nil, 0, err
	}
	t.targets, t.hasW = make([]float64, targetCount(t.roles)), slices.Contains(t.roles, weight)
	t.levels = make([]map[string]int32, t.ncols)
	features := 0
	for j, r := range t.roles {
		if r == feature {
			features++
		}
		if r == target && len(t.targets) == 1 || r == feature && t.opt.Categorical {
			if j < len(data) && !isNumber(data[j]) && !missing(data[j]) {
				t.levels[j] = map[string]int32{}
			}
		}
	}
	t.row = make([]float64, 0, features)
	if hasHeader {
		used, err = t.skipRecord(b, used)
	}
	return b, used, err
}

// detectDelimiter takes the first candidate that splits the first records of b
// into the same number of fields, two or more; failing that, the first that
// splits the first record at all; failing that, a comma.
func (t *table) detectDelimiter(b []byte) {
	if t.opt.Format == "tsv" {
		t.delim = '\t'
		return
	}
	var fallback byte
	for _, t.delim = range []byte("\t;, ") {
		recs := t.sample(b, 20)
		if len(recs) == 0 || len(recs[0]) < 2 {
			continue
		}
		if fallback == 0 {
			fallback = t.delim
		}
		if !slices.ContainsFunc(recs, func(r []string) bool { return len(r) != len(recs[0]) }) {
			return
		}
	}
	if t.delim = fallback; fallback == 0 {
		t.delim = ','
	}
}

// sample returns the fields of up to k whole records of b, nothing of a record
// that is malformed; the parser proper reports what is wrong with it.
func (t *table) sample(b []byte, k int) [][]string {
	defer func(l, s int) { t.line, t.start = l, s }(t.line, t.start)
	var recs [][]string
	for i := 0; len(recs) < k; {
		if i = t.skipBlank(b, i); i == len(b) {
			break
		}
		var rec []string
		for {
			var st status
			if i, st = t.field(b, i); st != whole {
				return recs
			}
			rec = append(rec, string(t.text))
			if i = t.skipDelim(b, i); b[i] == '\n' {
				break
			}
			if t.delim != ' ' {
				i++
			}
		}
		recs = append(recs, rec)
		i++
	}
	return recs
}

// looksLikeHeader compares the first record with the second: a header has text
// above a number, or is all text without repetition.
func looksLikeHeader(recs [][]string) bool {
	first := recs[0]
	texts := map[string]bool{}
	for j, f := range first {
		if isNumber(f) || missing(f) && f != "" {
			continue
		}
		texts[f] = true
		if len(recs) > 1 && j < len(recs[1]) && isNumber(recs[1][j]) {
			return true
		}
	}
	return len(texts) == len(first)
}

func isNumber(s string) bool {
	b := append([]byte(strings.TrimSpace(s)), '\n')
	_, end, ok := parseFloat(b, 0)
	return ok && end == len(b)-1
}

// skipBlank skips blank lines from the start of a line.
func (t *table) skipBlank(b []byte, i int) int {
	for i < len(b) {
		j := i
		for b[j] == ' ' || b[j] == '\r' || b[j] == '\t' && t.delim != '\t' {
			j++
		}
		if b[j] != '\n' {
			break
		}
		i = j + 1
		t.newline(i)
	}
	return i
}

// newline notes that a line begins at b[i].
func (t *table) newline(i int) {
	t.line++
	t.start = i
}

// skipDelim moves from the end of a field to its delimiter or newline; when
// blanks delimit, to the next field or newline.
func (t *table) skipDelim(b []byte, i int) int {
	for b[i] == ' ' || b[i] == '\r' && b[i+1] == '\n' || b[i] == '\t' && t.delim != '\t' {
		i++
	}
	return i
}

// field reads the text of the field at b[i:] into t.text, blanks around it and
// quotes removed, and returns the index after it.
func (t *table) field(b []byte, i int) (int, status) {
	for b[i] == ' ' || b[i] == '\t' && t.delim != '\t' {
		i++
	}
	if b[i] != '"' {
		j := i
		for b[j] != '\n' && b[j] != t.delim && (t.delim != ' ' || b[j] != '\t') {
			j++
		}
		t.text = append(t.text[:0], bytes.TrimRight(b[i:j], " \t\r")...)
		return j, whole
	}
	t.text = t.text[:0]
	for i++; ; i++ {
		j := bytes.IndexByte(b[i:], '"')
		if j < 0 {
			return i, open
		}
		for nl := i; nl < i+j; nl++ {
			if b[nl] == '\n' {
				t.newline(nl + 1)
			}
		}
		t.text = append(t.text, b[i:i+j]...)
		i += j + 1
		if i == len(b) {
			return i, open
		}
		if b[i] != '"' {
			break
		}
		t.text = append(t.text, '"')
	}
	if j := t.skipDelim(b, i); b[j] != t.delim && b[j] != '\n' && (t.delim != ' ' || j == i) {
		return i, malformed
	}
	return i, whole
}

// skipRecord skips the header, which sample has read before.
func (t *table) skipRecord(b []byte, i int) (int, error) {
	i = t.skipBlank(b, i)
	t.header = t.line
	for {
		line, col := t.line, i-t.start+1
		var st status
		if i, st = t.field(b, i); st != whole {
			return 0, t.badQuote(line, col, st)
		}
		if i = t.skipDelim(b, i); b[i] == '\n' {
			t.newline(i + 1)
			return i + 1, nil
		}
		if t.delim != ' ' {
			i++
		}
	}
}

func (t *table) badQuote(line, col int, st status) error {
	if st == open {
		return t.fail(line, col, "a quote is opened here and never closed")
	}
	return t.fail(line, col, "text after the closing quote of this field; want the delimiter %q or the end of the line", t.delim)
}

// maxRecord bounds a record with an open quote.
const maxRecord = 1 << 24

// block parses the records of b[i:] and returns how far it came: to the end,
// or to the start of a record whose quoted field goes on in the next block.
func (t *table) block(b []byte, i int) (int, error) {
	t.start = i
	for {
		if i = t.skipBlank(b, i); i == len(b) {
			return i, nil
		}
		rec, line := i, t.line
		if t.header == 0 {
			t.header = line
		}
		next, st, err := t.record(b, i)
		if err != nil {
			return 0, err
		}
		if st == open {
			if t.br.eof || len(b)-rec > maxRecord {
				return 0, t.badQuote(t.line, i-t.start+1, open)
			}
			t.line = line
			return rec, nil
		}
		i = next
	}
}

// record parses one record and stores it if it is whole.
func (t *table) record(b []byte, i int) (int, status, error) {
	t.row = t.row[:0]
	var w float64
	for j := 0; ; j++ {
		line, at, start := t.line, i, t.start
		number := i
		var x float64
		numeric, filled := false, false
		if j < t.ncols && t.levels[j] == nil && t.roles[j] != dropped {
			// The common case: a number and its delimiter, no copy.
			for b[i] == ' ' || b[i] == '\t' && t.delim != '\t' {
				i++
			}
			number = i
			if v, k, ok := parseFloat(b, i); ok {
				end := b[k]
				if end == t.delim || end == '\n' || end == '\r' && b[k+1] == '\n' || end <= ' ' && t.blankTail(b, k) {
					x, i, numeric, filled = v, k, v-v == 0, true
				}
			}
		}
		if !filled {
			var st status
			if i, st = t.field(b, at); st == open {
				return 0, open, nil
			} else if st == malformed {
				return 0, st, t.badQuote(line, at-start+1, st)
			}
		}
		if j >= t.ncols {
			return 0, whole, t.fail(line, at-start+1, "field %d; want %d as in line %d", j+1, t.ncols, t.header)
		}
		if !numeric && t.roles[j] != dropped {
			if filled { // an overflow
				t.text = append(t.text[:0], b[number:i]...)
			}
			var err error
			if x, err = t.value(j, line, at-start+1); err != nil {
				return 0, whole, err
			}
		}
		switch r := t.roles[j]; {
		case r == feature:
			t.row = append(t.row, x)
		case r >= target:
			t.targets[r-target] = x
		case r == weight:
			if w = x; w < 0 {
				return 0, whole, t.fail(line, at-start+1, "weight %v; want at least 0", w)
			}
		}
		if i = t.skipDelim(b, i); b[i] == '\n' {
			if j+1 < t.ncols {
				return 0, whole, t.fail(t.line, i-t.start+1, "the row ends after %d fields; want %d as in line %d", j+1, t.ncols, t.header)
			}
			break
		}
		if t.delim != ' ' {
			i++
		}
	}
	t.x.pushAll(t.row)
	t.y.pushAll(t.targets)
	if t.hasW {
		t.w.push(w)
	}
	t.records++
	t.newline(i + 1)
	return i + 1, whole, nil
}

// blankTail reports whether only blanks stand between b[i] and the delimiter.
func (t *table) blankTail(b []byte, i int) bool {
	if t.delim == ' ' {
		return b[i] == '\t'
	}
	i = t.skipDelim(b, i)
	return b[i] == t.delim || b[i] == '\n'
}

// value turns the text of a field into a number or the code of a level.
func (t *table) value(j, line, col int) (float64, error) {
	where := "column " + describe(t.names, j)
	s := string(t.text)
	if missing(s) {
		return 0, t.fail(line, col, "%s: missing value (%q); fill it in, or leave out the row or the column", where, s)
	}
	if m := t.levels[j]; m != nil {
		k, ok := m[s]
		if !ok {
			k = int32(len(m))
			m[s] = k
		}
		return float64(k), nil
	}
	b := append([]byte(s), '\n')
	if x, end, ok := parseFloat(b, 0); ok && end == len(s) { // a quoted number
		if x-x == 0 {
			return x, nil
		}
		return 0, t.fail(line, col, "%s: %s overflows a 64-bit float", where, quote(t.text))
	}
	switch {
	case notFinite(t.text):
		return 0, t.fail(line, col, "%s: %s; want a finite number", where, quote(t.text))
	case t.records > 0:
		return 0, t.fail(line, col, "%s: %s; want a number, as in the rows before", where, quote(t.text))
	case t.opt.Categorical || t.roles[j] != feature:
		return 0, t.fail(line, col, "%s: %s; want a number", where, quote(t.text))
	}
	return 0, t.fail(line, col, "%s is text (for example %s); want numbers: one-hot encode it with the categorical option or drop the column", where, quote(t.text))
}

// set builds the Set.
func (t *table) set() *Set {
	s := &Set{Features: pick(t.names, t.roles, feature)}
	s.nameTargets(t.names, t.roles)
	if k := len(t.targets); k > 0 {
		s.Y = byTarget(t.y.slice(), k)
	}
	var text []map[string]int32 // of the feature columns
	for j, r := range t.roles {
		switch {
		case r == feature:
			text = append(text, t.levels[j])
		case r == target && t.levels[j] != nil:
			var rank []int
			s.Classes, rank = sortLevels(t.levels[j])
			for i, c := range s.Y {
				s.Y[i] = float64(rank[int(c)])
			}
		case r == weight:
			s.Weights = t.w.slice()
		}
	}
	if t.noName && t.roles[0] == feature {
		s.Warnings = append(s.Warnings, "column 1 has no name and is used as a feature; drop it if it numbers the rows")
	}
	x := &linalg.Dense{Rows: t.records, Cols: len(text), Data: t.x.slice()}
	if slices.ContainsFunc(text, func(m map[string]int32) bool { return m != nil }) {
		s.X, s.Features = oneHot(x, s.Features, text)
	} else {
		s.X = x
	}
	return s
}

// sortLevels returns the levels in order and the rank of each code.
func sortLevels(m map[string]int32) (levels []string, rank []int) {
	for l := range m {
		levels = append(levels, l)
	}
	slices.Sort(levels)
	rank = make([]int, len(levels))
	for i, l := range levels {
		rank[m[l]] = i
	}
	return levels, rank
}

// oneHot replaces each column of codes in x by one 0/1 column per level.
func oneHot(x *linalg.Dense, names []string, text []map[string]int32) (*linalg.CSR, []string) {
	var out []string
	first := make([]int, x.Cols) // of the columns that stand for column j
	ranks := make([][]int, x.Cols)
	for j, m := range text {
		first[j] = len(out)
		name := fmt.Sprintf("x%d", j+1)
		if names != nil {
			name = names[j]
		}
		if m == nil {
			out = append(out, name)
			continue
		}
		var levels []string
		levels, ranks[j] = sortLevels(m)
		for _, l := range levels {
			out = append(out, name+"="+l)
		}
	}
	nnz, ones := 0, true
	for i, v := range x.Data {
		if ranks[i%x.Cols] != nil {
			nnz++
		} else if v != 0 {
			nnz++
			ones = ones && v == 1
		}
	}
	a := &linalg.CSR{Rows: x.Rows, Cols: len(out), Ptr: make([]int, 1, x.Rows+1), Idx: make([]int32, 0, nnz)}
	if !ones {
		a.Val = make([]float64, 0, nnz)
	}
	for i := range x.Rows {
		for j, v := range x.Data[i*x.Cols : (i+1)*x.Cols] {
			k := first[j]
			if r := ranks[j]; r != nil {
				k, v = k+r[int(v)], 1
			} else if v == 0 {
				continue
			}
			a.Idx = append(a.Idx, int32(k))
			if !ones {
				a.Val = append(a.Val, v)
			}
		}
		a.Ptr = append(a.Ptr, len(a.Idx))
	}
	return a, out
}
