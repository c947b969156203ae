// Package glm has generalized linear models on dense and sparse data: the
// objectives
//
//	F(w, b) = (1/n) sum_i phi(y_i, x_i.w + b) + l1 |w|_1 + (l2/2) |w|_2^2
//
// with the losses of this package, weighted means with sample weights, an
// unpenalized intercept, group norms and boxes, and their oracles: value,
// gradient, Hessian-vector product, Hessian, terms, curvature constants, and the
// duality gap. Losses of several outputs are the multinomial and the multi-task squared one.
// The penalties may spare columns, and l1 |w|_1 may give way to one that is not
// convex: MCP, SCAD or log-sum.
package glm

import (
	"errors"
	"fmt"
	"math"
	"slices"

	"github.com/godescent/descent"
	"github.com/godescent/descent/linalg"
	"github.com/godescent/descent/prox"
)

// A Scaling says how columns are scaled before the penalties apply. Coefficients
// are always reported in the units of the data.
type Scaling string

// The scalings.
const (
	ScaleNone   Scaling = "none"
	ScaleStd    Scaling = "std"    // divide by the standard deviation; with an intercept, center too
	ScaleMaxAbs Scaling = "maxabs" // divide by the largest absolute value; keeps zeros
)

// A Spec says which model to fit. The zero value is least squares without
// intercept or penalty.
type Spec struct {
	Loss      Loss    // nil means Squared{}
	L1        float64 // weight of |w|_1, >= 0
	L2        float64 // weight of |w|^2/2, >= 0
	GroupL1   float64 // weight of the group norm sum_G sqrt(|G|) |w_G|_2, >= 0; excludes L1 and bounds
	Groups    [][]int // disjoint sets of columns for GroupL1
	TaskL1    float64 // weight of sum_j |W_j|_2, W_j being column j's coefficients of all outputs, >= 0; excludes the above but L2, and bounds
	Lower     []float64
	Upper     []float64 // bounds on w in the units of the data; nil means none
	NonNeg    bool      // w >= 0
	Intercept bool

	// Nonconvex is a prox.MCP, prox.SCAD or prox.LogSum of w in place of l1 |w|_1, in
	// scaled units; nil means none. What certifies a fit is then that it is stationary:
	// the distance of 0 to the subdifferential, which proves no global minimum.
	Nonconvex descent.Regularizer
	// Free are columns that l1 or Nonconvex leaves out; l2 and bounds do not. They must be in
	// no group, and exclude TaskL1. Without l2, or bounds on both sides of them, no duality gap
	// is at hand: the distance of 0 to the subdifferential certifies, which does prove a
	// minimum where the penalty is convex.
	Free []int

	Scale   Scaling   // "" means ScaleNone
	Weights []float64 // sample weights >= 0; nil means equal
}

// rows is what a model needs of a data matrix.
type rows interface {
	linalg.Matrix
	RowDot(i int, x []float64) float64
	RowAxpy(a float64, i int, y []float64)
	RowNrm2Sq(i int) float64
	Gram(h, d []float64)
	SquaresT(dst, c []float64)
}

// A Model is a Spec bound to data. Its variables are x = (W, b): K rows of d
// coefficients in scaled units, then K intercepts if there are any (K = 1 but for
// Multinomial and MultiSquared). A Model caches its last x, so it serves one run at a time.
type Model struct {
	name string
	spec Spec
	loss Loss
	x    rows
	y    []float64
	n, d int
	k    int       // outputs
	wt   []float64 // sample weights with mean 1, nil for equal
	mul  []float64 // columns are (x_j - mid_j) mul_j; nil for ones
	mid  []float64 // nil for zeros

	h       descent.Regularizer
	grouped []bool    // columns in groups, nil without
	norms   [][]int   // groups of coefficients, nil without
	normW   []float64 // and the weights of their norms
	free    []bool    // columns that l1 leaves out, nil without
	lower   []float64 // box of the d*k coefficients in scaled units, nil if none
	upper   []float64

	lip float64 // 0 until asked

	*memory
}

// memory is what a model keeps of its data and its last x, and its scratch. It does not
// depend on the penalties, so that models which differ in them only can share it.
type memory struct {
	at        []float64 // the last x, and everything there
	atValid   bool
	gradValid bool
	diagValid bool
	mean      float64   // of the losses
	square    float64   // |w|^2
	z, u, v   []float64 // predictors, slopes times weights (class-major), loss values
	curve     []float64 // second derivatives times weights
	grad      []float64 // of the mean of the losses
	// Scratch.
	wide, zv     []float64 // d and n*k
	gram, border []float64 // d*d and d, on demand
	dualState
	row []float64 // one sample

	cols    *columns // the data by columns, for sparse models and block Hessians
	kept    *products
	moments *moments
	picked  []int32 // columns of a block and their places in it
	place   []int
	slots   []int // where their products are
	small   []float64
	column  []float64
	task    *tasks
	spread  []float64 // root mean squares of the columns, for screening

	track   *tracking
	tracked bool // z, u, v and mean are those of the last state, not of at

	scaled linalg.Matrix // rows in scaled units, for dual methods
}

var (
	_ descent.Smooth              = (*Model)(nil)
	_ descent.HessianVector       = (*Model)(nil)
	_ descent.HessianMatrix       = (*Model)(nil)
	_ descent.FiniteSum           = (*Model)(nil)
	_ descent.Lipschitz           = (*Model)(nil)
	_ descent.CoordinateLipschitz = (*Model)(nil)
	_ descent.StrongConvexity     = (*Model)(nil)
	_ descent.Certifier           = (*Model)(nil)
	_ descent.Diagnoser           = (*Model)(nil)
)

// New binds a specification to data: x has n rows and d columns (a CSR or Dense
// matrix), y has n targets, or n of each output for MultiSquared. x and y are kept, not
// copied, and not changed.
func New(name string, x linalg.Matrix, y []float64, spec Spec) (*Model, error) {
	m := &Model{name: name, spec: spec, loss: spec.Loss, y: y, k: 1}
	if m.loss == nil {
		m.loss = Squared{}
	}
	outputs := 1 // of which y has targets
	switch l := m.loss.(type) {
	case Multinomial:
		m.k = l.K
	case MultiSquared:
		m.k, outputs = l.K, max(1, l.K) // what is less is refused below
	}
	if c, ok := x.(*linalg.CSC); ok {
		x = c.CSR()
	}
	var ok bool
	if m.x, ok = x.(rows); !ok {
		return nil, fmt.Errorf("glm: a matrix of type %T has no row access: want *linalg.CSR or *linalg.Dense", x)
	}
	m.n, m.d = x.Dims()
	switch {
	case m.n == 0 || m.d == 0:
		return nil, fmt.Errorf("glm: data matrix is %d x %d: want at least one row and one column", m.n, m.d)
	case len(y) != m.n*outputs && outputs == 1:
		return nil, fmt.Errorf("glm: %d targets for %d rows", len(y), m.n)
	case len(y) != m.n*outputs:
		return nil, fmt.Errorf("glm: %d targets for %d rows and %d outputs: want rows times outputs, all of the first output first", len(y), m.n, outputs)
	}
	for i, v := range y {
		if v-v != 0 {
			return nil, fmt.Errorf("glm: target of sample %d is %v: want a finite number", i%m.n+1, v)
		}
	}
	if err := errors.Join(m.loss.check(y), m.checkSpec()); err != nil {
		return nil, err
	}
	if err := m.weigh(spec.Weights); err != nil {
		return nil, err
	}
	if err := m.scale(); err != nil {
		return nil, err
	}
	if err := m.penalize(); err != nil {
		return nil, err
	}
	if _, ok := m.loss.(Hinge); ok && !m.hasDual() && len(spec.Free) > 0 {
		return nil, errors.New("glm: hinge with free columns: want l2 > 0, or bounds on both sides of them, so that a duality gap can certify the answer")
	} else if ok && !m.hasDual() {
		return nil, errors.New("glm: hinge without a penalty: want l1, l2 or bounds, so that a duality gap can certify the answer")
	}
	m.memory = m.newMemory()
	return m, nil
}

func (m *Model) newMemory() *memory {
	dim, nk := m.Dim(), m.n*m.k
	return &memory{
		at: make([]float64, dim), grad: make([]float64, dim), wide: make([]float64, m.d),
		z: make([]float64, nk), u: make([]float64, nk), zv: make([]float64, nk),
		v: make([]float64, m.n), curve: make([]float64, m.n),
	}
}

func (m *Model) checkSpec() error {
	s := m.spec
	for _, p := range []struct {
		name string
		v    float64
	}{{"l1", s.L1}, {"l2", s.L2}, {"group l1", s.GroupL1}, {"task l1", s.TaskL1}} {
		if !(p.v >= 0) || math.IsInf(p.v, 0) {
			return fmt.Errorf("glm: %s = %v: want a number >= 0", p.name, p.v)
		}
	}
	boxed := s.NonNeg || s.Lower != nil || s.Upper != nil
	switch {
	case s.GroupL1 > 0 && (s.L1 > 0 || boxed):
		return errors.New("glm: group l1 excludes l1 and bounds: want one of them")
	case s.TaskL1 > 0 && (s.L1 > 0 || s.GroupL1 > 0 || boxed):
		return errors.New("glm: task l1 excludes l1, group l1 and bounds: want one of them")
	case s.GroupL1 > 0 && len(s.Groups) == 0:
		return errors.New("glm: group l1 without groups: want disjoint sets of columns")
	case s.NonNeg && (s.Lower != nil || s.Upper != nil):
		return errors.New("glm: non-negativity and bounds: want one of them")
	}
	switch s.Scale {
	case "", ScaleNone, ScaleStd, ScaleMaxAbs:
	default:
		return fmt.Errorf("glm: scaling %q: want none, std or maxabs", s.Scale)
	}
	if err := s.checkPenalties(m.d, boxed); err != nil {
		return err
	}
	seen := make([]bool, m.d)
	for _, group := range s.Groups {
		for _, j := range group {
			if j < 0 || j >= m.d || seen[j] {
				return fmt.Errorf("glm: column %d is outside of the data or in two groups: want disjoint sets of columns 0..%d", j, m.d-1)
			}
			seen[j] = true
		}
	}
	return nil
}

// weigh normalizes sample weights to mean one.
func (m *Model) weigh(w []float64) error {
	if w == nil {
		return nil
	}
	if len(w) != m.n {
		return fmt.Errorf("glm: %d sample weights for %d rows", len(w), m.n)
	}
	sum := 0.0
	for i, v := range w {
		if !(v >= 0) || math.IsInf(v, 0) {
			return fmt.Errorf("glm: weight of sample %d is %v: want a number >= 0", i+1, v)
		}
		sum += v
	}
	if sum == 0 || math.IsInf(sum, 0) {
		return fmt.Errorf("glm: sample weights sum to %v: want a positive number", sum)
	}
	m.wt = make([]float64, m.n)
	for i, v := range w {
		m.wt[i] = v / sum * float64(m.n)
	}
	return nil
}

func (m *Model) weight(i int) float64 {
	if m.wt == nil {
		return 1
	}
	return m.wt[i]
}

// scale chooses mul and mid. A constant column has no spread: it keeps its units,
// and is centered away where columns are centered.
func (m *Model) scale() error {
	switch m.spec.Scale {
	case ScaleMaxAbs:
		m.mul = make([]float64, m.d)
		for i := range m.n {
			m.each(i, func(j int, v float64) { m.mul[j] = max(m.mul[j], math.Abs(v)) })
		}
	case ScaleStd:
		mean, sq := make([]float64, m.d), make([]float64, m.d)
		seen := make([]float64, m.d) // weight of the stored entries
		for i := range m.n {
			w := m.weight(i) / float64(m.n)
			m.each(i, func(j int, v float64) { mean[j] += w * v; seen[j] += w })
		}
		for i := range m.n {
			w := m.weight(i) / float64(m.n)
			m.each(i, func(j int, v float64) { sq[j] += w * (v - mean[j]) * (v - mean[j]) })
		}
		for j := range sq { // the entries that are not stored are zeros
			sq[j] = math.Sqrt(sq[j] + max(0, 1-seen[j])*mean[j]*mean[j])
			if sq[j] <= 1e-14*math.Abs(mean[j]) {
				sq[j] = 0
			}
		}
		m.mul = sq
		if m.spec.Intercept {
			m.mid = mean
		}
	default:
		return nil
	}
	for j, s := range m.mul {
		if s == 0 {
			s = 1
		}
		if m.mul[j] = 1 / s; math.IsInf(m.mul[j], 0) {
			return fmt.Errorf("glm: column %d has the scale %v: too small to divide by", j+1, s)
		}
	}
	return nil
}

// each calls f for the stored entries of row i.
func (m *Model) each(i int, f func(j int, v float64)) {
	switch x := m.x.(type) {
	case *linalg.CSR:
		for p := x.Ptr[i]; p < x.Ptr[i+1]; p++ {
			v := 1.0
			if x.Val != nil {
				v = x.Val[p]
			}
			f(int(x.Idx[p]), v)
		}
	case *linalg.Dense:
		for j, v := range x.Data[i*m.d : (i+1)*m.d] {
			f(j, v)
		}
	}
}

// penalize builds h in scaled units.
func (m *Model) penalize() error {
	s := m.spec
	nw := m.k * m.d
	m.markFree()
	var h descent.Regularizer
	if s.NonNeg || s.Lower != nil || s.Upper != nil {
		lower, upper := s.Lower, s.Upper
		if s.NonNeg {
			lower = make([]float64, m.d)
		}
		one, err := prox.NewBox(m.d, lower, upper)
		if err != nil {
			return fmt.Errorf("glm: bounds: %w", err)
		}
		all, _ := prox.NewBox(m.Dim(), nil, nil)
		for k := range m.k {
			for j := range m.d {
				all.Lower[k*m.d+j], all.Upper[k*m.d+j] = one.Lower[j]/m.mulAt(j), one.Upper[j]/m.mulAt(j)
			}
		}
		m.lower, m.upper = all.Lower[:nw], all.Upper[:nw]
		if s.L1 == 0 {
			m.h = all // a Bounded set: methods for bounds see it
			return nil
		}
		box := prox.Box{Lower: m.lower, Upper: m.upper}
		h = m.sparing(prox.L1Box{L1: s.L1, Box: box}, box)
	} else if s.Nonconvex != nil {
		h = m.sparing(s.Nonconvex, nil)
	} else if s.L1 > 0 && m.free != nil {
		h = m.weightedL1()
	} else if s.L1 > 0 {
		h = prox.L1{Lambda: s.L1}
	} else if s.GroupL1 > 0 {
		g := prox.GroupL1{Lambda: s.GroupL1}
		m.grouped = make([]bool, m.d)
		for _, group := range s.Groups {
			for _, j := range group {
				m.grouped[j] = true
			}
		}
		for k := range m.k {
			for _, group := range s.Groups {
				c := slices.Clone(group)
				for i := range c {
					c[i] += k * m.d
				}
				g.Groups = append(g.Groups, c)
			}
		}
		m.norms, m.normW = g.GroupsOf(nw)
		h = g
	} else if s.TaskL1 > 0 {
		t := prox.MultiTask{Lambda: s.TaskL1, Features: m.d}
		m.norms, m.normW = t.GroupsOf(nw)
		h = t
	}
	if m.h = h; h != nil && m.Dim() > nw {
		m.h = prox.Head{N: nw, H: h}
	}
	return nil
}

func (m *Model) mulAt(j int) float64 {
	if m.mul == nil {
		return 1
	}
	return m.mul[j]
}

// Loss returns the loss of the model.
func (m *Model) Loss() Loss { return m.loss }

// Quadratic reports whether f is a quadratic: least squares, ridge term included.
func (m *Model) Quadratic() bool {
	switch m.loss.(type) {
	case Squared, MultiSquared:
		return true
	}
	return false
}

// Dim returns the number of variables: (d, plus one with an intercept) times K.
func (m *Model) Dim() int {
	if m.spec.Intercept {
		return m.k * (m.d + 1)
	}
	return m.k * m.d
}

// Problem returns the problem of fitting the model: f is the loss with the ridge
// term, h the other penalties.
func (m *Model) Problem() *descent.Problem {
	p := &descent.Problem{Name: m.name, Dim: m.Dim(), Objective: m, Regularizer: m.h}
	if _, ok := m.loss.(Hinge); ok {
		p.Objective = Kinked{m}
	}
	return p
}

// Coefficients returns W, one row of d coefficients per output, and b, one
// intercept per output (0 without), in the units of the data.
func (m *Model) Coefficients(x []float64) (w [][]float64, b []float64) {
	w, b = make([][]float64, m.k), make([]float64, m.k)
	for k := range w {
		w[k] = slices.Clone(x[k*m.d : (k+1)*m.d])
		if m.spec.Intercept {
			b[k] = x[m.k*m.d+k]
		}
		for j := range w[k] {
			w[k][j] *= m.mulAt(j)
			if m.mid != nil {
				b[k] -= m.mid[j] * w[k][j]
			}
		}
	}
	return w, b
}

// Variables is the inverse of Coefficients.
func (m *Model) Variables(w [][]float64, b []float64) []float64 {
	x := make([]float64, m.Dim())
	for k := range m.k {
		if m.spec.Intercept {
			x[m.k*m.d+k] = b[k]
		}
		for j, v := range w[k] {
			x[k*m.d+j] = v / m.mulAt(j)
			if m.mid != nil {
				x[m.k*m.d+k] += m.mid[j] * v
			}
		}
	}
	return x
}
