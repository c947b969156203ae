package coordinate

import (
	"fmt"
	"math"

	"github.com/godescent/descent"
)

// coordinateScore returns the score of one coordinate as a function of its index; it is
// twice the decrease that the rule's model of F promises, -1 for coordinates without
// curvature, which never move.
func (s *bcdRun) coordinateScore(m BCD, g []float64) (func(i int) float64, error) {
	over := func(d []float64) func(int) float64 {
		return func(i int) float64 {
			if d[i] == 0 {
				return -1
			}
			return g[i] * g[i] / d[i]
		}
	}
	square := func(i int) float64 { return g[i] * g[i] }
	switch m.Select {
	case "gs":
		if !s.knows() {
			return square, nil
		}
		return func(i int) float64 {
			if s.l[i] == 0 {
				return -1
			}
			return g[i] * g[i]
		}, nil
	case "gsl":
		if s.blocks != nil {
			return square, nil // the block is divided by L_b
		}
		return over(s.l), nil
	case "gsd":
		if !s.knows() {
			return nil, fmt.Errorf("bcd: select gsd: no bound on the curvature along each coordinate")
		}
		return over(s.l), nil
	case "gsd-row":
		o, err := descent.Require[RowSums](s.p)
		if err != nil {
			return nil, fmt.Errorf("bcd: %w", err)
		}
		d := make([]float64, s.n)
		o.RowSums(d)
		return over(d), nil
	case "gsc":
		return s.cubicScore(g)
	}
	return s.proximalScore(g), nil // gs-q
}

// proximalScore is gs-q: -2 q, q = min_d g_i d + L_i d^2/2 + h_i(x_i + d) - h_i(x_i), at the
// proximal step d with 1/L_i. Where h_i is affine from x_i to x_i + d, -2 q = L_i d^2, and it is
// more elsewhere: that part is added where it is more than the rounding error of h_i.
func (s *bcdRun) proximalScore(g []float64) func(int) float64 {
	return func(i int) float64 {
		l := s.l[i]
		if l == 0 {
			return -1
		}
		d := s.h.ProxAt(i, s.X[i]-g[i]/l, 1/l) - s.X[i]
		from, to := s.h.At(i, s.X[i]), s.h.At(i, s.X[i]+d)
		score := l * d * d
		if more := -2*(g[i]*d+to-from) - 2*score; more > 1e-9*(math.Abs(from)+math.Abs(to)) {
			score += more
		}
		return score
	}
}

// cubicScore is gsc: -2 min_d g_i d + c d^2/2 + M_i |d|^3/6 with c the second derivative
// at x and M_i a bound on the third:
//
//	|d| = 2 |g_i| / (c + sqrt(c^2 + 2 M_i |g_i|))
func (s *bcdRun) cubicScore(g []float64) (func(int) float64, error) {
	third, err := descent.Require[ThirdBounds](s.p)
	if err != nil {
		return nil, fmt.Errorf("bcd: %w", err)
	}
	o, err := descent.Require[BlockHessian](s.p)
	if err != nil {
		return nil, fmt.Errorf("bcd: %w", err)
	}
	bound, one, h := make([]float64, s.n), make([]int, 1), make([]float64, 1)
	third.ThirdBounds(bound)
	return func(i int) float64 {
		one[0] = i
		o.BlockHessian(h, s.W, one)
		c, a := h[0], math.Abs(g[i])
		root := c + math.Sqrt(c*c+2*bound[i]*a)
		if root == 0 {
			return -1
		}
		d := 2 * a / root
		return max(0, 2*d*(a-d*(c/2+bound[i]*d/6)))
	}, nil
}
