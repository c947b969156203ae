package graph

import (
	"fmt"
	"math"
	"slices"

	"github.com/godescent/descent"
	"github.com/godescent/descent/linalg"
	"github.com/godescent/descent/vec"
)

// Robust is edge-preserving smoothing on a weighted graph: the values x of its nodes follow
// observations y, some of them or all, and neighbours are pulled together by a potential that
// grows linearly, so that large steps between regions stay:
//
//	f(x) = sum_i c_i (x_i - y_i)^2/2 + sum_ij w_ij psi(x_i - x_j)
//	psi(r) = delta^2 (sqrt(1 + (r/delta)^2) - 1)
//
// With delta far above all differences it is label propagation with noise, with delta far
// below it is delta times the total variation (Charbonnier, Blanc-Féraud, Aubert, Barlaud,
// IEEE Transactions on Image Processing 6(2), 1997). f is convex; strictly so where each
// connected part has an observation.
//
// The Hessian at x is that of the graph, A_ij = -w_ij psi”(x_i - x_j), so blocks without
// cycles take Newton steps by elimination. The tracked state is x: a step on the block b costs
// the degrees of b. It belongs to one run at a time.
type Robust struct {
	y, c  []float64
	delta float64
	ptr   []int     // of the rows of the Hessian
	idx   []int32   // its columns, the diagonal included, increasing
	bound []float64 // of the values: w_ij, and c_i + sum_j w_ij on the diagonal

	val   []float64 // of one row
	place []int32   // of an index in the block of the last call, -1 elsewhere
	d     []float64 // of the last line, zeros outside of its block
	b     []int
	flat  []float64 // zeros
}

// NewRobust checks a graph with one node for each observation y_i and its weight c_i >= 0, 0
// for none. Edges between the same nodes add up; delta > 0 has the unit of y.
func NewRobust(edges []Edge, y, c []float64, delta float64) (*Robust, error) {
	n := len(y)
	switch {
	case n == 0 || len(c) != n:
		return nil, fmt.Errorf("graph: %d observations with %d weights: want one weight for each, at least one", n, len(c))
	case !(delta > 0) || math.IsInf(delta, 1):
		return nil, fmt.Errorf("graph: delta = %v: want a finite number > 0", delta)
	}
	for i, v := range y {
		if !finite(v) || !(c[i] >= 0) || math.IsInf(c[i], 1) {
			return nil, fmt.Errorf("graph: observation %d is %v with weight %v: want a finite number and a finite weight >= 0", i, v, c[i])
		}
	}
	diagonal := slices.Clone(c)
	var row, col []int32
	var val []float64
	for k, e := range edges {
		if err := e.check(k, n); err != nil {
			return nil, err
		}
		if e.Weight == 0 {
			continue
		}
		i, j := int32(e.I), int32(e.J)
		row, col, val = append(row, i, j), append(col, j, i), append(val, e.Weight, e.Weight)
		diagonal[i] += e.Weight
		diagonal[j] += e.Weight
	}
	for i, v := range diagonal {
		row, col, val = append(row, int32(i)), append(col, int32(i)), append(val, v)
	}
	a, err := linalg.FromTriplets(n, n, row, col, val)
	if err != nil {
		return nil, err
	}
	return &Robust{
		y: slices.Clone(y), c: slices.Clone(c), delta: delta, ptr: a.Ptr, idx: a.Idx, bound: a.Val,
		val: make([]float64, n), place: slices.Repeat([]int32{-1}, n), d: make([]float64, n), flat: make([]float64, n),
	}, nil
}

// Problem returns min f under a name.
func (r *Robust) Problem(name string) *descent.Problem {
	return &descent.Problem{Name: name, Dim: len(r.y), Objective: r}
}

// root is sqrt(1 + (v/delta)^2); slope and curve are the first two derivatives of psi.
func (r *Robust) root(v float64) float64 { return math.Hypot(1, v/r.delta) }

func (r *Robust) slope(v float64) float64 { return v / r.root(v) }

func (r *Robust) curve(v float64) float64 {
	s := r.root(v)
	return 1 / (s * s * s)
}

// rise is psi(v + d) - psi(v) without cancellation.
func (r *Robust) rise(v, d float64) float64 { return d * (v + (v + d)) / (r.root(v) + r.root(v+d)) }

// BoundRow returns the columns of row i of the Hessian, those where it is not zero, and bounds
// on the absolute values at every x: the row where all x are equal.
func (r *Robust) BoundRow(i int) (idx []int32, val []float64) {
	return r.idx[r.ptr[i]:r.ptr[i+1]], r.bound[r.ptr[i]:r.ptr[i+1]]
}

// RowAt returns the values of row i of the Hessian at the state w, in the columns of BoundRow.
// They are valid until the next call.
func (r *Robust) RowAt(i int, w []float64) []float64 {
	idx, weight := r.BoundRow(i)
	val, diagonal, at := r.val[:len(idx)], r.c[i], 0
	for p, j := range idx {
		if int(j) == i {
			at = p
			continue
		}
		h := weight[p] * r.curve(w[i]-w[j])
		val[p] = -h
		diagonal += h
	}
	val[at] = diagonal
	return val
}

// Value implements [descent.Objective].
func (r *Robust) Value(x []float64) float64 {
	f := 0.0
	for i, v := range x {
		f += r.c[i] * (v - r.y[i]) * (v - r.y[i]) / 2
		idx, weight := r.BoundRow(i)
		for p, j := range idx {
			if int(j) > i {
				f += weight[p] * r.rise(0, v-x[j])
			}
		}
	}
	return f
}

// Gradient implements [descent.Smooth].
func (r *Robust) Gradient(g, x []float64) float64 {
	r.AllPartials(g, x)
	return r.Value(x)
}

// partial is the derivative by x_i.
func (r *Robust) partial(i int, x []float64) float64 {
	g := r.c[i] * (x[i] - r.y[i])
	idx, weight := r.BoundRow(i)
	for p, j := range idx {
		if int(j) != i {
			g += weight[p] * r.slope(x[i]-x[j])
		}
	}
	return g
}

// HessVec implements [descent.HessianVector].
func (r *Robust) HessVec(hv, x, v []float64) {
	for i := range hv {
		idx, _ := r.BoundRow(i)
		hv[i] = vec.SparseDot(r.RowAt(i, x), idx, v)
	}
}

// CoordinateLipschitz stores c_i + sum_j w_ij.
func (r *Robust) CoordinateLipschitz(l []float64) {
	for i := range l {
		idx, val := r.BoundRow(i)
		p, _ := slices.BinarySearch(idx, int32(i))
		l[i] = val[p]
	}
}

// Lipschitz returns the largest sum of |H_ij| over a row.
func (r *Robust) Lipschitz() float64 {
	top := 0.0
	for i := range r.y {
		_, val := r.BoundRow(i)
		top = max(top, vec.Asum(val))
	}
	return top
}

// StrongConvexity returns the least weight of an observation.
func (r *Robust) StrongConvexity() float64 { return slices.Min(r.c) }

// RowSums stores c_i + 2 sum_j w_ij.
func (r *Robust) RowSums(d []float64) {
	for i := range d {
		_, val := r.BoundRow(i)
		d[i] = vec.Asum(val)
	}
}

// ThirdBounds stores sum_j w_ij max |psi”'|, which is 48/(25 sqrt 5 delta).
func (r *Robust) ThirdBounds(m []float64) {
	for i := range m {
		idx, val := r.BoundRow(i)
		m[i] = 0
		for p, j := range idx {
			if int(j) != i {
				m[i] += val[p] * 48 / (25 * math.Sqrt(5) * r.delta)
			}
		}
	}
}

// StateLen is n: the tracked state is x.
func (r *Robust) StateLen() int { return len(r.y) }

// Track copies x.
func (r *Robust) Track(w, x []float64) { copy(w, x) }

// Shift adds d to x_b.
func (r *Robust) Shift(w []float64, b []int, d []float64) {
	for i, j := range b {
		w[j] += d[i]
	}
}

// Partials costs the degrees of b.
func (r *Robust) Partials(g, w []float64, b []int) {
	for i, j := range b {
		g[i] = r.partial(j, w)
	}
}

// AllPartials stores the gradient.
func (r *Robust) AllPartials(g, w []float64) {
	for i := range g {
		g[i] = r.partial(i, w)
	}
}

// Line keeps d.
func (r *Robust) Line(_ []float64, b []int, d []float64) {
	for _, j := range r.b {
		r.d[j] = 0
	}
	r.b = append(r.b[:0], b...)
	for i, j := range b {
		r.d[j] = d[i]
	}
}

// Rise sums the changes of the observations of the block and of the edges that it touches.
func (r *Robust) Rise(w []float64, t float64) float64 {
	r.enter(r.b)
	f := 0.0
	for _, i := range r.b {
		d := t * r.d[i]
		f += r.c[i] * d * (w[i] - r.y[i] + d/2)
		idx, weight := r.BoundRow(i)
		for p, k := range idx {
			if j := int(k); j > i || j < i && r.place[j] < 0 { // each edge once
				f += weight[p] * r.rise(w[i]-w[j], d-t*r.d[j])
			}
		}
	}
	r.leave(r.b)
	return f
}

// BlockBound stores the block of the Hessian where all x are equal, which is its largest.
func (r *Robust) BlockBound(h []float64, b []int) {
	r.BlockHessian(h, r.flat, b)
}

// BoundProduct stores H U_b d for the Hessian H where all x are equal.
func (r *Robust) BoundProduct(hd []float64, b []int, d []float64) {
	clear(hd)
	for i, j := range b {
		idx, _ := r.BoundRow(j)
		vec.SparseAxpy(d[i], r.RowAt(j, r.flat), idx, hd)
	}
}

// BoundNorm bounds the largest eigenvalue of that H.
func (r *Robust) BoundNorm() float64 { return r.Lipschitz() }

// BlockHessian stores the block of the Hessian at the state w.
func (r *Robust) BlockHessian(h, w []float64, b []int) {
	r.enter(b)
	clear(h)
	for i, j := range b {
		idx, _ := r.BoundRow(j)
		val := r.RowAt(j, w)
		for p, k := range idx {
			if at := r.place[k]; at >= 0 {
				h[i*len(b)+int(at)] = val[p]
			}
		}
	}
	r.leave(b)
}

func (r *Robust) enter(b []int) {
	for i, j := range b {
		r.place[j] = int32(i)
	}
}

func (r *Robust) leave(b []int) {
	for _, j := range b {
		r.place[j] = -1
	}
}
