package firstorder

import (
	"context"
	"fmt"
	"math"
	"slices"
	"sort"

	"github.com/godescent/descent"
	"github.com/godescent/descent/claim"
	"github.com/godescent/descent/method/gradient"
	"github.com/godescent/descent/method/newton"
	"github.com/godescent/descent/problem/analytic"
	"github.com/godescent/descent/vec"
)

// AccelerationDynamics is about what separates the methods with momentum.
var AccelerationDynamics = claim.Claim{
	ID: "acceleration-dynamics",
	Paper: claim.Paper{
		Authors: "Parimi, Mehra, Wagh, Yerudkar and Singh", Year: 2025,
		Title: "On the Dynamics of Acceleration in First order Gradient Methods",
		Where: "arXiv:2509.18346",
	},
	Statement: "One construction (make the manifold of gradient flow attractive by passivity and immersion) yields Nesterov's methods and triple momentum, and shows why heavy ball may not converge.",
	Published: "The abstract; it states no figures. The rates and the cycle are those of Lessard, Recht and Packard (arXiv:1408.3595) and of Van Scoy, Freeman and Lynch (IEEE L-CSS 2(1), 2018).",
	Method: `(1) Heavy ball cycles on the function of Lessard et al. from 3.3, converges from 3; Nesterov's method and triple momentum converge
from 3.3, triple momentum in about log(1e-12)/log(1 - 1/sqrt(kappa)) iterations. (2) Diagonal quadratics, n = 50: mean factor of |x_k| over 50
sqrt(kappa) <= k <= 100 sqrt(kappa). (3) The flow x'' + a x' + k H x' + a k g = 0 (our reconstruction of the paper's) by the classical
Runge-Kutta method with dt = 1e-3: psi = x' + k g against psi(0) exp(-a t), and x against PIFlow, which needs no Hessian. (4) Iterations to f - f* <=
1e-10 on logistic regression (breast-cancer, l2 = 1e-3, no intercept), at most 20000.
The derivations are proofs and are not checked: what they say of methods and flow is.`,
	Check: accelerationDynamics(gradient.HeavyBall{}),
}

// accelerationDynamics checks with a method in the place of heavy ball.
func accelerationDynamics(heavyBall descent.Method) func(context.Context, *claim.Record) error {
	return func(ctx context.Context, r *claim.Record) error {
		if err := cycle(ctx, r, heavyBall); err != nil {
			return err
		}
		if err := factors(ctx, r, heavyBall); err != nil {
			return err
		}
		if err := flow(ctx, r); err != nil {
			return err
		}
		return momentumOnLogistic(ctx, r, heavyBall)
	}
}

var (
	descentFixed   = gradient.GD{Rule: "fixed"}
	nesterovSC     = gradient.NesterovSC{}
	tripleMomentum = gradient.TripleMomentum{}
)

func cycle(ctx context.Context, r *claim.Record, heavyBall descent.Method) error {
	p := &descent.Problem{Name: "heavy-ball cycle", Dim: 1, Objective: analytic.HeavyBallCycle{}}
	run := func(m descent.Method, start float64) (path []float64, first int, err error) {
		first = -1
		err = claim.Follow(ctx, p, m, []float64{start}, 3000, func(k int, x []float64) bool {
			if path = append(path, x[0]); first < 0 && math.Abs(x[0]) < 1e-12 {
				first = k
			}
			return true
		})
		return path, first, err
	}
	path, _, err := run(heavyBall, 3.3)
	if err != nil {
		return err
	}
	last := slices.Clone(path[max(0, len(path)-3):])
	sort.Float64s(last)
	for i, want := range []float64{-1.8024490, 0.6465306, 2.1159184} {
		r.Equal(fmt.Sprintf("heavy ball from 3.3: point %d of the cycle", i+1), last[min(i, len(last)-1)], want, 1e-7)
	}
	for _, c := range []struct {
		name  string
		m     descent.Method
		start float64
		most  float64
	}{
		{"heavy ball from 3", heavyBall, 3, 3000},
		{"Nesterov from 3.3", nesterovSC, 3.3, 3000},
		{"triple momentum from 3.3", tripleMomentum, 3.3, 1.1 * math.Log(1e-12) / math.Log(0.8)},
	} {
		_, k, err := run(c.m, c.start)
		if err != nil {
			return err
		}
		r.AtLeast(c.name+": first k with |x_k| < 1e-12 (-1 for never)", float64(k), 0)
		r.AtMost(c.name+": first k with |x_k| < 1e-12", float64(k), c.most)
	}
	_, k, err := run(gradient.GD{Rule: "fixed", Step: 2. / 26}, 3.3)
	r.Note("gradient descent from 3.3, step 2/(L+mu): first k with |x_k| < 1e-12", float64(k))
	return err
}

func factors(ctx context.Context, r *claim.Record, heavyBall descent.Method) error {
	const n = 50
	for _, kappa := range []float64{100, 1e4} {
		p := &descent.Problem{Name: "quadratic", Dim: n, Objective: analytic.DiagonalQuadratic(n, 1/kappa, 1)}
		root := math.Sqrt(kappa)
		factor := func(m descent.Method) (float64, error) {
			from, to := 50*int(root), 100*int(root)
			first, last := math.NaN(), math.NaN()
			err := claim.Follow(ctx, p, m, slices.Repeat([]float64{1}, n), to, func(k int, x []float64) bool {
				switch k {
				case from:
					first = vec.NrmInf(x)
				case to:
					last = vec.NrmInf(x)
				}
				return true
			})
			return math.Pow(last/first, 1/float64(to-from)), err
		}
		var f [4]float64
		for i, m := range []descent.Method{tripleMomentum, nesterovSC, heavyBall, descentFixed} {
			var err error
			if f[i], err = factor(m); err != nil {
				return err
			}
		}
		at := fmt.Sprintf("kappa = %g: factor of ", kappa)
		r.Equal(at+"triple momentum", f[0], 1-1/root, 1e-4)
		r.AtMost(at+"Nesterov", f[1], 1-0.9/root)
		r.AtMost(at+"heavy ball", f[2], 1-1.7/root)
		r.Note(at+"gradient descent", f[3])
	}
	return nil
}

func flow(ctx context.Context, r *claim.Record) error {
	const n, dt, v0, length = 10, 1e-3, 0.5, 20_000
	f := analytic.DiagonalQuadratic(n, 0.1, 5)
	p := &descent.Problem{Name: "quadratic", Dim: n, Objective: f}
	ones := slices.Repeat([]float64{1}, n)
	for _, c := range [][2]float64{{1, 1}, {5, 0.5}, {0.2, 1}} {
		a, k := c[0], c[1]
		// The variables are x, then v; each coordinate is an equation of its own.
		x, v := slices.Clone(ones), slices.Repeat([]float64{v0}, n)
		psi := func(i int) float64 { return v[i] + k*f.D[i]*x[i] }
		var psi0 [n]float64
		storage := 0.0
		for i := range psi0 {
			psi0[i] = psi(i)
			storage += sqf(psi0[i])
		}
		worst, apart, rises, scale := 0.0, 0.0, 0, math.Sqrt(storage)
		err := claim.Follow(ctx, p, gradient.PIFlow{A: a, K: k, Dt: dt, V0: v0}, ones, length, func(step int, y []float64) bool {
			if step > 0 {
				for i := range x {
					x[i], v[i] = rungeKutta(x[i], v[i], dt, a+k*f.D[i], a*k*f.D[i])
				}
			}
			s := 0.0
			for i := range x {
				s += sqf(psi(i))
				worst = max(worst, math.Abs(psi(i)-psi0[i]*math.Exp(-a*dt*float64(step)))/scale)
				apart = max(apart, math.Abs(x[i]-y[i]))
			}
			if s > storage && s > sqf(1e-12*scale) { // below are rounding errors
				rises++
			}
			storage = s
			return true
		})
		if err != nil {
			return err
		}
		at := fmt.Sprintf("flow, a = %g, k = %g: ", a, k)
		r.AtMost(at+"largest |psi(t) - psi(0) exp(-a t)| / |psi(0)|, t <= 20", worst, 1e-8)
		r.AtMost(at+"largest distance of PIFlow from the second-order flow", apart, 1e-8)
		r.Equal(at+"steps on which |psi|^2 rises", float64(rises), 0, 0)
		end := math.NaN()
		err = claim.Follow(ctx, p, gradient.PIFlow{A: a, K: k, V0: v0, Dt: 0.1}, ones, 5000, func(_ int, x []float64) bool {
			end = vec.NrmInf(x)
			return true
		})
		if err != nil {
			return err
		}
		r.AtMost(at+"largest |x_i(500)|", end, 1e-6)
	}
	return nil
}

// rungeKutta makes a step of x” + b x' + c x = 0.
func rungeKutta(x, v, dt, b, c float64) (float64, float64) {
	acc := func(x, v float64) float64 { return -b*v - c*x }
	x1, v1 := v, acc(x, v)
	x2, v2 := v+dt/2*v1, acc(x+dt/2*x1, v+dt/2*v1)
	x3, v3 := v+dt/2*v2, acc(x+dt/2*x2, v+dt/2*v2)
	x4, v4 := v+dt*v3, acc(x+dt*x3, v+dt*v3)
	return x + dt/6*(x1+2*x2+2*x3+x4), v + dt/6*(v1+2*v2+2*v3+v4)
}

func momentumOnLogistic(ctx context.Context, r *claim.Record, heavyBall descent.Method) error {
	m, err := breastCancer(1e-3, false)
	if err != nil {
		return err
	}
	p := m.Problem()
	best, err := descent.Solve(ctx, p, newton.Newton{}, make([]float64, p.Dim), descent.Options{Tol: 1e-14})
	if err != nil {
		return err
	}
	r.AtMost("logistic: relative duality gap of f*", best.Certificate.Value, 1e-13)
	const limit = 20_000
	gap := math.NaN()
	count := func(m descent.Method) (k float64, done bool, err error) {
		err = claim.Follow(ctx, p, m, make([]float64, p.Dim), limit, func(i int, x []float64) bool {
			gap = p.Objective.Value(x) - best.Value
			k, done = float64(i), gap <= 1e-10
			return !done
		})
		return k, done, err
	}
	var k [3]float64
	for i, m := range []descent.Method{tripleMomentum, nesterovSC, heavyBall} {
		var done bool
		if k[i], done, err = count(m); err != nil {
			return err
		}
		if !done {
			k[i] = math.Inf(1)
		}
	}
	slow, _, err := count(descentFixed) // at least that many
	if err != nil {
		return err
	}
	r.AtMost("logistic: iterations of triple momentum / Nesterov", k[0]/k[1], 1)
	r.AtMost("logistic: iterations of Nesterov / gradient descent (20000 if more)", k[1]/slow, 1./3)
	r.Note("logistic: iterations of triple momentum", k[0])
	r.Note("logistic: iterations of Nesterov", k[1])
	r.Note("logistic: iterations of heavy ball (+Inf for more than 20000)", k[2])
	r.Note("logistic: gap of gradient descent after 20000 iterations or fewer", gap)
	return nil
}
