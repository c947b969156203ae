package grad

import (
	"math"
	"testing"
)

// TestFusedTangents: tangents that are one operation have the values and the derivatives, with
// respect to operands and velocities, of the formulas of several operations.
func TestFusedTangents(t *testing.T) {
	type tensors = []*Tensor[float64]
	norm := func(gain, bias bool) func(x tensors) *Tensor[float64] {
		return func(x tensors) *Tensor[float64] {
			var p [2]*Tensor[float64]
			if gain {
				p[0] = x[1]
			}
			if bias {
				p[1] = x[2]
			}
			return LayerNorm(x[0], p[0], p[1], 1e-3)
		}
	}
	normed := func(f func(y, dx, dgain, dbias *Tensor[float64]) *Tensor[float64]) func(y *Tensor[float64], d tensors) *Tensor[float64] {
		return func(y *Tensor[float64], d tensors) *Tensor[float64] {
			for i := range d {
				if y.in[i] == nil {
					d[i] = nil
				}
			}
			return f(y, d[0], d[1], d[2])
		}
	}
	attend := func(causal bool) func(x tensors) *Tensor[float64] {
		return func(x tensors) *Tensor[float64] { return Attention(x[0], x[1], x[2], causal) }
	}
	attended := func(f func(y, dq, dk, dv *Tensor[float64]) *Tensor[float64], without int) func(y *Tensor[float64], d tensors) *Tensor[float64] {
		return func(y *Tensor[float64], d tensors) *Tensor[float64] {
			if without >= 0 {
				d[without] = nil
			}
			return f(y, d[0], d[1], d[2])
		}
	}
	mapped := func(f func(x *Tensor[float64]) *Tensor[float64]) func(x tensors) *Tensor[float64] {
		return func(x tensors) *Tensor[float64] { return f(x[0]) }
	}
	oneMap := func(y *Tensor[float64], d tensors) *Tensor[float64] { return mapTangent(y, d[0]) }
	byDeriv := func(y *Tensor[float64], d tensors) *Tensor[float64] { return Mul(y.fn.deriv(y), d[0]) }
	rows, heads := []s{{3, 14}, {14}, {14}}, []s{{2, 3, 4}, {2, 5, 4}, {2, 5, 2}}
	for _, c := range []struct {
		name        string
		shapes      []s
		f           func(x tensors) *Tensor[float64]
		fused, want func(y *Tensor[float64], d tensors) *Tensor[float64]
	}{
		{"norm", rows, norm(true, true), normed(normTangent[float64]), normed(normFormula[float64])},
		{"norm with gain", rows, norm(true, false), normed(normTangent[float64]), normed(normFormula[float64])},
		{"plain norm", rows, norm(false, false), normed(normTangent[float64]), normed(normFormula[float64])},
		{"attention", heads, attend(false), attended(attentionTangent[float64], -1), attended(attentionFormula[float64], -1)},
		{"causal attention", heads, attend(true), attended(attentionTangent[float64], -1), attended(attentionFormula[float64], -1)},
		{"attention, queries stay", heads, attend(true), attended(attentionTangent[float64], 0), attended(attentionFormula[float64], 0)},
		{"attention, keys stay", heads, attend(true), attended(attentionTangent[float64], 1), attended(attentionFormula[float64], 1)},
		{"attention, values stay", heads, attend(true), attended(attentionTangent[float64], 2), attended(attentionFormula[float64], 2)},
		{"tanh", []s{{3, 5}}, mapped(Tanh[float64]), oneMap, byDeriv},
		{"sigmoid", []s{{3, 5}}, mapped(Sigmoid[float64]), oneMap, byDeriv},
		{"silu", []s{{3, 5}}, mapped(SiLU[float64]), oneMap, byDeriv},
		{"gelu", []s{{3, 5}}, mapped(GELU[float64]), oneMap, byDeriv},
		{"relu", []s{{3, 5}}, mapped(ReLU[float64]), oneMap, byDeriv},
		{"exp", []s{{3, 5}}, mapped(Exp[float64]), oneMap, byDeriv},
		{"square", []s{{3, 5}}, mapped(Square[float64]), oneMap, byDeriv},
	} {
		evaluate := func(tangent func(y *Tensor[float64], d tensors) *Tensor[float64]) (value, gradient []float64) {
			tape, x, d := NewTape[float64](), tensors(nil), tensors(nil)
			total := 0
			for _, shape := range c.shapes {
				total += size(shape)
			}
			gradient = make([]float64, 2*total)
			g := gradient
			for i, shape := range c.shapes {
				n := size(shape)
				x = append(x, tape.Param(normals(c.name, n+i)[i:], g[:n], shape...))
				d = append(d, tape.Param(normals(c.name+"'", n+i)[i:], g[n:2*n], shape...))
				g = g[2*n:]
			}
			z := tangent(c.f(x), d)
			if err := tape.BackwardWith(z, normals("weights", z.Size())); err != nil {
				t.Fatal(c.name, err)
			}
			return append([]float64(nil), z.Data()...), gradient
		}
		value, gradient := evaluate(c.fused)
		wantValue, wantGradient := evaluate(c.want)
		within(t, c.name+", value", value, wantValue)
		within(t, c.name+", derivative", gradient, wantGradient)
	}
}

// TestLinearT: transposed weights give what Linear gives with weights that were transposed.
func TestLinearT(t *testing.T) {
	run := func(f func(x, w, b *Tensor[float64]) *Tensor[float64]) (value, gradient []float64) {
		tape := NewTape[float64]()
		gradient = make([]float64, 6*4+5*4+5)
		x := tape.Param(normals("x", 24), gradient[:24], 2, 3, 4)
		w := tape.Param(normals("w", 20), gradient[24:44], 5, 4)
		b := tape.Param(normals("b", 5), gradient[44:], 5)
		y := f(x, w, b)
		if err := tape.BackwardWith(y, normals("weights", y.Size())); err != nil {
			t.Fatal(err)
		}
		return append([]float64(nil), y.Data()...), gradient
	}
	value, gradient := run(LinearT[float64])
	wantValue, wantGradient := run(func(x, w, b *Tensor[float64]) *Tensor[float64] { return Linear(x, Transpose(w), b) })
	within(t, "value", value, wantValue)
	within(t, "derivative", gradient, wantGradient)
}

func within(t *testing.T, what string, got, want []float64) {
	t.Helper()
	if len(got) != len(want) || len(got) == 0 {
		t.Fatalf("%s: %d numbers, want %d", what, len(got), len(want))
	}
	for i, v := range want {
		if !(math.Abs(got[i]-v) <= 1e-12*(1+math.Abs(v))) {
			t.Fatalf("%s: number %d is %v, want %v", what, i, got[i], v)
		}
	}
}
