package coordinate

import (
	"github.com/godescent/descent/linalg"
	"github.com/godescent/descent/vec"
)

// andersonMemory is K, the differences of iterates that one extrapolation takes.
const andersonMemory = 5

// anderson extrapolates the iterates u_0 ... u_K of a fixed-point map that is nearly affine,
// as epochs of coordinate descent are once the support no longer changes:
//
//	c = (U'U)^-1 1 / 1'(U'U)^-1 1,   U = (u_1 - u_0, ..., u_K - u_{K-1}),   u = sum_k c_k u_k.
//
// O(K n) for each iterate and O(K^2 n) for an extrapolation.
//
// Bertrand, Massias, Anderson acceleration of coordinate descent, AISTATS 2021,
// arXiv:2011.10065; the primal face of the dual extrapolation of Massias, Gramfort, Salmon,
// Celer, ICML 2018, arXiv:1802.07481: the residual at u is the same combination of residuals.
type anderson struct {
	u    [andersonMemory + 1][]float64
	many int // iterates that are stored

	gram, c []float64
	chol    linalg.Cholesky
}

// begin forgets all, and readies iterates of length n.
func (a *anderson) begin(n int) {
	a.many = 0
	for k := range a.u {
		a.u[k] = resized(a.u[k], n)
	}
	if a.gram == nil {
		a.gram, a.c = make([]float64, andersonMemory*andersonMemory), make([]float64, andersonMemory)
		a.chol.Reserve(andersonMemory)
	}
}

// push stores the next iterate and, if there are K+1 of them, stores their extrapolation in
// dst, forgets them and reports true.
func (a *anderson) push(dst, u []float64) bool {
	copy(a.u[a.many], u)
	if a.many++; a.many <= andersonMemory {
		return false
	}
	a.many = 0
	const k = andersonMemory
	for i := range k { // the differences, u_K stays
		vec.Scal(-1, a.u[i])
		vec.Axpy(1, a.u[i+1], a.u[i])
	}
	trace := 0.0
	for i := range k {
		for j := range i + 1 {
			v := vec.Dot(a.u[i], a.u[j])
			a.gram[i*k+j], a.gram[j*k+i] = v, v
		}
		trace += a.gram[i*k+i]
	}
	for i := range k {
		a.gram[i*k+i] += 1e-15 * trace
		a.c[i] = 1
	}
	if !a.chol.Factor(a.gram, k) {
		return false
	}
	a.chol.Solve(a.c, a.c)
	sum := vec.Sum(a.c)
	if !(sum > 0) {
		return false
	}
	// sum_k c_k u_k = u_K - sum_i (c_0 + ... + c_{i-1}) (u_{i+1} - u_i), weights of u_1 ... u_K.
	copy(dst, u)
	before := 0.0
	for i := range k {
		vec.Axpy(-before/sum, a.u[i], dst)
		before += a.c[i]
	}
	return true
}
