package data

import (
	"math"
	"strconv"
)

var pow10 = [...]float64{1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11,
	1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18, 1e19, 1e20, 1e21, 1e22}

// parseFloat reads the decimal number [+-]digits[.digits][e[+-]digits] at
// b[i:] and returns it with the index after it; the value equals that of
// strconv.ParseFloat bit for bit, +-Inf if it overflows. ok is false if there
// is no number. b must end with a byte that no number holds, such as a newline.
func parseFloat(b []byte, i int) (x float64, end int, ok bool) {
	start := i
	neg := false
	switch b[i] {
	case '-':
		neg = true
		i++
	case '+':
		i++
	}
	var m uint64
	first := i
	for {
		c := uint64(b[i] - '0')
		if c > 9 {
			break
		}
		m = m*10 + c
		i++
	}
	digits, exp := i-first, 0
	if b[i] == '.' {
		i++
		dot := i
		for {
			c := uint64(b[i] - '0')
			if c > 9 {
				break
			}
			m = m*10 + c
			i++
		}
		exp = dot - i
		digits += i - dot
	}
	if digits == 0 {
		return 0, start, false
	}
	if b[i]|0x20 == 'e' {
		j, e, sign := i+1, 0, 1
		switch b[j] {
		case '-':
			sign = -1
			j++
		case '+':
			j++
		}
		first := j
		for ; b[j]-'0' <= 9; j++ {
			if e < 1e6 {
				e = e*10 + int(b[j]-'0')
			}
		}
		if j == first {
			return 0, start, false
		}
		exp += sign * e
		i = j
	}
	// Clinger 1990: an integer below 2^53 times or over a power of ten that is
	// itself exact is rounded once, hence correctly.
	if digits <= 19 && m <= 1<<53 && -22 <= exp && exp <= 22 {
		x = float64(m)
		if exp < 0 {
			x /= pow10[-exp]
		} else {
			x *= pow10[exp]
		}
		if neg {
			x = -x
		}
		return x, i, true
	}
	if digits <= 19 && -22 <= exp && exp < 0 {
		if x, ok := quotient(m, pow10[-exp]); ok {
			if neg {
				x = -x
			}
			return x, i, true
		}
	}
	x, err := strconv.ParseFloat(string(b[start:i]), 64)
	if err != nil && !math.IsInf(x, 0) {
		return 0, start, false
	}
	return x, i, true
}

// quotient returns m/d correctly rounded, for m < 10^19 and an exact d; ok is
// false in the rare case where it cannot tell. With hi + lo = m and q = hi/d
// rounded, the fused multiply-add gives the remainder hi - q d exactly, so
// that c is within 2^-51 |c| of m/d - q. If q + c rounds to the same number at
// both ends of an interval four times as wide, so does m/d (Ziv's test).
func quotient(m uint64, d float64) (x float64, ok bool) {
	hi := float64(m)
	lo := float64(int64(m - uint64(hi)))
	q := hi / d
	c := (math.FMA(-q, d, hi) + lo) / d
	x = q + c*(1-0x1p-49)
	return x, x == q+c*(1+0x1p-49)
}
