package linalg

import (
	"runtime"
	"sync"
	"sync/atomic"
)

var workers atomic.Int64

// SetWorkers sets how many goroutines a product may use; n < 1 means one per
// processor, which is the default. Results do not depend on it.
func SetWorkers(n int) { workers.Store(int64(max(n, 0))) }

// Workers returns how many goroutines a product may use.
func Workers() int {
	if n := int(workers.Load()); n > 0 {
		return n
	}
	return runtime.GOMAXPROCS(0)
}

// A job is a loop over parts that the caller and idle helpers share. Jobs are
// pooled and hold their operands, so that a product allocates nothing.
type job struct {
	op     func(j *job, part int)
	parts  int64
	next   atomic.Int64
	active sync.WaitGroup

	csr    *CSR
	dense  *Dense
	plan   *plan
	dst, x []float64
	lower  []float64 // accumulators, one per part
	store  []float64 // what lower is cut from, kept between uses
	body   func(lo, hi int)
	size   int
	panels *panels
	gram   *columnGram
	chol   *Cholesky
	low    int
}

var jobs = sync.Pool{New: func() any { return new(job) }}

// Helpers are started once and live as long as the program; they sleep on queue.
// A helper that comes late to a job finds no part left, and says so at once.
var (
	queue   = make(chan *job, 64)
	started atomic.Int64
)

func help() {
	for j := range queue {
		j.work()
		j.active.Done()
	}
}

func (j *job) work() {
	for {
		p := j.next.Add(1) - 1
		if p >= j.parts {
			return
		}
		j.op(j, int(p))
	}
}

// run executes op for every part, on up to Workers() goroutines, and clears the job.
func (j *job) run(op func(*job, int), parts int) {
	j.op, j.parts = op, int64(parts)
	j.next.Store(0)
	for want := min(Workers(), parts) - 1; want > 0; want-- {
		if started.Load() < int64(want) {
			started.Add(1)
			go help()
		}
		j.active.Add(1)
		select {
		case queue <- j:
		default: // the helpers have more than enough to do
			j.active.Done()
		}
	}
	j.work()
	j.active.Wait()
}

func (j *job) free() {
	j.csr, j.dense, j.plan, j.dst, j.x, j.body, j.lower, j.panels, j.gram, j.chol = nil, nil, nil, nil, nil, nil, nil, nil, nil, nil
	jobs.Put(j)
}

// block is the granularity of loops over elements.
const block = 8192

// For runs body over [0, n) in fixed blocks of consecutive elements, in parallel
// if there is more than one. body must only write what belongs to its block.
func For(n int, body func(lo, hi int)) {
	if n <= block {
		body(0, n)
		return
	}
	j := jobs.Get().(*job)
	j.body, j.size = body, n
	j.run(forPart, (n+block-1)/block)
	j.free()
}

func forPart(j *job, part int) { j.body(part*block, min(j.size, (part+1)*block)) }
