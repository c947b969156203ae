package catalog

import (
	"context"
	"errors"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/godescent/descent"
	"github.com/godescent/descent/linalg"
	"github.com/godescent/descent/method/coordinate"
	"github.com/godescent/descent/method/gradient"
	"github.com/godescent/descent/method/krylov"
	"github.com/godescent/descent/method/stochastic"
	"github.com/godescent/descent/problem/glm"
	"github.com/godescent/descent/prox"
)

// values is f(x) = (1/2) sum_i i (x_i - 1)^2 with nothing but its values.
type values struct{}

func (values) Value(x []float64) float64 {
	s := 0.0
	for i, v := range x {
		s += float64(i+1) * (v - 1) * (v - 1) / 2
	}
	return s
}

// smooth adds the gradient.
type smooth struct{ values }

func (smooth) Gradient(g, x []float64) float64 {
	for i, v := range x {
		g[i] = float64(i+1) * (v - 1)
	}
	return values{}.Value(x)
}

// full answers everything.
type full struct{ smooth }

func (full) HessVec(hv, _, v []float64) {
	for i := range v {
		hv[i] = float64(i+1) * v[i]
	}
}

func (full) Hessian(h, x []float64) {
	clear(h)
	for i := range x {
		h[i*len(x)+i] = float64(i + 1)
	}
}
func (full) Terms() int                                     { return 4 }
func (f full) TermGradient(g, x []float64, _ []int) float64 { return f.Gradient(g, x) }
func (full) Lipschitz() float64                             { return 3 }
func (full) TargetSize() int                                { return 3 }
func (full) Targets(z, x []float64, idx []int) {
	for t := range idx {
		copy(z[3*t:], x)
	}
}
func (full) TargetsBack(g, u, _ []float64, _ []int) {
	clear(g)
	for k, v := range u {
		g[k%3] += v
	}
}
func (f full) TargetLoss(u, z []float64, idx []int) float64 {
	s := 0.0
	for t := range idx {
		s += f.Gradient(u[3*t:3*t+3], z[3*t:3*t+3])
	}
	return s / float64(len(idx))
}
func (full) TargetLipschitz() float64        { return 3 }
func (full) Ridge() (lambda float64, n int)  { return 0, 3 }
func (full) TermLipschitz() float64          { return 3 }
func (full) StrongConvexity() float64        { return 1 }
func (full) CoordinateLipschitz(l []float64) { copy(l, []float64{1, 2, 3}) }

var oracles = map[string]any{
	"Objective": (*descent.Objective)(nil), "Smooth": (*descent.Smooth)(nil), "HessianVector": (*descent.HessianVector)(nil),
	"HessianMatrix": (*descent.HessianMatrix)(nil), "FiniteSum": (*descent.FiniteSum)(nil), "Lipschitz": (*descent.Lipschitz)(nil),
	"CoordinateLipschitz": (*descent.CoordinateLipschitz)(nil), "StrongConvexity": (*descent.StrongConvexity)(nil), "Bounded": (*descent.Bounded)(nil),
	"Separation": (*gradient.Separation)(nil), "Quadratic": (*krylov.Quadratic)(nil),
	"TargetSum":    (*stochastic.TargetSum)(nil),
	"HessianBlock": (*coordinate.HessianBlock)(nil), "Piecewise": (*prox.Piecewise)(nil), "Grouped": (*prox.Grouped)(nil),
	"DualTerms": (*coordinate.DualTerms)(nil), "Augmentable": (*coordinate.Augmentable)(nil),
}

func problemOf(f descent.Objective, c Class) *descent.Problem {
	p := &descent.Problem{Name: "test", Dim: 3, Objective: f}
	switch c {
	case Bounds:
		p.Regularizer = prox.Box{Lower: []float64{-1, -1, -1}, Upper: []float64{0.5, 2, 2}}
	case Composite:
		p.Regularizer = prox.L1{Lambda: 0.1}
	}
	return p
}

var classes = []Class{Smooth, Bounds, Composite}

func TestEntries(t *testing.T) {
	if *update {
		t.Skip("docs.json is being written")
	}
	seen := map[string]bool{}
	for _, e := range Methods() {
		if seen[strings.ToLower(e.ID)] || e.ID != strings.ToLower(e.ID) || e.ID == "auto" {
			t.Errorf("%s: want unique lower-case IDs", e.ID)
		}
		seen[e.ID] = true
		p := e.Paper
		if e.Title == "" || e.Family == "" || p.Key == "" || p.Kind == "" || len(p.Authors) == 0 || p.Title == "" || p.Venue == "" || p.Year < 1800 {
			t.Errorf("%s: incomplete: %+v", e.ID, e)
		}
		if e.Doc() == "" || e.Equations() == "" {
			t.Errorf("%s: no documentation with equations", e.ID)
		}
		for _, o := range Options(e.New()) {
			if o.Doc == "" {
				t.Errorf("%s: option %s has no comment", e.ID, o.Name)
			}
		}
		if got := reflect.TypeOf(e.New()).Elem().PkgPath(); !strings.HasSuffix(got, "/method/"+e.Family) {
			t.Errorf("%s: family %s, package %s", e.ID, e.Family, got)
		}
		for _, need := range slices.Concat(e.Needs, e.Beside) {
			if oracles[need] == nil {
				t.Errorf("%s: needs %q, which is no oracle", e.ID, need)
			}
		}
		if found, err := Lookup(strings.ToUpper(e.ID)); err != nil || found.ID != e.ID {
			t.Errorf("%s: lookup gives %s, %v", e.ID, found.ID, err)
		}
		for _, c := range classes {
			testFits(t, e, c)
		}
	}
}

// testFits checks that a method starts exactly on the problems that its entry says.
func testFits(t *testing.T, e Entry, c Class) {
	for _, f := range []descent.Objective{values{}, smooth{}, full{}} {
		p := problemOf(f, c)
		_, err := e.New().Start(p, make([]float64, 3))
		if fits := e.Fits(p); fits != (err == nil) {
			t.Errorf("%s on a %s problem with %v: the entry says %v, Start says %v", e.ID, c, p.Oracles(), fits, err)
		}
		if (e.Check(p) == nil) != e.Fits(p) {
			t.Errorf("%s: Check and Fits disagree", e.ID)
		}
	}
	p := problemOf(full{}, c)
	if !e.Fits(p) {
		return
	}
	r, err := descent.Solve(context.Background(), p, e.New(), make([]float64, 3), descent.Options{Tol: 1e-4})
	if err != nil || r.Status != descent.Converged {
		t.Errorf("%s on a %s problem: %v, %v", e.ID, c, r, err)
	}
}

func TestDefault(t *testing.T) {
	for _, c := range []struct {
		f    descent.Objective
		c    Class
		dim  int
		want []string // the first that is in the table
	}{
		{full{}, Smooth, 3, []string{"newton", "tr-newton-cg", "lbfgs"}},
		{full{}, Smooth, 10_000, []string{"tr-newton-cg", "lbfgs"}},
		{smooth{}, Smooth, 3, []string{"lbfgs"}},
		{full{}, Bounds, 3, []string{"lbfgsb"}},
		{full{}, Composite, 3, []string{"fista"}},
	} {
		p := problemOf(c.f, c.c)
		p.Dim = c.dim
		i := slices.IndexFunc(c.want, func(id string) bool { return slices.Contains(IDs(), id) })
		if i < 0 {
			continue
		}
		e, why, err := Default(p)
		if err != nil || e.ID != c.want[i] || why == "" {
			t.Errorf("%T, %s, %d: %s (%s), %v; want %s", c.f, c.c, c.dim, e.ID, why, err, c.want[i])
		}
	}
	_, _, err := Default(problemOf(values{}, Smooth))
	var missing *descent.MissingOracleError
	if !errors.As(err, &missing) || missing.Oracle != "Smooth" {
		t.Errorf("values only: %v", err)
	}
}

// A group lasso goes to group-newton while blocks of its Hessian are affordable.
func TestDefaultOfGroups(t *testing.T) {
	x := &linalg.Dense{Rows: 3, Cols: 2, Data: []float64{1, 0, 0, 1, 1, 2}}
	m, err := glm.New("groups", x, []float64{1, 2, 0}, glm.Spec{Loss: glm.Multinomial{K: 3}, GroupL1: 0.1, Groups: [][]int{{0, 1}}, Intercept: true})
	if err != nil {
		t.Fatal(err)
	}
	for dim, want := range map[int]string{0: "group-newton", 1_000_000: "fista"} {
		p := m.Problem()
		p.Dim += dim
		if e, why, err := Default(p); err != nil || e.ID != want {
			t.Errorf("%d variables: %s (%s), %v; want %s", p.Dim, e.ID, why, err, want)
		}
	}
	if e, _ := Lookup("prox-newton"); e.Fits(m.Problem()) {
		t.Error("prox-newton fits a sum over groups")
	}
}

func TestUnknownMethod(t *testing.T) {
	if _, err := Lookup("no-such-method-at-all"); err == nil || !strings.Contains(err.Error(), "list methods") {
		t.Errorf("error %v", err)
	}
}

func TestDecorate(t *testing.T) {
	p := problemOf(smooth{}, Smooth)
	_, err := descent.Require[descent.HessianVector](p)
	var missing *descent.MissingOracleError
	if !errors.As(Decorate(err, p), &missing) || len(missing.Fitting) != len(Fit(p)) {
		t.Errorf("%v", err)
	}
	if other := errors.New("x"); Decorate(other, p) != other {
		t.Error("another error was changed")
	}
}
