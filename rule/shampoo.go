package rule

import "github.com/godescent/descent/vec"

// Shampoo preconditions the gradient of a matrix from both sides:
//
//	L <- L + G G',  R <- R + G'G,  L_0 = R_0 = Eps I
//	X <- X - lr L^(-Power/2) G R^(-Power/2),  for one axis x <- x - lr (L + g g')^-Power g
//
// The powers, by eigenvalues, are new every Every steps. A block of more than two axes is a matrix of
// its first axis. A side longer than Largest is not preconditioned. Time of new powers: 10 n^3 for
// each side n. Memory: 2 n^2 numbers for each side.
//
// Gupta, Koren, Singer, Shampoo: preconditioned stochastic tensor optimization, ICML 2018,
// arXiv:1802.09568, Algorithm 1, which has Power = 1/2.
type Shampoo struct {
	Eps     float64 // > 0; default 1e-4
	Power   float64 // > 0; default 1/2
	Every   int     // default 1
	Largest int     // default 1024

	reference bool // as the implementation of the trajectories has it; see Replay
}

// Check implements [Rule].
func (r Shampoo) Check() error {
	return check("shampoo", positive("eps", r.Eps), positive("power", r.Power), positive("every", float64(r.Every)), positive("largest", float64(r.Largest)))
}

// Rate returns 0.1.
func (r Shampoo) Rate() float64 { return 0.1 }

// Vectors implements [Rule].
func (r Shampoo) Vectors() int { return 0 }

// Needs implements [Needer].
func (r Shampoo) Needs() Needs { return Needs{Scope: Blocks} }

// Extra implements [Shaper].
func (r Shampoo) Extra(shape []int) int {
	rows, cols := r.sides(shape)
	return 2*rows*rows + 2*cols*cols
}

// sides returns the lengths of the sides that are preconditioned, 0 for one that is not.
func (r Shampoo) sides(shape []int) (rows, cols int) {
	rows, cols = sidesOf(shape)
	most := int(or(float64(r.Largest), 1024))
	if rows > most {
		rows = 0
	}
	if cols > most {
		cols = 0
	}
	return rows, cols
}

// sidesOf returns the sides of a block as a matrix of its first axis; cols is 0 if that is the only one.
func sidesOf(shape []int) (rows, cols int) {
	n := Block{Shape: shape}.Size()
	if len(shape) < 2 {
		return n, 0
	}
	return shape[0], n / shape[0]
}

// Step32 implements [Rule].
func (r Shampoo) Step32(p *Part[float32]) { shampoo(r, p) }

// Step64 implements [Rule].
func (r Shampoo) Step64(p *Part[float64]) { shampoo(r, p) }

func shampoo[T vec.Float](r Shampoo, p *Part[T]) {
	shape := p.Blocks[0].Shape
	rows, cols := sidesOf(shape)
	exponent, width := -or(r.Power, 0.5), 1
	if cols > 0 {
		exponent, width = exponent/2, cols
	}
	left, right := r.sides(shape)
	memory, g, u := p.Extra[0], p.Scratch(len(p.G)), p.Scratch(len(p.G))
	copy(g, p.G)
	copy(u, p.G)
	if left > 0 {
		root := shampooRoot(r, p, memory, left, exponent, func(sum []T) {
			vec.Gemm(false, true, left, left, width, 1, g, width, g, width, 1, sum, left)
		})
		vec.Gemm(false, false, rows, width, left, 1, root, left, p.G, width, 0, u, width)
	}
	if right > 0 {
		if r.reference { // which gathers gradients that are preconditioned from the left
			copy(g, u)
		}
		root := shampooRoot(r, p, memory[2*left*left:], right, exponent, func(sum []T) {
			vec.Gemm(true, false, right, right, rows, 1, g, width, g, width, 1, sum, right)
		})
		vec.Gemm(false, false, rows, right, right, 1, u, width, root, right, 0, g, width)
		u = g
	}
	vec.Axpy(T(-p.LR), u, p.X)
}

// shampooRoot adds a product of gradients to the sum that a side remembers, and returns its power, which is
// behind it in memory.
func shampooRoot[T vec.Float](r Shampoo, p *Part[T], memory []T, n int, exponent float64, add func(sum []T)) []T {
	sum, root := memory[:n*n], memory[n*n:2*n*n]
	if p.K == 1 {
		for i := range n {
			sum[i*n+i] = T(or(r.Eps, 1e-4))
		}
	}
	add(sum)
	if every := int(or(float64(r.Every), 1)); (p.K-1)%every == 0 {
		power(p, root, sum, n, exponent)
	}
	return root
}
