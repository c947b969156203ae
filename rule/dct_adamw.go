package rule

import (
	"math"

	"github.com/godescent/descent/vec"
)

// DCTAdamW is AdamW on the part of the gradient of a block of two or more axes along Rank of the cosines that are a basis of
// its shorter side, those with the largest parts at present:
//
//	S = G Q', the rows of Q are cosines (DCT-II); the Rank columns of S with the largest l1 norms are z
//	m, v <- averages of z and z^2 with Beta1 and Beta2, of a column that was not there from 0 on
//	X <- (1 - lr Decay) X - lr m^/(sqrt(v^) + Eps) Q_z
//
// and from the other side where there are more columns than rows. Columns are chosen every Every steps. With Feedback, what
// the chosen cosines miss is not lost: G + E takes the place of G, and E <- G + E - z Q_z. Blocks of one axis
// take AdamW's step. A block of more than two axes is a matrix of its first axis. Time: a product of G with a square
// matrix. Memory: 2 Rank vectors of the longer side, with Feedback a vector more; the cosines are not part of the state.
//
// Part of G that is kept: with Square at least Rank/k of its square, k the shorter side; all of it where the singular
// vectors of that side are as smooth as few cosines, little more than that where they are random ([GaLore] has those).
//
// Modoranu, Safaryan, Schultheis, Alistarh, SVD-free low-rank adaptive gradient optimization for large language models,
// 2025, arXiv:2505.17967, Algorithm 1.
type DCTAdamW struct {
	Rank     int     // default a quarter of the shorter side
	Every    int     // steps; default 1
	Square   bool    // l2 norms in place of l1
	Feedback bool    // of errors
	Beta1    float64 // in (0, 1); default 0.9
	Beta2    float64 // in (0, 1); default 0.999
	Eps      float64 // > 0; default 1e-8
	Decay    float64 // decoupled, >= 0; default 0.01, negative: none
}

// Check implements [Rule].
func (r DCTAdamW) Check() error {
	return check("dct-adamw", positive("rank", float64(r.Rank)), positive("every", float64(r.Every)), unit("beta1", r.Beta1),
		unit("beta2", r.Beta2), positive("eps", r.Eps), positive("decay", max(r.Decay, 0)))
}

// Rate returns 1e-3.
func (r DCTAdamW) Rate() float64 { return 1e-3 }

// Vectors implements [Rule].
func (r DCTAdamW) Vectors() int { return 0 }

// Needs implements [Needer].
func (r DCTAdamW) Needs() Needs { return Needs{Scope: Blocks} }

// rankOf returns how many directions of a side of k a rule keeps: a quarter unless it says.
func rankOf(rank, k int) int {
	if rank == 0 {
		return max(1, k/4)
	}
	return min(rank, k)
}

// Extra implements [Shaper].
func (r DCTAdamW) Extra(shape []int) int {
	rows, cols := sidesOf(shape)
	if cols == 0 {
		return 2 * rows
	}
	n := rankOf(r.Rank, min(rows, cols)) * (2*max(rows, cols) + 1)
	if r.Feedback {
		n += rows * cols
	}
	return n
}

// Step32 implements [Rule].
func (r DCTAdamW) Step32(p *Part[float32]) { dctAdamW(r, p) }

// Step64 implements [Rule].
func (r DCTAdamW) Step64(p *Part[float64]) { dctAdamW(r, p) }

func dctAdamW[T vec.Float](r DCTAdamW, p *Part[T]) {
	rows, cols := sidesOf(p.Blocks[0].Shape)
	beta1, beta2, memory := or(r.Beta1, 0.9), or(r.Beta2, 0.999), p.Extra[0]
	c := vec.Moments[T]{
		Old1: T(beta1), New1: T(1 - beta1), Old2: T(beta2), New2: T(1 - beta2), Shrink: T(1 - p.LR*orNone(r.Decay, 0.01)),
		Rate: T(p.LR / bias(beta1, p.K)), Root: T(1 / math.Sqrt(bias(beta2, p.K))), Eps: T(or(r.Eps, 1e-8)),
	}
	if cols == 0 {
		c.Step(p.X, memory[:rows], memory[rows:], p.G)
		return
	}
	k, long, rank := min(rows, cols), max(rows, cols), rankOf(r.Rank, min(rows, cols))
	m, v, ids, missed := memory[:rank*long], memory[rank*long:2*rank*long], memory[2*rank*long:][:rank], memory[rank*(2*long+1):]
	g := p.G
	if r.Feedback {
		vec.Axpy(1, g, missed)
		g = missed
	}
	q := cosines(p, k)
	s := p.Scratch(k * long) // row j is the part of G along cosine j
	if rows >= cols {
		vec.Gemm(false, true, k, long, k, 1, q, k, g, cols, 0, s, long)
	} else {
		vec.Gemm(false, false, k, long, k, 1, q, k, g, cols, 0, s, long)
	}
	if (p.K-1)%int(or(float64(r.Every), 1)) == 0 {
		scores := p.wideScratch(2 * k)
		for j := range k {
			if part := s[j*long : (j+1)*long]; r.Square {
				scores[j] = norm(part)
			} else {
				scores[j] = float64(vec.Asum(part))
			}
		}
		chooseTop(scores[:k], scores[k:], ids, p.K == 1, func(slot int) {
			clear(m[slot*long : (slot+1)*long])
			clear(v[slot*long : (slot+1)*long])
		})
	}
	vec.Scal(c.Shrink, p.X)
	u := p.Scratch(long) // the change along a cosine
	for slot := range rank {
		id := int(ids[slot])
		cosine, z := q[id*k:(id+1)*k], s[id*long:(id+1)*long]
		clear(u)
		c.Step(u, m[slot*long:(slot+1)*long], v[slot*long:(slot+1)*long], z)
		addAlong(p.X, 1, u, cosine, rows, cols)
		if r.Feedback {
			addAlong(missed, -1, z, cosine, rows, cols)
		}
	}
}

// addAlong adds the multiples c u of a direction of the shorter side to the rows x cols matrix x.
func addAlong[T vec.Float](x []T, c T, u, direction []T, rows, cols int) {
	for i := range rows {
		if rows >= cols {
			vec.Axpy(c*u[i], direction, x[i*cols:(i+1)*cols])
		} else {
			vec.Axpy(c*direction[i], u, x[i*cols:(i+1)*cols])
		}
	}
}

// cosines returns the orthogonal matrix of the DCT-II, which a part keeps.
func cosines[T vec.Float](p *Part[T], k int) []T {
	if len(p.table) != k*k {
		p.table = make([]T, k*k)
		for i := range p.table {
			p.table[i] = T(math.Sqrt(2/float64(k)) * math.Cos(math.Pi*float64(i/k)*float64(2*(i%k)+1)/float64(2*k)))
		}
		vec.Scal(T(math.Sqrt(0.5)), p.table[:k])
	}
	return p.table
}

// chooseTop makes ids those of the largest scores, ties by the smaller. Those that stay keep their slots; fresh is
// called for a slot with a new one. flags is scratch, scores are destroyed.
func chooseTop[T vec.Float](scores, flags []float64, ids []T, first bool, fresh func(slot int)) {
	clear(flags)
	for range ids {
		top := -1
		for j, v := range scores {
			if flags[j] == 0 && (top < 0 || v > scores[top]) {
				top = j
			}
		}
		flags[top] = 1
	}
	for slot := range ids {
		if id := int(ids[slot]); !first && flags[id] == 1 {
			flags[id] = 2
		} else {
			ids[slot] = -1
		}
	}
	next := 0
	for slot := range ids {
		if ids[slot] >= 0 {
			continue
		}
		for flags[next] != 1 {
			next++
		}
		ids[slot], flags[next] = T(next), 2
		fresh(slot)
	}
}
