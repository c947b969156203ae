package grad

import (
	"slices"
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
