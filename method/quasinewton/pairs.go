package quasinewton

import "github.com/godescent/descent/vec"

// pairs is a ring of the last differences s = x+ - x and y = g+ - g, oldest first
// from Head on. Its fields are state.
type pairs struct {
	S, Y        [][]float64
	Rho         []float64 // 1 / s'y
	Head, Count int
}

func newPairs(memory, n int) pairs {
	return pairs{S: rows(memory, n), Y: rows(memory, n), Rho: make([]float64, memory)}
}

// slot returns where the k-th pair is, from 0 for the oldest.
func (p *pairs) slot(k int) int { return (p.Head + k) % len(p.S) }

// push stores the pair of the step from x to x1, in place of the oldest if the ring
// is full, and returns its slot. A pair without s'y > eps |y|^2 is left out: -1.
func (p *pairs) push(x, x1, g, g1 []float64) int {
	j := p.slot(p.Count)
	if p.Count == len(p.S) {
		p.Head, p.Count = p.slot(1), p.Count-1
	}
	vec.AxpyTo(p.S[j], -1, x, x1)
	vec.AxpyTo(p.Y[j], -1, g, g1)
	sy := vec.Dot(p.S[j], p.Y[j])
	if !(sy > eps*vec.Dot(p.Y[j], p.Y[j])) {
		return -1
	}
	p.Rho[j] = 1 / sy
	p.Count++
	return j
}

// descend stores -H g in d by the two-loop recursion. alpha is scratch.
func (p *pairs) descend(d, g, alpha []float64) {
	for i, v := range g {
		d[i] = -v
	}
	if p.Count == 0 {
		return
	}
	for k := p.Count - 1; k >= 0; k-- {
		j := p.slot(k)
		alpha[j] = p.Rho[j] * vec.Dot(p.S[j], d)
		vec.Axpy(-alpha[j], p.Y[j], d)
	}
	j := p.slot(p.Count - 1)
	vec.Scal(1/(p.Rho[j]*vec.Dot(p.Y[j], p.Y[j])), d) // gamma
	for k := range p.Count {
		j := p.slot(k)
		vec.Axpy(alpha[j]-p.Rho[j]*vec.Dot(p.Y[j], d), p.S[j], d)
	}
}
