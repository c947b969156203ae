package glm

import (
	"context"
	"fmt"
	"math"
	"slices"
	"strings"
	"testing"

	"github.com/godescent/descent"
	"github.com/godescent/descent/descenttest"
	"github.com/godescent/descent/linalg"
	"github.com/godescent/descent/method/newton"
	"github.com/godescent/descent/method/proximal"
	"github.com/godescent/descent/rng"
)

// small returns a 40 x 5 matrix, dense and as CSR, with columns of different
// scales and many zeros, and targets for each kind of loss.
func small() (dense *linalg.Dense, sparse *linalg.CSR, real, signs, counts, classes, weights []float64) {
	const n, d = 40, 5
	r := rng.New(1, "glm.small")
	dense = &linalg.Dense{Rows: n, Cols: d, Data: make([]float64, n*d)}
	sparse = &linalg.CSR{Rows: n, Cols: d, Ptr: []int{0}}
	for i := range n {
		z := 0.3
		for j := range d {
			if r.Float64() < 0.4 {
				continue
			}
			v := (r.Norm() + 0.5) * math.Pow(2, float64(j-2))
			dense.Data[i*d+j] = v
			sparse.Idx, sparse.Val = append(sparse.Idx, int32(j)), append(sparse.Val, v)
			z += v * (1 - 0.4*float64(j)) / math.Pow(2, float64(j-2))
		}
		sparse.Ptr = append(sparse.Ptr, len(sparse.Idx))
		z += r.Norm()
		real, signs = append(real, z), append(signs, math.Copysign(1, z))
		counts, classes = append(counts, math.Floor(math.Exp(min(z, 2)))), append(classes, float64(r.Intn(3)))
		weights = append(weights, float64(r.Intn(4)))
	}
	return
}

func losses() map[string]Loss {
	return map[string]Loss{
		"squared": Squared{}, "logistic": Logistic{}, "squared-hinge": SquaredHinge{}, "huber": Huber{0.7},
		"poisson": Poisson{}, "quantile": Quantile{0.3, 0.5}, "multinomial": Multinomial{3}, "multitask": MultiSquared{3},
	}
}

func target(l Loss, real, signs, counts, classes []float64) []float64 {
	switch l.(type) {
	case Logistic, SquaredHinge:
		return signs
	case Poisson:
		return counts
	case Multinomial:
		return classes
	case MultiSquared:
		return slices.Concat(real, signs, counts)
	}
	return real
}

// Every loss, with and without intercept, weights and each scaling, dense and
// sparse, passes the objective suite.
func TestOracles(t *testing.T) {
	dense, sparse, real, signs, counts, classes, weights := small()
	cases := 0
	for name, l := range losses() {
		y := target(l, real, signs, counts, classes)
		for _, s := range []Spec{
			{}, {L2: 0.3, Intercept: true}, {Intercept: true, Scale: ScaleStd, Weights: weights},
			{L2: 0.1, Scale: ScaleMaxAbs, Weights: weights}, {Scale: ScaleStd, L2: 0.2},
		} {
			s.Loss = l
			for kind, x := range map[string]linalg.Matrix{"dense": dense, "sparse": sparse} {
				cases++
				t.Run(fmt.Sprintf("%s/%s/scale=%s,l2=%v,intercept=%v", name, kind, s.Scale, s.L2, s.Intercept), func(t *testing.T) {
					m, err := New("test", x, y, s)
					if err != nil {
						t.Fatal(err)
					}
					descenttest.TestObjective(t, m, descenttest.Points(3, m.Dim(), 0.2))
					if _, ok := l.(Poisson); !ok && math.IsInf(m.Lipschitz(), 0) {
						t.Error("no Lipschitz constant")
					}
				})
			}
		}
	}
	if cases != 8*5*2 {
		t.Errorf("%d cases", cases)
	}
}

// Dense and sparse data, and explicit scaling of the data, give the same values.
func TestScalingIsTheSameAsScaledData(t *testing.T) {
	dense, sparse, real, _, _, _, weights := small()
	n, d := dense.Dims()
	for _, scale := range []Scaling{ScaleStd, ScaleMaxAbs} {
		s := Spec{L2: 0.3, Intercept: true, Scale: scale, Weights: weights}
		m, err := New("sparse", sparse, real, s)
		if err != nil {
			t.Fatal(err)
		}
		scaled := &linalg.Dense{Rows: n, Cols: d, Data: make([]float64, n*d)}
		for i := range n {
			for j := range d {
				v := dense.Data[i*d+j]
				if m.mid != nil {
					v -= m.mid[j]
				}
				scaled.Data[i*d+j] = v * m.mul[j]
			}
		}
		s.Scale = ScaleNone
		plain, err := New("scaled", scaled, real, s)
		if err != nil {
			t.Fatal(err)
		}
		for _, x := range descenttest.Points(5, d+1, 1) {
			if a, b := m.Value(x), plain.Value(x); math.Abs(a-b) > 1e-13*(1+math.Abs(b)) {
				t.Errorf("%s: value %v on the fly, %v on scaled data", scale, a, b)
			}
			// Coefficients in data units predict the same.
			w, b := m.Coefficients(x)
			for i := range n {
				z := b[0]
				for j := range d {
					z += dense.Data[i*d+j] * w[0][j]
				}
				if math.Abs(z-m.z[i]) > 1e-12*(1+math.Abs(z)) {
					t.Fatalf("%s: sample %d: %v from coefficients, %v inside", scale, i, z, m.z[i])
				}
			}
			for j, v := range m.Variables(w, b) {
				if math.Abs(v-x[j]) > 1e-12*(1+math.Abs(v)) {
					t.Errorf("%s: variable %d is %v after a round trip from %v", scale, j, v, x[j])
				}
			}
		}
	}
}

// Integer weights are the same as repeated rows.
func TestWeightsAreRepeats(t *testing.T) {
	dense, _, real, signs, counts, classes, weights := small()
	d := dense.Cols
	for name, l := range losses() {
		y := target(l, real, signs, counts, classes)
		rep := &linalg.Dense{Cols: d}
		var yr []float64
		for i, w := range weights {
			for range int(w) {
				rep.Data = append(rep.Data, dense.Data[i*d:(i+1)*d]...)
				rep.Rows++
			}
		}
		for lo := 0; lo < len(y); lo += len(weights) { // output by output
			for i, w := range weights {
				for range int(w) {
					yr = append(yr, y[lo+i])
				}
			}
		}
		s := Spec{Loss: l, L2: 0.1, Intercept: true, Scale: ScaleStd, Weights: weights}
		a, err := New("weights", dense, y, s)
		if err != nil {
			t.Fatal(err)
		}
		s.Weights = nil
		b, err := New("repeats", rep, yr, s)
		if err != nil {
			t.Fatal(err)
		}
		for _, x := range descenttest.Points(3, a.Dim(), 0.5) {
			if u, v := a.Value(x), b.Value(x); math.Abs(u-v) > 1e-12*(1+math.Abs(v)) {
				t.Errorf("%s: %v with weights, %v with repeats", name, u, v)
			}
			u, _ := a.Certify(x)
			v, _ := b.Certify(x)
			if math.Abs(u.Value-v.Value) > 1e-9*(1+v.Value) {
				t.Errorf("%s: gap %v with weights, %v with repeats", name, u.Value, v.Value)
			}
		}
	}
}

// penalties are the specifications that have a dual.
func penalties() map[string]Spec {
	inf := math.Inf(1)
	return map[string]Spec{
		"l2": {L2: 0.1}, "l1": {L1: 0.05}, "elastic net": {L1: 0.05, L2: 0.1}, "free": {L1: 0.05, L2: 0.1, Free: []int{1, 3}},
		"group":    {GroupL1: 0.05, Groups: [][]int{{0, 3}, {1, 2}, {4}}},
		"group l2": {GroupL1: 0.05, Groups: [][]int{{0, 3}, {1}}, L2: 0.1},
		"task":     {TaskL1: 0.05}, "task l2": {TaskL1: 0.05, L2: 0.1},
		"nonneg l2": {NonNeg: true, L2: 0.1}, "nonneg l1": {NonNeg: true, L1: 0.05},
		"box":            {Lower: []float64{-0.1, -0.2, -0.1, 0, -1}, Upper: []float64{0.1, 0.2, 0.5, 0.05, 1}},
		"free nonneg l2": {NonNeg: true, L1: 0.05, L2: 0.1, Free: []int{0, 2}},
		"free box":       {Lower: []float64{-0.1, -0.2, -inf, 0, 0}, Upper: []float64{0.1, 0.2, inf, 0.05, inf}, L1: 0.05, Free: []int{0, 3}},
		"free of groups": {GroupL1: 0.05, Groups: [][]int{{0, 3}, {1}}, L2: 0.1, Free: []int{4, 2}},
		"half box l1":    {Lower: []float64{0, -inf, -0.1, 0, 0}, Upper: []float64{inf, 0.1, inf, 0.05, 1}, L1: 0.02},
	}
}

// The gap bounds the suboptimality at every point, and closes at the optimum, for
// every loss, penalty, and intercept: the optimum is found without the gap.
func TestGap(t *testing.T) {
	_, sparse, real, signs, counts, classes, weights := small()
	cases := 0
	for lname, l := range losses() {
		y := target(l, real, signs, counts, classes)
		for pname, s := range penalties() {
			for _, intercept := range []bool{false, true} {
				cases++
				s.Loss, s.Intercept, s.Weights = l, intercept, weights
				if pname == "elastic net" {
					s.Scale = ScaleStd
				}
				t.Run(fmt.Sprintf("%s/%s/intercept=%v", lname, pname, intercept), func(t *testing.T) { testGap(t, sparse, y, s) })
			}
		}
	}
	if cases != 8*15*2 {
		t.Errorf("%d cases", cases)
	}
}

func testGap(t *testing.T, x linalg.Matrix, y []float64, s Spec) {
	m, err := New("gap", x, y, s)
	if err != nil {
		t.Fatal(err)
	}
	r, err := descent.Solve(context.Background(), m.Problem(), proximal.FISTA{}, make([]float64, m.Dim()), descent.Options{Tol: 1e-10, MaxIter: 50_000})
	if err != nil {
		t.Fatal(err)
	}
	if r.Certificate.Kind != descent.GapCertificate {
		t.Fatalf("certificate %v, want a gap", r.Certificate)
	}
	if r.Status != descent.Converged {
		t.Fatalf("%s with %v after %d iterations: %q", r.Status, r.Certificate, r.Iterations, r.Diagnosis)
	}
	p := m.Problem()
	for i, d := range descenttest.Points(6, m.Dim(), 1) {
		size := math.Pow(10, float64(-i))
		for j := range d {
			d[j] = r.X[j] + size*d[j]
		}
		if p.Regularizer != nil {
			p.Regularizer.Prox(d, d, 1e-9) // into the box
		}
		c, ok := m.Certify(d)
		f := p.Total(d)
		if gap := c.Value * max(1, math.Abs(f)); !ok || !(gap >= f-r.Value-1e-9*(1+math.Abs(f))) {
			t.Errorf("at distance %g: gap %g < suboptimality %g", size, gap, f-r.Value)
		}
	}
}

// Without a penalty there is no dual point at hand, and the certificate is another.
func TestNoGapWithoutPenalty(t *testing.T) {
	dense, _, real, _, _, _, _ := small()
	for want, s := range map[string]Spec{
		descent.GradientCertificate: {Intercept: true},
		descent.KKTCertificate:      {NonNeg: true},
		descent.SubdiffCertificate:  {GroupL1: 0.1, Groups: [][]int{{0, 1}}},
	} {
		m, err := New("none", dense, real, s)
		if err != nil {
			t.Fatal(err)
		}
		_, c, err := descent.Certify(m.Problem(), make([]float64, m.Dim()), nil, 1e-6)
		if err != nil || c.Kind != want {
			t.Errorf("%+v: certificate %v, %v; want %s", s, c, err, want)
		}
	}
}

func TestNewtonAgreesWithClosedForm(t *testing.T) {
	dense, _, real, _, _, _, _ := small()
	m, err := New("ridge", dense, real, Spec{L2: 0.5, Intercept: true})
	if err != nil {
		t.Fatal(err)
	}
	r, err := descent.Solve(context.Background(), m.Problem(), newton.Newton{}, make([]float64, 6), descent.Options{Tol: 1e-14})
	if err != nil || r.Status != descent.Converged || r.Iterations != 1 {
		t.Fatalf("%+v, %v: want one Newton step", r, err)
	}
}

func TestBadSpecs(t *testing.T) {
	dense, _, real, signs, _, _, _ := small()
	nan := math.NaN()
	for want, c := range map[string]struct {
		y []float64
		s Spec
	}{
		"-1 or +1":        {real, Spec{Loss: Logistic{}}},
		"want a count":    {real, Spec{Loss: Poisson{}}},
		"want a class":    {real, Spec{Loss: Multinomial{3}}},
		"at least 2":      {real, Spec{Loss: Multinomial{1}}},
		"epsilon":         {real, Spec{Loss: Huber{}}},
		"0 < q < 1":       {real, Spec{Loss: Quantile{1, 1}}},
		"smoothing":       {real, Spec{Loss: Quantile{0.5, 0}}},
		"l1 =":            {real, Spec{L1: -1}},
		"l2 =":            {real, Spec{L2: nan}},
		"want one of":     {real, Spec{GroupL1: 1, L1: 1, Groups: [][]int{{0}}}},
		"two groups":      {real, Spec{GroupL1: 1, Groups: [][]int{{0, 1}, {1}}}},
		"without groups":  {real, Spec{GroupL1: 1}},
		"task l1 =":       {real, Spec{TaskL1: -1}},
		"task l1 excl":    {real, Spec{TaskL1: 1, NonNeg: true}},
		"outputs: want":   {real, Spec{Loss: MultiSquared{}}},
		"2 outputs":       {real, Spec{Loss: MultiSquared{2}}},
		"sample 2 is NaN": {append(slices.Clone(real), append([]float64{0, nan}, real[2:]...)...), Spec{Loss: MultiSquared{2}}},
		"bounds":          {real, Spec{Lower: []float64{0}}},
		"scaling":         {real, Spec{Scale: "robust"}},
		"sample weights":  {real, Spec{Weights: []float64{1}}},
		"weight of":       {real, Spec{Weights: append(make([]float64, 39), nan)}},
		"sum to 0":        {real, Spec{Weights: make([]float64, 40)}},
		"targets for":     {signs[:3], Spec{}},
		"sample 1 is NaN": {append([]float64{nan}, real[1:]...), Spec{}},
	} {
		if _, err := New("bad", dense, c.y, c.s); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%+v: error %v, want %q", c.s, err, want)
		}
	}
}

func TestDiagnose(t *testing.T) {
	x := &linalg.Dense{Rows: 4, Cols: 2, Data: []float64{1, 1000, -1, 2000, 2, -1000, -2, 1000}}
	m, err := New("scales", x, []float64{1, -1, 1, -1}, Spec{Loss: Logistic{}})
	if err != nil {
		t.Fatal(err)
	}
	s := strings.Join(m.Diagnose([]float64{5, 0}), "\n")
	if !strings.Contains(s, "differ in scale") || !strings.Contains(s, "separates") {
		t.Errorf("diagnosis %q", s)
	}
}

// A block of the Hessian has the bits' worth of the whole one, for all losses, layouts,
// scalings and weights.
func TestHessianBlock(t *testing.T) {
	dense, sparse, real, signs, counts, classes, weights := small()
	r := rng.New(3, "glm.block")
	tried := 0
	for name, l := range losses() {
		for _, x := range []linalg.Matrix{dense, sparse} {
			for _, spec := range []Spec{{}, {L1: 0.1, Intercept: true}, {L2: 0.3, Intercept: true, Scale: ScaleStd, Weights: weights}, {L1: 0.1, Scale: ScaleMaxAbs}} {
				spec.Loss = l
				m, err := New(name, x, target(l, real, signs, counts, classes), spec)
				if err != nil {
					t.Fatal(err)
				}
				n := m.Dim()
				at := make([]float64, n)
				for j := range at {
					at[j] = 0.3 * r.Norm()
				}
				whole := make([]float64, n*n)
				m.Hessian(whole, at)
				var idx []int
				for j := range n {
					if j%3 != 1 || j == n-1 {
						idx = append(idx, j)
					}
				}
				h := make([]float64, len(idx)*len(idx))
				m.HessianBlock(h, idx, at)
				for a, i := range idx {
					for b, j := range idx {
						if got, want := h[a*len(idx)+b], whole[i*n+j]; math.Abs(got-want) > 1e-12*(1+math.Abs(want)) {
							t.Fatalf("%s on a %T with %+v: element (%d, %d) is %v, of the whole Hessian %v", name, x, spec, i, j, got, want)
						}
					}
				}
				tried++
			}
		}
	}
	if tried != 64 {
		t.Errorf("%d models tried: want 64", tried)
	}
}
