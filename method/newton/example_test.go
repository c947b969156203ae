package newton_test

import (
	"context"
	"fmt"

	"github.com/godescent/descent"
	"github.com/godescent/descent/method/newton"
	"github.com/godescent/descent/problem/analytic"
)

func Example() {
	s, _ := analytic.Lookup("rosenbrock-2")
	for _, m := range []descent.Method{newton.Newton{}, newton.TRNewtonCG{}} {
		r, err := descent.Solve(context.Background(), s.New(), m, s.X0, descent.Options{Tol: 1e-9})
		if err != nil {
			fmt.Println(err)
			return
		}
		fmt.Printf("%s at (%.6f, %.6f)\n", r.Status, r.X[0], r.X[1])
	}
	// Output:
	// converged at (1.000000, 1.000000)
	// converged at (1.000000, 1.000000)
}
