package grad

import (
	"math"
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
}
