package stochastic

import (
	"context"
	"fmt"
	"math"
	"strings"
	"testing"

	"github.com/godescent/descent"
	"github.com/godescent/descent/descenttest"
	"github.com/godescent/descent/prox"
	"github.com/godescent/descent/rng"
	"github.com/godescent/descent/schedule"
)

// contractProblems are problems on which every method must keep its promises.
func contractProblems() map[string]func() *descent.Problem {
	squares := newModel(1, 80, 10, 3, false, false, 0.05)
	logistic := newModel(2, 90, 9, 4, true, true, 0.05)
	dense := newModel(3, 60, 6, 6, true, false, 0.1)
	dense.dense = true
	return map[string]func() *descent.Problem{
		"sparse squares":        problem(squares, nil, 10),
		"sparse lasso":          problem(squares, prox.L1{Lambda: 0.05}, 10),
		"logistic, intercept":   problem(logistic, nil, 10),
		"sparse logistic":       problem(logistic, prox.Head{N: 9, H: prox.L1{Lambda: 0.01}}, 10),
		"non-negative logistic": problem(dense, prox.NonNeg(6), 6),
		"sum":                   problem(sumOnly{dense}, nil, 6),
		"sum with L1":           problem(sumOnly{squares}, prox.L1{Lambda: 0.05}, 10),
		"group lasso":           problem(sumOnly{squares}, prox.GroupL1{Lambda: 0.05, Groups: [][]int{{0, 1, 2}, {3, 4}}}, 10),
	}
}

func TestContract(t *testing.T) {
	nan, inf := math.NaN(), math.Inf(1)
	cases := 0
	for name, p := range contractProblems() {
		x0 := make([]float64, p().Dim)
		for i := range x0 {
			x0[i] = 0.5
		}
		exact := descent.Options{Tol: 1e-8, MaxIter: 3000}
		descenttest.TestMethod(t, descenttest.Case{
			Name: "SAGA " + name, Method: SAGA{}, Problem: p, X0: x0, Options: exact,
			Variants: map[string]descent.Method{"step": SAGA{Step: 0.01}, "seed": SAGA{Seed: 1}},
			Bad:      map[string]descent.Method{"negative": SAGA{Step: -1}, "nan": SAGA{Step: nan}, "inf": SAGA{Step: inf}},
		})
		for _, average := range []bool{false, true} {
			descenttest.TestMethod(t, descenttest.Case{
				Name: fmt.Sprintf("SVRG average=%v %s", average, name), Method: SVRG{Average: average}, Problem: p, X0: x0, Options: exact,
				Variants: map[string]descent.Method{
					"step": SVRG{Step: 0.01, Average: average}, "seed": SVRG{Seed: 1, Average: average}, "batch": SVRG{Batch: 7, Average: average},
					"inner": SVRG{Inner: 11, Average: average}, "average": SVRG{Average: !average},
				},
				Bad: map[string]descent.Method{
					"negative": SVRG{Step: -1}, "nan": SVRG{Step: nan}, "inf": SVRG{Step: inf}, "batch": SVRG{Batch: -1},
					"large": SVRG{Batch: 1000}, "inner": SVRG{Inner: -1},
				},
			})
		}
		average, other := "polynomial", "none"
		if _, ok := p().Regularizer.(descent.Bounded); !ok && p().Regularizer != nil {
			average, other = other, average // averages are not sparse
		}
		descenttest.TestMethod(t, descenttest.Case{
			Name: "SGD " + name, Method: SGD{Average: average}, Problem: p, X0: x0, Options: descent.Options{Tol: 1e-2, MaxIter: 20_000},
			Variants: map[string]descent.Method{
				"step": SGD{Step: 0.01}, "kind": SGD{Schedule: schedule.Schedule{Kind: "inv"}}, "horizon": SGD{Schedule: schedule.Schedule{Horizon: 5}},
				"warmup": SGD{Schedule: schedule.Schedule{Warmup: 2}}, "batch": SGD{Batch: 7}, "momentum": SGD{Momentum: 0.5},
				"polyak": SGD{Average: "polyak"}, other: SGD{Average: other}, "replacement": SGD{Replacement: true}, "seed": SGD{Seed: 1},
			},
			Bad: map[string]descent.Method{
				"negative": SGD{Step: -1}, "nan": SGD{Step: nan}, "inf": SGD{Step: inf}, "kind": SGD{Schedule: schedule.Schedule{Kind: "slow"}},
				"horizon": SGD{Schedule: schedule.Schedule{Horizon: -1}}, "batch": SGD{Batch: -1}, "large": SGD{Batch: 1000},
				"momentum": SGD{Momentum: 1}, "momentum nan": SGD{Momentum: nan}, "average": SGD{Average: "all"},
			},
		})
		cases += 4
	}
	if cases != 32 {
		t.Errorf("%d cases", cases)
	}
}

// Left-behind updates must be those of dense steps, up to rounding.
func TestLazyStepsAreDenseSteps(t *testing.T) {
	tried := 0
	for _, intercept := range []bool{false, true} {
		for _, ridge := range []float64{0, 0.1} {
			for _, l1 := range []float64{0, 0.03} {
				lazy := newModel(5, 150, 40, 4, true, intercept, ridge)
				dense := *lazy
				dense.dense = true
				var h descent.Regularizer
				if l1 > 0 {
					if h = (prox.L1{Lambda: l1}); intercept {
						h = prox.Head{N: 40, H: h}
					}
				}
				p, q := problem(lazy, h, lazy.dim)(), problem(&dense, h, lazy.dim)()
				for _, m := range []descent.Method{SAGA{}, SAGA{Step: 0.5}, SVRG{}, SVRG{Step: 0.3, Inner: 77}} {
					what := fmt.Sprintf("%+v, intercept %v, ridge %g, l1 %g", m, intercept, ridge, l1)
					a, b := iterates(t, p, m, 12), iterates(t, q, m, 12)
					sameIterates(t, what, a, b, 1e-12)
					if zeros(a[11]) != zeros(b[11]) || l1 > 0 != (zeros(a[11]) > 0) {
						t.Errorf("%s: %d zeros, dense steps have %d", what, zeros(a[11]), zeros(b[11]))
					}
					tried++
				}
				if l1 > 0 && p.Counts().Prox != 0 {
					t.Errorf("the lazy run made %d dense proxes", p.Counts().Prox)
				}
			}
		}
	}
	if tried != 32 {
		t.Errorf("%d runs compared", tried)
	}
}

func zeros(x []float64) (n int) {
	for _, v := range x {
		if v == 0 {
			n++
		}
	}
	return n
}

// Where entries cannot be left behind, steps are dense: steps beyond 1/ridge, which
// oscillate, and penalties that do not match the sparse entries.
func TestWhereStepsAreDense(t *testing.T) {
	m := newModel(5, 50, 20, 4, false, true, 4)
	x := make([]float64, 21)
	all, head := prox.L1{Lambda: 0.1}, prox.Head{N: 20, H: prox.L1{Lambda: 0.1}}
	for _, c := range []struct {
		h    descent.Regularizer
		step float64
		lazy bool
	}{
		{nil, 0.2, true}, {head, 0.2, true}, {nil, 0.3, false}, {head, 0.3, false}, {all, 0.2, false},
		{prox.Head{N: 19, H: all}, 0.2, false}, {prox.Head{N: 20, H: prox.L2{Lambda: 1}}, 0.2, false}, {prox.NonNeg(21), 0.2, false},
	} {
		l := newLinear(problem(m, c.h, 21)(), m, x, x, c.step, 10)
		if (l.support != nil) != c.lazy {
			t.Errorf("%T and step %g: lazy steps %v, want %v", c.h, c.step, l.support != nil, c.lazy)
		}
	}
}

func TestCoast(t *testing.T) {
	r := rng.New(1, "coast")
	crossed, zero := 0, 0
	for range 2000 {
		const m = 30
		l := &linear{step: 0.1 + 0.2*r.Float64(), rho: 1, l1: 0.5}
		if r.Intn(2) == 0 {
			l.rho = 0.9
		}
		l.pow, l.sum = []float64{1}, []float64{0}
		for k := range m {
			l.pow, l.sum = append(l.pow, l.rho*l.pow[k]), append(l.sum, l.rho*l.sum[k]+l.step)
		}
		x, g := 2*r.Norm(), r.Norm()
		if r.Intn(3) == 0 {
			x = 0
		}
		want := x
		for range m {
			want = soft(l.rho*want-l.step*g, l.step*l.l1)
		}
		got := l.coast(x, g, m)
		if math.Abs(got-want) > 1e-13 {
			t.Fatalf("from %g with gradient %g: %g, one by one %g", x, g, got, want)
		}
		if x*want < 0 {
			crossed++
		}
		if want == 0 {
			zero++
		}
	}
	if crossed < 100 || zero < 100 {
		t.Errorf("only %d cases crossed zero, %d ended there", crossed, zero)
	}
}

// One term at a time, the special cases for linear models are the general methods.
func TestLinearTermsAreSums(t *testing.T) {
	m := newModel(6, 70, 8, 3, true, true, 0.1)
	for _, h := range []descent.Regularizer{nil, prox.Head{N: 8, H: prox.L1{Lambda: 0.02}}} {
		sameIterates(t, "SVRG", iterates(t, problem(m, h, 9)(), SVRG{}, 10), iterates(t, problem(sumOnly{m}, h, 9)(), SVRG{Batch: 1}, 10), 1e-12)
		sameIterates(t, "SVRG, not linear", iterates(t, problem(notLinear{m}, h, 9)(), SVRG{Batch: 1}, 10), iterates(t, problem(sumOnly{m}, h, 9)(), SVRG{Batch: 1}, 10), 0)
		free := *m
		free.ridge = 0 // a table of whole gradients would hold the ridge
		sameIterates(t, "SAGA", iterates(t, problem(&free, h, 9)(), SAGA{}, 10), iterates(t, problem(sumOnly{&free}, h, 9)(), SAGA{}, 10), 1e-12)
	}
}

// Corollary 1 of the SAGA paper at every pass, for the mean over ten seeds:
// E|x^k - x*|^2 <= (1 - min(1/(4N), mu/(3L)))^k (|x^0 - x*|^2 + (2N/(3L)) (f(x^0) - f* - <f'(x*), x^0 - x*>)).
func TestSAGARate(t *testing.T) {
	const n, dim = 100, 10
	for name, h := range map[string]descent.Regularizer{"smooth": nil, "lasso": prox.L1{Lambda: 0.05}} {
		m := newModel(7, n, dim, 4, false, false, 0.2)
		best := solve(t, problem(m, h, dim)(), SAGA{}, descent.Options{Tol: 1e-13, MaxIter: 5000})
		if best.Status != descent.Converged {
			t.Fatal(best.Status)
		}
		l, g, zero := m.TermLipschitz(), make([]float64, dim), make([]float64, dim)
		bound := m.Value(zero) - m.Gradient(g, best.X)
		for i, v := range best.X {
			bound += g[i] * v
		}
		bound = bound*2*n/(3*l) + distance2(zero, best.X)
		rate := math.Pow(1-min(1./(4*n), m.ridge/(3*l)), n)
		mean := make([]float64, 40)
		for seed := range uint64(10) {
			for k, x := range iterates(t, problem(m, h, dim)(), SAGA{Seed: seed}, len(mean)) {
				mean[k] += distance2(x, best.X) / 10
			}
		}
		for k, v := range mean {
			if bound *= rate; v > bound {
				t.Errorf("%s: after %d passes the mean squared distance is %g, bound %g", name, k+1, v, bound)
			}
		}
		if last := mean[len(mean)-1]; last > 1e-6*mean[0] {
			t.Errorf("%s: from %g to %g in %d passes", name, mean[0], last, len(mean))
		}
	}
}

// What a pass costs, and that variance reduction gets where gradient descent with the
// same number of terms does not.
func TestPassesAndCounts(t *testing.T) {
	const n, dim = 300, 12
	m := newModel(8, n, dim, 5, true, false, 0.01)
	p := problem(m, nil, dim)
	opt := descent.Options{Tol: 1e-9, MaxIter: 1000}
	saga, svrg := solve(t, p(), SAGA{}, opt), solve(t, p(), SVRG{Step: 1 / (3 * m.TermLipschitz())}, opt)
	if want := (descent.Counts{Term: n * (saga.Iterations + 1)}); saga.Counts != want || saga.Status != descent.Converged {
		t.Errorf("SAGA: %s, counts %+v, want %+v", saga.Status, saga.Counts, want)
	}
	if want := (descent.Counts{Term: 3 * n * svrg.Iterations}); svrg.Counts != want || svrg.Status != descent.Converged {
		t.Errorf("SVRG: %s, counts %+v, want %+v", svrg.Status, svrg.Counts, want)
	}
	batch := solve(t, p(), SVRG{Batch: 10, Inner: 20}, descent.Options{MaxIter: 7})
	if want := (descent.Counts{Gradient: 7, Prox: 140, Term: 2 * 7 * 20 * 10}); batch.Counts != want {
		t.Errorf("SVRG in batches: counts %+v, want %+v", batch.Counts, want)
	}
	sgd := solve(t, p(), SGD{Batch: 7}, descent.Options{MaxIter: 5})
	if want := (descent.Counts{Term: 5 * n}); sgd.Counts != want {
		t.Errorf("SGD: counts %+v, want %+v", sgd.Counts, want)
	}
	passes := max(saga.Counts.Term, svrg.Counts.Term) / n
	x, g := make([]float64, dim), make([]float64, dim)
	for range passes {
		m.Gradient(g, x)
		for i := range x {
			x[i] -= g[i] / m.Lipschitz()
		}
	}
	m.Gradient(g, x)
	t.Logf("SAGA %d passes, SVRG %d; gradient descent has %.2g after %d", saga.Counts.Term/n, svrg.Counts.Term/n, g[0], passes)
	if norm := math.Sqrt(distance2(g, make([]float64, dim))); norm < 1e-6 {
		t.Errorf("gradient descent reached %g in %d passes: the problem is too easy", norm, passes)
	}
}

// Polyak and Juditsky: with constant small steps on least squares the average has the
// mean squared error tr(H^-1 S H^-1)/K, with S the covariance of the gradient of a term
// at x*, and the last iterate a much larger one.
func TestAveragingReducesVariance(t *testing.T) {
	const n, passes, seeds = 50, 400, 60
	m := newModel(9, n, 1, 1, false, false, 0)
	h, c := 0.0, 0.0
	for i := range n {
		for _, v := range m.val[i] {
			h += v * v / n
			c += v * m.y[i] / n
		}
	}
	best, s := []float64{c / h}, 0.0
	for i := range n {
		for _, v := range m.val[i] {
			u := (v*best[0] - m.y[i]) * v
			s += u * u / n
		}
	}
	want := s / (h * h) / (n * passes)
	var mean, last float64
	for seed := range uint64(seeds) {
		base := SGD{Step: 0.02, Schedule: schedule.Schedule{Kind: "constant"}, Batch: 1, Replacement: true, Average: "polyak", Seed: seed}
		mean += distance2(iterates(t, problem(m, nil, 1)(), base, passes)[passes-1], best) / seeds
		base.Average = "none"
		last += distance2(iterates(t, problem(m, nil, 1)(), base, passes)[passes-1], best) / seeds
	}
	t.Logf("mean squared error %.3g of the average (theory %.3g), %.3g of the last iterate", mean, want, last)
	if mean < want/2 || mean > 2*want {
		t.Errorf("mean squared error of the average %g, theory %g", mean, want)
	}
	if last < 5*mean {
		t.Errorf("mean squared error %g of the last iterate, %g of the average", last, mean)
	}
}

// Polynomial-decay averaging forgets a far start sooner than the uniform average.
func TestPolynomialAverageForgetsTheStart(t *testing.T) {
	m := newModel(10, 60, 5, 3, false, false, 0.1)
	best := solve(t, problem(m, nil, 5)(), SAGA{}, descent.Options{Tol: 1e-12})
	x0 := []float64{100, 100, 100, 100, 100}
	var d [2]float64
	for i, average := range []string{"polyak", "polynomial"} {
		r, err := descent.Solve(context.Background(), problem(m, nil, 5)(), SGD{Average: average}, x0, descent.Options{MaxIter: 1000})
		if err != nil {
			t.Fatal(err)
		}
		d[i] = distance2(r.X, best.X)
	}
	if d[1] > d[0]/100 {
		t.Errorf("squared distance %g with the polynomial, %g with the uniform average", d[1], d[0])
	}
}

// With one batch of all terms SGD is the (heavy-ball) proximal gradient method.
func TestFullBatchIsGradientDescent(t *testing.T) {
	m := newModel(11, 40, 6, 3, true, false, 0.1)
	h := strict{prox.L1{Lambda: 0.02}}
	for _, beta := range []float64{0, 0.6} {
		method := SGD{Step: 0.3, Schedule: schedule.Schedule{Kind: "inv", Horizon: 10, Warmup: 2}, Batch: 40, Momentum: beta, Average: "none"}
		x, old, g := make([]float64, 6), make([]float64, 6), make([]float64, 6)
		var want [][]float64
		for k := range 30 {
			gamma := 0.3 / (1 + float64(k)/10) * min(1, float64(k)/2)
			m.Gradient(g, x)
			for i, v := range x {
				x[i] += beta*(v-old[i]) - gamma*g[i]
				old[i] = v
			}
			if gamma > 0 {
				h.Prox(x, x, gamma)
			}
			want = append(want, append([]float64{}, x...))
		}
		sameIterates(t, fmt.Sprintf("momentum %g", beta), iterates(t, problem(m, h, 6)(), method, 30), want, 1e-13)
	}
}

// strict keeps the contract of a prox: t > 0.
type strict struct{ prox.L1 }

func (h strict) Prox(dst, x []float64, t float64) {
	if !(t > 0) {
		panic("prox with a step that is not positive")
	}
	h.L1.Prox(dst, x, t)
}

// The default steps are those of the documentation.
func TestDefaultSteps(t *testing.T) {
	m := newModel(14, 100, 6, 3, false, false, 0.1)
	p := problem(m, nil, 6)
	l, top := m.Lipschitz(), m.TermLipschitz()
	if l >= top {
		t.Fatalf("L = %g, L_max = %g: the test sees nothing", l, top)
	}
	for _, c := range [][2]descent.Method{
		{SAGA{}, SAGA{Step: 1 / (3 * top)}},
		{SVRG{}, SVRG{Step: 1 / (6 * top)}},
		{SVRG{Batch: 4}, SVRG{Batch: 4, Step: 1 / (2 * (0.75*l + 0.75*top))}},
		{SGD{Batch: 1}, SGD{Batch: 1, Step: 1 / (2 * top)}},
		{SGD{Batch: 4}, SGD{Batch: 4, Step: 1 / (2 * (0.75*l + 0.25*top))}},
	} {
		sameIterates(t, fmt.Sprintf("%+v", c[0]), iterates(t, p(), c[0], 3), iterates(t, p(), c[1], 3), 1e-12)
	}
}

// A pass without replacement sees every term once.
func TestPassSeesEveryTerm(t *testing.T) {
	m := newModel(12, 23, 3, 2, false, false, 0)
	for _, replacement := range []bool{false, true} {
		w := &watched{m, make([]int, 23), nil}
		iterates(t, problem(w, nil, 3)(), SGD{Step: 0.01, Batch: 5, Replacement: replacement}, 40)
		missed := 0
		for _, c := range w.seen {
			if c != 40 {
				missed++
			}
		}
		if (missed == 0) == replacement {
			t.Errorf("replacement %v: %d terms not seen once in each of 40 passes", replacement, missed)
		}
		if len(w.sizes) != 200 || w.sizes[4] != 3 {
			t.Errorf("%d batches, the fifth of %d terms: want 200 and 3", len(w.sizes), w.sizes[4])
		}
	}
}

type watched struct {
	*model
	seen  []int
	sizes []int
}

func (w *watched) TermGradient(g, x []float64, idx []int) float64 {
	for _, i := range idx {
		w.seen[i]++
	}
	w.sizes = append(w.sizes, len(idx))
	return w.model.TermGradient(g, x, idx)
}

// valueOnly, bare, plainSum and huge lack oracles or bounds, or have too many terms.
type valueOnly struct{}

func (valueOnly) Value([]float64) float64 { return 0 }

type bare struct{ sumOnly }

func (bare) TermLipschitz() float64 { return math.Inf(1) }

type plainSum struct {
	descent.Objective
	descent.FiniteSum
}

type huge struct{ sumOnly }

func (huge) Terms() int { return 10_000_001 }

func TestErrorsSayWhatToDo(t *testing.T) {
	m := newModel(13, 20, 4, 2, true, false, 0.1)
	for _, c := range []struct {
		f    descent.Objective
		m    descent.Method
		want string
	}{
		{valueOnly{}, SGD{}, "no oracle FiniteSum"},
		{valueOnly{}, SVRG{}, "no oracle Smooth"},
		{valueOnly{}, SAGA{}, "no oracle LinearTerms"},
		{bare{sumOnly{m}}, SAGA{}, "saga: step 0: want > 0"},
		{bare{sumOnly{m}}, SGD{}, "sgd: step 0: want > 0"},
		{huge{sumOnly{m}}, SAGA{}, "svrg needs no table"},
		{m, SGD{Batch: 21}, "batch 21: want 1 to 20"},
		{plainSum{m, m}, SGD{}, "no oracle TermLipschitz"},
	} {
		_, err := c.m.Start(problem(c.f, nil, 4)(), make([]float64, 4))
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%T on %T: %v, want %q", c.m, c.f, err, c.want)
		}
	}
}

func ExampleSGD() {
	m := newModel(1, 500, 3, 3, false, false, 0) // least squares
	p := &descent.Problem{Name: "regression", Dim: 3, Objective: m}
	r, err := descent.Solve(context.Background(), p, SGD{}, make([]float64, 3), descent.Options{Tol: 0.01})
	if err != nil {
		panic(err)
	}
	fmt.Printf("%s: %.1f\n", r.Status, r.X)
	// Output: converged: [-1.5 -0.6 -0.4]
}

func ExampleSVRG() {
	m := newModel(1, 500, 3, 3, false, false, 0)
	p := &descent.Problem{Name: "regression", Dim: 3, Objective: m}
	r, err := descent.Solve(context.Background(), p, SVRG{}, make([]float64, 3), descent.Options{Tol: 1e-9})
	if err != nil {
		panic(err)
	}
	fmt.Printf("%s: %.4f\n", r.Status, r.X)
	// Output: converged: [-1.5374 -0.5581 -0.4058]
}

func ExampleSAGA() {
	m := newModel(1, 500, 3, 3, false, false, 0)
	p := &descent.Problem{Name: "lasso", Dim: 3, Objective: m, Regularizer: prox.L1{Lambda: 0.5}}
	r, err := descent.Solve(context.Background(), p, SAGA{}, make([]float64, 3), descent.Options{Tol: 1e-9})
	if err != nil {
		panic(err)
	}
	fmt.Printf("%s: %.4f\n", r.Status, r.X)
	// Output: converged: [-1.0663 -0.0766 -0.0000]
}
