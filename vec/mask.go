package vec

import (
	"math"
	"unsafe"
)

// MaskZeros sets g_i to 0 where y_i is 0 or -0. Unlike a product it does so for infinities
// and NaN too, and unlike a comparison without branches.
func MaskZeros[T Float](g, y []T) {
	match(len(g), len(y))
	if unsafe.Sizeof(T(0)) == 4 {
		for i, v := range y {
			b := math.Float32bits(float32(v)) << 1
			g[i] = T(math.Float32frombits(math.Float32bits(float32(g[i])) & uint32(int32(b|-b)>>31)))
		}
		return
	}
	for i, v := range y {
		b := math.Float64bits(float64(v)) << 1
		g[i] = T(math.Float64frombits(math.Float64bits(float64(g[i])) & uint64(int64(b|-b)>>63)))
	}
}
