package gradient

import (
	"context"
	"fmt"
	"math"
	"strings"
	"testing"

	"github.com/godescent/descent"
	"github.com/godescent/descent/problem/analytic"
)

// iterates returns copies of the first n iterates of m.
func iterates(t *testing.T, m descent.Method, p *descent.Problem, x0 []float64, n int) [][]float64 {
	t.Helper()
	run, err := m.Start(p, x0)
	if err != nil {
		t.Fatal(err)
	}
	var all [][]float64
	run.Iterates(func(x []float64) bool {
		all = append(all, append([]float64(nil), x...))
		return len(all) < n
	})
	return all
}

// moved is f(Q'(x - c)) for a rotation Q: reflections at u and v, one after the other.
type moved struct {
	f       *analytic.Diagonal
	u, v, c []float64 // u, v of length 1
}

func reflect(x, u []float64) {
	s := 0.0
	for i := range x {
		s += u[i] * x[i]
	}
	for i := range x {
		x[i] -= 2 * s * u[i]
	}
}

// to is x -> Qx + c, from its inverse.
func (m moved) to(x []float64) []float64 {
	y := append([]float64(nil), x...)
	reflect(y, m.u)
	reflect(y, m.v)
	for i := range y {
		y[i] += m.c[i]
	}
	return y
}

func (m moved) from(x []float64) []float64 {
	y := append([]float64(nil), x...)
	for i := range y {
		y[i] -= m.c[i]
	}
	reflect(y, m.v)
	reflect(y, m.u)
	return y
}

func (m moved) Value(x []float64) float64 { return m.f.Value(m.from(x)) }

func (m moved) Gradient(g, x []float64) float64 {
	f := m.f.Gradient(g, m.from(x))
	reflect(g, m.u)
	reflect(g, m.v)
	return f
}

func (m moved) Lipschitz() float64       { return m.f.Lipschitz() }
func (m moved) StrongConvexity() float64 { return m.f.StrongConvexity() }

func everyMethod() map[string]descent.Method {
	all := map[string]descent.Method{
		"gd": GD{}, "gd fixed": GD{Rule: "fixed"}, "bb": BB{}, "bb short": BB{Rule: "short"},
		"heavy-ball": HeavyBall{}, "nesterov": Nesterov{}, "nesterov restart": Nesterov{Restart: true},
		"nesterov-sc": NesterovSC{}, "triple-momentum": TripleMomentum{}, "pi-flow": PIFlow{},
	}
	for _, beta := range []string{"fr", "pr+", "hs", "dy", "hz"} {
		all["cg "+beta] = CG{Beta: beta}
	}
	return all
}

// No method of the family sees the coordinates: turn and shift the problem and the
// iterates turn and shift with it.
func TestRotationAndShift(t *testing.T) {
	n := 6
	f := analytic.DiagonalQuadratic(n, 1, 20)
	m := moved{f: f, u: make([]float64, n), v: make([]float64, n), c: []float64{0.5, -0.25, 1, 0, 0.125, -1}}
	for i := range n {
		m.u[i] = 1 / math.Sqrt(float64(n))
		m.v[i] = []float64{0.6, 0, 0.8, 0, 0, 0}[i]
	}
	x0 := []float64{1, -1, 2, 0.5, -3, 1}
	for name, method := range everyMethod() {
		a := iterates(t, method, on(f, n)(), x0, 12)
		b := iterates(t, method, on(m, n)(), m.to(x0), 12)
		if len(a) != 12 || len(b) != 12 {
			t.Errorf("%s: %d and %d iterates", name, len(a), len(b))
			continue
		}
		for k := range a {
			for i, want := range m.to(a[k]) {
				if math.Abs(b[k][i]-want) > 1e-7 {
					t.Fatalf("%s, iterate %d: x[%d] = %v after the motion, want %v", name, k+1, i, b[k][i], want)
				}
			}
		}
	}
}

// The heavy ball settles on the cycle of three points of Lessard, Recht and Packard.
func TestThreeCycle(t *testing.T) {
	for _, start := range []float64{3.3, 3.2, 3.45} {
		all := iterates(t, HeavyBall{}, on(analytic.HeavyBallCycle{}, 1)(), []float64{start}, 3000)
		last := all[len(all)-3:]
		for _, want := range []float64{0.6465306, -1.8024490, 2.1159184} {
			near := math.Inf(1)
			for _, x := range last {
				near = min(near, math.Abs(x[0]-want))
			}
			if near > 1e-6 {
				t.Errorf("from %v: the last points %v miss %v", start, last, want)
			}
		}
	}
	for m, want := range map[descent.Method]int{TripleMomentum{}: 128, GD{Rule: "fixed", Step: 2. / 26}: 346} {
		all := iterates(t, m, on(analytic.HeavyBallCycle{}, 1)(), []float64{3.3}, 1000)
		k := 0
		for k < len(all) && math.Abs(all[k][0]) >= 1e-12 {
			k++
		}
		if k+1 != want {
			t.Errorf("%T: %d iterations to 1e-12, want %d", m, k+1, want)
		}
	}
}

// quartic has a Hessian that changes with x: f = sum_i d_i x_i^2/2 + x_i^4/4 + x_0 x_1/2.
type quartic struct{ d []float64 }

func (q quartic) Value(x []float64) float64 {
	s := x[0] * x[1] / 2
	for i, v := range x {
		s += q.d[i]*v*v/2 + v*v*v*v/4
	}
	return s
}

func (q quartic) Gradient(g, x []float64) float64 {
	for i, v := range x {
		g[i] = q.d[i]*v + v*v*v
	}
	g[0] += x[1] / 2
	g[1] += x[0] / 2
	return q.Value(x)
}

func (q quartic) hessVec(h, x, v []float64) {
	for i := range x {
		h[i] = (q.d[i] + 3*x[i]*x[i]) * v[i]
	}
	h[0] += v[1] / 2
	h[1] += v[0] / 2
}

// The two-variable form is the second-order equation: x” + A x' + K H x' + A K g = 0,
// integrated here with its Hessian, follows the same path, and psi = x' + K g decays as
// exp(-A t) although nothing in that integration says so.
func TestFlowIsTheSecondOrderEquation(t *testing.T) {
	q, a, k, dt, steps := quartic{[]float64{2, 5}}, 1.5, 0.7, 1e-3, 2000
	x0 := []float64{1, -0.8}
	flow := iterates(t, PIFlow{A: a, K: k, Dt: dt}, on(q, 2)(), x0, steps)

	state := []float64{x0[0], x0[1], 0, 0} // x, v = x'
	g, h := make([]float64, 2), make([]float64, 2)
	slope := func(s []float64) []float64 {
		q.Gradient(g, s[:2])
		q.hessVec(h, s[:2], s[2:])
		return []float64{s[2], s[3], -a*s[2] - k*h[0] - a*k*g[0], -a*s[3] - k*h[1] - a*k*g[1]}
	}
	step := func(s, d []float64, t float64) []float64 {
		out := append([]float64(nil), s...)
		for i := range out {
			out[i] += t * d[i]
		}
		return out
	}
	q.Gradient(g, x0)
	psi0 := []float64{k * g[0], k * g[1]}
	for n := range steps {
		k1 := slope(state)
		k2 := slope(step(state, k1, dt/2))
		k3 := slope(step(state, k2, dt/2))
		k4 := slope(step(state, k3, dt))
		for i := range state {
			state[i] += dt / 6 * (k1[i] + 2*k2[i] + 2*k3[i] + k4[i])
		}
		q.Gradient(g, state[:2])
		decay := math.Exp(-a * dt * float64(n+1))
		for i := range 2 {
			if d := math.Abs(flow[n][i] - state[i]); d > 1e-8 {
				t.Fatalf("step %d: the flow is %g away from the second-order equation", n, d)
			}
			if d := math.Abs(state[2+i] + k*g[i] - psi0[i]*decay); d > 1e-8 {
				t.Fatalf("step %d: psi is %g away from psi(0) exp(-A t)", n, d)
			}
		}
	}
}

// With a nearly exact search all rules are the linear conjugate gradient method.
func TestCGIsLinearCG(t *testing.T) {
	n := 6
	f := analytic.DiagonalQuadratic(n, 1, 8)
	x, r, d := ones(n), make([]float64, n), make([]float64, n)
	for i := range r {
		r[i] = -f.D[i] * x[i]
	}
	copy(d, r)
	var want [][]float64
	for range n - 1 {
		rr, dad := 0.0, 0.0
		for i := range d {
			rr, dad = rr+r[i]*r[i], dad+d[i]*f.D[i]*d[i]
		}
		next := 0.0
		for i := range d {
			x[i] += rr / dad * d[i]
			r[i] -= rr / dad * f.D[i] * d[i]
			next += r[i] * r[i]
		}
		for i := range d {
			d[i] = r[i] + next/rr*d[i]
		}
		want = append(want, append([]float64(nil), x...))
	}
	for _, beta := range []string{"fr", "pr+", "hs", "dy", "hz"} {
		got := iterates(t, CG{Beta: beta, C2: 1.001e-4}, on(f, n)(), ones(n), n-1)
		for k := range want {
			for i := range n {
				if math.Abs(got[k][i]-want[k][i]) > 5e-4 {
					t.Fatalf("%s, iterate %d: %v, linear conjugate gradients %v", beta, k+1, got[k], want[k])
				}
			}
		}
	}
}

// A search that ends at t has evaluated f there last: an iteration costs the trials
// and nothing else.
func TestCGEvaluations(t *testing.T) {
	p := on(analytic.DiagonalQuadratic(50, 1, 1e4), 50)
	r := solve(t, p(), CG{}, ones(50), descent.Options{MaxIter: 500})
	if perIter := float64(r.Counts.Evals()) / float64(r.Iterations); perIter > 2.2 || r.Counts.Value > 0 {
		t.Errorf("%.2f evaluations an iteration (%+v): want about 1.85 gradients", perIter, r.Counts)
	}
}

// bowl is (|x - c|^2 for x_0, 1/100 of it for x_1)/2 and knows no constants.
type bowl struct{ c float64 }

func (b bowl) Value(x []float64) float64 {
	return ((x[0]-b.c)*(x[0]-b.c) + x[1]*x[1]/100) / 2
}

func (b bowl) Gradient(g, x []float64) float64 {
	g[0], g[1] = x[0]-b.c, x[1]/100
	return b.Value(x)
}

// Where L is searched for, a start far from the minimizer must not leave L, which only
// grows, far too large.
func TestNesterovSearchFromFarAway(t *testing.T) {
	for _, c := range []float64{1, 1e3, 1e6} {
		r := solve(t, on(bowl{c}, 2)(), Nesterov{}, []float64{0, 1}, descent.Options{MaxIter: 2000})
		if r.Status != descent.Converged {
			t.Errorf("minimizer at distance %g: %s after %d iterations, %v", c, r.Status, r.Iterations, r.Certificate)
		}
	}
}

// Without strong convexity the error names the method that needs none.
func TestErrorsNameAnotherMethod(t *testing.T) {
	p := on(&analytic.LogSumExp{Rho: 0.1}, 3)
	for _, m := range []descent.Method{HeavyBall{}, NesterovSC{}, TripleMomentum{}} {
		if _, err := m.Start(p(), ones(3)); err == nil || !strings.Contains(err.Error(), "nesterov, which") {
			t.Errorf("%T with mu = 0: %v", m, err)
		}
	}
}

// example solves an ill-conditioned bowl and prints the end of the run.
func example(m descent.Method) {
	p := &descent.Problem{Name: "bowl", Dim: 10, Objective: analytic.DiagonalQuadratic(10, 1, 100)}
	r, err := descent.Solve(context.Background(), p, m, ones(10), descent.Options{})
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Printf("%s, f = %.4f\n", r.Status, r.Value)
}

func ExampleGD() {
	example(GD{Rule: "fixed", Step: 2. / 101})
	// Output: converged, f = 0.0000
}

func ExampleBB() {
	example(BB{})
	// Output: converged, f = 0.0000
}

func ExampleHeavyBall() {
	example(HeavyBall{})
	// Output: converged, f = 0.0000
}

func ExampleNesterovSC() {
	example(NesterovSC{})
	// Output: converged, f = 0.0000
}

func ExampleTripleMomentum() {
	example(TripleMomentum{})
	// Output: converged, f = 0.0000
}

func ExampleCG() {
	example(CG{Beta: "pr+"})
	// Output: converged, f = 0.0000
}

func ExamplePIFlow() {
	example(PIFlow{A: 2})
	// Output: converged, f = 0.0000
}
