package coordinate

import (
	"fmt"
	"math"
	"slices"

	"github.com/godescent/descent"
	"github.com/godescent/descent/prox"
)

type proxNewtonRun struct {
	newtonCore
	h     prox.Piecewise
	model model
	free  freeModel
	root  HessianRoot
	set   *workingSet

	caution float64 // damping at the start

	X      []float64
	Nu     float64 // damping that line searches ask for
	First  float64 // violation at x_0
	Epochs float64 // that the last model without H took
}

// Start implements [descent.Method].
func (m ProxNewton) Start(p *descent.Problem, x0 []float64) (descent.Run, error) {
	core, err := newNewtonCore("prox-newton", p, m.Grow, m.Most, m.Forcing)
	if err != nil {
		return nil, err
	}
	h, err := pieces("prox-newton", p)
	if err != nil {
		return nil, err
	}
	s := &proxNewtonRun{newtonCore: core, h: h, caution: 0.2, X: slices.Clone(x0), Epochs: fewEpochs} // of 0.01 to 3 on text, 0.2 took fewest iterations
	for j, v := range s.X {
		if math.IsInf(h.At(j, v), 1) { // outside of its bounds
			s.X[j] = h.ProxAt(j, v, 1)
		}
	}
	s.root, _ = p.Objective.(HessianRoot)
	switch s.free.speedup = m.Speedup; m.Speedup {
	case "":
		s.free.speedup = byCG
	case byCG, byAnderson, byNothing:
	default:
		return nil, fmt.Errorf("prox-newton: speedup = %q: want %s, %s or %s", m.Speedup, byCG, byAnderson, byNothing)
	}
	if s.grow == 0 {
		s.grow = 20 + p.Dim/1000
	}
	s.model.reserve(min(p.Dim, s.most, 64))
	return s, nil
}
