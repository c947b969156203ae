package expr

import (
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"strings"
	"testing"
)

func mustCompile(t testing.TB, src string) *Func {
	t.Helper()
	f, err := Compile(src)
	if err != nil {
		t.Fatalf("%s: %v", src, err)
	}
	return f
}

func close(got, want, rel float64) bool {
	return math.Abs(got-want) <= rel*max(1, math.Abs(got), math.Abs(want))
}

func TestValues(t *testing.T) {
	for _, c := range []struct {
		src  string
		x    []float64
		want float64
	}{
		{"1+2*3", nil, 7}, {"2^3^2", nil, 512}, {"2**3", nil, 8}, {"-2^2", nil, -4}, {"2^-2", nil, 0.25},
		{"2^-1*8", nil, 4}, {"(1-2)-3-4", nil, -8}, {"8/4/2", nil, 1}, {"1e-5*1E5", nil, 1}, {".5+5.", nil, 5.5},
		{"-x^2", []float64{3}, -9}, {"x^3", []float64{-3}, -27}, {"x^-3", []float64{-2}, -0.125},
		{"x^0.5", []float64{9}, 3}, {"x^y", []float64{-2, 3}, -8}, {"x^100", []float64{-1}, 1},
		{"--x", []float64{2}, 2}, {"+x", []float64{2}, 2}, {"2*-x", []float64{2}, -4},
		{"x > 0 ? x : -2*x", []float64{-3}, 6}, {"x<0?1:x<1?2:3", []float64{0.5}, 2}, {"(x>0)+(x>=1)+(x<2)", []float64{1}, 3},
		{"x>0 && x<1 || x==5", []float64{5}, 1}, {"!(x!=2)", []float64{2}, 1}, {"x<=2", []float64{3}, 0},
		{"let r = x-1; let s = r^2; s*r", []float64{3}, 8},
		{"sum(x, 1, 2, 3)", []float64{4}, 10}, {"prod(x,2,3)", []float64{4}, 24}, {"sum(x)", []float64{4}, 4},
		{"min(3,x,5)", []float64{4}, 3}, {"max(3,x,5)", []float64{6}, 6}, {"norm(x,4,12)", []float64{3}, 13}, {"norm(x)", []float64{-3}, 3},
		{"pi", nil, math.Pi}, {"log(e)", nil, 1}, {"ln(x)", []float64{1}, 0}, {"-inf", nil, math.Inf(-1)}, {"log2(8)+log10(100)", nil, 5},
		{"sq(x)", []float64{-3}, 9}, {"pow(x,2)", []float64{-3}, 9}, {"\u03b1*2", []float64{3}, 6}, {"x\n +\n 1", []float64{3}, 4},
		{"x^1", []float64{3}, 3}, {"x^0", []float64{3}, 1}, {"3", nil, 3},
	} {
		if got := mustCompile(t, c.src).Value(c.x); !close(got, c.want, 1e-15) && got != c.want {
			t.Errorf("%q at %v = %v, want %v", c.src, c.x, got, c.want)
		}
	}
}

func TestVars(t *testing.T) {
	for _, c := range []struct{ src, want string }{
		{"y + x*pi", "[y x]"}, {"x10 + x2 + x1", "[x1 x2 x10]"}, {"b2 + a1", "[b2 a1]"}, {"x2 + x", "[x2 x]"}, {"e+1", "[]"},
		{"let u = q; u+v", "[q v]"}, {"x_2-x_1", "[x_1 x_2]"},
	} {
		if got := fmt.Sprint(mustCompile(t, c.src).Vars()); got != c.want {
			t.Errorf("%q has variables %s, want %s", c.src, got, c.want)
		}
	}
	f, err := CompileVars("b-e", []string{"a", "b", "e"})
	if err != nil {
		t.Fatal(err)
	}
	if got := f.Value([]float64{1, 7, 4}); got != 3 {
		t.Errorf("given variables: %v, want 3", got)
	}
	if _, err := CompileVars("a+c", []string{"a", "b"}); err == nil || !strings.Contains(err.Error(), "unknown variable c (have: a, b)") {
		t.Errorf("unknown variable: %v", err)
	}
	for _, bad := range [][]string{{"a", "a"}, {"2a"}, {"sin"}, {""}, {"a b"}} {
		if _, err := CompileVars("1", bad); err == nil {
			t.Errorf("variables %q accepted", bad)
		}
	}
}

func TestErrors(t *testing.T) {
	for _, c := range []struct {
		src  string
		col  int
		want string
	}{
		{"", 1, "the formula ends here"}, {"x +", 4, "the formula ends here"}, {"2x", 2, "products are written with *"},
		{"(x+1", 5, `want ")"`}, {"x+1)", 4, `unexpected ")"`}, {"foo(x)", 1, "unknown function foo (have: abs, "},
		{"x + sin", 5, "write sin(...)"}, {"sin(x, y)", 1, "sin has 2 arguments: want 1"}, {"atan2(x)", 1, "want 2"},
		{"max()", 1, "want 1 or more"}, {"x < y < z", 7, "do not chain"}, {"x ? 1", 6, `want ":"`}, {"x @ y", 3, "unexpected character"},
		{"1e999", 1, "out of the range"}, {"let x = 1; let x = 2; x", 16, "a meaning already"}, {"let x = x; x", 5, "defined by itself"},
		{"let 3 = x; x", 5, "want a name"}, {"let y = x", 10, `want ";"`}, {"x + let", 5, "stands at the start"}, {"let e = 1; e", 5, "a meaning already"},
		{"\u03b1 + \u03b2 $", 7, "unexpected character"}, {"x = 1", 3, `unexpected "="`}, {"sin(x y)", 7, `want ","`},
		{"x \u2212 1", 3, "unexpected character"}, {"(x)(y)", 4, "products"}, {"1.2.3", 4, "products"},
		{strings.Repeat("(", 2000), 1001, "nested more than 1000 deep"}, {strings.Repeat("-", 2000) + "x", 1001, "deep"},
		{strings.Repeat("2^", 2000) + "x", 2001, "deep"},
	} {
		_, err := Compile(c.src)
		var e *Error
		if !errors.As(err, &e) {
			t.Errorf("%.20q: error %v, want *Error", c.src, err)
			continue
		}
		if e.Line != 1 || e.Column != c.col || !strings.Contains(e.Msg, c.want) {
			t.Errorf("%.20q: %v\nwant column %d, %q", c.src, err, c.col, c.want)
		}
	}
	if _, err := Compile(strings.Repeat(" ", maxLength+1)); err == nil {
		t.Error("a formula of 1 MB was accepted")
	}
	_, err := Compile("x^2 +\n\ty * sinn(x)")
	want := "line 2, column 6: unknown function sinn"
	if err == nil || !strings.HasPrefix(err.Error(), want) || !strings.HasSuffix(err.Error(), "\n   y * sinn(x)\n       ^") {
		t.Errorf("error %v, want %q and a caret under sinn", err, want)
	}
	if _, err := Compile(strings.Repeat("x+", 300) + "$" + strings.Repeat("+x", 300)); len(err.Error()) > 400 {
		t.Errorf("the error shows the whole of a long line:\n%v", err)
	}
}

// Each formula is smooth on (lo, hi)^n; the cases reach every op with a derivative.
var smooth = []struct {
	src    string
	lo, hi float64
}{
	{"-x*y", -2, 2}, {"sq(x)*y", -2, 2}, {"abs(x)*y^2", 0.1, 2}, {"abs(x)*y^2", -2, -0.1}, {"exp(x*y)", -1, 1}, {"expm1(x*y)", -1, 1},
	{"log(x+y)", 0.5, 2}, {"log1p(x*y)", 0, 2}, {"log2(x*y)", 0.5, 2}, {"log10(x/y)", 0.5, 2}, {"sqrt(x*y)", 0.5, 2}, {"cbrt(x*y)", 0.5, 2},
	{"cbrt(x*y^2)", -2, -0.5}, {"sin(x*y)", -2, 2}, {"cos(x*y)", -2, 2}, {"tan(x*y)", -1, 1}, {"asin(x*y)", -0.9, 0.9}, {"acos(x*y)", -0.9, 0.9},
	{"atan(x*y)", -2, 2}, {"sinh(x*y)", -1, 1}, {"cosh(x*y)", -1, 1}, {"tanh(x*y)", -1, 1}, {"x+y+x*y", -2, 2}, {"x-y-x*y", -2, 2},
	{"x/y", 0.5, 2}, {"x/y", -2, -0.5}, {"x^y", 0.5, 2}, {"x^3*y", -2, 2}, {"x^-2*y^5", 0.5, 2}, {"x^1.5*y^-0.5", 0.5, 2}, {"2^(x*y)", -1, 1},
	{"pow(x+3,y)", -1, 1}, {"atan2(x,y)", 0.5, 2}, {"atan2(x,y)", -2, -0.5}, {"hypot(x,y)", 0.5, 2}, {"norm(x,y,x*y,3)", -2, 2},
	{"min(x,x*y-9)", 0, 2}, {"max(x*y,-5)", -2, 2}, {"max(x*x,x+y+9)", -2, 2}, {"x < -y ? 1/0 : x*y", 0.5, 2}, {"x > 0 ? x^3*y : log(x)", 0.5, 2},
	{"x > 0 ? x^3*y : x*y^2", -2, -0.5}, {"(x>0)*y*x", 0.5, 2}, {"x>0&&y>0||x<-5?x*y:0", 0.5, 2}, {"!(x>0)?x*y:x*y*y", 0.5, 2},
	{"sum(x,y,x*y)*prod(x,y,y)", -2, 2}, {"100*(y-x^2)^2+(1-x)^2", -2, 2}, {"let r = x*y; exp(-r^2/2)*sin(r)", -2, 2}, {"x*x*x*y", -2, 2},
	{"log(exp(x)+exp(y))", -2, 2}, {"atan2(x*y, x-y+9)", -2, 2}, {"hypot(x,x)*y", 0.5, 2}, {"x^x^y", 0.5, 1.5},
	{"y == 7 ? 0 : x*y", -2, 2}, {"y != 7 ? x^2*y : 0", -2, 2}, {"x >= -9 && y <= 9 ? x^2*y^3 : 0", -2, 2},
}

func TestDerivatives(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	seen := map[op]bool{}
	for _, c := range smooth {
		f, err := CompileVars(c.src, []string{"x", "y"})
		if err != nil {
			t.Fatal(err)
		}
		for _, in := range f.code {
			seen[in.op] = true
		}
		for range 20 {
			checkDerivatives(t, c.src, f, func() float64 { return c.lo + (c.hi-c.lo)*r.Float64() })
		}
	}
	for o := opNeg; o <= opSelect; o++ {
		if !seen[o] {
			t.Errorf("op %d is in no formula", o)
		}
	}
}

// checkDerivatives compares with central differences of the value, whose error is
// O(h^4) after one extrapolation.
func checkDerivatives(t *testing.T, src string, f *Func, draw func() float64) {
	t.Helper()
	n := len(f.Vars())
	x, g, h, hv, v := make([]float64, n), make([]float64, n), make([]float64, n*n), make([]float64, n), make([]float64, n)
	for i := range x {
		x[i], v[i] = draw(), draw()
	}
	if y := f.Gradient(g, x); math.Float64bits(y) != math.Float64bits(f.Value(x)) {
		t.Errorf("%s: Gradient returns %v, Value %v", src, y, f.Value(x))
	}
	f.Hessian(h, x)
	f.HessVec(hv, x, v)
	diff := func(i int, step float64, fn func() float64) float64 {
		at := func(d float64) float64 {
			old := x[i]
			defer func() { x[i] = old }()
			x[i] = old + d
			return fn()
		}
		d := func(s float64) float64 { return (at(s) - at(-s)) / (2 * s) }
		return (4*d(step) - d(2*step)) / 3
	}
	gp := make([]float64, n)
	for i := range n {
		if want := diff(i, 1e-3, func() float64 { return f.Value(x) }); !close(g[i], want, 2e-8) {
			t.Errorf("%s at %v: g[%d] = %v, want %v", src, x, i, g[i], want)
		}
		sum := 0.0
		for j := range n {
			sum += h[i*n+j] * v[j]
			want := diff(j, 1e-3, func() float64 { f.Gradient(gp, x); return gp[i] })
			if !close(h[i*n+j], want, 2e-7) || h[i*n+j] != h[j*n+i] {
				t.Errorf("%s at %v: H[%d,%d] = %v, want %v", src, x, i, j, h[i*n+j], want)
			}
		}
		if !close(hv[i], sum, 1e-12) {
			t.Errorf("%s at %v: Hv[%d] = %v, want %v", src, x, i, hv[i], sum)
		}
	}
}

func TestClosedForms(t *testing.T) {
	f := mustCompile(t, "100*(x2-x1^2)^2+(1-x1)^2")
	g, h := make([]float64, 2), make([]float64, 4)
	y := f.Gradient(g, []float64{-1.2, 1})
	f.Hessian(h, []float64{-1.2, 1})
	got := fmt.Sprintf("%.12g %.12g %.12g", y, g, h)
	if want := "24.2 [-215.6 -88] [1330 480 480 200]"; got != want {
		t.Errorf("Rosenbrock: %s, want %s", got, want)
	}
	for _, c := range []struct {
		src  string
		x    []float64
		want []float64
	}{ // kinks and the edges of domains
		{"abs(x)", []float64{0}, []float64{0}}, {"norm(x,y)", []float64{0, 0}, []float64{0, 0}}, {"norm(x,y,z)", []float64{0, 0, -2}, []float64{0, 0, -1}},
		{"max(x,y)", []float64{2, 2}, []float64{1, 0}}, {"min(x,y)", []float64{2, 2}, []float64{1, 0}}, {"max(x,y)", []float64{1, 2}, []float64{0, 1}},
		{"x>0 ? sqrt(x) : 0", []float64{0}, []float64{0}}, {"x>0 ? x*log(x) : 0", []float64{-1}, []float64{0}},
		{"x^2", []float64{0}, []float64{0}}, {"x^1.5", []float64{0}, []float64{0}}, {"x^y", []float64{0, 2}, []float64{0, 0}},
		{"x^y", []float64{3, 0}, []float64{0, math.Log(3)}}, {"x^3", []float64{-2}, []float64{12}},
	} {
		f := mustCompile(t, c.src)
		g := make([]float64, len(c.x))
		f.Gradient(g, c.x)
		for i := range g {
			if !close(g[i], c.want[i], 1e-15) {
				t.Errorf("gradient of %s at %v: %v, want %v", c.src, c.x, g, c.want)
			}
		}
	}
	for _, src := range []string{"log(x)", "sqrt(x)", "asin(x-5)", "x^0.5", "log1p(x-3)", "inf-inf+x*0", "x>log(x)?1:log(x)"} {
		f := mustCompile(t, src)
		if y := f.Gradient(g[:1], []float64{-1}); !math.IsNaN(y) {
			t.Errorf("%s at -1 = %v, want NaN", src, y)
		}
	}
}

func TestEqualPartsAreComputedOnce(t *testing.T) {
	f := mustCompile(t, "sin(x*y)^2 + cos(x*y)^2 + 2*3")
	if len(f.code) != 7 { // x*y, sin, sq, cos, sq, +, +
		t.Errorf("%d instructions, want 7", len(f.code))
	}
}

func TestAllocations(t *testing.T) {
	f := mustCompile(t, "norm(x,y)*exp(-x*y) + (x > y ? x^1.5 : y^3)")
	x, v, g, h := []float64{1, 2}, []float64{3, 4}, make([]float64, 2), make([]float64, 4)
	if n := testing.AllocsPerRun(10, func() { f.Value(x); f.Gradient(g, x); f.HessVec(g, x, v); f.Hessian(h, x) }); n != 0 {
		t.Errorf("%v allocations", n)
	}
}

func TestLongFormula(t *testing.T) {
	var b strings.Builder
	const n = 50000
	for i := range n {
		fmt.Fprintf(&b, "+x%d^2", i)
	}
	f := mustCompile(t, b.String())
	x, g := make([]float64, n), make([]float64, n)
	for i := range x {
		x[i] = 1
	}
	if y := f.Gradient(g, x); y != n || g[n-1] != 2 {
		t.Errorf("value %v, last partial %v", y, g[n-1])
	}
}

func FuzzCompile(f *testing.F) {
	for _, c := range smooth {
		f.Add(c.src)
	}
	for _, s := range []string{"2x", "((", "let a=1;a^x", "x?1:2", "1e", "\xff", "a\n$", "max(", "x^-x^-x", "!!x", "inf*0*x", "\u03b1\u2212\u03b2"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, src string) {
		fn, err := Compile(src)
		if err != nil {
			_ = err.Error()
			return
		}
		n := len(fn.Vars())
		if n > 20 {
			return
		}
		x, g := make([]float64, n), make([]float64, n)
		for i := range x {
			x[i] = 0.5 + float64(i)
		}
		v, y := fn.Value(x), fn.Gradient(g, x)
		if math.Float64bits(v) != math.Float64bits(y) && v == v {
			t.Errorf("Value %v, Gradient %v", v, y)
		}
		fn.HessVec(g, x, x)
		again, err := Compile(src + " ")
		if err != nil || math.Float64bits(again.Value(x)) != math.Float64bits(v) && v == v {
			t.Errorf("a space changes the value or its error: %v", err)
		}
	})
}

func rosenbrock(g, x []float64) float64 {
	a, b := x[1]-x[0]*x[0], 1-x[0]
	g[0] = -400*x[0]*a - 2*b
	g[1] = 200 * a
	return 100*a*a + b*b
}

func BenchmarkRosenbrock(b *testing.B) {
	f := mustCompile(b, "100*(x2-x1^2)^2+(1-x1)^2")
	x, g, v := []float64{-1.2, 1}, make([]float64, 2), []float64{1, 2}
	b.Run("value", func(b *testing.B) {
		for b.Loop() {
			f.Value(x)
		}
	})
	b.Run("gradient", func(b *testing.B) {
		for b.Loop() {
			f.Gradient(g, x)
		}
	})
	b.Run("hessvec", func(b *testing.B) {
		for b.Loop() {
			f.HessVec(g, x, v)
		}
	})
	b.Run("hand-written-gradient", func(b *testing.B) {
		for b.Loop() {
			rosenbrock(g, x)
		}
	})
}
