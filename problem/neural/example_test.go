package neural_test

import (
	"context"
	"fmt"

	"github.com/godescent/descent"
	"github.com/godescent/descent/data"
	"github.com/godescent/descent/linalg"
	"github.com/godescent/descent/method/coordinate"
	"github.com/godescent/descent/method/quasinewton"
	"github.com/godescent/descent/nn"
	"github.com/godescent/descent/problem/neural"
)

// A network learns handwritten digits by L-BFGS.
func Example() {
	set, err := data.Load("digits", data.Options{})
	if err != nil {
		panic(err)
	}
	x := set.X.(*linalg.Dense)
	part := func(lo, hi int) *nn.Samples[float64] { // images with grey values from 0 to 1
		s := nn.Samples[float64]{Shape: []int{64}}
		for i := lo; i < hi; i++ {
			image := make([]float64, 64)
			x.RowAxpy(1.0/16, i, image)
			s.X, s.Labels = append(s.X, image...), append(s.Labels, int(set.Y[i]))
		}
		samples, err := nn.NewSamples(hi-lo, s)
		if err != nil {
			panic(err)
		}
		return samples
	}
	model, err := nn.NewMLP[float64](nn.MLPOptions{In: 64, Hidden: []int{32}, Out: 10, Activation: "tanh"})
	if err != nil {
		panic(err)
	}
	f, err := neural.New(model, part(0, 1200), nn.CrossEntropy[float64]{}, neural.Options{L2: 1e-3})
	if err != nil {
		panic(err)
	}
	x0, _ := nn.Start[float64](model.Layout(), 1)
	r, err := descent.Solve(context.Background(), f.Problem("digits"), quasinewton.LBFGS{}, x0, descent.Options{Tol: 1e-3})
	if err != nil {
		panic(err)
	}
	accuracy, err := neural.Accuracy(model, part(1200, 1797), r.X, nil)
	if err != nil {
		panic(err)
	}
	fmt.Println(model.Layout().Dim(), "parameters:", r.Status, accuracy > 0.92)
	// Output: 2410 parameters: converged true
}

// Block coordinate descent changes one layer after the other.
func Example_layers() {
	s := nn.Samples[float64]{Shape: []int{1}}
	for i := range 21 { // a parabola
		v := float64(i)/10 - 1
		s.X, s.Targets = append(s.X, v), append(s.Targets, v*v)
	}
	samples, err := nn.NewSamples(21, s)
	if err != nil {
		panic(err)
	}
	model, err := nn.NewMLP[float64](nn.MLPOptions{In: 1, Hidden: []int{8, 8}, Out: 1, Activation: "tanh"})
	if err != nil {
		panic(err)
	}
	f, err := neural.New(model, samples, nn.MSE[float64]{}, neural.Options{})
	if err != nil {
		panic(err)
	}
	layers := model.Layout().Layers()
	m := coordinate.BCD{Partition: "given", Blocks: layers, Select: "cyclic", Update: "la"}
	x0, _ := nn.Start[float64](model.Layout(), 1)
	r, err := descent.Solve(context.Background(), f.Problem("parabola"), m, x0, descent.Options{MaxIter: 1000})
	if err != nil {
		panic(err)
	}
	fmt.Println(len(layers), "layers:", f.Value(x0) > 0.05, r.Value < 0.005)
	// Output: 3 layers: true true
}
