package grad

import (
	"encoding/json"
	"math"
	"os"
	"testing"
)

// references apply operations as testdata/reference.py does.
var references = map[string]func(t *Tape[float64], x []*Tensor[float64]) *Tensor[float64]{
	"erf":         func(_ *Tape[float64], x []*Tensor[float64]) *Tensor[float64] { return Erf(x[0]) },
	"gelu":        func(_ *Tape[float64], x []*Tensor[float64]) *Tensor[float64] { return GELU(x[0]) },
	"silu":        func(_ *Tape[float64], x []*Tensor[float64]) *Tensor[float64] { return SiLU(x[0]) },
	"softplus":    func(_ *Tape[float64], x []*Tensor[float64]) *Tensor[float64] { return Softplus(x[0]) },
	"logsumexp":   func(_ *Tape[float64], x []*Tensor[float64]) *Tensor[float64] { return LogSumExp(x[0], 0, 2) },
	"variance":    func(_ *Tape[float64], x []*Tensor[float64]) *Tensor[float64] { return Variance(x[0], 1) },
	"log softmax": func(_ *Tape[float64], x []*Tensor[float64]) *Tensor[float64] { return LogSoftmax(x[0]) },
	"cross entropy": func(_ *Tape[float64], x []*Tensor[float64]) *Tensor[float64] {
		return CrossEntropy(x[0], []int{2, 0, 1, 2})
	},
	"huber": func(_ *Tape[float64], x []*Tensor[float64]) *Tensor[float64] { return Huber(x[0], x[1], 0.7) },
	"bce with logits": func(_ *Tape[float64], x []*Tensor[float64]) *Tensor[float64] {
		return BCEWithLogits(x[0], x[1])
	},
	"embedding": func(_ *Tape[float64], x []*Tensor[float64]) *Tensor[float64] {
		return Embedding(x[0], []int{3, 0, 0, 1, 3, 2})
	},
	"conv2d": func(_ *Tape[float64], x []*Tensor[float64]) *Tensor[float64] {
		return Conv2D(x[0], x[1], x[2], Conv{Stride: 2, Pad: 2, Dilation: 2, Groups: 2})
	},
	"conv1d": func(_ *Tape[float64], x []*Tensor[float64]) *Tensor[float64] {
		return Conv1D(x[0], x[1], x[2], Conv{Pad: 1})
	},
	"conv transpose 2d": func(_ *Tape[float64], x []*Tensor[float64]) *Tensor[float64] {
		return ConvTranspose2D(x[0], x[1], x[2], Conv{Stride: 2, Pad: 1, Dilation: 2, Groups: 2})
	},
	"conv transpose 1d": func(_ *Tape[float64], x []*Tensor[float64]) *Tensor[float64] {
		return ConvTranspose1D(x[0], x[1], nil, Conv{Stride: 3})
	},
	"max pool":    func(_ *Tape[float64], x []*Tensor[float64]) *Tensor[float64] { return MaxPool2D(x[0], 3, 2, 1) },
	"avg pool":    func(_ *Tape[float64], x []*Tensor[float64]) *Tensor[float64] { return AvgPool2D(x[0], 2, 2, 1) },
	"max pool 1d": func(_ *Tape[float64], x []*Tensor[float64]) *Tensor[float64] { return MaxPool1D(x[0], 3, 2, 1) },
	"avg pool 1d": func(_ *Tape[float64], x []*Tensor[float64]) *Tensor[float64] { return AvgPool1D(x[0], 4, 3, 2) },
	"layer norm": func(_ *Tape[float64], x []*Tensor[float64]) *Tensor[float64] {
		return LayerNorm(x[0], x[1], x[2], 1e-3)
	},
	"group norm": func(_ *Tape[float64], x []*Tensor[float64]) *Tensor[float64] {
		return GroupNorm(x[0], 2, x[1], x[2], 1e-3)
	},
	"batch norm": func(_ *Tape[float64], x []*Tensor[float64]) *Tensor[float64] {
		return BatchNorm(x[0], x[1], x[2], nil, nil, 0, 1e-3)
	},
	"attention": func(_ *Tape[float64], x []*Tensor[float64]) *Tensor[float64] {
		return Attention(x[0], x[1], x[2], false)
	},
	"causal attention": func(_ *Tape[float64], x []*Tensor[float64]) *Tensor[float64] {
		return Attention(x[0], x[1], x[2], true)
	},
	"exp":  func(_ *Tape[float64], x []*Tensor[float64]) *Tensor[float64] { return Exp(x[0]) },
	"log":  func(_ *Tape[float64], x []*Tensor[float64]) *Tensor[float64] { return Log(AddScalar(Abs(x[0]), 0.5)) },
	"sqrt": func(_ *Tape[float64], x []*Tensor[float64]) *Tensor[float64] { return Sqrt(AddScalar(Square(x[0]), 1)) },
	"power": func(_ *Tape[float64], x []*Tensor[float64]) *Tensor[float64] {
		return Pow(AddScalar(Abs(x[0]), 0.5), -1.7)
	},
	"abs":        func(_ *Tape[float64], x []*Tensor[float64]) *Tensor[float64] { return Abs(x[0]) },
	"tanh":       func(_ *Tape[float64], x []*Tensor[float64]) *Tensor[float64] { return Tanh(x[0]) },
	"sigmoid":    func(_ *Tape[float64], x []*Tensor[float64]) *Tensor[float64] { return Sigmoid(x[0]) },
	"relu":       func(_ *Tape[float64], x []*Tensor[float64]) *Tensor[float64] { return ReLU(x[0]) },
	"leaky relu": func(_ *Tape[float64], x []*Tensor[float64]) *Tensor[float64] { return LeakyReLU(x[0], 0.1) },
	"clamp":      func(_ *Tape[float64], x []*Tensor[float64]) *Tensor[float64] { return Clamp(x[0], -0.7, 0.6) },
	"mse":        func(_ *Tape[float64], x []*Tensor[float64]) *Tensor[float64] { return MSE(x[0], x[1]) },
	"arithmetic": func(_ *Tape[float64], x []*Tensor[float64]) *Tensor[float64] {
		return Add(Div(Sub(x[0], x[1]), AddScalar(Mul(x[2], x[2]), 1)), Mul(x[0], x[1]))
	},
	"maximum": func(_ *Tape[float64], x []*Tensor[float64]) *Tensor[float64] {
		return Sub(Maximum(x[0], x[1]), Scale(Minimum(x[0], x[1]), 2))
	},
	"matmul":            func(_ *Tape[float64], x []*Tensor[float64]) *Tensor[float64] { return MatMul(x[0], x[1]) },
	"matmul transposed": func(_ *Tape[float64], x []*Tensor[float64]) *Tensor[float64] { return MatMulT(x[0], x[1], true, true) },
	"linear":            func(_ *Tape[float64], x []*Tensor[float64]) *Tensor[float64] { return Linear(x[0], x[1], x[2]) },
	"linear transposed": func(_ *Tape[float64], x []*Tensor[float64]) *Tensor[float64] { return LinearT(x[0], x[1], x[2]) },
	"sparse product":    func(_ *Tape[float64], x []*Tensor[float64]) *Tensor[float64] { return SparseMatMul(sparse, x[0]) },
	"softmax":           func(_ *Tape[float64], x []*Tensor[float64]) *Tensor[float64] { return Softmax(x[0]) },
	"sums": func(_ *Tape[float64], x []*Tensor[float64]) *Tensor[float64] {
		return Add(Mul(Sum(x[0], 1), Mean(x[0], 0, 2)), Sum(Square(Reshape(Max(x[0], 1, 2), 3, 1, 1)), 1))
	},
	"gather": func(_ *Tape[float64], x []*Tensor[float64]) *Tensor[float64] { return Gather(x[0], rows6) },
	"scatter add": func(_ *Tape[float64], x []*Tensor[float64]) *Tensor[float64] {
		return Square(ScatterAdd(x[0], rows6, 4))
	},
	"where": func(_ *Tape[float64], x []*Tensor[float64]) *Tensor[float64] {
		return Square(Where([]bool{true, false, true, true, false}, x[0], x[1]))
	},
	"broadcast": func(_ *Tape[float64], x []*Tensor[float64]) *Tensor[float64] {
		return Square(BroadcastTo(x[0], 2, 3, 4))
	},
	"fixed norm": func(_ *Tape[float64], x []*Tensor[float64]) *Tensor[float64] {
		return FixedNorm(x[0], x[1], x[2], []float64{1, 2}, []float64{0.5, 3}, 1e-3)
	},
	"shapes": func(_ *Tape[float64], x []*Tensor[float64]) *Tensor[float64] {
		a := Permute(Slice(Concat(1, x[0], x[1]), 1, 1, 4), 1, 0)
		b := Transpose(Slice(Concat(1, x[1], x[0]), 1, 0, 3))
		return Square(Reshape(Stack(1, a, b), 2, -1))
	},
	"second derivative": func(t *Tape[float64], x []*Tensor[float64]) *Tensor[float64] {
		at, one := x[:1], []*Tensor[float64]{t.Fill(1, x[0].Shape()...)}
		u := Linear(Tanh(Linear(x[0], x[1], x[2])), x[3], x[4])
		return t.JVP(t.JVP(u, at, one), at, one)
	},
}

// TestReference compares values and gradients with those of PyTorch.
func TestReference(t *testing.T) {
	reached := 0
	for _, c := range readReference(t) {
		f := references[c.Name]
		if f == nil {
			if c.Name != "hessian product" {
				t.Errorf("%s: no operation", c.Name)
			}
			continue
		}
		reached++
		v, g := evaluate(t, c.Name, f, c.X)
		compare(t, c.Name+", value", v, c.Y)
		compare(t, c.Name+", gradient", g, flatten(c.Gradient))
	}
	if reached != len(references) {
		t.Errorf("reached %d of %d operations", reached, len(references))
	}
}

// TestReferenceHessian compares the product of a Hessian with a direction, and the gradient
// of that product, a third derivative.
func TestReferenceHessian(t *testing.T) {
	for _, c := range readReference(t) {
		if c.Name != "hessian product" {
			continue
		}
		var w, v []float64
		for i, a := range c.X {
			if i < 4 {
				w = append(w, a.Data...)
			} else {
				v = append(v, a.Data...)
			}
		}
		record := func(tape *Tape[float64], x []*Tensor[float64]) *Tensor[float64] {
			in := make([]float64, 8)
			for i := range in {
				in[i] = (float64(i) - 3.5) / 4
			}
			l := CrossEntropy(Linear(Tanh(Linear(tape.Input(in, 4, 2), x[0], x[1])), x[2], x[3]), []int{2, 0, 1, 2})
			return tape.JVP(l, x[:4], x[4:])
		}
		tape, g := NewTape[float64](), make([]float64, len(w)+len(v))
		product := variables(tape, c.X, g)
		if err := tape.Backward(record(tape, product)); err != nil {
			t.Fatal(err)
		}
		compare(t, c.Name, g[:len(w)], c.Y)

		// The gradient of k' H v is that of the product's tangent along k.
		k := make([]float64, len(w))
		for i := range k {
			k[i] = float64(i%5) - 1.5
		}
		tape.Reset()
		clear(g)
		x := variables(tape, c.X, g)
		var dk []*Tensor[float64]
		at := 0
		for _, a := range c.X[:4] {
			dk = append(dk, tape.Input(k[at:at+len(a.Data)], a.Shape...))
			at += len(a.Data)
		}
		if err := tape.Backward(tape.JVP(record(tape, x), x[:4], dk)); err != nil {
			t.Fatal(err)
		}
		compare(t, c.Name+", gradient", g, flatten(c.Gradient))
		return
	}
	t.Error("no case")
}

func variables(tape *Tape[float64], x []Array, g []float64) (p []*Tensor[float64]) {
	at := 0
	for _, a := range x {
		p = append(p, tape.Param(a.Data, g[at:at+len(a.Data)], a.Shape...))
		at += len(a.Data)
	}
	return p
}

type referenceCase struct {
	Name     string
	X        []Array
	Y        []float64
	Gradient [][]float64
}

func readReference(t *testing.T) []referenceCase {
	t.Helper()
	b, err := os.ReadFile("testdata/reference.json")
	if err != nil {
		t.Fatal(err)
	}
	var file struct{ Cases []referenceCase }
	if err := json.Unmarshal(b, &file); err != nil {
		t.Fatal(err)
	}
	return file.Cases
}

func flatten(x [][]float64) (y []float64) {
	for _, v := range x {
		y = append(y, v...)
	}
	return y
}

func compare(t *testing.T, what string, have, want []float64) {
	t.Helper()
	if len(have) != len(want) {
		t.Errorf("%s: %d numbers, want %d", what, len(have), len(want))
		return
	}
	for i := range want {
		if !(math.Abs(have[i]-want[i]) <= 1e-12*(1+math.Abs(want[i]))) {
			t.Errorf("%s: number %d is %.17g, want %.17g", what, i, have[i], want[i])
			return
		}
	}
}
