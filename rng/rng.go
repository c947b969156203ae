// Package rng has named, splittable, saveable random streams: the only source of
// randomness in the module. A stream is a function of a seed and a name, so that
// adding a consumer of randomness never changes the numbers that others see.
package rng

import (
	"hash/fnv"
	"math"
	"math/bits"
)

// A Stream is a PCG-DXSM generator (O'Neill 2014; the DXSM output function as in
// NumPy and math/rand/v2). Its exported fields are its whole state, so a run that
// holds a Stream by value saves and resumes it with its other state.
type Stream struct {
	Hi, Lo uint64
}

// New returns the stream of the given name under seed.
func New(seed uint64, name string) Stream {
	h := fnv.New64a()
	h.Write([]byte(name))
	k := h.Sum64()
	s := Stream{mix(seed ^ bits.RotateLeft64(k, 32)), mix(seed + k)}
	s.Uint64()
	return s
}

// Split returns the i-th child of s without advancing s.
func (s *Stream) Split(i uint64) Stream {
	c := Stream{mix(s.Hi ^ mix(i)), mix(s.Lo + bits.RotateLeft64(mix(i), 17))}
	c.Uint64()
	return c
}

// mix is the finalizer of SplitMix64.
func mix(z uint64) uint64 {
	z += 0x9e3779b97f4a7c15
	z = (z ^ z>>30) * 0xbf58476d1ce4e5b9
	z = (z ^ z>>27) * 0x94d049bb133111eb
	return z ^ z>>31
}

// Uint64 returns 64 uniform bits.
func (s *Stream) Uint64() uint64 {
	const (
		mulHi, mulLo = 2549297995355413924, 4865540595714422341
		incHi, incLo = 6364136223846793005, 1442695040888963407
		cheap        = 0xda942042e4dd58b5
	)
	hi, lo := bits.Mul64(s.Lo, mulLo)
	hi += s.Hi*mulLo + s.Lo*mulHi
	lo, c := bits.Add64(lo, incLo, 0)
	hi, _ = bits.Add64(hi, incHi, c)
	s.Hi, s.Lo = hi, lo
	hi ^= hi >> 32
	hi *= cheap
	hi ^= hi >> 48
	hi *= lo | 1
	return hi
}

// Float64 returns a uniform number in [0, 1) with 53 random bits.
func (s *Stream) Float64() float64 { return float64(s.Uint64()>>11) * 0x1p-53 }

// Intn returns a uniform integer in [0, n), without bias (Lemire 2019). n must be positive.
func (s *Stream) Intn(n int) int {
	if n <= 0 {
		panic("rng: Intn of a number < 1")
	}
	m := uint64(n)
	hi, lo := bits.Mul64(s.Uint64(), m)
	for lo < m && lo < -m%m {
		hi, lo = bits.Mul64(s.Uint64(), m)
	}
	return int(hi)
}

// Norm returns a standard normal number (Marsaglia's polar method, one of the
// two kept, so that the state stays two words).
func (s *Stream) Norm() float64 {
	for {
		u, v := 2*s.Float64()-1, 2*s.Float64()-1
		if q := u*u + v*v; q > 0 && q < 1 {
			return u * math.Sqrt(-2*math.Log(q)/q)
		}
	}
}

// Shuffle permutes x uniformly (Fisher and Yates).
func (s *Stream) Shuffle(x []int) {
	for i := len(x) - 1; i > 0; i-- {
		j := s.Intn(i + 1)
		x[i], x[j] = x[j], x[i]
	}
}
