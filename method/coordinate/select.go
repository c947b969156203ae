package coordinate

import (
	"math"
	"slices"
)

// chooseSelection sets pick and moved of a run.
func (s *bcdRun) chooseSelection(m BCD) error {
	switch m.Select {
	case "random":
		switch {
		case m.Partition == "forest":
			return s.chooseForest(nil)
		case s.blocks == nil:
			s.pick = s.newSubset()
		default:
			s.pick = func() ([]int, int) { k := s.Stream.Intn(len(s.blocks)); return s.blocks[k], k }
		}
	case "cyclic", "perm":
		s.pick = s.newPasses(m.Select == "perm")
	case "lipschitz":
		s.pick = s.newWeighted()
	case "mi":
		s.pick = s.newLargestDecrease()
	default:
		return s.chooseGreedy(m)
	}
	return nil
}

// newPasses returns cyclic and perm: the fixed blocks in order, or in a new order each
// pass. Variable blocks are consecutive parts of a new order of the coordinates each pass,
// for both names.
func (s *bcdRun) newPasses(perm bool) func() ([]int, int) {
	if s.blocks != nil && !perm {
		return func() ([]int, int) { k := s.K % len(s.blocks); return s.blocks[k], k }
	}
	count := (s.n + s.tau - 1) / s.tau
	s.Perm = identity(s.n)
	if s.blocks != nil {
		count = len(s.blocks)
		s.Perm = s.Perm[:count]
	}
	return func() ([]int, int) {
		at := s.K % count
		if at == 0 {
			s.Stream.Shuffle(s.Perm)
		}
		if s.blocks != nil {
			return s.blocks[s.Perm[at]], s.Perm[at]
		}
		return s.Perm[at*s.tau : min(s.n, (at+1)*s.tau)], -1
	}
}

// newSubset returns random with variable blocks: tau of n without replacement (Floyd),
// O(tau) with a mark for each coordinate.
func (s *bcdRun) newSubset() func() ([]int, int) {
	in, b := make([]bool, s.n), make([]int, 0, s.tau)
	return func() ([]int, int) {
		b = b[:0]
		for top := s.n - s.tau; top < s.n; top++ {
			i := s.Stream.Intn(top + 1)
			if in[i] {
				i = top
			}
			in[i] = true
			b = append(b, i)
		}
		for _, i := range b {
			in[i] = false
		}
		return b, -1
	}
}

// newWeighted returns lipschitz: a fixed block with P(b) proportional to L_b, or tau
// coordinates drawn one after the other without replacement, each with P(i) proportional to
// L_i among those left. The latter are the first tau of a race of exponential clocks with
// rates L_i (Efraimidis and Spirakis 2006), O(n).
func (s *bcdRun) newWeighted() func() ([]int, int) {
	if s.blocks == nil {
		t, b, keep := newTournament(s.n), make([]int, 0, s.tau), make([]float64, s.tau)
		return func() ([]int, int) {
			for i, l := range s.l {
				if t.score[i] = -1; l > 0 {
					t.score[i] = l / -math.Log(1-s.Stream.Float64())
				}
			}
			t.rebuild()
			b = t.largest(b[:0], s.tau, keep)
			return b, -1
		}
	}
	s.needLipschitz()
	sums, total := make([]float64, len(s.blocks)), 0.0
	for k, l := range s.bounds.l {
		total += l
		sums[k] = total
	}
	return func() ([]int, int) {
		if total == 0 {
			return nil, -1
		}
		v := s.Stream.Float64() * total // the first block whose sum exceeds v
		k, _ := slices.BinarySearchFunc(sums, v, func(sum, v float64) int {
			if sum > v {
				return 1
			}
			return -1
		})
		k = min(k, len(sums)-1)
		return s.blocks[k], k
	}
}
