package rule

import (
	"github.com/godescent/descent/vec"
)

// AggMo steps along the mean of momenta that forget at different speeds:
//
//	v_i <- Betas_i v_i + g,  x <- x - lr/n sum_i v_i
//
// Memory: n vectors, as many as Betas.
//
// Lucas, Sun, Zemel, Grosse, Aggregated momentum: stability through passive damping, ICLR 2019,
// arXiv:1804.00325, (3).
type AggMo struct {
	Betas []float64 // each in [0, 1); default 0, 0.9, 0.99
}

// Check implements [Rule].
func (r AggMo) Check() error {
	var limits []limit
	for _, b := range r.betas() {
		limits = append(limits, unit("betas", b))
	}
	return check("aggmo", limits...)
}

// Rate returns 0.1.
func (r AggMo) Rate() float64 { return 0.1 }

// Vectors implements [Rule].
func (r AggMo) Vectors() int { return len(r.betas()) }

// Step32 implements [Rule].
func (r AggMo) Step32(p *Part[float32]) { aggmo(r, p) }

// Step64 implements [Rule].
func (r AggMo) Step64(p *Part[float64]) { aggmo(r, p) }

func aggmo[T vec.Float](r AggMo, p *Part[T]) {
	rate := T(p.LR / float64(len(r.betas())))
	for j, b := range r.betas() {
		c := vec.Momentum[T]{Old: T(b), New: 1, Rate: rate}
		c.Step(p.X, p.V[j], p.G)
	}
}

func (r AggMo) betas() []float64 {
	if len(r.Betas) == 0 {
		return aggMoBetas
	}
	return r.Betas
}

var aggMoBetas = []float64{0, 0.9, 0.99}
