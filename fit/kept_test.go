package fit_test

import (
	"reflect"
	"testing"

	"github.com/godescent/descent/fit"
	"github.com/godescent/descent/linalg"
	"github.com/godescent/descent/problem/glm"
)

// The products of columns that a worker keeps have other last bits when they were asked for
// in another order: a stretch must not see those of the stretches that its worker had before.
func TestWorkersForgetProducts(t *testing.T) {
	s := planted(5, 60, 200, "number")
	for name, x := range map[string]linalg.Matrix{"dense": s.x, "sparse": s.sparse()} {
		var results []*fit.PathResult
		for _, workers := range []int{1, 4, 2} {
			r, err := fit.Path(background, name, x, s.y, glm.Spec{Intercept: true}, fit.PathOptions{N: 40, Workers: workers})
			if err != nil {
				t.Fatal(err)
			}
			results = append(results, r)
		}
		for k, v := range results[0].Values {
			for _, r := range results[1:] {
				if !reflect.DeepEqual(v, r.Values[k]) {
					t.Fatalf("%s: value %d differs with more workers", name, k)
				}
			}
		}
	}
}
