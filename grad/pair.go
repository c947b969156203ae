package grad

import "github.com/godescent/descent/vec"

// Add returns a + b, elementwise with broadcasting by NumPy's rules.
func Add[T vec.Float](a, b *Tensor[T]) *Tensor[T] { return paired("Add", addPair, a, b) }

// Sub returns a - b, elementwise with broadcasting.
func Sub[T vec.Float](a, b *Tensor[T]) *Tensor[T] { return paired("Sub", subPair, a, b) }

// Mul returns a * b, elementwise with broadcasting.
func Mul[T vec.Float](a, b *Tensor[T]) *Tensor[T] { return paired("Mul", mulPair, a, b) }

// Div returns a / b, elementwise with broadcasting.
func Div[T vec.Float](a, b *Tensor[T]) *Tensor[T] { return paired("Div", divPair, a, b) }

// Maximum returns the larger of a and b, elementwise with broadcasting. Where they are
// equal, each has half of the derivative.
func Maximum[T vec.Float](a, b *Tensor[T]) *Tensor[T] { return paired("Maximum", maxPair, a, b) }

// Minimum returns the smaller of a and b, elementwise with broadcasting. Where they are
// equal, each has half of the derivative.
func Minimum[T vec.Float](a, b *Tensor[T]) *Tensor[T] { return paired("Minimum", minPair, a, b) }

const (
	addPair = iota
	subPair
	mulPair
	divPair
	maxPair
	minPair
)

var pairNames = [...]string{"Add", "Sub", "Mul", "Div", "Maximum", "Minimum"}

// paired records an elementwise function of two tensors; index[0] of the result is its kind.
func paired[T vec.Float](name string, kind int, a, b *Tensor[T]) *Tensor[T] {
	t := ready(name, a, b)
	if t == nil {
		return none(a, b)
	}
	shape, ok := broadcast(a.shape, b.shape)
	if !ok {
		return t.fail(name, "shapes %s and %s do not broadcast: want, from the last axis on, equal sizes or 1", list(a.shape), list(b.shape))
	}
	y := t.record(pairOp[T]{}, shape.shape(), a, b)
	y.index = t.ints.alloc(1)
	y.index[0] = kind
	if len(a.data) == len(y.data) && len(b.data) == len(y.data) {
		y.each(pairForward[T]{}, len(y.data))
		return y
	}
	var fa, fb [256]T
	for r := runsOf(y.shape, a.shape, b.shape); r.next(); {
		for lo := 0; lo < r.len; lo += len(fa) {
			n := min(len(fa), r.len-lo)
			pairEval(kind, y.data[r.y+lo:r.y+lo+n], stretch(fa[:n], a.data, r.a, r.da, lo), stretch(fb[:n], b.data, r.b, r.db, lo))
		}
	}
	return y
}

// stretch returns the elements lo, lo+1, ... of a run that begins at x[at], by way of buf if
// they are one repeated number.
func stretch[T vec.Float](buf, x []T, at, step, lo int) []T {
	if step == 1 {
		return x[at+lo : at+lo+len(buf)]
	}
	if lo == 0 {
		vec.Fill(buf, x[at])
	}
	return buf
}

type pairForward[T vec.Float] struct{}

func (pairForward[T]) loop(y *Tensor[T], _, lo, hi int) {
	pairEval(y.index[0], y.data[lo:hi], y.in[0].data[lo:hi], y.in[1].data[lo:hi])
}

// pairEval: y = f(a, b).
func pairEval[T vec.Float](kind int, y, a, b []T) {
	a, b = a[:len(y)], b[:len(y)]
	switch kind {
	case addPair:
		vec.AxpyTo(y, 1, a, b)
	case subPair:
		vec.AxpyTo(y, -1, b, a)
	case mulPair:
		vec.MulTo(y, a, b)
	case divPair:
		for i := range y {
			y[i] = a[i] / b[i]
		}
	case maxPair:
		for i := range y {
			y[i] = max(a[i], b[i])
		}
	case minPair:
		for i := range y {
			y[i] = min(a[i], b[i])
		}
	}
}

// pairSlope: g = dy * df/da (side 0) or df/db (side 1); g may alias dy.
func pairSlope[T vec.Float](kind, side int, g, dy, a, b []T) {
	dy, a, b = dy[:len(g)], a[:len(g)], b[:len(g)]
	switch kind {
	case addPair:
		copy(g, dy)
	case subPair:
		if side == 0 {
			copy(g, dy)
			return
		}
		for i := range g {
			g[i] = -dy[i]
		}
	case mulPair:
		if side == 0 {
			a = b
		}
		vec.MulTo(g, dy, a)
	case divPair:
		if side == 0 {
			for i := range g {
				g[i] = dy[i] / b[i]
			}
			return
		}
		for i := range g {
			g[i] = -dy[i] / b[i] * (a[i] / b[i]) // b^2 may be too large or too small
		}
	case maxPair, minPair:
		if side == 1 {
			a, b = b, a
		}
		if kind == minPair {
			a, b = b, a
		}
		for i := range g { // all of it to the larger one, which is a on its side
			switch {
			case a[i] < b[i]:
				g[i] = 0
			case a[i] == b[i]:
				g[i] = dy[i] / 2
			default:
				g[i] = dy[i]
			}
		}
	}
}

// pairOp: da = df/da * dy and db = df/db * dy, summed over the axes that were repeated.
type pairOp[T vec.Float] struct{}

func (pairOp[T]) name() string { return "Pair" }

func (pairOp[T]) vjp(y *Tensor[T]) {
	for side, x := range y.in {
		if x.wanted() && len(x.data) != len(y.data) {
			reducedSlope(y, side)
		}
	}
	if len(y.data) == 0 {
		return
	}
	a, b := y.in[0], y.in[1]
	wantA := a.wanted() && len(a.data) == len(y.data)
	wantB := b.wanted() && len(b.data) == len(y.data)
	if wantA {
		g := y.adj
		if wantB {
			g = y.tape.values.alloc(len(y.data))
		}
		y.sameSlope(0, g)
		a.give(g)
	}
	if wantB {
		y.sameSlope(1, y.adj)
		b.give(y.adj)
	}
}

// sameSlope: g = dy * df for an operand that is as large as the result.
func (y *Tensor[T]) sameSlope(side int, g []T) {
	a, b, kind := y.in[0], y.in[1], y.index[0]
	switch {
	case len(a.data) == len(b.data):
		y.keep, y.b = g, T(side)
		y.each(pairBackward[T]{}, len(g))
		y.keep = nil
	case kind == addPair || kind == subPair && side == 0:
		if &g[0] != &y.adj[0] {
			copy(g, y.adj)
		}
	default:
		var fa, fb [256]T
		for r := runsOf(y.shape, a.shape, b.shape); r.next(); {
			for lo := 0; lo < r.len; lo += len(fa) {
				n := min(len(fa), r.len-lo)
				at := r.y + lo
				pairSlope(kind, side, g[at:at+n], y.adj[at:at+n], stretch(fa[:n], a.data, r.a, r.da, lo), stretch(fb[:n], b.data, r.b, r.db, lo))
			}
		}
	}
}

type pairBackward[T vec.Float] struct{}

func (pairBackward[T]) loop(y *Tensor[T], _, lo, hi int) {
	if y.index[0] == addPair && &y.keep[0] == &y.adj[0] {
		return
	}
	pairSlope(y.index[0], int(y.b), y.keep[lo:hi], y.adj[lo:hi], y.in[0].data[lo:hi], y.in[1].data[lo:hi])
}

// reducedSlope adds to the adjoint of an operand that was repeated.
func reducedSlope[T vec.Float](y *Tensor[T], side int) {
	a, b := y.in[0], y.in[1]
	pairReduce(y.index[0], side, y.in[side].toAdd(), y.adj, y.shape, a.data, a.shape, b.data, b.shape)
}

// pairReduce adds to dst the derivatives with respect to an operand, summed over the axes in
// which it was repeated.
func pairReduce[T vec.Float](kind, side int, dst, dy []T, shape []int, a []T, as []int, b []T, bs []int) {
	var fa, fb, g [256]T
	for r := runsOf(shape, as, bs); r.next(); {
		at, step := r.a, r.da
		if side == 1 {
			at, step = r.b, r.db
		}
		for lo := 0; lo < r.len; lo += len(g) {
			n := min(len(g), r.len-lo)
			d := dy[r.y+lo : r.y+lo+n]
			pairSlope(kind, side, g[:n], d, stretch(fa[:n], a, r.a, r.da, lo), stretch(fb[:n], b, r.b, r.db, lo))
			if step == 1 {
				add(g[:n], dst[at+lo:at+lo+n])
			} else {
				dst[at] += vec.Sum(g[:n])
			}
		}
	}
}

func (pairOp[T]) jvp(y *Tensor[T]) *Tensor[T] {
	a, b, kind := y.in[0], y.in[1], y.index[0]
	da, db := a.tangent(), b.tangent()
	switch kind {
	case addPair, subPair:
		return spread(y, da, db, kind == subPair)
	case mulPair:
		return plus(timesIf(da, b), timesIf(a, db))
	case divPair: // (da - y db)/b
		switch {
		case db == nil:
			return Div(da, b)
		case da == nil:
			return Neg(Div(Mul(y, db), b))
		}
		return Div(Sub(da, Mul(y, db)), b)
	}
	return plus(timesIf(da, partial(y, 0)), timesIf(partial(y, 1), db))
}

// timesIf returns a b, nil if one is nil.
func timesIf[T vec.Float](a, b *Tensor[T]) *Tensor[T] {
	if a == nil || b == nil {
		return nil
	}
	return Mul(a, b)
}

// spread returns da + db or da - db in the shape of y; nil is zero.
func spread[T vec.Float](y, da, db *Tensor[T], minus bool) *Tensor[T] {
	switch {
	case db == nil:
		return BroadcastTo(da, y.shape...)
	case da != nil && minus:
		return Sub(da, db)
	case da != nil:
		return Add(da, db)
	case minus:
		db = Neg(db)
	}
	return BroadcastTo(db, y.shape...)
}

// partial records df/da or df/db of a function with piecewise constant derivatives.
func partial[T vec.Float](y *Tensor[T], side int) *Tensor[T] {
	c := constant(y)
	if y.tape.err != nil {
		return c
	}
	vec.Fill(c.data, 1)
	a, b := y.in[0], y.in[1]
	var fa, fb [256]T
	for r := runsOf(y.shape, a.shape, b.shape); r.next(); {
		for lo := 0; lo < r.len; lo += len(fa) {
			n := min(len(fa), r.len-lo)
			g := c.data[r.y+lo : r.y+lo+n]
			pairSlope(y.index[0], side, g, g, stretch(fa[:n], a.data, r.a, r.da, lo), stretch(fb[:n], b.data, r.b, r.db, lo))
		}
	}
	return c
}
