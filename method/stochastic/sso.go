package stochastic

import (
	"math"
	"slices"

	"github.com/godescent/descent/linesearch"
	"github.com/godescent/descent/schedule"
	"github.com/godescent/descent/vec"
)

// SSO makes many cheap steps from each gradient in the targets z = z_B(x), the outputs of a model
// for the terms B. An outer step with eta_t = Eta * Schedule.At(passes over the data before it):
//
//	u_i = grad l_i(z_i(x_t)) for i in B                    the dear call
//	s(x) = l_B + (1/b) sum_i (<u_i, z_i(x) - z_i(x_t)> + |z_i(x) - z_i(x_t)|^2 / (2 eta_t)) + (lambda/2) |x|^2
//	Inner times, from x_t: x <- x - a grad s(x)            without a call of l
//	x_{t+1} = the last x
//
// a is Step or, by default, the first of 1.8^(b/N) times the last a, shrunk by 0.9, with
// s(x - a grad s) <= s(x) - (a/2) |grad s|^2. Inner steps end early where |grad s| has fallen to 1e-6 of its first value.
//
// Problem class: smooth f given by TargetSum, convex in z or not, without h. With all terms in a
// batch and eta <= 1/L, L being the Lipschitz constant of the gradients in z alone (1 for squares, 1/4
// for logistic losses), s is an upper bound on f that touches at x_t: f falls in every step, and min |grad f| is
// O(1/sqrt(T)) for every Inner >= 1 and every model. With smaller batches eta must fall, or
// many inner steps fit the batch alone; for convex f and a convex set of targets a gap of O(1/sqrt(T))
// follows from eta_t ~ 1/sqrt(t). With Inner = 1 and a fixed Step it is SGD.
//
// Cost of a pass, an iteration: N terms (gradients of l_i), and for each inner step 2 N targets or more:
// a product with the Jacobians, and the z_i for each trial of the search. Memory: 3 b p + 4 n.
//
// Lavington, Vaswani, Babanezhad, Schmidt, Le Roux, Target-based surrogates for stochastic
// optimization, ICML 2023, arXiv:2302.02607.
type SSO struct {
	Eta      float64           // step in z, > 0; 0 means 1/L
	Schedule schedule.Schedule // of Eta, in passes; default constant
	Batch    int               // b, the terms in an outer step; 0 means all
	Inner    int               // inner steps, >= 1; 0 means 10
	Step     float64           // a > 0 of the inner steps; 0 means a search
	Seed     uint64            // of the order of the terms
}

// Iterates implements [descent.Run].
func (s *ssoRun) Iterates(yield func([]float64) bool) {
	x0, order := make([]float64, len(s.X)), make([]int, s.n)
	phi := func(a float64) float64 {
		vec.AxpyTo(s.trial, -a, s.g, s.X)
		return s.surrogate(s.trial, x0)
	}
	perPass, grow := float64((s.n+s.m.Batch-1)/s.m.Batch), math.Pow(1.8, float64(s.m.Batch)/float64(s.n))
	for {
		moved := false
		for i := range order {
			order[i] = i
		}
		if s.m.Batch < s.n {
			s.Rng.Shuffle(order)
		}
		for s.batch = range slices.Chunk(order, s.m.Batch) {
			s.eta = s.m.Eta * s.m.Schedule.At(float64(s.K)/perPass)
			s.K++
			if s.eta == 0 { // at the end of a schedule: s allows no step
				continue
			}
			size := len(s.batch) * s.dim
			s.p.CountTargets(len(s.batch))
			s.f.Targets(s.z0[:size], s.X, s.batch)
			s.p.CountTerms(len(s.batch))
			s.f.TargetLoss(s.u[:size], s.z0[:size], s.batch)
			copy(x0, s.X)
			copy(s.z, s.z0)
			value, first := 0.0, 0.0                                                                // of s(x) - s(x_t); of |grad s|
			noise := 0x1p-52 * vec.Nrm2(s.u[:size]) * vec.Nrm2(s.z0[:size]) / float64(len(s.batch)) // of differences of s
			for j := range s.m.Inner {
				s.gradient()
				norm := vec.Nrm2(s.g)
				if j == 0 {
					first = norm
				}
				if norm <= 1e-6*first && (j > 0 || norm == 0) || s.m.Step == 0 && s.A*norm*norm < noise {
					break // little is left to gain, or no search can tell
				}
				if s.m.Step > 0 {
					vec.Axpy(-s.m.Step, s.g, s.X)
					if moved = true; j+1 < s.m.Inner {
						s.surrogate(s.X, x0)
					}
					continue
				}
				a, v, ok := linesearch.Armijo(phi, value, -norm*norm, grow*s.A, 0.5, 0.9, 400)
				if !ok {
					break
				}
				s.A, value, moved = a, v, true
				copy(s.X, s.trial)
			}
		}
		if !moved && s.eta > 0 {
			s.reason = "no inner step decreases the surrogate of any batch by more than rounding"
			return
		}
		if !moved && s.m.Schedule.At(float64(s.K)/perPass) == 0 {
			s.reason = "the schedule of eta is at its end"
			return
		}
		if !yield(s.X) {
			return
		}
	}
}

// surrogate returns s(x) - s(x_t) and keeps the targets of x. It takes differences first, so that
// little is lost where x is near x_t.
func (s *ssoRun) surrogate(x, x0 []float64) float64 {
	size := len(s.batch) * s.dim
	s.p.CountTargets(len(s.batch))
	s.f.Targets(s.z[:size], x, s.batch)
	sum := 0.0
	for k, z := range s.z[:size] {
		dz := z - s.z0[k]
		sum += dz * (s.u[k] + dz/(2*s.eta))
	}
	sum /= float64(len(s.batch))
	if s.lambda > 0 {
		for j, v := range x[:s.head] {
			sum += s.lambda * (v - x0[j]) * (v + x0[j]) / 2
		}
	}
	return sum
}

// gradient stores the gradient of s at X, whose targets are z, in g.
func (s *ssoRun) gradient() {
	size, b := len(s.batch)*s.dim, float64(len(s.batch))
	z := s.z[:size]
	for k, v := range z { // z is not needed any more
		z[k] = (s.u[k] + (v-s.z0[k])/s.eta) / b
	}
	s.p.CountTargets(len(s.batch))
	s.f.TargetsBack(s.g, z, s.X, s.batch)
	for j, v := range s.X[:s.head] {
		s.g[j] += s.lambda * v
	}
}
