package nn

import (
	"math"

	"github.com/godescent/descent/rng"
)

// An Init fills a block of parameters. A unit of the block's layer has fanIn inputs, and an
// input goes to fanOut units.
type Init func(x []float64, fanIn, fanOut int, s *rng.Stream)

// Kaiming draws from a normal distribution with variance 2/fanIn, which keeps the scale of
// activations through layers with ReLU (He, Zhang, Ren and Sun 2015, arXiv:1502.01852).
func Kaiming(x []float64, fanIn, _ int, s *rng.Stream) { normal(x, math.Sqrt(2/float64(fanIn)), s) }

// KaimingUniform draws from a uniform distribution with the variance of Kaiming.
func KaimingUniform(x []float64, fanIn, _ int, s *rng.Stream) {
	uniform(x, math.Sqrt(6/float64(fanIn)), s)
}

// Xavier draws from a normal distribution with variance 2/(fanIn + fanOut), for tanh and
// linear layers (Glorot and Bengio 2010).
func Xavier(x []float64, fanIn, fanOut int, s *rng.Stream) {
	normal(x, math.Sqrt(2/float64(fanIn+fanOut)), s)
}

// XavierUniform draws from a uniform distribution with the variance of Xavier.
func XavierUniform(x []float64, fanIn, fanOut int, s *rng.Stream) {
	uniform(x, math.Sqrt(6/float64(fanIn+fanOut)), s)
}

// Normal draws from a normal distribution with mean 0 and standard deviation std.
func Normal(std float64) Init {
	return func(x []float64, _, _ int, s *rng.Stream) { normal(x, std, s) }
}

// Uniform draws from a uniform distribution on [-a, a).
func Uniform(a float64) Init {
	return func(x []float64, _, _ int, s *rng.Stream) { uniform(x, a, s) }
}

// Constant sets all numbers to v.
func Constant(v float64) Init {
	return func(x []float64, _, _ int, _ *rng.Stream) {
		for i := range x {
			x[i] = v
		}
	}
}

// Zeros and Ones are what their names say.
var (
	Zeros = Constant(0)
	Ones  = Constant(1)
)

func normal(x []float64, std float64, s *rng.Stream) {
	for i := range x {
		x[i] = std * s.Norm()
	}
}

func uniform(x []float64, a float64, s *rng.Stream) {
	for i := range x {
		x[i] = a * (2*s.Float64() - 1)
	}
}
