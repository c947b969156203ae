package grad

import (
	"fmt"

	"github.com/godescent/descent/vec"
)

// examples is a pass for derivatives of each example alone.
type examples[T vec.Float] struct {
	on      bool
	batch   int
	rows    []T // gradients, batch x params; nil if only squares are wanted
	squares []T
	side    int // the parameter among the operands of the operation at hand
	into    []T // its gradient for each example, stride apart; nil: squares only
	stride  int
	scratch []T // memory for a gradient, for each part
	work    []T // memory of the operation, width numbers for each part
	width   int
}

// An exampled operation can tell the derivatives with respect to a parameter for each example
// alone. Its result's first axis runs over examples, or is example by position.
type exampled[T vec.Float] interface {
	// fits checks the shapes and returns how many numbers of work a part needs.
	fits(y *Tensor[T], side, batch int) (width int, err error)

	// example adds to g the derivative of example i with respect to operand side.
	example(y *Tensor[T], side, i, batch int, g, work []T)

	// square returns the squared norm of that derivative where there is a short way.
	square(y *Tensor[T], side, i, batch int, work []T) (T, bool)
}

// ExampleGradients stores in gradients, one row for each element of y, the gradient of that
// element alone with respect to all parameters in the order in which Param recorded them;
// their number of elements is Params. Element i of y must depend on example i alone, the
// i-th along the first axis of the inputs, as CrossEntropies does without BatchNorm. Parameters
// may be used by Linear, MatMul, Conv, Embedding, Gather, normalizations and elementwise
// operations of two tensors. What Gather and operations of two tensors make of a parameter must run over
// the examples, as embeddings do: it must not be used as weights.
func (t *Tape[T]) ExampleGradients(y *Tensor[T], gradients []T) error {
	if err := t.target("ExampleGradients", y); err != nil {
		return err
	}
	if len(gradients) != len(y.data)*t.params {
		t.fail("ExampleGradients", "%d numbers for %d examples and %d parameters: want %d", len(gradients), len(y.data), t.params, len(y.data)*t.params)
		return t.err
	}
	clear(gradients)
	return t.perExample(y, examples[T]{rows: gradients})
}

// ExampleNorms stores in squares the squared norms of the gradients that ExampleGradients
// gives, without the gradients: |g|^2 is |x|^2 |d|^2 for the product x w with adjoint d, and a
// sum over pairs of positions where x has several (Goodfellow 2015, arXiv:1510.01799; Li,
// Tramer, Liang and Hashimoto 2022, arXiv:2110.05679). BackwardWith then gives sums of scaled
// gradients, for clipping.
func (t *Tape[T]) ExampleNorms(y *Tensor[T], squares []T) error {
	if err := t.target("ExampleNorms", y); err != nil {
		return err
	}
	if len(squares) != len(y.data) {
		t.fail("ExampleNorms", "%d numbers for %d examples: want equal numbers", len(squares), len(y.data))
		return t.err
	}
	clear(squares)
	return t.perExample(y, examples[T]{squares: squares})
}

// Params returns how many numbers have a gradient: the lengths of all parameters together.
func (t *Tape[T]) Params() int { return t.params }

func (t *Tape[T]) perExample(y *Tensor[T], e examples[T]) error {
	e.on, e.batch = true, len(y.data)
	if err := t.idle("ExampleGradients"); err != nil || e.batch == 0 {
		return err
	}
	at := t.values.mark()
	defer t.values.release(at)
	ones := t.values.alloc(e.batch)
	vec.Fill(ones, 1)
	t.wantAll(y)
	t.sinks = false
	for _, x := range t.nodes[:y.id+1] {
		x.shared, x.keepRows = 0, nil
		if x.parameter() != nil {
			x.mark, x.adj = 0, nil
			continue
		}
		for _, u := range x.in {
			if p := u.parameter(); p != nil {
				p.shared++
			}
		}
	}
	t.ex = e
	t.descend(y, ones, 0)
	t.ex, t.sweeping = examples[T]{}, false
	if e.rows != nil || t.err != nil {
		return t.err
	}
	for _, x := range t.nodes[:y.id+1] { // parameters that several operations use
		if x.keepRows != nil {
			n := len(x.data)
			for i := range e.squares {
				g := cutMat(x.keepRows, i, n)
				e.squares[i] += vec.Dot(g, g)
			}
		}
	}
	return t.err
}

// parameter returns the parameter of which x is a view, nil if it is none.
func (x *Tensor[T]) parameter() *Tensor[T] {
	if x == nil || !x.need {
		return nil
	}
	for x.op == op[T](reshapeOp[T]{}) {
		x = x.in[0]
	}
	if x.op == nil {
		return x
	}
	return nil
}

// visit takes the part of an operation that uses parameters, and reports whether it did.
func (e *examples[T]) visit(y *Tensor[T]) bool {
	if _, ok := y.op.(checkpointOp[T]); ok && e.rows == nil {
		y.tape.fail("ExampleNorms", "%s hides which parameters are used: want ExampleGradients, or no Checkpoint", y.String())
		return true
	}
	if _, ok := y.op.(sparseOp[T]); ok && y.in[0].wanted() {
		y.tape.fail("ExampleNorms", "%s adds rows of its operand, which mixes examples: want each element of the result to depend on an example of its own", y.String())
		return true
	}
	any, rest := false, false
	for side, x := range y.in {
		if p := x.parameter(); p != nil {
			any = true
			if err := e.take(y, side, p); err != nil {
				y.tape.fail("ExampleNorms", "parameter %s used by %s: %v", list(p.shape), y.String(), err)
				return true
			}
		}
		rest = rest || x.wanted()
	}
	if any && rest {
		y.op.vjp(y)
	}
	return any
}

// take adds the derivatives with respect to one parameter.
func (e *examples[T]) take(y *Tensor[T], side int, p *Tensor[T]) error {
	o, ok := y.op.(exampled[T])
	if !ok {
		return fmt.Errorf("it has no derivatives for each example: want Linear, MatMul, Conv, Embedding, Gather, a normalization or an elementwise operation of two tensors")
	}
	width, err := o.fits(y, side, e.batch)
	if err != nil {
		return err
	}
	t, n := y.tape, len(p.data)
	parts := min(e.batch, 8)
	e.side, e.into, e.stride, e.width = side, nil, 0, width
	switch {
	case e.rows != nil:
		e.into, e.stride = e.rows[p.at:], t.params
	case p.shared > 1:
		if p.keepRows == nil {
			p.keepRows = t.values.alloc(e.batch * n)
			clear(p.keepRows)
		}
		e.into, e.stride = p.keepRows, n
	}
	at := t.values.mark()
	e.work = t.values.alloc(parts * width)
	if _, short := o.square(y, side, 0, e.batch, e.work[:width]); !short && e.into == nil {
		e.scratch = t.values.alloc(parts * n)
	}
	y.split(exampleLoop[T]{}, e.batch, parts)
	t.values.release(at)
	return nil
}

type exampleLoop[T vec.Float] struct{}

func (exampleLoop[T]) loop(y *Tensor[T], part, lo, hi int) {
	e, o := &y.tape.ex, y.op.(exampled[T])
	n := len(y.in[e.side].data)
	work := cutMat(e.work, part, e.width)
	for i := lo; i < hi; i++ {
		if e.into != nil {
			o.example(y, e.side, i, e.batch, e.into[i*e.stride:][:n], work)
			continue
		}
		s, ok := o.square(y, e.side, i, e.batch, work)
		if !ok {
			g := cutMat(e.scratch, part, n)
			clear(g)
			o.example(y, e.side, i, e.batch, g, work)
			s = vec.Dot(g, g)
		}
		e.squares[i] += s
	}
}

// perRows returns how many of n rows belong to one of batch examples.
func perRows(n, batch int) (int, error) {
	if n%batch != 0 || n == 0 {
		return 0, fmt.Errorf("%d rows for %d examples: want a multiple", n, batch)
	}
	return n / batch, nil
}

// outerSquare returns |x' d|^2 for x [rows, m] and d [rows, n], by products of rows where
// that is cheaper.
func outerSquare[T vec.Float](rows, m, n int, x, d, work []T) (T, bool) {
	if rows == 1 {
		return vec.Dot(x, x) * vec.Dot(d, d), true
	}
	if len(work) == 0 {
		return 0, false
	}
	p, q := work[:rows*rows], work[rows*rows:]
	gemm1(false, true, rows, rows, m, x, x, 0, p)
	gemm1(false, true, rows, rows, n, d, d, 0, q)
	return vec.Dot(p, q), true
}

// outerWork returns the memory outerSquare needs, 0 if it is not the cheaper way.
func outerWork(rows, m, n int) int {
	if rows == 1 || rows*(m+n) >= m*n {
		return 0
	}
	return 2 * rows * rows
}

func (linearOp[T]) fits(y *Tensor[T], side, batch int) (int, error) {
	l := y.layer(y.in[1])
	_, err := perRows(l.rows, batch)
	switch {
	case err != nil:
		return 0, err
	case side == 0:
		return 0, fmt.Errorf("it is the input: want it as weights or bias")
	case side == 2:
		return l.out, nil
	}
	return outerWork(l.rows/batch, l.in, l.out), nil
}

// span returns the part of x that belongs to example i.
func span[E any](x []E, i, batch int) []E {
	n := len(x) / batch
	return x[i*n : (i+1)*n]
}

func (linearOp[T]) example(y *Tensor[T], side, i, batch int, g, _ []T) {
	l := y.layer(y.in[1])
	if side == 1 {
		l.example(g, span(y.in[0].data, i, batch), span(y.adj, i, batch))
		return
	}
	sumRows(g, span(y.adj, i, batch))
}

// example adds the gradient of the weights for the rows of one example.
func (l layer[T]) example(g, x, dy []T) {
	if l.trans {
		gemm1(true, false, l.out, l.in, len(dy)/l.out, dy, x, 1, g)
	} else {
		gemm1(true, false, l.in, l.out, len(dy)/l.out, x, dy, 1, g)
	}
}

// sumRows adds the rows of dy to g.
func sumRows[T vec.Float](g, dy []T) {
	for at := 0; at < len(dy); at += len(g) {
		add(dy[at:at+len(g)], g)
	}
}

func (linearOp[T]) square(y *Tensor[T], side, i, batch int, work []T) (T, bool) {
	l, dy := y.layer(y.in[1]), span(y.adj, i, batch)
	if side == 1 {
		return outerSquare(len(dy)/l.out, l.in, l.out, span(y.in[0].data, i, batch), dy, work)
	}
	return rowsSquare(dy, work), true
}

// rowsSquare returns the squared norm of the sum of rows as long as work.
func rowsSquare[T vec.Float](dy, work []T) T {
	if len(dy) > len(work) {
		clear(work)
		sumRows(work, dy)
		dy = work
	}
	return vec.Dot(dy, dy)
}

// The weights of a linear layer's tangent have the adjoint of a layer with input dx, their
// velocities that of one with input x.
func (linearTangentOp[T]) fits(z *Tensor[T], side, batch int) (int, error) {
	l := z.layer(z.in[1])
	_, err := perRows(l.rows, batch)
	switch {
	case err != nil:
		return 0, err
	case side == 0 || side == 2:
		return 0, fmt.Errorf("it is the input or its velocity: want it as weights or bias")
	case side == 4:
		return l.out, nil
	}
	return outerWork(l.rows/batch, l.in, l.out), nil
}

func (linearTangentOp[T]) example(z *Tensor[T], side, i, batch int, g, _ []T) {
	dy := span(z.adj, i, batch)
	if side == 4 {
		sumRows(g, dy)
	} else if x := z.in[3-side]; x != nil {
		z.layer(z.in[1]).example(g, span(x.data, i, batch), dy)
	}
}

func (linearTangentOp[T]) square(z *Tensor[T], side, i, batch int, work []T) (T, bool) {
	l, dy := z.layer(z.in[1]), span(z.adj, i, batch)
	if side == 4 {
		return rowsSquare(dy, work), true
	}
	if x := z.in[3-side]; x != nil {
		return outerSquare(len(dy)/l.out, l.in, l.out, span(x.data, i, batch), dy, work)
	}
	return 0, true
}

func (matmulOp[T]) fits(y *Tensor[T], side, batch int) (int, error) {
	p := productOf(y.index)
	if side == 0 || !p.shared || p.transA {
		return 0, fmt.Errorf("want it as the second factor, of 2 axes, of an input that is not transposed")
	}
	rows, err := perRows(p.m, batch)
	return outerWork(max(1, rows), p.k, p.n), err
}

func (matmulOp[T]) example(y *Tensor[T], _, i, batch int, g, _ []T) {
	p := productOf(y.index)
	a, dy := span(y.in[0].data, i, batch), span(y.adj, i, batch)
	if p.transB {
		gemm1(true, false, p.n, p.k, p.m/batch, dy, a, 1, g)
	} else {
		gemm1(true, false, p.k, p.n, p.m/batch, a, dy, 1, g)
	}
}

func (matmulOp[T]) square(y *Tensor[T], _, i, batch int, work []T) (T, bool) {
	p := productOf(y.index)
	return outerSquare(p.m/batch, p.k, p.n, span(y.in[0].data, i, batch), span(y.adj, i, batch), work)
}

func (gatherOp[T]) fits(y *Tensor[T], _, batch int) (int, error) {
	_, err := perRows(len(y.index), batch)
	return 0, err
}

func (gatherOp[T]) example(y *Tensor[T], _, i, batch int, g, _ []T) {
	dy, n := span(y.adj, i, batch), size(y.shape[1:])
	for r, k := range span(y.index, i, batch) {
		add(dy[r*n:(r+1)*n], g[k*n:(k+1)*n])
	}
}

// square sums over pairs of positions with the same row.
func (gatherOp[T]) square(y *Tensor[T], _, i, batch int, _ []T) (s T, _ bool) {
	dy, n := span(y.adj, i, batch), size(y.shape[1:])
	index := span(y.index, i, batch)
	for p, k := range index {
		s += vec.Dot(dy[p*n:(p+1)*n], dy[p*n:(p+1)*n])
		for q, l := range index[:p] {
			if k == l {
				s += 2 * vec.Dot(dy[p*n:(p+1)*n], dy[q*n:(q+1)*n])
			}
		}
	}
	return s, true
}

func (convOp[T]) fits(y *Tensor[T], side, batch int) (int, error) {
	g := y.geom
	_, err := perRows(g.n, batch)
	if err == nil && side == 0 {
		err = fmt.Errorf("it is the input: want it as kernels or bias")
	}
	if side == 2 || g.plain() {
		return 0, err
	}
	return g.columns() + g.padding(), err
}

func (convOp[T]) example(y *Tensor[T], side, i, batch int, dw, work []T) {
	g := y.geom
	p, k, og := g.positions(), g.patch(), g.o/g.groups
	job := convJob[T]{x: y.in[0].data}
	if len(work) > 0 {
		job.col, job.pad = work[:g.columns()], work[g.columns():]
		clear(job.pad)
	}
	per := g.n / batch
	for n := i * per; n < (i+1)*per; n++ {
		dy := cutMat(y.adj, n, g.result())
		if side == 2 {
			for c := range dw {
				dw[c] += vec.Sum(cutMat(dy, c, p))
			}
			continue
		}
		col := job.patches(g, 0, n)
		for j := range g.groups {
			gemm1(false, true, og, k, p, cutMat(dy, j, og*p), cutMat(col, j, k*p), 1, cutMat(dw, j, og*k))
		}
	}
}

func (convOp[T]) square(*Tensor[T], int, int, int, []T) (T, bool) { return 0, false }

func (normOp[T]) fits(y *Tensor[T], side, batch int) (int, error) {
	l := layoutOf(y.index)
	if l.outer > 1 || side == 0 {
		return 0, fmt.Errorf("its statistics mix examples, or it is the input: want gain or bias of LayerNorm or GroupNorm")
	}
	_, err := perRows(l.groups, batch)
	return l.channels * l.inner, err
}

func (normOp[T]) example(y *Tensor[T], side, i, batch int, g, work []T) {
	l := layoutOf(y.index)
	per := l.groups / batch
	for k := i * per; k < (i+1)*per; k++ {
		at, first := l.block(0, k), k%l.period*l.channels
		y.deviations(work, k, at)
		dy := y.adj[at : at+len(work)]
		for c := range l.channels {
			row := cutMat(dy, c, l.inner)
			if side == 1 {
				g[first+c] += vec.Dot(row, cutMat(work, c, l.inner))
			} else {
				g[first+c] += vec.Sum(row)
			}
		}
	}
}

func (normOp[T]) square(*Tensor[T], int, int, int, []T) (T, bool) { return 0, false }

func (pairOp[T]) fits(y *Tensor[T], side, batch int) (int, error) {
	if len(y.shape) == 0 {
		return 0, fmt.Errorf("the result is a scalar: want a first axis of examples")
	}
	if _, err := perRows(y.shape[0], batch); err != nil {
		return 0, err
	}
	p, x := y.in[side], y.in[1-side]
	if len(p.shape) == len(y.shape) && p.shape[0] > 1 || len(x.shape) < len(y.shape) || x.shape[0] != y.shape[0] {
		return 0, fmt.Errorf("shapes %s and %s: want the other operand to run over examples, and the parameter not", list(y.in[0].shape), list(y.in[1].shape))
	}
	return 0, nil
}

func (pairOp[T]) example(y *Tensor[T], side, i, batch int, g, _ []T) {
	shape, other := dimsOf(y.shape), dimsOf(y.in[1-side].shape)
	shape.d[0] /= batch
	other.d[0] /= batch
	x := span(y.in[1-side].data, i, batch)
	p := y.in[side]
	if side == 0 {
		pairReduce(y.index[0], side, g, span(y.adj, i, batch), shape.shape(), p.data, p.shape, x, other.shape())
	} else {
		pairReduce(y.index[0], side, g, span(y.adj, i, batch), shape.shape(), x, other.shape(), p.data, p.shape)
	}
}

func (pairOp[T]) square(*Tensor[T], int, int, int, []T) (T, bool) { return 0, false }
