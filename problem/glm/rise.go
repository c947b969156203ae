package glm

import "math"

// The changes phi(y_i, z_i + v_i) - phi(y_i, z_i), exact to the rounding error of the change and
// not to that of two values: line searches see decreases far below the last bit of the loss. z
// and v are K blocks of n; r has length n and must be neither of them.

func (Squared) rise(r, z, v, y []float64) {
	for i, d := range v {
		r[i] = d * (z[i] - y[i] + d/2)
	}
}

// log((1 + e^-m')/(1 + e^-m)) with m = y z, m' = y (z + v)
func (Logistic) rise(r, z, v, y []float64) {
	for i, d := range v {
		m, step := y[i]*z[i], y[i]*d
		switch {
		case step == 0:
			r[i] = 0
		case math.Abs(step) > 1:
			r[i] = softplus(-m-step) - softplus(-m)
		default:
			r[i] = math.Log1p(math.Expm1(-step) / (1 + math.Exp(m)))
		}
	}
}

func softplus(t float64) float64 { return max(t, 0) + math.Log1p(math.Exp(-math.Abs(t))) }

func (SquaredHinge) rise(r, z, v, y []float64) {
	for i, d := range v {
		from, step := 1-y[i]*z[i], -y[i]*d
		to := from + step
		if from > 0 && to > 0 {
			r[i] = step * (from + to)
			continue
		}
		from, to = max(0, from), max(0, to)
		r[i] = (to - from) * (to + from)
	}
}

// clippedRise is the rise of c(r) r - s c(r)^2/2 with c(r) = r/s within lo and up, from r to
// r + v: c v and, where the slope changes, what convexity adds.
func clippedRise(r, v, s, lo, up float64) float64 {
	from, to := min(max(r/s, lo), up), min(max((r+v)/s, lo), up)
	return from*v + (to-from)*(r+v-s*(to+from)/2)
}

func (l Huber) rise(r, z, v, y []float64) {
	for i, d := range v {
		r[i] = clippedRise(z[i]-y[i], d, 1, -l.Epsilon, l.Epsilon)
	}
}

func (l Quantile) rise(r, z, v, y []float64) {
	for i, d := range v {
		r[i] = clippedRise(z[i]-y[i], d, l.Smoothing, -l.Q, 1-l.Q)
	}
}

func (Poisson) rise(r, z, v, y []float64) {
	for i, d := range v {
		if r[i] = 0; d != 0 {
			r[i] = math.Exp(z[i])*math.Expm1(d) - y[i]*d
		}
	}
}

// log sum_k p_k exp(v_k) - v_y; where the v_k are large, its parts do not cancel.
func (l Multinomial) rise(r, z, v, y []float64) {
	n := len(y)
	for i, class := range y {
		top, after, large, moves := math.Inf(-1), math.Inf(-1), false, false
		for j := i; j < len(z); j += n {
			top, after = max(top, z[j]), max(after, z[j]+v[j])
			large, moves = large || !(math.Abs(v[j]) <= 1), moves || v[j] != 0
		}
		if r[i] = 0; !moves {
			continue
		}
		sum, change := 0.0, 0.0
		for j := i; j < len(z); j += n {
			e := math.Exp(z[j] - top)
			sum += e
			if large {
				change += math.Exp(z[j] + v[j] - after)
			} else {
				change += e * math.Expm1(v[j])
			}
		}
		if large {
			r[i] = after - top + math.Log(change/sum)
		} else {
			r[i] = math.Log1p(change / sum)
		}
		r[i] -= v[int(class)*n+i]
	}
}

func (l MultiSquared) rise(r, z, v, y []float64) {
	clear(r)
	for j, d := range v {
		r[j%len(r)] += d * (z[j] - y[j] + d/2)
	}
}

func (Hinge) rise(r, z, v, y []float64) {
	for i, d := range v {
		from, step := 1-y[i]*z[i], -y[i]*d
		if to := from + step; from > 0 && to > 0 {
			r[i] = step
		} else {
			r[i] = max(0, to) - max(0, from)
		}
	}
}

// With s and s' the slopes of the envelope before and after: s v, and what convexity adds where
// they differ.
func (l augmented) rise(r, z, v, y []float64) {
	q := 1 / *l.sigma
	for i, d := range v {
		from, to := l.dualStep(y[i], l.t[i], z[i], q), l.dualStep(y[i], l.t[i], z[i]+d, q)
		r[i] = from*d + (to-from)*(z[i]+d) - (l.conj(y[i], to) - l.conj(y[i], from)) - q/2*(to-from)*(to+from-2*l.t[i])
	}
}
