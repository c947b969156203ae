package data

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"runtime"
	"strconv"
	"strings"
	"testing"

	"github.com/godescent/descent/linalg"
)

func TestCSV(t *testing.T) {
	const x12 = "1 2\n4 5\n"
	cases := []struct {
		name, text string
		opt        Options
		x, y       string
		features   []string
		target     string
	}{
		{"plain", "1,2,3\n4,5,6\n", Options{}, x12, "[3 6]", nil, "column 3"},
		{"header, CRLF, BOM, no last newline", "\xef\xbb\xbfa,b,t\r\n1,2,3\r\n4,5,6", Options{}, x12, "[3 6]", []string{"a", "b"}, "t"},
		{"tabs", "a\tb c\tt\n1\t 2\t3\n4\t5 \t6\n", Options{}, x12, "[3 6]", []string{"a", "b c"}, "t"},
		{"semicolons", "1;2;3\n4;5;6\n", Options{}, x12, "[3 6]", nil, "column 3"},
		{"blanks", "  1   2\t3 \n4 5  6\n", Options{}, x12, "[3 6]", nil, "column 3"},
		{"blank lines", "\na,b,t\n\n1,2,3\n   \n4,5,6\n\n", Options{}, x12, "[3 6]", []string{"a", "b"}, "t"},
		{"blanks around fields", "1 , 2,3\n4, 5 ,\t6\n", Options{}, x12, "[3 6]", nil, "column 3"},
		{"quotes", "\"a \"\"1\"\"\nx\",\"b,c\",t\n\"1\",2,3\n4,\"5\" ,6\n", Options{}, x12, "[3 6]", []string{"a \"1\"\nx", "b,c"}, "t"},
		{"target by name", "t,a,b\n3,1,2\n6,4,5\n", Options{Target: "t"}, x12, "[3 6]", []string{"a", "b"}, "t"},
		{"target by number", "1,3,2\n4,6,5\n", Options{Target: "2"}, x12, "[3 6]", nil, "column 2"},
		{"name before number", "2,a,b\nx,1,2\ny,4,5\n", Options{Target: "2"}, x12, "[0 1]", []string{"a", "b"}, "2"},
		{"no target", "1,2\n4,5\n", Options{Target: "none"}, x12, "[]", nil, ""},
		{"text target", "a,b,t\n1,2,yes\n4,5,no\n", Options{}, x12, "[1 0]", []string{"a", "b"}, "t"},
		{"weights and drop", "id,a,w,b,t\nq,1,.5,2,3\nr,4,2,5,6\n", Options{Drop: []string{"id"}, Weights: "3"}, x12, "[3 6]", []string{"a", "b"}, "t"},
		{"numbers as header", "7,8,9\n1,2,3\n4,5,6\n", Options{Header: "yes"}, x12, "[3 6]", []string{"7", "8"}, "9"},
		{"text but no header", "p,1,q\ne,2,q\n", Options{Drop: []string{"3"}, Target: "1"}, "1\n2\n", "[1 0]", nil, "column 1"},
		{"one column", "v\n1\n4\n", Options{Target: "none"}, "1\n4\n", "[]", []string{"v"}, ""},
	}
	for _, c := range cases {
		s, err := Read(strings.NewReader(c.text), "t", c.opt)
		if err != nil {
			t.Errorf("%s: %v", c.name, err)
			continue
		}
		if err := consistent(s); err != nil {
			t.Errorf("%s: %v", c.name, err)
		}
		if got := dense(s.X); got != c.x {
			t.Errorf("%s: X =\n%swant\n%s", c.name, got, c.x)
		}
		if got := fmt.Sprint(s.Y); got != c.y || !reflect.DeepEqual(s.Features, c.features) || s.Target != c.target {
			t.Errorf("%s: y %s, features %q, target %q; want %s, %q, %q", c.name, got, s.Features, s.Target, c.y, c.features, c.target)
		}
		if c.opt.Weights != "" && fmt.Sprint(s.Weights) != "[0.5 2]" {
			t.Errorf("%s: weights %v", c.name, s.Weights)
		}
	}
	s := mustRead(t, "a,t\n1,yes\n2,no\n", Options{})
	if fmt.Sprint(s.Classes) != "[no yes]" {
		t.Errorf("classes %q", s.Classes)
	}
	if s = mustRead(t, ",a,t\n0,1,2\n1,3,4\n", Options{}); len(s.Warnings) != 1 || s.Features[0] != "x1" {
		t.Errorf("unnamed column: features %q, warnings %q", s.Features, s.Warnings)
	}
}

func TestCSVCategorical(t *testing.T) {
	s := mustRead(t, "sex,age,size,y\nM,1,7,0\nF,2,7,1\nI,0,8,0\nF,0,x,1\n", Options{Categorical: true, Drop: []string{"size"}})
	if got, want := fmt.Sprint(s.Features), "[sex=F sex=I sex=M age]"; got != want {
		t.Errorf("features %s, want %s", got, want)
	}
	if got, want := dense(s.X), "0 0 1 1\n1 0 0 2\n0 1 0 0\n1 0 0 0\n"; got != want {
		t.Errorf("X =\n%swant\n%s", got, want)
	}
	s = mustRead(t, "M,0\nF,1\n", Options{Categorical: true, Header: "no"})
	if got := fmt.Sprint(s.Features); got != "[x1=F x1=M]" {
		t.Errorf("features %s", got)
	}
}

func TestCSVErrors(t *testing.T) {
	cases := []struct {
		text string
		opt  Options
		want string
	}{
		{"\n \n", Options{}, "t:1:1: only blank lines"},
		{"a,b\n", Options{}, "t:2:1: no rows of data after the header"},
		{"1,2,3\n4,5\n", Options{}, "t:2:4: the row ends after 2 fields; want 3 as in line 1"},
		{"a,b\n\n1,2\n4,5,6\n", Options{}, "t:4:5: field 3; want 2 as in line 1"},
		{"1,2,\n4,5,\n", Options{}, `t:1:5: column 3: missing value ("")`},
		{"a,b\n1,2\nNA,3\n", Options{}, `t:3:1: column 1 (a): missing value ("NA"); fill it in, or leave out the row or the column`},
		{"a,b\n1,2\n?,3\n", Options{}, `missing value ("?")`},
		{"a,b\n1,2\n1,NaN\n", Options{}, `t:3:3: column 2 (b): missing value ("NaN")`},
		{"a,b\n1,2\n1,-inf\n", Options{}, `t:3:3: column 2 (b): "-inf"; want a finite number`},
		{"a,b\n1,2\n1, 1e999\n", Options{}, `column 2 (b): "1e999" overflows a 64-bit float`},
		{"sex,y\nM,1\nF,2\n", Options{}, `t:2:1: column 1 (sex) is text (for example "M"); want numbers: one-hot encode it with the categorical option or drop the column`},
		{"a,y\n1,1\nF,2\n", Options{}, `t:3:1: column 1 (a): "F"; want a number, as in the rows before`},
		{"a,y\n1,1\n1.2.3,2\n", Options{}, `"1.2.3"; want a number`},
		{"a,y\n\"1,2\n", Options{}, `t:2:1: a quote is opened here and never closed`},
		{"a,y\n1,2\n3,\"4\"5\n", Options{}, `t:3:3: text after the closing quote of this field; want the delimiter ',' or the end of the line`},
		{"\"a\"b,y\n1,2\n", Options{}, `t:1:1: text after the closing quote`},
		{"\"a\n\n", Options{}, `t:1:1: a quote is opened here`},
		{"a,b\n1,2\n\"x\n\n", Options{}, `t:3:1: a quote is opened here`},
		{"a,b,w\n1,2,-1\n", Options{Weights: "w"}, `t:2:5: weight -1; want at least 0`},
		{"age,sex,y\n1,2,3\n", Options{Target: "Sex "}, `target "Sex ": no such column; want a number from 1 to 3 or a name such as sex, age, y`},
		{"1,2,3\n", Options{Target: "y"}, `the file has no column names; want a number from 1 to 3`},
		{"1,2,3\n", Options{Target: "4"}, `target "4"`},
		{"a,a,y\n1,2,3\n", Options{Target: "a"}, `columns 1 and 2 both have that name; give the number`},
		{"a,y\n1,2\n", Options{Target: "a", Drop: []string{"1"}}, `column 1 (a) is named twice`},
		{"1\n2\n", Options{}, "no column is left as a feature (of 1); with the target none"},
		{"1,2\n", Options{Header: "maybe"}, `header "maybe": want yes, no`},
	}
	for _, c := range cases {
		_, err := Read(strings.NewReader(c.text), "t", c.opt)
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%q:\n got %v\nwant %s", c.text, err, c.want)
		}
		var se *SyntaxError
		if strings.HasPrefix(c.want, "t:") && !errors.As(err, &se) {
			t.Errorf("%q: error is a %T", c.text, err)
		}
	}
}

// TestCSVBlocks reads a table much longer than a block, with quoted fields
// that hold newlines, from a file (counted first) and from a stream.
func TestCSVBlocks(t *testing.T) {
	const rows = 30000
	var sb strings.Builder
	sb.WriteString("a,note,b,y\n")
	for i := range rows {
		fmt.Fprintf(&sb, "%d,\"line\n,\"\"%d\n\",%g,%d\n", i, i, float64(i)/8, i%2)
	}
	fmt.Fprintf(&sb, "%d,\"a\n%s\",%g,%d\n", rows, strings.Repeat("field longer than a block", blockSize/16), rows/8., 0)
	file := filepath.Join(t.TempDir(), "x.csv")
	if err := os.WriteFile(file, []byte(sb.String()), 0o644); err != nil {
		t.Fatal(err)
	}
	opt := Options{Drop: []string{"note"}}
	stream := mustRead(t, sb.String(), opt)
	counted, err := Load(file, opt)
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range []*Set{stream, counted} {
		if r, c := s.X.Dims(); r != rows+1 || c != 2 || len(s.Y) != rows+1 {
			t.Fatalf("%d x %d", r, c)
		}
		x := denseData(s)
		for i := range rows + 1 {
			if x[2*i] != float64(i) || x[2*i+1] != float64(i)/8 || s.Y[i] != float64(i%2) {
				t.Fatalf("row %d: %v", i, x[2*i:2*i+2])
			}
		}
	}
	if stream.SHA256 != counted.SHA256 {
		t.Error("checksums differ")
	}
	sb.WriteString("1,2,oops,4\n")
	_, err = Read(strings.NewReader(sb.String()), "t", opt)
	if want := fmt.Sprintf("t:%d:5: ", 3*rows+4); err == nil || !strings.HasPrefix(err.Error(), want) {
		t.Errorf("got %v, want it at %s", err, want)
	}
}

// TestCountedMemory keeps the promise that the matrix of a regular file is
// allocated once.
func TestCountedMemory(t *testing.T) {
	var csv strings.Builder
	for i := range 20000 {
		fmt.Fprintf(&csv, "%d,%d,3,4,5,6,7,8,9,10\n", i, i)
	}
	for name, text := range map[string]string{"x.csv": csv.String(), "x.svm": string(svmText(1<<22, false))} {
		file := filepath.Join(t.TempDir(), name)
		if err := os.WriteFile(file, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		s, err := Load(file, Options{})
		runtime.ReadMemStats(&after)
		if err != nil {
			t.Fatal(err)
		}
		size := 8 * len(s.Y)
		switch a := s.X.(type) {
		case *linalg.Dense:
			size += 8 * len(a.Data)
		case *linalg.CSR:
			size += 8*len(a.Ptr) + 4*len(a.Idx) + 8*len(a.Val)
		}
		if n := int(after.TotalAlloc - before.TotalAlloc); n > size+size/20+1<<20 {
			t.Errorf("%s: %d bytes allocated for a matrix of %d", name, n, size)
		}
	}
}

func FuzzCSV(f *testing.F) {
	f.Add([]byte("a,\"b\"\"\n\",y\r\n1,2,3\n4,5,no\n"), "", "", true)
	f.Add([]byte("1;2;3\n4;5;6"), "2", "1", false)
	f.Add([]byte(" 1\t2  x \n3 4 y\n"), "none", "", true)
	f.Fuzz(func(t *testing.T, b []byte, target, drop string, categorical bool) {
		opt := Options{Format: "csv", Target: target, Categorical: categorical}
		if drop != "" {
			opt.Drop = []string{drop}
		}
		check(t, b, opt)
	})
}

func BenchmarkCSV(b *testing.B) {
	for _, digits := range []int{6, 17} {
		var text []byte
		r := uint64(1)
		for len(text) < 1<<24 {
			for j := range 20 {
				if j > 0 {
					text = append(text, ',')
				}
				r = r*6364136223846793005 + 1442695040888963407
				text = strconv.AppendFloat(text, float64(r>>11)/(1<<53), 'g', digits, 64)
			}
			text = append(text, '\n')
		}
		b.Run(strconv.Itoa(digits)+"digits", func(b *testing.B) { benchRead(b, text, Options{}) })
	}
}
