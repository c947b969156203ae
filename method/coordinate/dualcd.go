package coordinate

import "github.com/godescent/descent/vec"

// DualCD is stochastic dual coordinate ascent for linear models with a ridge penalty,
//
//	F(w, b) = (1/n) sum_i c_i phi_i(a_i.w + b) + (l2/2)|w|^2,  l2 > 0,
//
// with convex losses phi_i, kinks included: hinge (support vector machines), squared
// hinge, logistic, squared, Huber, quantile. It maximizes the dual
//
//	D(t) = -(1/n) sum_i c_i phi_i*(t_i) - (l2/2)|w(t)|^2,  w(t) = -(1/(n l2)) sum_i c_i t_i a_i
//
// one slope t_i at a time, exactly: with z_i = a_i.w + b and q_i = c_i |a_i|^2/(n l2),
//
//	t_i <- argmin_s phi_i*(s) - z_i s + (q_i/2)(s - t_i)^2,   w(t) kept up to date.
//
// It begins at t = 0, whatever x_0 is.
//
// An iteration is an epoch: every i once, in an order that is drawn anew. Where the loss
// is flat or at the end of phi_i*'s domain, samples that keep leaving t_i alone are
// skipped for a while (shrinking, Hsieh et al. section 3.2): after k such visits in a row
// for min(2^(k-1), Rest) epochs.
//
// Where the conjugates are quadratics on intervals (all losses but the logistic) the dual is a
// quadratic program in a box. While the samples inside of their intervals, and those that want
// to be, are few, some epochs begin by solving it over them with the model of
// prox-newton: so the method is finite where its free samples are few.
//
// The intercept, which no penalty pulls, is a coordinate b = c - (B^2/(n l2)) sum_i c_i t_i
// with a proximal center c: the epochs see the penalty (l2/(2 B^2))(b - c)^2, and c moves
// to b after each. At a fixed point the penalty is gone, and sum_i c_i t_i = 0.
//
// It converges linearly, fast where n l2 is not far below |a_i|^2 or n is far below the
// number of columns. Cost per iteration: two passes over the rows. Memory: n + d.
//
// Hsieh, Chang, Lin, Keerthi, Sundararajan, A dual coordinate descent method for large-scale
// linear SVM, ICML 2008. Shalev-Shwartz and Zhang, Stochastic dual coordinate ascent
// methods for regularized loss minimization, JMLR 14, 2013, arXiv:1209.1873. Yu, Huang,
// Lin, Dual coordinate descent methods for logistic regression, Machine Learning 85, 2011.
type DualCD struct {
	Seed uint64 // of the order of the samples
	Rest int    // most epochs that a settled sample is skipped; default 100, negative: none
}

// Witness returns the dual point t.
func (s *dualCDRun) Witness() []float64 { return s.T }

// GapHint returns the ascent of the last epoch, of which the gap is a small multiple.
func (s *dualCDRun) GapHint() float64 { return s.Ascent }

func (s *dualCDRun) Iterates(yield func([]float64) bool) {
	for {
		if s.Epoch%refresh == refresh-1 {
			s.primal()
		}
		if s.end != nil && (s.Epoch >= s.Next || s.slow()) {
			s.finish()
		}
		s.Rng.Shuffle(s.Order)
		s.Previous, s.Ascent = s.Ascent, 0
		s.recenter()
		s.Visited = 0
		for _, i := range s.Order {
			if s.Wait[i] > 0 {
				s.Wait[i]--
				continue
			}
			s.Visited++
			s.visit(i)
		}
		s.p.CountTerms(s.Visited)
		if s.bias > 0 {
			s.X[s.head] = s.B
			if s.shift != nil {
				s.X[s.head] += vec.Dot(s.shift, s.X[:s.head])
			}
		}
		s.Epoch++
		if !yield(s.X) {
			return
		}
	}
}

// refresh is after how many epochs w is computed from t afresh.
const refresh = 100
