package rule

import (
	"math"
	"slices"
	"testing"

	"github.com/godescent/descent/rng"
	"github.com/godescent/descent/vec"
)

var testBlocks = []Block{{Name: "a.weight", Shape: []int{6, 4}}, {Name: "a.bias", Shape: []int{6}}, {Name: "b.weight", Shape: []int{3, 5}}}

const testSize = 6*4 + 6 + 15

// A walk is a run of a rule that can be stepped beside others.
type walk struct {
	rule Rule
	x, g []float64
	s    *State[float64]
	k    int
}

func newWalk(r Rule) *walk {
	w := &walk{rule: r, x: make([]float64, testSize), g: make([]float64, testSize), s: NewState[float64](r, testSize, testBlocks...)}
	for i := range w.x {
		w.x[i] = math.Sin(float64(5*i + 1))
	}
	return w
}

func (w *walk) gradient(g, x []float64) float64 {
	for i, v := range x {
		g[i] = float64(1+i%3)*v + 0.3*math.Sin(float64(7*w.k+i))
	}
	return 0
}

func (w *walk) step(lr float64) {
	w.gradient(w.g, w.x)
	defer func() { w.k++ }()
	StepWith(w.rule, w.x, w.g, w.s, lr, &Oracle[float64]{Gradient: w.gradient, Curvature: func(h, _ []float64) { fill(h, 1) }})
}

// Special cases are equalities between rules that run side by side.
func TestEqualRules(t *testing.T) {
	for name, c := range map[string]struct {
		a, b     Rule
		from, to int // compared
		tol      float64
	}{
		"adam with coupled decay has its own":               {a: Decay{Rule: Adam{}, Weight: 0.1, Coupled: true}, b: Adam{Decay: 0.1}},
		"adam with decoupled decay is adamw":                {a: Decay{Rule: Adam{}, Weight: 0.1}, b: AdamW{Decay: 0.1}},
		"nadamw without momentum is adamw":                  {a: NAdamW{Beta1: 1e-300, Decay: 0.1}, b: AdamW{Beta1: 1e-300, Decay: 0.1}},
		"a mean with weights k^0 is the mean":               {a: Average{Rule: SGD{}, Power: 1e-300}, b: Average{Rule: SGD{}}},
		"qhadam with nu = 1 is adam":                        {a: QHAdam{Beta1: 0.9, Nu1: 1}, b: Adam{}},
		"qhm with nu = 1 is dampened sgd":                   {a: QHM{Beta: 0.9, Nu: 1}, b: averaged{0.9}},
		"aggmo with one beta is momentum":                   {a: AggMo{Betas: []float64{0.9}}, b: SGD{Momentum: 0.9}},
		"lion-k of l1 is lion":                              {a: LionK{Decay: 0.1}, b: Lion{Decay: 0.1}},
		"lion with equal betas is signsgd":                  {a: Lion{Beta1: 0.9, Beta2: 0.9}, b: SignSGD{}},
		"tiger is signsgd with decay":                       {a: Tiger{Beta: 0.9, Decay: 0.1}, b: Decay{Rule: SignSGD{}, Weight: 0.1}},
		"padam with power 1/2 is amsgrad":                   {a: Padam{Power: 0.5, Eps: 1e-30}, b: Adam{AMSGrad: true, Eps: 1e-30}},
		"adabound with wide bounds is adam":                 {a: AdaBound{Gamma: 1e-12, Eps: 1e-30}, b: Adam{Eps: 1e-30}},
		"adamp without projection is adamw":                 {a: AdamP{Delta: 1e-9, Decay: 0.1}, b: AdamW{Decay: 0.1}},
		"sgdp without projection is sgd":                    {a: SGDP{Delta: 1e-9, Nesterov: true}, b: SGD{Momentum: 0.9, Nesterov: true}},
		"lookahead with alpha = 1 is the rule":              {a: Lookahead{Rule: Adam{}, Alpha: 1}, b: Adam{}},
		"accumulating one gradient is the rule":             {a: Accumulate{Rule: Adam{}, Every: 1}, b: Adam{}},
		"clipping at 1e9 is the rule":                       {a: Clip{Rule: Adam{}, Value: 1e9, Norm: 1e9}, b: Adam{}},
		"groups of one rule are the rule":                   {a: Groups{Groups: []Group{{Pattern: "*.bias", Rule: Adam{}}}, Rest: Adam{}}, b: Adam{}},
		"sam with a tiny radius is the rule":                {a: SAM{Rule: SGD{}, Rho: 1e-14}, b: SGD{}, tol: 1e-12},
		"frugal of all columns is adamw":                    {a: FRUGAL{Density: 1, Every: 1000}, b: AdamW{Decay: -1}},
		"frugal of no column is signsgd":                    {a: FRUGAL{Density: -1}, b: SignSGD{Momentum: -1}, to: 24},
		"dct-adamw on one axis is adamw":                    {a: DCTAdamW{}, b: AdamW{}, from: 24, to: 30},
		"muon on one axis is adamw":                         {a: Muon{Beta2: 0.999, Eps: 1e-8, Ratio: 1, Decay: 0.01}, b: AdamW{}, from: 24, to: 30},
		"soap on one axis is adam a step later":             {a: SOAP{Beta1: 0.9, Beta2: 0.9, Decay: -1, Eps: 1e-30}, b: late{Adam{Beta2: 0.9, Eps: 1e-30}}, from: 24, to: 30},
		"adafactor that forgets at once is a sign":          {a: Adafactor{Plain: true, Clip: 1e9, Power: 1e-300}, b: SignSGD{Momentum: -1}, from: 24, to: 30},
		"simplified ademamix without momentum is adam":      {a: SimplifiedAdEMAMix{Beta1: 1e-300, Beta2: 0.999}, b: Adam{Beta1: 1e-300}},
		"ademamix with alpha -> 0 is adam":                  {a: AdEMAMix{Alpha: 1e-300}, b: Adam{}},
		"mars without correction on one axis":               {a: MARS{Beta1Axis: 0.9, Beta2Axis: 0.999, Ratio: 1, Eps: 1e-30}, b: Adam{Eps: 1e-30}, from: 24, to: 30},
		"sophia without memory is clipped gradient descent": {a: Sophia{Beta1: 1e-300, Beta2: 1e-300, Gamma: 1, Decay: -1}, b: Clip{Rule: SGD{}, Value: 1}},
	} {
		a, b := newWalk(c.a), newWalk(c.b)
		to, tol := c.to, c.tol
		if to == 0 {
			to = testSize
		}
		if tol == 0 {
			tol = 1e-11
		}
		for k := range 12 {
			a.step(0.01)
			b.step(0.01)
			for i := c.from; i < to; i++ {
				if math.Abs(a.x[i]-b.x[i]) > tol*(1+math.Abs(a.x[i])) {
					t.Fatalf("%s: step %d: x[%d] is %v and %v", name, k+1, i, a.x[i], b.x[i])
				}
			}
		}
		if slices.Equal(a.x, newWalk(c.a).x) {
			t.Errorf("%s: nothing moved", name)
		}
	}
}

// averaged is momentum whose velocity is an average: SGD with dampening, but for the first step.
type averaged struct{ beta float64 }

func (r averaged) Check() error  { return nil }
func (r averaged) Rate() float64 { return 1 }
func (r averaged) Vectors() int  { return 1 }

func (r averaged) Step32(*Part[float32]) {}

func (r averaged) Step64(p *Part[float64]) {
	for i, g := range p.G {
		p.V[0][i] = r.beta*p.V[0][i] + (1-r.beta)*g
		p.X[i] -= p.LR * p.V[0][i]
	}
}

// late leaves the first step out.
type late struct{ Rule }

func (r late) Step64(p *Part[float64]) {
	if p.K--; p.K > 0 {
		r.Rule.Step64(p)
	}
	p.K++
}

// The decoupled decay of Lion bounds x: the excess over 1/Decay shrinks by 1 - lr Decay in each step, and stays 0
// (Chen et al. 2024, the first phase).
func TestLionBounds(t *testing.T) {
	for _, r := range []Rule{Lion{Decay: 2}, LionK{K: "huber", C: 0.5, Decay: 2}, LionK{K: "threshold", C: 0.1, Decay: 2}} {
		w := newWalk(r)
		fill(w.x, 10)
		excess := 9.5
		for range 600 {
			w.step(0.01)
			now := max(0, float64(vec.NrmInf(w.x))-0.5)
			if now > (1-0.01*2)*excess+1e-12 {
				t.Fatalf("%+v: the excess over the box goes from %v to %v", r, excess, now)
			}
			excess = now
		}
		if excess > 1e-3 {
			t.Errorf("%+v: the excess ends at %v", r, excess)
		}
	}
}

// The update of a block under Muon has singular values near 1: its Gram matrix is near the identity.
func TestOrthogonalize(t *testing.T) {
	s := rng.New(1, "orthogonalize")
	for _, shape := range [][2]int{{6, 4}, {4, 6}, {5, 5}} {
		rows, cols := shape[0], shape[1]
		x, n := make([]float64, rows*cols), min(rows, cols)
		for i := range x {
			x[i] = s.Norm()
		}
		orthogonalize(&Part[float64]{}, x, rows, cols)
		gram, q := make([]float64, n*n), make([]float64, n*n)
		vec.Gemm(rows > cols, rows <= cols, n, n, max(rows, cols), 1, x, cols, x, cols, 0, gram, n)
		eigen(gram, q, n)
		for i := range n {
			if v := math.Sqrt(gram[i*n+i]); v < 0.6 || v > 1.25 {
				t.Errorf("%v: a singular value of %v", shape, v)
			}
		}
	}
}

// Eigenvectors are orthonormal and give the matrix back, powers multiply, and eigenvalues of a graded matrix are
// accurate relative to themselves.
func TestEigen(t *testing.T) {
	s := rng.New(2, "eigen")
	for n := 1; n <= 9; n++ {
		a, b := make([]float64, n*n), make([]float64, n*n)
		for i := range b {
			b[i] = s.Norm() * math.Pow(10, -float64(i%n))
		}
		vec.Gemm(true, false, n, n, n, 1, b, n, b, n, 0, a, n)
		p := &Part[float64]{}
		root, back := make([]float64, n*n), make([]float64, n*n)
		power(p, root, a, n, 0.5)
		vec.Gemm(false, false, n, n, n, 1, root, n, root, n, 0, back, n)
		if d := distance(back, a); d > 1e-12 {
			t.Errorf("n = %d: the square of the root is off by %.1e", n, d)
		}
		orthonormal(b, n)
		vec.Gemm(true, false, n, n, n, 1, b, n, b, n, 0, back, n)
		for i := range back {
			if want := float64((n - i/n + i%n) / n * ((n + i/n - i%n) / n)); math.Abs(back[i]-want) > 1e-12 {
				t.Errorf("n = %d: q'q has %v at %d", n, back[i], i)
			}
		}
	}
	// Columns that are combinations of others become other unit vectors.
	b := []float64{1, 1, 0, 0, 0, 0, 0, 0, 0}
	orthonormal(b, 3)
	gram := make([]float64, 9)
	vec.Gemm(true, false, 3, 3, 3, 1, b, 3, b, 3, 0, gram, 3)
	for i, v := range gram {
		if want := []float64{1, 0, 0, 0, 1, 0, 0, 0, 1}[i]; math.Abs(v-want) > 1e-12 {
			t.Errorf("a basis of a matrix of rank 1: q'q has %v at %d", v, i)
		}
	}
}

// M-FAC's direction solves (Damp I + (1/Window) sum g g') d = g.
func TestMFACSolves(t *testing.T) {
	r := MFAC{Window: 4, Damp: 0.1}
	w := newWalk(r)
	for range 7 {
		before := slices.Clone(w.x)
		w.step(1)
		d, g := make([]float64, testSize), make([]float64, testSize)
		for i := range d {
			d[i] = before[i] - w.x[i]
		}
		vec.Axpy(0.1, d, g)
		for _, v := range w.s.Vectors {
			vec.Axpy(dot(v, d)/4, v, g)
		}
		if e := distance(g, w.g); e > 1e-11 {
			t.Fatalf("step %d: the residual is %.1e", w.s.K, e)
		}
	}
}

// The cosines are orthonormal, and the part of a matrix along the chosen ones is at least their share.
func TestCosines(t *testing.T) {
	p := &Part[float64]{}
	q := cosines(p, 12)
	gram := make([]float64, 144)
	vec.Gemm(false, true, 12, 12, 12, 1, q, 12, q, 12, 0, gram, 12)
	for i, v := range gram {
		if want := float64(max(0, 1-(i/12-i%12)*(i/12-i%12))); math.Abs(v-want) > 1e-13 {
			t.Fatalf("Q Q' has %v at %d", v, i)
		}
	}
	ids, kept := []float64{3, 0, 7}, 0
	chooseTop([]float64{5, 1, 9, 8, 0, 2, 3, 8}, make([]float64, 8), ids, false, func(int) { kept++ })
	if !slices.Equal(ids, []float64{3, 2, 7}) || kept != 1 {
		t.Errorf("the largest of scores are %v, %d of them new: want 3 and 7 to stay, and 2", ids, kept)
	}
}

// Selection agrees with sorting, whatever is equal, in order or infinite.
func TestKthLargest(t *testing.T) {
	s := rng.New(1, "kth")
	for n := 1; n < 60; n++ {
		a := make([]float64, n)
		for i := range a {
			switch a[i] = float64(s.Intn(n)); n % 4 {
			case 1:
				a[i] = float64(i)
			case 2:
				a[i] = float64(-i)
			case 3:
				a[i] = math.Inf(s.Intn(2))
			}
		}
		sorted := slices.Clone(a)
		slices.Sort(sorted)
		for k := range n {
			if v := kthLargest(slices.Clone(a), k); v != sorted[n-1-k] {
				t.Errorf("number %d of %v from the largest on is %v: want %v", k, a, v, sorted[n-1-k])
			}
		}
	}
}

// What wrappers promise, beside what the suite checks.
func TestWrappers(t *testing.T) {
	lr := 0.1
	moved := func(r Rule) []float64 { // by SGD: minus lr times the gradient that it sees
		w := newWalk(r)
		before := slices.Clone(w.x)
		w.step(lr)
		for i := range before {
			before[i] = (before[i] - w.x[i]) / lr
		}
		return before
	}
	if g := moved(Clip{Rule: SGD{}, Norm: 0.5}); math.Abs(norm(g)-0.5) > 1e-12 {
		t.Errorf("a clipped norm of %v: want 0.5", norm(g))
	}
	if g := moved(Clip{Rule: SGD{}, Value: 0.1}); math.Abs(float64(vec.NrmInf(g))-0.1) > 1e-12 {
		t.Errorf("a clipped element of %v: want 0.1", vec.NrmInf(g))
	}
	cut, whole := moved(CoordinateClip{Rule: SGD{}, Share: 0.2}), moved(SGD{})
	sorted := make([]float64, testSize)
	for i, v := range whole {
		sorted[i] = math.Abs(v)
	}
	slices.Sort(sorted)
	tau := sorted[testSize-1-testSize/5]
	for i, v := range whole {
		if want := math.Copysign(min(tau, math.Abs(v)), v); math.Abs(cut[i]-want) > 1e-12 {
			t.Errorf("element %d of a gradient clipped by coordinates is %v: want %v", i, cut[i], want)
		}
	}
	g := moved(Centralize{SGD{}})
	for i := range 6 {
		if s := vec.Sum(g[4*i : 4*i+4]); math.Abs(s) > 1e-12 {
			t.Errorf("row %d of a centralized gradient adds up to %v", i, s)
		}
	}
	g, start := moved(AdaptiveClip{Rule: SGD{}}), newWalk(SGD{}).x
	for i := range 6 {
		if n, most := norm(g[4*i:4*i+4]), 0.01*norm(start[4*i:4*i+4]); n > most*(1+1e-12) {
			t.Errorf("row %d of an adaptively clipped gradient has the norm %v: want at most %v", i, n, most)
		}
	}
	plain, noisy, square := moved(SGD{}), moved(Noise{Rule: SGD{}, Eta: 100, Gamma: 1e-9}), 0.0
	for i := range plain {
		square += (noisy[i] - plain[i]) * (noisy[i] - plain[i]) / testSize
	}
	if square < 40 || square > 200 {
		t.Errorf("the noise has the variance %v: want about 100", square)
	}
	mean, w := make([]float64, testSize), newWalk(Average{Rule: SGD{}})
	for range 5 {
		w.step(lr)
		vec.Axpy(0.2, w.x, mean)
	}
	answer := make([]float64, testSize)
	if Answer(Decay{Rule: w.rule}, answer, w.x, w.s); distance(answer, mean) > 1e-12 {
		t.Error("the answer is not the mean of the iterates")
	}
	a := newWalk(Groups{Groups: []Group{{Pattern: "*.bias", Rule: SGD{}, Ratio: 2}, {Pattern: "a.*", Rule: SignSGD{Momentum: -1}}}, Rest: Fromage{}})
	before := slices.Clone(a.x)
	a.step(lr)
	for i := range 6 {
		if d := math.Abs(a.x[i] - before[i]); math.Abs(d-lr) > 1e-12 {
			t.Errorf("the first group's x[%d] moves by %v: want a sign step of %v", i, d, lr)
		}
		if d := before[24+i] - a.x[24+i]; math.Abs(d-2*lr*a.g[24+i]) > 1e-12 {
			t.Errorf("the bias moves by %v: want twice lr g = %v", d, 2*lr*a.g[24+i])
		}
	}
}

// What a rule needs is refused before the first step, and blocks that are not those of the parameters too.
func TestRefusals(t *testing.T) {
	none := &Oracle[float64]{}
	for _, r := range []Rule{SAM{Rule: SGD{}}, MeZO{}, SLS{}, Sophia{}, Sophia{GaussNewton: true}, Decay{Rule: LBFGS{Wolfe: true}}} {
		if Provides(none, r) == nil || Provides[float64](nil, r) == nil {
			t.Errorf("%T: an oracle that answers nothing is enough", r)
		}
		func() {
			defer func() {
				if recover() == nil {
					t.Errorf("%T: steps without what it needs", r)
				}
			}()
			Step(r, make([]float64, 3), make([]float64, 3), NewState[float64](r, 3), 0.1)
		}()
	}
	if err := Provides(none, AdamW{}); err != nil {
		t.Error(err)
	}
	for _, b := range [][]Block{{{Shape: []int{2}}}, {{Shape: []int{3, 0}}, {Shape: []int{3}}}, {{Shape: []int{4}}}} {
		if CheckBlocks(3, b) == nil {
			t.Errorf("blocks %v of 3 parameters are not refused", b)
		}
	}
	for _, r := range []Rule{Decay{}, Groups{}, Groups{Rest: DoG{}}, Groups{Rest: Sophia{}, Groups: []Group{{Pattern: "*", Rule: Sophia{GaussNewton: true}}}}, Groups{Rest: Sophia{}, Groups: []Group{{Pattern: "*", Rule: Sophia{Every: 3}}}}, Accumulate{Rule: SAM{Rule: SGD{}}}, Groups{Rest: SGD{}, Groups: []Group{{Pattern: "[", Rule: SGD{}}}},
		SAM{Rule: SGD{Momentum: 2}}, AggMo{Betas: []float64{1}}, A2Grad{Noise: "loud"}, LionK{K: "l3"}, AdaBelief{AMSGrad: true, Rectify: true}, SGD{Nesterov: true}, AdamW{Beta1: 1}} {
		if r.Check() == nil {
			t.Errorf("%+v is not refused", r)
		}
	}
}
