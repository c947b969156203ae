package linalg

import "github.com/godescent/descent/vec"

// gramAccs returns how many c x c accumulators a Gram matrix of the given work is
// summed from: few, as each costs c^2 to add.
func gramAccs(work, c int) int { return max(1, min(4, work/max(partWork, c*c))) }

// Gram stores A^T diag(d) A in h: Cols x Cols, row-major, both triangles. It costs the
// sum of squared row lengths, or less: rows of which more than about a third is stored
// are made dense in blocks, if there are fewer than 256 columns.
func (a *CSR) Gram(h, d []float64) {
	c := a.Cols
	checkLen(h, c*c, d, a.Rows)
	if a.plan().full {
		g := panelSpares.get()
		g.n, g.w, g.from, g.c, g.csr = a.Rows, c, 0, d, a
		g.run(h, c)
		return
	}
	j := jobs.get()
	j.csr, j.plan, j.dst, j.x = a, a.plan(), h, d
	parts := len(j.plan.gram) - 1
	j.scratch(parts * c * c)
	j.run(csrGram, parts)
	j.run(addParts, 1+c*c/block)
	j.free()
	mirror(h, c)
}

func csrGram(j *job, part int) {
	a := j.csr
	c := a.Cols
	h := j.lower[part*c*c : (part+1)*c*c]
	clear(h)
	lo, hi := j.plan.gram[part], j.plan.gram[part+1]
	vec.CSRGram(h, c, a.Ptr[lo:hi+1], a.Idx, a.Val, j.x[lo:hi])
}

// Gram stores A^T diag(d) A in h: Cols x Cols, row-major, both triangles. Rows Cols^2
// operations in blocks; memory as h for each of up to 4 ranges of rows.
func (a *Dense) Gram(h, d []float64) {
	checkLen(h, a.Cols*a.Cols, d, a.Rows)
	g := panelSpares.get()
	g.n, g.w, g.from, g.c, g.rows = a.Rows, a.Cols, 0, d, a
	g.run(h, a.Cols)
}

// mirror copies the upper triangle to the lower.
func mirror(h []float64, c int) {
	for i := range c {
		for k := range i {
			h[i*c+k] = h[k*c+i]
		}
	}
}
