package glm

import (
	"math"

	"github.com/godescent/descent/vec"
)

// Keep has a least-squares model keep products of its columns from one problem to the next
// of those that share its data (WithPenalty), and returns m. With many more samples than
// columns, of which there are at most 1000, these are all second moments of the data, at
// once: then value, gradient, gap and Hessian cost O(d) for each coefficient that is not
// zero, whatever n is. Else they are the products of the columns that blocks of the Hessian
// have asked for, on at most 128 MB. Other models are left as they are.
//
// The last bits of an answer then depend on what was asked before, so a run on such a model
// is not to be resumed from a checkpoint.
func (m *Model) Keep() *Model {
	if !m.Quadratic() || m.k > 1 {
		return m
	}
	if m.d <= mostMoments && m.n >= 2*m.d {
		if s := m.secondMoments(); s != nil {
			m.moments = newMoments(s)
			return m
		}
	}
	m.kept = newProducts(m.d)
	return m
}

// Kept reports whether the model keeps products of its columns.
func (m *Model) Kept() bool { return m.kept != nil || m.moments != nil }

const (
	mostMoments = 1000
	mostKept    = 4096 // columns
)

// products are the inner products of pairs of columns, weighted by the samples.
type products struct {
	cols []int32 // which, in the order of their arrival
	slot []int32 // where a column is in cols, from 1; 0 for nowhere
	g    []float64
	ld   int // length of the rows of g
}

func newProducts(d int) *products { return &products{slot: make([]int32, d)} }

// productsOf returns the products of the picked columns: that of picked[p] and picked[q] is
// g[slots[p]*ld+slots[q]].
func (m *Model) productsOf(picked []int32) (g []float64, ld int, slots []int) {
	slots = m.slots[:0]
	if k := m.kept; k != nil && len(picked) <= mostKept {
		k.add(picked, m.columns(), m.curve)
		for _, j := range picked {
			slots = append(slots, int(k.slot[j])-1)
		}
		m.slots = slots
		return k.g, k.ld, slots
	}
	v := len(picked)
	if cap(m.small) < v*v {
		m.small = make([]float64, v*v+v*v/4)
	}
	g = m.small[:v*v]
	m.columns().gram(g, v, picked, 0, m.curve)
	for p := range picked {
		slots = append(slots, p)
	}
	m.slots = slots
	return g, v, slots
}

func (k *products) reset() {
	k.cols = k.cols[:0]
	clear(k.slot)
}

// add computes the products that are missing. When there is no room it begins anew.
func (k *products) add(picked []int32, c *columns, w []float64) {
	missing := func() (n int) {
		for _, j := range picked {
			if k.slot[j] == 0 {
				n++
			}
		}
		return n
	}
	n := missing()
	if n == 0 {
		return
	}
	if len(k.cols)+n > mostKept {
		k.reset()
		n = len(picked)
	}
	from := len(k.cols)
	if from+n > k.ld {
		ld := min(mostKept, max(64, 2*k.ld, from+n))
		g := make([]float64, ld*ld)
		for a := range from {
			copy(g[a*ld:], k.g[a*k.ld:a*k.ld+from])
		}
		k.g, k.ld = g, ld
	}
	for _, j := range picked {
		if k.slot[j] == 0 {
			k.cols = append(k.cols, j)
			k.slot[j] = int32(len(k.cols))
		}
	}
	c.gram(k.g, k.ld, k.cols, from, w)
}

// second are the weighted second moments of the scaled columns and the targets. With an
// intercept they are taken about the means, so that little cancels.
type second struct {
	d, dim int
	c      []float64 // of the columns, d x d
	cross  []float64 // of the columns with the target
	mean   []float64 // of the columns, zeros without intercept
	y      float64   // mean of the target, 0 without intercept
	ss     float64   // second moment of the target
}

// secondMoments returns nil where the means of some column are so large that its variance
// would lose more than six digits.
func (m *Model) secondMoments() *second {
	d, inv := m.d, 1/float64(m.n)
	s := &second{d: d, dim: m.Dim(), c: make([]float64, d*d), cross: make([]float64, d), mean: make([]float64, d)}
	w := m.zv[:m.n]
	for i := range w {
		w[i] = m.weight(i)
	}
	m.x.Gram(s.c, w)
	if m.spec.Intercept {
		m.x.MulVecT(s.mean, w)
		vec.Scal(inv, s.mean)
		s.y = vec.Dot(w, m.y) * inv
	}
	for i, v := range m.y {
		s.ss += w[i] * (v - s.y) * (v - s.y) * inv
		w[i] *= v - s.y
	}
	m.x.MulVecT(s.cross, w)
	sum := vec.Sum(w) // 0 up to rounding with an intercept
	if !m.spec.Intercept {
		sum = 0
	}
	for j := range d {
		s.cross[j] = m.mulAt(j) * (s.cross[j] - s.mean[j]*sum) * inv
	}
	for j := range d {
		raw := s.c[j*d+j] * inv
		switch v := raw - s.mean[j]*s.mean[j]; {
		case v <= 1e-14*raw: // a constant column
			for i := range d {
				s.c[j*d+i], s.c[i*d+j] = float64(m.n)*s.mean[i]*s.mean[j], float64(m.n)*s.mean[i]*s.mean[j]
			}
			s.cross[j] = 0
		case v < 1e-6*raw:
			return nil
		}
	}
	for i := range d {
		for j := range d {
			s.c[i*d+j] = (s.c[i*d+j]*inv - s.mean[i]*s.mean[j]) * (m.mulAt(i) * m.mulAt(j))
		}
	}
	for j := range d {
		if m.mid != nil {
			s.mean[j] -= m.mid[j]
		}
		s.mean[j] *= m.mulAt(j)
	}
	return s
}

// moments answer for a least-squares model without a look at its samples. They remember
// their last x.
type moments struct {
	*second
	at     []float64
	valid  bool
	exact  bool // whether they answer at all there: not where nearly all of the sums cancels
	cw     []float64
	grad   []float64 // of the mean of the losses
	v, off float64   // variance and mean of the residuals; without intercept their mean square and 0
	square float64   // |w|^2
}

func newMoments(s *second) *moments {
	return &moments{second: s, at: make([]float64, s.dim), cw: make([]float64, s.d), grad: make([]float64, s.dim)}
}

// value is the mean of the losses.
func (m *moments) value() float64 { return (m.v + m.off*m.off) / 2 }

// summarize makes the moments valid at x and reports whether the model has any, and they
// keep ten digits of the variance of the residuals.
func (m *Model) summarize(x []float64) bool {
	if m.moments == nil {
		return false
	}
	s := m.moments
	if s.valid && same(s.at, x) {
		return s.exact
	}
	copy(s.at, x)
	s.valid = true
	d, w := s.d, x[:s.d]
	clear(s.cw)
	size := 0.0 // bounds |w|'|C||w|
	s.off = -s.y
	for j, v := range w {
		if v != 0 {
			vec.Axpy(v, s.c[j*d:(j+1)*d], s.cw)
			s.off += s.mean[j] * v
			size += math.Abs(v) * math.Sqrt(max(0, s.c[j*d+j]))
		}
	}
	s.square = vec.Dot(w, w)
	s.v = vec.Dot(w, s.cw) - 2*vec.Dot(w, s.cross) + s.ss
	s.exact = s.v > 1e-5*(size*size+s.ss)
	if m.spec.Intercept {
		s.off += x[d]
		s.grad[d] = s.off
	}
	for j := range s.cw {
		s.grad[j] = s.cw[j] - s.cross[j] + s.mean[j]*s.off
	}
	return s.exact
}

// Summarized reports whether the model answers from second moments of the data: see Keep.
func (m *Model) Summarized() bool { return m.moments != nil }

// block stores the rows and columns idx of the Hessian of the mean of the losses in h.
func (s *second) block(h []float64, idx []int) {
	w := len(idx)
	for a, i := range idx {
		for b, j := range idx {
			switch {
			case i < s.d && j < s.d:
				h[a*w+b] = s.c[i*s.d+j] + s.mean[i]*s.mean[j]
			case i < s.d:
				h[a*w+b] = s.mean[i]
			case j < s.d:
				h[a*w+b] = s.mean[j]
			default:
				h[a*w+b] = 1
			}
		}
	}
}

// summaryGap stores X'^T dual / n in m.q, shrunk into the domain of the conjugate, and
// returns what Fenchel's inequality loses in the losses. With r the residuals and off their
// mean the dual point is a (r - off), and the loss is the mean of (r - a (r - off))^2 / 2.
func (m *Model) summaryGap(s *moments) float64 {
	clear(m.q)
	for j := range s.cw {
		m.q[j] = s.cw[j] - s.cross[j]
	}
	a := m.shrinkage()
	vec.Scal(a, m.q)
	return ((1-a)*(1-a)*s.v + s.off*s.off) / 2
}
