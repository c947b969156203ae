package rng

import (
	"math"
	"math/rand/v2"
	"testing"
)

const frozenA, frozenC = 0x755f55e33fa2ea05, 0xacf1c298aaad86ea

func TestSameAsStandardPCG(t *testing.T) {
	s, want := Stream{1, 2}, rand.NewPCG(1, 2)
	for i := range 100 {
		if a, b := s.Uint64(), want.Uint64(); a != b {
			t.Fatalf("output %d is %x, math/rand/v2 gives %x", i, a, b)
		}
	}
}

// Do not change these numbers: archived results depend on them.
func TestStreamsAreFrozen(t *testing.T) {
	a := New(1, "sgd")
	c := a.Split(3)
	got := []uint64{a.Uint64(), c.Uint64()}
	b := New(1, "sgd")
	if b.Uint64() != got[0] {
		t.Error("splitting advanced the parent")
	}
	want := []uint64{frozenA, frozenC}
	for i := range got {
		if got[i] != want[i] {
			t.Errorf("number %d is %#x, want %#x", i, got[i], want[i])
		}
	}
	if x, y := New(1, "sgd"), New(1, "saga"); x == y {
		t.Error("two names share a stream")
	}
	if x, y := New(1, "sgd"), New(2, "sgd"); x == y {
		t.Error("two seeds share a stream")
	}
}

func TestMoments(t *testing.T) {
	s := New(7, "moments")
	const n = 200_000
	var u, u2, z, z2, z4 float64
	for range n {
		x, y := s.Float64(), s.Norm()
		u, u2, z, z2, z4 = u+x, u2+x*x, z+y, z2+y*y, z4+y*y*y*y
	}
	for _, c := range []struct {
		name           string
		got, want, tol float64
	}{
		{"mean of Float64", u / n, 0.5, 0.003}, {"square of Float64", u2 / n, 1. / 3, 0.003},
		{"mean of Norm", z / n, 0, 0.01}, {"variance of Norm", z2 / n, 1, 0.015}, {"kurtosis of Norm", z4 / n, 3, 0.1},
	} {
		if math.Abs(c.got-c.want) > c.tol {
			t.Errorf("%s is %g, want %g", c.name, c.got, c.want)
		}
	}
}

func TestIntnAndShuffleAreUniform(t *testing.T) {
	s := New(3, "uniform")
	var count [3]int
	var first [4]int
	for range 30_000 {
		count[s.Intn(3)]++
		x := []int{0, 1, 2, 3}
		s.Shuffle(x)
		first[x[0]]++
	}
	for i, c := range count {
		if c < 9_600 || c > 10_400 {
			t.Errorf("Intn gave %d %d times of 30000", i, c)
		}
	}
	for i, c := range first {
		if c < 7_150 || c > 7_850 {
			t.Errorf("Shuffle put %d first %d times of 30000", i, c)
		}
	}
}
