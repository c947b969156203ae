package adaptive

import (
	"fmt"
	"math"

	"github.com/godescent/descent/data"
	"github.com/godescent/descent/linalg"
	"github.com/godescent/descent/vec"
)

// A softmax is the regression of classes without intercepts: the mean over examples of
// logsumexp(W a) - (W a)_y, in double precision.
type softmax struct {
	classes, d int
	rows       []float64 // examples x d
	labels     []int
}

// digits are the first n of the embedded digits, with pixels between 0 and 1.
func digits(n int) (softmax, error) {
	set, err := data.Load("digits", data.Options{})
	if err != nil {
		return softmax{}, err
	}
	x, ok := set.X.(*linalg.Dense)
	if !ok || x.Rows < n {
		return softmax{}, fmt.Errorf("digits: %T: want a dense matrix of at least %d rows", set.X, n)
	}
	f := softmax{classes: 10, d: x.Cols}
	for i := range n {
		for _, v := range x.Row(i) {
			f.rows = append(f.rows, v/16)
		}
		f.labels = append(f.labels, int(set.Y[i]))
	}
	return f, nil
}

// each calls visit with every example and its probabilities of the classes at w.
func (f softmax) each(w []float64, visit func(row, p []float64, label int)) {
	p := make([]float64, f.classes)
	for i, label := range f.labels {
		row, top, sum := f.rows[i*f.d:(i+1)*f.d], math.Inf(-1), 0.0
		for c := range p {
			p[c] = vec.Dot(w[c*f.d:(c+1)*f.d], row)
			top = max(top, p[c])
		}
		for c := range p {
			p[c] = math.Exp(p[c] - top)
			sum += p[c]
		}
		vec.Scal(1/sum, p)
		visit(row, p, label)
	}
}

func (f softmax) gradient(g, w []float64) {
	clear(g)
	f.each(w, func(row, p []float64, label int) {
		p[label]--
		for c, v := range p {
			vec.Axpy(v/float64(len(f.labels)), row, g[c*f.d:(c+1)*f.d])
		}
	})
}
