package coordinate

import (
	"math"
	"testing"

	"github.com/godescent/descent/rng"
)

// A group is minimized exactly, whatever the rank of its block: it is stationary afterwards,
// and decomposed into what it was.
func TestGroupUpdate(t *testing.T) {
	r := rng.New(1, "group update")
	zeros := 0
	for _, c := range []struct{ n, rank int }{{1, 1}, {2, 2}, {2, 1}, {7, 7}, {7, 3}, {32, 32}, {32, 5}} {
		for _, weight := range []float64{0, 0.3, 20} {
			n := c.n
			factor, z := make([]float64, c.rank*n), make([]float64, c.rank)
			for i := range factor {
				factor[i] = r.Norm()
			}
			for i := range z {
				z[i] = r.Norm()
			}
			var m groupModel
			m.reserve(n)
			set := newGroupSet([][]int{make([]int, n)}, []float64{weight}, n)
			x, g := make([]float64, n), make([]float64, n)
			for j := range n {
				set.groups[0][j] = n - 1 - j
				x[j] = r.Norm()
				for k, v := range z { // in the range of H
					g[j] += factor[k*n+j] * v
				}
			}
			set.choose(x, g, 1, n)
			m.reset(nil, set.idx, x, g)
			for i := range n {
				for j := range n {
					m.hess[i*n+j] = 0
					for k := range c.rank {
						m.hess[i*n+j] += factor[k*n+i] * factor[k*n+j]
					}
				}
			}
			m.divide(set)
			p := m.parts[0]
			for i, a := range p.at {
				for j, b := range p.at {
					sum := 0.0
					for k, e := range p.values {
						sum += e * p.basis[k*n+i] * p.basis[k*n+j]
					}
					if want := m.hess[a*n+b]; math.Abs(sum-want) > 1e-10*float64(n) {
						t.Fatalf("n = %d, rank %d: element (%d, %d) is %v, from the eigenvalues %v", n, c.rank, a, b, want, sum)
					}
				}
			}
			m.update(p)
			if v := m.violation(); v > 1e-9*float64(n) {
				t.Errorf("n = %d, rank %d, weight %v: %v from stationary", n, c.rank, weight, v)
			}
			if partNorm(m.u, p.at) == 0 {
				zeros++
			}
		}
	}
	if zeros == 0 || zeros > 7 {
		t.Errorf("%d groups became zero: want some of those with the large weight", zeros)
	}
}
