package study_test

import (
	"context"
	"fmt"

	"github.com/godescent/descent/study"
)

// Two methods on a problem whose starts are drawn by the seeds.
func Example() {
	p, _ := study.Analytic("quadratic:n=20:kappa=1000", 0.5)
	fast, _ := study.ParseArm("nesterov-sc")
	slow, _ := study.ParseArm("gd:rule=fixed")
	s := &study.Study{Problems: []study.Problem{p}, Arms: []study.Arm{fast, slow}}
	res, err := (&study.Runner{Memory: &study.Volatile{}}).Run(context.Background(), s)
	if err != nil {
		fmt.Println(err)
		return
	}
	c := res.Compare(0, 0, 1)
	fmt.Printf("%s needs less than a tenth of the %s of %s: %v, in %d pairs\n", c.A, s.Measure, c.B, c.Interval.High < 0.1, c.Pairs)
	// Output: nesterov-sc needs less than a tenth of the work of gd:rule=fixed: true, in 10 pairs
}
