package fit

import (
	"context"

	"github.com/godescent/descent"
	"github.com/godescent/descent/problem/glm"
)

// screenShare is up to what share of the columns screening may leave for a restricted model to
// be worth its copy and the second certificate.
const screenShare = 1.0 / 16

// screen solves the model of the columns that the duality gap at start does not prove to be
// zero, if these are few, and returns the solution with all columns; nil where the whole model
// is as well solved at once, as models that keep products of their columns are. So what a
// value costs is little more than two certificates of the whole.
//
// Sequential screening by the gap safe sphere: Ndiaye, Fercoq, Gramfort, Salmon, Gap safe
// screening rules for sparsity enforcing penalties, JMLR 18, 2017, arXiv:1611.05780.
func (p *path) screen(ctx context.Context, m *glm.Model, start []float64) (x []float64, r *descent.Result, err error) {
	if m.Kept() {
		return nil, nil, nil
	}
	zero := make([]bool, len(start))
	if _, ok := m.SafeZeros(zero, start); !ok {
		return nil, nil, nil
	}
	cols := p.left(zero)
	if float64(len(cols)) > screenShare*float64(p.d) {
		return nil, nil, nil
	}
	part, err := m.Restrict(cols)
	if err != nil {
		return nil, nil, err
	}
	if r, err = descent.Solve(ctx, part.Problem(), p.method, p.gather(start, cols), p.options()); err != nil {
		return nil, nil, err
	}
	return p.scatter(r.X, cols), r, nil
}

// left returns the columns that some output may need, at least one.
func (p *path) left(zero []bool) (cols []int) {
	for j := range p.d {
		for k := range p.outputs() {
			if !zero[k*p.d+j] {
				cols = append(cols, j)
				break
			}
		}
	}
	if cols == nil {
		cols = append(cols, 0)
	}
	return cols
}

// gather returns the variables of some columns, and the intercepts.
func (p *path) gather(x []float64, cols []int) []float64 {
	y := make([]float64, 0, len(cols)*p.outputs()+len(x)-p.free())
	for k := range p.outputs() {
		for _, j := range cols {
			y = append(y, x[k*p.d+j])
		}
	}
	return append(y, x[p.free():]...)
}

// scatter undoes gather, with zeros elsewhere.
func (p *path) scatter(y []float64, cols []int) []float64 {
	x := make([]float64, len(p.null))
	for k := range p.outputs() {
		for a, j := range cols {
			x[k*p.d+j] = y[k*len(cols)+a]
		}
	}
	copy(x[p.free():], y[len(cols)*p.outputs():])
	return x
}
