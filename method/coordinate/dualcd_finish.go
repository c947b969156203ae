package coordinate

import (
	"math"

	"github.com/godescent/descent/linalg"
	"github.com/godescent/descent/prox"
)

// DualBoxes is the oracle of losses whose conjugates are quadratics on intervals:
//
//	phi_i*(s) = slope s + (curve/2) s^2 for s in [lo, up], +Inf elsewhere.
//
// ok is false where they are not.
type DualBoxes interface {
	DualBox(i int) (lo, up, slope, curve float64, ok bool)
}

// finisher minimizes the dual over a set of samples as a quadratic program in a box, with
// the model of prox-newton.
type finisher struct {
	box          prox.Box
	h            prox.Piecewise // box
	slope, curve []float64      // of the conjugates
	g            []float64
	set          []int
	cols         []int32
	byRow        *linalg.CSC // the transpose of sparse rows
	model        model
	free         freeModel
}

// newFinisher returns nil if the loss is not of the kind or the rows are too many to look
// for a set that is worth it.
func newFinisher(f DualTerms, r *rows) *finisher {
	o, ok := f.(DualBoxes)
	if !ok {
		return nil
	}
	n := f.Terms()
	s := &finisher{box: prox.Box{Lower: make([]float64, n), Upper: make([]float64, n)}, slope: make([]float64, n), curve: make([]float64, n), g: make([]float64, n)}
	for i := range n {
		var ok bool
		if s.box.Lower[i], s.box.Upper[i], s.slope[i], s.curve[i], ok = o.DualBox(i); !ok {
			return nil
		}
	}
	s.h = s.box
	s.set, s.cols = make([]int, 0, n), make([]int32, 0, n)
	s.model.reserve(min(n, 128))
	if a := r.sparse; a != nil {
		s.byRow = &linalg.CSC{Rows: a.Cols, Cols: a.Rows, Ptr: a.Ptr, Idx: a.Idx, Val: a.Val}
	}
	return s
}

// mostFinish is the largest set: beyond it, or beyond fewFinish and sqrt(pays n), epochs are
// cheaper.
const mostFinish, fewFinish, pays = 2000, 200, 30

// early is after how many epochs a finish is tried, again and again while it can be, and
// half as often as epochs double where it cannot.
const early = 2

// finish maximizes D over the samples whose t_i is inside of its interval or should be.
func (s *dualCDRun) finish() {
	f, n := s.end, float64(len(s.T))
	f.set, f.cols = f.set[:0], f.cols[:0]
	worst := 0.0
	for i, t := range s.T {
		z := s.dot(i, s.X)
		if s.bias > 0 {
			z += s.B
		}
		c := s.weight(i) / n
		f.g[i] = c * (f.slope[i] + f.curve[i]*t - z)
		d := f.box.DistAt(i, t, f.g[i])
		worst = max(worst, d)
		if (d > 0 || t > f.box.Lower[i] && t < f.box.Upper[i]) && c > 0 {
			f.set, f.cols = append(f.set, i), append(f.cols, int32(i))
		}
	}
	w := len(f.set)
	s.p.CountTerms(len(s.T))
	s.Next = s.Epoch + early
	s.Finished = s.Epoch
	if w == 0 || w > mostFinish || w > fewFinish && float64(w)*float64(w) > pays*n {
		s.Next = 2 * s.Epoch
		if w > 0 && s.sparse != nil && s.gains(w) < few {
			s.finishFree(worst)
		}
		return
	}
	m := &f.model
	m.reset(f.h, f.set, s.T, f.g)
	if f.byRow != nil {
		linalg.GramColumns(m.hess, w, f.byRow, f.cols, 0, nil)
	} else {
		linalg.GramDenseColumns(m.hess, w, s.dense.Data, s.dense.Cols, f.cols, 0, nil)
	}
	s.p.CountTerms(w)
	for a, i := range f.set {
		ci := s.weight(i) / n
		for b, j := range f.set {
			m.hess[a*w+b] = (m.hess[a*w+b] + s.bias) * ci * (s.weight(j) / n) / s.l2
		}
		m.hess[a*w+a] += ci * f.curve[i]
		if m.hess[a*w+a] == 0 {
			m.hess[a*w+a] = math.SmallestNonzeroFloat64 // an empty row: its end of the interval
		}
	}
	m.minimize(0.01*worst, 20)
	for a, i := range f.set {
		s.move(i, m.u[a])
	}
}
