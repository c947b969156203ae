package linesearch

import "math"

// Wolfe searches for a step t > 0 along phi(t) = f(x + t d) that meets the strong
// Wolfe conditions, by the method of Moré and Thuente ("Line search algorithms with
// guaranteed sufficient decrease", ACM TOMS 20, 1994):
//
//	phi(t) <= phi(0) + C1 t phi'(0)    (1.1)
//	|phi'(t)| <= C2 |phi'(0)|          (1.2)
//
// Each trial is a safeguarded cubic or quadratic interpolation (section 4), of the
// auxiliary function psi(t) = phi(t) - phi(0) - C1 t phi'(0) until a trial has
// psi <= 0 and phi' >= 0, of phi from then on. Where C1 < C2 and a trial meets
// (1.1) within TMax, an interval that contains solutions shrinks around one.
//
// Near a minimizer the values of phi differ by rounding errors only, while slopes
// still tell the way. So where |phi(t) - phi(0)| < Noise max(|phi(0)|, |phi(t)|) the
// difference is taken from the slopes, t (phi'(0) + phi'(t)) / 2, which makes (1.1)
// the approximate Wolfe condition of Hager and Zhang (SIAM J. Optim. 16, 2005, (4.1)).
//
// Trials where phi is NaN or infinite are outside of the domain: the step is halved
// towards the best trial so far, and no later trial reaches that far.
//
// The zero value has the defaults. A search allocates nothing.
type Wolfe struct {
	C1       float64 // sufficient decrease, in (0, C2); 0 means 1e-4
	C2       float64 // curvature, in (C1, 1); 0 means 0.9, good for quasi-Newton directions
	XTol     float64 // relative width at which a bracket counts as a point; 0 means 1e-15
	TMin     float64 // smallest step
	TMax     float64 // largest step; 0 means no limit
	MaxEvals int     // trials; 0 means 20
	Noise    float64 // relative error of values of phi; 0 means 1e-11, negative means exact
}

// WolfeStatus says how a search ended.
type WolfeStatus int

// The ways a search can end. Only WolfeOK means that both conditions hold.
const (
	WolfeOK       WolfeStatus = iota // both conditions hold
	WolfeRounding                    // the bracket has shrunk to rounding or XTol: t is the best trial
	WolfeMaxEvals                    // no more trials: t is the best one
	WolfeAtMax                       // t = TMax has sufficient decrease, and phi still falls there
	WolfeAtMin                       // t = TMin is too long
	WolfeAscent                      // phi'(0) is not negative: t = 0
)

func (s WolfeStatus) String() string {
	names := [...]string{"both Wolfe conditions hold", "rounding errors prevent progress", "no more evaluations", "at the largest step", "at the smallest step", "not a direction of descent"}
	if s < 0 || int(s) >= len(names) {
		return "unknown"
	}
	return names[s]
}

// trial is a point of the search: a step, phi(t) - phi(0), phi'(t), and phi(t).
type trial struct{ t, f, g, v float64 }

// Search returns a step with the value and the slope of phi there, and how many
// times it called phi. f0 and slope0 are phi(0) and phi'(0) < 0, t0 > 0 is the first
// trial. phi was called last at the returned t, so that what the caller keeps of the
// last call belongs to it, except for t = 0: then no trial was lower than 0.
func (w Wolfe) Search(phi func(t float64) (f, slope float64), f0, slope0, t0 float64) (t, f, slope float64, evals int, status WolfeStatus) {
	w = w.defaults()
	if !(slope0 < 0) || !(t0 > 0) {
		return 0, f0, slope0, 0, WolfeAscent
	}
	var x, y trial // the ends of the interval: x has the least value so far
	x.g, y.g = slope0, slope0
	lo, hi := 0.0, 5*t0 // where the trial after the next must be
	width, width1 := math.Inf(1), math.Inf(1)
	edge := math.Inf(1) // the nearest trial beyond x where phi is not finite
	bracketed, modified := false, true
	t = min(max(t0, w.TMin), w.TMax)
	for {
		f, slope = phi(t)
		evals++
		p := trial{t, w.difference(f, f0, t, slope, slope0), slope, f}
		if p.f-p.f != 0 || p.g-p.g != 0 {
			if t > x.t {
				edge = t
			}
			t = x.t + (t-x.t)/2
			if evals >= w.MaxEvals {
				return x.settle(phi, math.NaN(), f0, slope0, evals, WolfeMaxEvals)
			}
			if t == x.t || t == edge {
				return x.settle(phi, math.NaN(), f0, slope0, evals, WolfeRounding)
			}
			continue
		}
		test := w.C1 * t * slope0 // (1.1)
		switch {
		case p.f <= test && math.Abs(p.g) <= -w.C2*slope0:
			return t, f, slope, evals, WolfeOK
		case t >= w.TMax && p.f <= test && p.g <= w.C1*slope0:
			return t, f, slope, evals, WolfeAtMax
		case t <= w.TMin && (p.f > test || p.g >= w.C1*slope0):
			return t, f, slope, evals, WolfeAtMin
		case evals >= w.MaxEvals:
			if p.f < x.f {
				x = p
			}
			return x.settle(phi, t, f0, slope0, evals, WolfeMaxEvals)
		}
		if modified && p.f <= test && p.g >= 0 {
			modified = false // a solution lies between: from now on phi instead of psi
		}
		tilt := 0.0
		if modified && p.f <= x.f && p.f > test {
			tilt = w.C1 * slope0
		}
		last := t
		t = update(&x, &y, p, tilt, &bracketed, lo, hi)
		if bracketed {
			d := math.Abs(y.t - x.t)
			if d >= 0.66*width1 { // at least a third must go in two trials
				t = x.t + (y.t-x.t)/2
			}
			width1, width = width, d
			lo, hi = min(x.t, y.t), max(x.t, y.t)
		} else {
			lo, hi = t+1.1*(t-x.t), t+4*(t-x.t) // (2.2)
		}
		t = min(max(t, w.TMin), w.TMax)
		if t >= edge {
			t = x.t + (edge-x.t)/2
		}
		if bracketed && (t <= lo || t >= hi || hi-lo <= w.XTol*hi) {
			return x.settle(phi, last, f0, slope0, evals, WolfeRounding)
		}
	}
}

func (w Wolfe) defaults() Wolfe {
	def := func(v *float64, d float64) {
		if *v == 0 {
			*v = d
		}
	}
	def(&w.C1, 1e-4)
	def(&w.C2, 0.9)
	def(&w.XTol, 1e-15)
	def(&w.TMax, math.Inf(1))
	def(&w.Noise, 1e-11)
	if w.MaxEvals == 0 {
		w.MaxEvals = 20
	}
	return w
}

// difference returns phi(t) - phi(0), from the slopes where the values cannot tell.
func (w Wolfe) difference(f, f0, t, g, g0 float64) float64 {
	d := f - f0
	if math.Abs(d) < w.Noise*max(math.Abs(f0), math.Abs(f)) {
		return t * (g0 + g) / 2
	}
	return d
}

// settle ends the search at x if phi is lower there than at 0, beyond doubt, else at 0.
// It calls phi at x unless it was called there last.
func (x trial) settle(phi func(float64) (float64, float64), last, f0, slope0 float64, evals int, why WolfeStatus) (t, f, slope float64, n int, status WolfeStatus) {
	if x.t == 0 || !(x.v < f0) {
		return 0, f0, slope0, evals, why
	}
	if x.t == last {
		return x.t, x.v, x.g, evals, why
	}
	f, slope = phi(x.t)
	return x.t, f, slope, evals + 1, why
}

// update moves the ends of the interval to the trial p (section 2) and returns the
// next trial, by the four cases of section 4. tilt is the slope of the line that is
// taken off: C1 phi'(0) for psi, 0 for phi.
func update(x, y *trial, p trial, tilt float64, bracketed *bool, lo, hi float64) float64 {
	a, b, c := x.less(tilt), y.less(tilt), p.less(tilt)
	opposite := c.g*math.Copysign(1, a.g) < 0
	t, end := 0.0, hi
	if c.t < a.t {
		end = lo
	}
	switch {
	case c.f > a.f: // case 1: higher; cubic if it is closer to the best, else half way to the quadratic
		t, _ = cubic(a, c)
		q := a.t + a.g/((a.f-c.f)/(c.t-a.t)+a.g)/2*(c.t-a.t)
		if math.Abs(t-a.t) >= math.Abs(q-a.t) {
			t += (q - t) / 2
		}
		*bracketed = true
	case opposite: // case 2: lower, slopes of opposite sign; the farther of cubic and secant
		t, _ = cubic(c, a)
		t = farther(c.t, t, secant(c, a))
		*bracketed = true
	case math.Abs(c.g) < math.Abs(a.g): // case 3: lower, same sign, flatter
		q := secant(c, a)
		u, ok := cubic(c, a)
		if t = u; !ok || (u-c.t)*(a.t-c.t) >= 0 { // no minimizer of the cubic beyond c
			t = end
		}
		if !*bracketed {
			t = min(max(farther(c.t, t, q), lo), hi)
			break
		}
		if math.Abs(t-c.t) >= math.Abs(q-c.t) {
			t = q
		}
		if limit := c.t + 0.66*(b.t-c.t); c.t > a.t {
			t = min(t, limit)
		} else {
			t = max(t, limit)
		}
	case *bracketed: // case 4: lower, same sign, not flatter
		t, _ = cubic(c, b)
	default:
		t = end
	}
	switch {
	case c.f > a.f:
		*y = p
	case opposite:
		*y, *x = *x, p
	default:
		*x = p
	}
	return t
}

// less is p with the line of the slope c taken off.
func (p trial) less(c float64) trial { return trial{p.t, p.f - c*p.t, p.g - c, p.v} }

// cubic returns the minimizer of the cubic that interpolates values and slopes at a
// and b, computed from a, and whether there is one: if not, where its slope is least.
func cubic(a, b trial) (t float64, ok bool) {
	theta := 3*(a.f-b.f)/(b.t-a.t) + a.g + b.g
	s := max(math.Abs(theta), math.Abs(a.g), math.Abs(b.g))
	gamma := s * math.Sqrt(max(0, theta/s*(theta/s)-a.g/s*(b.g/s)))
	if b.t < a.t {
		gamma = -gamma
	}
	r := (gamma - a.g + theta) / (gamma - a.g + gamma + b.g)
	return a.t + r*(b.t-a.t), gamma != 0
}

// secant returns where the line through the slopes at a and b is zero.
func secant(a, b trial) float64 { return a.t + a.g/(a.g-b.g)*(b.t-a.t) }

// farther returns that of u and v which is farther from t.
func farther(t, u, v float64) float64 {
	if math.Abs(u-t) > math.Abs(v-t) {
		return u
	}
	return v
}
