package glm

// Models tell their losses from their predictors, for methods that take many steps from each
// gradient of the losses.

// TargetSize returns the number of linear predictors of a sample.
func (m *Model) TargetSize() int { return m.k }

// Targets stores the predictors of samples idx at x in z.
func (m *Model) Targets(z, x []float64, idx []int) {
	for t, i := range idx {
		for k := range m.k {
			v := m.dot(i, x[k*m.d:(k+1)*m.d])
			if m.spec.Intercept {
				v += x[m.k*m.d+k]
			}
			z[t*m.k+k] = v
		}
	}
}

// TargetsBack stores the sum over samples idx of the rows times the numbers u of their predictors in g.
func (m *Model) TargetsBack(g, u, _ []float64, idx []int) {
	clear(g)
	for t, i := range idx {
		for k := range m.k {
			a := u[t*m.k+k]
			m.axpy(a, i, g[k*m.d:(k+1)*m.d])
			if m.spec.Intercept {
				g[m.k*m.d+k] += a
			}
		}
	}
}

// TargetLoss stores the slopes of the losses of samples idx at the predictors z in u and returns
// the mean of the losses; both with the weights of the samples.
func (m *Model) TargetLoss(u, z []float64, idx []int) float64 {
	if m.row == nil {
		m.row = make([]float64, 4*m.k)
	}
	v, y, sum := m.row[2*m.k:2*m.k+1], m.row[3*m.k:3*m.k+len(m.y)/m.n], 0.0
	for t, i := range idx {
		for k := range y {
			y[k] = m.y[k*m.n+i]
		}
		ui := u[t*m.k : (t+1)*m.k]
		m.loss.eval(v, ui, z[t*m.k:(t+1)*m.k], y)
		w := m.weight(i)
		for k := range ui {
			ui[k] *= w
		}
		sum += w * v[0]
	}
	return sum / float64(len(idx))
}

// TargetLipschitz bounds the second derivatives of the weighted losses in their predictors.
func (m *Model) TargetLipschitz() float64 {
	top := 1.0
	if m.wt != nil {
		top = 0
		for _, w := range m.wt {
			top = max(top, w)
		}
	}
	return m.loss.bound() * top
}
