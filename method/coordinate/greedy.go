package coordinate

// greedy picks the fixed block, or the coordinates, of the largest scores. The scores are
// all computed again after every step, except on a sparse quadratic: there a step changes
// those of the neighbours alone.
type greedy struct {
	s      *bcdRun
	t      *tournament
	score  func(unit int) float64 // of a block, or of a coordinate
	g      []float64              // the gradient
	rows   SparseHessian          // nil if every step changes all scores
	of     []int                  // the block of a coordinate; nil for variable blocks
	picked []int
	keep   []float64

	stale   []bool // by unit
	changed []int
}

// chooseGreedy sets pick and moved to one of the rules with scores.
func (s *bcdRun) chooseGreedy(m BCD) error {
	r := &greedy{s: s, g: make([]float64, s.n), picked: make([]int, 0, s.tau), keep: make([]float64, s.tau)}
	units := s.n
	if s.blocks != nil {
		units, r.of = len(s.blocks), make([]int, s.n)
		for k, b := range s.blocks {
			for _, i := range b {
				r.of[i] = k
			}
		}
	}
	r.t, r.stale, r.changed = newTournament(units), make([]bool, units), make([]int, 0, units)
	if rows, ok := s.f.(SparseHessian); ok {
		r.rows, r.g = rows, s.W // the state is the gradient
	}
	s.moved, s.pick = r.moved, r.pick
	if m.Select == "gsq" || m.Select == "gsq-d" {
		return s.chooseQuadratic(r, m.Select == "gsq-d")
	}
	score, err := s.coordinateScore(m, r.g)
	if err != nil {
		return err
	}
	switch {
	case s.blocks == nil:
		r.score = score
	case m.Select == "gsl":
		s.needLipschitz()
		r.score = func(k int) float64 {
			if s.bounds.l[k] == 0 {
				return -1
			}
			return r.sum(score, k) / s.bounds.l[k]
		}
	default:
		r.score = func(k int) float64 { return r.sum(score, k) }
	}
	if m.Partition == "forest" {
		return s.chooseForest(r)
	}
	return nil
}

// sum adds the scores of a block's coordinates; those that never move count nothing.
func (r *greedy) sum(score func(int) float64, k int) float64 {
	sum := 0.0
	for _, i := range r.s.blocks[k] {
		if v := score(i); !(v < 0) {
			sum += v
		}
	}
	return sum
}

// moved brings the scores of a sparse quadratic up to date: those near b, all if b is nil.
func (r *greedy) moved(b []int) {
	switch {
	case r.rows == nil:
		return
	case b == nil:
		r.rescore()
		return
	}
	r.changed = r.changed[:0]
	for _, i := range b {
		idx, _ := r.rows.HessianRow(i)
		for _, j := range idx {
			unit := int(j)
			if r.of != nil {
				unit = r.of[j]
			}
			if !r.stale[unit] {
				r.stale[unit] = true
				r.changed = append(r.changed, unit)
			}
		}
	}
	for _, unit := range r.changed {
		r.stale[unit] = false
		r.t.set(unit, r.score(unit))
	}
}

// rescore computes all scores.
func (r *greedy) rescore() {
	for unit := range r.stale {
		r.t.score[unit] = r.score(unit)
	}
	r.t.rebuild()
}

// refresh takes the gradient where it is not the state.
func (r *greedy) refresh() {
	if r.rows == nil {
		r.s.f.AllPartials(r.g, r.s.W)
		r.s.charge(1)
	}
}

// update brings all scores up to date.
func (r *greedy) update() {
	if r.refresh(); r.rows == nil {
		r.rescore()
	}
}

// pick returns the winners; none where no score is positive.
func (r *greedy) pick() ([]int, int) {
	r.update()
	best, v := r.t.top()
	switch {
	case !(v > 0):
		return nil, -1
	case r.s.blocks != nil:
		return r.s.blocks[best], best
	}
	r.picked = r.t.largest(r.picked[:0], r.s.tau, r.keep)
	return r.picked, -1
}
