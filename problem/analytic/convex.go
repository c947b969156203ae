package analytic

import (
	"fmt"
	"math"

	"github.com/godescent/descent"
)

var (
	_ descent.Smooth          = (*NesterovWorst)(nil)
	_ descent.HessianVector   = (*NesterovWorst)(nil)
	_ descent.Lipschitz       = (*NesterovWorst)(nil)
	_ descent.StrongConvexity = (*NesterovWorst)(nil)

	_ descent.Smooth          = (*LogSumExp)(nil)
	_ descent.HessianVector   = (*LogSumExp)(nil)
	_ descent.Lipschitz       = (*LogSumExp)(nil)
	_ descent.StrongConvexity = (*LogSumExp)(nil)

	_ descent.Smooth          = HeavyBallCycle{}
	_ descent.HessianVector   = HeavyBallCycle{}
	_ descent.Lipschitz       = HeavyBallCycle{}
	_ descent.StrongConvexity = HeavyBallCycle{}
)

// NesterovWorst is the quadratic behind the lower bound for first-order methods
// (Nesterov, Introductory Lectures on Convex Optimization, 2004, section 2.1.2):
//
//	f(x) = (L/4) ((x_1^2 + sum_{i<n} (x_i - x_{i+1})^2 + x_n^2)/2 - x_1).
//
// From 0, each gradient reveals one more coordinate, so k gradients leave a gap of at
// least (L/8) (1/(k+1) - 1/(n+1)): for n = 2k+1, of 3 L |x*|^2 / (32 (k+1)^2). The
// minimizer is x_i = 1 - i/(n+1).
type NesterovWorst struct {
	N int
	L float64
}

// Minimizer returns x*.
func (f *NesterovWorst) Minimizer() []float64 {
	x := make([]float64, f.N)
	for i := range x {
		x[i] = 1 - float64(i+1)/float64(f.N+1)
	}
	return x
}

// Minimum returns f(x*) = -(L/8) n/(n+1).
func (f *NesterovWorst) Minimum() float64 { return -f.L / 8 * float64(f.N) / float64(f.N+1) }

// Value returns f(x).
func (f *NesterovWorst) Value(x []float64) float64 {
	s, prev := 0.0, 0.0
	for _, v := range x[:f.N] {
		s += (v - prev) * (v - prev)
		prev = v
	}
	return f.L / 4 * ((s+prev*prev)/2 - x[0])
}

// Gradient stores the gradient at x in g and returns f(x).
func (f *NesterovWorst) Gradient(g, x []float64) float64 {
	f.HessVec(g, nil, x)
	g[0] -= f.L / 4
	return f.Value(x)
}

// HessVec stores L/4 times the second difference matrix times v in hv.
func (f *NesterovWorst) HessVec(hv, _, v []float64) {
	for i := range f.N {
		hv[i] = f.L / 4 * (2*v[i] - at(v, i-1) - at(v, i+1))
	}
}

// Lipschitz returns L, of which the largest eigenvalue falls short by a factor cos^2.
func (f *NesterovWorst) Lipschitz() float64 { return f.L }

// StrongConvexity returns the smallest eigenvalue L sin^2(pi/(2(n+1))).
func (f *NesterovWorst) StrongConvexity() float64 {
	s := math.Sin(math.Pi / float64(2*f.N+2))
	return f.L * s * s
}

// LogSumExp is the smoothed maximum norm f(x) = rho log sum_j (e^(x_j/rho) + e^(-x_j/rho)):
// convex but not strongly, L = 1/rho, with minimum rho log(2n) at 0 and curvature
// 1/(rho n) there.
type LogSumExp struct{ Rho float64 }

// weights returns m = max |x_j| and the sum of all terms times e^(-m/rho).
func (f *LogSumExp) weights(x []float64) (m, sum float64) {
	for _, v := range x {
		m = max(m, math.Abs(v))
	}
	for _, v := range x {
		sum += math.Exp((v-m)/f.Rho) + math.Exp((-v-m)/f.Rho)
	}
	return m, sum
}

// Value returns f(x).
func (f *LogSumExp) Value(x []float64) float64 {
	m, sum := f.weights(x)
	return m + f.Rho*math.Log(sum)
}

// Gradient stores the gradient at x in g and returns f(x).
func (f *LogSumExp) Gradient(g, x []float64) float64 {
	m, sum := f.weights(x)
	for j, v := range x {
		g[j] = (math.Exp((v-m)/f.Rho) - math.Exp((-v-m)/f.Rho)) / sum
	}
	return m + f.Rho*math.Log(sum)
}

// HessVec stores (diag(c) - g g') v / rho in hv, c_j the weight of the terms of x_j.
func (f *LogSumExp) HessVec(hv, x, v []float64) {
	f.Gradient(hv, x)
	gv := inner(v, hv)
	m, sum := f.weights(x)
	for j, t := range x {
		c := (math.Exp((t-m)/f.Rho) + math.Exp((-t-m)/f.Rho)) / sum
		hv[j] = (c*v[j] - hv[j]*gv) / f.Rho
	}
}

// Lipschitz returns 1/rho.
func (f *LogSumExp) Lipschitz() float64 { return 1 / f.Rho }

// StrongConvexity returns 0.
func (f *LogSumExp) StrongConvexity() float64 { return 0 }

// HeavyBallCycle is the function of one variable on which the heavy-ball method with
// the parameters that are optimal for quadratics never converges (Lessard, Recht and
// Packard 2016, arXiv 1408.3595, section 4.6): mu = 1, L = 25,
//
//	f'(x) = 25 x for x < 1, x + 24 for 1 <= x < 2, 25 x - 24 for x >= 2.
//
// From x_0 = x_{-1} = 3.3 that method settles on three points; gradient descent and
// Nesterov's method converge to 0. f' is continuous, its slope jumps at 1 and 2.
type HeavyBallCycle struct{}

// Value returns f(x).
func (HeavyBallCycle) Value(x []float64) float64 {
	switch v := x[0]; {
	case v < 1:
		return 12.5 * v * v
	case v < 2:
		return v*v/2 + 24*v - 12
	default:
		return 12.5*v*v - 24*v + 36
	}
}

// Gradient stores f'(x) in g and returns f(x).
func (f HeavyBallCycle) Gradient(g, x []float64) float64 {
	switch v := x[0]; {
	case v < 1:
		g[0] = 25 * v
	case v < 2:
		g[0] = v + 24
	default:
		g[0] = 25*v - 24
	}
	return f.Value(x)
}

// HessVec stores the second derivative at x times v in hv: from the right at 1 and 2.
func (HeavyBallCycle) HessVec(hv, x, v []float64) {
	hv[0] = 25 * v[0]
	if x[0] >= 1 && x[0] < 2 {
		hv[0] = v[0]
	}
}

// Lipschitz returns 25.
func (HeavyBallCycle) Lipschitz() float64 { return 25 }

// StrongConvexity returns 1.
func (HeavyBallCycle) StrongConvexity() float64 { return 1 }

// convex lists the functions above, and the Rosenbrock function, in chosen sizes.
func convex() []Spec {
	own := "Descent"
	spec := func(id, title string, f func() descent.Objective, x0 []float64, fstar float64, xstar []float64, source string) Spec {
		return Spec{ID: id, Title: title, Dim: len(x0), Objective: f, X0: x0, FStar: fstar, XStar: xstar, Source: source}
	}
	var all []Spec
	for _, n := range []int{2, 100} {
		x0 := repeat(-1.2, n)
		for i := 1; i < n; i += 2 {
			x0[i] = 1
		}
		s := spec(fmt.Sprintf("rosenbrock-%d", n), "Chained Rosenbrock", func() descent.Objective { return Rosenbrock{} }, x0, 0, repeat(1, n), "Rosenbrock 1960")
		all = append(all, s)
	}
	for _, kappa := range []float64{100, 1e4} {
		s := spec(fmt.Sprintf("quadratic-%g", kappa), fmt.Sprintf("Diagonal quadratic, condition number %g", kappa),
			func() descent.Objective { return DiagonalQuadratic(50, 1, kappa) }, repeat(1, 50), 0, repeat(0, 50), own)
		all = append(all, s)
	}
	worst := &NesterovWorst{N: 100, L: 1}
	x0 := make([]float64, 20)
	for j := range x0 {
		x0[j] = float64(j+1) / 10
	}
	return append(all,
		spec("nesterov-worst-100", "Nesterov's worst case", func() descent.Objective { return &NesterovWorst{N: 100, L: 1} },
			repeat(0, 100), worst.Minimum(), worst.Minimizer(), "Nesterov 2004, section 2.1.2"),
		spec("logsumexp-20", "Smoothed maximum norm", func() descent.Objective { return &LogSumExp{Rho: 0.1} },
			x0, 0.1*math.Log(40), repeat(0, 20), own),
		spec("heavy-ball-cycle", "Counter-example to the heavy ball", func() descent.Objective { return HeavyBallCycle{} },
			[]float64{3.3}, 0, []float64{0}, "Lessard, Recht and Packard 2016, arXiv 1408.3595, section 4.6"),
	)
}
