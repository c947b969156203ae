package store

import (
	"encoding/binary"
	"math"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/godescent/descent"
	"github.com/godescent/descent/rng"
)

// sameTrace compares bit for bit.
func sameTrace(a, b []descent.TracePoint) bool {
	return slices.Equal(appendTrace(nil, a), appendTrace(nil, b)) && len(a) == len(b)
}

func TestTraceRoundTrip(t *testing.T) {
	special := []descent.TracePoint{
		{Iteration: 0, Seconds: 0, Value: math.Inf(1), Certificate: math.NaN()},
		{Iteration: math.MaxInt64, Seconds: math.Copysign(0, -1), Value: math.Inf(-1), Certificate: 5e-324, Counts: descent.Counts{Value: math.MaxInt64}},
		{Iteration: math.MinInt64, Seconds: -1, Value: math.MaxFloat64, Certificate: math.Float64frombits(0x7ff8_dead_beef_0001)},
	}
	for _, trace := range [][]descent.TracePoint{nil, special[:1], special, sample(0).Trace} {
		b, err := decompress(compress(appendTrace(nil, trace)))
		if err != nil {
			t.Fatal(err)
		}
		got, err := readTrace(b)
		if err != nil || !sameTrace(got, trace) {
			t.Errorf("%v, want %v (%v)", got, trace, err)
		}
		for i := range trace {
			for k, column := range intColumns {
				if *column(&got[i]) != *column(&trace[i]) {
					t.Errorf("point %d, column %d: %d", i, k, *column(&got[i]))
				}
			}
			for k, column := range floatColumns {
				if math.Float64bits(*column(&got[i])) != math.Float64bits(*column(&trace[i])) {
					t.Errorf("point %d, column %d: %v", i, k, *column(&got[i]))
				}
			}
		}
	}
}

// Every field of a point has its column: whoever adds a field is told here.
func TestTraceColumns(t *testing.T) {
	fields := 0
	for _, typ := range []reflect.Type{reflect.TypeFor[descent.TracePoint](), reflect.TypeFor[descent.Counts]()} {
		for i := range typ.NumField() {
			if typ.Field(i).Type.Kind() != reflect.Struct {
				fields++
			}
		}
	}
	var p descent.TracePoint
	seen := map[any]bool{}
	for _, c := range intColumns {
		seen[c(&p)] = true
	}
	for _, c := range floatColumns {
		seen[c(&p)] = true
	}
	if len(seen) != fields {
		t.Errorf("%d columns for %d fields", len(seen), fields)
	}
}

// A trace with fewer columns of whole numbers, of an older version, has 0 in the others.
func TestOlderTrace(t *testing.T) {
	all := intColumns
	defer func() { intColumns = all }()
	trace := []descent.TracePoint{{Iteration: 3, Value: 2}, {Iteration: 5, Value: 1}}
	intColumns = all[:2]
	b := appendTrace(nil, trace)
	intColumns = all
	if got, err := readTrace(b); err != nil || !sameTrace(got, trace) {
		t.Errorf("%v, %v", got, err)
	}
}

func TestBadTraces(t *testing.T) {
	good := appendTrace(nil, sample(0).Trace)
	if _, err := readTrace(append([]byte{9}, good[1:]...)); err == nil || !strings.Contains(err.Error(), "version 9") {
		t.Errorf("version: %v", err)
	}
	if _, err := readTrace([]byte{traceVersion, 1, 200, 1}); err == nil || !strings.Contains(err.Error(), "200 columns") {
		t.Errorf("columns: %v", err)
	}
	huge := binary.AppendUvarint([]byte{traceVersion}, math.MaxUint64)
	if _, err := readTrace(append(huge, 8)); err == nil {
		t.Error("points without end are accepted")
	}
	for n := 1; n < len(good); n++ {
		if _, err := readTrace(good[:n]); err == nil {
			t.Errorf("cut to %d of %d bytes: no error", n, len(good))
		}
	}
	if _, err := readTrace(append(slices.Clone(good), 0)); err == nil {
		t.Error("a byte too many: no error")
	}
}

func FuzzTrace(f *testing.F) {
	f.Add([]byte{})
	f.Add(appendTrace(nil, sample(0).Trace))
	f.Add([]byte{traceVersion, 2, 8, 1})
	f.Fuzz(func(t *testing.T, b []byte) {
		trace, err := readTrace(b)
		if err != nil {
			return
		}
		again, err := readTrace(appendTrace(nil, trace))
		if err != nil || !sameTrace(again, trace) {
			t.Errorf("%v became %v (%v)", trace, again, err)
		}
	})
}

// The trace of a real run of 1000 points takes about 20 bytes a point, and not the 88 of memory.
func TestTraceSize(t *testing.T) {
	stream := rng.New(2, "trace")
	trace := make([]descent.TracePoint, 1000)
	for i := range trace {
		trace[i] = descent.TracePoint{
			Iteration: 3 * i, Seconds: 1e-4 * (float64(i) + stream.Float64()), Value: 1 + math.Exp(-float64(i)/200),
			Certificate: math.Exp(-float64(i)/100) * (1 + stream.Float64()/10), Counts: descent.Counts{Value: 4 * i, Gradient: 3 * i},
		}
	}
	n := len(compress(appendTrace(nil, trace)))
	if n > 24000 {
		t.Errorf("%d bytes", n)
	}
	t.Logf("%d bytes", n)
}
