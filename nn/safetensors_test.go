package nn

import (
	"bytes"
	"encoding/binary"
	"errors"
	"math"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/godescent/descent/vec"
)

func bytesOf[T vec.Float](x []T) []byte {
	var b []byte
	for _, v := range x {
		b = binary.LittleEndian.AppendUint64(b, math.Float64bits(float64(v)))
	}
	return b
}

// linearModel has the blocks layers.0.weight [2, 3] and layers.0.bias [2].
func linearModel[T vec.Float](t testing.TB) *Layout {
	m, err := NewMLP[T](MLPOptions{In: 3, Out: 2})
	if err != nil {
		t.Fatal(err)
	}
	return m.Layout()
}

func TestSafetensorsRoundTrip(t *testing.T) {
	roundTrip[float32](t)
	roundTrip[float64](t)
}

func roundTrip[T vec.Float](t *testing.T) {
	m, err := NewResNet[T](ResNetOptions{Channels: 1, Widths: []int{3, 5}, Blocks: 1, Classes: 2})
	if err != nil {
		t.Fatal(err)
	}
	l := m.Layout()
	x, state := Start[T](l, 1)
	x[0], x[1], x[2], state[0] = T(math.NaN()), T(math.Inf(-1)), T(math.Copysign(0, -1)), T(math.Float32frombits(1))
	meta := map[string]string{"epoch": "7", "a \"quoted\" name": "<&>"}
	var file bytes.Buffer
	if err := Save(&file, l, x, state, meta); err != nil {
		t.Fatal(err)
	}
	if n := binary.LittleEndian.Uint64(file.Bytes()); n%8 != 0 {
		t.Errorf("header of %d bytes: want a multiple of 8, so that data are aligned", n)
	}
	y, s, back, err := Load[T](bytes.NewReader(file.Bytes()), l)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(bytesOf(x), bytesOf(y)) || !bytes.Equal(bytesOf(state), bytesOf(s)) {
		t.Error("bits change on the way through a file")
	}
	if len(back) != 2 || back["epoch"] != "7" || back["a \"quoted\" name"] != "<&>" {
		t.Errorf("metadata %v: want %v", back, meta)
	}
	for _, n := range []int{0, 7, 8, 100, file.Len() - 1} {
		if _, _, _, err := Load[T](bytes.NewReader(file.Bytes()[:n]), l); err == nil {
			t.Errorf("%d of %d bytes: no error", n, file.Len())
		}
	}
	if err := Save(&file, l, x[1:], state, nil); err == nil {
		t.Error("a parameter too few: no error")
	}
	if err := Save(full{}, l, x, state, nil); !errors.Is(err, errFull) {
		t.Errorf("a full disk: %v", err)
	}
}

var errFull = errors.New("no space left")

type full struct{}

func (full) Write([]byte) (int, error) { return 0, errFull }

// Files that the reference implementation (safetensors 0.8.0 for Python) has written.
func TestSafetensorsReference(t *testing.T) {
	read := func(name string) []byte {
		b, err := os.ReadFile("testdata/" + name)
		if err != nil {
			t.Fatal(err)
		}
		return b
	}
	want := []float32{0, 0.25, 0.5, 0.75, 1, 1.25, float32(math.NaN()), float32(math.Copysign(0, -1))}
	x, _, meta, err := Load[float32](bytes.NewReader(read("linear.safetensors")), linearModel[float32](t))
	if err != nil || !bytes.Equal(bytesOf(x), bytesOf(want)) || meta["made by"] != "safetensors" {
		t.Errorf("F32: %v, %v, %v", x, meta, err)
	}
	wide, _, _, err := Load[float64](bytes.NewReader(read("linear.safetensors")), linearModel[float64](t))
	if err != nil || wide[5] != 1.25 || !math.IsNaN(wide[6]) {
		t.Errorf("F32 as float64: %v, %v", wide, err)
	}
	x64, _, _, err := Load[float64](bytes.NewReader(read("linear64.safetensors")), linearModel[float64](t))
	if err != nil || !slices.Equal(x64, []float64{0, 1 / 3.0, 2 / 3.0, 1, 4 / 3.0, 5 / 3.0, math.Inf(1), 1e-310}) {
		t.Errorf("F64: %v, %v", x64, err)
	}
	if _, _, _, err := Load[float32](bytes.NewReader(read("linear64.safetensors")), linearModel[float32](t)); err == nil || !strings.Contains(err.Error(), "want F32") {
		t.Errorf("F64 as float32: %v: want an error", err)
	}
}

// file makes a safetensors file of a header and a number of bytes of data.
func file(header string, data int) []byte {
	b := binary.LittleEndian.AppendUint64(nil, uint64(len(header)))
	return append(append(b, header...), make([]byte, data)...)
}

const (
	weight = `"layers.0.weight":{"dtype":"F32","shape":[2,3],"data_offsets":[0,24]}`
	biases = `"layers.0.bias":{"dtype":"F32","shape":[2],"data_offsets":[24,32]}`
)

func hostile() map[string]struct {
	file []byte
	want string
} {
	type bad = struct {
		file []byte
		want string
	}
	entry := func(s string) []byte { return file("{"+weight+`,"layers.0.bias":{`+s+"}}", 32) }
	return map[string]bad{
		"empty":               {nil, "less than 8 bytes"},
		"short":               {[]byte{1, 2, 3}, "less than 8 bytes"},
		"header cut off":      {file("{"+weight, 0)[:20], "cut off"},
		"header too long":     {binary.LittleEndian.AppendUint64(nil, 100_000_001), "at most 100000000"},
		"header huge":         {binary.LittleEndian.AppendUint64(nil, math.MaxUint64), "at most 100000000"},
		"header beyond file":  {append(binary.LittleEndian.AppendUint64(nil, 100_000_000), '{'), "has 1 after the first 8"},
		"no JSON":             {file("hello", 0), "invalid character"},
		"no object":           {file("[1]", 0), "want {"},
		"object cut off":      {file("{"+weight, 0), "unexpected EOF"},
		"not UTF-8":           {file("{\"\xff\":1}", 0), "UTF-8"},
		"text after":          {file("{"+weight+","+biases+"} x", 32), "blanks only"},
		"same name":           {file("{"+weight+","+weight+"}", 24), "each name once"},
		"same field":          {entry(`"dtype":"F32","dtype":"F32","shape":[2],"data_offsets":[24,32]`), "twice"},
		"unknown field":       {entry(`"dtype":"F32","shape":[2],"data_offsets":[24,32],"x":1`), `has "x"`},
		"missing field":       {entry(`"dtype":"F32","shape":[2]`), "two data_offsets"},
		"three offsets":       {entry(`"dtype":"F32","shape":[2],"data_offsets":[24,32,40]`), "two data_offsets"},
		"dtype":               {entry(`"dtype":"BF16","shape":[2],"data_offsets":[24,28]`), `dtype "BF16": want F32 or F64`},
		"dtype number":        {entry(`"dtype":1,"shape":[2],"data_offsets":[24,32]`), "dtype"},
		"shape null":          {entry(`"dtype":"F32","shape":null,"data_offsets":[24,28]`), "shape"},
		"shape of null":       {entry(`"dtype":"F32","shape":[null],"data_offsets":[24,24]`), "integers"},
		"shape negative":      {entry(`"dtype":"F32","shape":[-2],"data_offsets":[24,32]`), "integers"},
		"shape fraction":      {entry(`"dtype":"F32","shape":[2.0],"data_offsets":[24,32]`), "integers"},
		"shape overflow":      {entry(`"dtype":"F32","shape":[4294967296,4294967296],"data_offsets":[24,24]`), "a file can hold"},
		"length":              {entry(`"dtype":"F32","shape":[2],"data_offsets":[24,36]`), "want 8 bytes"},
		"backwards":           {entry(`"dtype":"F32","shape":[2],"data_offsets":[32,24]`), "data_offsets [32, 24]"},
		"overlap":             {entry(`"dtype":"F32","shape":[2],"data_offsets":[20,28]`), "begin at 20: want 24"},
		"hole":                {entry(`"dtype":"F32","shape":[2],"data_offsets":[28,36]`), "begin at 28: want 24"},
		"offset beyond file":  {file("{"+weight+","+biases+"}", 31), "ends before its data"},
		"data after":          {file("{"+weight+","+biases+"}", 33), "goes on"},
		"metadata of numbers": {file(`{"__metadata__":{"a":1},`+weight+","+biases+"}", 32), "want a string"},
		"metadata twice":      {file(`{"__metadata__":{"a":"1","a":"2"},`+weight+","+biases+"}", 32), "twice"},
		"wrong shape":         {file("{"+strings.Replace(weight, "[2,3]", "[3,2]", 1)+","+biases+"}", 32), "the model has [2 3]"},
		"unknown name":        {file("{"+strings.Replace(weight, "weight", "w", 1)+","+biases+"}", 32), "no block of the model"},
		"missing block":       {file("{"+weight+"}", 24), `no entry "layers.0.bias"`},
	}
}

func TestSafetensorsRefused(t *testing.T) {
	l := linearModel[float32](t)
	for name, c := range hostile() {
		if _, _, _, err := Load[float32](bytes.NewReader(c.file), l); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v: want an error with %q", name, err, c.want)
		}
	}
	if _, _, _, err := Load[float32](bytes.NewReader(file("{"+weight+","+biases+"}  ", 32)), l); err != nil {
		t.Errorf("a good file: %v", err)
	}
}

// FuzzSafetensors: any bytes are read or refused; what is read is written with the same
// numbers.
func FuzzSafetensors(f *testing.F) {
	for _, c := range hostile() {
		if len(c.file) < 1<<10 {
			f.Add(c.file)
		}
	}
	f.Add(file("{"+weight+","+biases+"}", 32))
	l := linearModel[float32](f)
	f.Fuzz(func(t *testing.T, b []byte) {
		x, state, meta, err := Load[float32](bytes.NewReader(b), l)
		if err != nil {
			return
		}
		var out bytes.Buffer
		if err := Save(&out, l, x, state, meta); err != nil {
			t.Fatal(err)
		}
		y, _, again, err := Load[float32](&out, l)
		if err != nil || !bytes.Equal(bytesOf(x), bytesOf(y)) || len(meta) != len(again) {
			t.Fatalf("%v, %v: %v, %v after a round trip: %v", x, meta, y, again, err)
		}
	})
}
