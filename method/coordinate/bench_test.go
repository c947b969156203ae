package coordinate_test

import (
	"testing"

	"github.com/godescent/descent"
	"github.com/godescent/descent/problem/graph"
)

// BenchmarkGreedy is one iteration of greedy rules on a 200 x 200 lattice: with the rows
// of the Hessian scores change near the last block alone, without them all are computed.
func BenchmarkGreedy(b *testing.B) {
	q := must(graph.Lattice(200, 200, 1600, 1))
	local, all := q.Problem("lattice"), q.Problem("lattice")
	all.Objective = scanned{q}
	for _, c := range []struct {
		name string
		p    *descent.Problem
		m    bcd
	}{
		{"rule=gs/scores=local", local, bcd{Partition: "variable", Select: "gs"}},
		{"rule=gs/scores=all", all, bcd{Partition: "variable", Select: "gs"}},
		{"rule=gsl-sort/scores=local", local, bcd{}},
		{"rule=gsl-sort/scores=all", all, bcd{}},
		{"rule=forest", local, bcd{Partition: "forest", Select: "gs", Update: "tree"}},
	} {
		b.Run(c.name, func(b *testing.B) {
			run, err := c.m.Start(c.p, make([]float64, c.p.Dim))
			if err != nil {
				b.Fatal(err)
			}
			b.ReportAllocs()
			b.ResetTimer()
			k := 0
			run.Iterates(func([]float64) bool { k++; return k < b.N })
		})
	}
}
