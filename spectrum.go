package descent

import (
	"fmt"
	"math"

	"github.com/godescent/descent/internal/ritz"
)

// What a diagnosis may cost: Lanczos steps on the Hessian, a product each, where the run has spent
// enoughWork of values of f, so that they are at most a tenth of it.
const (
	lanczosSteps = 24
	enoughWork   = 10 * 2 * lanczosSteps
)

// spectrum says what the eigenvalues of the Hessian at x mean for the run: at the end of one that did
// not converge, for smooth objectives with Hessian-vector products. Nothing is counted.
func (r *Result) spectrum(p *Problem) []string {
	f, ok := p.Objective.(HessianVector)
	if !ok || p.Regularizer != nil || p.Dim < 2 || p.work() < enoughWork {
		return nil
	}
	lo, hi, exact := extremes(func(hv, v []float64) { f.HessVec(hv, r.X, v) }, p.Dim, lanczosSteps)
	bound := "at least "
	if exact {
		bound = ""
	}
	switch {
	case !(hi > 0) || math.IsInf(hi, 1) || math.IsNaN(lo):
		return nil
	case lo < -1e-8*hi:
		return []string{fmt.Sprintf("the Hessian at x has a negative eigenvalue, %.2g, beside %.2g: f is not convex there; try a trust-region method, which follows it", lo, hi)}
	case exact && lo < 1e-13*hi:
		return []string{fmt.Sprintf("the Hessian at x is singular (its eigenvalues reach from %.2g to %.2g): f is flat in some direction, so that x is not determined; a penalty on |x|^2 would determine it", max(0, lo), hi)}
	case lo < 1e-13*hi:
		lo = 1e-13 * hi
		fallthrough
	case hi > 1e4*lo:
		return []string{fmt.Sprintf("the Hessian at x has eigenvalues from %.2g to %.2g: its condition number is %s%.1g, and gradient methods need some multiple of it, or of its root, in iterations; scale the variables, or try a method that uses curvature (newton, tr-newton-cg, l-bfgs)", lo, hi, bound, hi/lo)}
	}
	return nil
}

// extremes returns the extreme eigenvalues of a symmetric n x n matrix on the Krylov space of some steps from a
// fixed start: lo is at least the smallest, hi at most the largest, and both are exact where the
// space is all that the start can reach.
func extremes(mul func(dst, x []float64), n, steps int) (lo, hi float64, exact bool) {
	v := make([]float64, n)
	for i := range v {
		v[i] = math.Sin(float64(i+1) * 12.9898) // no structure that a matrix could share
	}
	values, _, exact := ritz.Lanczos(mul, v, steps)
	return values[0], values[len(values)-1], exact
}

// noise says where the values of the second half of a run of single terms go up and down without falling.
func (r *Result) noise() []string {
	if r.Counts.Term == 0 || len(r.Trace) < 12 {
		return nil
	}
	half := r.Trace[len(r.Trace)/2:]
	up, sum, mean, fall := 0, 0.0, 0.0, 0.0 // fall is that of the means of two quarters
	for i, t := range half {
		mean += t.Value / float64(len(half))
		if i < len(half)/2 {
			fall += t.Value / float64(len(half)/2)
		} else {
			fall -= t.Value / float64(len(half)-len(half)/2)
		}
		if i > 0 {
			step := t.Value - half[i-1].Value
			sum += math.Abs(step) / float64(len(half)-1)
			if step > 0 {
				up++
			}
		}
	}
	n := float64(len(half) - 1)
	if float64(up) < 0.3*n || !(fall <= sum) || !(sum > 1e-9*math.Abs(mean)) {
		return nil
	}
	return []string{fmt.Sprintf("the objective goes up and down by about %.2g around %.6g over the second half of the run, without falling: the noise of single terms; try a smaller or falling step, larger batches, or a method that reduces the variance (svrg, saga)", sum, mean)}
}
