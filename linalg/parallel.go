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
	op    func(j *job, part int)
	state atomic.Uint64 // how many parts in the high half, the next one in the low half
	done  atomic.Int64  // parts of the present run that have ended
	left  sync.WaitGroup

	csr    *CSR
	dense  *Dense
	plan   *plan
	dst, x []float64
	lower  []float64 // accumulators, one per part
	store  []float64 // what lower is cut from, kept between uses
	body   func(lo, hi int)
	each   func(part int)
	size   int
	panels *panels
	gram   *columnGram
	chol   *Cholesky
	low    int
	gemms  gemms
}

// Spares keep values for reuse. Unlike those of a sync.Pool they outlive garbage
// collections, so that the steady state of a method allocates nothing.
type spares[T any] struct {
	mu   sync.Mutex
	free []*T
}

func (s *spares[T]) get() *T {
	s.mu.Lock()
	defer s.mu.Unlock()
	n := len(s.free) - 1
	if n < 0 {
		return new(T)
	}
	x := s.free[n]
	s.free = s.free[:n]
	return x
}

func (s *spares[T]) put(x *T) {
	s.mu.Lock()
	s.free = append(s.free, x)
	s.mu.Unlock()
}

var jobs spares[job]

// Helpers are started once and live as long as the program. One that has worked looks for
// the next job for a while, as the loops of a training step follow each other within
// microseconds and waking a goroutine takes tens of them; then it sleeps on queue. Nobody
// waits for one to wake: a helper that comes late finds no part left, or those of a later
// run of the job, which are as good.
var (
	queue   = make(chan *job, 64)
	started atomic.Int64
	awake   [64]awaiter // of the helpers that were started first
)

// An awaiter is where a helper that looks for a job gets it.
type awaiter struct {
	looks atomic.Bool
	next  atomic.Pointer[job]
	_     [48]byte // a line of the cache to itself
}

func help(n int) {
	for j := range queue {
		for j != nil {
			j.work()
			j = nil
			if n < len(awake) {
				j = awake[n].look()
			}
		}
	}
}

// patience is how often those who wait look before they sleep, and lookups how often in a
// row they do so before they let other goroutines run: about 50 us in all.
const (
	patience = 256
	lookups  = 64
)

// watch waits until ready is true, or the patience is over.
func watch(ready func() bool) {
	for range patience {
		for range lookups {
			if ready() {
				return
			}
		}
		runtime.Gosched()
	}
}

// look returns the next job, nil if none came.
func (a *awaiter) look() *job {
	a.looks.Store(true)
	watch(func() bool { return a.next.Load() != nil })
	a.looks.Store(false)
	return a.next.Swap(nil)
}

// work executes parts until none is left.
func (j *job) work() {
	for {
		s := j.state.Load()
		if uint32(s) >= uint32(s>>32) {
			return
		}
		if j.state.CompareAndSwap(s, s+1) { // whoever has a part may read the operands
			j.op(j, int(uint32(s)))
			j.done.Add(1)
			j.left.Done()
		}
	}
}

// run executes op for every part, on up to Workers() goroutines.
func (j *job) run(op func(*job, int), parts int) {
	if parts == 1 {
		op(j, 0)
		return
	}
	j.op = op
	j.left.Add(parts)
	j.done.Store(0)
	j.state.Store(uint64(parts) << 32)
	j.call(min(Workers(), parts) - 1)
	j.work()
	watch(func() bool { return j.done.Load() == int64(parts) })
	j.left.Wait()
}

// call asks for that many helpers: those that look for a job, and then those that sleep.
func (j *job) call(want int) {
	for n := started.Load(); n < int64(want); n = started.Load() {
		if started.CompareAndSwap(n, n+1) {
			go help(int(n))
		}
	}
	for i := 0; want > 0 && i < min(int(started.Load()), len(awake)); i++ {
		if a := &awake[i]; a.looks.Load() && a.next.CompareAndSwap(nil, j) {
			want--
		}
	}
	for ; want > 0; want-- {
		select {
		case queue <- j:
		default: // the helpers have more than enough to do
		}
	}
}

func (j *job) free() {
	j.csr, j.dense, j.plan, j.dst, j.x, j.body, j.each, j.lower, j.panels, j.gram, j.chol = nil, nil, nil, nil, nil, nil, nil, nil, nil, nil, nil
	jobs.put(j)
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
	j := jobs.get()
	j.body, j.size = body, n
	j.run(forPart, (n+block-1)/block)
	j.free()
}

func forPart(j *job, part int) { j.body(part*block, min(j.size, (part+1)*block)) }

// Parts runs body(0) to body(n-1), in parallel if n > 1. body must only write what belongs
// to its part, and must not call Parts.
func Parts(n int, body func(part int)) {
	if n == 1 {
		body(0)
		return
	}
	if n < 1 {
		return
	}
	j := jobs.get()
	j.each = body
	j.run(eachPart, n)
	j.free()
}

func eachPart(j *job, part int) { j.each(part) }
