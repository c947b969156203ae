package glm

import (
	"fmt"
	"math"

	"github.com/godescent/descent/vec"
)

// A Loss is a convex function phi(y, z) of the target y and the linear predictor
// z. The losses of this package are the only implementations.
type Loss interface {
	// Name is the loss as it is written on the command line.
	Name() string
	// check refuses options and targets outside of the loss's domain.
	check(y []float64) error
	// eval stores phi'(y_i, z_i) in u and phi(y_i, z_i) in v.
	eval(v, u, z, y []float64)
	// curve stores phi''(y_i, z_i) in d, given u from eval. Where the second
	// derivative jumps it takes the larger side.
	curve(d, u, z, y []float64)
	// rise stores phi(y_i, z_i + v_i) - phi(y_i, z_i) in r, without cancellation.
	rise(r, z, v, y []float64)
	// bound returns the supremum of phi'', +Inf if there is none.
	bound() float64
	// conj returns the convex conjugate phi*(y, .) at t, +Inf outside its domain.
	conj(y, t float64) float64
}

// Squared is (z-y)^2/2.
type Squared struct{}

// Logistic is log(1+exp(-y z)) for y in {-1, +1}.
type Logistic struct{}

// SquaredHinge is max(0, 1 - y z)^2 for y in {-1, +1}.
type SquaredHinge struct{}

// Huber is r^2/2 for |r| <= Epsilon, else Epsilon |r| - Epsilon^2/2, with r = y-z
// (Huber 1964). Epsilon must be positive; it has the unit of y.
type Huber struct{ Epsilon float64 }

// Poisson is exp(z) - y z for counts y >= 0: the log link.
type Poisson struct{}

// Quantile is the pinball loss max(q r, (q-1) r), r = y-z, of quantile regression
// (Koenker and Bassett 1978), smoothed: where r is within Smoothing times q above
// or 1-q below 0 it is r^2/(2 Smoothing), the Moreau envelope of the pinball loss.
// The smoothed objective is below the pinball objective by at most
// Smoothing max(q, 1-q)^2 / 2. Q is in (0, 1); Smoothing must be positive and
// has the unit of y.
type Quantile struct{ Q, Smoothing float64 }

// Multinomial is logsumexp(z_1..z_K) - z_y for classes y in {0, ..., K-1}.
type Multinomial struct{ K int }

// MultiSquared is (1/2) sum_k (z_k-y_k)^2 for K >= 1 numbers a sample: multi-task
// regression. The targets of a model are n K numbers, all of the first output first.
type MultiSquared struct{ K int }

// Name returns "linear".
func (Squared) Name() string { return "linear" }

// Name returns "logistic".
func (Logistic) Name() string { return "logistic" }

// Name returns "squared-hinge".
func (SquaredHinge) Name() string { return "squared-hinge" }

// Name returns "huber".
func (Huber) Name() string { return "huber" }

// Name returns "poisson".
func (Poisson) Name() string { return "poisson" }

// Name returns "quantile".
func (Quantile) Name() string { return "quantile" }

// Name returns "multinomial".
func (Multinomial) Name() string { return "multinomial" }

// Name returns "multitask".
func (MultiSquared) Name() string { return "multitask" }

func (Squared) check([]float64) error        { return nil }
func (Logistic) check(y []float64) error     { return checkSigns("logistic", y) }
func (SquaredHinge) check(y []float64) error { return checkSigns("squared-hinge", y) }

func checkSigns(name string, y []float64) error {
	for i, v := range y {
		if v != 1 && v != -1 {
			return fmt.Errorf("glm: %s: target of sample %d is %v: want -1 or +1", name, i+1, v)
		}
	}
	return nil
}

func (l Huber) check([]float64) error {
	if !(l.Epsilon > 0) || math.IsInf(l.Epsilon, 0) {
		return fmt.Errorf("glm: huber: epsilon %v: want a positive number", l.Epsilon)
	}
	return nil
}

func (Poisson) check(y []float64) error {
	for i, v := range y {
		if !(v >= 0) {
			return fmt.Errorf("glm: poisson: target of sample %d is %v: want a count >= 0", i+1, v)
		}
	}
	return nil
}

func (l Quantile) check([]float64) error {
	if !(l.Q > 0 && l.Q < 1) {
		return fmt.Errorf("glm: quantile: q = %v: want 0 < q < 1", l.Q)
	}
	if !(l.Smoothing > 0) || math.IsInf(l.Smoothing, 0) {
		return fmt.Errorf("glm: quantile: smoothing %v: want a positive number", l.Smoothing)
	}
	return nil
}

func (l Multinomial) check(y []float64) error {
	if l.K < 2 {
		return fmt.Errorf("glm: multinomial: %d classes: want at least 2", l.K)
	}
	for i, v := range y {
		if v < 0 || v >= float64(l.K) || v != math.Trunc(v) {
			return fmt.Errorf("glm: multinomial: target of sample %d is %v: want a class 0..%d", i+1, v, l.K-1)
		}
	}
	return nil
}

func (l MultiSquared) check([]float64) error {
	if l.K < 1 {
		return fmt.Errorf("glm: multitask: %d outputs: want at least 1", l.K)
	}
	return nil
}

func (Squared) eval(v, u, z, y []float64) {
	for i, zi := range z {
		r := zi - y[i]
		u[i], v[i] = r, r*r/2
	}
}

func (Squared) curve(d, _, z, _ []float64) {
	for i := range z {
		d[i] = 1
	}
}

func (Squared) bound() float64            { return 1 }
func (Squared) conj(y, t float64) float64 { return t*t/2 + t*y }

func (Logistic) eval(v, u, z, y []float64) {
	for i, zi := range z {
		u[i] = -y[i] * zi
	}
	vec.SoftplusSigmoid(v, u, u)
	for i, yi := range y {
		u[i] *= -yi
	}
}

func (Logistic) curve(d, u, _, _ []float64) {
	for i, ui := range u {
		p := math.Abs(ui)
		d[i] = p * (1 - p)
	}
}

func (Logistic) bound() float64 { return 0.25 }

func (Logistic) conj(y, t float64) float64 {
	p := -y * t // in [0, 1]
	if p < 0 || p > 1 {
		return math.Inf(1)
	}
	return xlogx(p) + xlogx(1-p)
}

func xlogx(x float64) float64 {
	if x <= 0 {
		return 0
	}
	return x * math.Log(x)
}

func (SquaredHinge) eval(v, u, z, y []float64) {
	for i, zi := range z {
		m := max(0, 1-y[i]*zi)
		u[i], v[i] = -2*y[i]*m, m*m
	}
}

func (SquaredHinge) curve(d, _, z, y []float64) {
	for i, zi := range z {
		d[i] = 0
		if y[i]*zi < 1 {
			d[i] = 2
		}
	}
}

func (SquaredHinge) bound() float64 { return 2 }

func (SquaredHinge) conj(y, t float64) float64 {
	if y*t > 0 {
		return math.Inf(1)
	}
	return y*t + t*t/4
}

func (l Huber) eval(v, u, z, y []float64) {
	for i, zi := range z {
		r := zi - y[i]
		c := min(max(r, -l.Epsilon), l.Epsilon)
		u[i], v[i] = c, c*(r-c/2)
	}
}

func (l Huber) curve(d, _, z, y []float64) {
	for i, zi := range z {
		d[i] = 0
		if math.Abs(zi-y[i]) <= l.Epsilon {
			d[i] = 1
		}
	}
}

func (Huber) bound() float64 { return 1 }

func (l Huber) conj(y, t float64) float64 {
	if math.Abs(t) > l.Epsilon {
		return math.Inf(1)
	}
	return t*t/2 + t*y
}

func (Poisson) eval(v, u, z, y []float64) {
	for i, zi := range z {
		m := math.Exp(zi)
		u[i], v[i] = m-y[i], m-y[i]*zi
	}
}

func (Poisson) curve(d, u, _, y []float64) {
	for i, ui := range u {
		d[i] = ui + y[i]
	}
}

func (Poisson) bound() float64 { return math.Inf(1) }

func (Poisson) conj(y, t float64) float64 {
	if s := t + y; s >= 0 {
		return xlogx(s) - s
	}
	return math.Inf(1)
}

func (l Quantile) eval(v, u, z, y []float64) {
	for i, zi := range z {
		r := zi - y[i]
		c := min(max(r/l.Smoothing, -l.Q), 1-l.Q)
		u[i], v[i] = c, c*(r-l.Smoothing*c/2)
	}
}

func (l Quantile) curve(d, u, _, _ []float64) {
	for i, ui := range u {
		d[i] = 0
		if ui > -l.Q && ui < 1-l.Q {
			d[i] = 1 / l.Smoothing
		}
	}
}

func (l Quantile) bound() float64 { return 1 / l.Smoothing }

func (l Quantile) conj(y, t float64) float64 {
	if t < -l.Q || t > 1-l.Q {
		return math.Inf(1)
	}
	return t*y + l.Smoothing*t*t/2
}

// eval works on class-major slices: u, z are K blocks of n; v has length n.
func (l Multinomial) eval(v, u, z, y []float64) {
	n := len(y)
	const block = 256
	var top, sum [block]float64
	for lo := 0; lo < n; lo += block {
		hi := min(n, lo+block)
		m, s := top[:hi-lo], sum[:hi-lo]
		for i := range m {
			m[i], s[i] = z[lo+i], 0
		}
		for k := 1; k < l.K; k++ {
			for i, zi := range z[k*n+lo : k*n+hi] {
				m[i] = max(m[i], zi)
			}
		}
		for k := range l.K {
			uk := u[k*n+lo : k*n+hi]
			for i, zi := range z[k*n+lo : k*n+hi] {
				uk[i] = zi - m[i]
			}
			vec.ExpTo(uk, uk)
			for i, e := range uk {
				s[i] += e
			}
		}
		for i := range m {
			v[lo+i] = math.Log(s[i]) + m[i] - z[int(y[lo+i])*n+lo+i]
			s[i] = 1 / s[i]
		}
		for k := range l.K {
			uk := u[k*n+lo : k*n+hi]
			for i := range uk {
				uk[i] *= s[i]
			}
		}
		for i := lo; i < hi; i++ {
			u[int(y[i])*n+i]--
		}
	}
}

func (Multinomial) curve(_, _, _, _ []float64) { panic("glm: a multinomial curvature is no vector") }

// The Hessian of logsumexp is below (1/2)(I - 11'/K) (Boehning 1992).
func (Multinomial) bound() float64 { return 0.5 }

func (Multinomial) conj(_, _ float64) float64 {
	panic("glm: a multinomial conjugate takes all classes")
}

// conjRow is the conjugate at the slopes t of one sample of class c:
// sum_k p_k log p_k with p = t + e_c in the simplex.
func conjRow(t []float64, n, i, k, c int) float64 {
	s := 0.0
	for j := range k {
		p := t[j*n+i]
		if j == c {
			p++
		}
		s += xlogx(p)
	}
	return s
}

// eval works on class-major slices: u, z and y are K blocks of n; v has length n.
func (l MultiSquared) eval(v, u, z, y []float64) {
	clear(v)
	for k := range l.K {
		block := k * len(v)
		for i := range v {
			r := z[block+i] - y[block+i]
			u[block+i] = r
			v[i] += r * r / 2
		}
	}
}

// curve stores the curvature along each of the outputs, which do not mix.
func (MultiSquared) curve(d, _, _, _ []float64) {
	for i := range d {
		d[i] = 1
	}
}

func (MultiSquared) bound() float64 { return 1 }

// conj is of one output.
func (MultiSquared) conj(y, t float64) float64 { return t*t/2 + t*y }
