package data

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"reflect"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/klauspost/compress/gzip"

	"github.com/godescent/descent/linalg"
)

// inputs are texts that between them have every part of the format.
var inputs = map[string]struct {
	text string
	opt  Options
}{
	"values.svm":  {"1 1:0.5 3:-2\n-1 qid:7 2:1e-300\n1\n-1 1:4 2:5 4:6\n", Options{}},
	"ones.svm":    {"1 1:1 3:1\n2.5 2:1\n", Options{Cols: 6}},
	"empty.svm":   {"1\n-1\n", Options{}},
	"notarget":    {"1 1:2\n0 1:1\n", Options{Target: "none", ZeroBased: true}},
	"dense.csv":   {"a,b,y\n1,2,3\n4,5,6.5\n", Options{}},
	"bare.csv":    {"1,2,3\n4,5,6\n", Options{Target: "none"}},
	"classes.csv": {"a,w,kind,y\n1,2,x y,no\n2,0,z,yes\n3,1.5,z,no\n", Options{Target: "y", Weights: "w", Categorical: true}},
	"weights.csv": {"a,w,na\xefve\n1,2,3\n2,1,4\n", Options{Weights: "w"}},
	"s.mtx":       {"%%MatrixMarket matrix coordinate real general\n3 4 3\n1 1 2\n3 4 -1\n2 4 8\n", Options{}},
}

// write makes a file of an input and returns its path.
func write(t testing.TB, name string, b []byte) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(path, b, 0o666); err != nil {
		t.Fatal(err)
	}
	return path
}

// convert converts and returns the path of the output.
func convert(t testing.TB, in string, opt Options, how Conversion) string {
	t.Helper()
	out := filepath.Join(t.TempDir(), "out.dsc")
	if err := Convert(context.Background(), in, out, opt, how); err != nil {
		t.Fatal(err)
	}
	return out
}

func mustLoad(t testing.TB, path string, opt Options) *Set {
	t.Helper()
	s, err := Load(path, opt)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	return s
}

// same compares sets but for name, format, checksum and the layout of empty slices.
func same(a, b *Set) error {
	switch x := a.X.(type) {
	case *linalg.CSR:
		y, ok := b.X.(*linalg.CSR)
		if !ok || x.Rows != y.Rows || x.Cols != y.Cols || !slices.Equal(x.Ptr, y.Ptr) || !slices.Equal(x.Idx, y.Idx) || !bitEqual(x.Val, y.Val) || (x.Val == nil) != (y.Val == nil) {
			return errors.New("the rows differ")
		}
		c, d := x.CSC(), y.Columns()
		if c.Rows != d.Rows || c.Cols != d.Cols || !slices.Equal(c.Ptr, d.Ptr) || !slices.Equal(c.Idx, d.Idx) || !bitEqual(c.Val, d.Val) || (c.Val == nil) != (d.Val == nil) {
			return errors.New("the columns differ")
		}
	case *linalg.Dense:
		y, ok := b.X.(*linalg.Dense)
		if !ok || x.Rows != y.Rows || x.Cols != y.Cols || !bitEqual(x.Data, y.Data) {
			return errors.New("the matrices differ")
		}
	}
	if !bitEqual(a.Y, b.Y) || (a.Y == nil) != (b.Y == nil) || !bitEqual(a.Weights, b.Weights) || (a.Weights == nil) != (b.Weights == nil) {
		return errors.New("targets or weights differ")
	}
	if !reflect.DeepEqual(a.Features, b.Features) || a.Target != b.Target || !reflect.DeepEqual(a.Classes, b.Classes) || !slices.Equal(a.Warnings, b.Warnings) {
		return fmt.Errorf("names differ: %q %q %q %q and %q %q %q %q", a.Features, a.Target, a.Classes, a.Warnings, b.Features, b.Target, b.Classes, b.Warnings)
	}
	return nil
}

func bitEqual(a, b []float64) bool {
	return slices.EqualFunc(a, b, func(x, y float64) bool { return math.Float64bits(x) == math.Float64bits(y) })
}

// TestConvertRoundTrip wants every set back as it was: mapped, read from a stream, and
// as machines of the other byte order see it.
func TestConvertRoundTrip(t *testing.T) {
	try := func(name, in string, opt Options) {
		t.Run(name, func(t *testing.T) {
			want := mustLoad(t, in, opt)
			out := convert(t, in, opt, Conversion{})
			got := mustLoad(t, out, Options{})
			if err := same(want, got); err != nil {
				t.Fatal("mapped:", err)
			}
			if got.Format != "dsc" || got.Name != out || len(got.SHA256) != 64 || got.SHA256 == want.SHA256 {
				t.Errorf("name %q, format %q, checksum %q", got.Name, got.Format, got.SHA256)
			}
			b, err := os.ReadFile(out)
			if err != nil {
				t.Fatal(err)
			}
			var z bytes.Buffer
			w := gzip.NewWriter(&z)
			w.Write(b)
			w.Close()
			for what, b := range map[string][]byte{"stream": b, "compressed": z.Bytes()} {
				s, err := Read(bytes.NewReader(b), "t", Options{})
				if err == nil {
					err = errors.Join(same(want, s), consistent(s))
				}
				if err != nil || s.SHA256 != got.SHA256 {
					t.Fatal(what, err)
				}
			}
			littleEndian = !littleEndian
			defer func() { littleEndian = !littleEndian }()
			if s, err := Read(bytes.NewReader(b), "t", Options{}); err != nil || same(want, s) != nil {
				t.Fatal("decoded:", err, same(want, s))
			}
		})
	}
	for _, info := range List() {
		try(info.Name, info.Name, Options{})
	}
	for name, in := range inputs {
		try(name, write(t, name, []byte(in.text)), in.opt)
	}
	labels := write(t, "labels.csv", []byte("3\n4\n5\n"))
	in := inputs["s.mtx"]
	try("labels", write(t, "s.mtx", []byte(in.text)), Options{Labels: labels})
	try("converted", convert(t, "iris", Options{}, Conversion{}), Options{})
	if b := append(make([]byte, 1), appendFloat64(nil, 7)...); float64s(b[1:])[0] != 7 {
		t.Error("an unaligned number")
	}
}

// TestCheck wants the checksums of file and origin, and a verdict on every damage.
func TestCheck(t *testing.T) {
	out := convert(t, "heart-scale", Options{}, Conversion{})
	k, err := Check(context.Background(), out, nil)
	if err != nil {
		t.Fatal(err)
	}
	defer k.Close()
	origin := mustLoad(t, "heart-scale", Options{})
	if k.OriginFormat != "libsvm" || k.OriginSHA256 != origin.SHA256 || same(origin, k.Set) != nil {
		t.Errorf("checked %+v", k)
	}
	b, err := os.ReadFile(out)
	if err != nil {
		t.Fatal(err)
	}
	h, err := decodeHeader(b, int64(len(b)))
	if err != nil {
		t.Fatal(err)
	}
	at, _ := h.layout()
	for i, want := range map[int]string{rowVal: "SHA-256", colVal: "SHA-256", targets: "SHA-256", texts: "SHA-256"} {
		d := bytes.Clone(b)
		d[at[i].off+at[i].len-1] ^= 1
		if _, err := Check(context.Background(), write(t, "d.dsc", d), nil); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("section %d damaged: %v", i, err)
		}
	}
	// With a digest that fits, what the digest cannot see.
	for what, damage := range map[string]func(d []byte){
		"rows and columns differ": func(d []byte) { d[at[colVal].off] ^= 1 },
		"finite": func(d []byte) {
			copy(d[at[rowVal].off:], appendFloat64(nil, math.Inf(1)))
			copy(d[at[colVal].off:], appendFloat64(nil, math.Inf(1)))
		},
	} {
		d := bytes.Clone(b)
		damage(d)
		if _, err := Check(context.Background(), write(t, "d.dsc", sealed(d)), nil); err == nil || !strings.Contains(err.Error(), what) {
			t.Errorf("want %q, got %v", what, err)
		}
	}
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if _, err := Check(ctx, out, nil); !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
}

// sealed gives b the digest and the header checksum of its bytes.
func sealed(b []byte) []byte {
	b = bytes.Clone(b)
	if len(b) >= headerSize {
		sum, _ := digest(b, bytes.NewReader(b[headerSize:]), func(int64) error { return nil })
		copy(b[digestAt:], sum[:])
		binary.LittleEndian.PutUint32(b[headerSize-4:], headerCRC(b))
	}
	return b
}

// TestMappedDamage flips every bit of the header, with and without a checksum that fits,
// every byte of the rest, and cuts the file at many places: never a panic, and an error
// wherever there must be one.
func TestMappedDamage(t *testing.T) {
	for name, in := range inputs {
		out := convert(t, write(t, name, []byte(in.text)), in.opt, Conversion{})
		b, err := os.ReadFile(out)
		if err != nil {
			t.Fatal(err)
		}
		try := func(what string, d []byte, must bool) {
			t.Helper()
			s, err := Read(bytes.NewReader(d), "d.dsc", Options{Format: "dsc"})
			if err == nil {
				use(s)
			}
			if err == nil && must || err != nil && !strings.HasPrefix(err.Error(), "d.dsc: ") {
				t.Errorf("%s, %s: %v", name, what, err)
			}
		}
		for i := range 8 * headerSize {
			d := bytes.Clone(b)
			d[i/8] ^= 1 << (i % 8)
			try(fmt.Sprintf("bit %d", i), d, true)
			binary.LittleEndian.PutUint32(d[headerSize-4:], headerCRC(d))
			// Without entries there may or may not be values, without columns names of them.
			free := flag(i, flagIntegers) || name == "empty.svm" && flag(i, flagOnes|flagFeatures)
			try(fmt.Sprintf("bit %d, sealed", i), d, i/8 < digestAt && !free)
		}
		try("a byte more", append(bytes.Clone(b), 0), true)
		// Bits of all sections: those of values and names are seen by Check only.
		for i := headerSize; i < len(b); i++ {
			d := bytes.Clone(b)
			d[i] ^= 0x81
			try(fmt.Sprintf("byte %d", i), sealed(d), false)
		}
		for n := 0; n < len(b); n += 7 {
			try(fmt.Sprintf("cut at %d", n), b[:n], true)
			if n%49 > 0 {
				continue
			}
			path := write(t, "cut.dsc", b[:n])
			if _, err := Load(path, Options{Format: "dsc"}); err == nil || !strings.HasPrefix(err.Error(), path+": ") {
				t.Errorf("%s, file cut at %d: %v", name, n, err)
			}
		}
	}
}

// flag reports whether bit i of the header is one of those flags.
func flag(i int, f uint32) bool { return i/32 == 3 && f>>(i%32)&1 == 1 }

// use reads all that a solver would.
func use(s *Set) {
	r, c := s.X.Dims()
	x, y := make([]float64, c), make([]float64, r)
	s.X.MulVec(y, x)
	s.X.MulVecT(x, y)
	if a, ok := s.X.(*linalg.CSR); ok {
		a.Columns().MulVec(y, x)
		a.Columns().MulVecT(x, y)
	}
	for _, v := range s.Y {
		if s.Classes != nil {
			_ = s.Classes[int(v)]
		}
	}
}

// TestMappedIndices damages indices and pointers behind checksums that fit.
func TestMappedIndices(t *testing.T) {
	in := inputs["values.svm"]
	b, err := os.ReadFile(convert(t, write(t, "v.svm", []byte(in.text)), in.opt, Conversion{}))
	if err != nil {
		t.Fatal(err)
	}
	h, err := decodeHeader(b, int64(len(b)))
	if err != nil {
		t.Fatal(err)
	}
	at, _ := h.layout()
	for i := range 2 {
		ptr, idx := at[rowPtr+3*i].off, at[rowIdx+3*i].off
		for what, d := range map[string]struct {
			off int64
			b   []byte
		}{
			"damaged indices 0":  {idx, appendInt32(nil, -1)},
			"damaged indices 1":  {idx, appendInt32(nil, 4)},
			"damaged indices 2":  {idx, appendInt32(nil, math.MaxInt32)},
			"damaged indices 3":  {idx + 4, appendInt32(nil, 0)},
			"damaged pointers 4": {ptr, appendInt(nil, 1)},
			"damaged pointers 5": {ptr + 8, appendInt(nil, -1)},
			"damaged pointers 6": {ptr + 8, appendInt(nil, 99)},
			"damaged pointers 7": {ptr + 8*4, appendInt(nil, 5)},
		} {
			c := bytes.Clone(b)
			copy(c[d.off:], d.b)
			want := what[:len(what)-2]
			for _, regular := range []bool{true, false} {
				if regular {
					_, err = Load(write(t, "d.dsc", sealed(c)), Options{})
				} else {
					_, err = Read(bytes.NewReader(sealed(c)), "d.dsc", Options{})
				}
				if err == nil || !strings.Contains(err.Error(), want) {
					t.Errorf("layout %d, %s: %v", i, what, err)
				}
			}
		}
	}
}

func FuzzMapped(f *testing.F) {
	for name, in := range inputs {
		b, err := os.ReadFile(convert(f, write(f, name, []byte(in.text)), in.opt, Conversion{}))
		if err != nil {
			f.Fatal(err)
		}
		f.Add(b, 0)
	}
	path := filepath.Join(f.TempDir(), "f.dsc")
	f.Fuzz(func(t *testing.T, b []byte, cols int) {
		for _, b := range [][]byte{b, sealed(b)} {
			opt := Options{Format: "dsc", Cols: min(cols, 1000)}
			r, err := Read(bytes.NewReader(b), path, opt)
			if err != nil {
				continue
			}
			use(r)
			if err := os.WriteFile(path, b, 0o666); err != nil {
				t.Fatal(err)
			}
			s, err := Load(path, opt)
			if err != nil {
				t.Fatalf("read, but not mapped: %v", err)
			}
			use(s)
			if same(r, r) == nil && same(r, s) != nil { // damage can make rows and columns differ
				t.Error(same(r, s))
			}
			s.Close()
		}
	})
}

// TestConvertMemory wants the same bytes whatever the memory, and with several levels of
// merging, on a matrix with empty rows and columns and on one without values.
func TestConvertMemory(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	for _, ones := range []bool{false, true} {
		var text bytes.Buffer
		for i := range 3000 {
			fmt.Fprint(&text, i%7)
			for j := 0; i%11 > 0 && j < 20; {
				if j += 1 + r.IntN(9); ones {
					fmt.Fprintf(&text, " %d:1", j*j*j*j)
				} else {
					fmt.Fprintf(&text, " %d:%v", j*j*j*j, r.NormFloat64())
				}
			}
			text.WriteByte('\n')
		}
		in := write(t, "in.svm", text.Bytes())
		stages := map[string]bool{}
		large, err := os.ReadFile(convert(t, in, Options{}, Conversion{Progress: func(stage string, f float64) {
			stages[stage] = true
			if !(f >= 0 && f <= 1) {
				t.Errorf("%s: %v", stage, f)
			}
		}}))
		if err != nil {
			t.Fatal(err)
		}
		if len(stages) != 4 {
			t.Errorf("stages %v", stages)
		}
		for _, records := range []int{100, 101, 1000} {
			out := filepath.Join(t.TempDir(), "small.dsc")
			c := &converter{ctx: context.Background(), out: out, records: records, fan: 3}
			if err := c.convert(in, Options{}); err != nil {
				t.Fatal(err)
			}
			small, err := os.ReadFile(out)
			if err != nil {
				t.Fatal(err)
			}
			if !bytes.Equal(small, large) {
				t.Errorf("%d records: other bytes", records)
			}
			if err := same(mustLoad(t, in, Options{}), mustLoad(t, out, Options{})); err != nil {
				t.Error(err)
			}
		}
	}
	small, err1 := os.ReadFile(convert(t, "covtype15k", Options{}, Conversion{Memory: LeastMemory}))
	large, err2 := os.ReadFile(convert(t, "covtype15k", Options{}, Conversion{}))
	if err := errors.Join(err1, err2); err != nil || !bytes.Equal(small, large) {
		t.Error("covtype15k: other bytes", err)
	}
}

// TestConvertFails wants a clear error and no file left behind.
func TestConvertFails(t *testing.T) {
	dir := t.TempDir()
	out := filepath.Join(dir, "out.dsc")
	in := write(t, "in.svm", bytes.Repeat([]byte("1 1:2 3:4\n"), 100_000))
	bad := write(t, "bad.svm", []byte("1 1:2\n1 x\n"))
	empty := write(t, "empty.svm", []byte("# nothing\n"))
	for _, c := range []struct {
		in   string
		opt  Options
		how  Conversion
		want string
	}{
		{bad, Options{}, Conversion{}, "bad.svm:2:3"},
		{bad, Options{Format: "arff"}, Conversion{}, "want one of csv, dsc"},
		{empty, Options{Format: "libsvm"}, Conversion{}, "no rows"},
		{in, Options{Weights: "w"}, Conversion{}, "no named columns"},
		{in, Options{}, Conversion{Memory: 1000}, "want at least 1048576"},
		{"heart-scales", Options{}, Conversion{}, "heart-scale"},
		{dir, Options{}, Conversion{}, "directory"},
	} {
		err := Convert(context.Background(), c.in, out, c.opt, c.how)
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("want %q, got %v", c.want, err)
		}
	}
	if err := Convert(context.Background(), in, filepath.Join(dir, "no", "out.dsc"), Options{}, Conversion{}); err == nil {
		t.Error("a directory that does not exist")
	}
	for _, stage := range []string{"reading", "sorting", "columns", "checksum"} {
		ctx, cancel := context.WithCancel(context.Background())
		err := Convert(ctx, in, out, Options{}, Conversion{Progress: func(s string, _ float64) {
			if s == stage {
				cancel()
			}
		}})
		if err != context.Canceled {
			t.Errorf("%s: %v", stage, err)
		}
		cancel()
	}
	if left, err := os.ReadDir(dir); err != nil || len(left) != 0 {
		t.Errorf("left behind: %v %v", left, err)
	}
}

// TestMappedOptions wants options that cannot apply refused.
func TestMappedOptions(t *testing.T) {
	in := inputs["weights.csv"]
	out := convert(t, write(t, "w.csv", []byte(in.text)), in.opt, Conversion{})
	for want, opt := range map[string]Options{
		"give --weights":                 {Weights: "w"},
		"give --target to":               {Target: "a"},
		"it has a target already":        {Labels: out},
		"want one of csv, dsc, idx, lib": {Format: "x"},
	} {
		if _, err := Load(out, opt); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("want %q, got %v", want, err)
		}
	}
	if s := mustLoad(t, out, Options{Target: "none"}); s.Y != nil || s.Target != "" {
		t.Error("a target")
	}
	if s := mustLoad(t, out, Options{Target: "na\xefve"}); s.Y == nil {
		t.Error("no target")
	}
	s := mustLoad(t, convert(t, "heart-scale", Options{}, Conversion{}), Options{Cols: 20})
	x := s.X.(*linalg.CSR)
	if x.Cols != 20 || x.Columns().Cols != 20 {
		t.Error("columns", x.Cols)
	}
	use(s)
}

// TestChanged wants a word on a file that is written to while it is in use, and none on
// one that is replaced or closed.
func TestChanged(t *testing.T) {
	out := convert(t, "iris", Options{}, Conversion{})
	s := mustLoad(t, out, Options{})
	if err := Changed(); err != nil {
		t.Fatal(err)
	}
	if err := Convert(context.Background(), "wine", out, Options{}, Conversion{}); err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(Changed(), same(mustLoad(t, "iris", Options{}), s)); err != nil {
		t.Fatal("replaced:", err)
	}
	wine := mustLoad(t, out, Options{})
	if err := os.Chtimes(out, time.Now(), time.Now().Add(time.Hour)); err != nil {
		t.Fatal(err)
	}
	if err := Changed(); err == nil || !strings.Contains(err.Error(), out) {
		t.Error(err)
	}
	if err := wine.Close(); err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(wine.Close(), Changed()); err != nil {
		t.Error("closed:", err)
	}
}

// TestMappedFault truncates a file between mapping and reading it: an error.
func TestMappedFault(t *testing.T) {
	out := convert(t, "heart-scale", Options{}, Conversion{})
	f, err := os.Open(out)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	in, err := newInput(f, f, out)
	if err != nil {
		t.Fatal(err)
	}
	m, err := newMapping(in, in.size())
	if err != nil {
		t.Fatal(err)
	}
	defer (&Set{mapping: m}).Close()
	if err := os.Truncate(out, 0); err != nil {
		t.Fatal(err)
	}
	if _, err := decodeGuarded(m.bytes, Options{}); runtime.GOOS == "linux" && (err == nil || !strings.Contains(err.Error(), "truncated while")) {
		t.Error(err)
	}
	if err := Changed(); err == nil || !strings.Contains(err.Error(), out) {
		t.Error(err)
	}
}

// TestMappedHeap counts what opening allocates: some bytes for each row and column, none
// for each entry.
func TestMappedHeap(t *testing.T) {
	const rows, cols, each = 2000, 500, 400
	var text bytes.Buffer
	for range rows {
		text.WriteString("1")
		for j := range each {
			fmt.Fprintf(&text, " %d:2", j+1+j/8)
		}
		text.WriteByte('\n')
	}
	out := convert(t, write(t, "in.svm", text.Bytes()), Options{Cols: cols}, Conversion{})
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	s, err := Load(out, Options{})
	runtime.ReadMemStats(&after)
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	const most = 16*(rows+cols) + 3*sampleSize // the last is the buffer of the input
	if got := after.TotalAlloc - before.TotalAlloc; got > most {
		t.Errorf("%d bytes allocated for %d x %d with %d entries: want at most %d", got, rows, cols, rows*each, most)
	}
	if runtime.GOOS == "linux" && s.mapping == nil {
		t.Error("not mapped")
	}
}

// BenchmarkMappedOpen opens a converted covtype15k: MB/s of indices, both layouts.
func BenchmarkMappedOpen(b *testing.B) {
	out := convert(b, "covtype15k", Options{}, Conversion{})
	for range b.N {
		s, err := Load(out, Options{})
		if err != nil {
			b.Fatal(err)
		}
		b.SetBytes(8 * int64(len(s.X.(*linalg.CSR).Idx)))
		s.Close()
	}
}
