package coordinate

import (
	"math"

	"github.com/godescent/descent/linalg"
)

// few is the gain below which epochs are too slow, between makes sure that finishes are at
// least so many epochs apart, and freeWork is that of one, in epochs.
const few, between, freeWork = 0.3, 4, 46

// slow reports whether a finish without a matrix is worth looking into.
func (s *dualCDRun) slow() bool {
	return s.sparse != nil && s.Epoch >= s.Finished+between && s.gains(s.Visited) < few
}

// gains returns how much the ascent of the last epoch has fallen, on a logarithmic scale, for
// as much work as one epoch over w samples.
func (s *dualCDRun) gains(w int) float64 {
	return math.Log(s.Previous/s.Ascent) * float64(w) / float64(len(s.T))
}

// finishFree maximizes D over the set of the finisher approximately, without its matrix.
func (s *dualCDRun) finishFree(worst float64) {
	f := s.end
	f.free.speedup = byCG
	f.free.reset(dualRoot{s}, f.h, f.set, s.T, f.g)
	_, work := f.free.minimize(0.1*worst, freeWork)
	s.p.CountTerms(len(f.set) * int(work))
	for a, i := range f.set {
		if t := f.free.u[a]; t != s.T[i] {
			s.move(i, t)
		}
	}
}

// dualRoot is the root of the Hessian of -D: the scaled rows as columns, with one more entry for
// the intercept.
type dualRoot struct{ *dualCDRun }

func (s dualRoot) RootEntries(idx []int) (entries, rows int) {
	for _, i := range idx {
		entries += s.sparse.Ptr[i+1] - s.sparse.Ptr[i]
	}
	return entries, s.head + 1
}

func (s dualRoot) HessianRoot(b *linalg.ShiftedColumns, ridge []float64, idx []int, _ []float64) {
	entries, rows := s.RootEntries(idx)
	b.Reset(rows, entries)
	b.W = resized(b.W, b.Rows)
	clear(b.W)
	b.W[s.head] = 1
	for a, i := range idx {
		c := s.weight(i) / float64(len(s.T))
		cols, values := s.sparse.Row(i)
		k := c / math.Sqrt(s.l2)
		b.Append(cols, values, k, -k*math.Sqrt(s.bias))
		ridge[a] = c * s.end.curve[i]
	}
}
