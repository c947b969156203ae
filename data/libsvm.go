package data

import (
	"bytes"
	"fmt"
	"io"
	"math"

	"github.com/godescent/descent/linalg"
)

// svmParser reads LIBSVM (svmlight) text,
//
//	label [qid:n] index:value index:value ... [# comment]
//
// one row per line, indices from 1 and strictly increasing. A query id is
// checked and left out, zero values are not stored, and if every stored value
// is 1 none is kept (Val == nil).
type svmParser struct {
	in        *input
	zeroBased bool
	line      int

	y   chunks[float64]
	ptr chunks[int]
	idx chunks[int32]
	val chunks[float64] // chunk for chunk like idx; unused while ones
	nnz int
	max int // greatest index seen, 0-based

	ones bool // every value so far is 1
	qid  bool
}

// newSVMParser refuses options that do not apply to LIBSVM files.
func newSVMParser(in *input, opt Options) (*svmParser, error) {
	switch {
	case opt.Target != "" && opt.Target != "none":
		return nil, fmt.Errorf("%s: target %q: LIBSVM rows begin with their label; want none or nothing", in.name, opt.Target)
	case opt.Weights != "" || len(opt.Drop) > 0:
		return nil, fmt.Errorf("%s: LIBSVM files have no named columns to drop or to use as weights", in.name)
	case opt.Cols < 0 || opt.Cols > math.MaxInt32:
		return nil, fmt.Errorf("%d columns: want 0 to %d", opt.Cols, math.MaxInt32)
	}
	return &svmParser{in: in, zeroBased: opt.ZeroBased, line: 1, max: -1, ones: true}, nil
}

func readLIBSVM(in *input, opt Options) (*Set, error) {
	p, err := newSVMParser(in, opt)
	if err != nil {
		return nil, err
	}
	n, err := in.count("\n:")
	if err != nil {
		return nil, err
	}
	if n != nil {
		p.y = hinted[float64](n[0] + 1)
		p.ptr = hinted[int](n[0] + 2)
		p.idx = hinted[int32](n[1])
	}
	p.ptr.push(0)
	if err := p.parse(func() error { return nil }); err != nil {
		return nil, err
	}
	rows := p.y.len()
	if rows == 0 {
		return nil, p.noRows()
	}
	x := &linalg.CSR{Rows: rows, Cols: max(p.max+1, opt.Cols), Ptr: p.ptr.slice(), Idx: p.idx.slice()}
	if !p.ones {
		x.Val = p.val.slice()
	}
	s := &Set{X: x, Warnings: p.warnings(x.Dims())}
	if opt.Target == "" {
		s.Y = p.y.slice()
	}
	return s, nil
}

// parse reads the input, and calls after for each block of whole lines.
func (p *svmParser) parse(after func() error) error {
	br := newBlockReader(p.in)
	for used := 0; ; {
		b, err := br.next(used)
		if err == io.EOF {
			return nil
		}
		if err != nil {
			return err
		}
		if br.line == 1 && used == 0 {
			used = skipBOM(b)
		} else {
			used = 0
		}
		if err := p.block(b, used); err != nil {
			return err
		}
		if err := after(); err != nil {
			return err
		}
		used, br.line = len(b), p.line
	}
}

func (p *svmParser) noRows() error {
	return &SyntaxError{File: p.in.name, Line: p.line, Col: 1, Msg: "no rows; want lines of the form label index:value ..."}
}

// warnings says what was accepted in a file of that many rows and columns.
func (p *svmParser) warnings(rows, cols int) (w []string) {
	if p.qid {
		w = append(w, "query ids (qid) were left out")
	}
	if cols > 1000*(p.nnz+rows)+1e6 {
		w = append(w, fmt.Sprintf("the largest index makes %d columns for %d entries; is it a typing error?", cols, p.nnz))
	}
	return w
}

// skipBOM returns the length of a UTF-8 byte order mark at the start of b.
func skipBOM(b []byte) int {
	if bytes.HasPrefix(b, []byte("\xef\xbb\xbf")) {
		return 3
	}
	return 0
}

// block parses the whole lines b[i:].
func (p *svmParser) block(b []byte, i int) error {
	ic, vc := p.idx.cur, p.val.cur // local for speed; stored back below
	nnz := p.nnz
	for i < len(b) {
		row := i
		for b[i] == ' ' || b[i] == '\t' || b[i] == '\r' {
			i++
		}
		if b[i] == '\n' || b[i] == '#' {
			i += bytes.IndexByte(b[i:], '\n') + 1
			p.line++
			continue
		}
		y, j, ok := parseFloat(b, i)
		if !ok || b[j] > ' ' && b[j] != '#' || y-y != 0 {
			return p.badLabel(b, row, i, j)
		}
		i = j
		last := -1
		for {
			for b[i] == ' ' || b[i] == '\t' || b[i] == '\r' {
				i++
			}
			at := i
			k := int(b[i] - '0')
			if k > 9 {
				if b[i] == '\n' {
					i++
					break
				}
				if b[i] == '#' {
					i += bytes.IndexByte(b[i:], '\n') + 1
					break
				}
				if last < 0 && bytes.HasPrefix(b[i:], []byte("qid:")) && !p.qidSeen(b, row, i) {
					_, i, ok = parseFloat(b, i+4)
					if !ok || b[i] > ' ' && b[i] != '#' {
						return p.fail(row, at, "%s; want a query id such as qid:3", quote(token(b, at)))
					}
					p.qid = true
					continue
				}
				return p.fail(row, at, "%s; want index:value", quote(token(b, at)))
			}
			i++
			for {
				d := int(b[i] - '0')
				if d > 9 {
					break
				}
				if k = k*10 + d; k > math.MaxInt32 {
					return p.fail(row, at, "index %s is too large; want at most %d", quote(token(b, at)), math.MaxInt32)
				}
				i++
			}
			if b[i] != ':' {
				return p.fail(row, at, "%s; want index:value", quote(token(b, at)))
			}
			i++
			if !p.zeroBased {
				k-- // stored from 0
			}
			if k <= last || k == math.MaxInt32 {
				return p.badIndex(row, at, k, last)
			}
			last = k
			var v float64
			if b[i] == '1' && b[i+1] <= ' ' { // most common in binary data
				v = 1
				i++
			} else {
				x, j, ok := parseFloat(b, i)
				if !ok || b[j] > ' ' && b[j] != '#' || x-x != 0 {
					return p.badValue(b, row, i, j)
				}
				v, i = x, j
			}
			if v == 0 {
				continue
			}
			if len(ic) == cap(ic) {
				p.idx.cur, p.val.cur = ic, vc
				p.idx.grow(1)
				if !p.ones {
					p.val.grow(cap(p.idx.cur))
				}
				ic, vc = p.idx.cur, p.val.cur
			}
			if p.ones {
				if v != 1 {
					p.idx.cur = ic
					p.keepValues()
					vc = append(p.val.cur, v)
				}
			} else {
				vc = append(vc, v)
			}
			ic = append(ic, int32(k))
			nnz++
		}
		if last > p.max {
			p.max = last
		}
		p.y.push(y)
		p.ptr.push(nnz)
		p.line++
	}
	p.idx.cur, p.val.cur, p.nnz = ic, vc, nnz
	return nil
}

// keepValues ends the time of implicit ones: val gets a 1 for each entry so far.
func (p *svmParser) keepValues() {
	p.ones = false
	for _, d := range append(p.idx.done, p.idx.cur) {
		v := make([]float64, len(d), cap(d))
		for i := range v {
			v[i] = 1
		}
		p.val.done = append(p.val.done, v)
		p.val.n += len(v)
	}
	last := len(p.val.done) - 1
	p.val.cur = p.val.done[last]
	p.val.done = p.val.done[:last]
	p.val.n -= len(p.val.cur)
}

// qidSeen reports whether another qid stands before b[at] in its row.
func (p *svmParser) qidSeen(b []byte, row, at int) bool {
	return bytes.Contains(b[row:at], []byte("qid:"))
}

func (p *svmParser) fail(row, at int, format string, args ...any) error {
	return &SyntaxError{File: p.in.name, Line: p.line, Col: at - row + 1, Msg: fmt.Sprintf(format, args...)}
}

func (p *svmParser) badLabel(b []byte, row, i, j int) error {
	t := token(b, i)
	switch {
	case j > i && b[j] == ':':
		return p.fail(row, i, "%s where the label belongs; want a number, then index:value pairs", quote(t))
	case j > i && b[j] == ',':
		return p.fail(row, i, "label %s: several labels in one row are not accepted; want one number", quote(t))
	case notFinite(t):
		return p.fail(row, i, "label %s; want a finite number", quote(t))
	}
	return p.fail(row, i, "label %s; want a number", quote(t))
}

func (p *svmParser) badIndex(row, at, k, last int) error {
	if k == math.MaxInt32 {
		return p.fail(row, at, "index %d is too large; want at most %d", k, k-1)
	}
	if k < 0 {
		return p.fail(row, at, "index 0; indices start at 1 (a file that counts from 0 needs the zero-based option)")
	}
	if !p.zeroBased {
		k, last = k+1, last+1
	}
	return p.fail(row, at, "index %d after %d; indices must increase within a row", k, last)
}

func (p *svmParser) badValue(b []byte, row, i, j int) error {
	t := token(b, i)
	switch {
	case len(t) == 0:
		return p.fail(row, i, "nothing after the colon; want index:value without blanks")
	case notFinite(t):
		return p.fail(row, i, "value %s; want a finite number", quote(t))
	}
	return p.fail(row, i, "value %s; want a number", quote(t))
}

// token returns the run of bytes at b[i:] up to a blank.
func token(b []byte, i int) []byte {
	j := i
	for j < len(b) && b[j] != ' ' && b[j] != '\t' && b[j] != '\r' && b[j] != '\n' {
		j++
	}
	return b[i:j]
}

// notFinite reports whether t stands for a NaN, an infinity or a number that
// overflows.
func notFinite(t []byte) bool {
	s := bytes.ToLower(bytes.TrimLeft(t, "+-"))
	switch string(s) {
	case "nan", "inf", "infinity":
		return true
	}
	x, end, ok := parseFloat(append(bytes.Clone(t), '\n'), 0)
	return ok && end == len(t) && x-x != 0
}
