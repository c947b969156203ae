package grad

import "github.com/godescent/descent/vec"

// normTangentOp is the tangent of a normalization of rows by its operands x and gain with the
// velocities dx, dgain and dbias, of which dx is not nil: with r = 1/deviation, dh = r (dx -
// mean(dx) - h mean(h dx)), it is gain dh + dgain h + dbias. keep, index and a: as of normOp.
//
// With the adjoint g, u = gain g and w = dgain g - r (mean(h dx) u + mean(h u) dx), that of x
// is r (w - mean(w) - h (mean(h w) + mean(u dh))), of gain g dh, of dx r (u - mean(u) -
// h mean(h u)), of dgain g h, of dbias g.
type normTangentOp[T vec.Float] struct{}

func (normTangentOp[T]) name() string { return "Norm'" }

// normTangent records the tangent of y.
func normTangent[T vec.Float](y, dx, dgain, dbias *Tensor[T]) *Tensor[T] {
	t := y.tape
	if t.err != nil {
		return t.bad
	}
	z := t.record(normTangentOp[T]{}, y.shape, y.in[0], y.in[1], dx, dgain, dbias)
	z.index, z.keep, z.a = y.index, y.keep, y.a
	l := layoutOf(z.index)
	z.withRows(normTangentForward[T]{}, &l, 0)
	return z
}

// withRows runs a loop over groups, with memory for 4 rows and some sums in each part.
func (z *Tensor[T]) withRows(k kernel[T], l *layout, sums int) {
	t, parts := z.tape, l.parts()
	at := t.values.mark()
	t.norm.sums = t.values.alloc(parts * sums)
	clear(t.norm.sums)
	t.norm.h = t.values.alloc(parts * 4 * l.channels)
	z.split(k, l.groups, parts)
	t.values.release(at)
}

// rowTangent stores h and dh of a row, and returns mean(h dx).
func (z *Tensor[T]) rowTangent(k int, h, dh []T) T {
	dx, r := cutMat(z.in[2].data, k, len(h)), z.keep[2*k+1]
	z.deviations(h, k, k*len(h))
	n := T(len(h))
	m := vec.Dot(h, dx) / n
	vec.AxpyTo(dh, -m, h, dx)
	vec.ShiftTo(dh, dh, -vec.Sum(dx)/n, r)
	return m
}

type normTangentForward[T vec.Float] struct{}

func (normTangentForward[T]) loop(z *Tensor[T], part, lo, hi int) {
	d := z.Dim(-1)
	h, gain, dgain, dbias := z.tape.norm.rows(part, d)[:d], z.in[1], z.in[3], z.in[4]
	for k := lo; k < hi; k++ {
		dst := cutMat(z.data, k, d)
		z.rowTangent(k, h, dst)
		if gain != nil {
			vec.MulTo(dst, dst, gain.data)
		}
		if dgain != nil {
			vec.MulAdd(dst, h, dgain.data)
		}
		if dbias != nil {
			add(dbias.data, dst)
		}
	}
}

// rows returns the 4 rows of a part.
func (j *normJob[T]) rows(part, d int) []T { return cutMat(j.h, part, 4*d) }

func (normTangentOp[T]) vjp(z *Tensor[T]) {
	l, t := layoutOf(z.index), z.tape
	t.norm = normJob[T]{}
	for _, v := range z.in {
		if v.wanted() {
			v.toAdd()
		}
	}
	d := l.channels
	z.withRows(normTangentBackward[T]{}, &l, 3*d)
	for part := range l.parts() { // the memory was given back, but nobody has used it
		sums := cutMat(t.norm.sums, part, 3*d)
		for i, v := range []*Tensor[T]{z.in[1], z.in[3], z.in[4]} {
			if v.wanted() {
				add(cutMat(sums, i, d), v.adj)
			}
		}
	}
}

type normTangentBackward[T vec.Float] struct{}

func (normTangentBackward[T]) loop(z *Tensor[T], part, lo, hi int) {
	d, job := z.Dim(-1), &z.tape.norm
	rows, sums := job.rows(part, d), cutMat(job.sums, part, 3*d)
	h, dh, u, w := cutMat(rows, 0, d), cutMat(rows, 1, d), cutMat(rows, 2, d), cutMat(rows, 3, d)
	x, gain, dx, dgain := z.in[0], z.in[1], z.in[2], z.in[3]
	n := T(d)
	for k := lo; k < hi; k++ {
		g, r := cutMat(z.adj, k, d), z.keep[2*k+1]
		m := z.rowTangent(k, h, dh)
		vec.MulAdd(cutMat(sums, 0, d), g, dh)
		vec.MulAdd(cutMat(sums, 1, d), g, h)
		add(g, cutMat(sums, 2, d))
		copy(u, g)
		if gain != nil {
			vec.MulTo(u, u, gain.data)
		}
		s := vec.Dot(h, u) / n
		if dx.wanted() {
			vec.AxpyTo(w, -s, h, u)
			vec.ShiftTo(w, w, -vec.Sum(u)/n, r)
			add(w, cutMat(dx.adj, k, d))
		}
		if !x.wanted() {
			continue
		}
		vec.ShiftTo(w, u, 0, -r*m)
		vec.Axpy(-r*s, cutMat(dx.data, k, d), w)
		if dgain != nil {
			vec.MulAdd(w, g, dgain.data)
		}
		mean := vec.Sum(w) / n
		vec.Axpy(-(vec.Dot(h, w)+vec.Dot(u, dh))/n, h, w)
		vec.ShiftTo(w, w, -mean, r)
		add(w, cutMat(x.adj, k, d))
	}
}

func (normTangentOp[T]) jvp(z *Tensor[T]) *Tensor[T] {
	first := z.tape.n
	return z.tape.tangents(first, normFormula(z, z.in[2], z.in[3], z.in[4]))
}
