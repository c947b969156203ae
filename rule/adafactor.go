package rule

import (
	"math"

	"github.com/godescent/descent/vec"
)

// Adafactor keeps the average of squares of a matrix as the averages of its rows and columns:
//
//	rho = 1 - k^-0.8,  R, C <- averages with rho of the means of g^2 + Eps1 over rows and columns
//	v = R C'/mean(R) for a matrix, else the average of g^2 + Eps1 itself
//	u = g/sqrt(v),  u <- u/max(1, RMS(u)/Clip),  a = lr max(Eps2, RMS(x))
//	m <- Beta1 m + (1 - Beta1) a u,  x <- x - m
//
// A block of more than two axes is a matrix of its first axis. Plain takes a = lr. Without Beta1 (negative) there is
// no m. Memory: a vector with Beta1, and rows + columns of each matrix.
//
// Shazeer and Stern, Adafactor: adaptive learning rates with sublinear memory cost, ICML 2018, arXiv:1804.04235,
// Algorithms 4 and 5.
type Adafactor struct {
	Beta1     float64 // in (0, 1); default none, as negative values
	Power     float64 // of k, in (0, 1]; default 0.8
	Eps1      float64 // > 0; default 1e-30
	Eps2      float64 // > 0; default 1e-3
	Clip      float64 // > 0; default 1
	Plain     bool    // learning rates that are not relative to RMS(x)
	Decay     float64 // decoupled, >= 0
	reference bool    // as the implementation of the trajectories has it; see Replay
}

// Check implements [Rule].
func (r Adafactor) Check() error {
	return check("adafactor", unit("beta1", max(r.Beta1, 0)), fraction("power", r.Power), positive("eps1", r.Eps1), positive("eps2", r.Eps2),
		positive("clip", r.Clip), positive("decay", r.Decay))
}

// Rate returns 1e-2.
func (r Adafactor) Rate() float64 { return 1e-2 }

// Vectors implements [Rule].
func (r Adafactor) Vectors() int {
	if r.Beta1 > 0 {
		return 1
	}
	return 0
}

// Needs implements [Needer].
func (r Adafactor) Needs() Needs { return Needs{Scope: Blocks} }

// Extra implements [Shaper].
func (r Adafactor) Extra(shape []int) int { return factors(shape) }

// Step32 implements [Rule].
func (r Adafactor) Step32(p *Part[float32]) { adafactor(r, p) }

// Step64 implements [Rule].
func (r Adafactor) Step64(p *Part[float64]) { adafactor(r, p) }

func adafactor[T vec.Float](r Adafactor, p *Part[T]) {
	rho := 1 - math.Pow(float64(p.K), -or(r.Power, 0.8))
	u := p.Scratch(len(p.G))
	factored(p, p.Extra[0], u, p.G, T(rho), T(or(r.Eps1, 1e-30)))
	for i, g := range p.G {
		u[i] *= g
	}
	a := p.LR
	if !r.Plain {
		a *= max(or(r.Eps2, 1e-3), rms(p.X))
	}
	clip := max(1, rms(u)/or(r.Clip, 1))
	if r.reference { // which raises what is small
		clip = min(1, rms(u)/or(r.Clip, 1))
	}
	vec.Scal(T(a/clip), u)
	if m := p.V; r.Beta1 > 0 && r.reference {
		brief(m[0], u, r.Beta1)
		u = m[0]
	} else if r.Beta1 > 0 {
		vec.Axpby(T(1-r.Beta1), u, T(r.Beta1), m[0])
		u = m[0]
	}
	vec.Axpby(-1, u, T(1-a*r.Decay), p.X)
}

// factors returns how many numbers [factored] remembers of a block.
func factors(shape []int) int {
	n := Block{Shape: shape}.Size()
	if len(shape) > 1 {
		return shape[0] + n/shape[0]
	}
	return n
}

// factored takes the averages of the squares of g plus add to those with the weight rho of the old,
// and stores the inverse root of their product, or of the average itself for one axis, in dst.
func factored[T vec.Float](p *Part[T], memory, dst, g []T, rho, add T) {
	if !p.matrix() {
		for i, v := range g {
			memory[i] = rho*memory[i] + (1-rho)*(v*v+add)
			dst[i] = 1 / sqrt(memory[i])
		}
		return
	}
	rows := p.rows()
	cols := len(g) / rows
	down, across := memory[:rows], memory[rows:]
	vec.Scal(rho, memory)
	for i := range rows {
		row := g[i*cols : (i+1)*cols]
		sum := T(0)
		for j, v := range row {
			sum += v*v + add
			across[j] += (1 - rho) / T(rows) * (v*v + add)
		}
		down[i] += (1 - rho) / T(cols) * sum
	}
	mean := vec.Sum(down) / T(rows)
	for i := range rows {
		f := 1 / sqrt(down[i]/mean)
		for j := range cols {
			dst[i*cols+j] = f / sqrt(across[j])
		}
	}
}

func rms[T vec.Float](x []T) float64 { return norm(x) / math.Sqrt(float64(len(x))) }

// brief averages u in m as numbers of 8 bits, the type of the reference's averages.
func brief[T vec.Float](m, u []T, beta float64) {
	round := func(v float32) float32 {
		b := math.Float32bits(v)
		return math.Float32frombits((b + 0x7fff + b>>16&1) &^ 0xffff)
	}
	for i, v := range u {
		old := float32(m[i])
		m[i] = T(round(old + float32(1-beta)*(round(float32(v))-old)))
	}
}
