package grad

import (
	"math"

	"github.com/godescent/descent/vec"
)

// LayerNorm normalizes each row of the last axis to mean 0 and variance 1, then multiplies
// by gain and adds bias, both of the size of a row or nil (Ba, Kiros and Hinton 2016):
// gain (x - mean)/sqrt(variance + eps) + bias.
func LayerNorm[T vec.Float](x, gain, bias *Tensor[T], eps T) *Tensor[T] {
	t := ready("LayerNorm", x, orElse(gain, x), orElse(bias, x))
	if t == nil {
		return none(x)
	}
	if len(x.shape) == 0 {
		return t.fail("LayerNorm", "a scalar: want at least one axis")
	}
	d := x.Dim(-1)
	return normalized("LayerNorm", x, gain, bias, eps, layout{outer: 1, groups: len(x.data) / max(1, d), period: 1, channels: d, inner: 1})
}

// GroupNorm normalizes each of several groups of channels of each example of x [batch,
// channels, ...], then multiplies by gain and adds bias, both [channels] or nil (Wu and He
// 2018). With as many groups as channels it is instance normalization.
func GroupNorm[T vec.Float](x *Tensor[T], groups int, gain, bias *Tensor[T], eps T) *Tensor[T] {
	t := ready("GroupNorm", x, orElse(gain, x), orElse(bias, x))
	if t == nil {
		return none(x)
	}
	if len(x.shape) < 2 || groups < 1 || x.shape[1]%groups != 0 {
		return t.fail("GroupNorm", "input %s in %d groups: want [batch channels ...], with channels a multiple of the groups", list(x.shape), groups)
	}
	return normalized("GroupNorm", x, gain, bias, eps,
		layout{outer: 1, groups: x.shape[0] * groups, period: groups, channels: x.shape[1] / groups, inner: size(x.shape[2:])})
}

// BatchNorm normalizes each channel of x [batch, channels, ...] over the batch and all
// positions, then multiplies by gain and adds bias, both [channels] or nil (Ioffe and Szegedy
// 2015). If mean and variance are not nil, they move by the fraction momentum towards the
// batch's mean and unbiased variance. FixedNorm uses them afterwards.
func BatchNorm[T vec.Float](x, gain, bias *Tensor[T], mean, variance []T, momentum, eps T) *Tensor[T] {
	t := ready("BatchNorm", x, orElse(gain, x), orElse(bias, x))
	if t == nil {
		return none(x)
	}
	if len(x.shape) < 2 {
		return t.fail("BatchNorm", "input %s: want [batch channels ...]", list(x.shape))
	}
	c := x.shape[1]
	if (mean != nil || variance != nil) && (len(mean) != c || len(variance) != c) {
		return t.fail("BatchNorm", "%d running means and %d variances for input %s: want %d each, or nil", len(mean), len(variance), list(x.shape), c)
	}
	l := layout{outer: x.shape[0], groups: c, period: c, channels: 1, inner: size(x.shape[2:])}
	y := normalized("BatchNorm", x, gain, bias, eps, l)
	if t.err == nil && mean != nil && t.replays == 0 {
		n := T(l.size())
		for i := range c {
			v := max(0, 1/(y.keep[2*i+1]*y.keep[2*i+1])-eps) // rounding
			mean[i] += momentum * (y.keep[2*i] - mean[i])
			variance[i] += momentum * (v*n/max(1, n-1) - variance[i])
		}
	}
	return y
}

// FixedNorm is BatchNorm with a given mean and variance of each channel, for predictions.
func FixedNorm[T vec.Float](x, gain, bias *Tensor[T], mean, variance []T, eps T) *Tensor[T] {
	t := ready("FixedNorm", x, orElse(gain, x), orElse(bias, x))
	if t == nil {
		return none(x)
	}
	if len(x.shape) < 2 || len(mean) != x.shape[1] || len(variance) != x.shape[1] {
		return t.fail("FixedNorm", "%d means and %d variances for input %s: want [batch channels ...] and one of each for each channel", len(mean), len(variance), list(x.shape))
	}
	c := x.shape[1]
	scale := t.Fill(0, c)
	if t.err != nil {
		return t.bad
	}
	for i, v := range variance {
		scale.data[i] = T(1 / math.Sqrt(float64(v+eps)))
	}
	y := Mul(Sub(x, channels(t.Input(mean, c), x)), channels(scale, x))
	if gain != nil {
		y = Mul(y, channels(gain, x))
	}
	if bias != nil {
		y = Add(y, channels(bias, x))
	}
	return y
}

// channels gives a vector of channels the axes of x after the first, to broadcast.
func channels[T vec.Float](v, x *Tensor[T]) *Tensor[T] {
	s := dims{n: len(x.shape) - 1}
	fill1(s.shape())
	s.d[0] = x.shape[1]
	return Reshape(v, s.shape()...)
}

// A layout sees a tensor as [outer, groups, channels, inner]. Statistics of a group are over
// the other three; groups repeat their gains with a period.
type layout struct{ outer, groups, period, channels, inner int }

func (l *layout) size() int  { return l.outer * l.channels * l.inner } // of a group
func (l *layout) gains() int { return l.period * l.channels }

// block returns where the elements of a group in one of the outer parts begin; they are
// channels*inner consecutive ones.
func (l *layout) block(o, group int) int { return (o*l.groups + group) * l.channels * l.inner }

func (l *layout) parts() int {
	return max(1, min(l.groups, 16, l.groups*l.size()/grain))
}

func normalized[T vec.Float](name string, x, gain, bias *Tensor[T], eps T, l layout) *Tensor[T] {
	t := x.tape
	if !(eps >= 0) {
		return t.fail(name, "eps = %v: want a number >= 0", eps)
	}
	if l.size() == 0 || l.period == 0 {
		return t.fail(name, "input %s: want at least one element", list(x.shape))
	}
	for _, v := range [...]*Tensor[T]{gain, bias} {
		if v != nil && !(len(v.shape) == 1 && v.shape[0] == l.gains()) {
			return t.fail(name, "gain or bias %s for input %s: want [%d] or nil", list(v.shape), list(x.shape), l.gains())
		}
	}
	y := t.record(normOp[T]{}, x.shape, x, gain, bias)
	y.index = t.ints.alloc(5)
	copy(y.index, []int{l.outer, l.groups, l.period, l.channels, l.inner})
	y.keep, y.a = t.values.alloc(2*l.groups), eps
	if !l.columns() {
		y.split(normForward[T]{}, l.groups, l.parts())
		return y
	}
	at := t.values.mark()
	t.norm = normJob[T]{h: t.values.alloc(normRows * l.groups)}
	y.split(normColumns[T]{}, l.groups, l.parts())
	t.values.release(at)
	return y
}

func layoutOf(x []int) layout { return layout{x[0], x[1], x[2], x[3], x[4]} }

// normOp: with h = (x - mean)/deviation and g = gain dy, dx = (g - mean(g) - h mean(g h))/deviation,
// dgain = sum of dy h, dbias = sum of dy. keep: mean and 1/deviation of each group.
type normOp[T vec.Float] struct{}

func (normOp[T]) name() string { return "Norm" }

type normForward[T vec.Float] struct{}

func (normForward[T]) loop(y *Tensor[T], _, lo, hi int) {
	l, x := layoutOf(y.index), y.in[0].data
	n, run := T(l.size()), l.channels*l.inner
	for g := lo; g < hi; g++ {
		var mean, square T
		for o := range l.outer {
			mean += vec.Sum(x[l.block(o, g):][:run])
		}
		mean /= n
		for o := range l.outer {
			at := l.block(o, g)
			dst := y.data[at : at+run]
			vec.ShiftTo(dst, x[at:at+run], -mean, 1)
			square += vec.Dot(dst, dst)
		}
		r := T(1 / math.Sqrt(float64(square/n+y.a)))
		y.keep[2*g], y.keep[2*g+1] = mean, r
		for o := range l.outer {
			at := l.block(o, g)
			y.scaleGroup(&l, g, r, y.data[at:at+run])
		}
	}
}

// scaleGroup turns deviations from the mean into results.
func (y *Tensor[T]) scaleGroup(l *layout, group int, r T, dst []T) {
	gain, bias := y.in[1], y.in[2]
	if gain == nil && bias == nil {
		vec.Scal(r, dst)
		return
	}
	first := group % l.period * l.channels
	if l.inner == 1 && gain != nil && bias != nil {
		vec.Scal(r, dst)
		vec.MulTo(dst, dst, gain.data[first:first+len(dst)])
		add(bias.data[first:first+len(dst)], dst)
		return
	}
	for c := range l.channels {
		a, b := r, T(0)
		if gain != nil {
			a *= gain.data[first+c]
		}
		if bias != nil {
			b = bias.data[first+c]
		}
		row := cutMat(dst, c, l.inner)
		for i := range row {
			row[i] = a*row[i] + b
		}
	}
}

func (normOp[T]) vjp(y *Tensor[T]) {
	l, t := layoutOf(y.index), y.tape
	x, gain, bias := y.in[0], y.in[1], y.in[2]
	t.norm = normJob[T]{}
	if x.wanted() {
		t.norm.dx = x.toAdd()
	}
	for _, v := range y.in[1:] {
		if v.wanted() {
			v.toAdd()
		}
	}
	at := t.values.mark()
	parts, n := l.parts(), 2*l.gains()
	t.norm.sums = t.values.alloc(parts * n)
	clear(t.norm.sums)
	if l.columns() {
		t.norm.h = t.values.alloc(normRows * l.groups)
		y.split(normColumnsBackward[T]{}, l.groups, parts)
	} else {
		t.norm.h = t.values.alloc(parts * 2 * l.channels * l.inner)
		y.split(normBackward[T]{}, l.groups, parts)
	}
	t.values.release(at)
	for i := range parts { // the memory was given back, but nobody has used it
		sums := cutMat(t.norm.sums, i, n)
		if gain.wanted() {
			add(sums[:n/2], gain.adj)
		}
		if bias.wanted() {
			add(sums[n/2:], bias.adj)
		}
	}
}

// normJob has the operands of the kernel of a normalization's derivative that runs now.
type normJob[T vec.Float] struct {
	dx   []T // nil: not wanted
	sums []T // of dy h and of dy for each gain, for each part
	h    []T // two blocks of a group, for each part, or rows of numbers for each column
}

type normBackward[T vec.Float] struct{}

func (normBackward[T]) loop(y *Tensor[T], part, lo, hi int) {
	l, job := layoutOf(y.index), &y.tape.norm
	n, run := T(l.size()), l.channels*l.inner
	rows := cutMat(job.h, part, 2*run)
	h, g := rows[:run], rows[run:]
	sums := cutMat(job.sums, part, 2*l.gains())
	for k := lo; k < hi; k++ {
		first, r := k%l.period*l.channels, y.keep[2*k+1]
		dgain, dbias := sums[first:first+l.channels], sums[l.gains()+first:][:l.channels]
		var sg, sgh T
		for o := range l.outer {
			at := l.block(o, k)
			y.deviations(h, k, at)
			dy := y.adj[at : at+run]
			if l.inner == 1 {
				vec.MulAdd(dgain, dy, h)
				add(dy, dbias)
			}
			for c := 0; l.inner > 1 && c < l.channels; c++ {
				dgain[c] += vec.Dot(cutMat(dy, c, l.inner), cutMat(h, c, l.inner))
				dbias[c] += vec.Sum(cutMat(dy, c, l.inner))
			}
			y.times(&l, g, dy, first)
			sg += vec.Sum(g)
			sgh += vec.Dot(g, h)
		}
		if job.dx == nil {
			continue
		}
		a, b := sg/n, sgh/n
		for o := range l.outer {
			at := l.block(o, k)
			if l.outer > 1 {
				y.deviations(h, k, at)
				y.times(&l, g, y.adj[at:at+run], first)
			}
			vec.Axpy(-b, h, g)
			vec.ShiftTo(g, g, -a, r)
			add(g, job.dx[at:at+run])
		}
	}
}

// deviations stores (x - mean)/deviation of a block of a group in h.
func (y *Tensor[T]) deviations(h []T, group, at int) {
	mean, r := y.keep[2*group], y.keep[2*group+1]
	vec.ShiftTo(h, y.in[0].data[at:at+len(h)], -mean, r)
}

// times stores gain dy in g.
func (y *Tensor[T]) times(l *layout, g, dy []T, first int) {
	gain := y.in[1]
	switch {
	case gain == nil:
		copy(g, dy)
	case l.inner == 1:
		vec.MulTo(g, gain.data[first:first+len(g)], dy)
	default:
		for c := range l.channels {
			a, row := gain.data[first+c], cutMat(g, c, l.inner)
			for i, v := range cutMat(dy, c, l.inner) {
				row[i] = a * v
			}
		}
	}
}

func (normOp[T]) jvp(y *Tensor[T]) *Tensor[T] {
	l := layoutOf(y.index)
	dx, dgain, dbias := y.in[0].tangent(), y.in[1].tangent(), y.in[2].tangent()
	if dx != nil && l.outer*l.period*l.inner == 1 {
		return normTangent(y, dx, dgain, dbias)
	}
	return normFormula(y, dx, dgain, dbias)
}

// normFormula records the tangent of y, or of what has its first two operands and keeps the
// same: with r = 1/deviation, dh = r (dx - mean(dx) - h mean(h dx)).
func normFormula[T vec.Float](y, dx, dg, db *Tensor[T]) *Tensor[T] {
	t, l := y.tape, layoutOf(y.index)
	view := dims{5, [maxRank]int{l.outer, l.groups / l.period, l.period, l.channels, l.inner}}
	axes := []int{0, 3, 4}
	x, gain := y.in[0], y.in[1]
	h := Reshape(normalized("Norm", x, nil, nil, y.a, l), view.shape()...)
	var d *Tensor[T]
	if dx != nil {
		dx = Reshape(dx, view.shape()...)
		d = Sub(Sub(dx, meanKeep("Norm", dx, axes)), Mul(h, meanKeep("Norm", Mul(h, dx), axes)))
		d = Mul(d, y.rate())
		if gain != nil {
			d = Mul(d, Reshape(gain, l.period, l.channels, 1))
		}
	}
	if dg != nil {
		d = plus(d, Mul(h, Reshape(dg, l.period, l.channels, 1)))
	}
	if db != nil {
		db = Reshape(db, l.period, l.channels, 1)
		if d == nil {
			d = BroadcastTo(db, view.shape()...)
		} else {
			d = Add(d, db)
		}
	}
	if t.err != nil {
		return t.bad
	}
	return Reshape(d, y.shape...)
}

// rate records 1/deviation of the groups of a normalization, to broadcast.
func (y *Tensor[T]) rate() *Tensor[T] {
	t, l := y.tape, layoutOf(y.index)
	if t.err != nil {
		return t.bad
	}
	shape := dims{5, [maxRank]int{1, l.groups / l.period, l.period, 1, 1}}
	r := t.record(rateOp[T]{}, shape.shape(), y.in[0])
	r.index, r.keep, r.a = y.index, y.keep, y.a
	for g := range r.data {
		r.data[g] = y.keep[2*g+1]
	}
	return r
}

// rateOp: with n elements in a group, dx = -r^2 h/n dr. keep: as of normOp.
type rateOp[T vec.Float] struct{}

func (rateOp[T]) name() string { return "Norm" }

func (rateOp[T]) vjp(r *Tensor[T]) {
	l, dx := layoutOf(r.index), r.in[0].toAdd()
	run := l.channels * l.inner
	for g, dr := range r.adj {
		mean, rate := r.keep[2*g], r.keep[2*g+1]
		a := -dr * rate * rate * rate / T(l.size())
		for o := range l.outer {
			at := l.block(o, g)
			x := r.in[0].data[at : at+run]
			for i, v := range x {
				dx[at+i] += a * (v - mean)
			}
		}
	}
}

func (rateOp[T]) jvp(r *Tensor[T]) *Tensor[T] {
	l := layoutOf(r.index)
	view := dims{5, [maxRank]int{l.outer, l.groups / l.period, l.period, l.channels, l.inner}}
	h := Reshape(normalized("Norm", r.in[0], nil, nil, r.a, l), view.shape()...)
	dx := Reshape(r.in[0].tangent(), view.shape()...)
	return Neg(Mul(Square(r), meanKeep("Norm", Mul(h, dx), []int{0, 3, 4})))
}
