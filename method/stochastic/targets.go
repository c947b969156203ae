package stochastic

// TargetSum is the oracle of a sum of functions l_i of outputs z_i of a model, the targets:
//
//	f(x) = (1/N) sum_i l_i(z_i(x)) + (lambda/2) |x_P|^2,  z_i(x) in R^p,  x_P = x[:n]
//
// It tells the l_i, whose gradients may be dear, from the z_i, which are cheap.
type TargetSum interface {
	// Terms returns N.
	Terms() int
	// TargetSize returns p.
	TargetSize() int
	// Targets stores z_i(x) for i in idx in z, one after the other.
	Targets(z, x []float64, idx []int)
	// TargetsBack stores sum_i J_i' u_i in g, with the Jacobian J_i of z_i at x, for i in idx.
	TargetsBack(g, u, x []float64, idx []int)
	// TargetLoss stores the gradients of l_i at z_i for i in idx in u and returns the mean of l_i(z_i).
	TargetLoss(u, z []float64, idx []int) float64
	// Ridge returns lambda and n.
	Ridge() (lambda float64, n int)
}

// TargetLipschitz bounds the Lipschitz constants of the gradients of the l_i in z, whatever the
// model is; +Inf if there is no bound.
type TargetLipschitz interface{ TargetLipschitz() float64 }
