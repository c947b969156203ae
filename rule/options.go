package rule

import (
	"errors"
	"fmt"
	"math"

	"github.com/godescent/descent/vec"
)

// A limit is the range of an option: lo <= v < hi, or v <= hi if closed.
type limit struct {
	name   string
	v      float64
	lo, hi float64
	closed bool
}

func unit(name string, v float64) limit     { return limit{name, v, 0, 1, false} }
func fraction(name string, v float64) limit { return limit{name, v, 0, 1, true} }
func positive(name string, v float64) limit { return limit{name, v, 0, math.Inf(1), false} } // 0 is the default

// check returns an error that names the rule for each option outside of its range.
func check(rule string, options ...limit) error {
	var err error
	for _, o := range options {
		switch {
		case o.v >= o.lo && (o.v < o.hi || o.closed && o.v == o.hi):
		case math.IsInf(o.hi, 1):
			err = errors.Join(err, fmt.Errorf("%s: %s = %v: want a finite number >= %v", rule, o.name, o.v, o.lo))
		case o.closed:
			err = errors.Join(err, fmt.Errorf("%s: %s = %v: want at least %v and at most %v", rule, o.name, o.v, o.lo, o.hi))
		default:
			err = errors.Join(err, fmt.Errorf("%s: %s = %v: want at least %v and less than %v", rule, o.name, o.v, o.lo, o.hi))
		}
	}
	return err
}

// or returns v, or the default where v is 0.
func or(v, def float64) float64 {
	if v == 0 {
		return def
	}
	return v
}

// orNone is or for options of which a negative value means 0.
func orNone(v, def float64) float64 { return max(0, or(v, def)) }

// bias returns 1 - beta^k: what an average that starts at 0 has reached after k steps.
func bias(beta float64, k int) float64 { return 1 - math.Pow(beta, float64(k)) }

func sqrt[T vec.Float](v T) T { return T(math.Sqrt(float64(v))) }
func abs[T vec.Float](v T) T  { return T(math.Abs(float64(v))) }

// sign keeps 0 and NaN.
func sign[T vec.Float](v T) T {
	switch {
	case v > 0:
		return 1
	case v < 0:
		return -1
	}
	return v
}

// norm returns the Euclidean norm.
func norm[T vec.Float](x []T) float64 { return float64(vec.Nrm2(x)) }

// dot returns the inner product.
func dot[T vec.Float](x, y []T) float64 { return float64(vec.Dot(x, y)) }

// fill stores v everywhere.
func fill[T vec.Float](x []T, v T) {
	for i := range x {
		x[i] = v
	}
}
