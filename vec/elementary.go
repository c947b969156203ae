package vec

import "math"

// ExpTo stores exp(x_i) in dst, which may alias x. The error is below 1.5 units in
// the last place, subnormal results included.
func ExpTo[T Float](dst, x []T) {
	match(len(dst), len(x))
	expTo(dst, x)
}

// LogTo stores the natural logarithms of x_i in dst, which may alias x: -Inf for
// zeros, NaN for what is below. The error is below 2 units in the last place.
func LogTo[T Float](dst, x []T) { mapTo(dst, x, math.Log) }

// TanhTo stores tanh(x_i) in dst, which may alias x. The error is below 2 units in the
// last place.
func TanhTo[T Float](dst, x []T) { mapTo(dst, x, math.Tanh) }

// SigmoidTo stores 1/(1 + exp(-x_i)) in dst, which may alias x. The error is below 2
// units in the last place.
func SigmoidTo[T Float](dst, x []T) { mapTo(dst, x, sigmoid) }

// ErfTo stores the error function of x_i in dst, which may alias x. The error is below
// 2 units in the last place.
func ErfTo[T Float](dst, x []T) { mapTo(dst, x, math.Erf) }

// mapTo stores f(x_i) in dst.
func mapTo[T Float](dst, x []T, f func(float64) float64) {
	match(len(dst), len(x))
	for i, v := range x {
		dst[i] = T(f(float64(v)))
	}
}

// sigmoid does not overflow.
func sigmoid(x float64) float64 {
	if x >= 0 {
		return 1 / (1 + math.Exp(-x))
	}
	e := math.Exp(x)
	return e / (1 + e)
}
