package grad

import (
	"slices"
	"strings"
	"testing"
)

// Products with one record of the loss have the same bits as with a new one each.
func TestRewind(t *testing.T) {
	for name, m := range models[float64]() {
		directions := make([][]float64, 3)
		var want [][]float64
		for k := range directions {
			directions[k] = normal[float64](string(rune('a'+k)), len(m.w))
			clear(m.g)
			if err := m.tape.Backward(m.tape.JVP(m.record(), m.params, m.directions(directions[k]))); err != nil {
				t.Fatal(name, err)
			}
			want = append(want, slices.Clone(m.g))
		}
		loss := m.record()
		at, value, peak := m.tape.Mark(), loss.Value(), 0
		products := func() {
			for k, v := range directions {
				clear(m.g)
				m.tape.Param(v, make([]float64, len(v)), len(v)) // a stray parameter is forgotten too
				if err := m.tape.Backward(m.tape.JVP(loss, m.params, m.directions(v))); err != nil {
					t.Fatal(name, err)
				}
				m.tape.Rewind(at)
				if !slices.Equal(m.g, want[k]) {
					t.Errorf("%s: product %d differs from that with a new record", name, k)
				}
			}
			if peak == 0 {
				peak = m.tape.Peak()
			}
		}
		products()
		products()
		if p := m.tape.Peak(); p != peak {
			t.Errorf("%s: %d numbers used at most, %d in the first round: memory is not given back", name, p, peak)
		}
		if n := m.tape.Params(); n != len(m.w) || loss.Value() != value {
			t.Errorf("%s: %d parameters and loss %v after Rewind, want %d and %v", name, n, loss.Value(), len(m.w), value)
		}
		if n := testing.AllocsPerRun(5, func() {
			m.tape.Backward(m.tape.JVP(loss, m.params, m.directions(directions[0])))
			m.tape.Rewind(at)
		}) - testing.AllocsPerRun(5, func() { m.directions(directions[0]); m.tape.Rewind(at) }); n > 0 {
			t.Errorf("%s: %v allocations for a product", name, n)
		}
	}
}

// A mark of what is not on the tape any more, or never was, is refused. What is still there is as good as new.
func TestRewindRefuses(t *testing.T) {
	tape, other := NewTape[float64](), NewTape[float64]()
	var x *Tensor[float64]
	begin := func() Mark {
		tape.Reset()
		x = Square(tape.Scalar(3))
		return tape.Mark()
	}
	for name, f := range map[string]func(){
		"of a former step": func() { m := begin(); begin(); tape.Rewind(m) },
		"of a longer step": func() { begin(); Exp(x); m := tape.Mark(); begin(); tape.Rewind(m) },
		"behind a Rewind": func() {
			m := begin()
			Exp(x)
			n := tape.Mark()
			tape.Rewind(m)
			Exp(x)
			tape.Rewind(n)
		},
		"of another tape":    func() { begin(); Square(other.Scalar(1)); tape.Rewind(other.Mark()) },
		"that is forgotten":  func() { m := begin(); Exp(x); n := tape.Mark(); tape.Rewind(m); tape.Rewind(n) },
		"of an earlier tape": func() { m := begin(); tape = NewTape[float64](); tape.Rewind(m) },
	} {
		f()
		if err := tape.Err(); err == nil || !strings.Contains(err.Error(), "mark_test.go") || !strings.Contains(err.Error(), "grad.Rewind: the mark") {
			t.Errorf("a mark %s: error %v", name, err)
		}
	}
	m := begin()
	Exp(x)
	tape.Rewind(m)
	tape.Rewind(m)
	x.Watch(make([]float64, 1))
	if err := tape.Backward(Exp(x)); err != nil {
		t.Errorf("after Rewind: %v", err)
	}
}
