package glm

import (
	"fmt"
	"math"
	"slices"
	"strings"
	"testing"

	"github.com/godescent/descent"
	"github.com/godescent/descent/descenttest"
	"github.com/godescent/descent/linalg"
	"github.com/godescent/descent/method/coordinate"
	"github.com/godescent/descent/rng"
)

var (
	_ coordinate.Tracker      = (*Model)(nil)
	_ coordinate.BlockHessian = (*Model)(nil)
	_ coordinate.BlockBound   = (*Model)(nil)
	_ coordinate.BoundProduct = (*Model)(nil)
)

// tracked are models of every loss with every scaling, with and without intercept, weights
// and ridge term, on dense and sparse data.
func tracked(t *testing.T, each func(t *testing.T, m *Model)) {
	dense, sparse, real, signs, counts, classes, weights := small()
	cases := 0
	for name, l := range losses() {
		y := target(l, real, signs, counts, classes)
		for _, scale := range []Scaling{ScaleNone, ScaleStd, ScaleMaxAbs} {
			for _, intercept := range []bool{false, true} {
				s := Spec{Loss: l, Scale: scale, Intercept: intercept, L2: 0.05}
				var x linalg.Matrix = sparse
				if cases++; cases%2 == 0 {
					x = dense
				}
				if scale == ScaleStd {
					s.Weights = weights
				}
				t.Run(fmt.Sprintf("%s/%s/intercept=%v", name, scale, intercept), func(t *testing.T) {
					m, err := New(name, x, y, s)
					if err != nil {
						t.Fatal(err)
					}
					each(t, m)
				})
			}
		}
	}
	if cases != 8*3*2 {
		t.Errorf("%d cases", cases)
	}
}

// someBlock is a block of four variables, the last (an intercept, where there is one) among
// them, and a direction.
func someBlock(dim int) ([]int, []float64) {
	return []int{dim - 1, 3, 0, 2}, []float64{0.3, -0.9, 0.7, 0.02}
}

func near(a, b, scale float64) bool { return math.Abs(a-b) <= 1e-10*(scale+math.Abs(b)) }

// The tracked state answers as value, gradient and Hessian do from scratch.
func TestTracker(t *testing.T) {
	tracked(t, func(t *testing.T, m *Model) {
		n := m.Dim()
		x := descenttest.Points(1, n, 0.2)[0]
		b, d := someBlock(n)
		w, g, all, part := make([]float64, m.StateLen()), make([]float64, n), make([]float64, n), make([]float64, 4)
		h, e, hv := make([]float64, 16), make([]float64, n), make([]float64, n)
		for i, j := range b {
			e[j] = d[i]
		}
		m.Track(w, x)
		m.HessVec(hv, x, e) // between the calls of a method there are certificates
		m.BlockHessian(h, w, b)
		for i, j := range b {
			sum := 0.0
			for k := range b {
				sum += h[4*i+k] * d[k]
			}
			if !near(sum, hv[j], 1) {
				t.Errorf("row %d of the Hessian block times d is %v, the product %v", i, sum, hv[j])
			}
		}
		for _, step := range []float64{1e-9, 0.02, 0.5, 30} {
			f0 := m.Gradient(g, x)
			y, slope, size := slices.Clone(x), 0.0, math.Abs(f0)
			for i, j := range b {
				y[j] += step * d[i]
				slope += g[j] * d[i]
			}
			m.Line(w, b, d)
			rise, want := m.Rise(w, step), m.Value(y)-f0
			if step == 1e-9 { // far below the last bit of f
				want, size = step*slope, 0
			}
			if math.Abs(rise-want) > 1e-6*math.Abs(want)+1e-13*size {
				t.Errorf("step %g: f rises by %v, Rise says %v", step, want, rise)
			}
		}
		m.Shift(w, b, d)
		for i, j := range b {
			x[j] += d[i]
		}
		m.Gradient(g, x)
		m.Partials(part, w, b)
		m.AllPartials(all, w)
		for j := range g {
			if !near(all[j], g[j], 1) {
				t.Errorf("partial derivative %d of the shifted state is %v, want %v", j, all[j], g[j])
			}
		}
		for i, j := range b {
			if !near(part[i], g[j], 1) {
				t.Errorf("partial derivative %d of the block is %v, want %v", j, part[i], g[j])
			}
		}
		if allocs := testing.AllocsPerRun(3, func() {
			m.Shift(w, b, d)
			m.Partials(part, w, b)
			m.BlockHessian(h, w, b)
			m.BlockBound(h, b)
			m.Line(w, b, d)
			m.Rise(w, 0.5)
		}); allocs > 0 {
			t.Errorf("a step allocates %v times", allocs)
		}
	})
}

// d.H d bounds the curvature along d at every x, and the diagonal of H is no more than the
// bounds along the coordinates.
func TestBlockBound(t *testing.T) {
	tracked(t, func(t *testing.T, m *Model) {
		n := m.Dim()
		b, _ := someBlock(n)
		h, one, hv, e, l := make([]float64, 16), make([]float64, 1), make([]float64, n), make([]float64, n), make([]float64, n)
		m.CoordinateLipschitz(l)
		m.BlockBound(h, b)
		if m.loss.Name() == "poisson" {
			if !math.IsInf(h[0], 1) || !math.IsInf(l[0], 1) {
				t.Errorf("H holds %v, L %v: the curvature of exp has no bound", h[0], l[0])
			}
			return
		}
		pts := descenttest.Points(12, n, 0.3)
		for k, x := range pts[1:] {
			clear(e)
			curve, bound := 0.0, 0.0
			for _, j := range b {
				e[j] = pts[k][j]
			}
			m.HessVec(hv, x, e)
			for i, j := range b {
				curve += e[j] * hv[j]
				for a, c := range b {
					bound += e[j] * h[4*i+a] * e[c]
				}
			}
			if curve > bound*(1+1e-12) {
				t.Errorf("d.Hessian d = %v, d.H d = %v", curve, bound)
			}
			d, product := []float64{pts[k][b[0]], pts[k][b[1]], pts[k][b[2]], pts[k][b[3]]}, 0.0
			m.BoundProduct(hv, b, d)
			for i, j := range b {
				row := 0.0
				for a := range b {
					row += h[4*i+a] * d[a]
				}
				if !near(hv[j], row, 1) {
					t.Errorf("row %d of H times d is %v, the product %v", j, row, hv[j])
				}
				product += d[i] * hv[j]
			}
			if norm := m.BoundNorm(); product > norm*(d[0]*d[0]+d[1]*d[1]+d[2]*d[2]+d[3]*d[3])*(1+1e-9) {
				t.Errorf("d.H d = %v, the norm of H is %v", product, norm)
			}
		}
		for i, j := range b {
			if m.BlockBound(one, b[i:i+1]); !near(one[0], h[5*i], 0) || h[5*i] > l[j]*(1+1e-12) {
				t.Errorf("H_jj = %v alone, %v in the block; the bound along the coordinate is %v", one[0], h[5*i], l[j])
			}
		}
	})
}

// The bounds of all losses are that of least squares times a constant: (I - 11'/K)/2 between
// the outputs of a multinomial model.
func TestBlockBoundsAreMultiples(t *testing.T) {
	_, sparse, real, signs, _, classes, weights := small()
	model := func(l Loss, y []float64) *Model {
		m, err := New("bound", sparse, y, Spec{Loss: l, Intercept: true, Scale: ScaleStd, Weights: weights})
		if err != nil {
			t.Fatal(err)
		}
		return m
	}
	square, logistic, softmax := model(Squared{}, real), model(Logistic{}, signs), model(Multinomial{3}, classes)
	g, h := make([]float64, 16), make([]float64, 16)
	square.BlockBound(g, []int{1, 3, 1, 3})
	softmax.BlockBound(h, []int{1, 3, 5 + 1, 10 + 3})
	for i, v := range h {
		c := -1.0 / 6
		if i/4 == i%4 || i == 1 || i == 4 {
			c = 1.0 / 3
		}
		if !near(v, c*g[i], 0) {
			t.Errorf("element %d of three classes is %v, want %v times %v", i, v, c, g[i])
		}
	}
	square.BlockBound(g, []int{0, 2, 4, 5})
	logistic.BlockBound(h, []int{0, 2, 4, 5})
	for i, v := range h {
		if !near(v, g[i]/4, 0) {
			t.Errorf("element %d of two classes is %v, of least squares %v", i, v, g[i])
		}
	}
}

// A quadratic's bound is its Hessian, from second moments too.
func TestBlockBoundOfSummarizedModel(t *testing.T) {
	dense, _, real, _, _, _, weights := small()
	spec := Spec{L2: 0.1, Intercept: true, Scale: ScaleStd, Weights: weights}
	m, _ := New("plain", dense, real, spec)
	kept, _ := New("kept", dense, real, spec)
	if !kept.Keep().Summarized() {
		t.Fatal("no second moments")
	}
	b, _ := someBlock(m.Dim())
	g, h := make([]float64, 16), make([]float64, 16)
	m.BlockBound(g, b)
	kept.BlockHessian(h, nil, b)
	for i, v := range h {
		if !near(v, g[i], 1) {
			t.Errorf("element %d: %v from moments, %v", i, v, g[i])
		}
	}
}

// The change of every loss is the difference of its values; of a small step, the slope.
func TestRises(t *testing.T) {
	_, _, real, signs, counts, classes, _ := small()
	all := losses()
	sigma := 0.7
	all["hinge"], all["augmented"] = Hinge{}, augmented{Hinge{}, make([]float64, len(real)), &sigma}
	s := rng.New(5, "glm.rises")
	for name, l := range all {
		y := target(l, real, signs, counts, classes)
		if name == "hinge" || name == "augmented" {
			y = signs
		}
		n, k := len(real), 1
		if name == "multinomial" || name == "multitask" {
			k = 3
		}
		z, v, to, u := make([]float64, n*k), make([]float64, n*k), make([]float64, n*k), make([]float64, n*k)
		r, from, after := make([]float64, n), make([]float64, n), make([]float64, n)
		for _, size := range []float64{0, 1e-12, 0.1, 0.9, 3, 40} {
			for j := range z {
				z[j] = 3 * s.Norm()
				v[j] = size * (2*s.Float64() - 1)
				to[j] = z[j] + v[j]
			}
			l.rise(r, z, v, y)
			l.eval(after, u, to, y)
			l.eval(from, u, z, y)
			for i := range r {
				want, tol := after[i]-from[i], 1e-12*(1+math.Abs(from[i])+math.Abs(after[i]))
				if size == 1e-12 {
					want, tol = 0, 0
					for j := i; j < n*k; j += n {
						want += u[j] * v[j]
						tol += 1e-6*math.Abs(u[j]*v[j]) + 100*v[j]*v[j]
					}
				}
				if !(math.Abs(r[i]-want) <= tol) {
					t.Errorf("%s: z = %v changes by about %v: the loss by %v, want %v", name, z[i], size, r[i], want)
				}
			}
		}
	}
}

// untracked hides the tracked state of a model.
type untracked struct{ m *Model }

func (u untracked) Value(x []float64) float64                       { return u.m.Value(x) }
func (u untracked) Gradient(g, x []float64) float64                 { return u.m.Gradient(g, x) }
func (u untracked) CoordinateLipschitz(l []float64)                 { u.m.CoordinateLipschitz(l) }
func (u untracked) HessianBlock(h []float64, b []int, x []float64)  { u.m.HessianBlock(h, b, x) }
func (u untracked) BlockBound(h []float64, b []int)                 { u.m.BlockBound(h, b) }
func (u untracked) BoundProduct(hd []float64, b []int, d []float64) { u.m.BoundProduct(hd, b, d) }
func (u untracked) BoundNorm() float64                              { return u.m.BoundNorm() }

// Block coordinate descent takes the same steps with and without the tracked state, counts
// less for them, and resumes bit for bit.
func TestTrackedRuns(t *testing.T) {
	tracked(t, func(t *testing.T, m *Model) {
		methods := []coordinate.BCD{{Block: 2}, {Block: 3, Select: "random", Update: "hb"}, {Partition: "variable", Block: 2, Select: "gsq-d", Update: "hb"}, {Block: 3, Select: "cyclic", Update: "newton", Refresh: 7}}
		if m.loss.Name() == "poisson" {
			methods = []coordinate.BCD{{Block: 3, Update: "newton"}, {Block: 2}}
		}
		for _, b := range methods {
			p := m.Problem()
			plain := &descent.Problem{Name: "untracked", Dim: p.Dim, Objective: untracked{m.Fork()}}
			x, y := follow(t, p, b), follow(t, plain, b)
			if len(x) != len(y) || len(x) < 5 {
				t.Fatalf("%+v: %d iterates, untracked %d", b, len(x), len(y))
			}
			for k := range x {
				for j, v := range x[k] {
					if math.Abs(v-y[k][j]) > 1e-8*(1+math.Abs(v)) {
						t.Fatalf("%+v: x[%d] of iterate %d is %v, untracked %v", b, j, k, v, y[k][j])
					}
				}
			}
			descenttest.TestResume(t, descenttest.Case{Method: b, Problem: m.Problem, X0: make([]float64, m.Dim()), Options: descent.Options{Tol: -1, MaxIter: 30}})
		}
	})
}

// What needs a bound on the curvature is refused where there is none.
func TestBlocksWithoutBound(t *testing.T) {
	dense, _, _, _, counts, _, _ := small()
	m, err := New("poisson", dense, counts, Spec{Loss: Poisson{}, L2: 0.1})
	if err != nil {
		t.Fatal(err)
	}
	for _, b := range []coordinate.BCD{{Update: "hb"}, {Update: "pn"}, {Select: "gsq"}, {Update: "lb"}} {
		if _, err := b.Start(m.Problem(), make([]float64, m.Dim())); err == nil || !strings.Contains(err.Error(), "no finite bound on its curvature") {
			t.Errorf("%+v: %v", b, err)
		}
	}
}

// follow returns 25 iterates; certificates are measured between them, as the driver does.
func follow(t *testing.T, p *descent.Problem, b coordinate.BCD) (out [][]float64) {
	t.Helper()
	run, err := b.Start(p, make([]float64, p.Dim))
	if err != nil {
		t.Fatal(err)
	}
	for x := range run.Iterates {
		out = append(out, slices.Clone(x))
		if m, ok := p.Objective.(*Model); ok && len(out)%4 == 0 {
			m.Certify(x)
		}
		if len(out) == 25 {
			break
		}
	}
	return out
}
