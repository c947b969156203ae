package grad

import (
	"math"
	"strconv"
	"strings"

	"github.com/godescent/descent/vec"
)

// maxRank is how many axes a tensor may have.
const maxRank = 8

// maxSize is how many elements: their bytes can be counted.
const maxSize = math.MaxInt / 8

func size(shape []int) int {
	n := 1
	for _, d := range shape {
		n *= d
	}
	return n
}

func equal(a, b []int) bool {
	if len(a) != len(b) {
		return false
	}
	for i := range a {
		if a[i] != b[i] {
			return false
		}
	}
	return true
}

// list prints a shape. Unlike fmt it leaves the slice where it is, so that callers' variadic
// shapes stay on the stack.
func list(shape []int) string {
	var s strings.Builder
	s.WriteByte('[')
	for i, d := range shape {
		if i > 0 {
			s.WriteByte(' ')
		}
		s.WriteString(strconv.Itoa(d))
	}
	s.WriteByte(']')
	return s.String()
}

// axisOf returns the axis counted from the front, and whether there is one.
func axisOf(axis, rank int) (int, bool) {
	if axis < 0 {
		axis += rank
	}
	return axis, axis >= 0 && axis < rank
}

// dims is a shape by value.
type dims struct {
	n int
	d [maxRank]int
}

func dimsOf(shape []int) dims {
	s := dims{n: len(shape)}
	copy(s.d[:], shape)
	return s
}

func (s *dims) shape() []int { return s.d[:s.n] }

func (s *dims) add(d int) {
	s.d[s.n] = d
	s.n++
}

// broadcast returns the shape of an elementwise operation on shapes a and b by NumPy's rules:
// axes are matched from the last, and an axis of size 1 or one that is missing is repeated.
func broadcast(a, b []int) (dims, bool) {
	y := dims{n: max(len(a), len(b))}
	for i := range y.n {
		p, q := dimFrom(a, y.n-i), dimFrom(b, y.n-i)
		switch {
		case p == q || q == 1:
			y.d[i] = p
		case p == 1:
			y.d[i] = q
		default:
			return y, false
		}
	}
	return y, true
}

// dimFrom returns the size of the k-th axis from the end, 1 if there is none.
func dimFrom(shape []int, k int) int {
	if k > len(shape) {
		return 1
	}
	return shape[len(shape)-k]
}

// runs walks over the elements of shape y in order, and over those of shapes a and b that
// broadcast to them, in runs in which both move by constant steps of 0 or 1.
type runs struct {
	n       int // axes before the last
	dim     [maxRank]int
	sa, sb  [maxRank]int
	at      [maxRank]int
	y, a, b int // where the present run begins
	len     int // of a run
	da, db  int // steps of a and b in it, 0 or 1
	left    int // runs to come
	begun   bool
}

// runsOf returns the walk over y with its operands, both of which broadcast to y. Adjacent
// axes in which both move alike are merged.
func runsOf(y, a, b []int) runs {
	var r runs
	sa, sb, k := 1, 1, -1 // strides of the axis at hand; the last axis of r so far, in reverse
	var dim, ra, rb [maxRank]int
	for i := 1; i <= len(y); i++ {
		d, p, q := dimFrom(y, i), dimFrom(a, i), dimFrom(b, i)
		if d == 1 {
			continue
		}
		ta, tb := sa, sb
		if p == 1 {
			ta = 0
		}
		if q == 1 {
			tb = 0
		}
		sa, sb = sa*p, sb*q
		if k >= 0 && ta == ra[k]*dim[k] && tb == rb[k]*dim[k] {
			dim[k] *= d
			continue
		}
		k++
		dim[k], ra[k], rb[k] = d, ta, tb
	}
	r.len, r.left = 1, 1
	if k >= 0 {
		r.len, r.da, r.db = dim[0], ra[0], rb[0]
		r.n = k
		for i := range k {
			r.dim[i], r.sa[i], r.sb[i] = dim[k-i], ra[k-i], rb[k-i]
			r.left *= dim[k-i]
		}
	}
	if r.len == 0 {
		r.left = 0
	}
	return r
}

// next moves to the next run, the first one when called first.
func (r *runs) next() bool {
	if r.left == 0 {
		return false
	}
	r.left--
	if !r.begun {
		r.begun = true
		return true
	}
	r.y += r.len
	for i := r.n - 1; i >= 0; i-- {
		r.at[i]++
		r.a += r.sa[i]
		r.b += r.sb[i]
		if r.at[i] < r.dim[i] {
			break
		}
		r.a -= r.at[i] * r.sa[i]
		r.b -= r.at[i] * r.sb[i]
		r.at[i] = 0
	}
	return true
}

// addBroadcast adds x, repeated to shape y, to dst.
func addBroadcast[T vec.Float](dst []T, y []int, x []T, xs []int) {
	for r := runsOf(y, xs, xs); r.next(); {
		d := dst[r.y : r.y+r.len]
		if r.da == 1 {
			add(x[r.a:r.a+r.len], d)
			continue
		}
		v := x[r.a]
		for i := range d {
			d[i] += v
		}
	}
}

// addReduced adds to dst, of shape xs, the sums of y over the axes in which xs is repeated.
func addReduced[T vec.Float](dst []T, xs []int, y []T, ys []int) {
	for r := runsOf(ys, xs, xs); r.next(); {
		run := y[r.y : r.y+r.len]
		if r.da == 1 {
			add(run, dst[r.a:r.a+r.len])
		} else {
			dst[r.a] += vec.Sum(run)
		}
	}
}
