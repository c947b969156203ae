package grad

import (
	"math"
	"slices"

	"github.com/godescent/descent/linalg"
	"github.com/godescent/descent/vec"
)

// TrAct returns w, the weights [out in] of a linear layer of x or the kernels of a convolution of x with the
// options o, with another gradient: that which moves the layer's outputs, not its weights, along their
// gradient as well as weights can. With the rows of X being those of x, or all patches of its images, and b of them,
//
//	dw (X'X/b + lambda I)^-1        in the place of dw
//
// is passed on, -dw then being the ridge solution D of min |G + X D'|^2/b + lambda |D|^2 for the gradient G of the outputs
// times b. Of fewer rows than columns the matrix is inverted by way of X X'. lambda must be positive; groups are not taken.
// What is passed on is no derivative: use the result as weights of a layer of x and nothing else. Tangents are those of w.
// It costs b n^2 + n^3/3 + 2 out n^2 operations for n columns, and memory for n^2 numbers.
//
// Petersen, Borgelt and Ermon, TrAct: Making first-layer pre-activations trainable, NeurIPS 2024, arXiv:2410.23970.
func TrAct[T vec.Float](x, w *Tensor[T], lambda T, o Conv) *Tensor[T] {
	if w != nil && len(w.shape) == 3 {
		return flat("TrAct", x, w, func(x, w *Tensor[T]) *Tensor[T] { return tract(x, w, lambda, o, 1) })
	}
	return tract(x, w, lambda, o, 2)
}

func tract[T vec.Float](x, w *Tensor[T], lambda T, o Conv, axes int) *Tensor[T] {
	t := ready("TrAct", w, x)
	if t == nil {
		return none(w, x)
	}
	if !(lambda > 0) || math.IsInf(float64(lambda), 1) || o.Groups > 1 {
		return t.fail("TrAct", "lambda %v, %d groups: want a finite number > 0, and no groups", lambda, o.Groups)
	}
	var g geometry
	if n := len(x.shape); len(w.shape) != 2 {
		var bad *Tensor[T]
		if g, bad = t.geometry("TrAct", x, w, o, axes); bad != nil {
			return bad
		}
	} else if n < 1 || x.shape[n-1] != w.shape[1] || o != (Conv{}) {
		return t.fail("TrAct", "input %s, weights %s, options %+v: want [... in], [out in] and no options", list(x.shape), list(w.shape), o)
	}
	y := t.view(tractOp[T]{}, w.data, w.shape, w, x)
	y.a = lambda
	if len(w.shape) != 2 {
		y.geom = &t.geoms.alloc(1)[0]
		*y.geom = g
	}
	return y
}

// tractOp: dw = dy (X'X/b + lambda I)^-1.
type tractOp[T vec.Float] struct{}

func (tractOp[T]) name() string { return "TrAct" }

func (tractOp[T]) jvp(y *Tensor[T]) *Tensor[T] {
	if dw := y.in[0].tangent(); dw != nil {
		return dw
	}
	return y.tape.Fill(0, y.shape...)
}

func (tractOp[T]) vjp(y *Tensor[T]) {
	t, w, x := y.tape, y.in[0], y.in[1]
	if !w.wanted() {
		return
	}
	out := w.shape[0]
	n := len(w.data) / max(1, out)
	if n > 0 && len(x.data) > 0 {
		rows := len(x.data) / n
		if y.geom != nil {
			rows = y.geom.n * y.geom.positions()
		}
		at := t.values.mark()
		s := &t.ridge
		s.row = slices.Grow(s.row[:0], n)[:n]
		ok := false
		if rows >= n {
			ok = s.primal(y.inputProducts(x, n, rows), n, rows, float64(y.a), y.adj)
		} else {
			ok = s.dual(y.inputRows(x, n, rows), n, rows, float64(y.a), y.adj)
		}
		t.values.release(at)
		if !ok { // inputs are not finite
			vec.Fill(y.adj, T(math.NaN()))
		}
	}
	w.give(y.adj)
}

// inputProducts returns X'X.
func (y *Tensor[T]) inputProducts(x *Tensor[T], n, rows int) []T {
	c := y.tape.values.alloc(n * n)
	if y.geom == nil {
		gemm(true, false, n, n, rows, x.data, x.data, 0, c)
		return c
	}
	beta := T(0)
	y.eachPatches(x, func(_ int, col []T) {
		gemm(false, true, n, n, y.geom.positions(), col, col, beta, c)
		beta = 1
	})
	return c
}

// inputRows returns X.
func (y *Tensor[T]) inputRows(x *Tensor[T], n, rows int) []T {
	if y.geom == nil {
		return x.data
	}
	all, p := y.tape.values.alloc(rows*n), y.geom.positions()
	y.eachPatches(x, func(i int, col []T) {
		for k := range n {
			for q, v := range col[k*p : (k+1)*p] {
				all[(i*p+q)*n+k] = v
			}
		}
	})
	return all
}

// eachPatches shows the matrix of patches of every image, a column for each position.
func (y *Tensor[T]) eachPatches(x *Tensor[T], see func(i int, col []T)) {
	t, g := y.tape, y.geom
	t.conv = convJob[T]{x: x.data}
	if !g.plain() {
		t.conv.col, t.conv.pad = t.values.alloc(g.columns()), t.values.alloc(g.padding())
		clear(t.conv.pad)
	}
	for i := range g.n {
		see(i, t.conv.patches(g, 0, i))
	}
}

// ridge has the memory of the inverse, in double precision.
type ridge[T vec.Float] struct {
	chol   linalg.Cholesky
	a, x   []float64
	row, u []float64
}

// primal multiplies the rows of dw by (C/b + lambda I)^-1. It reports false if that is not finite.
func (s *ridge[T]) primal(c []T, n, b int, lambda float64, dw []T) bool {
	s.a = slices.Grow(s.a[:0], n*n)[:n*n]
	for i, v := range c {
		s.a[i] = float64(v) / float64(b)
	}
	for i := range n {
		s.a[i*n+i] += lambda
	}
	if !s.chol.Factor(s.a, n) {
		return false
	}
	for ; len(dw) > 0; dw = dw[n:] {
		for i, v := range dw[:n] {
			s.row[i] = float64(v)
		}
		s.chol.Solve(s.row, s.row)
		for i, v := range s.row {
			dw[i] = T(v)
		}
	}
	return true
}

// dual does so for the rows X themselves: (X'X/b + lambda I)^-1 = (I - X'(X X'/b + lambda I)^-1 X/b)/lambda.
func (s *ridge[T]) dual(x []T, n, b int, lambda float64, dw []T) bool {
	s.x, s.a, s.u = slices.Grow(s.x[:0], b*n)[:b*n], slices.Grow(s.a[:0], b*b)[:b*b], slices.Grow(s.u[:0], b)[:b]
	for i, v := range x {
		s.x[i] = float64(v)
	}
	linalg.Gemm(false, true, b, b, n, 1/float64(b), s.x, n, s.x, n, 0, s.a, b)
	for i := range b {
		s.a[i*b+i] += lambda
	}
	if !s.chol.Factor(s.a, b) {
		return false
	}
	for ; len(dw) > 0; dw = dw[n:] {
		for i, v := range dw[:n] {
			s.row[i] = float64(v)
		}
		for k := range s.u {
			s.u[k] = vec.Dot(s.x[k*n:(k+1)*n], s.row) / float64(b)
		}
		s.chol.Solve(s.u, s.u)
		for k, v := range s.u {
			vec.Axpy(-v, s.x[k*n:(k+1)*n], s.row)
		}
		for i, v := range s.row {
			dw[i] = T(v / lambda)
		}
	}
	return true
}
