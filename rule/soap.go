package rule

import (
	"math"

	"github.com/godescent/descent/vec"
)

// SOAP is Adam in the eigenbasis of Shampoo's averages, for blocks of two or more axes:
//
//	k = 1: L, R <- (1 - Beta) G G', (1 - Beta) G'G, Q their eigenvectors, and X stays; then with j = k - 1
//	N = Q_L' G Q_R,  M, V <- averages with Beta1 and Beta2 of N and N^2
//	U = Q_L M/(sqrt(V) + Eps) Q_R',  X <- (1 - lr Decay)(X - lr sqrt(1 - Beta2^j)/(1 - Beta1^j) U)
//	L, R <- averages with Beta; every Every-th j: Q <- QR of L Q, by decreasing eigenvalues, and M turns along
//
// Blocks of one axis, which also stay at step 1, have Q = I: Adam. So have sides longer than Largest.
// A block of more than two axes is a matrix of its first axis. Time: 6 products with sides n in
// each step, 2 n^3 for each side at a new basis. Memory: 2 vectors and 2 n^2 numbers for each side.
//
// Vyas et al., SOAP: improving and stabilizing Shampoo using Adam, ICLR 2025, arXiv:2409.11321, Algorithm 3.
type SOAP struct {
	Beta1   float64 // in (0, 1); default 0.95
	Beta2   float64 // in (0, 1); default 0.95
	Beta    float64 // of L and R, in (0, 1); default Beta2
	Eps     float64 // > 0; default 1e-8
	Decay   float64 // decoupled, >= 0; default 0.01, negative: none
	Every   int     // default 10
	Largest int     // default 1024
}

// Check implements [Rule].
func (r SOAP) Check() error {
	return check("soap", unit("beta1", r.Beta1), unit("beta2", r.Beta2), unit("beta", r.Beta), positive("eps", r.Eps),
		positive("decay", max(r.Decay, 0)), positive("every", float64(r.Every)), positive("largest", float64(r.Largest)))
}

// Rate returns 3e-3.
func (r SOAP) Rate() float64 { return 3e-3 }

// Vectors implements [Rule].
func (r SOAP) Vectors() int { return 2 }

// Needs implements [Needer].
func (r SOAP) Needs() Needs { return Needs{Scope: Blocks} }

// Extra implements [Shaper].
func (r SOAP) Extra(shape []int) int {
	rows, cols := r.sides(shape)
	return 2*rows*rows + 2*cols*cols
}

func (r SOAP) sides(shape []int) (rows, cols int) {
	if len(shape) < 2 {
		return 0, 0
	}
	return Shampoo{Largest: r.Largest}.sides(shape)
}

// Step32 implements [Rule].
func (r SOAP) Step32(p *Part[float32]) { soap(r, p) }

// Step64 implements [Rule].
func (r SOAP) Step64(p *Part[float64]) { soap(r, p) }

func soap[T vec.Float](r SOAP, p *Part[T]) {
	b := newBasis(r, p)
	if p.K == 1 {
		b.gather(p.G, 0)
		b.begin(p)
		return
	}
	beta1, beta2, eps := or(r.Beta1, 0.95), or(r.Beta2, 0.95), T(or(r.Eps, 1e-8))
	a1, c1, a2, c2 := T(beta1), T(1-beta1), T(beta2), T(1-beta2)
	step, shrink := T(p.LR*math.Sqrt(bias(beta2, p.K-1))/bias(beta1, p.K-1)), T(1-p.LR*orNone(r.Decay, 0.01))
	m, v, u := p.V[0], p.V[1], p.Scratch(len(p.G))
	copy(u, p.G)
	b.turn(u, true)
	for i, g := range u {
		m[i] = a1*m[i] + c1*g
		v[i] = a2*v[i] + c2*g*g
		u[i] = m[i] / (sqrt(v[i]) + eps)
	}
	b.turn(u, false)
	for i, d := range u {
		p.X[i] = shrink * (p.X[i] - step*d)
	}
	b.gather(p.G, T(or(r.Beta, beta2)))
	if (p.K-1)%int(or(float64(r.Every), 10)) == 0 {
		b.turn(m, false)
		b.renew(p, v)
		b.turn(m, true)
	}
}

// A basis is the averages L and R of a block and their approximate eigenvectors, in columns. A side of
// 0 has none.
type basis[T vec.Float] struct {
	rows, cols   int
	left, right  int
	l, ql, r, qr []T
	fresh        T
	space        []T
}

func newBasis[T vec.Float](r SOAP, p *Part[T]) basis[T] {
	shape, b := p.Blocks[0].Shape, basis[T]{space: p.Scratch(len(p.G)), fresh: T(1 - or(r.Beta, or(r.Beta2, 0.95)))}
	b.rows, b.cols = sidesOf(shape)
	b.cols = max(b.cols, 1)
	b.left, b.right = r.sides(shape)
	e, n, m := p.Extra[0], b.left*b.left, b.right*b.right
	b.l, b.ql, b.r, b.qr = e[:n], e[n:2*n], e[2*n:2*n+m], e[2*n+m:]
	return b
}

// gather averages the products of g.
func (b *basis[T]) gather(g []T, old T) {
	if b.left > 0 {
		vec.Gemm(false, true, b.left, b.left, b.cols, b.fresh, g, b.cols, g, b.cols, old, b.l, b.left)
	}
	if b.right > 0 {
		vec.Gemm(true, false, b.right, b.right, b.rows, b.fresh, g, b.cols, g, b.cols, old, b.r, b.right)
	}
}

// turn changes x to the basis, or back.
func (b *basis[T]) turn(x []T, to bool) {
	if b.left > 0 {
		vec.Gemm(to, false, b.rows, b.cols, b.left, 1, b.ql, b.left, x, b.cols, 0, b.space, b.cols)
		copy(x, b.space)
	}
	if b.right > 0 {
		vec.Gemm(false, !to, b.rows, b.cols, b.right, 1, x, b.cols, b.qr, b.right, 0, b.space, b.cols)
		copy(x, b.space)
	}
}

// begin makes the bases eigenvectors, by decreasing eigenvalues.
func (b *basis[T]) begin(p *Part[T]) {
	for _, s := range [2]struct {
		a, q []T
		n    int
	}{{b.l, b.ql, b.left}, {b.r, b.qr, b.right}} {
		if s.n == 0 {
			continue
		}
		d := p.Scratch(s.n * s.n)
		copy(d, s.a)
		eigen(d, s.q, s.n)
		order(d, s.q, s.n, func(int, int) {})
	}
}

// renew takes a step of power iteration, after the estimates q'Lq of eigenvalues have ordered the
// bases and v with them.
func (b *basis[T]) renew(p *Part[T], v []T) {
	b.side(p, b.l, b.ql, b.left, func(i, j int) {
		for k := range b.cols {
			v[i*b.cols+k], v[j*b.cols+k] = v[j*b.cols+k], v[i*b.cols+k]
		}
	})
	b.side(p, b.r, b.qr, b.right, func(i, j int) {
		for k := range b.rows {
			v[k*b.cols+i], v[k*b.cols+j] = v[k*b.cols+j], v[k*b.cols+i]
		}
	})
}

func (b *basis[T]) side(p *Part[T], a, q []T, n int, swap func(i, j int)) {
	if n == 0 {
		return
	}
	d, next := p.Scratch(n*n), p.Scratch(n*n)
	vec.Gemm(false, false, n, n, n, 1, a, n, q, n, 0, next, n)
	vec.Gemm(true, false, n, n, n, 1, q, n, next, n, 0, d, n)
	order(d, q, n, swap)
	vec.Gemm(false, false, n, n, n, 1, a, n, q, n, 0, next, n)
	copy(q, next)
	orthonormal(q, n)
}

// order sorts the columns of q by decreasing diagonal elements of d, and calls swap for what goes with them.
func order[T vec.Float](d, q []T, n int, swap func(i, j int)) {
	for i := range n {
		top := i
		for j := i + 1; j < n; j++ {
			if d[j*n+j] > d[top*n+top] {
				top = j
			}
		}
		if top == i {
			continue
		}
		d[i*n+i], d[top*n+top] = d[top*n+top], d[i*n+i]
		for k := range n {
			q[k*n+i], q[k*n+top] = q[k*n+top], q[k*n+i]
		}
		swap(i, top)
	}
}
