package main

import (
	"fmt"
	"math"

	"github.com/mmcloughlin/avo/attr"
	"github.com/mmcloughlin/avo/build"
	"github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

// A gen writes the kernels of one instruction set and element type at a time.
type gen struct {
	*build.Context
	avx512 bool
	elem   int // bytes of an element: 8 or 4

	labels int
	consts map[uint64]operand.Mem
	ones   operand.Mem // 32 bytes of ones, then 32 of zeros: masks of AVX2 tails
	abs    map[int]operand.Mem
	bias   operand.Mem // of exponents, in 32-bit integers
}

func (g *gen) bytes() int {
	if g.avx512 {
		return 64
	}
	return 32
}

// width is the number of elements in a vector.
func (g *gen) width() int { return g.bytes() / g.elem }

func (g *gen) vec() reg.VecVirtual {
	if g.avx512 {
		return g.ZMM()
	}
	return g.YMM()
}

// begin starts the kernel name of the current type and instruction set. In the
// signature, T stands for the type.
func (g *gen) begin(name, signature, doc string) {
	isa, typ := "AVX2", "F64"
	if g.avx512 {
		isa = "AVX512"
	}
	if g.elem == 4 {
		typ = "F32"
	}
	name += typ + isa
	g.Function(name)
	g.Attributes(attr.NOSPLIT)
	g.SignatureExpr(signature)
	g.Pragma("noescape")
	g.Doc(name + " " + doc)
}

func (g *gen) end() {
	g.VZEROUPPER()
	g.RET()
}

func (g *gen) label(name string) string {
	g.labels++
	return fmt.Sprintf("%s%d", name, g.labels)
}

func (g *gen) arg(name string) reg.Register { return g.Load(g.Param(name), g.GP64()) }

// broadcast fills a vector with an argument.
func (g *gen) broadcast(name string) reg.VecVirtual {
	a, err := g.Param(name).Resolve()
	if err != nil {
		panic(err)
	}
	v := g.vec()
	g.typed(g.VBROADCASTSD, g.VBROADCASTSS)(a.Addr, v)
	return v
}

// op is an instruction with any operands: avo's binary builders differ in type.
type op func(...operand.Op)

func three(f func(a, b, c operand.Op)) op { return func(o ...operand.Op) { f(o[0], o[1], o[2]) } }

// typed chooses the instruction for the element type.
func (g *gen) typed(f64, f32 op) op {
	if g.elem == 8 {
		return f64
	}
	return f32
}

func (g *gen) add(a, b, dst operand.Op) { g.typed(g.VADDPD, g.VADDPS)(a, b, dst) }
func (g *gen) mul(a, b, dst operand.Op) { g.typed(g.VMULPD, g.VMULPS)(a, b, dst) }

// fma adds a b to dst.
func (g *gen) fma(a, b, dst operand.Op) { g.typed(g.VFMADD231PD, g.VFMADD231PS)(a, b, dst) }

func (g *gen) zeroVec() reg.VecVirtual {
	v := g.vec()
	g.VXORPS(v, v, v) // avo knows that it reads nothing
	return v
}

// A mask selects the first elements of a vector; nil selects all.
type mask struct {
	k        reg.OpmaskVirtual // AVX-512
	v        reg.VecVirtual    // AVX2: of elements
	original reg.Register      // AVX2: how many
}

// firsts is the mask of the first n < width elements.
func (g *gen) firsts(n reg.Register) *mask {
	if g.avx512 {
		m, ones := &mask{k: g.K()}, g.GP32()
		g.MOVL(operand.I32(-1), ones)
		g.BZHIL(n.(reg.GP).As32(), ones, ones)
		g.KMOVW(ones, m.k)
		return m
	}
	m, at, back := &mask{v: g.YMM(), original: n}, g.GP64(), g.GP64()
	g.LEAQ(g.ones.Offset(32), at)
	g.IMUL3Q(operand.I8(-g.elem), n, back)
	g.VMOVDQU(operand.Mem{Base: at, Index: back, Scale: 1}, m.v)
	return m
}

func (g *gen) load(from operand.Mem, m *mask) reg.VecVirtual {
	v := g.vec()
	switch {
	case m == nil:
		g.typed(g.VMOVUPD, g.VMOVUPS)(from, v)
	case g.avx512:
		g.typed(three(g.VMOVUPD_Z), three(g.VMOVUPS_Z))(from, m.k, v)
	default:
		g.typed(three(g.VMASKMOVPD), three(g.VMASKMOVPS))(from, m.v, v)
	}
	return v
}

func (g *gen) store(v reg.VecVirtual, to operand.Mem, m *mask) {
	switch {
	case m == nil:
		g.typed(g.VMOVUPD, g.VMOVUPS)(v, to)
	case g.avx512:
		g.typed(g.VMOVUPD, g.VMOVUPS)(v, m.k, to)
	default:
		g.typed(three(g.VMASKMOVPD), three(g.VMASKMOVPS))(v, m.v, to)
	}
}

// stream emits loops over n elements: body(u, nil) handles the vector u ahead of the
// pointers, body(0, mask) the tail. Every pointer moves by one element per element.
func (g *gen) stream(n reg.Register, unroll int, ptrs []reg.Register, body func(u int, m *mask)) {
	if unroll > 1 {
		g.blocks(n, unroll, ptrs, body)
	}
	g.blocks(n, 1, ptrs, body)
	done := g.label("done")
	g.TESTQ(n, n)
	g.JE(operand.LabelRef(done))
	body(0, g.firsts(n))
	g.Label(done)
}

func (g *gen) blocks(n reg.Register, k int, ptrs []reg.Register, body func(u int, m *mask)) {
	loop, end := g.label("loop"), g.label("end")
	step := operand.I32(k * g.width())
	g.SUBQ(step, n)
	g.JL(operand.LabelRef(end))
	g.Label(loop)
	for u := range k {
		body(u, nil)
	}
	for _, p := range ptrs {
		g.ADDQ(operand.I32(k*g.bytes()), p)
	}
	g.SUBQ(step, n)
	g.JGE(operand.LabelRef(loop))
	g.Label(end)
	g.ADDQ(step, n)
}

// at is the vector u ahead of p.
func (g *gen) at(p reg.Register, u int) operand.Mem {
	return operand.Mem{Base: p, Disp: u * g.bytes()}
}

// total adds the accumulators and then the elements of the sum, which it returns in
// the low element of a register.
func (g *gen) total(acc ...reg.VecVirtual) reg.VecVirtual {
	for n := len(acc); n > 1; n /= 2 {
		for i := range n / 2 {
			g.add(acc[i+n/2], acc[i], acc[i])
		}
	}
	v := acc[0]
	if g.avx512 {
		high := g.YMM()
		g.VEXTRACTF64X4(operand.Imm(1), v, high)
		g.add(high, v.AsY(), v.AsY())
	}
	high := g.XMM()
	if g.avx512 {
		// The EVEX form: registers above 15 have no VEX encoding.
		g.VEXTRACTF64X2(operand.Imm(1), v.AsY(), high)
	} else {
		g.VEXTRACTF128(operand.Imm(1), v.AsY(), high)
	}
	x := v.AsX()
	g.add(high, x, x)
	g.VPERMILPD(operand.Imm(1), x, high)
	g.add(high, x, x)
	if g.elem == 4 {
		g.VPERMILPS(operand.Imm(1), x, high)
		g.add(high, x, x)
	}
	return v
}

func (g *gen) result(v reg.VecVirtual) { g.Store(v.AsX(), g.ReturnIndex(0)) }

// constant is c in memory, four times over.
func (g *gen) constant(c float64) operand.Mem {
	bits := math.Float64bits(c)
	m, ok := g.consts[bits]
	if !ok {
		m = g.table(fmt.Sprintf("const%d", len(g.consts)), func(int) uint64 { return bits }, 4)
		g.consts[bits] = m
	}
	return m
}

func (g *gen) table(name string, word func(i int) uint64, n int) operand.Mem {
	m := g.StaticGlobal(name)
	g.DataAttributes(attr.RODATA | attr.NOPTR)
	for i := range n {
		g.AddDatum(8*i, operand.U64(word(i)))
	}
	return m
}

// withConst runs an instruction whose first operand is the float64 constant c.
func (g *gen) withConst(avx2, avx512 op, c float64, rest ...operand.Op) {
	f := avx2
	if g.avx512 {
		f = avx512 // broadcasts from memory
	}
	f(append([]operand.Op{g.constant(c)}, rest...)...)
}

// tables emits the data that kernels share.
func (g *gen) tables() {
	g.ones = g.table("ones", func(i int) uint64 {
		if i < 4 {
			return math.MaxUint64
		}
		return 0
	}, 8)
	g.bias = g.table("bias", func(int) uint64 { return 1023<<32 | 1023 }, 2)
	g.abs = map[int]operand.Mem{
		8: g.table("abs64", func(int) uint64 { return math.MaxInt64 }, 4),
		4: g.table("abs32", func(int) uint64 { return 0x7fffffff7fffffff }, 4),
	}
}
