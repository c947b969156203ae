package fit

import (
	"slices"
	"sync"
	"sync/atomic"

	"github.com/godescent/descent/linalg"
)

// A path is cut into stretches of neighbours, each warm-started along itself from the null
// model, whatever the number of workers: so results do not depend on it. The cold starts
// cost little, because a working set grows as fast as the support does: 100 values of a lasso
// path took (without extrapolation) 100 iterations in one stretch, 107 in these four and 115
// in eight on leukemia, 120, 134 and 150 on movie-reviews; four took no more processor time
// than one, eight a fifth more. Two interleaved chains, of the even and the odd values, took
// 40 % more time on movie-reviews: each of their steps is twice as long. Small lambdas take
// longest, so their stretches go first.
var cuts = [...]float64{0.3, 0.55, 0.78, 1}

// leastStretch is how many values a stretch has on average at least.
const leastStretch = 5

// stretches returns the indices of n lambdas by stretch, the last stretch first.
func stretches(n int) [][]int {
	var out [][]int
	from := 0
	for _, c := range cuts {
		to := int(c * float64(n))
		if to < n && n < len(cuts)*leastStretch {
			continue
		}
		var s []int
		for k := from; k < to; k++ {
			s = append(s, k)
		}
		out, from = append(out, s), to
	}
	slices.Reverse(out)
	return out
}

func workers(o PathOptions) int {
	if o.Workers > 0 {
		return o.Workers
	}
	return linalg.Workers()
}

// parallel calls f for 0..n-1, in this order as far as several workers come. worker counts
// from 0.
func parallel(workers, n int, f func(worker, i int)) {
	if workers = min(workers, n); workers <= 1 {
		for i := range n {
			f(0, i)
		}
		return
	}
	var next atomic.Int64
	var all sync.WaitGroup
	for w := range workers {
		all.Go(func() {
			for {
				i := int(next.Add(1)) - 1
				if i >= n {
					return
				}
				f(w, i)
			}
		})
	}
	all.Wait()
}

// A tally counts finished values for an observer.
type tally struct {
	mu          sync.Mutex
	done, total int
	observe     func(done, total int)
}

func (t *tally) add() {
	if t.observe == nil {
		return
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	t.done++
	t.observe(t.done, t.total)
}
