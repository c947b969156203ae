package catalog

import (
	"strings"
	"testing"

	"github.com/godescent/descent/linalg"
	"github.com/godescent/descent/problem/glm"
	"github.com/godescent/descent/prox"
)

// shaped is a sparse matrix with one entry, of the given size, in each row, and targets of a
// kind that the loss takes.
func shaped(t *testing.T, n, d int, size float64, spec glm.Spec) *glm.Model {
	t.Helper()
	x := &linalg.CSR{Rows: n, Cols: d, Ptr: []int{0}}
	y := make([]float64, n)
	for i := range n {
		x.Idx, x.Val, x.Ptr = append(x.Idx, int32(i%d)), append(x.Val, size), append(x.Ptr, i+1)
		if y[i] = 1; i%2 > 0 {
			switch spec.Loss.(type) {
			case glm.Logistic, glm.Hinge, glm.SquaredHinge:
				y[i] = -1
			default:
				y[i] = 0
			}
		}
	}
	if _, ok := spec.Loss.(glm.MultiSquared); ok {
		y = append(y, y...)
	}
	m, err := glm.New("shaped", x, y, spec)
	if err != nil {
		t.Fatal(err)
	}
	return m
}

// The default of every kind of model, on both sides of each border.
func TestDefaultOfModels(t *testing.T) {
	huber, quantile := glm.Huber{Epsilon: 1}, glm.Quantile{Q: 0.5, Smoothing: 0.1}
	groups := [][]int{{0, 1}, {2}}
	for _, c := range []struct {
		name string
		n, d int
		size float64 // of the entries of rows
		spec glm.Spec
		want string
	}{
		{"hinge, tall", 21, 20, 1, glm.Spec{Loss: glm.Hinge{}, L2: 1}, "al-newton"},
		{"hinge, square", 20, 20, 1, glm.Spec{Loss: glm.Hinge{}, L2: 1}, "dual-cd"},
		{"hinge, many columns", 3002, 3001, 1, glm.Spec{Loss: glm.Hinge{}, L2: 1}, "dual-cd"},
		{"hinge, most columns of al-newton", 3001, 3000, 1, glm.Spec{Loss: glm.Hinge{}, L2: 1}, "al-newton"},
		{"hinge, l1", 5, 20, 1, glm.Spec{Loss: glm.Hinge{}, L1: 0.1}, "al-newton"},
		{"hinge, elastic net", 5, 20, 1, glm.Spec{Loss: glm.Hinge{}, L1: 0.1, L2: 1}, "al-newton"},
		{"squared hinge, wide", 20, 20, 1, glm.Spec{Loss: glm.SquaredHinge{}, L2: 1}, "dual-cd"},
		{"squared hinge, tall", 21, 20, 1, glm.Spec{Loss: glm.SquaredHinge{}, L2: 1}, "newton"},
		{"squared hinge, wide, no ridge", 20, 20, 1, glm.Spec{Loss: glm.SquaredHinge{}}, "newton"},
		{"squared hinge, l1", 20, 20, 1, glm.Spec{Loss: glm.SquaredHinge{}, L1: 0.1, L2: 1}, "prox-newton"},
		{"huber, wide", 20, 20, 1, glm.Spec{Loss: huber, L2: 1}, "dual-cd"},
		{"huber, tall", 21, 20, 1, glm.Spec{Loss: huber, L2: 1}, "newton"},
		// TermLipschitz = size^2/4 + l2 <= 3 n l2
		{"logistic, short rows", 4, 20, 1, glm.Spec{Loss: glm.Logistic{}, L2: 1}, "dual-cd"},
		{"logistic, not so wide", 5, 20, 1, glm.Spec{Loss: glm.Logistic{}, L2: 1}, "newton"},
		{"logistic, rows at the border", 4, 20, 2, glm.Spec{Loss: glm.Logistic{}, L2: 1.01 / 11}, "dual-cd"},
		{"logistic, longer rows", 4, 20, 2, glm.Spec{Loss: glm.Logistic{}, L2: 0.99 / 11}, "newton"},
		{"logistic, long rows, many columns", 4, 600, 2, glm.Spec{Loss: glm.Logistic{}, L2: 0.99 / 11}, "tr-newton-cg"},
		{"logistic, tall", 50, 20, 1, glm.Spec{Loss: glm.Logistic{}, L2: 1}, "newton"},
		{"logistic, most variables of newton", 600, 500, 1, glm.Spec{Loss: glm.Logistic{}, L2: 1}, "newton"},
		{"logistic, intercept beyond it", 600, 500, 1, glm.Spec{Loss: glm.Logistic{}, L2: 1, Intercept: true}, "tr-newton-cg"},
		{"logistic, l1", 4, 20, 1, glm.Spec{Loss: glm.Logistic{}, L1: 0.1, L2: 1}, "prox-newton"},
		{"logistic, groups", 50, 20, 1, glm.Spec{Loss: glm.Logistic{}, GroupL1: 0.1, Groups: groups}, "group-newton"},
		{"poisson, wide", 4, 20, 1, glm.Spec{Loss: glm.Poisson{}, L2: 1}, "newton"},
		{"least squares", 50, 20, 1, glm.Spec{L2: 1}, "newton"},
		{"least squares, wide", 4, 20, 1, glm.Spec{L2: 1}, "newton"},
		{"least squares, many columns", 600, 501, 1, glm.Spec{L2: 1}, "linear-cg"},
		{"lasso", 4, 20, 1, glm.Spec{L1: 0.1}, "prox-newton"},
		{"lasso, large", 200, 10_001, 1, glm.Spec{L1: 0.1}, "prox-newton"},
		{"non-negative", 50, 20, 1, glm.Spec{NonNeg: true}, "prox-newton"},
		{"MCP", 50, 20, 1, glm.Spec{Nonconvex: prox.MCP{Lambda: 0.1, Gamma: 3}}, "prox-newton"},
		{"MCP, free columns", 50, 20, 1, glm.Spec{Nonconvex: prox.MCP{Lambda: 0.1, Gamma: 3}, Free: []int{3}}, "prox-newton"},
		{"l1, bounds, free columns", 50, 20, 1, glm.Spec{L1: 0.1, NonNeg: true, Free: []int{3}}, "prox-newton"},
		{"multitask lasso", 50, 20, 1, glm.Spec{Loss: glm.MultiSquared{K: 2}, TaskL1: 0.1}, "group-newton"},
		{"quantile", 20, 20, 1, glm.Spec{Loss: quantile, L2: 1}, "tr-newton-cg"},
		{"quantile, l1", 50, 20, 1, glm.Spec{Loss: quantile, L1: 0.1}, "fista"},
		{"quantile, non-negative", 50, 20, 1, glm.Spec{Loss: quantile, NonNeg: true}, "lbfgsb"},
		{"multinomial", 50, 20, 1, glm.Spec{Loss: glm.Multinomial{K: 2}, L2: 1}, "newton"},
		{"multinomial, wide", 4, 20, 1, glm.Spec{Loss: glm.Multinomial{K: 2}, L2: 1}, "newton"},
		{"multinomial, many variables", 50, 251, 1, glm.Spec{Loss: glm.Multinomial{K: 2}, L2: 1}, "tr-newton-cg"},
		{"multinomial, l1", 50, 20, 1, glm.Spec{Loss: glm.Multinomial{K: 2}, L1: 0.1}, "prox-newton"},
		{"multinomial, l1, large", 200, 5001, 1, glm.Spec{Loss: glm.Multinomial{K: 2}, L1: 0.1}, "fista"},
		{"multinomial, l1, not so large", 199, 5000, 1, glm.Spec{Loss: glm.Multinomial{K: 2}, L1: 0.1}, "prox-newton"},
	} {
		e, why, err := Default(shaped(t, c.n, c.d, c.size, c.spec).Problem())
		if err != nil || e.ID != c.want || why == "" || strings.Contains(why, "the first method that fits") {
			t.Errorf("%s: %s (%s), %v; want %s", c.name, e.ID, why, err, c.want)
		}
	}
}
