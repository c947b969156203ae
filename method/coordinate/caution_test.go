package coordinate_test

import (
	"testing"

	"github.com/godescent/descent"
	"github.com/godescent/descent/method/coordinate"
	"github.com/godescent/descent/problem/glm"
)

// Full steps of an undamped model go astray where counts are large and columns outnumber
// samples: with caution two such fits take 33 and 28 iterations, without 80 and 53.
func TestProxNewtonIsCautious(t *testing.T) {
	iterations := 0
	for _, seed := range []uint64{2, 3} {
		p := model(t, seed, 60, 300, 1, "count", glm.Spec{Loss: glm.Poisson{}, L1: 3e-4, Intercept: true})()
		r := run(t, p, coordinate.ProxNewton{}, descent.Options{Tol: 1e-6, MaxIter: 200})
		if r.Status != descent.Converged {
			t.Fatalf("seed %d: %s after %d iterations, %v", seed, r.Status, r.Iterations, r.Certificate)
		}
		iterations += r.Iterations
	}
	if iterations > 95 {
		t.Errorf("%d iterations", iterations)
	}
}
