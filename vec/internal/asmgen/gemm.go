package main

import (
	"github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

// gemmTiles are the heights of the tiles of C, from the tallest: what is left below the
// last full tile takes the tallest that fits, again and again.
func (g *gen) gemmTiles() []int {
	if g.avx512 {
		return []int{12, 8, 4, 2, 1} // 12 x 2 vectors of sums
	}
	return []int{6, 4, 2, 1} // 6 x 2
}

// gemm emits the product of rows of A with a panel of B that is two vectors wide: all
// rows of a panel in one call, tile after tile, each with its sums in registers.
func (g *gen) gemm(T string) {
	g.begin("gemmPanel", "func(c *"+T+", ldc int, a *"+T+", rowA, colA, nextA int, b *"+T+", rowB, m, n, k int, alpha "+T+", add int, bias *"+T+")",
		"is gemmPanelGo, for m, n, k > 0.")
	p := &gemmPanel{gen: g}
	p.c, p.ldc, p.rowA, p.colA = g.arg("c"), g.arg("ldc"), g.arg("rowA"), g.arg("colA")
	p.rowB, p.m, p.a, p.next = g.arg("rowB"), g.arg("m"), g.arg("a"), g.arg("nextA")
	shift := operand.Imm(3)
	if g.elem == 4 {
		shift = operand.Imm(2)
	}
	for _, r := range []reg.Register{p.ldc, p.rowA, p.colA, p.rowB, p.next} {
		g.SHLQ(shift, r)
	}
	// The loop over k moves a by k colA: next is what is left to the next tile.
	moved := g.arg("k")
	g.IMULQ(p.colA, moved)
	g.SUBQ(moved, p.next)
	p.thrice = g.GP64()
	g.LEAQ(operand.Mem{Base: p.rowA, Index: p.rowA, Scale: 2}, p.thrice)

	narrow, end := g.label("narrow"), g.label("end")
	n := g.arg("n")
	g.CMPQ(n, operand.I8(int8(g.width())))
	g.JLE(operand.LabelRef(narrow))
	for _, p.vecs = range []int{2, 1} {
		if p.vecs == 1 {
			g.Label(narrow)
		}
		if g.avx512 {
			p.last = p.lastMask()
		}
		p.tiles()
		if p.vecs == 2 {
			g.JMP(operand.LabelRef(end))
		}
	}
	g.Label(end)
	g.end()
}

// A gemmPanel holds the registers of the kernel: strides in bytes.
type gemmPanel struct {
	*gen
	c, ldc, a, rowA, thrice, colA, next, rowB, m reg.Register

	vecs int   // vectors in a row of the tile
	last *mask // of the last vector, if it is the same for all tiles (AVX-512)
}

func (p *gemmPanel) lastMask() *mask {
	n := p.arg("n")
	if p.vecs > 1 {
		p.SUBQ(operand.I8(int8((p.vecs-1)*p.width())), n)
	}
	return p.firsts(n)
}

func (p *gemmPanel) tiles() {
	for i, rows := range p.gemmTiles() {
		next := p.label("next")
		loop := p.label("tile")
		p.CMPQ(p.m, operand.I8(int8(rows)))
		p.JL(operand.LabelRef(next))
		p.Label(loop)
		p.tile(rows)
		if i == 0 {
			p.ADDQ(p.next, p.a)
		} else { // inside the last, partial tile
			back := p.arg("k")
			p.IMULQ(p.colA, back)
			p.SUBQ(back, p.a)
			p.IMUL3Q(operand.I8(int8(rows)), p.rowA, back)
			p.ADDQ(back, p.a)
		}
		p.SUBQ(operand.I8(int8(rows)), p.m)
		p.CMPQ(p.m, operand.I8(int8(rows)))
		p.JGE(operand.LabelRef(loop))
		p.Label(next)
	}
}

// tile computes rows rows of the product, moves c below them and a behind the last
// column.
func (p *gemmPanel) tile(rows int) {
	b, k := p.arg("b"), p.arg("k")
	bases := []reg.Register{p.a} // of four rows each
	for i := 4; i < rows; i += 4 {
		q := p.GP64()
		p.LEAQ(operand.Mem{Base: bases[len(bases)-1], Index: p.rowA, Scale: 4}, q)
		bases = append(bases, q)
	}
	acc := p.accumulators(rows * p.vecs)
	loop := p.label("loop")
	p.Label(loop)
	var row []reg.VecVirtual
	for v := range p.vecs {
		row = append(row, p.load(p.at(b, v), nil))
	}
	p.ADDQ(p.rowB, b)
	for i := range rows {
		at := operand.Mem{Base: bases[i/4]}
		switch i % 4 {
		case 1, 2:
			at.Index, at.Scale = p.rowA, uint8(i%4)
		case 3:
			at.Index, at.Scale = p.thrice, 1
		}
		x := p.vec()
		p.typed(p.VBROADCASTSD, p.VBROADCASTSS)(at, x)
		for v, r := range row {
			p.fma(r, x, acc[i*p.vecs+v])
		}
	}
	for _, q := range bases {
		p.ADDQ(p.colA, q)
	}
	p.DECQ(k)
	p.JNE(operand.LabelRef(loop))
	p.finish(rows, acc)
}

// finish stores alpha acc in C, or adds it to C or, if there is one, to the bias.
func (p *gemmPanel) finish(rows int, acc []reg.VecVirtual) {
	alpha := p.broadcast("alpha")
	masks := []*mask{p.last}
	partial, end := p.label("partial"), p.label("stored")
	if !p.avx512 { // masked stores are slow
		masks = []*mask{nil, nil}
		p.CMPQ(p.arg("n"), operand.I8(int8(p.vecs*p.width())))
		p.JL(operand.LabelRef(partial))
	}
	for i, m := range masks {
		if i == 1 {
			p.JMP(operand.LabelRef(end))
			p.Label(partial)
			m = p.lastMask()
		}
		p.write(rows, acc, alpha, m)
	}
	p.Label(end)
	for range rows {
		p.ADDQ(p.ldc, p.c)
	}
}

func (p *gemmPanel) write(rows int, acc []reg.VecVirtual, alpha reg.VecVirtual, last *mask) {
	store, end := p.label("store"), p.label("written")
	flag := p.arg("add")
	p.TESTQ(flag, flag)
	p.JE(operand.LabelRef(store))
	from, step, ready := p.GP64(), p.GP64(), p.label("ready")
	p.MOVQ(p.c, from)
	p.MOVQ(p.ldc, step)
	bias := p.arg("bias")
	p.TESTQ(bias, bias)
	p.JE(operand.LabelRef(ready))
	p.MOVQ(bias, from)
	p.XORQ(step, step)
	p.Label(ready)
	for _, add := range []bool{true, false} {
		c := p.GP64()
		p.MOVQ(p.c, c)
		for i := range rows {
			for v := range p.vecs {
				var m *mask
				if v == p.vecs-1 {
					m = last
				}
				s := acc[i*p.vecs+v]
				if add {
					old := p.load(p.at(from, v), m)
					p.fma(alpha, s, old)
					s = old
				} else {
					p.mul(alpha, s, s)
				}
				p.store(s, p.at(c, v), m)
			}
			p.ADDQ(p.ldc, c)
			if add {
				p.ADDQ(step, from)
			}
		}
		if add {
			p.JMP(operand.LabelRef(end))
			p.Label(store)
		}
	}
	p.Label(end)
}

// gemmRow emits the product of one row with a panel that is eight vectors wide: with two,
// it would wait for its sums.
func (g *gen) gemmRow(T string) {
	const vecs = 8
	g.begin("gemmRow", "func(c, a *"+T+", colA int, b *"+T+", ldb, k int, alpha "+T+", add int)", "is gemmPanelGo of one row and eight vectors of columns, for k > 0.")
	c, a, colA, b, ldb, k := g.arg("c"), g.arg("a"), g.arg("colA"), g.arg("b"), g.arg("ldb"), g.arg("k")
	g.IMUL3Q(operand.I8(int8(g.elem)), colA, colA)
	g.IMUL3Q(operand.I8(int8(g.elem)), ldb, ldb)
	acc := g.accumulators(vecs)
	loop := g.label("loop")
	g.Label(loop)
	x := g.vec()
	g.typed(g.VBROADCASTSD, g.VBROADCASTSS)(operand.Mem{Base: a}, x)
	for v := range vecs {
		g.fma(g.at(b, v), x, acc[v])
	}
	g.ADDQ(colA, a)
	g.ADDQ(ldb, b)
	g.DECQ(k)
	g.JNE(operand.LabelRef(loop))
	g.storeSums(c, acc, g.broadcast("alpha"), g.arg("add"))
	g.end()
}

// gemmRowT emits the product of one row with the transpose of rows of B, which it turns in
// registers: there is nothing to pack that would be read twice. Each of two or four
// vectors of sums waits for itself alone. AVX-512 would gain nothing.
func (g *gen) gemmRowT(T string) {
	lanes := g.width()
	groups := 16 / lanes
	g.begin("gemmRowT", "func(c, a *"+T+", colA int, b *"+T+", ldb, k int, alpha "+T+", add int)", "is gemmPanelGo of one row and 16 columns, those of B in its rows, for k > 0.")
	a, colA, b, ldb, k := g.arg("a"), g.arg("colA"), g.arg("b"), g.arg("ldb"), g.arg("k")
	g.IMUL3Q(operand.I8(int8(g.elem)), colA, colA)
	g.IMUL3Q(operand.I8(int8(g.elem)), ldb, ldb)
	ldb3, at := g.GP64(), g.GP64()
	g.LEAQ(operand.Mem{Base: ldb, Index: ldb, Scale: 2}, ldb3)
	acc := g.accumulators(groups)
	next := g.GP64()
	// square adds the products of vector u of each row, or of the first elements of one.
	square := func(q, u int, m *mask, left reg.Register) {
		done := g.label("done")
		v, line := make([]reg.VecVirtual, lanes), at
		for i := range v {
			if i == 4 {
				line = g.GP64()
				g.LEAQ(operand.Mem{Base: at, Index: ldb, Scale: 4}, line)
			}
			from := strided(line, ldb, ldb3, i%4)
			from.Disp = 32 * u
			v[i] = g.load(from, m)
		}
		for _, line := range g.turned(v) {
			x := g.vec()
			g.typed(g.VBROADCASTSD, g.VBROADCASTSS)(operand.Mem{Base: next}, x)
			g.ADDQ(colA, next)
			g.fma(line(), x, acc[q])
			if m != nil {
				g.DECQ(left)
				g.JE(operand.LabelRef(done))
			}
		}
		g.Label(done)
	}
	// squares takes units vectors of each row, one group of rows after the other: the rows
	// may be in one set of the cache, which cannot hold a line of each.
	squares := func(units int, m *mask) {
		left := g.GP64()
		g.MOVQ(b, at)
		for q := range groups {
			if q > 0 {
				for range lanes / 4 {
					g.LEAQ(operand.Mem{Base: at, Index: ldb, Scale: 4}, at)
				}
			}
			g.MOVQ(a, next)
			if m != nil {
				g.MOVQ(k, left)
			}
			for u := range units {
				square(q, u, m, left)
			}
		}
		g.MOVQ(next, a)
		g.ADDQ(operand.I8(int8(32*units)), b)
	}
	for _, units := range []int{2, 1} {
		loop, end := g.label("loop"), g.label("end")
		step := operand.I8(int8(units * lanes))
		g.SUBQ(step, k)
		g.JL(operand.LabelRef(end))
		g.Label(loop)
		squares(units, nil)
		g.SUBQ(step, k)
		g.JGE(operand.LabelRef(loop))
		g.Label(end)
		g.ADDQ(step, k)
	}
	sums := g.label("sums")
	g.TESTQ(k, k)
	g.JE(operand.LabelRef(sums))
	squares(1, g.firsts(k))
	g.Label(sums)
	c, alpha, flag := g.arg("c"), g.broadcast("alpha"), g.arg("add")
	g.storeSums(c, acc, alpha, flag)
	g.end()
}

// storeSums stores alpha acc at c, or adds it if flag is not 0.
func (g *gen) storeSums(c reg.Register, acc []reg.VecVirtual, alpha reg.VecVirtual, flag reg.Register) {
	add, end := g.label("add"), g.label("end")
	g.TESTQ(flag, flag)
	g.JNE(operand.LabelRef(add))
	for v, s := range acc {
		g.mul(alpha, s, s)
		g.store(s, g.at(c, v), nil)
	}
	g.JMP(operand.LabelRef(end))
	g.Label(add)
	for v, s := range acc {
		old := g.load(g.at(c, v), nil)
		g.fma(alpha, s, old)
		g.store(old, g.at(c, v), nil)
	}
	g.Label(end)
}

// packPart emits the copy of rows that are shorter than a panel of B, two vectors.
func (g *gen) packPart(T string) {
	g.begin("gemmPackPart", "func(dst, src *"+T+", ld, n, k int)", "is gemmPackRowsGo of n > 0 of the elements of two vectors, for k > 0.")
	dst, src, ld, n, k := g.arg("dst"), g.arg("src"), g.arg("ld"), g.arg("n"), g.arg("k")
	g.IMUL3Q(operand.I8(int8(g.elem)), ld, ld)
	zero := g.zeroVec()
	wide, narrow := g.label("wide"), g.label("narrow")
	g.CMPQ(n, operand.I8(int8(g.width())))
	g.JG(operand.LabelRef(wide))
	for _, full := range []bool{false, true} {
		loop := narrow
		if full {
			g.Label(wide)
			g.SUBQ(operand.I8(int8(g.width())), n)
			loop = g.label("loop")
		}
		m := g.firsts(n)
		g.Label(loop)
		first, second := m, zero
		if full {
			first, second = nil, g.load(g.at(src, 1), m)
		}
		g.store(g.load(g.at(src, 0), first), g.at(dst, 0), nil)
		g.store(second, g.at(dst, 1), nil)
		g.ADDQ(ld, src)
		g.ADDQ(operand.I32(2*g.bytes()), dst)
		g.DECQ(k)
		g.JNE(operand.LabelRef(loop))
		g.VZEROUPPER()
		g.RET()
	}
}

// gemmPack emits the copies of parts of a matrix to panels: blocks of k rows of width
// elements. AVX-512 would gain nothing.
func (g *gen) gemmPack(T string) {
	g.packRows(T)
	if g.elem == 4 {
		g.packColumns(T, 8) // 32 bytes
	}
	g.packColumns(T, 4)
	g.packColumns(T, 2)
}

// packRows has a loop for each width that a tile has, in AVX2 or AVX-512.
func (g *gen) packRows(T string) {
	g.begin("gemmPackRows", "func(dst, src *"+T+", ld, width, k int)", "is gemmPackRowsGo of full panels, for k > 0.")
	dst, src, ld, width, k := g.arg("dst"), g.arg("src"), g.arg("ld"), g.arg("width"), g.arg("k")
	g.IMUL3Q(operand.I8(int8(g.elem)), ld, ld)
	vector := 32 / g.elem
	for _, w := range []int{6, 2 * vector, 12, 4 * vector} {
		loop, next := g.label("loop"), g.label("next")
		g.CMPQ(width, operand.I8(int8(w)))
		g.JNE(operand.LabelRef(next))
		g.Label(loop)
		for at, left := 0, w*g.elem; left > 0; {
			from, to := operand.Mem{Base: src, Disp: at}, operand.Mem{Base: dst, Disp: at}
			step := 32
			switch {
			case left >= 32:
				v := g.YMM()
				g.VMOVUPS(from, v)
				g.VMOVUPS(v, to)
			case left >= 16:
				v := g.XMM()
				g.VMOVUPS(from, v)
				g.VMOVUPS(v, to)
				step = 16
			default:
				v := g.XMM()
				g.VMOVSD(from, v)
				g.VMOVSD(v, to)
				step = 8
			}
			at, left = at+step, left-step
		}
		g.ADDQ(ld, src)
		g.ADDQ(operand.I32(w*g.elem), dst)
		g.DECQ(k)
		g.JNE(operand.LabelRef(loop))
		g.VZEROUPPER()
		g.RET()
		g.Label(next)
	}
	g.end()
}

// strided is the row i < 4 of a matrix whose rows are stride bytes apart.
func strided(base, stride, thrice reg.Register, i int) operand.Mem {
	switch i {
	case 0:
		return operand.Mem{Base: base}
	case 3:
		return operand.Mem{Base: base, Index: thrice, Scale: 1}
	}
	return operand.Mem{Base: base, Index: stride, Scale: uint8(i)}
}

// packColumns transposes lines rows of the matrix to as many columns of a panel, a vector
// of each row at a time.
func (g *gen) packColumns(T string, lines int) {
	g.begin(map[int]string{2: "gemmPackTwo", 4: "gemmPackFour", 8: "gemmPackEight"}[lines], "func(dst, src *"+T+", ld, width, k int)", "stores the transpose of the first k columns of a few rows, in rows width apart.")
	dst, src, ld, width, k := g.arg("dst"), g.arg("src"), g.arg("ld"), g.arg("width"), g.arg("k")
	g.IMUL3Q(operand.I8(int8(g.elem)), ld, ld)
	g.IMUL3Q(operand.I8(int8(g.elem)), width, width)
	ld3, width3, high := g.GP64(), g.GP64(), g.GP64()
	g.LEAQ(operand.Mem{Base: ld, Index: ld, Scale: 2}, ld3)
	g.LEAQ(operand.Mem{Base: width, Index: width, Scale: 2}, width3)
	second := g.GP64() // of eight rows, the fifth
	line := func(i int) operand.Mem {
		if i >= 4 {
			return strided(second, ld, ld3, i-4)
		}
		return strided(src, ld, ld3, i)
	}
	below := func() {
		if lines == 8 {
			g.LEAQ(operand.Mem{Base: src, Index: ld, Scale: 4}, second)
		}
	}
	steps := 32 / g.elem
	loop, tail, last, done := g.label("loop"), g.label("tail"), g.label("last"), g.label("done")
	g.SUBQ(operand.I8(int8(steps)), k)
	g.JL(operand.LabelRef(tail))
	g.Label(loop)
	below()
	v := make([]reg.VecVirtual, lines)
	for i := range v {
		v[i] = g.load(line(i), nil)
	}
	g.ADDQ(operand.I8(32), src)
	g.LEAQ(operand.Mem{Base: dst, Index: width, Scale: 4}, high)
	for i, w := range g.transposed(v) {
		base := dst
		if i >= 4 {
			base = high
		}
		w(strided(base, width, width3, i%4))
	}
	g.LEAQ(operand.Mem{Base: dst, Index: width, Scale: uint8(steps)}, dst)
	g.SUBQ(operand.I8(int8(steps)), k)
	g.JGE(operand.LabelRef(loop))
	g.Label(tail)
	g.ADDQ(operand.I8(int8(steps)), k)
	g.JE(operand.LabelRef(done))
	g.Label(last)
	below()
	for i := range lines {
		x := g.XMM()
		mov := g.typed(g.VMOVSD, g.VMOVSS)
		mov(line(i), x)
		mov(x, operand.Mem{Base: dst, Disp: i * g.elem})
	}
	g.ADDQ(operand.I8(int8(g.elem)), src)
	g.ADDQ(width, dst)
	g.DECQ(k)
	g.JNE(operand.LabelRef(last))
	g.Label(done)
	g.end()
}

// transposed returns, for each element of the vectors in v, the store of the elements at
// its place.
func (g *gen) transposed(v []reg.VecVirtual) []func(to operand.Mem) {
	var out []func(operand.Mem)
	switch {
	case g.elem*len(v) == 32:
		for _, line := range g.turned(v) {
			out = append(out, func(to operand.Mem) { g.VMOVUPS(line(), to) })
		}
	case g.elem == 8 || len(v) == 4:
		at := g.unpacked(64, v[0], v[1])
		if len(v) == 4 {
			at = g.fours(v)
		}
		for _, r := range at {
			out = append(out, func(to operand.Mem) { g.VMOVUPS(r.AsX(), to) })
		}
		for _, r := range at {
			out = append(out, func(to operand.Mem) { g.VEXTRACTF128(operand.Imm(1), r, to) })
		}
	default: // pairs of float32, two in 16 bytes
		at := g.unpacked(32, v[0], v[1])
		for half := range 2 {
			for _, r := range at {
				pair := r.AsX()
				if half == 1 {
					pair = g.XMM()
					g.VEXTRACTF128(operand.Imm(1), r, pair)
				}
				out = append(out, func(to operand.Mem) { g.VMOVLPS(pair, to) }, func(to operand.Mem) { g.VMOVHPS(pair, to) })
			}
		}
	}
	return out
}

// turned returns the lines of the transpose of a square of vectors.
func (g *gen) turned(v []reg.VecVirtual) []func() reg.VecVirtual {
	half := len(v) / 2
	var low, high []reg.VecVirtual
	if g.elem == 8 {
		low, high = g.unpacked(64, v[0], v[1]), g.unpacked(64, v[2], v[3])
	} else {
		low, high = g.fours(v[:half]), g.fours(v[half:])
	}
	var out []func() reg.VecVirtual
	for i := range v {
		out = append(out, func() reg.VecVirtual {
			line := g.YMM()
			g.VPERM2F128(operand.Imm(uint64(0x20+0x11*(i/half))), high[i%half], low[i%half], line)
			return line
		})
	}
	return out
}

// unpacked interleaves parts of so many bits of the low and of the high halves of two
// rows, within 16 bytes.
func (g *gen) unpacked(bits int, a, b reg.VecVirtual) []reg.VecVirtual {
	low, high := g.YMM(), g.YMM()
	if bits == 32 {
		g.VUNPCKLPS(b, a, low)
		g.VUNPCKHPS(b, a, high)
	} else {
		g.VUNPCKLPD(b, a, low)
		g.VUNPCKHPD(b, a, high)
	}
	return []reg.VecVirtual{low, high}
}

// fours returns the elements i and i + 4 of four rows of float32, for each i < 4.
func (g *gen) fours(v []reg.VecVirtual) []reg.VecVirtual {
	s, t := g.unpacked(32, v[0], v[1]), g.unpacked(32, v[2], v[3])
	return append(g.unpacked(64, s[0], t[0]), g.unpacked(64, s[1], t[1])...)
}
