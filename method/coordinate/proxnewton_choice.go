package coordinate

// fewEpochs is how many epochs a model without H is expected to take at first.
const fewEpochs = 8

// matrixFree reports whether there is a model without H, and readies it.
func (s *proxNewtonRun) matrixFree() bool {
	if s.root == nil {
		return false
	}
	_, rows := s.root.RootEntries(nil)
	if rows > 0 && s.free.x == nil {
		s.free.reserve(min(len(s.X), 512), rows)
	}
	return rows > 0
}

// affordable returns how many epochs without H cost as much as H and some factorizations on this
// working set, 0 where H is there for less. Costs are in entries of a sparse product, fitted
// to measurements.
func (s *proxNewtonRun) affordable() float64 {
	if s.root == nil {
		return 0
	}
	stored, rows := s.root.RootEntries(s.set.idx)
	if rows == 0 {
		return 0
	}
	entries, n, w := float64(stored), float64(rows), float64(len(s.set.idx))
	pairs := w * w / 2
	gram := min(w*entries/2+30*pairs, pairs*(n/20+8))
	return (gram + w*w*w/8) / (2*entries + 60*w)
}

// without minimizes the model without H to the same accuracy, or for as long as H is worth.
func (s *proxNewtonRun) without(epochs float64) (slope float64) {
	s.free.reset(s.root, s.h, s.set.idx, s.X, s.g)
	s.free.damp(s.damping(), s.bound)
	slope, s.Epochs = s.free.minimize(s.forcing*s.worst, min(mostWork, 2+1.5*epochs))
	return slope
}

// mostWork bounds the work on one model without H.
const mostWork = 500
