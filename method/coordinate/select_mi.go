package coordinate

import "slices"

// newLargestDecrease returns mi, the maximum improvement: it tries the step of every block
// and takes the one after which F is least. For small problems: n/tau steps an iteration.
func (s *bcdRun) newLargestDecrease() func() ([]int, int) {
	blocks := s.blocks
	if blocks == nil {
		blocks = slices.Collect(slices.Chunk(identity(s.n), 1))
	}
	g, u, d := make([]float64, s.tau), make([]float64, s.tau), make([]float64, s.tau)
	return func() ([]int, int) {
		best, least := -1, 0.0
		for k, b := range blocks {
			g, u, d := g[:len(b)], u[:len(b)], d[:len(b)]
			s.f.Partials(g, s.W, b)
			if s.blocks == nil {
				s.step(b, -1, g, u)
			} else {
				s.step(b, k, g, u)
			}
			h := 0.0
			for i, j := range b {
				d[i] = u[i] - s.X[j]
				h += s.h.At(j, u[i]) - s.h.At(j, s.X[j])
			}
			s.f.Line(s.W, b, d)
			if rise := s.f.Rise(s.W, 1) + h; rise < least {
				best, least = k, rise
			}
		}
		s.charge(1)
		if best < 0 {
			return nil, -1
		}
		if s.blocks == nil {
			return blocks[best], -1
		}
		return blocks[best], best
	}
}
