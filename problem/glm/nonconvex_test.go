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
	"github.com/godescent/descent/method/coordinate"
	"github.com/godescent/descent/prox"
)

// spared are specifications with a penalty that is not convex, or spares columns.
func spared() map[string]Spec {
	return map[string]Spec{
		"mcp": {Nonconvex: prox.MCP{Lambda: 0.1, Gamma: 3}}, "mcp l2": {Nonconvex: prox.MCP{Lambda: 0.1, Gamma: 1.5}, L2: 0.1},
		"scad": {Nonconvex: prox.SCAD{Lambda: 0.1}}, "log-sum": {Nonconvex: prox.LogSum{Lambda: 0.005, Eps: 0.1}}, "free": {L1: 0.05, Free: []int{1, 4}},
		"mcp free": {Nonconvex: prox.MCP{Lambda: 0.1, Gamma: 3}, Free: []int{0}}, "log-sum free": {Nonconvex: prox.LogSum{Lambda: 0.005, Eps: 0.1}, L2: 0.1, Free: []int{1, 2}},
		"free nonneg": {L1: 0.05, NonNeg: true, Free: []int{1, 4}},
	}
}

func fitted(t *testing.T, x linalg.Matrix, y []float64, s Spec, kind string) (*Model, *descent.Result) {
	t.Helper()
	m, err := New("test", x, y, s)
	if err != nil {
		t.Fatal(err)
	}
	r, err := descent.Solve(context.Background(), m.Problem(), coordinate.ProxNewton{}, make([]float64, m.Dim()), descent.Options{Tol: 1e-11, MaxIter: 1000})
	if err != nil {
		t.Fatal(err)
	}
	if r.Certificate.Kind != kind || !(r.Certificate.Value <= 1e-9) {
		t.Errorf("%s after %d iterations, %v, %q: want a small %s", r.Status, r.Iterations, r.Certificate, r.Diagnosis, kind)
	}
	return m, r
}

// Every loss with such a penalty passes the objective suite and is fitted to a
// stationary point below the start, certified as that and no more.
func TestSparedPenalties(t *testing.T) {
	_, sparse, real, signs, counts, classes, weights := small()
	cases := 0
	for lname, l := range losses() {
		if lname == "quantile" { // its curvature sits in kinks: not for Newton's method
			continue
		}
		for pname, s := range spared() {
			for _, intercept := range []bool{false, true} {
				cases++
				s.Loss, s.Intercept, s.Weights, s.Scale = l, intercept, weights, ScaleStd
				t.Run(fmt.Sprintf("%s/%s/intercept=%v", lname, pname, intercept), func(t *testing.T) {
					m, r := fitted(t, sparse, target(l, real, signs, counts, classes), s, descent.SubdiffCertificate)
					descenttest.TestObjective(t, m, descenttest.Points(2, m.Dim(), 0.2))
					if _, ok := m.Certify(r.X); ok {
						t.Error("a duality gap for a penalty without a dual point")
					}
					if start := m.Problem().Total(make([]float64, m.Dim())); !(r.Value < start) {
						t.Errorf("F = %v, at the start %v", r.Value, start)
					}
				})
			}
		}
	}
	if cases != 7*8*2 {
		t.Errorf("%d cases", cases)
	}
}

// As gamma grows MCP becomes the lasso.
func TestMCPTendsToTheLasso(t *testing.T) {
	dense, _, real, _, _, _, _ := small()
	_, lasso := fitted(t, dense, real, Spec{L1: 0.2, Intercept: true}, descent.GapCertificate)
	_, mcp := fitted(t, dense, real, Spec{Nonconvex: prox.MCP{Lambda: 0.2, Gamma: 1e10}, Intercept: true}, descent.SubdiffCertificate)
	for j, v := range lasso.X {
		if math.Abs(mcp.X[j]-v) > 1e-7*(1+math.Abs(v)) || (v == 0) != (mcp.X[j] == 0) {
			t.Errorf("x[%d] = %v, the lasso's %v", j, mcp.X[j], v)
		}
	}
}

// Where X^T X = n I the problem splits: each coefficient is the prox of the least squares
// coefficient z_j with step 1. MCP and SCAD leave large ones as they are; the lasso does not.
func TestOrthogonalDesign(t *testing.T) {
	z := []float64{3, -2.5, 0.9, -0.7, 0.2, 0}
	x := &linalg.Dense{Rows: 8, Cols: len(z), Data: make([]float64, 8*len(z))}
	y := make([]float64, 8)
	for i := range 8 {
		for j, v := range z { // columns of the Hadamard matrix of order 8
			sign := 1.0
			for bits := uint(i & (j + 1)); bits > 0; bits &= bits - 1 {
				sign = -sign
			}
			x.Data[i*len(z)+j] = sign
			y[i] += sign * v
		}
	}
	for _, h := range []descent.Regularizer{prox.MCP{Lambda: 0.5, Gamma: 3}, prox.SCAD{Lambda: 0.5}, prox.LogSum{Lambda: 0.3, Eps: 0.5}} {
		_, r := fitted(t, x, y, Spec{Nonconvex: h}, descent.SubdiffCertificate)
		want := make([]float64, len(z))
		h.Prox(want, z, 1)
		for j, v := range want {
			if math.Abs(r.X[j]-v) > 1e-10 {
				t.Errorf("%T: x[%d] = %v, want the prox %v of %v", h, j, r.X[j], v, z[j])
			}
		}
		if _, shrinks := h.(prox.LogSum); !shrinks && (math.Abs(r.X[0]-z[0]) > 1e-12 || math.Abs(r.X[1]-z[1]) > 1e-12) {
			t.Errorf("%T shrinks %v to %v", h, z[:2], r.X[:2])
		}
	}
}

// With l1 so large that the other coefficients are zero, the free ones solve the normal
// equations (X^T X/n + l2 I) w = X^T y/n; with l2 a duality gap proves it.
func TestFreeColumnsInClosedForm(t *testing.T) {
	dense, sparse, real, _, _, _, _ := small()
	const a, b = 1, 3
	n, d := dense.Dims()
	for _, l2 := range []float64{0, 0.3} {
		aa, ab, bb, ay, by := l2, 0.0, l2, 0.0, 0.0
		for i := range n {
			u, v := dense.Data[i*d+a], dense.Data[i*d+b]
			aa, ab, bb = aa+u*u/float64(n), ab+u*v/float64(n), bb+v*v/float64(n)
			ay, by = ay+u*real[i]/float64(n), by+v*real[i]/float64(n)
		}
		det := aa*bb - ab*ab
		want := make([]float64, d)
		want[a], want[b] = (bb*ay-ab*by)/det, (aa*by-ab*ay)/det
		kind := descent.SubdiffCertificate
		if l2 > 0 {
			kind = descent.GapCertificate
		}
		m, r := fitted(t, sparse, real, Spec{L1: 100, L2: l2, Free: []int{b, a}}, kind)
		for j, v := range want {
			if math.Abs(r.X[j]-v) > 1e-6 { // the gap falls with the square
				t.Errorf("l2 = %v: x[%d] = %v, want %v", l2, j, r.X[j], v)
			}
		}
		top, err := m.Threshold(r.X)
		if err != nil || !(top < 100) {
			t.Fatalf("threshold %v, %v", top, err)
		}
		for scale, zero := range map[float64]bool{1.001: true, 0.999: false} {
			_, r := fitted(t, sparse, real, Spec{L1: scale * top, L2: l2, Free: []int{a, b}}, kind)
			if got := r.X[0] == 0 && r.X[2] == 0 && r.X[4] == 0; got != zero {
				t.Errorf("l2 = %v, %v times the threshold: %v", l2, scale, r.X)
			}
		}
	}
}

// The penalty applies in scaled units, and weights count samples.
func TestNonconvexScalingAndWeights(t *testing.T) {
	dense, _, real, _, _, _, weights := small()
	n, d := dense.Dims()
	s := Spec{Nonconvex: prox.SCAD{Lambda: 0.3}, Intercept: true, Scale: ScaleStd, Weights: weights}
	m, r := fitted(t, dense, real, s, descent.SubdiffCertificate)
	w, b := m.Coefficients(r.X)

	repeated := &linalg.Dense{Cols: d}
	var y []float64
	for i := range n {
		for range int(weights[i]) {
			repeated.Rows++
			for j, v := range dense.Data[i*d : (i+1)*d] {
				repeated.Data = append(repeated.Data, (v-m.mid[j])*m.mul[j])
			}
			y = append(y, real[i])
		}
	}
	_, q := fitted(t, repeated, y, Spec{Nonconvex: s.Nonconvex, Intercept: true}, descent.SubdiffCertificate)
	shift := q.X[d]
	for j, v := range w[0] {
		if math.Abs(q.X[j]*m.mul[j]-v) > 1e-8*(1+math.Abs(v)) {
			t.Errorf("column %d: %v, on scaled and repeated rows %v", j, v, q.X[j]*m.mul[j])
		}
		shift -= m.mid[j] * v
	}
	if math.Abs(shift-b[0]) > 1e-8 || math.Abs(q.Value-r.Value) > 1e-10 {
		t.Errorf("intercept %v and value %v, on scaled and repeated rows %v and %v", b[0], r.Value, shift, q.Value)
	}
	if zeros := slices.Index(w[0], 0); zeros < 0 {
		t.Errorf("no coefficient is zero: %v", w[0])
	}
}

func TestSparedPenaltiesRefuse(t *testing.T) {
	dense, _, real, signs, _, _, _ := small()
	mcp := prox.MCP{Lambda: 0.1, Gamma: 3}
	for want, s := range map[string]Spec{
		"excludes l1":                  {Nonconvex: mcp, L1: 0.1},
		"group l1, task l1 and bounds": {Nonconvex: mcp, GroupL1: 0.1, Groups: [][]int{{0}}},
		"bounds: want one":             {Nonconvex: mcp, NonNeg: true},
		"want prox.MCP":                {Nonconvex: prox.L1{Lambda: 1}},
		"gamma 1: want":                {Nonconvex: prox.MCP{Lambda: 1, Gamma: 1}},
		"a 2: want":                    {Nonconvex: prox.SCAD{Lambda: 1, A: 2}},
		"eps NaN":                      {Nonconvex: prox.LogSum{Lambda: 1, Eps: math.NaN()}},
		"lambda -1":                    {Nonconvex: prox.LogSum{Lambda: -1, Eps: 1}},
		"want the squared hinge":       {Loss: Hinge{}, Nonconvex: mcp},
		"want l2 > 0":                  {Loss: Hinge{}, L1: 1, Free: []int{0}},
		"free column 5":                {L1: 1, Free: []int{5}},
		"free column -1":               {L1: 1, Free: []int{-1}},
		"given twice":                  {L1: 1, Free: []int{2, 2}},
		"free column 2 is in group 1":  {GroupL1: 1, Groups: [][]int{{0}, {1, 2}}, Free: []int{2}},
		"or bounds on both sides":      {Loss: Hinge{}, L1: 1, Lower: []float64{-1, -1, -1, -1, -1}, Free: []int{2}},
		"excludes l1, group l1, task":  {Nonconvex: mcp, TaskL1: 0.1},
		"free columns and task l1":     {TaskL1: 0.1, Free: []int{2}},
	} {
		y := real
		if s.Loss != nil {
			y = signs
		}
		if _, err := New("bad", dense, y, s); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%+v: error %v, want ...%s...", s, err, want)
		}
	}
	m, err := New("mcp", dense, real, Spec{Nonconvex: mcp})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := m.WithPenalty(0.1, 0, 0, 0); err == nil {
		t.Error("l1 beside MCP is taken")
	}
}

// l1 with free columns: the hinge has a duality gap where l2 is positive.
func TestHingeWithFreeColumns(t *testing.T) {
	dense, _, _, signs, _, _, _ := small()
	m, err := New("svm", dense, signs, Spec{Loss: Hinge{}, L1: 0.2, L2: 0.1, Free: []int{0}, Intercept: true})
	if err != nil {
		t.Fatal(err)
	}
	r, err := descent.Solve(context.Background(), m.Problem(), coordinate.ALNewton{}, make([]float64, m.Dim()), descent.Options{Tol: 1e-8, MaxIter: 1000})
	if err != nil || r.Status != descent.Converged || r.Certificate.Kind != descent.GapCertificate {
		t.Fatalf("%v, %v", r, err)
	}
}

// reference minimizes |Xw - y|^2/(2n) + (l2/2)|w|^2 + sum_j h_j by proximal gradient steps, prox
// being written out by hand: dense loops that share nothing with the model.
func reference(x *linalg.Dense, y []float64, l2 float64, prox func(w []float64, t float64)) []float64 {
	n, d := x.Dims()
	w, r, trace := make([]float64, d), make([]float64, n), l2
	for _, v := range x.Data {
		trace += v * v / float64(n)
	}
	for range 60_000 {
		for i := range r {
			r[i] = -y[i]
			for j, v := range w {
				r[i] += x.Data[i*d+j] * v
			}
		}
		for j, v := range w {
			g := l2 * v
			for i, u := range r {
				g += x.Data[i*d+j] * u / float64(n)
			}
			w[j] -= g / trace
		}
		prox(w, 1/trace)
	}
	return w
}

func shrunk(v, t float64) float64 { return math.Copysign(max(0, math.Abs(v)-t), v) }

// Free columns beside bounds and groups: the minimizers are those of proximal steps by hand.
func TestFreeColumnsAgainstProximalSteps(t *testing.T) {
	dense, sparse, real, _, _, _, _ := small()
	inf := math.Inf(1)
	lower, upper := []float64{-inf, -0.1, -0.5, 0.2, -inf}, []float64{inf, 0.3, 0.1, inf, 0.05}
	for _, c := range []struct {
		name string
		s    Spec
		kind string
		prox func(w []float64, t float64)
	}{
		{"non-negative", Spec{L1: 0.4, NonNeg: true, Free: []int{1, 2}}, descent.SubdiffCertificate, func(w []float64, t float64) {
			for j, v := range w {
				if j != 1 && j != 2 {
					v -= 0.4 * t
				}
				w[j] = max(0, v)
			}
		}},
		{"bounds, l2", Spec{L1: 0.3, L2: 0.1, Lower: lower, Upper: upper, Free: []int{0, 3}}, descent.GapCertificate, func(w []float64, t float64) {
			for j, v := range w {
				if j != 0 && j != 3 {
					v = shrunk(v, 0.3*t)
				}
				w[j] = min(max(v, lower[j]), upper[j])
			}
		}},
		{"free columns with both bounds", Spec{L1: 0.3, Lower: lower, Upper: upper, Free: []int{1, 2}}, descent.GapCertificate, func(w []float64, t float64) {
			for j, v := range w {
				if j != 1 && j != 2 {
					v = shrunk(v, 0.3*t)
				}
				w[j] = min(max(v, lower[j]), upper[j])
			}
		}},
		{"groups", Spec{GroupL1: 0.3, Groups: [][]int{{0, 3}, {4}}, Free: []int{1, 2}}, descent.SubdiffCertificate, func(w []float64, t float64) {
			for _, g := range [][]int{{0, 3}, {4}} {
				norm := 0.0
				for _, j := range g {
					norm += w[j] * w[j]
				}
				c := max(0, 1-0.3*math.Sqrt(float64(len(g)))*t/math.Sqrt(norm))
				for _, j := range g {
					w[j] *= c
				}
			}
		}},
	} {
		m, err := New(c.name, sparse, real, c.s)
		if err != nil {
			t.Fatal(err)
		}
		want := reference(dense, real, c.s.L2, c.prox)
		var method descent.Method = coordinate.ProxNewton{}
		if c.s.GroupL1 > 0 {
			method = coordinate.GroupNewton{}
		}
		r, err := descent.Solve(context.Background(), m.Problem(), method, []float64{0, 0, 0, 0.3, 0}, descent.Options{Tol: 1e-12, MaxIter: 1000})
		if err != nil || r.Certificate.Kind != c.kind || !(r.Certificate.Value <= 1e-9) {
			t.Fatalf("%s: %v, %v; want a small %s", c.name, r, err, c.kind)
		}
		for j, v := range want {
			if math.Abs(r.X[j]-v) > 2e-6 {
				t.Errorf("%s: x[%d] = %v, by proximal steps %v", c.name, j, r.X[j], v)
			}
		}
		if _, ok := m.Certify(r.X); ok != (c.kind == descent.GapCertificate) {
			t.Errorf("%s: a duality gap: %v", c.name, ok)
		}
	}
}

// A non-convex penalty with free columns is stationary by hand: the partial derivatives of the
// loss by the free ones are 0, those of the others against the penalty's slope.
func TestFreeColumnsBesideMCP(t *testing.T) {
	dense, sparse, real, _, _, _, _ := small()
	const lambda, gamma, l2 = 0.6, 2.5, 0.05
	n, d := dense.Dims()
	free := []int{0, 2}
	_, r := fitted(t, sparse, real, Spec{Nonconvex: prox.MCP{Lambda: lambda, Gamma: gamma}, L2: l2, Free: free, Intercept: true}, descent.SubdiffCertificate)
	zeros := 0
	for j := range d + 1 {
		g := 0.0
		for i := range n {
			z, v := r.X[d]-real[i], 1.0
			for k := range d {
				z += dense.Data[i*d+k] * r.X[k]
			}
			if j < d {
				v = dense.Data[i*d+j]
			}
			g += v * z / float64(n)
		}
		w := r.X[j]
		if j < d {
			g += l2 * w
		}
		slope := math.Copysign(max(0, lambda-math.Abs(w)/gamma), w)
		switch {
		case j == d || slices.Contains(free, j):
			if math.Abs(g) > 1e-9 || w == 0 {
				t.Errorf("free x[%d] = %v: slope %v", j, w, g)
			}
		case w == 0:
			if zeros++; math.Abs(g) > lambda+1e-9 {
				t.Errorf("x[%d] = 0: slope %v", j, g)
			}
		case math.Abs(g+slope) > 1e-9:
			t.Errorf("x[%d] = %v: slope %v, of the penalty %v", j, w, g, slope)
		}
	}
	if zeros == 0 || zeros == d-len(free) {
		t.Errorf("%d of %v are zero: want some", zeros, r.X)
	}
}
