package main

import (
	"math"

	"github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

// steps emits the updates of steps.go: one pass over memory each. Two vectors at a time
// are enough, as memory is what they wait for.
func (g *gen) steps(T string) {
	g.axpby(T)
	g.momentumStep(T, false)
	g.momentumStep(T, true)
	g.momentStep(T, false)
	g.momentStep(T, true)
	g.signStep(T)
	g.clippedStep(T)
}

// coefficients fills a vector with each of the first n numbers that the argument c points to.
func (g *gen) coefficients(n int) []reg.VecVirtual {
	c, all := g.arg("c"), make([]reg.VecVirtual, n)
	for i := range all {
		all[i] = g.vec()
		g.typed(g.VBROADCASTSD, g.VBROADCASTSS)(operand.Mem{Base: c, Disp: i * g.elem}, all[i])
	}
	return all
}

// fnma subtracts a b from dst.
func (g *gen) fnma(a, b, dst operand.Op) { g.typed(g.VFNMADD231PD, g.VFNMADD231PS)(a, b, dst) }

// average returns old x + fresh y.
func (g *gen) average(old, x, fresh, y reg.VecVirtual) reg.VecVirtual {
	v := g.vec()
	g.mul(old, x, v)
	g.fma(fresh, y, v)
	return v
}

func (g *gen) axpby(T string) {
	g.begin("axpby", "func(c, x, y *"+T+", n int)", "is axpbyGo.")
	c := g.coefficients(2)
	x, y, n := g.arg("x"), g.arg("y"), g.arg("n")
	g.stream(n, 4, []reg.Register{x, y}, func(u int, m *mask) {
		g.store(g.average(c[1], g.load(g.at(y, u), m), c[0], g.load(g.at(x, u), m)), g.at(y, u), m)
	})
	g.end()
}

func (g *gen) momentumStep(T string, nesterov bool) {
	name := "momentumStep"
	if nesterov {
		name = "nesterovStep"
	}
	g.begin(name, "func(c, x, v, d *"+T+", n int)", "is "+name+"Go.")
	c := g.coefficients(4)
	mu, fresh, decay, rate := c[0], c[1], c[2], c[3]
	x, v, d, n := g.arg("x"), g.arg("v"), g.arg("d"), g.arg("n")
	g.stream(n, 2, []reg.Register{x, v, d}, func(u int, m *mask) {
		at, slope := g.load(g.at(x, u), m), g.load(g.at(d, u), m)
		g.fma(decay, at, slope)
		move := g.average(mu, g.load(g.at(v, u), m), fresh, slope)
		g.store(move, g.at(v, u), m)
		if nesterov {
			g.fma(mu, move, slope)
			move = slope
		}
		g.fnma(rate, move, at)
		g.store(at, g.at(x, u), m)
	})
	g.end()
}

func (g *gen) momentStep(T string, deviation bool) {
	name, count := "momentStep", 9
	if deviation {
		name, count = "deviationStep", 10
	}
	g.begin(name, "func(c, x, m, v, d *"+T+", n int)", "is "+name+"Go.")
	c := g.coefficients(count)
	x, m1, m2, d, n := g.arg("x"), g.arg("m"), g.arg("v"), g.arg("d"), g.arg("n")
	g.stream(n, 2, []reg.Register{x, m1, m2, d}, func(u int, m *mask) {
		at, slope := g.load(g.at(x, u), m), g.load(g.at(d, u), m)
		g.fma(c[4], at, slope)
		first := g.average(c[0], g.load(g.at(m1, u), m), c[1], slope)
		g.store(first, g.at(m1, u), m)
		if deviation {
			g.typed(g.VSUBPD, g.VSUBPS)(first, slope, slope)
		}
		g.mul(slope, slope, slope)
		second := g.average(c[2], g.load(g.at(m2, u), m), c[3], slope)
		if deviation {
			g.add(c[9], second, second)
		}
		g.store(second, g.at(m2, u), m)
		g.typed(g.VSQRTPD, g.VSQRTPS)(second, second)
		den := slope // no longer needed
		g.mul(c[7], second, den)
		g.add(c[8], den, den)
		g.typed(g.VDIVPD, g.VDIVPS)(den, first, first)
		g.mul(c[5], at, at)
		g.fnma(c[6], first, at)
		g.store(at, g.at(x, u), m)
	})
	g.end()
}

// pattern fills a vector with a float64 or float32.
func (g *gen) pattern(c float64) reg.VecVirtual {
	v, r := g.vec(), g.GP64()
	low := v.AsX()
	if g.elem == 8 {
		g.MOVQ(operand.U64(math.Float64bits(c)), r)
		g.VMOVQ(r, low)
	} else {
		g.MOVL(operand.U32(math.Float32bits(float32(c))), r.As32())
		g.VMOVD(r.As32(), low)
	}
	g.typed(g.VBROADCASTSD, g.VBROADCASTSS)(low, v)
	return v
}

func (g *gen) signStep(T string) {
	g.begin("signStep", "func(c, x, m, d *"+T+", n int)", "is signStepGo.")
	c := g.coefficients(6)
	x, m1, d, n := g.arg("x"), g.arg("m"), g.arg("d"), g.arg("n")
	sign, one, zero := g.pattern(math.Copysign(0, -1)), g.pattern(1), g.zeroVec()
	g.stream(n, 2, []reg.Register{x, m1, d}, func(u int, m *mask) {
		at, slope, old := g.load(g.at(x, u), m), g.load(g.at(d, u), m), g.load(g.at(m1, u), m)
		move := g.average(c[0], old, c[1], slope)
		g.store(g.average(c[2], old, c[3], slope), g.at(m1, u), m)
		s := g.vec()
		g.typed(g.VANDPD, g.VANDPS)(move, sign, s)
		g.typed(g.VORPD, g.VORPS)(one, s, s)
		g.keepZeros(move, zero, s)
		g.mul(c[4], at, at)
		g.fnma(c[5], s, at)
		g.store(at, g.at(x, u), m)
	})
	g.end()
}

// keepZeros stores in s the elements of v that are 0 or NaN.
func (g *gen) keepZeros(v, zero, s reg.VecVirtual) {
	equalOrNaN, compare := operand.Imm(8), g.typed(func(o ...operand.Op) { g.VCMPPD(o...) }, func(o ...operand.Op) { g.VCMPPS(o...) })
	if g.avx512 {
		k := g.K()
		compare(equalOrNaN, zero, v, k)
		g.typed(func(o ...operand.Op) { g.VBLENDMPD(o...) }, func(o ...operand.Op) { g.VBLENDMPS(o...) })(v, s, k, s)
		return
	}
	k := g.YMM()
	compare(equalOrNaN, zero, v, k)
	g.typed(four(g.VBLENDVPD), four(g.VBLENDVPS))(k, v, s, s)
}

func four(f func(a, b, c, d operand.Op)) op {
	return func(o ...operand.Op) { f(o[0], o[1], o[2], o[3]) }
}

func (g *gen) clippedStep(T string) {
	g.begin("clippedStep", "func(c, x, m, h, d *"+T+", n int)", "is clippedStepGo.")
	c := g.coefficients(6)
	x, m1, h, d, n := g.arg("x"), g.arg("m"), g.arg("h"), g.arg("d"), g.arg("n")
	one, minus := g.pattern(1), g.pattern(-1)
	g.stream(n, 2, []reg.Register{x, m1, h, d}, func(u int, m *mask) {
		at := g.load(g.at(x, u), m)
		move := g.average(c[0], g.load(g.at(m1, u), m), c[1], g.load(g.at(d, u), m))
		g.store(move, g.at(m1, u), m)
		den := g.load(g.at(h, u), m)
		g.mul(c[2], den, den)
		// Of two operands the instructions keep the first here if one is NaN.
		most, least := g.typed(g.VMINPD, g.VMINPS), g.typed(g.VMAXPD, g.VMAXPS)
		least(den, c[3], den)
		g.typed(g.VDIVPD, g.VDIVPS)(den, move, move)
		most(move, one, move)
		least(move, minus, move)
		g.mul(c[4], at, at)
		g.fnma(c[5], move, at)
		g.store(at, g.at(x, u), m)
	})
	g.end()
}
