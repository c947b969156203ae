package grad

import (
	"errors"
	"math"
	"strings"
	"testing"

	"github.com/godescent/descent/linalg"
	"github.com/godescent/descent/rng"
)

// TestErrors: what does not fit is an error that says where, the operation, the shapes and
// what would fit, and Backward returns it.
func TestErrors(t *testing.T) {
	type T = *Tensor[float64]
	other := NewTape[float64]()
	for _, c := range []struct {
		want []string
		f    func(t *Tape[float64], a, b, v T) T // a [2 3], b [4 5], v [3]
	}{
		{[]string{"tape_test.go:", "grad.MatMul", "[2 3] and [4 5]", "3 and 4 differ", "want [... m k] and [... k n]"}, func(t *Tape[float64], a, b, v T) T { return MatMul(a, b) }},
		{[]string{"grad.MatMul", "[3] and [4 5]", "at least 2 axes"}, func(t *Tape[float64], a, b, v T) T { return MatMul(v, b) }},
		{[]string{"grad.Add", "[2 3] and [4 5]", "broadcast"}, func(t *Tape[float64], a, b, v T) T { return Add(a, b) }},
		{[]string{"grad.Linear", "[2 3]", "[4 5]", "[in out]"}, func(t *Tape[float64], a, b, v T) T { return Linear(a, b, v) }},
		{[]string{"grad.Reshape", "[2 3] to [4 -1]", "6 elements"}, func(t *Tape[float64], a, b, v T) T { return Reshape(a, 4, -1) }},
		{[]string{"grad.Permute", "[0 0]", "each of the 2 axes once"}, func(t *Tape[float64], a, b, v T) T { return Permute(a, 0, 0) }},
		{[]string{"grad.Transpose", "[3]"}, func(t *Tape[float64], a, b, v T) T { return Transpose(v) }},
		{[]string{"grad.Slice", "elements 2 to 5", "hi <= 3"}, func(t *Tape[float64], a, b, v T) T { return Slice(a, 1, 2, 5) }},
		{[]string{"grad.Slice", "axis 2", "-2 to 1"}, func(t *Tape[float64], a, b, v T) T { return Slice(a, 2, 0, 1) }},
		{[]string{"grad.Concat", "operand 1 has shape [4 5]"}, func(t *Tape[float64], a, b, v T) T { return Concat(0, a, b) }},
		{[]string{"grad.Stack", "operand 1 has shape [4 5]"}, func(t *Tape[float64], a, b, v T) T { return Stack(0, a, b) }},
		{[]string{"grad.Sum", "axes [0 0]"}, func(t *Tape[float64], a, b, v T) T { return Sum(a, 0, 0) }},
		{[]string{"grad.Max", "axes [7]"}, func(t *Tape[float64], a, b, v T) T { return Max(a, 7) }},
		{[]string{"grad.BroadcastTo", "[2 3] to [2 4]"}, func(t *Tape[float64], a, b, v T) T { return BroadcastTo(a, 2, 4) }},
		{[]string{"grad.CrossEntropy", "label of row 1 is 3", "want 0 to 2"}, func(t *Tape[float64], a, b, v T) T { return CrossEntropy(a, []int{0, 3}) }},
		{[]string{"grad.CrossEntropy", "[2 3] with 3 labels"}, func(t *Tape[float64], a, b, v T) T { return CrossEntropy(a, []int{0, 1, 2}) }},
		{[]string{"grad.Embedding", "index 1 is 4", "want 0 to 3"}, func(t *Tape[float64], a, b, v T) T { return Embedding(b, []int{3, 4}) }},
		{[]string{"grad.Gather", "index 0 is -1"}, func(t *Tape[float64], a, b, v T) T { return Gather(b, []int{-1}) }},
		{[]string{"grad.ScatterAdd", "index 1 is 9"}, func(t *Tape[float64], a, b, v T) T { return ScatterAdd(a, []int{0, 9}, 3) }},
		{[]string{"grad.Where", "1 conditions"}, func(t *Tape[float64], a, b, v T) T { return Where([]bool{true}, a, a) }},
		{[]string{"grad.Conv2D", "[2 3]", "[batch in height width]"}, func(t *Tape[float64], a, b, v T) T { return Conv2D(a, b, nil, Conv{}) }},
		{[]string{"grad.Conv2D", "3 groups", "multiples of the groups"}, func(t *Tape[float64], a, b, v T) T {
			return Conv2D(Reshape(a, 1, 2, 3, 1), Reshape(b, 2, 2, 5, 1), nil, Conv{Groups: 3})
		}},
		{[]string{"grad.Conv2D", "not larger than the padded input"}, func(t *Tape[float64], a, b, v T) T {
			return Conv2D(Reshape(a, 1, 2, 3, 1), Reshape(b, 2, 2, 5, 1), nil, Conv{})
		}},
		{[]string{"grad.Conv2D", "no negative"}, func(t *Tape[float64], a, b, v T) T {
			return Conv2D(Reshape(a, 1, 2, 3, 1), Reshape(b, 2, 2, 5, 1), nil, Conv{Pad: -1})
		}},
		{[]string{"grad.Conv1D", "3 axes each"}, func(t *Tape[float64], a, b, v T) T { return Conv1D(a, b, nil, Conv{}) }},
		{[]string{"grad.ConvTranspose2D", "[in out/groups kh kw]"}, func(t *Tape[float64], a, b, v T) T { return ConvTranspose2D(a, b, nil, Conv{}) }},
		{[]string{"grad.AvgPool1D", "windows of 2", "[batch channels length]"}, func(t *Tape[float64], a, b, v T) T { return AvgPool1D(a, 2, 2, 0) }},
		{[]string{"grad.MaxPool2D", "windows of 2"}, func(t *Tape[float64], a, b, v T) T { return MaxPool2D(a, 2, 2, 0) }},
		{[]string{"grad.LayerNorm", "[5]", "want [3]"}, func(t *Tape[float64], a, b, v T) T { return LayerNorm(a, Slice(Reshape(b, -1), 0, 0, 5), nil, 1e-5) }},
		{[]string{"grad.BatchNorm", "want 3 each"}, func(t *Tape[float64], a, b, v T) T {
			return BatchNorm(a, nil, nil, []float64{1}, []float64{1}, 0.1, 1e-5)
		}},
		{[]string{"grad.GroupNorm", "2 groups"}, func(t *Tape[float64], a, b, v T) T { return GroupNorm(a, 2, nil, nil, 1e-5) }},
		{[]string{"grad.Dropout", "p = 1", "0 <= p < 1"}, func(t *Tape[float64], a, b, v T) T { return Dropout(a, 1) }},
		{[]string{"grad.Attention", "queries [2 3]"}, func(t *Tape[float64], a, b, v T) T { return Attention(a, b, a, false) }},
		{[]string{"grad.Attention", "at least as many keys"}, func(t *Tape[float64], a, b, v T) T {
			k := Slice(Transpose(a), 0, 0, 2)
			return Attention(Transpose(a), k, k, true)
		}},
		{[]string{"grad.SparseMatMul", "[4 3] and operand [2 3]"}, func(t *Tape[float64], a, b, v T) T { return SparseMatMul(sparse, a) }},
		{[]string{"grad.Clamp", "limits 2 and 1"}, func(t *Tape[float64], a, b, v T) T { return Clamp(a, 2, 1) }},
		{[]string{"grad.Huber", "eps = 0"}, func(t *Tape[float64], a, b, v T) T { return Huber(a, a, 0) }},
		{[]string{"grad.Add", "operand 1 is nil"}, func(t *Tape[float64], a, b, v T) T { return Add(a, nil) }},
		{[]string{"grad.Add", "the first of another"}, func(t *Tape[float64], a, b, v T) T { other.Reset(); return Add(other.Scalar(1), a) }},
		{[]string{"grad.Input", "2 numbers for shape [3]"}, func(t *Tape[float64], a, b, v T) T { return t.Input([]float64{1, 2}, 3) }},
		{[]string{"grad.Input", "no negative size"}, func(t *Tape[float64], a, b, v T) T { return t.Input(nil, -1) }},
		{[]string{"grad.Input", "9 axes", "at most 8"}, func(t *Tape[float64], a, b, v T) T { return t.Input([]float64{1}, 1, 1, 1, 1, 1, 1, 1, 1, 1) }},
		{[]string{"grad.Input", "[4294967296 4294967296]", "elements"}, func(t *Tape[float64], a, b, v T) T { return t.Input(nil, 1<<32, 1<<32) }},
		{[]string{"grad.Reshape", "[0 4294967296 4294967296]", "elements"}, func(t *Tape[float64], a, b, v T) T { return Reshape(t.Fill(0, 0), 0, 1<<32, 1<<32) }},
		{[]string{"grad.BatchNorm", "[3 0]", "at least one element"}, func(t *Tape[float64], a, b, v T) T {
			return BatchNorm(t.Fill(1, 3, 0), nil, nil, nil, nil, 0, 1)
		}},
		{[]string{"grad.Param", "gradient of 1"}, func(t *Tape[float64], a, b, v T) T { return t.Param([]float64{1, 2}, []float64{1}, 2) }},
		{[]string{"grad.JVP", "1 variables and 0 velocities"}, func(t *Tape[float64], a, b, v T) T { return t.JVP(a, []T{a}, nil) }},
		{[]string{"grad.JVP", "variable 0 has shape [2 3], its velocity [3]"}, func(t *Tape[float64], a, b, v T) T { return t.JVP(a, []T{a}, []T{v}) }},
		{[]string{"grad.Checkpoint", "uses Tanh[2 3]"}, func(t *Tape[float64], a, b, v T) T {
			h := Tanh(t.Param(make([]float64, 6), make([]float64, 6), 2, 3))
			return Checkpoint(func(in []T) T { return Add(in[0], h) }, a)
		}},
		{[]string{"grad.Checkpoint", "records a parameter"}, func(t *Tape[float64], a, b, v T) T {
			return Checkpoint(func(in []T) T { return Add(in[0], t.Param(make([]float64, 6), make([]float64, 6), 2, 3)) }, a)
		}},
		{[]string{"grad.Apply", "cube: too bad"}, func(t *Tape[float64], a, b, v T) T {
			f := cube[float64]()
			f.Forward = func([]float64, [][]float64) error { return errors.New("too bad") }
			return Apply(f, a)
		}},
		{[]string{"grad.Apply", "lacks"}, func(t *Tape[float64], a, b, v T) T { return Apply(&Function[float64]{}, a) }},
		{[]string{"grad.JVP", "cube was given no Tangent"}, func(t *Tape[float64], a, b, v T) T {
			f := cube[float64]()
			f.Tangent = nil
			return t.JVP(Apply(f, a), []T{a}, []T{a})
		}},
		{[]string{"grad.JVP", "variable 1 is given twice"}, func(t *Tape[float64], a, b, v T) T { return t.JVP(a, []T{v, v}, []T{v, v}) }},
		{[]string{"grad.BroadcastTo", "[-1]", "no negative size"}, func(t *Tape[float64], a, b, v T) T { return BroadcastTo(t.Scalar(1), -1) }},
		{[]string{"grad.Checkpoint", "gave nil"}, func(t *Tape[float64], a, b, v T) T { return Checkpoint(func([]T) T { return nil }, a) }},
		{[]string{"grad.Backward", "shape [2 3]", "want one number"}, func(t *Tape[float64], a, b, v T) T { return a }},
		{[]string{"grad.Backward", "not of this tape"}, func(t *Tape[float64], a, b, v T) T { return nil }},
	} {
		tape := NewTape[float64]()
		a, b, v := tape.Input(normals("a", 6), 2, 3), tape.Input(normals("b", 20), 4, 5), tape.Input(normals("v", 3), 3)
		y := c.f(tape, a, b, v)
		err := tape.Backward(y)
		if err == nil {
			t.Errorf("no error: want %q", c.want)
			continue
		}
		for _, w := range c.want {
			if !strings.Contains(err.Error(), w) {
				t.Errorf("error %q: want %q in it", err, w)
			}
		}
		if tape.Err() != err {
			t.Errorf("Err is %v, Backward returned %v", tape.Err(), err)
		}
		// A failed tape goes on failing quietly, with the first error, until it is reset.
		z := Mean(Square(MatMul(y, tape.Fill(1, 2, 2))))
		if tape.Backward(z) != err || z.Dim(0) != 1 || !math.IsNaN(z.Value()) && z != nil {
			t.Errorf("after %q the tape went on", err)
		}
		tape.Reset()
		if tape.Err() != nil {
			t.Error("Reset kept the failure")
		}
	}
}

// TestStaleTensor: tensors of a former step, failed ones included, are refused.
func TestStaleTensor(t *testing.T) {
	tape := NewTape[float64]()
	for _, f := range []func(old, failed, x *Tensor[float64]) *Tensor[float64]{
		func(old, failed, x *Tensor[float64]) *Tensor[float64] { return Exp(old) },
		func(old, failed, x *Tensor[float64]) *Tensor[float64] { return Add(old, x) },
		func(old, failed, x *Tensor[float64]) *Tensor[float64] { return Add(x, old) },
		func(old, failed, x *Tensor[float64]) *Tensor[float64] { return Add(failed, x) },
		func(old, failed, x *Tensor[float64]) *Tensor[float64] { return failed },
	} {
		tape.Reset()
		tape.Scalar(1)
		old := tape.Scalar(1)
		failed := Reshape(old, 2)
		tape.Reset()
		err := tape.Backward(f(old, failed, tape.Scalar(2)))
		if err == nil || !strings.Contains(err.Error(), "last Reset") {
			t.Errorf("error %v: want one about a tensor of a former step", err)
		}
	}
}

// TestCheckpoint: less memory, the same bits, random numbers included.
func TestCheckpoint(t *testing.T) {
	run := func(forget bool) (gradient []float64, peak int) {
		m := newModel(8*16, 8, 16, func(m *model[float64]) *Tensor[float64] {
			h := m.tape.Input(m.x, 8, 16)
			for range 6 {
				var w [4]*Tensor[float64]
				for i := range w {
					w[i] = m.param(16, 16)
				}
				segment := func(in []*Tensor[float64]) *Tensor[float64] {
					h := in[0]
					for i := range w {
						h = Dropout(Tanh(MatMul(h, w[i])), 0.1)
					}
					return h
				}
				if forget {
					h = Checkpoint(segment, h)
				} else {
					h = segment([]*Tensor[float64]{h})
				}
			}
			return CrossEntropy(h, m.labels)
		})
		if err := m.step(); err != nil {
			t.Fatal(err)
		}
		return m.g, m.tape.Peak()
	}
	want, all := run(false)
	have, few := run(true)
	for i := range want {
		if want[i] != have[i] {
			t.Fatalf("derivative %d is %v with checkpoints, %v without", i, have[i], want[i])
		}
	}
	if few > all/2 {
		t.Errorf("peak memory %d with checkpoints, %d without: want less than half", few, all)
	}
}

// quadratic data: loss = 1/2 sum_i c_i (z_i)^2 with z = tanh(A x).
func TestGaussNewton(t *testing.T) {
	const n, k = 3, 4
	a, c, x, v := normals("a", k*n), []float64{1, 2, 0.5, 3}, normals("x", n), normals("v", n)
	g := make([]float64, n)
	tape := NewTape[float64]()
	p := tape.Param(x, g, n, 1)
	z := Tanh(MatMul(tape.Input(a, k, n), p))
	loss := Add(Scale(Sum(Mul(tape.Input(c, k, 1), Square(z))), 0.5), Sum(p)) // what is linear has no curvature
	if err := tape.GaussNewton(loss, z, []*Tensor[float64]{p}, []*Tensor[float64]{tape.Input(v, n, 1)}); err != nil {
		t.Fatal(err)
	}
	for j := range n {
		want := 0.0
		for i := range k {
			d := 1 - z.Data()[i]*z.Data()[i]
			jv := 0.0
			for l := range n {
				jv += d * a[i*n+l] * v[l]
			}
			want += d * a[i*n+j] * c[i] * jv
		}
		if math.Abs(g[j]-want) > 1e-12 {
			t.Errorf("element %d is %g, want %g", j, g[j], want)
		}
	}
}

// TestHessianIsSymmetric: u'Hv = v'Hu for whole models, and Backward gives both gradient and
// product on one tape.
func TestHessianIsSymmetric(t *testing.T) {
	for name, m := range models[float64]() {
		u, v := normals("u", len(m.w)), normals("v", len(m.w))
		product := func(v []float64) []float64 {
			l := m.record()
			dl := m.tape.JVP(l, m.params, m.directions(v))
			clear(m.g)
			if err := m.tape.Backward(dl); err != nil {
				t.Fatal(name, err)
			}
			return append([]float64(nil), m.g...)
		}
		a, b := 0.0, 0.0
		for i, h := range product(v) {
			a += u[i] * h
		}
		for i, h := range product(u) {
			b += v[i] * h
		}
		if math.Abs(a-b) > 1e-9*(1+math.Abs(a)) || a == 0 {
			t.Errorf("%s: u'Hv = %g, v'Hu = %g", name, a, b)
		}
	}
}

// TestLaplacian: second derivatives of a network in its input, and the gradient of a loss of
// a differential equation in its parameters.
func TestLaplacian(t *testing.T) {
	residual := func(t *Tape[float64], p []*Tensor[float64]) *Tensor[float64] {
		x := p[4]
		ones := t.Fill(1, x.Shape()...)
		u := Linear(Tanh(Linear(x, p[0], p[1])), p[2], p[3])
		ux := t.JVP(u, []*Tensor[float64]{x}, []*Tensor[float64]{ones})
		uxx := t.JVP(ux, []*Tensor[float64]{x}, []*Tensor[float64]{ones})
		return Mean(Square(Add(uxx, Mul(u, ux))))
	}
	err := Check(residual, Array{s{1, 5}, normals("w", 5)}, Array{s{5}, normals("b", 5)}, Array{s{5, 1}, normals("v", 5)}, Array{s{1}, []float64{0.3}}, Array{s{4, 1}, normals("x", 4)})
	if err != nil {
		t.Error(err)
	}
	tape := NewTape[float64]()
	x := tape.Param([]float64{0.5, -1}, make([]float64, 2), 2)
	one := []*Tensor[float64]{tape.Fill(1, 2)}
	y := Exp(Scale(x, 2))
	for order := 1; order <= 4; order++ {
		y = tape.JVP(y, []*Tensor[float64]{x}, one)
		for i, v := range y.Data() {
			if want := math.Pow(2, float64(order)) * math.Exp(2*x.Data()[i]); math.Abs(v-want) > 1e-12*want {
				t.Errorf("derivative %d of exp(2x) is %g, want %g", order, v, want)
			}
		}
	}
	if tape.Err() != nil {
		t.Error(tape.Err())
	}
}

func TestCheckFindsErrors(t *testing.T) {
	wrong := cube[float64]()
	wrong.Backward = func(dx [][]float64, dy, y []float64, x [][]float64) error {
		for i, v := range x[0] {
			dx[0][i] += 3 * v * v * dy[i]
		}
		dx[0][4] += dy[4]
		return nil
	}
	f := func(t *Tape[float64], x []*Tensor[float64]) *Tensor[float64] { return Sum(Apply(wrong, x[1])) }
	err := Check(f, Array{s{2}, []float64{1, 2}}, Array{s{2, 3}, []float64{1, 2, 3, 4, 1, 6}})
	if err == nil || !strings.Contains(err.Error(), "gradient, tensor 1 (shape [2 3]), element [1 1]: 4, by central differences 3 (") {
		t.Errorf("error %v: want the wrong element", err)
	}
	wrong = cube[float64]()
	wrong.Tangent = func(y *Tensor[float64], x, dx []*Tensor[float64]) *Tensor[float64] {
		return Mul(dx[0], StopGradient(Scale(Square(x[0]), 3)))
	}
	err = Check(f, Array{s{2}, []float64{1, 2}}, Array{s{2}, []float64{1, 2}})
	if err == nil || !strings.Contains(err.Error(), "Hessian-vector product, tensor 1") {
		t.Errorf("error %v: want a wrong Hessian", err)
	}
	if err := Check(f, Array{s{3}, []float64{1}}); err == nil || !strings.Contains(err.Error(), "want 3") {
		t.Errorf("error %v: want one about the number of elements", err)
	}
	nan := func(t *Tape[float64], x []*Tensor[float64]) *Tensor[float64] { return Log(x[0]) }
	if err := Check(nan, Array{s{1}, []float64{-1}}); err == nil {
		t.Error("NaN agrees with NaN")
	}
}

// TestNaN: NaN propagates through every operation, and neither NaN nor infinities make one
// fail or hang, forward or backward.
func TestNaN(t *testing.T) {
	constant := map[string]bool{"StopGradient": true, "SliceEmpty": true} // do not depend on all of x
	for _, c := range opCases() {
		for _, bad := range []float64{math.Inf(1), math.Inf(-1), math.NaN()} {
			x := c.point()
			for i := range x[0].Data {
				x[0].Data[i] = bad
			}
			v, _ := evaluate(t, c.op, c.f64, x)
			found := false
			for _, e := range v {
				found = found || e != e
			}
			if bad != bad && !found && !constant[c.op] {
				t.Errorf("%s %v: NaN disappears: %v", c.op, c.shapes, v)
			}
		}
	}
}

func TestSeveralPasses(t *testing.T) {
	x, g, h := []float64{1, 2}, make([]float64, 2), make([]float64, 2)
	tape := NewTape[float64]()
	p := tape.Param(x, g, 2)
	y := Square(p)
	y.Watch(h)
	z := Sum(Mul(y, p)) // x^3
	for pass := 1.0; pass <= 2; pass++ {
		if err := tape.Backward(z); err != nil {
			t.Fatal(err)
		}
		for i, v := range x {
			if g[i] != pass*3*v*v || h[i] != pass*v {
				t.Errorf("pass %v: gradient %v, of the watched %v", pass, g, h)
			}
		}
	}
	clear(g)
	if err := tape.BackwardWith(y, []float64{1, -1}); err != nil || g[0] != 2 || g[1] != -4 {
		t.Errorf("gradient %v, %v", g, err)
	}
	y.Watch(h)
	if err := tape.Err(); err == nil || !strings.Contains(err.Error(), "used already") {
		t.Errorf("error %v: want one about a use before Watch", err)
	}
}

func TestBatchNormStatistics(t *testing.T) {
	tape := NewTape[float64]()
	x := tape.Input([]float64{1, 10, 3, 20, 5, 60}, 3, 2)
	mean, variance := []float64{0, 0}, []float64{1, 1}
	BatchNorm(x, nil, nil, mean, variance, 0.5, 1e-5)
	for i, want := range []float64{1.5, 15, 2.5, 350.5} {
		if v := append(append([]float64(nil), mean...), variance...)[i]; math.Abs(v-want) > 1e-9 {
			t.Errorf("statistic %d is %g, want %g", i, v, want)
		}
	}
	if err := tape.Err(); err != nil {
		t.Error(err)
	}
	single := NewTape[float32]() // no variance is below 0
	for _, eps := range []float32{1e-5, 1e-3, 3e-3, 0.1} {
		mean, variance := []float32{0}, []float32{0}
		BatchNorm(single.Fill(5, 3, 1), nil, nil, mean, variance, 1, eps)
		if mean[0] != 5 || !(variance[0] >= 0) || variance[0] > 1e-6*eps {
			t.Errorf("constants, eps %v: mean %v, variance %v: want 5 and 0", eps, mean, variance)
		}
	}
}

func TestDropout(t *testing.T) {
	tape := NewTape[float64]()
	tape.Rand = rng.New(1, "dropout")
	x := tape.Fill(1, 1<<16)
	y := Dropout(x, 0.25)
	zeros := 0
	for _, v := range y.Data() {
		switch v {
		case 0:
			zeros++
		case 1 / 0.75:
		default:
			t.Fatalf("element %v: want 0 or %v", v, 1/0.75)
		}
	}
	if p := float64(zeros) / (1 << 16); math.Abs(p-0.25) > 0.01 {
		t.Errorf("a fraction %v is 0: want 0.25", p)
	}
	if z := Dropout(x, 0); z.Data()[5] != 1 {
		t.Error("p = 0 changes x")
	}
}

func TestEmpty(t *testing.T) {
	tape := NewTape[float64]()
	g := make([]float64, 6)
	w := tape.Param(normals("w", 6), g, 2, 3)
	y := Sum(Square(Add(MatMul(tape.Input(nil, 0, 2), w), tape.Fill(1, 3))))
	if err := tape.Backward(y); err != nil || y.Value() != 0 {
		t.Errorf("value %v, error %v", y.Value(), err)
	}
	if l := CrossEntropies(tape.Input(nil, 0, 3), nil); l.Size() != 0 || tape.Err() != nil {
		t.Errorf("%v %v", l, tape.Err())
	}
	if m := SparseMatMul(&linalg.CSR{Rows: 0, Cols: 2, Ptr: []int{0}}, w); m.Size() != 0 || tape.Err() != nil {
		t.Errorf("%v %v", m, tape.Err())
	}
}

// TestMaxPairs: windows of 2 x 2 side by side are those of any size, with equal elements,
// infinities and NaN.
func TestMaxPairs(t *testing.T) {
	kinds := []float64{0, 1, -1, 1, 2, math.Inf(1), math.Inf(-1), math.NaN()}
	r := rng.New(3, "pairs")
	for range 300 {
		x := make([]float64, 3*5*7)
		for i := range x {
			x[i] = kinds[r.Intn(len(kinds))]
		}
		tape := NewTape[float64]()
		y := MaxPool2D(tape.Input(x, 1, 3, 5, 7), 2, 2, 0)
		for i, k := range y.index {
			c, at := i/6, i%6
			best, top := windowTop(y.geom, x, c*35, at/3, at%3)
			if k != best || y.data[i] != top && top == top {
				t.Fatalf("window %d of %v: %v at %d, want %v at %d", i, x, y.data[i], k, top, best)
			}
		}
	}
}

// Powers that are polynomials have their derivatives at 0 too.
func TestPowerAtZero(t *testing.T) {
	for p, want := range map[float64][4]float64{0: {1, 0, 0, 0}, 1: {0, 1, 0, 0}, 2: {0, 0, 2, 0}, 3: {0, 0, 0, 6}} {
		tape := NewTape[float64]()
		g := make([]float64, 1)
		x := tape.Param([]float64{0}, g)
		y, one := Pow(x, p), tape.Scalar(1)
		for k, v := range want {
			clear(g)
			if err := tape.Backward(y); err != nil || y.Value() != v || k < 3 && g[0] != want[k+1] {
				t.Errorf("x^%v: derivative %d at 0 is %v, its slope %v, error %v: want %v", p, k, y.Value(), g, err, want)
			}
			y = tape.JVP(y, []*Tensor[float64]{x}, []*Tensor[float64]{one})
		}
	}
}

// The derivatives of a quotient do not need the square of the divisor.
func TestDivRange(t *testing.T) {
	for _, b := range []float32{1e-20, 1e-25, 1e20, 1e30} {
		tape := NewTape[float32]()
		g := make([]float32, 1)
		if err := tape.Backward(Div(tape.Scalar(3*b), tape.Param([]float32{b}, g))); err != nil || math.Abs(float64(g[0]*b)+3) > 1e-5 {
			t.Errorf("the derivative by %v of 3 times that over it is %v, error %v: want %v", b, g[0], err, -3/b)
		}
	}
}

// TestApplyAllocates: an operation of the user's own costs no more memory than others.
func TestApplyAllocates(t *testing.T) {
	tape, f := NewTape[float64](), cube[float64]()
	x, g := normals("x", 6), make([]float64, 6)
	xs, dxs := make([]*Tensor[float64], 1), make([]*Tensor[float64], 1)
	step := func() {
		tape.Reset()
		xs[0], dxs[0] = tape.Param(x, g, 6), tape.Fill(1, 6)
		y := Apply(f, xs[0])
		if err := tape.BackwardWith(tape.JVP(y, xs, dxs), x); err != nil {
			t.Fatal(err)
		}
	}
	step()
	step()
	if n := testing.AllocsPerRun(5, step); n > 0 {
		t.Errorf("%v allocations for a step", n)
	}
}
