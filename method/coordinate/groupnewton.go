package coordinate

import "slices"

// GroupNewton is the proximal Newton method on working sets of groups, for convex f with a
// Hessian plus h(x) = sum_G w_G |x_G|_2 over disjoint groups: the group lasso with squared,
// logistic, multinomial and other losses, and the multi-task lasso. Coordinates in no group
// are free.
//
// Each iteration takes a working set W of groups: those that are not zero (the support) and
// those that violate optimality most,
//
//	v_G = |g_G + w_G x_G/|x_G||,  or  |g_G| - w_G where x_G = 0;   |W| <= 3/2 |support| + Grow
//
// minimizes the second-order model over the coordinates of W,
//
//	q(d) = g_W.d + d.(H_WW + D)d/2 + sum_{G in W} w_G |x_G + d_G|,
//
// to Forcing times the largest violation, and steps along d with halving until
//
//	F(x + t d) <= F(x) + 1e-4 t (g.d + h(x+d) - h(x)).
//
// D = nu diag(H_WW) is zero while whole steps are taken, and grows when none lowers F. The
// model is minimized by cycles over the groups, each minimized exactly
// (groupnewton_block.go), which find the support, and by Newton steps on it, where h is
// smooth (groupnewton_support.go). When the support no longer changes the method is
// Newton's, hence superlinear.
//
// Cost per iteration: a gradient, a block of the Hessian for m coordinates, O(m^2) per
// cycle, O(m^3) per Newton step, and a value per trial of the step where f is no quadratic.
// Memory: 4 n + 2 m^2.
//
// Meier, van de Geer, Buhlmann, The group lasso for logistic regression, JRSS B 70(1),
// 2008, for the steps group by group. Lee, Sun, Saunders, Proximal Newton-type methods for
// minimizing composite functions, SIAM J. Optim. 24(3), 2014, arXiv:1206.1623.
// Multi-task: Obozinski, Taskar, Jordan, Joint covariate selection and joint subspace
// selection for multiple classification problems, Statistics and Computing 20(2), 2010.
type GroupNewton struct {
	Grow    int     // violating groups in a working set beyond half the support; default 10 + groups/1000
	Most    int     // largest working set in coordinates, >= 1, one group at least; default 3000
	Forcing float64 // accuracy of the model's minimizer, in (0, 1); default 0.1, 0.01 for a quadratic
}

func (s *groupNewtonRun) Iterates(yield func([]float64) bool) {
	if s.g == nil {
		s.g, s.trial, s.set = make([]float64, len(s.X)), make([]float64, len(s.X)), newGroupSet(s.groups, s.weights, len(s.X))
	}
	g, set := s.g, s.set
	retry := false // with more damping
	for {
		f := s.p.Gradient(g, s.X)
		s.worst = set.choose(s.X, g, s.grow, s.most)
		if s.worst == 0 {
			s.reason = "every group is stationary"
			return
		}
		if s.worst != s.worst {
			s.reason = "the gradient of f is NaN"
			return
		}
		s.model.reset(nil, set.idx, s.X, g)
		s.p.CountCoordinates(len(set.idx))
		s.block.HessianBlock(s.model.hess, set.idx, s.X)
		s.model.damp(s.Nu, s.bound)
		s.model.divide(set)
		slope := s.model.minimize(s.forcing * s.worst)
		if slope >= 0 && slices.Equal(s.model.u, s.model.x) {
			s.reason = "the second-order model has no lower point than x"
			return
		}
		total := f + s.p.Penalty(s.X)
		stepped := s.step(s.X, s.model.u, set.idx, &s.Nu, f, slope)
		if !stepped && s.Nu < mostDamping { // the model may be flat where f is not
			s.Nu, retry = max(16*s.Nu, 1e-3), true
			continue
		}
		if !stepped || retry && !s.below(s.X, total) {
			s.reason = "no step along the model's minimizer lowers F"
			return
		}
		retry = false
		if !yield(s.X) {
			return
		}
	}
}
