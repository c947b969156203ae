package coordinate

import "fmt"

// chooseForest sets pick to the largest forest of the Hessian that a scan finds: by
// decreasing score, in random order where there is none.
func (s *bcdRun) chooseForest(r *greedy) error {
	rows, err := s.graph()
	if err != nil {
		return fmt.Errorf("bcd: %w", err)
	}
	f, order, keep := newForest(s.n), identity(s.n), make([]float64, s.n)
	s.pick = func() ([]int, int) {
		if r != nil {
			r.update()
			order = r.t.largest(order[:0], s.n, keep)
		} else {
			for i := range order {
				order[i] = i
			}
			s.Stream.Shuffle(order)
		}
		f.reset()
		for _, i := range order {
			if len(f.nodes) == s.tau {
				break
			}
			f.accept(rows, i)
		}
		return f.nodes, -1
	}
	return nil
}
