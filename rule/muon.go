package rule

import (
	"math"

	"github.com/godescent/descent/vec"
)

// Muon steps along the orthogonal matrix nearest to the momentum of a block of two or more axes:
//
//	M <- Momentum M + (1 - Momentum) G,  N = Momentum M + (1 - Momentum) G, without Nesterov M
//	O = Newton-Schulz(N), five times X <- 3.4445 X - 4.7750 X X'X + 2.0315 X X'X X'X from X = N/|N|
//	x <- (1 - lr Decay) x - lr sqrt(max(1, rows/columns)) O
//
// Blocks of one axis take AdamW's step with Ratio lr. A block of more than two axes is a matrix of its first axis.
// Time: 15 products of matrices, of min(rows, columns)^2 max(rows, columns) operations each. Memory: 2 vectors.
//
// Jordan et al., Muon: an optimizer for hidden layers in neural networks, 2024, kellerjordan.github.io/posts/muon; it is
// the Lion-K update with the nuclear norm: Chen, Liu, Liang, Liu, ICLR 2024, arXiv:2310.05898.
type Muon struct {
	Momentum float64 // in (0, 1); default 0.95
	Plain    bool    // without Nesterov
	Decay    float64 // decoupled, >= 0
	Ratio    float64 // of AdamW's learning rate, > 0; default 0.015
	Beta1    float64 // AdamW's, in (0, 1); default 0.9
	Beta2    float64 // AdamW's, in (0, 1); default 0.95
	Eps      float64 // AdamW's, > 0; default 1e-10
}

// Check implements [Rule].
func (r Muon) Check() error {
	return check("muon", unit("momentum", r.Momentum), positive("decay", r.Decay), positive("ratio", r.Ratio), unit("beta1", r.Beta1),
		unit("beta2", r.Beta2), positive("eps", r.Eps))
}

// Rate returns 2e-2.
func (r Muon) Rate() float64 { return 2e-2 }

// Vectors implements [Rule].
func (r Muon) Vectors() int { return 2 }

// Needs implements [Needer].
func (r Muon) Needs() Needs { return Needs{Scope: Blocks} }

// Step32 implements [Rule].
func (r Muon) Step32(p *Part[float32]) { muon(r, p) }

// Step64 implements [Rule].
func (r Muon) Step64(p *Part[float64]) { muon(r, p) }

func muon[T vec.Float](r Muon, p *Part[T]) {
	if !p.matrix() {
		beta1, beta2, lr := or(r.Beta1, 0.9), or(r.Beta2, 0.95), p.LR*or(r.Ratio, 0.015)
		c := vec.Moments[T]{
			Old1: T(beta1), New1: T(1 - beta1), Old2: T(beta2), New2: T(1 - beta2), Shrink: T(1 - lr*r.Decay),
			Rate: T(lr / bias(beta1, p.K)), Root: T(1 / math.Sqrt(bias(beta2, p.K))), Eps: T(or(r.Eps, 1e-10)),
		}
		c.Step(p.X, p.V[0], p.V[1], p.G)
		return
	}
	mu, m, n := or(r.Momentum, 0.95), p.V[0], p.Scratch(len(p.G))
	vec.Axpby(T(1-mu), p.G, T(mu), m)
	copy(n, m)
	if !r.Plain {
		vec.Axpby(T(1-mu), p.G, T(mu), n)
	}
	rows := p.rows()
	cols := len(n) / rows
	orthogonalize(p, n, rows, cols)
	vec.Axpby(T(-p.LR*math.Sqrt(max(1, float64(rows)/float64(cols)))), n, T(1-p.LR*r.Decay), p.X)
}

// orthogonalize takes the singular values of a matrix near to 1, by five steps of a Newton-Schulz iteration whose
// polynomial rises fast at 0: values end between 0.7 and 1.2.
func orthogonalize[T vec.Float](p *Part[T], x []T, rows, cols int) {
	vec.Scal(T(1/(norm(x)+1e-7)), x)
	n := min(rows, cols)
	gram, square, next := p.Scratch(n*n), p.Scratch(n*n), p.Scratch(len(x))
	for range 5 {
		// The smaller of X X' and X' X.
		vec.Gemm(rows > cols, rows <= cols, n, n, max(rows, cols), 1, x, cols, x, cols, 0, gram, n)
		vec.Gemm(false, false, n, n, n, 2.0315, gram, n, gram, n, 0, square, n)
		vec.Axpy(-4.7750, gram, square)
		if rows <= cols {
			vec.Gemm(false, false, rows, cols, n, 1, square, n, x, cols, 0, next, cols)
		} else {
			vec.Gemm(false, false, rows, cols, n, 1, x, cols, square, n, 0, next, cols)
		}
		vec.Axpby(1, next, 3.4445, x)
	}
}
