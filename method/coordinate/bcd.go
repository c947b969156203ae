package coordinate

import (
	"math"

	"github.com/godescent/descent"
	"github.com/godescent/descent/prox"
	"github.com/godescent/descent/rng"
)

// BCD is block coordinate descent: a partition, a selection and an update, each chosen by
// name, in any combination that makes sense.
//
// Problem class: f smooth, plus a separable h (bounds, L1) with the updates pg, pn,
// pn-newton and tmp. With g_b the partial derivatives by x_b, L_i and L_b bounds on the
// curvature along a coordinate and a block, and H_b one on the block of the Hessian:
//
//	b_k = Select(Partition),   x_b += Update(g_b),   |b| = tau
//
// Partition: order, sort (similar L_i together), avg (small with large), hsort and havg
// (the same by row sums of H), given, red-black and tree (for sparse Hessians: blocks whose
// Hessian is diagonal or a forest), variable (any tau coordinates), forest (any coordinates
// whose Hessian is a forest).
//
// Select: random, cyclic, perm, lipschitz (P(b) ~ L_b), and, with the largest
//
//	gs  |g_b|^2     gsl  |g_b|^2/L_b     gsd  sum_b g_i^2/D_i     gsq  g_b.H_b^-1 g_b
//
// D_i = L_i in gsd, the row sum of |H| in gsd-row; gsl of variable blocks is gsd. gsq of
// variable blocks is approximate, by iterative hard thresholding, gsq-d the same in the
// metric of diag(L), for columns of different scales. gsc has exact second and
// bounds on third derivatives; gs-q is gsd with h; mi is the largest decrease itself.
//
// Update: lb -g_b/L_b; la the same with L_b found by doubling; hb -H_b^+ g_b (exact for
// quadratics); newton with a line search; tree, the same on forests in O(tau), by message
// passing, and without line search on quadratics; pg, the proximal step with L_b; pn, the
// minimizer of the model with H_b and h; pn-newton the same with the Hessian and a line
// search; tmp, two-metric projection.
//
// lb, pg, hb and pn with known bounds never increase F; with a mu-strongly convex f (mu in
// the norm of the rule) gs, gsl and gsq contract f - f* by 1 - mu/L or better per iteration.
//
// Cost per iteration: a block of the Hessian where the update has one, tau^3; greedy rules
// take a gradient, or O(tau degree log n) for sparse quadratics. Memory: n tau.
//
// Nutini, Laradji, Schmidt, Let's Make Block Coordinate Descent Converge Faster: Faster
// Greedy Rules, Message-Passing, Active-Set Complexity, and Superlinear Convergence,
// JMLR 23(131), 2022, arXiv:1712.08859.
type BCD struct {
	Partition string  // how blocks are made; default sort, order where L_i is not known
	Select    string  // how the next block is chosen; default gsl, gs-q with a regularizer, cyclic where L_i is not known
	Update    string  // how a block changes; default lb, pg with a regularizer, la where L_i is not known
	Block     int     // tau; default 5; 0 for given, red-black and tree; the most for forest, where the default is n
	Seed      uint64  // of random selections
	Refresh   int     // iterations between tracked states from scratch; default 200
	Blocks    [][]int // the blocks of the partition given, each index once
}

type bcdRun struct {
	p       *descent.Problem
	f       Tracker
	h       prox.Separable
	smooth  bool // h = 0
	n, tau  int  // tau: the largest block
	refresh int
	cost    float64   // of a gradient, in counted terms
	l       []float64 // L_i, nil where not known
	blocks  [][]int   // nil for variable blocks
	bounds  blockBounds
	reason  string

	// The pieces. pick returns a block and its number, -1 if variable; none if no block can
	// move. moved tells it what changed. step stores the new x_b in u.
	pick  func() (b []int, k int)
	moved func(b []int)
	step  func(b []int, k int, g, u []float64)

	X, W      []float64 // x_k and the tracked state
	K         int
	Idle      int     // iterations since x last changed
	Owed      float64 // counted terms, the fraction
	Stream    rng.Stream
	Perm      []int     // the order of this pass, of perm
	Curvature []float64 // estimates of L_i, of la
}

// StopReason says why the run ended by itself.
func (s *bcdRun) StopReason() string { return s.reason }

// Iterates implements [descent.Run].
func (s *bcdRun) Iterates(yield func([]float64) bool) {
	g, u, d := make([]float64, s.tau), make([]float64, s.tau), make([]float64, s.tau)
	patience := 100 + 10*(s.n/max(1, s.tau)+1)
	if s.K%s.refresh != 0 {
		s.moved(nil) // a resumed run
	}
	for {
		if s.K%s.refresh == 0 {
			s.f.Track(s.W, s.X)
			s.charge(1)
			s.moved(nil)
		}
		b, k := s.pick()
		if len(b) == 0 || s.Idle > patience {
			s.reason = "no block moves: the scores or the steps of all blocks are zero"
			return
		}
		g, u, d := g[:len(b)], u[:len(b)], d[:len(b)]
		s.f.Partials(g, s.W, b)
		s.step(b, k, g, u)
		s.Idle++
		for i, j := range b {
			d[i] = u[i] - s.X[j]
			if s.X[j] = u[i]; d[i] != 0 {
				s.Idle = 0
			}
		}
		if s.Idle == 0 {
			s.f.Shift(s.W, b, d)
			s.moved(b)
		}
		s.charge(2 * float64(len(b)) / float64(s.n))
		s.K++
		if !yield(s.X) {
			return
		}
	}
}

// charge counts gradients, whole or in parts, as evaluations of all terms.
func (s *bcdRun) charge(gradients float64) {
	s.Owed += gradients * s.cost
	whole := math.Floor(s.Owed)
	s.Owed -= whole
	s.p.CountTerms(int(whole))
}
