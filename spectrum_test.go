package descent

import (
	"context"
	"fmt"
	"math"
	"strings"
	"testing"

	"github.com/godescent/descent/rng"
	"github.com/godescent/descent/vec"
)

// rotated is f(x) = x' Q D Q x/2 for the reflection Q = I - 2 u u'.
type rotated struct{ d, u, t []float64 }

func newRotated(d ...float64) rotated {
	u, s := make([]float64, len(d)), rng.New(1, "rotated")
	for i := range u {
		u[i] = s.Norm()
	}
	vec.Scal(1/vec.Nrm2(u), u)
	return rotated{d, u, make([]float64, len(d))}
}

func (f rotated) HessVec(hv, _, v []float64) {
	copy(f.t, v)
	vec.Axpy(-2*vec.Dot(f.u, v), f.u, f.t)
	for i, d := range f.d {
		f.t[i] *= d
	}
	copy(hv, f.t)
	vec.Axpy(-2*vec.Dot(f.u, f.t), f.u, hv)
}

func (f rotated) Gradient(g, x []float64) float64 {
	f.HessVec(g, x, x)
	return vec.Dot(g, x) / 2
}

func (f rotated) Value(x []float64) float64 { return f.Gradient(make([]float64, len(x)), x) }

func TestExtremes(t *testing.T) {
	for _, d := range [][]float64{{3}, {1, 2}, {-4, 1, 7}, {1e-9, 1, 1e6, 1e6}, {5, 5, 5}, {0, 0, 2}, {0, 0}} {
		f := newRotated(d...)
		want := [2]float64{math.Inf(1), math.Inf(-1)}
		for _, v := range d {
			want[0], want[1] = min(want[0], v), max(want[1], v)
		}
		lo, hi, exact := extremes(func(hv, v []float64) { f.HessVec(hv, nil, v) }, len(d), 24)
		tol := 1e-12 * max(math.Abs(want[0]), math.Abs(want[1]))
		if !exact || math.Abs(lo-want[0]) > tol+1e-300 || math.Abs(hi-want[1]) > tol+1e-300 {
			t.Errorf("%v: %v to %v, exact %v", d, lo, hi, exact)
		}
	}
	many := make([]float64, 400)
	for i := range many {
		many[i] = 1 + float64(i)
	}
	f := newRotated(many...)
	lo, hi, exact := extremes(func(hv, v []float64) { f.HessVec(hv, nil, v) }, 400, 24)
	if exact || lo < 1 || lo > 20 || hi > 400 || hi < 380 {
		t.Errorf("400 eigenvalues 1 to 400: %v to %v, exact %v", lo, hi, exact)
	}
	bad := func(hv, _ []float64) {
		for i := range hv {
			hv[i] = math.NaN()
		}
	}
	if _, _, exact := extremes(bad, 3, 3); exact {
		t.Error("NaN is exact")
	}
}

// short is gradient descent with steps of 1/L.
type short struct{ L float64 }

type shortRun struct {
	p *Problem
	l float64
	X []float64
}

func (m short) Start(p *Problem, x0 []float64) (Run, error) {
	return &shortRun{p, m.L, append([]float64(nil), x0...)}, nil
}

func (s *shortRun) Iterates(yield func([]float64) bool) {
	g := make([]float64, len(s.X))
	for {
		s.p.Gradient(g, s.X)
		vec.Axpy(-1/s.l, g, s.X)
		if !yield(s.X) {
			return
		}
	}
}

// What limits a run is said with the numbers that show it.
func TestDiagnosisNamesTheSpectrum(t *testing.T) {
	for _, c := range []struct {
		d    []float64
		l    float64
		iter int
		want string
	}{
		{[]float64{1e-7, 1, 3}, 3, 400, "condition number is 3e+07"},
		{[]float64{0, 1e-3, 1}, 3, 400, "is singular"},
		{[]float64{-1e-3, 1, 2}, 3, 400, "negative eigenvalue, -0.001"},
		{[]float64{1, 1.5, 2}, 1e6, 400, ""},   // well conditioned: the step is what is wrong
		{[]float64{1e-7, 1, 3}, 3, 100, ""},    // not worth 48 units of work
		{[]float64{1, 2, 3}, 3, 400, "-never"}, // converges
	} {
		f := newRotated(c.d...)
		x0 := []float64{1, 2, 3}
		r, err := Solve(context.Background(), &Problem{Name: "rotated", Dim: 3, Objective: f}, short{c.l}, x0, Options{Tol: 1e-9, MaxIter: c.iter})
		if err != nil {
			t.Fatal(err)
		}
		text := strings.Join(r.Diagnosis, "\n")
		said := strings.Contains(text, "the Hessian at x")
		switch c.want {
		case "-never":
			if r.Status != Converged || said {
				t.Errorf("%v: %s, %q", c.d, r.Status, text)
			}
		case "":
			if r.Status != Limit || said {
				t.Errorf("%v: %s, %q: want nothing about the Hessian", c.d, r.Status, text)
			}
		default:
			if !strings.Contains(text, c.want) {
				t.Errorf("%v: %s, %q: want %q", c.d, r.Status, text, c.want)
			}
		}
		if r.Counts.HessVec != 0 {
			t.Errorf("%v: %d products are counted", c.d, r.Counts.HessVec)
		}
	}
}

func TestNoise(t *testing.T) {
	trace := func(n int, value func(k int) float64) *Result {
		r := &Result{Counts: Counts{Term: 1}}
		for k := range n {
			r.Trace = append(r.Trace, TracePoint{Iteration: k, Value: value(k)})
		}
		return r
	}
	s := rng.New(1, "noise")
	noisy := trace(40, func(k int) float64 { return 5 + math.Exp(-float64(k)) + 0.01*s.Norm() })
	if d := noisy.noise(); len(d) != 1 || !strings.Contains(d[0], "up and down by about 0.01") {
		t.Errorf("noise around 5: %q", d)
	}
	for name, r := range map[string]*Result{
		"falls":     trace(40, func(k int) float64 { return math.Exp(-float64(k) / 10) }),
		"few":       trace(8, func(k int) float64 { return float64(k % 2) }),
		"constant":  trace(40, func(int) float64 { return 3 }),
		"batch":     {Trace: noisy.Trace},
		"no number": trace(40, func(int) float64 { return math.NaN() }),
	} {
		if d := r.noise(); d != nil {
			t.Errorf("%s: %s", name, fmt.Sprint(d))
		}
	}
}
