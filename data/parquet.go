package data

import (
	"bufio"
	"encoding/binary"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/godescent/descent/linalg"
	"github.com/parquet-go/parquet-go"
	"github.com/parquet-go/parquet-go/encoding/thrift"
	"github.com/parquet-go/parquet-go/format"
)

// readParquet reads a flat Parquet table of numbers, booleans and text, one
// column after the other. Nested columns and nulls are refused; so are dates,
// times and decimals, whose numbers mean nothing without their unit.
func readParquet(in *input, opt Options) (s *Set, err error) {
	// The library is not made for hostile input: some damaged files make it
	// panic. Here, and only here, that is turned into an error.
	defer func() {
		if p := recover(); p != nil {
			s, err = nil, fmt.Errorf("%s: damaged Parquet file (%.200v)", in.name, p)
		}
	}()
	ra, size, err := in.readerAt()
	if err != nil {
		return nil, err
	}
	bad := func(err error) error {
		return &SyntaxError{File: in.name, Offset: size, Msg: "Parquet: " + err.Error()}
	}
	// The library allocates the footer before it finds out that it is not there.
	var tail [8]byte
	if size < 12 {
		return nil, bad(fmt.Errorf("%d bytes; want at least 12", size))
	}
	if _, err := ra.ReadAt(tail[:], size-8); err != nil {
		return nil, bad(err)
	}
	if n := int64(binary.LittleEndian.Uint32(tail[:])); n > size-12 {
		return nil, bad(fmt.Errorf("a footer of %d bytes in a file of %d", n, size))
	}
	f, err := parquet.OpenFile(ra, size, parquet.SkipPageIndex(true), parquet.SkipBloomFilters(true))
	if err != nil {
		return nil, bad(err)
	}
	t := &parquetTable{in: in, opt: opt, f: f, ra: ra, size: size}
	if err := t.schema(); err != nil {
		return nil, err
	}
	return t.read()
}

type parquetTable struct {
	in    *input
	opt   Options
	f     *parquet.File
	ra    io.ReaderAt
	size  int64
	names []string
	roles []role
	kinds []columnKind
}

// A columnKind says what a column holds.
type columnKind uint8

const (
	number columnKind = iota
	unsigned
	text
)

// schema checks the columns and gives them their roles.
func (t *parquetTable) schema() error {
	cols := t.f.Root().Columns()
	for _, c := range cols {
		t.names = append(t.names, c.Name())
	}
	var err error
	if t.roles, err = roles(t.in.name, t.names, len(cols), t.opt, true); err != nil {
		return err
	}
	for j, c := range cols {
		where := "column " + describe(t.names, j)
		if !c.Leaf() || c.Repeated() {
			return fmt.Errorf("%s: %s is nested or repeated; want one value per row", t.in.name, where)
		}
		kind := number
		switch name := c.Type().String(); {
		case name == "BOOLEAN", name == "INT32", name == "INT64", name == "FLOAT", name == "DOUBLE":
		case strings.HasPrefix(name, "INT("):
			if strings.HasSuffix(name, "false)") {
				kind = unsigned
			}
		case name == "STRING", name == "ENUM", name == "BYTE_ARRAY", name == "JSON":
			kind = text
		case t.roles[j] != dropped:
			return fmt.Errorf("%s: %s has the type %s; want numbers, booleans or text (convert or drop the column)", t.in.name, where, name)
		}
		if kind == text && t.roles[j] >= target && len(t.opt.Targets) > 1 {
			return fmt.Errorf("%s: %s is text; several targets want numbers", t.in.name, where)
		}
		if kind == text && (t.roles[j] == weight || t.roles[j] == feature && !t.opt.Categorical) {
			return fmt.Errorf("%s: %s is text; want numbers: one-hot encode it with the categorical option or drop the column", t.in.name, where)
		}
		t.kinds = append(t.kinds, kind)
	}
	return nil
}

// read fills the matrix column by column. The first column shows how many rows
// there really are.
func (t *parquetTable) read() (*Set, error) {
	claimed := t.f.NumRows()
	// Values that all repeat take almost no bytes, but pages end now and then.
	if most := 4096*t.size + 1e6; claimed < 0 || claimed > most/int64(len(t.roles)) {
		return nil, fmt.Errorf("%s: %d rows of %d columns in %d bytes; the sizes in the footer cannot be right", t.in.name, claimed, len(t.roles), t.size)
	}
	if claimed == 0 {
		return nil, fmt.Errorf("%s: no rows", t.in.name)
	}
	features := 0
	for _, r := range t.roles {
		if r == feature {
			features++
		}
	}
	s := &Set{Features: pick(t.names, t.roles, feature)}
	s.nameTargets(t.names, t.roles)
	ys := make([][]float64, targetCount(t.roles))
	var a *linalg.Dense
	levels := make([]map[string]int32, features)
	k := 0
	for j, r := range t.roles {
		if r == dropped {
			continue
		}
		v, m, err := t.column(j)
		if err != nil {
			return nil, err
		}
		switch {
		case r >= target:
			ys[r-target] = v
			if m != nil {
				var rank []int
				s.Classes, rank = sortLevels(m)
				for i, c := range v {
					v[i] = float64(rank[int(c)])
				}
			}
		case r == weight:
			s.Weights = v
		case r == feature:
			if a == nil {
				a = &linalg.Dense{Rows: len(v), Cols: features, Data: make([]float64, len(v)*features)}
			}
			for i, x := range v {
				a.Data[i*features+k] = x
			}
			levels[k] = m
			k++
		}
	}
	s.X, s.Y = a, slices.Concat(ys...)
	for _, m := range levels {
		if m != nil {
			s.X, s.Features = oneHot(a, s.Features, levels)
			break
		}
	}
	return s, badWeight(t.in.name, s.Weights)
}

// column reads column j; levels are the codes of its texts, nil for numbers.
func (t *parquetTable) column(j int) (v []float64, levels map[string]int32, err error) {
	if t.kinds[j] == text {
		levels = map[string]int32{}
	}
	rows := int(t.f.NumRows())
	where := "column " + describe(t.names, j)
	leaf := t.f.Root().Columns()[j].Index()
	var out chunks[float64]
	buf := make([]parquet.Value, 1024)
	for i, g := range t.f.RowGroups() {
		if err := t.checkPages(&t.f.Metadata().RowGroups[i].Columns[leaf].MetaData); err != nil {
			return nil, nil, fmt.Errorf("%s: row %d, %s: %w", t.in.name, out.len()+1, where, err)
		}
		pages := g.ColumnChunks()[leaf].Pages()
		defer pages.Close()
		for {
			page, err := pages.ReadPage()
			if err == io.EOF {
				break
			}
			if err != nil {
				return nil, nil, fmt.Errorf("%s: row %d, %s: damaged page: %w", t.in.name, out.len()+1, where, err)
			}
			values := page.Values()
			for {
				n, err := values.ReadValues(buf)
				for _, val := range buf[:n] {
					x, msg := t.value(val, levels, j)
					if msg == "" && out.len() == rows {
						msg = fmt.Sprintf("more values than the %d rows of the table", rows)
					}
					if msg != "" {
						return nil, nil, fmt.Errorf("%s: row %d, %s: %s", t.in.name, out.len()+1, where, msg)
					}
					out.push(x)
				}
				if err == io.EOF {
					break
				}
				if n == 0 && err == nil {
					err = io.ErrNoProgress
				}
				if err != nil {
					return nil, nil, fmt.Errorf("%s: row %d, %s: damaged page: %w", t.in.name, out.len()+1, where, err)
				}
			}
			parquet.Release(page)
		}
	}
	if out.len() != rows {
		return nil, nil, fmt.Errorf("%s: %s ends after row %d; the table has %d rows", t.in.name, where, out.len(), rows)
	}
	return out.slice(), levels, nil
}

// checkPages looks at the sizes in the page headers of a column chunk, which
// the library would allocate without a look at what follows them.
func (t *parquetTable) checkPages(m *format.ColumnMetaData) error {
	at := m.DataPageOffset
	if m.DictionaryPageOffset != 0 {
		at = m.DictionaryPageOffset
	}
	end := at + m.TotalCompressedSize
	if at < 0 || end < at || end > t.size {
		return fmt.Errorf("column data from byte %d to %d in a file of %d bytes", at, end, t.size)
	}
	var protocol thrift.CompactProtocol
	for at < end {
		section := io.NewSectionReader(t.ra, at, end-at)
		r := bufio.NewReader(section)
		var h format.PageHeader
		if err := thrift.NewDecoder(protocol.NewReader(r)).Decode(&h); err != nil {
			return fmt.Errorf("byte %d: damaged page header: %w", at, err)
		}
		read, err := section.Seek(0, io.SeekCurrent)
		if err != nil {
			return err
		}
		head, size, full := read-int64(r.Buffered()), int64(h.CompressedPageSize), int64(h.UncompressedPageSize)
		values := max(int64(h.DataPageHeader.V.NumValues), int64(h.DataPageHeaderV2.V.NumValues))
		if size < 0 || size > end-at-head || full < 0 || full > 1<<20+1<<15*size ||
			values > t.f.NumRows() || int64(h.DictionaryPageHeader.V.NumValues) > full {
			return fmt.Errorf("byte %d: a page of %d bytes (%d decompressed) with %d values; %d bytes and %d rows are left", at, size, full, values, end-at-head, t.f.NumRows())
		}
		at += head + size
	}
	return nil
}

// value converts one value of column j; msg says what is wrong with it.
func (t *parquetTable) value(v parquet.Value, levels map[string]int32, j int) (x float64, msg string) {
	if v.IsNull() {
		return 0, "null; fill it in, or leave out the row or the column"
	}
	switch v.Kind() {
	case parquet.Boolean:
		if v.Boolean() {
			x = 1
		}
	case parquet.Int32:
		x = float64(v.Int32())
		if t.kinds[j] == unsigned {
			x = float64(v.Uint32())
		}
	case parquet.Int64:
		x = float64(v.Int64())
		if t.kinds[j] == unsigned {
			x = float64(v.Uint64())
		}
	case parquet.Float:
		x = float64(v.Float())
	case parquet.Double:
		x = v.Double()
	case parquet.ByteArray:
		if levels == nil {
			return 0, "text; want a number"
		}
		k, ok := levels[string(v.ByteArray())]
		if !ok {
			k = int32(len(levels))
			levels[string(v.ByteArray())] = k
		}
		return float64(k), ""
	default:
		return 0, fmt.Sprintf("a value of type %v; want a number", v.Kind())
	}
	if levels != nil {
		return 0, "a number; want text"
	}
	if x-x != 0 {
		return 0, fmt.Sprintf("%v; want a finite number", x)
	}
	return x, ""
}
