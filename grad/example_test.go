package grad_test

import (
	"fmt"

	"github.com/godescent/descent/grad"
)

// A loss, its gradient, and a product with its Hessian.
func Example() {
	theta, g := []float64{1, 2}, make([]float64, 2)
	t := grad.NewTape[float64]()
	x := t.Param(theta, g, 2)
	loss := grad.Sum(grad.Exp(x)) // Hessian diag(exp(x))
	if err := t.Backward(loss); err != nil {
		fmt.Println(err)
		return
	}
	fmt.Printf("f = %.3f, gradient %.3f\n", loss.Value(), g)

	clear(g)
	v := t.Input([]float64{1, -1}, 2)
	t.Backward(t.JVP(loss, []*grad.Tensor[float64]{x}, []*grad.Tensor[float64]{v}))
	fmt.Printf("Hessian times v %.3f\n", g)
	// Output:
	// f = 10.107, gradient [2.718 7.389]
	// Hessian times v [2.718 -7.389]
}

// What does not fit is an error of Backward.
func ExampleTape_Backward() {
	t := grad.NewTape[float64]()
	x, w := t.Input(make([]float64, 6), 2, 3), t.Input(make([]float64, 8), 4, 2)
	err := t.Backward(grad.Sum(grad.MatMul(x, w)))
	fmt.Println(err)
	// Output:
	// example_test.go:34: grad.MatMul: shapes [2 3] and [4 2]: inner sizes 3 and 4 differ: want [... m k] and [... k n] after transposition
}

// A second derivative in the input, as losses of differential equations have.
func ExampleTape_JVP() {
	t := grad.NewTape[float64]()
	x := t.Input([]float64{0, 1}, 2)
	at, one := []*grad.Tensor[float64]{x}, []*grad.Tensor[float64]{t.Fill(1, 2)}
	u := grad.Tanh(x)
	uxx := t.JVP(t.JVP(u, at, one), at, one) // -2 tanh (1 - tanh^2)
	fmt.Printf("%.4f\n", uxx.Data())
	// Output:
	// [0.0000 -0.6397]
}

// Check names the worst entry of a wrong derivative.
func ExampleCheck() {
	wrong := &grad.Function[float64]{
		Name:     "double",
		Shape:    func(in ...[]int) ([]int, error) { return in[0], nil },
		Forward:  func(y []float64, x [][]float64) error { y[0] = 2 * x[0][0]; return nil },
		Backward: func(dx [][]float64, dy, y []float64, x [][]float64) error { dx[0][0] += dy[0]; return nil },
	}
	f := func(t *grad.Tape[float64], x []*grad.Tensor[float64]) *grad.Tensor[float64] {
		return grad.Sum(grad.Apply(wrong, x[0]))
	}
	fmt.Println(grad.Check(f, grad.Array{Shape: []int{1}, Data: []float64{3}}))
	// Output:
	// grad.Check: gradient, tensor 0 (shape [1]), element [0]: 1, by central differences 2 (relative error 5.0e-01, want at most 1e-05)
}
