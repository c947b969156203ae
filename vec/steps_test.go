package vec

import (
	"math"
	"testing"
)

// step is an update, its portable twin, and what both need: x, what is remembered, g.
type step[T Float] struct {
	name      string
	fast, ref func(v [][]T)
	vectors   int
}

func steps[T Float]() []step[T] {
	mo := &Momentum[T]{Old: 0.9, New: 0.7, Decay: 0.05, Rate: 0.1}
	me := &Moments[T]{Old1: 0.9, New1: 0.1, Old2: 0.99, New2: 0.01, Decay: 0.05, Shrink: 0.98, Rate: 0.1, Root: 3, Eps: 1e-4, Add: 1e-3}
	si := &Signs[T]{Old1: 0.9, New1: 0.1, Old2: 0.99, New2: 0.01, Shrink: 0.98, Rate: 0.1}
	cl := &Clipped[T]{Old: 0.9, New: 0.1, Scale: 0.5, Least: 1e-3, Shrink: 0.98, Rate: 0.1}
	return []step[T]{
		{"Axpby", func(v [][]T) { Axpby(-0.1, v[1], 0.98, v[0]) }, func(v [][]T) { axpbyGo(&[2]T{-0.1, 0.98}, v[1], v[0]) }, 2},
		{"Momentum.Step", func(v [][]T) { mo.Step(v[0], v[1], v[2]) }, func(v [][]T) { momentumStepGo(mo, v[0], v[1], v[2]) }, 3},
		{"Momentum.Nesterov", func(v [][]T) { mo.Nesterov(v[0], v[1], v[2]) }, func(v [][]T) { nesterovStepGo(mo, v[0], v[1], v[2]) }, 3},
		{"Moments.Step", func(v [][]T) { me.Step(v[0], v[1], v[2], v[3]) }, func(v [][]T) { momentStepGo(me, v[0], v[1], v[2], v[3]) }, 4},
		{"Moments.Deviation", func(v [][]T) { me.Deviation(v[0], v[1], v[2], v[3]) }, func(v [][]T) { deviationStepGo(me, v[0], v[1], v[2], v[3]) }, 4},
		{"Signs.Step", func(v [][]T) { si.Step(v[0], v[1], v[2]) }, func(v [][]T) { signStepGo(si, v[0], v[1], v[2]) }, 3},
		{"Clipped.Step", func(v [][]T) { cl.Step(v[0], v[1], v[2], v[3]) }, func(v [][]T) { clippedStepGo(cl, v[0], v[1], v[2], v[3]) }, 4},
	}
}

// operands are vectors with zeros of both signs; the third of four is not negative, as
// averages of squares are not.
func operands[T Float](count, n, offset int) (whole, v [][]T) {
	for k := range count {
		w, x := guarded(sample[T](n, uint64(k+1)), offset)
		for i := range x {
			switch {
			case i%7 == 3 && k > 0:
				x[i] = 0
			case i%11 == 5 && k > 0:
				x[i] = T(math.Copysign(0, -1))
			}
			if count == 4 && k == 2 {
				x[i] *= x[i]
			}
		}
		whole, v = append(whole, w), append(v, x)
	}
	return whole, v
}

func sameSteps[T Float](t *testing.T, tol float64) (compared int) {
	for _, s := range steps[T]() {
		for n := range 140 {
			for offset := range 3 {
				whole, got := operands[T](s.vectors, n, offset)
				_, want := operands[T](s.vectors, n, offset)
				s.fast(got)
				s.ref(want)
				for k := range got {
					for i := range got[k] {
						near(t, s.name, got[k][i], want[k][i], tol)
					}
					intact(t, s.name, whole[k], offset, n)
				}
				compared++
			}
		}
		// NaN in any operand stays in its element, and reaches x.
		for k := range s.vectors {
			_, got := operands[T](s.vectors, 37, 1)
			_, want := operands[T](s.vectors, 37, 1)
			for _, i := range []int{0, 17, 33, 36} {
				got[k][i], want[k][i] = T(math.NaN()), T(math.NaN())
			}
			s.fast(got)
			s.ref(want)
			for j := range got {
				for i := range got[j] {
					if (got[j][i] != got[j][i]) != (want[j][i] != want[j][i]) || j == 0 && (got[j][i] != got[j][i]) != (i == 0 || i == 17 || i == 33 || i == 36) {
						t.Fatalf("%s: NaN in operand %d: operand %d[%d] is %v, portable %v", s.name, k, j, i, got[j][i], want[j][i])
					}
				}
			}
			compared++
		}
	}
	return compared
}

func TestSteps(t *testing.T) {
	paths(t, func(t *testing.T) {
		if n := sameSteps[float64](t, 1e-14) + sameSteps[float32](t, 1e-5); n < 5000 {
			t.Errorf("only %d comparisons", n)
		}
	})
}

// The sign of an average is exact: a step is Rate, 0 or -Rate, for subnormal and infinite averages too.
func TestSignOfAverage(t *testing.T) {
	paths(t, func(t *testing.T) {
		c := Signs[float32]{New1: 1, Shrink: 1, Rate: 1}
		g := []float32{1, -1, 0, float32(math.Copysign(0, -1)), 1e-45, -1e-45, float32(math.Inf(1)), float32(math.Inf(-1))}
		want := []float32{-1, 1, 0, 0, -1, 1, -1, 1}
		x, m := make([]float32, len(g)), make([]float32, len(g))
		c.Step(x, m, g)
		for i := range x {
			if x[i] != want[i] {
				t.Errorf("step against %v is %v, want %v", g[i], x[i], want[i])
			}
		}
	})
}

func TestStepLengths(t *testing.T) {
	for _, s := range steps[float64]() {
		_, v := operands[float64](s.vectors, 5, 0)
		v[1] = v[1][:4]
		func() {
			defer func() {
				if recover() == nil {
					t.Errorf("%s: lengths that differ are not refused", s.name)
				}
			}()
			s.fast(v)
		}()
	}
}

func TestStepAllocations(t *testing.T) {
	paths(t, func(t *testing.T) {
		for _, s := range steps[float32]() {
			_, v := operands[float32](s.vectors, 100, 0)
			if a := testing.AllocsPerRun(5, func() { s.fast(v) }); a > 0 {
				t.Errorf("%s: %v allocations", s.name, a)
			}
		}
	})
}

func BenchmarkSteps(b *testing.B) {
	for _, s := range steps[float32]() {
		b.Run(s.name, func(b *testing.B) {
			benchPaths(b, func(b *testing.B) {
				_, v := operands[float32](s.vectors, 4096, 0)
				for b.Loop() {
					s.fast(v)
				}
				b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/4096, "ns/element")
			})
		})
	}
}
