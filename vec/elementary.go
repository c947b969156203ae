package vec

import "math"

// The functions below store a function of each element of x in dst, which may alias x.
// float32 is computed in float64 and rounded once. The bounds on the error of float64 are
// those of the assembly; in portable Go, where the exponential is that of the standard
// library, all are 3 units in the last place.

// ExpTo stores exp(x_i): +Inf beyond the largest number, subnormal results included. The
// error is below 1.5 units in the last place for float64, 0.51 for float32.
func ExpTo[T Float](dst, x []T) {
	match(len(dst), len(x))
	expTo(dst, x)
}

// LogTo stores the natural logarithm of x_i: -Inf of 0 and -0, NaN of what is below. The
// error is below 1.5 units in the last place for float64, 0.51 for float32.
func LogTo[T Float](dst, x []T) {
	match(len(dst), len(x))
	logTo(dst, x)
}

// TanhTo stores tanh(x_i), with the sign of x_i for zeros. The error is below 2 units in
// the last place for float64, 0.51 for float32.
func TanhTo[T Float](dst, x []T) {
	match(len(dst), len(x))
	tanhTo(dst, x)
}

// SigmoidTo stores 1/(1 + exp(-x_i)), without overflow. The error is below 2 units in the
// last place for float64, 0.51 for float32.
func SigmoidTo[T Float](dst, x []T) {
	match(len(dst), len(x))
	sigmoidTo(dst, x)
}

// ErfTo stores the error function of x_i, 2/sqrt(pi) times the integral of exp(-t^2) from
// 0 to x_i, with the sign of x_i for zeros. The error is below 1.5 units in the last place
// for float64, 0.51 for float32.
func ErfTo[T Float](dst, x []T) {
	match(len(dst), len(x))
	erfTo(dst, x)
}

// GeluTo stores x_i Phi(x_i) in y, with Phi the standard normal distribution function, and
// its derivative Phi(x_i) + x_i phi(x_i), with the density phi, in d. y may alias x, d neither.
// The errors are below 2^-24 max(1, |x_i|) for float32, 2^-50 max(1, |x_i|) for float64.
func GeluTo[T Float](y, d, x []T) {
	match(len(y), len(x))
	match(len(d), len(x))
	geluTo(y, d, x)
}

// geluParts computes it by the functions above.
func geluParts[T Float](y, d, x []T) {
	var buf [256]T
	for lo := 0; lo < len(x); lo += len(buf) {
		hi := min(lo+len(buf), len(x))
		z, p, e := x[lo:hi], buf[:hi-lo], d[lo:hi]
		for i, v := range z {
			p[i] = v * (1 / math.Sqrt2)
			e[i] = -0.5 * v * v
		}
		erfTo(p, p)
		expTo(e, e)
		for i, v := range z {
			c := 0.5*p[i] + 0.5
			e[i] = c + v*(1/(math.Sqrt2*math.SqrtPi))*e[i]
			y[lo+i] = v * c
		}
	}
}

// The portable twins.

func geluGo[T Float](y, d, x []T) {
	for i, v := range x {
		w := float64(v)
		p := 0.5 + 0.5*math.Erf(w/math.Sqrt2)
		y[i], d[i] = T(w*p), T(p+w*math.Exp(-0.5*w*w)/(math.Sqrt2*math.SqrtPi))
	}
}

func expGo[T Float](dst, x []T)  { mapGo(dst, x, math.Exp) }
func tanhGo[T Float](dst, x []T) { mapGo(dst, x, math.Tanh) }
func erfGo[T Float](dst, x []T)  { mapGo(dst, x, math.Erf) }

// logGo scales subnormal numbers, which math.Log gets wrong on some processors.
func logGo[T Float](dst, x []T) {
	mapGo(dst, x, func(v float64) float64 {
		if v > 0 && v < 0x1p-1022 {
			return math.Log(v*0x1p52) - 52*math.Ln2
		}
		return math.Log(v)
	})
}

func sigmoidGo[T Float](dst, x []T) {
	mapGo(dst, x, func(v float64) float64 {
		e := math.Exp(-math.Abs(v)) // never overflows
		if v < 0 {
			return e / (1 + e)
		}
		return 1 / (1 + e)
	})
}

func mapGo[T Float](dst, x []T, f func(float64) float64) {
	for i, v := range x {
		dst[i] = T(f(float64(v)))
	}
}
