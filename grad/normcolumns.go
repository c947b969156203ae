package grad

import (
	"math"

	"github.com/godescent/descent/vec"
)

// columns reports whether the groups are the columns of a matrix, as those of a batch
// normalization without positions: then the loops go along rows.
func (l *layout) columns() bool { return l.channels*l.inner == 1 && l.outer > 1 }

// normRows is how many rows of numbers for each column the loops over columns need.
const normRows = 6

type normColumns[T vec.Float] struct{}

func (normColumns[T]) loop(y *Tensor[T], _, lo, hi int) {
	l, gain, bias := layoutOf(y.index), y.in[1], y.in[2]
	mean, scale := y.tape.norm.row(0, lo, hi), y.tape.norm.row(1, lo, hi)
	row := func(x []T, o int) []T { return cutMat(x, o, l.groups)[lo:hi] }
	n := T(l.outer)
	clear(mean)
	clear(scale)
	for o := range l.outer {
		add(row(y.in[0].data, o), mean)
	}
	vec.Scal(1/n, mean)
	for o := range l.outer {
		dst := row(y.data, o)
		vec.AxpyTo(dst, -1, mean, row(y.in[0].data, o))
		vec.MulAdd(scale, dst, dst)
	}
	for i := range mean {
		r := T(1 / math.Sqrt(float64(scale[i]/n+y.a)))
		y.keep[2*(lo+i)], y.keep[2*(lo+i)+1], scale[i] = mean[i], r, r
	}
	if gain != nil {
		vec.MulTo(scale, scale, gain.data[lo:hi])
	}
	for o := range l.outer {
		dst := row(y.data, o)
		vec.MulTo(dst, dst, scale)
		if bias != nil {
			add(bias.data[lo:hi], dst)
		}
	}
}

type normColumnsBackward[T vec.Float] struct{}

func (normColumnsBackward[T]) loop(y *Tensor[T], part, lo, hi int) {
	l, job, gain := layoutOf(y.index), &y.tape.norm, y.in[1]
	mean, rate := job.row(0, lo, hi), job.row(1, lo, hi)
	h, g := job.row(2, lo, hi), job.row(3, lo, hi)
	row := func(x []T, o int) []T { return cutMat(x, o, l.groups)[lo:hi] }
	for i := range mean {
		mean[i], rate[i] = y.keep[2*(lo+i)], y.keep[2*(lo+i)+1]
	}
	deviations := func(o int) {
		vec.AxpyTo(h, -1, mean, row(y.in[0].data, o))
		vec.MulTo(h, h, rate)
	}
	sums := cutMat(job.sums, part, 2*l.groups)
	dgain, dbias := sums[lo:hi], sums[l.groups+lo:l.groups+hi]
	for o := range l.outer {
		deviations(o)
		vec.MulAdd(dgain, row(y.adj, o), h)
		add(row(y.adj, o), dbias)
	}
	if job.dx == nil {
		return
	}
	scale, slope := job.row(4, lo, hi), job.row(5, lo, hi) // of dy, and of h
	copy(scale, rate)
	if gain != nil {
		vec.MulTo(scale, scale, gain.data[lo:hi])
	}
	vec.MulTo(slope, scale, dgain)
	vec.Scal(-1/T(l.outer), slope)
	for o := range l.outer {
		deviations(o)
		vec.ShiftTo(g, dbias, 0, -1/T(l.outer))
		add(row(y.adj, o), g)
		vec.MulTo(g, g, scale)
		vec.MulAdd(g, h, slope)
		add(g, row(job.dx, o))
	}
}

// row returns the part [lo, hi) of a row of numbers for each column.
func (j *normJob[T]) row(i, lo, hi int) []T { return cutMat(j.h, i, len(j.h)/normRows)[lo:hi] }
