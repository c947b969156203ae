package data

import (
	"bytes"
	"errors"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"testing"

	"github.com/godescent/descent/linalg"
)

func mustRead(t testing.TB, text string, opt Options) *Set {
	t.Helper()
	s, err := Read(strings.NewReader(text), "t", opt)
	if err != nil {
		t.Fatal(err)
	}
	if err := consistent(s); err != nil {
		t.Fatal(err)
	}
	return s
}

// dense writes a matrix out, one row per line.
func dense(m linalg.Matrix) string {
	r, c := m.Dims()
	var sb strings.Builder
	for i := range r {
		row := make([]float64, c)
		switch a := m.(type) {
		case *linalg.Dense:
			copy(row, a.Data[i*c:(i+1)*c])
		case *linalg.CSR:
			for k := a.Ptr[i]; k < a.Ptr[i+1]; k++ {
				row[a.Idx[k]] = 1
				if a.Val != nil {
					row[a.Idx[k]] = a.Val[k]
				}
			}
		}
		for j, v := range row {
			if j > 0 {
				sb.WriteByte(' ')
			}
			fmt.Fprint(&sb, v)
		}
		sb.WriteByte('\n')
	}
	return sb.String()
}

// consistent checks what every Set promises.
func consistent(s *Set) error {
	r, c := s.X.Dims()
	switch a := s.X.(type) {
	case *linalg.Dense:
		if len(a.Data) != r*c {
			return fmt.Errorf("%d values for %d x %d", len(a.Data), r, c)
		}
		if err := finite(a.Data); err != nil {
			return err
		}
	case *linalg.CSR:
		if len(a.Ptr) != r+1 || a.Ptr[0] != 0 || a.Ptr[r] != len(a.Idx) {
			return fmt.Errorf("row pointers of %d rows do not span %d entries", r, len(a.Idx))
		}
		for i := range r {
			last := -1
			if a.Ptr[i+1] < a.Ptr[i] {
				return fmt.Errorf("row %d has a negative length", i)
			}
			for _, j := range a.Idx[a.Ptr[i]:a.Ptr[i+1]] {
				if int(j) <= last || int(j) >= c {
					return fmt.Errorf("row %d: index %d after %d of %d", i, j, last, c)
				}
				last = int(j)
			}
		}
		if a.Val != nil && len(a.Val) != len(a.Idx) {
			return fmt.Errorf("%d values for %d indices", len(a.Val), len(a.Idx))
		}
		if err := finite(a.Val); err != nil {
			return err
		}
	default:
		return fmt.Errorf("X is a %T", s.X)
	}
	for _, v := range [][]float64{s.Y, s.Weights} {
		if v != nil && len(v) != r {
			return fmt.Errorf("%d targets or weights for %d rows", len(v), r)
		}
		if err := finite(v); err != nil {
			return err
		}
	}
	if s.Features != nil && len(s.Features) != c {
		return fmt.Errorf("%d names for %d columns", len(s.Features), c)
	}
	for _, y := range s.Y {
		if s.Classes != nil && (y != math.Trunc(y) || y < 0 || int(y) >= len(s.Classes)) {
			return fmt.Errorf("class %v of %d", y, len(s.Classes))
		}
	}
	return nil
}

func finite(x []float64) error {
	for i, v := range x {
		if v-v != 0 {
			return fmt.Errorf("value %d is %v", i, v)
		}
	}
	return nil
}

func TestLIBSVM(t *testing.T) {
	s := mustRead(t, "# head\n+1 1:0.5 3:-2e1 # note 4:4\r\n\n-1\n2 qid:7 2:0 4:1\t \n3 1:.25", Options{})
	if got, want := dense(s.X), "0.5 0 -20 0\n0 0 0 0\n0 0 0 1\n0.25 0 0 0\n"; got != want {
		t.Errorf("X:\n%swant\n%s", got, want)
	}
	if got := fmt.Sprint(s.Y); got != "[1 -1 2 3]" {
		t.Errorf("Y = %s", got)
	}
	if s.Format != "libsvm" || s.Features != nil || len(s.Warnings) != 1 {
		t.Errorf("format %q, features %v, warnings %q", s.Format, s.Features, s.Warnings)
	}
	if n := len(s.X.(*linalg.CSR).Idx); n != 4 {
		t.Errorf("%d entries stored; the explicit zero is none", n)
	}
}

func TestLIBSVMOptions(t *testing.T) {
	const text = "1 1:1 3:1\n-1 2:1\n"
	s := mustRead(t, text, Options{})
	if s.X.(*linalg.CSR).Val != nil {
		t.Error("values kept although all are 1")
	}
	s = mustRead(t, text, Options{Cols: 5, Target: "none"})
	if _, c := s.X.Dims(); c != 5 || s.Y != nil {
		t.Errorf("%d columns, target %v; want 5 and none", c, s.Y)
	}
	s = mustRead(t, text, Options{Cols: 2, ZeroBased: true})
	if got := dense(s.X); got != "0 1 0 1\n0 0 1 0\n" {
		t.Errorf("zero-based: %s", got)
	}
}

// TestLIBSVMChunks forces the end of the implicit ones deep inside the chunk
// list, and lines across blocks, with and without a counting pass.
func TestLIBSVMChunks(t *testing.T) {
	var sb strings.Builder
	const rows, per = 9000, 9
	for i := range rows {
		fmt.Fprintf(&sb, "%d", i%2)
		for j := range per {
			v := "1"
			if i > rows/2 {
				v = strconv.Itoa(i + j)
			}
			fmt.Fprintf(&sb, " %d:%s", 10*j+1+i%10, v)
		}
		sb.WriteByte('\n')
	}
	file := filepath.Join(t.TempDir(), "x.svm")
	if err := os.WriteFile(file, []byte(sb.String()), 0o644); err != nil {
		t.Fatal(err)
	}
	stream := mustRead(t, sb.String(), Options{})
	counted, err := Load(file, Options{})
	if err != nil {
		t.Fatal(err)
	}
	if stream.SHA256 != counted.SHA256 || stream.SHA256 != hexSum([]byte(sb.String())) {
		t.Error("checksums differ")
	}
	for _, s := range []*Set{stream, counted} {
		a := s.X.(*linalg.CSR)
		if len(a.Idx) != rows*per || a.Rows != rows {
			t.Fatalf("%d entries in %d rows", len(a.Idx), a.Rows)
		}
		for i := range rows {
			for j := range per {
				want := 1.0
				if i > rows/2 {
					want = float64(i + j)
				}
				if k := i*per + j; a.Val[k] != want || int(a.Idx[k]) != 10*j+i%10 {
					t.Fatalf("entry %d,%d is %d:%v", i, j, a.Idx[k], a.Val[k])
				}
			}
		}
	}
}

func TestLIBSVMErrors(t *testing.T) {
	cases := []struct{ text, want string }{
		{"", "t:1:1: the input is empty; want one of csv, "},
		{"# only\n\n", "t:3:1: no rows; want lines of the form label index:value ..."},
		{"1 1:1\n1 0:1\n", `t:2:3: index 0; indices start at 1 (a file that counts from 0 needs the zero-based option)`},
		{"1 1:1\n1 2:1 2:3\n", "t:2:7: index 2 after 2; indices must increase within a row"},
		{"1 3:1 2:3\n", "t:1:7: index 2 after 3; indices must increase"},
		{"1 1:nan\n", `t:1:5: value "nan"; want a finite number`},
		{"1 1:-Inf\n", `t:1:5: value "-Inf"; want a finite number`},
		{"1 1:1e999\n", `t:1:5: value "1e999"; want a finite number`},
		{"1 1:1e\n", `t:1:5: value "1e"; want a number`},
		{"1 1:\n", `t:1:5: nothing after the colon`},
		{"1 1: 2\n", `t:1:5: nothing after the colon`},
		{"1 1:2x 3:1\n", `t:1:5: value "2x"; want a number`},
		{"1 1:0x1p3\n", `t:1:5: value "0x1p3"; want a number`},
		{"1 1:1\n1 2 3:1\n", `t:2:3: "2"; want index:value`},
		{"1 1:1 foo\n", `t:1:7: "foo"; want index:value`},
		{"1 -1:1\n", `t:1:3: "-1:1"; want index:value`},
		{"1 2147483648:1\n", `t:1:3: index "2147483648:1" is too large; want at most 2147483647`},
		{"1 99999999999999999999999:1\n", `is too large`},
		{"1:1 2:1\n", `t:1:1: "1:1" where the label belongs`},
		{"1,2 1:1\n", `t:1:1: label "1,2": several labels in one row`},
		{"nan 1:1\n", `t:1:1: label "nan"; want a finite number`},
		{"abc 1:1\n", `t:1:1: label "abc"; want a number`},
		{"1 1:1\n1e400 1:1\n", `t:2:1: label "1e400"; want a finite number`},
		{"1 1:1\n1 qid:x 1:1\n", `t:2:3: "qid:x"; want a query id`},
		{"1 qid:1 qid:2 1:1\n", `t:1:9: "qid:2"; want index:value`},
		{"1 1:1\n\x01\x02\x03\n", `t:2:1: label "\x01\x02\x03"; want a number`},
	}
	for _, c := range cases {
		// Without text that looks like LIBSVM the format must be given.
		opt := Options{Format: "libsvm"}
		if c.text == "" {
			opt.Format = ""
		}
		_, err := Read(strings.NewReader(c.text), "t", opt)
		var se *SyntaxError
		if err == nil || !strings.Contains(err.Error(), c.want) || !errors.As(err, &se) {
			t.Errorf("%q:\n got %v\nwant %s", c.text, err, c.want)
		}
	}
	if _, err := Read(strings.NewReader("1 2147483647:1\n"), "t", Options{ZeroBased: true}); err == nil {
		t.Error("2^31 columns accepted")
	}
	for _, opt := range []Options{{Target: "2"}, {Drop: []string{"1"}}, {Weights: "w"}, {Cols: -1}, {Format: "arff"}} {
		if _, err := Read(strings.NewReader("1 1:1\n"), "t", opt); err == nil {
			t.Errorf("%+v accepted", opt)
		}
	}
}

func TestJunk(t *testing.T) {
	for _, c := range []struct{ text, want string }{
		{"\xff\xfe1\x00 \x00", "t:1:1: UTF-16 text; want UTF-8"},
		{"\x7fELF\x00\x01", "t: byte 4: binary data in no known format"},
		{strings.Repeat("7", 1<<19), "t:1:1: 65536 bytes without a delimiter"},
	} {
		if _, err := Read(strings.NewReader(c.text), "t", Options{}); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("got %v, want %s", err, c.want)
		}
	}
}

// sameFloat checks parseFloat against strconv and returns whether it accepts s.
func sameFloat(t *testing.T, s string) bool {
	x, end, ok := parseFloat([]byte(s+"\n"), 0)
	want, err := strconv.ParseFloat(s, 64)
	if !ok || end != len(s) {
		// Refused: then it is no number, or one of the spellings that strconv
		// alone takes.
		if err == nil && !strings.ContainsAny(s, "xXiInN_") {
			t.Errorf("%q refused; strconv reads %v", s, want)
		}
		return false
	}
	if err != nil && !errors.Is(err, strconv.ErrRange) {
		t.Errorf("%q accepted as %v; strconv: %v", s, x, err)
	}
	if math.Float64bits(x) != math.Float64bits(want) {
		t.Errorf("%q = %v, want %v", s, x, want)
	}
	return true
}

var floats = []string{"0", "-0", "+1", "1.", ".5", "1e22", "1e23", "1e-22", "-1.5E+3", "9007199254740992", "9007199254740993",
	"0.1", "123456789012345678901234567890", "1.7976931348623157e308", "1.8e308", "-1e999999999999", "5e-324", "2e-324", "1e-400",
	"0.000000000000000000000000001", "17.989999999999998", "18446744073709551616", "2.2250738585072011e-308", "00000000000000000000001"}

func TestParseFloat(t *testing.T) {
	for _, s := range floats {
		if !sameFloat(t, s) {
			t.Errorf("%q refused", s)
		}
	}
	// Random numbers as programs write them, among them exact halves.
	r := uint64(7)
	for range 200000 {
		r = r*6364136223846793005 + 1442695040888963407
		x := math.Ldexp(float64(r>>11), int(r%130)-90)
		for _, digits := range []int{15, 16, 17, 18, 19} {
			sameFloat(t, strconv.FormatFloat(x, 'g', digits, 64))
		}
		sameFloat(t, strconv.FormatFloat(math.Ldexp(float64(r>>10|1), -int(r%12)), 'f', -1, 64))
	}
	for _, s := range []string{"", ".", "+", "-.", "e5", "1e", "1e+", "--1", "1_0", "0x1", "nan", "inf"} {
		if sameFloat(t, s) {
			t.Errorf("%q accepted", s)
		}
	}
}

func FuzzFloat(f *testing.F) {
	for _, s := range floats {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		if !strings.Contains(s, "\n") {
			sameFloat(t, s)
		}
	})
}

// check is the property of all fuzz targets: a reader returns a positioned or
// at least plain error, or a consistent set.
// Its memory is bounded by what the bytes can stand for: deflate and run lengths
// expand about a thousand times.
func check(t *testing.T, b []byte, opt Options) {
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	s, err := Read(bytes.NewReader(b), "fuzz", opt)
	runtime.ReadMemStats(&after)
	if n := after.TotalAlloc - before.TotalAlloc; n > 64<<20+1<<15*uint64(len(b)) {
		t.Errorf("%d bytes allocated to read %d", n, len(b))
	}
	if err != nil {
		if !strings.HasPrefix(err.Error(), "fuzz:") {
			t.Errorf("error without the file's name: %v", err)
		}
		return
	}
	if err := consistent(s); err != nil {
		t.Error(err)
	}
}

func FuzzLIBSVM(f *testing.F) {
	f.Add([]byte("+1 1:0.5 3:-2e1 # note\r\n-1\n2 qid:7 2:0 4:1\n"), 0, false)
	f.Add([]byte("1 0:1 5:1\n"), 9, true)
	f.Add([]byte("\xef\xbb\xbf1 1:1"), 0, false)
	f.Fuzz(func(t *testing.T, b []byte, cols int, zero bool) {
		check(t, b, Options{Format: "libsvm", Cols: cols & 1023, ZeroBased: zero})
	})
}

// svmText is LIBSVM text of about n bytes with six-digit values.
func svmText(n int, ones bool) []byte {
	var b []byte
	r := uint64(1)
	for len(b) < n {
		b = append(b, "+1"...)
		j := 0
		for range 30 {
			r = r*6364136223846793005 + 1442695040888963407
			j += 1 + int(r>>58)
			b = append(b, ' ')
			b = strconv.AppendInt(b, int64(j), 10)
			b = append(b, ':')
			if ones {
				b = append(b, '1')
			} else {
				b = strconv.AppendFloat(b, float64(r>>40)/(1<<24), 'f', 6, 64)
			}
		}
		b = append(b, '\n')
	}
	return b
}

func benchRead(b *testing.B, text []byte, opt Options) {
	b.SetBytes(int64(len(text)))
	for b.Loop() {
		if _, err := Read(bytes.NewReader(text), "bench", opt); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkLIBSVM(b *testing.B) {
	b.Run("values", func(b *testing.B) { benchRead(b, svmText(1<<24, false), Options{}) })
	b.Run("ones", func(b *testing.B) { benchRead(b, svmText(1<<24, true), Options{}) })
}
