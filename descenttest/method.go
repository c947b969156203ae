package descenttest

import (
	"context"
	"fmt"
	"math"
	"reflect"
	"slices"
	"testing"

	"github.com/godescent/descent"
)

// A Case is a method on a problem that it must solve.
type Case struct {
	Name    string
	Method  descent.Method
	Problem func() *descent.Problem // a new problem at every call
	X0      []float64
	Options descent.Options // tolerance and limits within which it must converge
	// Variants must include, for each exported option of the method, at least one
	// method value that differs in that option: the suite checks that each changes
	// the trace on this problem. Keys name the variant in messages.
	Variants map[string]descent.Method
	// Inert names options that cannot change the trace on this problem, with the reason.
	Inert map[string]string
	// NoNaN says why the oracles that the method asks for cannot return NaN, where the
	// suite cannot make them.
	NoNaN string
	// Bad are option values that Start must refuse.
	Bad map[string]descent.Method
}

// TestMethod checks what every method promises: it converges with a certificate,
// leaves x0 and its own options alone, repeats bit for bit, allocates nothing per
// iteration, ends with status diverged on a NaN oracle, refuses bad options, and
// each option changes the trace. It then runs TestResume.
func TestMethod(t *testing.T, c Case) {
	t.Helper()
	t.Run(c.Name, func(t *testing.T) {
		x0 := slices.Clone(c.X0)
		before := fmt.Sprintf("%#v", c.Method)
		a := c.solve(t, c.Method, c.Options)
		if a.Status != descent.Converged {
			t.Fatalf("status %s after %d iterations, %v; diagnosis %q", a.Status, a.Iterations, a.Certificate, a.Diagnosis)
		}
		_, cert, err := descent.Certify(c.Problem(), a.X, a.Witness, a.Certificate.Tolerance)
		if err != nil || cert != a.Certificate {
			t.Errorf("recomputed certificate %v (%v), reported %v", cert, err, a.Certificate)
		}
		if !slices.Equal(x0, c.X0) {
			t.Error("x0 was changed")
		}
		if after := fmt.Sprintf("%#v", c.Method); after != before {
			t.Errorf("options changed from %s to %s", before, after)
		}
		if b := c.solve(t, c.Method, c.Options); !sameRun(a, b) {
			t.Error("a second run differs from the first")
		}
		c.testAllocs(t)
		c.testNaN(t)
		c.testOptions(t)
		for name, m := range c.Bad {
			if run, err := m.Start(c.Problem(), c.X0); err == nil || run != nil {
				t.Errorf("bad option %s: Start returned %v, %v; want no run and an error", name, run, err)
			}
		}
		TestResume(t, c)
	})
}

// TestResume checks that a run stopped after any number of iterations and resumed
// from its checkpoint ends with the same bits as the uninterrupted run.
func TestResume(t *testing.T, c Case) {
	t.Helper()
	whole := c.solve(t, c.Method, c.Options)
	n := whole.Iterations
	cuts := 0
	for _, k := range []int{1, 2, 3, 5, n / 3, n / 2, n - 1} {
		if k < 1 || k >= n {
			continue
		}
		opt := c.Options
		opt.MaxIter = k
		part := c.solve(t, c.Method, opt)
		if part.Status == descent.Converged {
			continue // the cadence of certificates passed over this iterate
		}
		cuts++
		if part.Status != descent.Limit || part.Iterations != k || part.Checkpoint == nil {
			t.Fatalf("cut at %d: status %s after %d iterations, checkpoint of %d bytes", k, part.Status, part.Iterations, len(part.Checkpoint))
		}
		opt = c.Options
		opt.Resume = part.Checkpoint
		if rest := c.solve(t, c.Method, opt); !sameRun(rest, whole) {
			t.Errorf("resumed at %d: value %v after %d iterations and %+v, uninterrupted %v after %d and %+v",
				k, rest.Value, rest.Iterations, rest.Counts, whole.Value, whole.Iterations, whole.Counts)
		}
	}
	if cuts == 0 && n > 1 {
		t.Error("no cut was tried")
	}
}

func (c Case) solve(t *testing.T, m descent.Method, opt descent.Options) *descent.Result {
	t.Helper()
	r, err := descent.Solve(context.Background(), c.Problem(), m, c.X0, opt)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// sameRun compares all but the clock.
func sameRun(a, b *descent.Result) bool {
	if a.Status != b.Status || a.Iterations != b.Iterations || a.Counts != b.Counts || !sameBits(a.X, b.X) || len(a.Trace) != len(b.Trace) {
		return false
	}
	for i, p := range a.Trace {
		q := b.Trace[i]
		p.Seconds, q.Seconds = 0, 0
		if p != q {
			return false
		}
	}
	return true
}

func sameBits(a, b []float64) bool {
	return slices.EqualFunc(a, b, func(x, y float64) bool { return math.Float64bits(x) == math.Float64bits(y) })
}

// testAllocs compares the allocations of a short and a longer run.
func (c Case) testAllocs(t *testing.T) {
	t.Helper()
	allocs := func(iters int) float64 {
		return testing.AllocsPerRun(3, func() {
			run, err := c.Method.Start(c.Problem(), c.X0)
			if err != nil {
				t.Fatal(err)
			}
			k := 0
			run.Iterates(func([]float64) bool { k++; return k < iters })
		})
	}
	more := 0.0
	for range 3 { // the runtime allocates now and then, a method that does does so always
		short, long := allocs(3), allocs(13)
		if more = long - short; more <= 0 {
			return
		}
	}
	t.Errorf("10 more iterations allocate %v more times: want none", more)
}

// testNaN runs the method on a problem whose oracles turn to NaN: it must end,
// with a finite x, and must not claim success.
func (c Case) testNaN(t *testing.T) {
	t.Helper()
	tried := 0
	for _, after := range []int{0, 1, 4, 9} {
		p := c.Problem()
		in := poisoned{p.Objective, new(int), after}
		p.Objective = poison(in)
		opt := c.Options
		opt.MaxIter = 200
		r, err := descent.Solve(context.Background(), p, c.Method, c.X0, opt)
		if err != nil {
			continue // needs an oracle that the poisoned problem hides
		}
		tried++
		if r.Status == descent.Converged && *in.calls > after {
			t.Errorf("NaN after %d calls: status %s", after, r.Status)
		}
		for _, v := range r.X {
			if v-v != 0 {
				t.Errorf("NaN after %d calls: the returned x holds %v", after, v)
				break
			}
		}
	}
	switch {
	case tried == 0 && c.NoNaN == "":
		t.Error("no run with NaN oracles: the method asks for an oracle that the suite does not poison; say in NoNaN why it cannot be NaN")
	case tried > 0 && c.NoNaN != "":
		t.Errorf("%d runs with NaN oracles, which NoNaN says there cannot be", tried)
	}
}

func (c Case) testOptions(t *testing.T) {
	t.Helper()
	base := reflect.Indirect(reflect.ValueOf(c.Method))
	if base.Kind() != reflect.Struct {
		return
	}
	opt := c.Options
	opt.MaxIter = 60
	want := c.solve(t, c.Method, opt)
	covered := map[string]bool{}
	for name, m := range c.Variants {
		v := reflect.Indirect(reflect.ValueOf(m))
		if v.Type() != base.Type() {
			t.Fatalf("variant %s is a %v, not a %v", name, v.Type(), base.Type())
		}
		for i := range v.NumField() {
			if !reflect.DeepEqual(v.Field(i).Interface(), base.Field(i).Interface()) {
				covered[v.Type().Field(i).Name] = true
			}
		}
		if r := c.solve(t, m, opt); sameRun(r, want) {
			t.Errorf("variant %s does not change the run", name)
		}
	}
	for i := range base.NumField() {
		f := base.Type().Field(i)
		if _, ok := c.Inert[f.Name]; !ok && f.IsExported() && !covered[f.Name] {
			t.Errorf("no variant changes option %s", f.Name)
		}
	}
}
