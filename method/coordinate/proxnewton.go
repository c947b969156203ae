package coordinate

import "slices"

// ProxNewton is the proximal Newton method on working sets, for convex f with a Hessian
// plus a separable h: lasso, elastic net, L1-regularized logistic, Poisson and Huber
// regression, with bounds, non-negativity, and unpenalized coordinates; MCP, SCAD and log-sum
// penalties, with which it ends where F is stationary.
//
// Each iteration takes a working set W: the coordinates where h is smooth (the support)
// and those that violate optimality most,
//
//	v_j = dist(-g_j, dh_j(x_j)),   |W| <= 3/2 |support| + Grow
//
// minimizes the second-order model over the coordinates of W,
//
//	q(d) = g_W.d + d.(H_WW + D)d/2 + sum_{j in W} h_j(x_j + d_j),
//
// to Forcing times the largest violation, and steps along d with halving until
//
//	F(x + t d) <= F(x) + 1e-4 t (g.d + h(x+d) - h(x)).
//
// D = nu diag(H_WW) falls with the violation, unless a line search asks for more; it is zero
// for a quadratic. Where h is not convex d may jump over a hill of F, and no step lower it:
// then a Newton step on the support is tried, with each h_j on its smooth piece around x_j,
// and if that fails too D grows. The model is minimized by epochs of coordinate descent
// (proxnewton_model.go), which find the support, and Newton steps on it
// (proxnewton_support.go), which finish fast. When the support no longer changes the method
// is Newton's on it, hence superlinear; on a quadratic f it is finite. On sparse data, where
// few epochs cost less than H, they run without it (proxnewton_free.go): with conjugate
// gradients on the support after every third, or Anderson extrapolation after every fifth.
//
// Cost per iteration: a gradient, a block of the Hessian, O(|W|^2) per epoch (without H twice
// the entries of the columns W), and a value per trial of the step where f is no quadratic.
// Memory: 3 n + |W|^2 (without H the entries of W).
//
// Lee, Sun, Saunders, Proximal Newton-type methods for minimizing composite functions,
// SIAM J. Optim. 24(3), 2014, arXiv:1206.1623. Yuan, Ho, Lin, An improved GLMNET for
// L1-regularized logistic regression, JMLR 13, 2012. Working sets as in Massias, Gramfort,
// Salmon, Celer: a fast solver for the lasso with dual extrapolation, ICML 2018,
// arXiv:1802.07481. Bertrand, Massias, Anderson acceleration of coordinate descent, AISTATS
// 2021, arXiv:2011.10065.
type ProxNewton struct {
	Grow    int     // violators in a working set beyond half the support; default 20 + n/1000
	Most    int     // largest working set of which H is formed, >= 1; default 3000
	Forcing float64 // accuracy of the model's minimizer, in (0, 1); default 0.1, 0.01 for a quadratic
	Speedup string  // of epochs without H: cg (conjugate gradients on the support), anderson or none; default cg
}

func (s *proxNewtonRun) Iterates(yield func([]float64) bool) {
	if s.g == nil {
		s.g, s.trial, s.set = make([]float64, len(s.X)), make([]float64, len(s.X)), newWorkingSet(len(s.X))
	}
	g, set := s.g, s.set
	retry, formed := false, false // with more damping, with H
	for {
		f := s.p.Gradient(g, s.X)
		most := s.most
		if s.matrixFree() && !formed {
			most = len(s.X)
		}
		worst := set.choose(s.h, s.X, g, s.grow, most)
		s.worst = worst
		if worst == 0 {
			s.reason = "every coordinate is stationary"
			return
		}
		s.p.CountCoordinates(len(set.idx))
		if epochs := s.affordable(); !formed && (2*s.Epochs <= epochs || len(set.idx) > s.most) {
			slope := s.without(epochs)
			if formed = slope >= 0 || !s.step(s.X, s.free.u, set.idx, &s.Nu, f, slope); !formed && !yield(s.X) {
				return
			}
			continue
		}
		s.model.reset(s.h, set.idx, s.X, g)
		s.block.HessianBlock(s.model.hess, set.idx, s.X)
		s.model.damp(s.damping(), s.bound)
		slope := s.model.minimize(s.forcing*worst, maxEpochs)
		if slope >= 0 && slices.Equal(s.model.u, s.model.x) {
			s.reason = "the second-order model has no lower point than x"
			return
		}
		total := f + s.p.Penalty(s.X)
		if s.step(s.X, s.model.u, set.idx, &s.Nu, f, slope) {
			if retry && !s.below(s.X, total) {
				s.reason = "no step along the model's minimizer lowers F"
				return
			}
		} else if !s.local(f, total, worst) {
			if s.Nu >= mostDamping {
				s.reason = "no step along the model's minimizer lowers F"
				return
			}
			s.Nu, retry = max(16*s.Nu, 1e-3), true
			continue
		}
		retry, formed = false, false
		if !yield(s.X) {
			return
		}
	}
}

// damping returns nu: what line searches ask for, and at least a share of the violation
// relative to that at the start, as far from the solution the model trusts directions of little
// curvature too far.
func (s *proxNewtonRun) damping() float64 {
	if s.quad {
		return s.Nu
	}
	if s.First == 0 {
		s.First = s.worst
	}
	return max(s.Nu, s.caution*s.worst/s.First)
}

// local steps on the support, with each h_j on its piece around x, where F is total.
func (s *proxNewtonRun) local(f, total, worst float64) bool {
	s.model.begin(s.X, s.g)
	s.model.finish(s.forcing * worst)
	slope := s.model.slope()
	return slope < 0 && s.step(s.X, s.model.u, s.model.idx, &s.Nu, f, slope) && s.below(s.X, total)
}
