package grad

import (
	"go/ast"
	"go/parser"
	"go/token"
	"math"
	"os"
	"strings"
	"testing"

	"github.com/godescent/descent/linalg"
	"github.com/godescent/descent/rng"
	"github.com/godescent/descent/vec"
)

// An opCase applies an operation to variables of some shapes at random points.
type opCase struct {
	op     string
	shapes [][]int
	f64    func(t *Tape[float64], x []*Tensor[float64]) *Tensor[float64]
	f32    func(t *Tape[float32], x []*Tensor[float32]) *Tensor[float32]
	low    float64 // added to |x| where x must be positive; 0: x is any number
}

// both is a case of a function given for both types.
func both(op string, low float64, f64 func(*Tape[float64], []*Tensor[float64]) *Tensor[float64], f32 func(*Tape[float32], []*Tensor[float32]) *Tensor[float32], shapes ...[]int) opCase {
	return opCase{op, shapes, f64, f32, low}
}

type s = []int

// one is a case of a function of one tensor.
func one(op string, low float64, f64 func(*Tensor[float64]) *Tensor[float64], f32 func(*Tensor[float32]) *Tensor[float32], shapes ...[]int) opCase {
	return both(op, low,
		func(_ *Tape[float64], x []*Tensor[float64]) *Tensor[float64] { return f64(x[0]) },
		func(_ *Tape[float32], x []*Tensor[float32]) *Tensor[float32] { return f32(x[0]) }, shapes...)
}

// two is a case of a function of two tensors.
func two(op string, low float64, f64 func(a, b *Tensor[float64]) *Tensor[float64], f32 func(a, b *Tensor[float32]) *Tensor[float32], shapes ...[]int) opCase {
	return both(op, low,
		func(_ *Tape[float64], x []*Tensor[float64]) *Tensor[float64] { return f64(x[0], x[1]) },
		func(_ *Tape[float32], x []*Tensor[float32]) *Tensor[float32] { return f32(x[0], x[1]) }, shapes...)
}

var (
	labels5 = []int{2, 0, 1, 2, 2}
	rows6   = []int{3, 0, 0, 1, 3, 2}
	mask6   = []bool{true, false, false, true, true, false}
	sparse  = func() *linalg.CSR {
		a, err := linalg.FromTriplets(4, 3, []int32{0, 1, 1, 3, 3}, []int32{1, 0, 2, 1, 2}, []float64{2, -1, 0.5, 3, 1})
		if err != nil {
			panic(err)
		}
		return a
	}()
)

// opsOf has the functions of one type that need closures over options.
func opsOf[T vec.Float]() map[string]func(t *Tape[T], x []*Tensor[T]) *Tensor[T] {
	type in = []*Tensor[T]
	return map[string]func(t *Tape[T], x in) *Tensor[T]{
		"Scale":     func(_ *Tape[T], x in) *Tensor[T] { return Scale(Square(x[0]), -1.5) },
		"AddScalar": func(_ *Tape[T], x in) *Tensor[T] { return AddScalar(Square(x[0]), 2) },
		"Pow":       func(_ *Tape[T], x in) *Tensor[T] { return Pow(x[0], 2.5) },
		"Pow3":      func(_ *Tape[T], x in) *Tensor[T] { return Pow(x[0], 3) },
		"Pow0":      func(_ *Tape[T], x in) *Tensor[T] { return Mul(Pow(x[0], 0), Square(x[0])) },
		"LeakyReLU": func(_ *Tape[T], x in) *Tensor[T] { return Square(LeakyReLU(x[0], 0.1)) },
		"Clamp":     func(_ *Tape[T], x in) *Tensor[T] { return Square(Clamp(x[0], -0.7, 0.6)) },
		"SameTwice": func(_ *Tape[T], x in) *Tensor[T] { return Mul(Add(x[0], x[0]), Sub(x[0], Mul(x[0], x[0]))) },

		"Reshape":      func(_ *Tape[T], x in) *Tensor[T] { return Square(Reshape(x[0], 2, -1)) },
		"BroadcastTo":  func(_ *Tape[T], x in) *Tensor[T] { return Square(BroadcastTo(x[0], 2, 3, 4)) },
		"Permute":      func(_ *Tape[T], x in) *Tensor[T] { return Square(Permute(x[0], 2, 0, -2)) },
		"Slice":        func(_ *Tape[T], x in) *Tensor[T] { return Square(Slice(x[0], 1, 1, 3)) },
		"SliceEmpty":   func(_ *Tape[T], x in) *Tensor[T] { return Sum(Slice(x[0], 0, 1, 1)) },
		"Concat":       func(_ *Tape[T], x in) *Tensor[T] { return Square(Concat(-2, x...)) },
		"Stack":        func(_ *Tape[T], x in) *Tensor[T] { return Square(Stack(1, x...)) },
		"StopGradient": func(_ *Tape[T], x in) *Tensor[T] { return Add(Square(x[0]), Scale(Sum(StopGradient(Fixed(x[0]))), 2)) },

		"Sum":          func(_ *Tape[T], x in) *Tensor[T] { return Square(Sum(x[0])) },
		"Sum1":         func(_ *Tape[T], x in) *Tensor[T] { return Square(Sum(x[0], 1)) },
		"Sum02":        func(_ *Tape[T], x in) *Tensor[T] { return Square(Sum(x[0], 0, -1)) },
		"Mean":         func(_ *Tape[T], x in) *Tensor[T] { return Square(Mean(x[0], -1)) },
		"Max":          func(_ *Tape[T], x in) *Tensor[T] { return Square(Max(x[0], 1)) },
		"MaxAll":       func(_ *Tape[T], x in) *Tensor[T] { return Square(Max(x[0])) },
		"Variance":     func(_ *Tape[T], x in) *Tensor[T] { return Variance(x[0], 0, 2) },
		"LogSumExp":    func(_ *Tape[T], x in) *Tensor[T] { return LogSumExp(x[0], 2) },
		"LogSumExpAll": func(_ *Tape[T], x in) *Tensor[T] { return Square(LogSumExp(x[0])) },

		"Gather":     func(_ *Tape[T], x in) *Tensor[T] { return Square(Gather(x[0], rows6)) },
		"Embedding":  func(_ *Tape[T], x in) *Tensor[T] { return Square(Embedding(x[0], rows6)) },
		"ScatterAdd": func(_ *Tape[T], x in) *Tensor[T] { return Square(ScatterAdd(x[0], rows6, 5)) },
		"Where":      func(_ *Tape[T], x in) *Tensor[T] { return Square(Where(mask6, x[0], x[1])) },

		"MatMulTN":     func(_ *Tape[T], x in) *Tensor[T] { return MatMulT(x[0], x[1], true, false) },
		"MatMulNT":     func(_ *Tape[T], x in) *Tensor[T] { return MatMulT(x[0], x[1], false, true) },
		"MatMulTT":     func(_ *Tape[T], x in) *Tensor[T] { return MatMulT(x[0], x[1], true, true) },
		"Linear":       func(_ *Tape[T], x in) *Tensor[T] { return Tanh(Linear(x[0], x[1], x[2])) },
		"LinearPlain":  func(_ *Tape[T], x in) *Tensor[T] { return Linear(x[0], x[1], nil) },
		"LinearT":      func(_ *Tape[T], x in) *Tensor[T] { return Tanh(LinearT(Tanh(x[0]), x[1], x[2])) },
		"LinearTPlain": func(_ *Tape[T], x in) *Tensor[T] { return LinearT(Tanh(x[0]), x[1], nil) },
		"SparseMatMul": func(_ *Tape[T], x in) *Tensor[T] {
			return Square(SparseMatMul(sparse, x[0]))
		},

		"CrossEntropy":   func(_ *Tape[T], x in) *Tensor[T] { return CrossEntropy(x[0], labels5) },
		"CrossEntropies": func(_ *Tape[T], x in) *Tensor[T] { return CrossEntropies(x[0], labels5) },
		"Huber":          func(_ *Tape[T], x in) *Tensor[T] { return Huber(x[0], x[1], 0.8) },

		"Conv2D": func(_ *Tape[T], x in) *Tensor[T] { return Conv2D(x[0], x[1], x[2], Conv{}) },
		"Conv2DOptions": func(_ *Tape[T], x in) *Tensor[T] {
			return Conv2D(x[0], x[1], x[2], Conv{Stride: 2, Pad: 2, Dilation: 2, Groups: 2})
		},
		"Conv2DPadded":    func(_ *Tape[T], x in) *Tensor[T] { return Conv2D(x[0], x[1], x[2], Conv{Pad: 2, Dilation: 2}) },
		"Conv2DStrided":   func(_ *Tape[T], x in) *Tensor[T] { return Conv2D(x[0], x[1], nil, Conv{Stride: 2}) },
		"Conv2DPointwise": func(_ *Tape[T], x in) *Tensor[T] { return Conv2D(x[0], x[1], nil, Conv{}) },
		"Conv1D":          func(_ *Tape[T], x in) *Tensor[T] { return Conv1D(x[0], x[1], x[2], Conv{Pad: 1}) },
		"Conv1DOptions": func(_ *Tape[T], x in) *Tensor[T] {
			return Conv1D(x[0], x[1], nil, Conv{Stride: 3, Pad: 2, Dilation: 2, Groups: 3})
		},
		"ConvTranspose2D": func(_ *Tape[T], x in) *Tensor[T] {
			return ConvTranspose2D(x[0], x[1], x[2], Conv{Stride: 2, Pad: 1, Dilation: 2, Groups: 2})
		},
		"ConvTranspose1D": func(_ *Tape[T], x in) *Tensor[T] {
			return ConvTranspose1D(x[0], x[1], x[2], Conv{Stride: 2, Pad: 1})
		},
		"MaxPool2D":      func(_ *Tape[T], x in) *Tensor[T] { return Square(MaxPool2D(x[0], 3, 2, 1)) },
		"AvgPool2D":      func(_ *Tape[T], x in) *Tensor[T] { return Square(AvgPool2D(x[0], 2, 2, 1)) },
		"MaxPool1D":      func(_ *Tape[T], x in) *Tensor[T] { return Square(MaxPool1D(x[0], 3, 2, 1)) },
		"AvgPool1D":      func(_ *Tape[T], x in) *Tensor[T] { return Square(AvgPool1D(x[0], 3, 2, 1)) },
		"MaxPool2DPairs": func(_ *Tape[T], x in) *Tensor[T] { return Square(MaxPool2D(x[0], 2, 2, 0)) },

		"LayerNorm":      func(_ *Tape[T], x in) *Tensor[T] { return LayerNorm(x[0], x[1], x[2], 1e-3) },
		"LayerNormPlain": func(_ *Tape[T], x in) *Tensor[T] { return LayerNorm(x[0], nil, nil, 1e-3) },
		"LayerNormGain":  func(_ *Tape[T], x in) *Tensor[T] { return LayerNorm(x[0], x[1], nil, 1e-3) },
		"GroupNorm":      func(_ *Tape[T], x in) *Tensor[T] { return GroupNorm(x[0], 2, x[1], x[2], 1e-3) },
		"BatchNorm": func(_ *Tape[T], x in) *Tensor[T] {
			return BatchNorm(x[0], x[1], x[2], nil, nil, 0, 1e-3)
		},
		"BatchNormDense": func(_ *Tape[T], x in) *Tensor[T] { return BatchNorm(x[0], x[1], x[2], nil, nil, 0, 1e-3) },
		"BatchNormPlain": func(_ *Tape[T], x in) *Tensor[T] { return BatchNorm(x[0], nil, nil, nil, nil, 0, 1e-3) },
		"FixedNorm": func(_ *Tape[T], x in) *Tensor[T] {
			return Square(FixedNorm(x[0], x[1], x[2], []T{1, 2, 3, 4}, []T{1, 0.5, 2, 3}, 1e-3))
		},
		"Dropout":   func(_ *Tape[T], x in) *Tensor[T] { return Square(Dropout(x[0], 0.4)) },
		"Attention": func(_ *Tape[T], x in) *Tensor[T] { return Attention(x[0], x[1], x[2], false) },
		"AttentionCausal": func(_ *Tape[T], x in) *Tensor[T] {
			return Attention(x[0], x[1], x[2], true)
		},
		"Checkpoint": func(_ *Tape[T], x in) *Tensor[T] {
			w := x[1]
			return Square(Checkpoint(func(u []*Tensor[T]) *Tensor[T] {
				return Dropout(Tanh(MatMul(Tanh(u[0]), w)), 0.3)
			}, Sigmoid(x[0])))
		},
		"CheckpointNested": func(_ *Tape[T], x in) *Tensor[T] {
			return Checkpoint(func(u []*Tensor[T]) *Tensor[T] {
				z := Checkpoint(func(v []*Tensor[T]) *Tensor[T] { return Mul(Tanh(v[0]), v[1]) }, u[0], Square(u[0]))
				return Add(z, u[0])
			}, x[0])
		},
		"Apply": func(t *Tape[T], x in) *Tensor[T] { return Apply(cube[T](), Tanh(x[0])) },
		"JVP": func(t *Tape[T], x in) *Tensor[T] {
			return t.JVP(Tanh(Square(x[0])), x[:1], []*Tensor[T]{Sigmoid(x[1])})
		},
	}
}

// Fixed hides x from a test of differences: f(Fixed(x)) does not change with x.
func Fixed[T vec.Float](x *Tensor[T]) *Tensor[T] { return x.tape.Fill(2, x.shape...) }

// cube is x^3 with its own derivative.
func cube[T vec.Float]() *Function[T] {
	return &Function[T]{
		Name:  "cube",
		Shape: func(in ...[]int) ([]int, error) { return in[0], nil },
		Forward: func(y []T, x [][]T) error {
			for i, v := range x[0] {
				y[i] = v * v * v
			}
			return nil
		},
		Backward: func(dx [][]T, dy, y []T, x [][]T) error {
			for i, v := range x[0] {
				dx[0][i] += 3 * v * v * dy[i]
			}
			return nil
		},
		Tangent: func(y *Tensor[T], x, dx []*Tensor[T]) *Tensor[T] { return Mul(dx[0], Scale(Square(x[0]), 3)) },
	}
}

func opCases() []opCase {
	cases := []opCase{
		one("Neg", 0, func(x *Tensor[float64]) *Tensor[float64] { return Square(Neg(x)) }, func(x *Tensor[float32]) *Tensor[float32] { return Square(Neg(x)) }, s{3}),
		one("Exp", 0, Exp[float64], Exp[float32], s{3, 4}),
		one("Log", 0.5, Log[float64], Log[float32], s{3, 4}),
		one("Erf", 0, Erf[float64], Erf[float32], s{7, 50}),
		one("Square", 0, Square[float64], Square[float32], s{5}),
		one("Sqrt", 0.5, Sqrt[float64], Sqrt[float32], s{5}),
		one("Abs", 0, func(x *Tensor[float64]) *Tensor[float64] { return Mul(x, Abs(x)) }, func(x *Tensor[float32]) *Tensor[float32] { return Mul(x, Abs(x)) }, s{5}),
		one("Tanh", 0, Tanh[float64], Tanh[float32], s{2, 1, 3}),
		one("Sigmoid", 0, Sigmoid[float64], Sigmoid[float32], s{5}),
		one("ReLU", 0, func(x *Tensor[float64]) *Tensor[float64] { return Square(ReLU(x)) }, func(x *Tensor[float32]) *Tensor[float32] { return Square(ReLU(x)) }, s{9}),
		one("Softplus", 0, Softplus[float64], Softplus[float32], s{300}),
		one("SiLU", 0, SiLU[float64], SiLU[float32], s{300}),
		one("GELU", 0, GELU[float64], GELU[float32], s{300}),
		one("Transpose", 0, func(x *Tensor[float64]) *Tensor[float64] { return Square(Transpose(x)) }, func(x *Tensor[float32]) *Tensor[float32] { return Square(Transpose(x)) }, s{2, 3, 4}),
		one("Softmax", 0, Softmax[float64], Softmax[float32], s{3, 4}),
		one("LogSoftmax", 0, LogSoftmax[float64], LogSoftmax[float32], s{2, 3, 4}),
		two("MSE", 0, MSE[float64], MSE[float32], s{4, 3}, s{4, 3}),
		two("BCEWithLogits", 0, BCEWithLogits[float64], BCEWithLogits[float32], s{4, 3}, s{4, 3}),
		two("MatMul", 0, MatMul[float64], MatMul[float32], s{3, 4}, s{4, 5}),
		two("MatMul", 0, MatMul[float64], MatMul[float32], s{2, 3, 4}, s{4, 5}),
		two("MatMul", 0, MatMul[float64], MatMul[float32], s{2, 3, 3, 4}, s{2, 3, 4, 1}),
	}
	// Pairs, with shapes that broadcast in all ways.
	for _, p := range []struct {
		op  string
		low float64
		f64 func(a, b *Tensor[float64]) *Tensor[float64]
		f32 func(a, b *Tensor[float32]) *Tensor[float32]
	}{
		{"Add", 0, Add[float64], Add[float32]}, {"Sub", 0, Sub[float64], Sub[float32]}, {"Mul", 0, Mul[float64], Mul[float32]}, {"Div", 0.5, Div[float64], Div[float32]},
		{"Maximum", 0, Maximum[float64], Maximum[float32]}, {"Minimum", 0, Minimum[float64], Minimum[float32]},
	} {
		for _, shapes := range [][]s{{{3}, {3}}, {{}, {2, 3}}, {{2, 3}, {}}, {{2, 3}, {3}}, {{2, 1}, {2, 3}}, {{2, 1}, {3}}, {{2, 3, 1, 2}, {3, 4, 1}}, {{2, 1, 3}, {1, 4, 1}}, {{1, 300}, {2, 1}}, {{}, {}}} {
			cases = append(cases, two(p.op, p.low, p.f64, p.f32, shapes...))
		}
	}
	f64, f32 := opsOf[float64](), opsOf[float32]()
	for name, shapes := range map[string][]s{
		"Scale": {{3, 2}}, "AddScalar": {{3}}, "Pow": {{4}}, "Pow3": {{4}}, "Pow0": {{4}}, "LeakyReLU": {{9}}, "Clamp": {{9}}, "SameTwice": {{2, 3}},
		"Reshape": {{3, 4}}, "BroadcastTo": {{3, 1}}, "Permute": {{2, 3, 4}}, "Slice": {{2, 4, 3}}, "SliceEmpty": {{2, 4}}, "Concat": {{2, 3, 2}, {2, 1, 2}, {2, 2, 2}},
		"Stack": {{2, 3}, {2, 3}, {2, 3}}, "StopGradient": {{3}},
		"Sum": {{2, 3}}, "Sum1": {{2, 3, 4}}, "Sum02": {{2, 3, 4}}, "Mean": {{2, 3}}, "Max": {{2, 3, 4}}, "MaxAll": {{2, 3}}, "Variance": {{2, 3, 4}},
		"LogSumExp": {{2, 3, 4}}, "LogSumExpAll": {{2, 3}},
		"Gather": {{4, 3}}, "Embedding": {{4, 2}}, "ScatterAdd": {{6, 2}}, "Where": {{2, 3}, {2, 3}},
		"MatMulTN": {{2, 4, 3}, {4, 5}}, "MatMulNT": {{2, 3, 4}, {2, 5, 4}}, "MatMulTT": {{4, 3}, {5, 4}}, "Linear": {{2, 3, 4}, {4, 5}, {5}}, "LinearPlain": {{3, 4}, {4, 2}},
		"LinearT": {{2, 3, 4}, {5, 4}, {5}}, "LinearTPlain": {{3, 4}, {2, 4}},
		"SparseMatMul": {{3, 2}}, "CrossEntropy": {{5, 3}}, "CrossEntropies": {{5, 3}}, "Huber": {{4, 3}, {4, 3}},
		"Conv2D": {{2, 3, 5, 4}, {2, 3, 3, 2}, {2}}, "Conv2DOptions": {{2, 4, 6, 5}, {6, 2, 3, 2}, {6}}, "Conv2DPointwise": {{2, 3, 2, 3}, {4, 3, 1, 1}},
		"Conv2DPadded": {{2, 3, 4, 5}, {2, 3, 3, 2}, {2}}, "Conv2DStrided": {{2, 2, 5, 6}, {3, 2, 2, 3}},
		"Conv1D": {{2, 3, 6}, {4, 3, 3}, {4}}, "Conv1DOptions": {{2, 3, 9}, {6, 1, 3}}, "ConvTranspose2D": {{2, 4, 3, 2}, {4, 3, 3, 2}, {6}}, "ConvTranspose1D": {{2, 3, 4}, {3, 2, 3}, {2}},
		"MaxPool2D": {{2, 2, 5, 4}}, "AvgPool2D": {{2, 2, 5, 4}}, "MaxPool1D": {{2, 3, 6}}, "AvgPool1D": {{2, 3, 6}},
		"MaxPool2DPairs": {{2, 2, 5, 7}},
		"LayerNorm":      {{3, 5}, {5}, {5}}, "LayerNormPlain": {{2, 2, 4}}, "LayerNormGain": {{3, 4}, {4}}, "GroupNorm": {{2, 4, 3}, {4}, {4}},
		"BatchNorm": {{3, 4, 2, 2}, {4}, {4}}, "BatchNormDense": {{3, 14}, {14}, {14}}, "BatchNormPlain": {{4, 3}}, "FixedNorm": {{3, 4, 2}, {4}, {4}}, "Dropout": {{5, 4}},
		"Attention": {{2, 3, 4}, {2, 5, 4}, {2, 5, 2}}, "AttentionCausal": {{2, 2, 3, 4}, {2, 2, 5, 4}, {2, 2, 5, 2}},
		"Checkpoint": {{3, 4}, {4, 2}}, "CheckpointNested": {{3, 2}}, "Apply": {{3, 2}}, "JVP": {{5}, {5}},
	} {
		low := 0.0
		if name == "Pow" {
			low = 0.5
		}
		cases = append(cases, opCase{name, shapes, f64[name], f32[name], low})
	}
	return cases
}

// point returns random arrays for a case.
func (c *opCase) point() []Array {
	r := rng.New(7, c.op)
	var x []Array
	for _, shape := range c.shapes {
		a := Array{Shape: shape, Data: make([]float64, size(shape))}
		for i := range a.Data {
			a.Data[i] = r.Norm()
			if c.low > 0 {
				a.Data[i] = c.low + math.Abs(a.Data[i])
			}
		}
		x = append(x, a)
	}
	return x
}

func TestOps(t *testing.T) {
	for _, c := range opCases() {
		if c.f64 == nil || c.f32 == nil {
			t.Fatalf("%s has no function", c.op)
		}
		if err := Check(c.f64, c.point()...); err != nil {
			t.Errorf("%s %v: %v", c.op, c.shapes, err)
		}
	}
}

// TestFloat32 compares values and gradients of the two types.
func TestFloat32(t *testing.T) {
	for _, c := range opCases() {
		x := c.point()
		v64, g64 := evaluate(t, c.op, c.f64, x)
		v32, g32 := evaluate(t, c.op, c.f32, x)
		if len(v64) != len(v32) || len(v64) == 0 && c.op != "SliceEmpty" {
			t.Fatalf("%s: %d and %d values", c.op, len(v64), len(v32))
		}
		for i := range v64 {
			if !close32(v32[i], v64[i]) {
				t.Errorf("%s %v: value %d is %g in float32, %g in float64", c.op, c.shapes, i, v32[i], v64[i])
			}
		}
		for i := range g64 {
			if !close32(g32[i], g64[i]) {
				t.Errorf("%s %v: derivative %d is %g in float32, %g in float64", c.op, c.shapes, i, g32[i], g64[i])
			}
		}
	}
}

func close32(a float32, b float64) bool { return math.Abs(float64(a)-b) <= 2e-5*(1+math.Abs(b)) }

// evaluate returns the values of f and the gradient of their weighted sum.
func evaluate[T vec.Float](t *testing.T, op string, f func(*Tape[T], []*Tensor[T]) *Tensor[T], x []Array) (value, gradient []T) {
	t.Helper()
	tape := NewTape[T]()
	tape.Rand = rng.New(3, op)
	n := 0
	for _, a := range x {
		n += len(a.Data)
	}
	gradient = make([]T, n)
	var in []*Tensor[T]
	at := 0
	for _, a := range x {
		data := make([]T, len(a.Data))
		for i, v := range a.Data {
			data[i] = T(v)
		}
		in = append(in, tape.Param(data, gradient[at:at+len(data)], a.Shape...))
		at += len(data)
	}
	y := f(tape, in)
	w := make([]T, y.Size())
	for i := range w {
		w[i] = T(i%5) - 1.5
	}
	if err := tape.BackwardWith(y, w); err != nil {
		t.Fatalf("%s: %v", op, err)
	}
	return append([]T(nil), y.Data()...), gradient
}

// TestTableIsComplete fails if an exported function that returns a tensor has no case.
func TestTableIsComplete(t *testing.T) {
	have := map[string]bool{"Scalar": true, "Fill": true, "Input": true, "Param": true, "JVP": true} // methods of the tape
	for _, c := range opCases() {
		have[c.op] = true
	}
	have["TrAct"] = true // what it passes on is no derivative: see TestTrAct
	have["MatMulT"] = have["MatMulTN"] && have["MatMulNT"] && have["MatMulTT"]
	files, err := os.ReadDir(".")
	if err != nil {
		t.Fatal(err)
	}
	found := 0
	for _, f := range files {
		if !strings.HasSuffix(f.Name(), ".go") || strings.HasSuffix(f.Name(), "_test.go") {
			continue
		}
		file, err := parser.ParseFile(token.NewFileSet(), f.Name(), nil, 0)
		if err != nil {
			t.Fatal(err)
		}
		for _, d := range file.Decls {
			fn, ok := d.(*ast.FuncDecl)
			if !ok || !fn.Name.IsExported() || fn.Recv != nil || !returnsTensor(fn) {
				continue
			}
			found++
			if !have[fn.Name.Name] {
				t.Errorf("%s has no case in the table of operations", fn.Name.Name)
			}
		}
	}
	if found < 50 {
		t.Errorf("found %d operations: want at least 50", found)
	}
}

func returnsTensor(fn *ast.FuncDecl) bool {
	if fn.Type.Results == nil || len(fn.Type.Results.List) != 1 {
		return false
	}
	star, ok := fn.Type.Results.List[0].Type.(*ast.StarExpr)
	if !ok {
		return false
	}
	index, ok := star.X.(*ast.IndexExpr)
	if !ok {
		return false
	}
	name, ok := index.X.(*ast.Ident)
	return ok && name.Name == "Tensor"
}

// TestSecondTangents: the derivatives of each operation's tangent along a fixed direction, and
// so its second and third ones.
func TestSecondTangents(t *testing.T) {
	for _, c := range opCases() {
		x := c.point()
		err := Check(func(t *Tape[float64], in []*Tensor[float64]) *Tensor[float64] {
			var dx []*Tensor[float64]
			for i, a := range x {
				dx = append(dx, t.Input(normals(c.op, i+len(a.Data))[i:], a.Shape...))
			}
			return t.JVP(c.f64(t, in), in, dx)
		}, x...)
		if err != nil {
			t.Errorf("%s %v: %v", c.op, c.shapes, err)
		}
	}
}
