package quasinewton

import (
	"fmt"
	"math"
	"slices"

	"github.com/godescent/descent"
)

// eps is the spacing of the numbers from 1 on.
const eps = 0x1p-52

// pairOptions fills in the defaults of what the methods of this package share.
func pairOptions(id string, memory int, c1, c2 float64) (o LBFGS, err error) {
	o = LBFGS{Memory: memory, C1: c1, C2: c2}
	if o.Memory == 0 {
		o.Memory = 10
	}
	if o.C1 == 0 {
		o.C1 = 1e-4
	}
	if o.C2 == 0 {
		o.C2 = 0.6
	}
	switch {
	case o.Memory < 1:
		err = fmt.Errorf("%s: memory %d: want >= 1", id, o.Memory)
	case !(o.C2 > 0 && o.C2 < 1):
		err = fmt.Errorf("%s: c2 %v: want it in (0, 1)", id, o.C2)
	case !(o.C1 > 0 && o.C1 < o.C2):
		err = fmt.Errorf("%s: c1 %v: want it in (0, c2) = (0, %v)", id, o.C1, o.C2)
	}
	return o, err
}

// bounds returns those of the problem, infinite ones if it has none.
func bounds(p *descent.Problem, n int) (lower, upper []float64, err error) {
	if p.Regularizer == nil {
		return slices.Repeat([]float64{math.Inf(-1)}, n), slices.Repeat([]float64{math.Inf(1)}, n), nil
	}
	b, ok := p.Regularizer.(descent.Bounded)
	if !ok {
		return nil, nil, fmt.Errorf("lbfgsb: problem %s has the regularizer %T: want bounds or nothing (proximal methods take others)", p.Name, p.Regularizer)
	}
	lower, upper = b.Bounds()
	if len(lower) != n || len(upper) != n {
		return nil, nil, fmt.Errorf("lbfgsb: %d lower and %d upper bounds for %d variables", len(lower), len(upper), n)
	}
	for i := range n {
		if !(lower[i] <= upper[i]) || math.IsInf(lower[i], 1) || math.IsInf(upper[i], -1) {
			return nil, nil, fmt.Errorf("lbfgsb: bounds %v and %v of x[%d]: want lower <= upper", lower[i], upper[i], i)
		}
	}
	return lower, upper, nil
}

// rows returns r vectors of length c.
func rows(r, c int) [][]float64 {
	data, m := make([]float64, r*c), make([][]float64, r)
	for i := range m {
		m[i] = data[i*c : (i+1)*c : (i+1)*c]
	}
	return m
}
