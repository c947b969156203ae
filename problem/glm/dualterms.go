package glm

import (
	"math"

	"github.com/godescent/descent/linalg"
)

// DualRows returns the rows in the units of the variables, centered where they are dense
// (sparse ones have a DualShift). Scaled data are copied once. There are none for losses
// without dual steps.
func (m *Model) DualRows() (*linalg.CSR, *linalg.Dense) {
	if _, ok := m.loss.(dualLoss); !ok {
		return nil, nil
	}
	switch x := m.x.(type) {
	case *linalg.CSR:
		if m.mul == nil {
			return x, nil
		}
		if m.scaled == nil {
			val := make([]float64, len(x.Idx))
			for p, j := range x.Idx {
				val[p] = m.mul[j]
				if x.Val != nil {
					val[p] *= x.Val[p]
				}
			}
			m.scaled = &linalg.CSR{Rows: x.Rows, Cols: x.Cols, Ptr: x.Ptr, Idx: x.Idx, Val: val}
		}
		return m.scaled.(*linalg.CSR), nil
	case *linalg.Dense:
		if m.mul == nil {
			return nil, x
		}
		if m.scaled == nil {
			d := &linalg.Dense{Rows: m.n, Cols: m.d, Data: make([]float64, m.n*m.d)}
			for i := range m.n {
				for j, v := range x.Row(i) {
					if m.mid != nil {
						v -= m.mid[j]
					}
					d.Data[i*m.d+j] = v * m.mul[j]
				}
			}
			m.scaled = d
		}
		return nil, m.scaled.(*linalg.Dense)
	}
	return nil, nil
}

// DualShift returns the centers of sparse rows in scaled units, nil for none.
func (m *Model) DualShift() []float64 {
	if _, ok := m.x.(*linalg.CSR); !ok || m.mid == nil {
		return nil
	}
	s := make([]float64, m.d)
	for j := range s {
		s[j] = m.mid[j] * m.mul[j]
	}
	return s
}

// DualWeights returns the sample weights with mean 1, nil for equal ones.
func (m *Model) DualWeights() []float64 { return m.wt }

// DualStep returns argmin_s phi_i*(s) - z s + (q/2)(s-t)^2, for losses of one output.
func (m *Model) DualStep(i int, t, z, q float64) float64 {
	return m.loss.(dualLoss).dualStep(m.y[i], t, z, q)
}

// A dualLoss has one output, and a proximal map of its conjugate in closed form or by a
// few steps of Newton's method.
type dualLoss interface {
	dualStep(y, t, z, q float64) float64
}

func (Squared) dualStep(y, t, z, q float64) float64 { return (q*t + z - y) / (1 + q) }

func (l Huber) dualStep(y, t, z, q float64) float64 {
	return min(max((q*t+z-y)/(1+q), -l.Epsilon), l.Epsilon)
}

func (SquaredHinge) dualStep(y, t, z, q float64) float64 {
	return y * min(0, (q*y*t+y*z-1)/(q+0.5))
}

func (l Quantile) dualStep(y, t, z, q float64) float64 {
	return min(max((q*t+z-y)/(l.Smoothing+q), -l.Q), 1-l.Q)
}

// dualStep of the logistic loss solves log(p/(1-p)) + m + q (p - p0) = 0 for p = -y s in
// (0, 1), with the margin m = y z: Newton's method on the logit of p, safeguarded by
// bisection of the bracket that the monotone left side gives.
func (Logistic) dualStep(y, t, z, q float64) float64 {
	m, p0 := y*z, -y*t
	// r(u) = u + m + q (sigmoid(u) - p0) with slope >= 1: the root is within q of -m.
	lo, hi := -m-q*(1-p0), -m+q*p0
	u := -m
	if p0 > 0 && p0 < 1 {
		u = math.Log(p0 / (1 - p0))
	}
	u = min(max(u, lo), hi)
	p, last := 0.0, hi-lo
	for range 100 {
		p = 1 / (1 + math.Exp(-u))
		r := u + m + q*(p-p0)
		if r > 0 {
			hi = u
		} else {
			lo = u
		}
		next := u - r/(1+q*p*(1-p))
		enough := 1e-5 // a Newton step squares the error: the next would be nothing

		if !(next >= lo && next <= hi) || 2*math.Abs(next-u) > last { // out, or in a cycle
			next, enough = lo+(hi-lo)/2, 1e-12
		}
		last = math.Abs(next - u)
		u = next
		if last <= enough*(1+math.Abs(u)) {
			p = 1 / (1 + math.Exp(-u))
			break
		}
	}
	return -y * p
}

// DualBox tells the conjugate of the loss of sample i where it is a quadratic on an
// interval: of all losses with a dual step but the logistic.
func (m *Model) DualBox(i int) (lo, up, slope, curve float64, ok bool) {
	y, inf := m.y[i], math.Inf(1)
	switch l := m.loss.(type) {
	case Squared:
		return -inf, inf, y, 1, true
	case Huber:
		return -l.Epsilon, l.Epsilon, y, 1, true
	case Quantile:
		return -l.Q, 1 - l.Q, y, l.Smoothing, true
	case Hinge:
		return min(0, -y), max(0, -y), y, 0, true
	case SquaredHinge:
		if y > 0 {
			return -inf, 0, y, 0.5, true
		}
		return 0, inf, y, 0.5, true
	}
	return 0, 0, 0, 0, false
}
