package vec

import "fmt"

// PanelCols is the number of columns in a panel: n rows of 8 numbers, row after row.
// Blocked symmetric products X^T diag(c) X work on panels of X and diag(c) X, which
// stay in the cache while tiles of the product stay in registers.
const PanelCols = 8

// PackPanel copies columns of a row-major matrix to the panel b, with zeros behind
// them: column j < cols <= 8 of row k is x[k*ld+j]. The number of rows is len(b)/8.
// Unless c is nil it stores the rows times c_k in the panel a.
func PackPanel(b, a, x []float64, ld, cols int, c []float64) {
	n := panelRows(b, a, cols, c)
	if n == 0 {
		return
	}
	if ld < 0 || (n-1)*ld+cols > len(x) {
		panic(fmt.Sprintf("vec: %d rows of %d columns, %d apart, in %d elements", n, cols, ld, len(x)))
	}
	packPanel(b, a, x, ld, n, cols, c)
}

// PackPanelT is PackPanel of a column-major matrix: column j of row k is x[j][k]. It
// takes up to 8 columns, none shorter than the panel.
func PackPanelT(b, a []float64, x [][]float64, c []float64) {
	n := panelRows(b, a, len(x), c)
	for j, v := range x {
		if len(v) < n {
			panic(fmt.Sprintf("vec: column %d has %d elements for %d rows", j, len(v), n))
		}
	}
	if len(x) == PanelCols {
		interleave(b, x, n)
	} else {
		clear(b)
		for j, v := range x {
			for k, v := range v[:n] {
				b[PanelCols*k+j] = v
			}
		}
	}
	if c != nil && n > 0 {
		packPanel(b, a, b, PanelCols, n, PanelCols, c) // onto itself
	}
}

// panelRows checks the arguments that both have and returns the number of rows.
func panelRows(b, a []float64, cols int, c []float64) int {
	n := len(b) / PanelCols
	if cols < 0 || cols > PanelCols || len(b)%PanelCols != 0 {
		panic(fmt.Sprintf("vec: %d columns for a panel of %d elements", cols, len(b)))
	}
	if c != nil {
		match(len(a), len(b))
		match(len(c), n)
	}
	return n
}

// PanelTiles adds a^T b_p to the 8 x 8 tile p of h, for each of the panels b_p that
// follow each other in b and have the length of a. The rows of h are ld apart, the
// tiles side by side: element (i, j) of tile p is h[i*ld+8*p+j]. 8 len(a) products a tile.
func PanelTiles(h []float64, ld int, a, b []float64) {
	if len(b) == 0 {
		return
	}
	v := len(b) / max(1, len(a))
	if len(a)%PanelCols != 0 || v*len(a) != len(b) || ld < PanelCols*v || len(h) < (PanelCols-1)*ld+PanelCols*v {
		panic(fmt.Sprintf("vec: panels of %d and %d elements into %d of h, with rows %d apart", len(a), len(b), len(h), ld))
	}
	panelTiles(h, ld, a, b, v)
}
