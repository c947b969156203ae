package coordinate

import (
	"github.com/godescent/descent"
)

// hessianRows is a sparse Hessian: a [SparseHessian], or a view of a [PairwiseHessian].
type hessianRows interface {
	HessianRow(i int) (idx []int32, val []float64)
}

// boundRows has the graph of a pairwise f: the rows of a bound on its Hessian.
type boundRows struct{ PairwiseHessian }

func (r boundRows) HessianRow(i int) ([]int32, []float64) { return r.BoundRow(i) }

// rowsAt is the Hessian of a pairwise f at the state of a run.
type rowsAt struct {
	PairwiseHessian
	s *bcdRun
}

func (r rowsAt) HessianRow(i int) ([]int32, []float64) {
	idx, _ := r.BoundRow(i)
	return idx, r.RowAt(i, r.s.W)
}

// graph returns rows of the Hessian that are zero where it is zero at every x.
func (s *bcdRun) graph() (hessianRows, error) {
	if o, ok := s.p.Objective.(PairwiseHessian); ok {
		return boundRows{o}, nil
	}
	return descent.Require[SparseHessian](s.p)
}
