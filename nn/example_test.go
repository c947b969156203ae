package nn_test

import (
	"bytes"
	"fmt"

	"github.com/godescent/descent/grad"
	"github.com/godescent/descent/nn"
	"github.com/godescent/descent/rng"
	"github.com/godescent/descent/vec"
)

// Gated multiplies x by a gate that it learns: sigmoid(x W' + b) x.
type Gated[T vec.Float] struct{ gate *nn.Linear[T] }

// NewGated adds the layer of that name.
func NewGated[T vec.Float](b *nn.Builder[T], name string, width int) *Gated[T] {
	return &Gated[T]{nn.NewLinear(b.In(name), "gate", width, width)}
}

// Forward implements nn.Layer.
func (l *Gated[T]) Forward(p *nn.Pass[T], x *grad.Tensor[T]) *grad.Tensor[T] {
	return grad.Mul(grad.Sigmoid(l.gate.Forward(p, x)), x)
}

// A layer of one's own in a model of one's own, with its gradient.
func Example() {
	b := nn.NewBuilder[float64]().With(nn.Xavier)
	net := nn.Chain[float64]{NewGated(b, "gated", 3), nn.NewLinear(b, "out", 3, 1)}
	layout, err := b.Layout()
	if err != nil {
		panic(err)
	}
	x, state := nn.Start[float64](layout, 1)
	g := make([]float64, layout.Dim())
	p := nn.NewPass[float64](layout)
	p.Begin(x, g, state, nn.Plain, rng.Stream{})
	y := net.Forward(p, p.Tape.Input([]float64{1, 2, 3}, 1, 3))
	if err := p.Tape.Backward(grad.Sum(y)); err != nil {
		panic(err)
	}
	bias, err := nn.View(layout, g, "out.bias")
	if err != nil {
		panic(err)
	}
	for _, b := range layout.Params {
		fmt.Println(b.Name, b.Shape, b.Offset)
	}
	fmt.Println("derivative by out.bias:", bias[0])
	// Output:
	// gated.gate.weight [3 3] 0
	// gated.gate.bias [3] 9
	// out.weight [1 3] 12
	// out.bias [1] 15
	// derivative by out.bias: 1
}

// A model of a document, for images of 28 x 28 in 10 classes, and its ONNX file.
func ExampleNewModel() {
	spec, err := nn.ParseSpec([]byte(`
[[layer]]
type = "conv"
out = 8
kernel = 3

[[layer]]
type = "relu"

[[layer]]
type = "meanpool"

[[layer]]
type = "linear"
`))
	if err != nil {
		panic(err)
	}
	images := nn.Input{Shape: []int{1, 28, 28}, Classes: 10}
	model, err := nn.NewModel[float32](spec, images)
	if err != nil {
		panic(err)
	}
	for _, b := range model.Layout().Params {
		fmt.Println(b.Name, b.Shape)
	}
	x, state := nn.Start[float32](model.Layout(), 1)
	var file bytes.Buffer
	err = nn.WriteONNX(&file, model, x, state, images)
	fmt.Println(err)
	// Output:
	// conv1.weight [8 1 3 3]
	// conv1.bias [8]
	// linear4.weight [10 8]
	// linear4.bias [10]
	// <nil>
}

// Smooth is a cross-entropy that wants a share Eps for each other class: label smoothing.
type Smooth[T vec.Float] struct {
	nn.CrossEntropy[T] // has Check
	Eps                T
}

// Losses implements nn.Loss.
func (l Smooth[T]) Losses(p *nn.Pass[T], out *grad.Tensor[T], b *nn.Batch[T]) *grad.Tensor[T] {
	classes := T(out.Shape()[1])
	hard := l.CrossEntropy.Losses(p, out, b)
	even := grad.Neg(grad.Mean(grad.LogSoftmax(out), 1))
	return grad.Add(grad.Scale(hard, 1-l.Eps*classes/(classes-1)), grad.Scale(even, l.Eps*classes/(classes-1)))
}

// A loss of one's own.
func ExampleLoss() {
	var loss nn.Loss[float64] = Smooth[float64]{Eps: 0.1}
	p := nn.NewPass[float64](&nn.Layout{})
	out := p.Tape.Input([]float64{2, 0, 0, 0, 3, 0}, 2, 3)
	b := nn.Batch[float64]{N: 2, Labels: []int{0, 1}}
	fmt.Printf("%.4f\n", loss.Losses(p, out, &b).Data())
	fmt.Printf("%.4f\n", nn.CrossEntropy[float64]{}.Losses(p, out, &b).Data())
	// Output:
	// [0.4395 0.3949]
	// [0.2395 0.0949]
}
