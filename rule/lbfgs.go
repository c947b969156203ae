package rule

import (
	"math"

	"github.com/godescent/descent/vec"
)

// LBFGS is the limited-memory quasi-Newton method on the gradients it is given, of full batches or
// large ones:
//
//	s = x_k - x_{k-1},  y = g_k - g_{k-1}, kept if y's > 1e-10,  d = -H g by the two-loop recursion,
//	H_0 = y's/y'y I,  x <- x + t d
//
// with t = lr, at step 1 lr min(1, 1/|g|_1). With Wolfe a line search takes t from there to the strong
// Wolfe conditions with 1e-4 and 0.9, by cubic interpolation. x stays where d is no descent
// direction. Memory: 2 History + 2 vectors.
//
// Liu and Nocedal, On the limited memory BFGS method for large scale optimization, Math. Program. 45, 1989.
// Line search: Nocedal and Wright, Numerical optimization, 2006, Algorithms 3.5 and 3.6.
type LBFGS struct {
	History int // pairs s, y; default 10
	Wolfe   bool
}

// Check implements [Rule].
func (r LBFGS) Check() error { return check("lbfgs", positive("history", float64(r.History))) }

// Rate returns 1.
func (r LBFGS) Rate() float64 { return 1 }

func (r LBFGS) history() int { return int(or(float64(r.History), 10)) }

// Vectors implements [Rule].
func (r LBFGS) Vectors() int { return 2*r.history() + 2 }

// Needs implements [Needer].
func (r LBFGS) Needs() Needs {
	return Needs{Scope: Whole, Scalars: 4 + 2*r.history(), Loss: r.Wolfe, Gradients: r.Wolfe}
}

// Step32 implements [Rule].
func (r LBFGS) Step32(p *Part[float32]) { lbfgs(r, p) }

// Step64 implements [Rule].
func (r LBFGS) Step64(p *Part[float64]) { lbfgs(r, p) }

func lbfgs[T vec.Float](r LBFGS, p *Part[T]) {
	h := r.history()
	prev, d, s, y := p.V[0], p.V[1], p.V[2:2+h], p.V[2+h:]
	// pairs ever kept, H_0, and the last t; then 1/y's of each pair and the first loop's factors.
	kept, scale, t, rho, alpha := &p.S[0], &p.S[1], &p.S[2], p.S[4:4+h], p.S[4+h:]
	if p.K == 1 {
		*scale = 1
	} else {
		vec.Axpby(1, p.G, -1, prev) // y
		if ys := *t * dot(prev, d); ys > 1e-10 {
			at := int(*kept) % h
			copy(y[at], prev)
			copy(s[at], d)
			vec.Scal(T(*t), s[at])
			rho[at], *scale = 1/ys, ys/dot(prev, prev)
			*kept++
		}
	}
	copy(d, p.G)
	vec.Scal(-1, d)
	first := max(0, int(*kept)-h)
	for j := int(*kept) - 1; j >= first; j-- {
		i := j % h
		alpha[i] = rho[i] * dot(s[i], d)
		vec.Axpy(T(-alpha[i]), y[i], d)
	}
	vec.Scal(T(*scale), d)
	for j := first; j < int(*kept); j++ {
		i := j % h
		vec.Axpy(T(alpha[i]-rho[i]*dot(y[i], d)), s[i], d)
	}
	copy(prev, p.G)
	*t = p.LR
	if p.K == 1 {
		*t *= min(1, 1/float64(vec.Asum(p.G)))
	}
	slope := dot(p.G, d)
	if !(slope <= 0) {
		*t = 0
		return
	}
	if r.Wolfe {
		w := wolfe[T]{p: p, d: d, x: p.Scratch(len(d)), g: p.Scratch(len(d)), f: p.Oracle.Loss, slope: slope}
		*t = w.search(*t)
	}
	vec.Axpy(T(*t), d, p.X)
}

// wolfe is a line search along d.
type wolfe[T vec.Float] struct {
	p        *Part[T]
	d, x, g  []T
	f, slope float64 // at t = 0
}

// A trial is a point of a line search.
type trial struct{ t, f, slope float64 }

const (
	wolfeDecrease = 1e-4
	wolfeSlope    = 0.9
	wolfeTrials   = 25
)

func (w *wolfe[T]) at(t float64) trial {
	vec.AxpyTo(w.x, T(t), w.d, w.p.X)
	f := w.p.Oracle.Gradient(w.g, w.x)
	return trial{t, f, dot(w.g, w.d)}
}

// high is true of NaN too.
func (w *wolfe[T]) high(a trial) bool { return !(a.f <= w.f+wolfeDecrease*a.t*w.slope) }
func (w *wolfe[T]) flat(a trial) bool { return math.Abs(a.slope) <= -wolfeSlope*w.slope }

// search grows t until an interval holds a point of the strong Wolfe conditions.
func (w *wolfe[T]) search(t float64) float64 {
	before, now := trial{0, w.f, w.slope}, w.at(t)
	for k := 0; k < wolfeTrials; k++ {
		switch {
		case w.high(now) || k > 1 && now.f >= before.f:
			return w.zoom(before, now, k)
		case w.flat(now):
			return now.t
		case now.slope >= 0:
			return w.zoom(before, now, k)
		}
		next := cubic(before, now, now.t+0.01*(now.t-before.t), 10*now.t)
		before, now = now, w.at(next)
	}
	if w.f <= now.f {
		return 0
	}
	return now.t
}

// zoom shrinks an interval; low is its end with the smaller value.
func (w *wolfe[T]) zoom(a, b trial, trials int) float64 {
	low, high := a, b
	if b.f < a.f {
		low, high = b, a
	}
	size, slow := float64(vec.NrmInf(w.d)), false
	for ; trials < wolfeTrials && math.Abs(a.t-b.t)*size >= 1e-9; trials++ {
		left, right := min(low.t, high.t), max(low.t, high.t)
		t := cubic(a, b, left, right)
		if near := 0.1 * (right - left); min(right-t, t-left) >= near {
			slow = false
		} else if slow || t >= right || t <= left { // away from the ends
			if math.Abs(t-right) < math.Abs(t-left) {
				t = right - near
			} else {
				t = left + near
			}
			slow = false
		} else {
			slow = true
		}
		now := w.at(t)
		aLow := low == a
		switch {
		case w.high(now) || now.f >= low.f:
			high = now
		case w.flat(now):
			return now.t
		default:
			if now.slope*(high.t-low.t) >= 0 {
				high = low
			}
			low = now
		}
		if aLow {
			a, b = low, high
		} else {
			a, b = high, low
		}
		if high.f < low.f || high.f == low.f && !aLow {
			low, high = high, low
		}
	}
	return low.t
}

// cubic returns the minimizer, within bounds, of the cubic through two points with their slopes.
func cubic(a, b trial, left, right float64) float64 {
	if a.t > b.t {
		a, b = b, a
	}
	d1 := a.slope + b.slope - 3*(a.f-b.f)/(a.t-b.t)
	square := d1*d1 - a.slope*b.slope
	if !(square >= 0) {
		return (left + right) / 2
	}
	d2 := math.Sqrt(square)
	t := b.t - (b.t-a.t)*((b.slope+d2-d1)/(b.slope-a.slope+2*d2))
	if t != t { // where values are not finite
		return (left + right) / 2
	}
	return min(max(t, left), right)
}
