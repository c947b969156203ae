package coordinate

// recenter moves c to b, which moves b = c - (B^2/(n l2)) sum_i c_i t_i once more.
func (s *dualCDRun) recenter() {
	if s.bias == 0 {
		return
	}
	sum := 0.0
	for i, t := range s.T {
		sum += s.weight(i) * t
	}
	s.B -= s.bias / (float64(len(s.T)) * s.l2) * sum
}

// visit maximizes D over t_i.
func (s *dualCDRun) visit(i int) {
	c := s.weight(i)
	q := c * (s.square[i] + s.bias) / (float64(len(s.T)) * s.l2)
	if q == 0 {
		q = 1e-300 // an empty row without intercept: its z_i is 0 whatever t_i is
	}
	z := s.dot(i, s.X)
	if s.bias > 0 {
		z += s.B
	}
	t := s.f.DualStep(i, s.T[i], z, q)
	d := t - s.T[i]
	if d == 0 {
		s.Idle[i]++
		s.Wait[i] = min(1<<min(s.Idle[i]-1, 20), s.rest)
		return
	}
	s.Idle[i] = 0
	s.Ascent += c * q * d * d / float64(len(s.T))
	s.move(i, t)
}

// move sets t_i and keeps w and b up to date.
func (s *dualCDRun) move(i int, t float64) {
	a := -s.weight(i) * (t - s.T[i]) / (float64(len(s.T)) * s.l2)
	s.T[i] = t
	if a != 0 {
		s.axpy(a, i, s.X)
		s.B += a * s.bias
	}
}

// primal computes w from t.
func (s *dualCDRun) primal() {
	clear(s.X[:s.head])
	for i, t := range s.T {
		if t != 0 {
			s.axpy(-s.weight(i)*t/(float64(len(s.T))*s.l2), i, s.X)
		}
	}
}
