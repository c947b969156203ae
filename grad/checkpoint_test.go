package grad

import (
	"math"
	"strings"
	"testing"
)

// TestCheckpointOutside: what a segment uses from outside has its derivatives of all kinds, whether or not its inputs
// have any.
func TestCheckpointOutside(t *testing.T) {
	type T = *Tensor[float64]
	data := normals("x", 6)
	segment := func(w, b T) Segment[float64] {
		return func(in []T) T { return Tanh(Linear(in[0], Reshape(w, 3, 2), b)) }
	}
	var want [][]float64
	for _, forget := range []bool{false, true} {
		g, rows := make([]float64, 8), make([]float64, 16)
		tape := NewTape[float64]()
		x := tape.Input(data, 2, 3)
		w, b := tape.Param(normals("w", 6), g[:6], 6), tape.Param(normals("b", 2), g[6:], 2)
		z := segment(w, b)([]T{x})
		if forget {
			z = Checkpoint(segment(w, b), x)
		}
		y := Sum(Square(z), 1)
		loss := Sum(y)
		dw, db := tape.Input(normals("dw", 6), 6), tape.Input(normals("db", 2), 2)
		d := tape.JVP(loss, []T{w, b}, []T{dw, db})
		if err := tape.Backward(d); err != nil {
			t.Fatal(err)
		}
		product := append([]float64{d.Value()}, g...)
		clear(g)
		if err := tape.GaussNewton(loss, z, []T{w, b}, []T{dw, db}); err != nil {
			t.Fatal(err)
		}
		if err := tape.ExampleGradients(y, rows); err != nil {
			t.Fatal(err)
		}
		have := [][]float64{product, g, rows}
		if want == nil {
			want = have
		}
		for k, name := range []string{"tangent and product with the Hessian", "product with the Gauss-Newton matrix", "gradients of examples"} {
			for i, v := range have[k] {
				if math.Abs(v-want[k][i]) > 1e-14*(1+math.Abs(v)) || v == 0 {
					t.Fatalf("%s: number %d is %v with a checkpoint, %v without", name, i, v, want[k][i])
				}
			}
		}
	}
}

// A segment may give what it was given, or a parameter.
func TestCheckpointOfNothing(t *testing.T) {
	type T = *Tensor[float64]
	tape := NewTape[float64]()
	g := make([]float64, 2)
	a, b := tape.Param([]float64{3}, g[:1]), tape.Param([]float64{5}, g[1:])
	h := Square(a)
	tape.Scalar(1)
	same := Checkpoint(func(in []T) T { return in[0] }, h)
	other := Checkpoint(func([]T) T { return b }, h)
	d := tape.JVP(Add(same, other), []T{a, b}, []T{tape.Scalar(1), tape.Scalar(1)})
	if err := tape.Backward(Mul(same, other)); err != nil || d.Value() != 7 || g[0] != 30 || g[1] != 9 {
		t.Errorf("tangent %v, gradient %v, error %v: want 7, [30 9]", d.Value(), g, err)
	}
}

// The tangent of what was computed before the variable was recorded is 0.
func TestTangentOfEarlier(t *testing.T) {
	tape := NewTape[float64]()
	y := Square(tape.Fill(2, 3))
	tape.Scalar(1)
	tape.Scalar(1)
	x := tape.Scalar(1)
	if d := tape.JVP(y, []*Tensor[float64]{x}, []*Tensor[float64]{tape.Scalar(1)}); tape.Err() != nil || d.Size() != 3 || d.Data()[1] != 0 {
		t.Errorf("%v, error %v: want zeros", d, tape.Err())
	}
	Tanh(Tanh(x)) // nobody asks for its tangent
	z, one := Square(x), []*Tensor[float64]{tape.Scalar(1)}
	n := tape.n
	if d := tape.JVP(z, []*Tensor[float64]{x}, one); d.Value() != 2 || tape.n != n+1 {
		t.Errorf("tangent %v with %d operations: want 2 with 1", d.Value(), tape.n-n)
	}
}

// A segment may differentiate, as the residual of a differential equation does.
func TestCheckpointOfTangents(t *testing.T) {
	type T = *Tensor[float64]
	w, v := normals("w", 4), normals("v", 4)
	var want []float64
	for _, forget := range []bool{false, true} {
		tape := NewTape[float64]()
		g, rows := make([]float64, 4), make([]float64, 12)
		p, x := tape.Param(w, g, 1, 4), tape.Input(normals("x", 3), 3, 1)
		segment := func(in []T) T {
			u := Sum(Tanh(MatMul(in[0], p)), 1)
			ux := tape.JVP(u, in[:1], []T{tape.Fill(1, 3, 1)})
			return Mul(u, tape.JVP(ux, in[:1], []T{tape.Fill(1, 3, 1)}))
		}
		call := func(h T) T {
			if forget {
				return Checkpoint(segment, h)
			}
			return segment([]T{h})
		}
		y := Mul(call(x), Sum(Tanh(call(Tanh(x))), 0))
		if err := tape.Backward(Sum(y)); err != nil {
			t.Fatal(err)
		}
		have := append([]float64(nil), g...)
		clear(g)
		d := tape.JVP(Sum(y), []T{p}, []T{tape.Input(v, 1, 4)})
		if err := tape.Backward(d); err != nil {
			t.Fatal(err)
		}
		have = append(append(have, g...), d.Value())
		if err := tape.ExampleGradients(Mul(call(x), call(x)), rows); err != nil {
			t.Fatal(err)
		}
		have = append(have, rows...)
		if want == nil {
			want = have
		}
		for i, v := range have {
			if math.Abs(v-want[i]) > 1e-13*(1+math.Abs(v)) || v == 0 {
				t.Fatalf("number %d is %v with checkpoints, %v without", i, v, want[i])
			}
		}
	}
}

// The tangent of a Function may be one of JVP.
func TestApplyTangentByJVP(t *testing.T) {
	type T = *Tensor[float64]
	f := cube[float64]()
	f.Tangent = func(y T, x, dx []T) T { return y.tape.JVP(Mul(x[0], Square(x[0])), x, dx) }
	if err := Check(func(t *Tape[float64], x []T) T {
		h := Tanh(x[0])
		return Mul(Apply(f, h), Add(h, x[0]))
	}, Array{s{3}, normals("x", 3)}); err != nil {
		t.Error(err)
	}
}

// A gradient inside of another is refused: it would take the other's adjoints.
func TestDerivativeInDerivative(t *testing.T) {
	type T = *Tensor[float64]
	tape := NewTape[float64]()
	for name, f := range map[string]func(h T){
		"BackwardWith":     func(h T) { tape.Backward(h) },
		"GaussNewton":      func(h T) { tape.GaussNewton(h, h, []T{h}, []T{h}) },
		"ExampleGradients": func(h T) { tape.ExampleNorms(h, make([]float64, h.Size())) },
	} {
		for _, how := range []func(y, x T) error{
			func(y, _ T) error { return tape.Backward(y) },
			func(y, x T) error { tape.JVP(y, []T{x}, []T{x}); return tape.Err() },
		} {
			tape.Reset()
			x := tape.Param([]float64{2}, []float64{0}, 1)
			err := how(Checkpoint(func(in []T) T { h := Mul(in[0], tape.Fill(3, 1)); f(h); return h }, x), x)
			if err == nil || !strings.Contains(err.Error(), name+": another derivative") {
				t.Errorf("%s in a segment: error %v", name, err)
			}
		}
	}
}
