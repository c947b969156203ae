package quasinewton

import "fmt"

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

// rows returns r vectors of length c.
func rows(r, c int) [][]float64 {
	data, m := make([]float64, r*c), make([][]float64, r)
	for i := range m {
		m[i] = data[i*c : (i+1)*c : (i+1)*c]
	}
	return m
}
