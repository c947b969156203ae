package rule

import (
	"math"

	"github.com/godescent/descent/rng"
	"github.com/godescent/descent/vec"
)

// FRUGAL has Adam's averages for some columns of each block of two or more axes, drawn anew every Every steps, and a
// rule without memory for the others:
//
//	drawn columns: x <- x - lr m^/(sqrt(v^) + Eps), with averages and corrections since they were drawn
//	others: x <- x - lr Ratio sign(g), with Plain lr Ratio g
//	all: x <- (1 - lr Decay) x before
//
// Blocks of one axis take AdamW's step. A block of more than two axes is a matrix of its first axis. Memory: 2 Density
// vectors, of blocks of one axis 2.
//
// Zmushko, Beznosikov, Takáč, Horváth, FRUGAL: memory-efficient optimization by reducing state overhead for scalable
// training, ICML 2025, arXiv:2411.07837, Algorithm 1 with random columns.
type FRUGAL struct {
	Density float64 // part of the columns, in [0, 1]; default 0.25, negative: 0
	Every   int     // steps; default 200
	Beta1   float64 // in (0, 1); default 0.9
	Beta2   float64 // in (0, 1); default 0.999
	Eps     float64 // > 0; default 1e-8
	Ratio   float64 // of learning rates, >= 0; default 1, negative: 0
	Plain   bool
	Decay   float64 // decoupled, >= 0
	Seed    uint64
}

// Check implements [Rule].
func (r FRUGAL) Check() error {
	return check("frugal", fraction("density", max(r.Density, 0)), positive("every", float64(r.Every)), unit("beta1", r.Beta1),
		unit("beta2", r.Beta2), positive("eps", r.Eps), positive("ratio", max(r.Ratio, 0)), positive("decay", r.Decay))
}

// Rate returns 1e-3.
func (r FRUGAL) Rate() float64 { return 1e-3 }

// Vectors implements [Rule].
func (r FRUGAL) Vectors() int { return 0 }

// Needs implements [Needer].
func (r FRUGAL) Needs() Needs { return Needs{Scope: Blocks} }

func (r FRUGAL) every() int { return int(or(float64(r.Every), 200)) }

func (r FRUGAL) columns(cols int) int { return int(orNone(r.Density, 0.25) * float64(cols)) }

// Extra implements [Shaper].
func (r FRUGAL) Extra(shape []int) int {
	rows, cols := sidesOf(shape)
	if cols == 0 {
		return 2 * rows
	}
	return r.columns(cols) * (2*rows + 1)
}

// Step32 implements [Rule].
func (r FRUGAL) Step32(p *Part[float32]) { frugal(r, p) }

// Step64 implements [Rule].
func (r FRUGAL) Step64(p *Part[float64]) { frugal(r, p) }

func frugal[T vec.Float](r FRUGAL, p *Part[T]) {
	beta1, beta2, eps := or(r.Beta1, 0.9), or(r.Beta2, 0.999), T(or(r.Eps, 1e-8))
	vec.Scal(T(1-p.LR*r.Decay), p.X)
	rows, cols := sidesOf(p.Blocks[0].Shape)
	k, every := p.K, r.every()
	active, matrix := r.columns(cols), cols > 0
	if matrix {
		k = (p.K-1)%every + 1
	} else { // AdamW
		rows, active, cols = 1, rows, rows
	}
	memory := p.Extra[0]
	m, v, ids := memory[:rows*active], memory[rows*active:2*rows*active], memory[2*rows*active:]
	if matrix && k == 1 {
		clear(memory)
		root := rng.New(r.Seed, "frugal")
		period := root.Split(uint64((p.K - 1) / every))
		draw(period.Split(uint64(p.at)), ids, cols)
	}
	a1, c1, a2, c2 := T(beta1), T(1-beta1), T(beta2), T(1-beta2)
	rate, root, free := T(p.LR/bias(beta1, k)), T(1/math.Sqrt(bias(beta2, k))), T(p.LR*orNone(r.Ratio, 1))
	next := 0 // of ids, which increase
	for j := range cols {
		drawn := cols == active || next < active && int(ids[next]) == j
		for i := range rows {
			at := i*cols + j
			g := p.G[at]
			switch {
			case drawn:
				s := next*rows + i
				m[s] = a1*m[s] + c1*g
				v[s] = a2*v[s] + c2*g*g
				p.X[at] -= rate * m[s] / (root*sqrt(v[s]) + eps)
			case r.Plain:
				p.X[at] -= free * g
			default:
				p.X[at] -= free * sign(g)
			}
		}
		if drawn {
			next++
		}
	}
}

// draw stores a random subset of 0 ... n-1 in ids, increasing (Knuth's algorithm S).
func draw[T vec.Float](s rng.Stream, ids []T, n int) {
	taken := 0
	for i := 0; i < n && taken < len(ids); i++ {
		if s.Float64()*float64(n-i) < float64(len(ids)-taken) {
			ids[taken] = T(i)
			taken++
		}
	}
}
