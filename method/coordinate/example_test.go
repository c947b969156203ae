package coordinate_test

import (
	"context"
	"fmt"

	"github.com/godescent/descent"
	"github.com/godescent/descent/method/coordinate"
	"github.com/godescent/descent/problem/graph"
)

// Labels spread over a lattice by exact steps on greedy forests.
func Example() {
	lattice, err := graph.Lattice(30, 30, 40, 1)
	if err != nil {
		panic(err)
	}
	p := lattice.Problem("lattice")
	m := coordinate.BCD{Partition: "forest", Select: "gs", Update: "tree"}
	r, err := descent.Solve(context.Background(), p, m, make([]float64, p.Dim), descent.Options{Tol: 1})
	if err != nil {
		panic(err)
	}
	fmt.Println(p.Dim, "unknowns:", r.Status, r.Iterations < 2000)
	// Output: 860 unknowns: converged true
}
