package descent

// An Objective is a function f from R^n to R: all that a problem must be able to do.
// A value of +Inf means that x is outside the domain of f.
type Objective interface {
	Value(x []float64) float64
}

// Smooth is the gradient oracle: it stores the gradient of f at x in g and returns f(x).
type Smooth interface {
	Gradient(g, x []float64) float64
}

// HessianVector is the curvature oracle: it stores the product of the Hessian of f
// at x with v in hv. A problem may reuse work from the last call at the same x.
type HessianVector interface {
	HessVec(hv, x, v []float64)
}

// HessianMatrix stores the whole Hessian at x in h: n x n, row-major, both triangles.
type HessianMatrix interface {
	Hessian(h, x []float64)
}

// FiniteSum is the mini-batch oracle of f = (1/N) sum_i f_i.
type FiniteSum interface {
	// Terms returns N.
	Terms() int
	// TermGradient stores the mean of the gradients of f_i over i in idx in g, and
	// returns the mean of the values. idx may repeat an index.
	TermGradient(g, x []float64, idx []int) float64
}

// Lipschitz bounds the curvature of f from above: the gradient is L-Lipschitz in
// the Euclidean norm. It returns +Inf if no global bound exists.
type Lipschitz interface {
	Lipschitz() float64
}

// CoordinateLipschitz stores in l, for each j, a bound on the second derivative
// of f along coordinate j.
type CoordinateLipschitz interface {
	CoordinateLipschitz(l []float64)
}

// StrongConvexity bounds the curvature of f from below: mu > 0 where f is
// mu-strongly convex; 0 where f is convex and no better is known.
type StrongConvexity interface {
	StrongConvexity() float64
}

// A Certifier measures how far x is from optimal better than the driver can: by a
// duality gap, say. It returns false where it has no certificate at x; the driver
// then falls back on the distance of 0 to the subdifferential.
// The result must depend on x alone, never on how x was found.
type Certifier interface {
	Certify(x []float64) (Certificate, bool)
}

// A WitnessCertifier measures a certificate at x from evidence that a method found on
// its way, a dual point say, where x alone does not tell: at the kinks of a hinge loss.
// It returns false if the witness is none. The result must depend on x and the witness
// alone, and hold whatever the witness is.
type WitnessCertifier interface {
	CertifyWith(x, witness []float64) (Certificate, bool)
}

// A Diagnoser explains in plain words what makes the problem hard at x, with
// the evidence, and what to try.
type Diagnoser interface {
	Diagnose(x []float64) []string
}

// An Identifier is an Objective that tells itself from others of the same name in a short text, a
// checksum of its data, say. A checkpoint is then resumed where the text is the same, and not
// where the value is.
type Identifier interface {
	Identity() string
}

// A Regularizer is the possibly non-smooth part h of f + h, or the indicator of a set
// (value +Inf outside it). It is convex unless its type says otherwise; where it is
// not, a zero SubdiffDist means stationary, not optimal.
type Regularizer interface {
	// Value returns h(x).
	Value(x []float64) float64
	// Prox stores argmin_u h(u) + |u-x|^2/(2t) in dst. dst may alias x; t > 0.
	Prox(dst, x []float64, t float64)
	// SubdiffDist returns the infinity norm of the distance of -g to the
	// subdifferential of h at x: 0 exactly where x minimizes <g,.> + h.
	SubdiffDist(x, g []float64) float64
}

// Bounded is a Regularizer that is the indicator of the box {lower <= x <= upper}.
// The slices have the length of x, may hold infinities, and must not be changed.
type Bounded interface {
	Bounds() (lower, upper []float64)
}
