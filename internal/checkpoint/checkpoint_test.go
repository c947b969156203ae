package checkpoint

import (
	"math"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
)

type inner struct {
	N int
	S string
}

type state struct {
	X      []float64
	M      [][]float64
	Idx    []int
	T      float64
	K      uint64
	Done   bool
	A      [2]uint64
	In     inner
	List   []inner
	F      []float32
	V      [][]float32
	G      float32
	hidden int
}

func sample() state {
	return state{
		X: []float64{0, math.Copysign(0, -1), math.Inf(1), math.Inf(-1), 5e-324, math.Pi},
		M: [][]float64{{1}, {2, 3}}, Idx: []int{-1, 7}, T: math.MaxFloat64, K: 1 << 63,
		Done: true, A: [2]uint64{1, 2}, In: inner{-3, "a"}, List: []inner{{1, "b"}, {0, ""}}, hidden: 9,
		F: []float32{0, float32(math.Copysign(0, -1)), float32(math.Inf(1)), 1e-45, math.MaxFloat32, 0.1}, V: [][]float32{{1, 2}, {3}}, G: 0.3,
	}
}

func TestRoundTrip(t *testing.T) {
	want := sample()
	b, err := Marshal(&want, inner{4, "tail"})
	if err != nil {
		t.Fatal(err)
	}
	// Decoding over dirty state must overwrite it, zeros included, and reuse slices.
	got := state{X: []float64{9, 9, 9, 9, 9, 9}, T: 3, List: make([]inner, 1)}
	alias := got.X
	r, err := NewReader(b)
	if err != nil {
		t.Fatal(err)
	}
	var tail inner
	if err := r.Next(&got); err != nil {
		t.Fatal(err)
	}
	if err := r.Next(&tail); err != nil {
		t.Fatal(err)
	}
	want.hidden = 0
	if !reflect.DeepEqual(got, want) || tail != (inner{4, "tail"}) {
		t.Errorf("got %+v %+v, want %+v", got, tail, want)
	}
	if math.Signbit(alias[1]) != true || &alias[0] != &got.X[0] {
		t.Error("a slice of the right length was not filled in place")
	}
}

func TestNaNKeepsItsBits(t *testing.T) {
	nan := math.Float64frombits(0x7ff8000000000123)
	b, _ := Marshal(struct{ X float64 }{nan})
	r, _ := NewReader(b)
	var got struct{ X float64 }
	if err := r.Next(&got); err != nil || math.Float64bits(got.X) != math.Float64bits(nan) {
		t.Errorf("got %x, %v", math.Float64bits(got.X), err)
	}
}

func TestEveryDamagedByteIsNoticed(t *testing.T) {
	b, _ := Marshal(sample())
	for i := range b {
		bad := append([]byte(nil), b...)
		bad[i] ^= 0x40
		if _, err := NewReader(bad); err == nil {
			t.Fatalf("a flipped bit in byte %d went unnoticed", i)
		}
		if _, err := NewReader(b[:i]); err == nil {
			t.Fatalf("a record cut at %d went unnoticed", i)
		}
	}
}

func TestWrongShape(t *testing.T) {
	b, _ := Marshal(inner{1, "x"})
	for _, c := range []struct {
		into any
		want string
	}{
		{&struct{ N float64 }{}, "fields"},
		{&struct{ N, S float64 }{}, "int where a float64"},
		{&struct {
			Z int
			S string
		}{}, `field "N"`},
	} {
		r, _ := NewReader(b)
		if err := r.Next(c.into); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("into %T: %v, want an error with %q", c.into, err, c.want)
		}
	}
	if _, err := Marshal(struct{ F func() }{}); err == nil {
		t.Error("a function was saved")
	}
}

func TestWriteFileReplacesWhole(t *testing.T) {
	name := filepath.Join(t.TempDir(), "run.ckpt")
	for _, s := range []string{"first", "second, longer"} {
		if err := WriteFile(name, []byte(s)); err != nil {
			t.Fatal(err)
		}
		if got, _ := os.ReadFile(name); string(got) != s {
			t.Errorf("file holds %q, want %q", got, s)
		}
	}
	if left, _ := filepath.Glob(name + ".*"); len(left) != 0 {
		t.Errorf("temporary files left: %v", left)
	}
	if err := WriteFile(filepath.Join(name, "x"), nil); err == nil {
		t.Error("writing below a file succeeded")
	}
}

func FuzzReader(f *testing.F) {
	b, _ := Marshal(sample())
	f.Add(b[header : len(b)-8])
	f.Add([]byte{})
	f.Fuzz(func(t *testing.T, body []byte) {
		var s state
		_ = (&Reader{b: body}).Next(&s) // must neither panic nor allocate without bound
	})
}
