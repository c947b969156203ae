// Package expr compiles an objective written as a formula, such as
// "100*(x2-x1^2)^2 + (1-x1)^2", into a function with exact derivatives.
//
// The language: numbers; variables; the constants pi, e, inf; + - * / and the
// power ^ (or **), which is right-associative and binds tighter than a sign, so
// -x^2 = -(x^2); comparisons < <= > >= == != and && || !, which are 1 or 0;
// c ? a : b for piecewise functions; "let r = x-y; r^2" to name a part; and
//
//	abs exp expm1 log (ln) log1p log2 log10 sqrt cbrt sq
//	sin cos tan asin acos atan sinh cosh tanh atan2(y, x) pow(a, b)
//	min max sum prod norm (hypot) of any number of arguments
//
// A formula becomes a tape: a list of instructions, each of which computes one
// register from earlier ones; equal parts are computed once. Gradients are reverse
// sweeps over the tape, Hessian-vector products forward-over-reverse sweeps
// (Griewank and Walther, Evaluating Derivatives, 2008, chapters 3 and 5): exact
// to rounding, at a small multiple of the cost of the value, whatever the dimension.
//
// At a kink the gradient is a subgradient where the function has one: abs has slope
// 0 at 0, norm has gradient 0 at the origin, min and max follow their first argument
// on a tie, a conditional follows the branch taken. Outside the domain (log(-1)) the
// results are NaN or Inf. An infinite slope, as of sqrt at 0, can make the gradient
// NaN: write norm(x, y), not sqrt(x^2+y^2).
package expr

import (
	"fmt"
	"slices"

	"github.com/godescent/descent"
)

// A Func is a compiled formula. It owns the scratch of its sweeps: it allocates
// nothing per call and is not for concurrent use.
type Func struct {
	vars []string
	code []instr
	base int   // registers before base hold variables, then constants
	out  int32 // the register of the result

	val  []float64 // value of each register
	adj  []float64 // adj_i  = d out / d val_i
	tan  []float64 // tan_i  = directional derivative of val_i
	dot  []float64 // dot_i  = directional derivative of adj_i
	unit []float64 // a direction and a column, for Hessian
	col  []float64
}

// An instr computes register base+i, i its place on the tape, from registers a, b
// and, for opSelect, the condition c. Of a unary op b = c = a.
type instr struct {
	op      op
	a, b, c int32
}

var (
	_ descent.Smooth        = (*Func)(nil)
	_ descent.HessianVector = (*Func)(nil)
	_ descent.HessianMatrix = (*Func)(nil)
)

// Compile compiles a formula. Its variables are the names that are neither functions
// nor constants; see [Func.Vars]. The error of a bad formula is an [*Error].
func Compile(src string) (*Func, error) { return compile(src, nil) }

// CompileVars is Compile with the variables given: the formula may use them only,
// and x[i] is the value of vars[i] whether the formula uses it or not.
func CompileVars(src string, vars []string) (*Func, error) {
	seen := map[string]bool{}
	for _, v := range vars {
		if !isName(v) {
			return nil, fmt.Errorf("variable %q: want a letter, then letters, digits or _", v)
		}
		if _, ok := functions[v]; ok || seen[v] || v == "let" {
			return nil, fmt.Errorf("variable %q: the name is taken", v)
		}
		seen[v] = true
	}
	return compile(src, append([]string{}, vars...))
}

// Vars returns the names of the variables in the order of x: the order given, or
// that of first appearance; x1, x2, ..., x10 (one prefix, all numbered) are ordered
// by number.
func (f *Func) Vars() []string { return slices.Clone(f.vars) }

// forward fills val.
func (f *Func) forward(x []float64) {
	if len(x) != len(f.vars) {
		panic(fmt.Sprintf("expr: x has length %d: the formula has %d variables", len(x), len(f.vars)))
	}
	v := f.val
	copy(v, x)
	for i := range f.code {
		in := &f.code[i]
		a, b := v[in.a], v[in.b]
		var y float64
		switch in.op {
		case opAdd:
			y = a + b
		case opSub:
			y = a - b
		case opMul:
			y = a * b
		case opSq:
			y = a * a
		case opSelect:
			switch c := v[in.c]; {
			case c != c:
				y = c
			case c != 0:
				y = a
			default:
				y = b
			}
		default:
			y = eval(in.op, a, b)
		}
		v[f.base+i] = y
	}
}

// Value returns f(x).
func (f *Func) Value(x []float64) float64 {
	f.forward(x)
	return f.val[f.out]
}

// Gradient stores the gradient at x in g and returns f(x).
func (f *Func) Gradient(g, x []float64) float64 {
	f.forward(x)
	v, adj := f.val, f.adj
	clear(adj)
	adj[f.out] = 1
	for i := len(f.code) - 1; i >= 0; i-- {
		s := adj[f.base+i]
		if s == 0 { // in particular the branches not taken, whose slope may be infinite
			continue
		}
		in := &f.code[i]
		switch in.op {
		case opAdd:
			adj[in.a] += s
			adj[in.b] += s
		case opSub:
			adj[in.a] += s
			adj[in.b] -= s
		case opMul:
			a, b := v[in.a], v[in.b]
			adj[in.a] += s * b
			adj[in.b] += s * a
		case opSq:
			adj[in.a] += 2 * s * v[in.a]
		case opSelect:
			adj[f.taken(in)] += s
		default:
			d := partials(in.op, v[in.a], v[in.b], v[f.base+i])
			adj[in.a] += times(s, d.a)
			if in.op.binary() {
				adj[in.b] += times(s, d.b)
			}
		}
	}
	copy(g[:len(f.vars)], adj)
	return v[f.out]
}

// taken returns the register that a conditional passes on.
func (f *Func) taken(in *instr) int32 {
	if f.val[in.c] != 0 {
		return in.a
	}
	return in.b
}

// HessVec stores the product of the Hessian at x with v in hv.
func (f *Func) HessVec(hv, x, v []float64) {
	f.forward(x)
	f.hessVec(hv, v)
}

// hessVec expects val filled. Differentiating the tape along v gives tan; then
// the reverse sweep carries the adjoints and their derivatives along v:
//
//	adj_a += adj_y y_a,  dot_a += dot_y y_a + adj_y (y_aa tan_a + y_ab tan_b).
func (f *Func) hessVec(hv, v []float64) {
	val, tan, adj, dot := f.val, f.tan, f.adj, f.dot
	clear(tan)
	clear(adj)
	clear(dot)
	copy(tan, v[:len(f.vars)])
	for i := range f.code {
		in := &f.code[i]
		if in.op == opSelect {
			tan[f.base+i] = tan[f.taken(in)]
			continue
		}
		d := partials(in.op, val[in.a], val[in.b], val[f.base+i])
		t := times(d.a, tan[in.a])
		if in.op.binary() {
			t += times(d.b, tan[in.b])
		}
		tan[f.base+i] = t
	}
	adj[f.out] = 1
	for i := len(f.code) - 1; i >= 0; i-- {
		s, sd := adj[f.base+i], dot[f.base+i]
		if s == 0 && sd == 0 {
			continue
		}
		in := &f.code[i]
		if in.op == opSelect {
			k := f.taken(in)
			adj[k] += s
			dot[k] += sd
			continue
		}
		d := partials(in.op, val[in.a], val[in.b], val[f.base+i])
		ta, tb := tan[in.a], 0.0
		if in.op.binary() {
			tb = tan[in.b]
			adj[in.b] += times(s, d.b)
			dot[in.b] += times(sd, d.b) + times(s, times(d.ab, ta)+times(d.bb, tb))
		}
		adj[in.a] += times(s, d.a)
		dot[in.a] += times(sd, d.a) + times(s, times(d.aa, ta)+times(d.ab, tb))
	}
	copy(hv[:len(f.vars)], dot)
}

// Hessian stores the Hessian at x in h, row-major and exactly symmetric: one
// Hessian-vector product per variable.
func (f *Func) Hessian(h, x []float64) {
	n := len(f.vars)
	f.forward(x)
	for j := range n {
		f.unit[j] = 1
		f.hessVec(f.col, f.unit)
		f.unit[j] = 0
		for i := j; i < n; i++ {
			h[i*n+j], h[j*n+i] = f.col[i], f.col[i]
		}
	}
}
