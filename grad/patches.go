package grad

import "github.com/godescent/descent/vec"

// padding returns how many elements an image with its padding has, 0 if there is none.
func (g *geometry) padding() int {
	if g.ph == 0 && g.pw == 0 {
		return 0
	}
	return g.c * g.padded()
}

// padded is the elements of a channel with its padding.
func (g *geometry) padded() int { return (g.h + 2*g.ph) * (g.w + 2*g.pw) }

// patches returns the matrix of patches of image i: rows for channels and elements of the
// kernel, columns for positions.
func (c *convJob[T]) patches(g *geometry, part, i int) []T {
	x := cutMat(c.x, i, g.image())
	if g.plain() {
		return x
	}
	if n := g.padding(); n > 0 {
		pad := cutMat(c.pad, part, n) // zero but for what the last image left
		for ch := range g.c {
			vec.CopyRows(cutMat(pad, ch, g.padded())[g.ph*(g.w+2*g.pw)+g.pw:], g.w+2*g.pw, cutMat(x, ch, g.h*g.w), g.w, g.w, g.h)
		}
		x = pad
	}
	col := cutMat(c.col, part, g.columns())
	for p := range g.patch() * g.groups {
		row, plane, wide := cutMat(col, p, g.positions()), g.shifted(p), g.w+2*g.pw
		if g.sw == 1 {
			vec.CopyRows(row, g.ow, x[plane:], g.sh*wide, g.ow, g.oh)
			continue
		}
		for y := range g.oh {
			dst, src := cutMat(row, y, g.ow), x[plane+y*g.sh*wide:]
			for i := range dst {
				dst[i] = src[i*g.sw]
			}
		}
	}
	return col
}

// shifted returns where in a padded image the row p of the matrix of patches begins.
func (g *geometry) shifted(p int) int {
	ch, r := p/(g.kh*g.kw), p%(g.kh*g.kw)
	return ch*g.padded() + r/g.kw*g.dh*(g.w+2*g.pw) + r%g.kw*g.dw
}

// unpatch adds the matrix of patches to the image they are from, by way of pad if it has
// padding.
func unpatch[T vec.Float](g *geometry, x, col, pad []T) {
	sum := x
	if len(pad) > 0 {
		clear(pad)
		sum = pad
	}
	wide := g.w + 2*g.pw
	for p := range g.patch() * g.groups {
		row, plane := cutMat(col, p, g.positions()), g.shifted(p)
		if g.sw == 1 {
			vec.AddRows(sum[plane:], g.sh*wide, row, g.ow, g.ow, g.oh)
			continue
		}
		for y := range g.oh {
			dst := sum[plane+y*g.sh*wide:]
			for i, v := range cutMat(row, y, g.ow) {
				dst[i*g.sw] += v
			}
		}
	}
	for ch := 0; len(pad) > 0 && ch < g.c; ch++ {
		vec.AddRows(cutMat(x, ch, g.h*g.w), g.w, cutMat(pad, ch, g.padded())[g.ph*wide+g.pw:], wide, g.w, g.h)
	}
}
