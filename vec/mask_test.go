package vec

import (
	"math"
	"testing"
)

func TestMaskZeros(t *testing.T) {
	testMaskZeros[float32](t)
	testMaskZeros[float64](t)
}

func testMaskZeros[T Float](t *testing.T) {
	inf, nan := T(math.Inf(1)), T(math.NaN())
	y := []T{0, T(math.Copysign(0, -1)), 1, -1, inf, nan, T(math.SmallestNonzeroFloat32), 0}
	g := []T{1, inf, 2, inf, 3, 4, 5, nan}
	MaskZeros(g, y)
	for i, want := range []T{0, 0, 2, inf, 3, 4, 5, 0} {
		if g[i] != want {
			t.Errorf("element %d is %v: want %v", i, g[i], want)
		}
	}
}
