package glm

import "math"

// SafeZeros marks the coefficients that the duality gap at x proves to be 0 at every minimum,
// and returns their number. The gap G bounds the distance of x's dual point from the optimal
// one, as the losses have slopes with Lipschitz constant L (in the norm of the sample
// weights, n L G of it squared at most and twice), so that
//
//	|q_j| + sqrt(2 L G) s_j < l1,   q = X'^T t / n,   s_j^2 = (1/n) sum_i c_i x'_ij^2,
//
// leaves no room for another value than 0. A smaller gap proves more zeros: in the end all
// with |q_j| < l1. It costs a certificate, and O(d).
//
// ok is false where no gap is at hand, the loss has no such constant (Poisson, hinge), or
// |w|_1 is not what makes coefficients zero: groups, tasks, bounds, penalties that are
// not convex.
//
// Ndiaye, Fercoq, Gramfort, Salmon, Gap safe screening rules for sparsity enforcing
// penalties, JMLR 18, 2017, arXiv:1611.05780.
func (m *Model) SafeZeros(zero []bool, x []float64) (count int, ok bool) {
	l, s := m.loss.bound(), &m.spec
	if !(s.L1 > 0) || m.lower != nil || m.norms != nil || math.IsInf(l, 1) {
		return 0, false
	}
	cert, ok := m.Certify(x)
	if !ok {
		return 0, false
	}
	const rounding = 1e-15 // what the gap may err by, relative to F
	gap := (cert.Value + rounding) * math.Max(1, math.Abs(m.Value(x)+m.h.Value(x)))
	if !(gap <= math.MaxFloat64) {
		return 0, false
	}
	if m.spread == nil {
		m.spread = make([]float64, m.d)
		for i := range m.n {
			m.zv[i] = m.weight(i)
		}
		m.squares(m.spread, m.zv[:m.n])
		for j, v := range m.spread {
			m.spread[j] = math.Sqrt(v)
		}
	}
	clear(zero)
	radius := math.Sqrt(2 * l * gap)
	for j, q := range m.q[:m.k*m.d] {
		if zero[j] = math.Abs(q)+radius*m.spread[j%m.d] < m.l1(j)*(1-1e-12); zero[j] {
			count++
		}
	}
	return count, true
}
